//! Walks the catalogue with a client and yields entries plus a report of everything it could not read.
