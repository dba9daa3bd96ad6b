//! The promises of the whole: the real program against the real emulator, judged by raw HTTP and stock tools.

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

mod connection;
mod guard;
mod input;
mod journey;
mod law;
mod lock;
mod long;
mod output;
mod proxy;
#[path = "../cli/scene.rs"]
mod scene;
mod secret;
mod server;
mod stock;
mod stop;
mod twin;

#[test]
fn no_file_of_this_folder_is_forgotten() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/journey");
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
