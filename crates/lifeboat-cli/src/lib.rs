//! Turns arguments, environment and files into calls on the other crates, and results into output and exit status.
