//! A file whose reading moves a bar.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use lifeboat_seal::ReadAt;

use super::FileError;
use crate::ui::{Progress, Ui, Unit};

/// A bundle's file; the bar shows how far it was read, and goes away when it is dropped.
#[derive(Debug)]
pub(crate) struct Watched {
    file: File,
    bar: Progress,
}

impl Watched {
    /// Opens a bundle for reading.
    ///
    /// # Errors
    ///
    /// As [`super::open_bundle`].
    pub(crate) fn open(path: &Path, ui: &Ui) -> Result<Self, FileError> {
        let file = super::open_bundle(path)?;
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        Ok(Self {
            file,
            bar: ui.bar("reading", size, Unit::Bytes),
        })
    }
}

impl ReadAt for Watched {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let n = self.file.read_at(bytes, offset)?;
        self.bar
            .set(offset.saturating_add(u64::try_from(n).unwrap_or(u64::MAX)));
        Ok(n)
    }

    fn size(&self) -> io::Result<u64> {
        self.file.metadata().map(|metadata| metadata.len())
    }
}
