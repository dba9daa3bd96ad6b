//! A file that appears whole under its name or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use lifeboat_seal::ReadAt;
use rustix::fs::{CWD, RenameFlags};
use rustix::io::Errno;
use uuid::Uuid;

use super::{FileError, unfinished};

/// An output under construction: a temporary file beside its target, mode 0600.
///
/// It is removed when dropped before [`StagedFile::commit`], and when a signal stops the program.
/// A character device (`/dev/full`, a tape) has no beside: it is written to directly.
#[derive(Debug)]
#[must_use = "without `commit` the file is removed again"]
pub(crate) struct StagedFile {
    file: File,
    /// The temporary name, until committed; none for a device.
    temporary: Option<PathBuf>,
    target: PathBuf,
}

impl StagedFile {
    /// Starts the file that will be `target`.
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`] if there is anything under that name, [`FileError::Io`].
    pub(crate) fn create(target: &Path) -> Result<Self, FileError> {
        match target.symlink_metadata() {
            Ok(metadata) if metadata.file_type().is_char_device() => Self::open_device(target),
            Ok(_) => Err(FileError::Exists {
                path: target.to_owned(),
            }),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Self::create_beside(target),
            Err(source) => Err(FileError::io("create", target, source)),
        }
    }

    /// Starts a file that will replace `target`, for the program's own state.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub(super) fn create_beside(target: &Path) -> Result<Self, FileError> {
        if target.file_name().is_none() {
            return Err(FileError::UnsafeName {
                name: target.display().to_string(),
            });
        }
        let name = format!(".lifeboat-{}.partial", Uuid::new_v4().simple());
        let temporary = target.with_file_name(name);
        unfinished::note(&temporary);
        let opened = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&temporary);
        match opened {
            Ok(file) => Ok(Self {
                file,
                temporary: Some(temporary),
                target: target.to_owned(),
            }),
            Err(source) => {
                unfinished::forget(&temporary);
                Err(FileError::io("create", target, source))
            }
        }
    }

    /// Gives the file its name, once its bytes are on the disk.
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`] if something took the name in the meantime, [`FileError::Io`].
    pub(crate) fn commit(self) -> Result<(), FileError> {
        self.publish(rename_to_free_name)
    }

    /// Gives the file its name, and replaces what had it.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub(super) fn replace(self) -> Result<(), FileError> {
        self.publish(|from, to| std::fs::rename(from, to))
    }

    fn publish(
        mut self,
        rename: impl FnOnce(&Path, &Path) -> io::Result<()>,
    ) -> Result<(), FileError> {
        let Some(temporary) = &self.temporary else {
            return Ok(());
        };
        self.file
            .sync_all()
            .map_err(|source| FileError::io("write", &self.target, source))?;
        unfinished::publish(temporary, || rename(temporary, &self.target)).map_err(|source| {
            match source.kind() {
                io::ErrorKind::AlreadyExists => FileError::Exists {
                    path: self.target.clone(),
                },
                _ => FileError::io("create", &self.target, source),
            }
        })?;
        self.temporary = None;
        sync_folder_of(&self.target)
    }

    fn open_device(target: &Path) -> Result<Self, FileError> {
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .open(target)
            .map_err(|source| FileError::io("open", target, source))?;
        Ok(Self {
            file,
            temporary: None,
            target: target.to_owned(),
        })
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl ReadAt for StagedFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(bytes, offset)
    }

    fn size(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }
}

impl Drop for StagedFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            unfinished::remove(temporary);
        }
    }
}

/// Makes a folder's entries durable.
pub(super) fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| FileError::io("write", folder, source))
}

fn sync_folder_of(path: &Path) -> Result<(), FileError> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => sync_folder(folder),
        _ => sync_folder(Path::new(".")),
    }
}

/// Renames only if `to` does not exist, by the system's word and not by looking first.
fn rename_to_free_name(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // File systems without the flag (some network ones) have hard links, which never replace either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        answer => Ok(answer?),
    }
}
