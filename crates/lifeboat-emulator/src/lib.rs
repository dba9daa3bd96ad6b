//! Serves the catalogue as a stateful in-memory API with faults on demand.
