//! A file whose reading moves a bar.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::FileError;
use crate::ui::{Progress, Ui, Unit};

/// A bundle's file; the bar shows how far it was read, and goes away when it is dropped.
#[derive(Debug)]
pub(crate) struct Watched {
    file: File,
    bar: Progress,
    position: u64,
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
            position: 0,
        })
    }
}

impl Read for Watched {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(bytes)?;
        self.position = self
            .position
            .saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        self.bar.set(self.position);
        Ok(n)
    }
}

impl Seek for Watched {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(position)?;
        Ok(self.position)
    }
}
