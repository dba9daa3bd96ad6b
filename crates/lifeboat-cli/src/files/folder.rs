//! A folder of outputs that is undone if the run fails.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{FileError, staged, unfinished};

/// A folder that new files are put into; none is ever replaced, none lands outside.
///
/// Everything created through it is removed when it is dropped before [`Folder::keep`], and when a signal
/// stops the program.
#[derive(Debug)]
#[must_use = "without `keep` its files are removed again"]
pub(crate) struct Folder {
    path: PathBuf,
    root: OwnedFd,
    /// The folders below, opened without following links.
    below: BTreeMap<String, OwnedFd>,
    /// What this run created, in order.
    created: Vec<PathBuf>,
}

impl Folder {
    /// Opens a folder that is empty, or creates it.
    ///
    /// # Errors
    ///
    /// [`FileError::NotEmpty`], [`FileError::Exists`] if it is no folder, [`FileError::Io`].
    pub(crate) fn create_empty(path: &Path) -> Result<Self, FileError> {
        let folder = Self::open_or_create(path)?;
        if folder.created.is_empty() {
            let mut entries =
                std::fs::read_dir(path).map_err(|source| FileError::io("read", path, source))?;
            if entries.next().is_some() {
                return Err(FileError::NotEmpty {
                    path: path.to_owned(),
                });
            }
        }
        Ok(folder)
    }

    /// Opens a folder, or creates it with mode 0700.
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`] if it is no folder, [`FileError::Io`].
    pub(crate) fn open_or_create(path: &Path) -> Result<Self, FileError> {
        let mut created = Vec::new();
        match std::fs::DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => {
                unfinished::note(path);
                created.push(path.to_owned());
            }
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(FileError::io("create", path, source)),
        }
        let opened = rustix::fs::open(path, FOLDER, Mode::empty());
        match opened {
            Ok(root) => Ok(Self {
                path: path.to_owned(),
                root,
                below: BTreeMap::new(),
                created,
            }),
            Err(Errno::NOTDIR) => Err(FileError::Exists {
                path: path.to_owned(),
            }),
            Err(source) => {
                for path in &created {
                    unfinished::remove(path);
                }
                Err(FileError::io("open", path, source))
            }
        }
    }

    /// Creates a file, at the top or in a folder directly below, that only its owner may read.
    ///
    /// # Errors
    ///
    /// [`FileError::Exists`], [`FileError::UnsafeName`], [`FileError::Io`].
    pub(crate) fn create(&mut self, below: Option<&str>, name: &str) -> Result<File, FileError> {
        self.create_with_mode(below, name, Mode::RUSR | Mode::WUSR)
    }

    /// Creates a file at the top that everybody may read, as far as the umask allows, and writes it.
    ///
    /// # Errors
    ///
    /// As [`Folder::create`].
    pub(crate) fn write_public(&mut self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let mode = Mode::RUSR | Mode::WUSR | Mode::RGRP | Mode::ROTH;
        let file = self.create_with_mode(None, name, mode)?;
        self.write(file, name, bytes)
    }

    /// Creates a file at the top that only its owner may read, and writes it.
    ///
    /// # Errors
    ///
    /// As [`Folder::create`].
    pub(crate) fn write_secret(&mut self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let file = self.create(None, name)?;
        self.write(file, name, bytes)
    }

    /// Keeps what was created, durably.
    ///
    /// # Errors
    ///
    /// [`FileError::Io`].
    pub(crate) fn keep(mut self) -> Result<(), FileError> {
        rustix::fs::fsync(&self.root)
            .map_err(|source| FileError::io("write", &self.path, source))?;
        if self.created.first() == Some(&self.path) {
            let parent = match self.path.parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                _ => Path::new("."),
            };
            staged::sync_folder(parent)?;
        }
        for path in std::mem::take(&mut self.created) {
            unfinished::forget(&path);
        }
        Ok(())
    }

    fn create_with_mode(
        &mut self,
        below: Option<&str>,
        name: &str,
        mode: Mode,
    ) -> Result<File, FileError> {
        check_name(name)?;
        if let Some(below) = below {
            self.open_below(below)?;
        }
        let (folder, path) = match below.and_then(|below| Some((below, self.below.get(below)?))) {
            Some((below, folder)) => (folder, self.path.join(below).join(name)),
            None => (&self.root, self.path.join(name)),
        };
        let flags =
            OFlags::CREATE | OFlags::EXCL | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        match rustix::fs::openat(folder, name, flags, mode) {
            Ok(file) => {
                unfinished::note(&path);
                self.created.push(path);
                Ok(File::from(file))
            }
            Err(Errno::EXIST) => Err(FileError::Exists { path }),
            Err(source) => Err(FileError::io("create", &path, source)),
        }
    }

    fn open_below(&mut self, name: &str) -> Result<(), FileError> {
        check_name(name)?;
        if self.below.contains_key(name) {
            return Ok(());
        }
        let path = self.path.join(name);
        match rustix::fs::mkdirat(&self.root, name, Mode::RWXU) {
            Ok(()) => {
                unfinished::note(&path);
                self.created.push(path.clone());
            }
            Err(Errno::EXIST) => {}
            Err(source) => return Err(FileError::io("create", &path, source)),
        }
        // A link or a file under this name is somebody else's.
        match rustix::fs::openat(&self.root, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()) {
            Ok(folder) => {
                self.below.insert(name.to_owned(), folder);
                Ok(())
            }
            Err(Errno::NOTDIR | Errno::LOOP) => Err(FileError::Exists { path }),
            Err(source) => Err(FileError::io("open", &path, source)),
        }
    }

    fn write(&self, mut file: File, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|source| FileError::io("write", &self.path.join(name), source))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        for path in self.created.iter().rev() {
            unfinished::remove(path);
        }
    }
}

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

/// Refuses what is no plain name: the callers escape, this proves it.
fn check_name(name: &str) -> Result<(), FileError> {
    let plain = !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\0']);
    if plain {
        Ok(())
    } else {
        Err(FileError::UnsafeName {
            name: name.to_owned(),
        })
    }
}
