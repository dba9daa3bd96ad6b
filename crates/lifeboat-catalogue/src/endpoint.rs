//! The six families of endpoints. A resource that fits none of them extends the enum, so that every consumer must answer.

use std::fmt;

use crate::kind::Kind;
use crate::resource::{Resource, Restore};

/// How a resource is reached. Paths are relative to `/management/v4/{tenantId}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// Bytes behind a URL: GET answers the link, a multipart POST uploads.
    Blob {
        /// The path of both operations.
        path: &'static str,
        /// The field of the GET answer that holds the URL.
        link: &'static str,
        /// The fixed query of the upload.
        upload_query: (&'static str, &'static str),
        /// What an unset value looks like.
        unset: Unset,
    },
    /// Many records, exported and imported in pages or jobs.
    Bulk {
        /// The paged export.
        export: &'static str,
        /// The fixed query of the paged export, if any.
        export_query: &'static [(&'static str, &'static str)],
        /// The field of a page that holds its records.
        items: &'static str,
        /// The asynchronous export, if the resource has one.
        job: Option<Job>,
        /// The import in batches, if the resource can be imported.
        import: Option<&'static str>,
        /// The asynchronous import, if the resource has one.
        import_job: Option<ImportJob>,
    },
    /// A list of objects with ids given by the server.
    Collection {
        /// The path of the list and of the creation.
        path: &'static str,
        /// The field of the list that holds the objects.
        items: &'static str,
        /// The path of one object, for update and deletion.
        item: &'static str,
        /// The field that holds an object's id, named like the path's parameter or not.
        id: &'static str,
    },
    /// One document for each combination of keys.
    Keyed {
        /// The path, with one parameter for each key.
        path: &'static str,
        /// The keys, in the order of the path.
        keys: &'static [Key],
        /// What an unset value looks like.
        unset: Unset,
    },
    /// A set of links under each object of a parent collection.
    Relation {
        /// The path, with one parameter: the parent's id.
        path: &'static str,
        /// The parent collection.
        parent: Kind,
    },
    /// One document.
    Singleton {
        /// The path.
        path: &'static str,
    },
}

/// One key of a keyed endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The parameter's name in the path.
    pub name: &'static str,
    /// Where its values come from.
    pub values: Values,
}

/// Where the values of a key come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// A closed list, in the order in which they are read and written.
    Fixed(&'static [&'static str]),
    /// The strings of a list field of another resource.
    Listed {
        /// The resource that holds the list.
        kind: Kind,
        /// Its field.
        field: &'static str,
    },
}

/// What an unset value looks like on a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unset {
    /// There is always a value.
    Impossible,
    /// The read answers 404.
    NotFound,
}

/// The four operations of an asynchronous export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// POST starts it and answers an id.
    pub start: &'static str,
    /// GET tells how it stands.
    pub status: &'static str,
    /// GET downloads the result, DELETE removes it from the server.
    pub download: &'static str,
}

/// The two operations of an asynchronous import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportJob {
    /// A multipart POST starts it and answers an id.
    pub start: &'static str,
    /// GET tells how it stands.
    pub status: &'static str,
}

/// How an asynchronous job stands. The vendor documents no words for it, so many spellings are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It has ended well.
    Done,
    /// It has ended badly.
    Failed,
    /// It has not ended.
    Running,
    /// A word that is not understood: only the result can tell.
    Unknown,
}

impl JobState {
    /// The fields in which an answer may tell the state.
    pub const FIELDS: &'static [&'static str] = &["status", "state"];

    /// Understands the word that a status answer uses.
    pub fn of(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "COMPLETE" | "COMPLETED" | "DONE" | "FINISHED" | "READY" | "SUCCEEDED" | "SUCCESS" => {
                Self::Done
            }
            "ERROR" | "EXPIRED" | "FAILED" | "FAILURE" => Self::Failed,
            "INPROGRESS" | "IN_PROGRESS" | "PENDING" | "PROCESSING" | "QUEUED" | "RUNNING"
            | "STARTED" => Self::Running,
            _ => Self::Unknown,
        }
    }
}

/// The method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// DELETE.
    Delete,
    /// GET.
    Get,
    /// POST.
    Post,
    /// PUT.
    Put,
}

impl fmt::Display for Method {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
        })
    }
}

/// One operation of the API: a method and a path template relative to the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The template.
    pub path: &'static str,
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.path)
    }
}

impl Resource {
    /// Returns the operations that a backup and a restore of this resource use, in the order of use.
    ///
    /// What can never be restored has no writing operations.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = self.reads();
        match self.restore {
            Restore::Never(_) => {}
            Restore::CreateOrUpdate | Restore::Import | Restore::Put | Restore::Upload => {
                operations.extend(self.writes());
            }
        }
        operations
    }

    fn reads(&self) -> Vec<Operation> {
        let get = |path| Operation {
            method: Method::Get,
            path,
        };
        match self.endpoint {
            Endpoint::Blob { path, .. }
            | Endpoint::Collection { path, .. }
            | Endpoint::Keyed { path, .. }
            | Endpoint::Relation { path, .. }
            | Endpoint::Singleton { path } => vec![get(path)],
            Endpoint::Bulk { export, job, .. } => {
                let mut reads = vec![get(export)];
                if let Some(job) = job {
                    reads.extend([
                        Operation {
                            method: Method::Post,
                            path: job.start,
                        },
                        get(job.status),
                        get(job.download),
                        Operation {
                            method: Method::Delete,
                            path: job.download,
                        },
                    ]);
                }
                reads
            }
        }
    }

    fn writes(&self) -> Vec<Operation> {
        let post = |path| Operation {
            method: Method::Post,
            path,
        };
        let put = |path| Operation {
            method: Method::Put,
            path,
        };
        match self.endpoint {
            Endpoint::Blob { path, .. } => vec![post(path)],
            Endpoint::Bulk {
                import, import_job, ..
            } => {
                let mut writes: Vec<_> = import.map(post).into_iter().collect();
                if let Some(job) = import_job {
                    writes.push(post(job.start));
                    writes.push(Operation {
                        method: Method::Get,
                        path: job.status,
                    });
                }
                writes
            }
            Endpoint::Collection { path, item, .. } => vec![post(path), put(item)],
            Endpoint::Keyed { path, .. }
            | Endpoint::Relation { path, .. }
            | Endpoint::Singleton { path } => vec![put(path)],
        }
    }
}
