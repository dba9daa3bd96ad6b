//! States, as one constant table, which API resources exist and how each is listed, read, written, compared and ordered.
