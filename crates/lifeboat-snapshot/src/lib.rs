//! Holds a tenant's configuration as a value that can be normalised, compared, and carried in a bundle.
