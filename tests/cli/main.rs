//! Runs the real program with a clean environment and a home of its own, and looks at what scripts see:
//! exit status, stdout, stderr, files.

#![cfg_attr(
    test,
    allow(
        clippy::allow_attributes,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::disallowed_methods,
        clippy::disallowed_types,
        clippy::indexing_slicing,
        reason = "test code"
    )
)]

mod backup;
mod bad_input;
mod completions;
mod configuration;
mod demo;
mod diff;
mod emulator;
mod extract;
mod help;
mod inspect;
mod keygen;
mod man;
mod rekey;
mod released;
mod repair;
mod resources;
mod restore;
mod scene;
mod server;
mod signing;
mod vault;
mod verify;

#[test]
fn no_file_of_this_folder_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let main = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        assert!(
            module == "main" || main.contains(&format!("\nmod {module};\n")),
            "{name}"
        );
    }
}
