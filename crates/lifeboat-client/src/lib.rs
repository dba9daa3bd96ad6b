//! Speaks the management API over a given transport: signs in, retries, pages.
