//! Nothing half-written stays, nothing that exists is touched.

#![expect(clippy::disallowed_methods, reason = "tests arrange and look at files")]

use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use tempfile::TempDir;

use super::folder::Folder;
use super::staged::StagedFile;
use super::state::{ChainPlace, ChainState, StateFolder};
use super::*;
use crate::env::Environment;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn staged_file_appears_whole_and_private() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    let mut staged = StagedFile::create(&target).unwrap();
    staged.write_all(b"content").unwrap();
    assert!(!target.exists());
    staged.commit().unwrap();
    assert_eq!(std::fs::read(&target).unwrap(), b"content");
    assert_eq!(mode(&target), 0o600);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn staged_file_that_is_not_committed_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let mut staged = StagedFile::create(&folder.path().join("out")).unwrap();
    staged.write_all(b"half").unwrap();
    assert_eq!(names(folder.path()).len(), 1);
    drop(staged);
    assert!(names(folder.path()).is_empty());
}

#[test]
fn staged_file_refuses_every_kind_of_existing_target() {
    let folder = TempDir::new().unwrap();
    let path = |name| folder.path().join(name);
    std::fs::write(path("file"), b"old").unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    symlink("nowhere", path("link")).unwrap();
    for name in ["file", "folder", "link"] {
        let error = StagedFile::create(&path(name)).unwrap_err();
        assert!(matches!(error, FileError::Exists { .. }), "{name}: {error}");
    }
    assert_eq!(std::fs::read(path("file")).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["file", "folder", "link"]);
}

#[test]
fn commit_does_not_replace_a_file_that_appeared_meanwhile() {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("out");
    let mut staged = StagedFile::create(&target).unwrap();
    staged.write_all(b"new").unwrap();
    std::fs::write(&target, b"old").unwrap();
    let error = staged.commit().unwrap_err();
    assert!(matches!(error, FileError::Exists { .. }), "{error}");
    assert_eq!(std::fs::read(&target).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn full_disk_is_an_error_of_writing() {
    let mut staged = StagedFile::create(Path::new("/dev/full")).unwrap();
    let error = staged.write_all(b"x").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
}

#[test]
fn reading_keeps_to_limit_and_kind() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"12345").unwrap();
    assert_eq!(*read(Role::Identity, &path, 5).unwrap(), b"12345");
    let error = read(Role::Identity, &path, 4).unwrap_err();
    assert!(matches!(error, FileError::TooLarge { limit: 4, .. }));
    let error = read(Role::Identity, folder.path(), 4).unwrap_err();
    assert!(matches!(error, FileError::NotRegular { .. }));
    // Files of the kernel say that they are empty and are not.
    let error = read(Role::Identity, Path::new("/proc/version"), 4).unwrap_err();
    assert!(matches!(error, FileError::TooLarge { .. }));
    std::fs::write(&path, b"\xff").unwrap();
    let error = read_text(Role::Identity, &path, 5).unwrap_err();
    assert!(matches!(error, FileError::NotText { .. }));
    let error = read(Role::Bundle, &path.join("below"), 4).unwrap_err();
    assert!(matches!(
        error,
        FileError::Missing {
            role: Role::Bundle,
            ..
        }
    ));
}

#[test]
fn named_pipe_does_not_stall_the_reader() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("pipe");
    let done = std::process::Command::new("mkfifo")
        .arg(&path)
        .status()
        .unwrap();
    assert!(done.success());
    let error = open_bundle(&path).unwrap_err();
    assert!(matches!(error, FileError::NotRegular { .. }), "{error}");
}

#[test]
fn others_permissions_are_noticed() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, b"").unwrap();
    for (mode, expected) in [(0o600, false), (0o640, true), (0o604, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(is_readable_by_others(&path), expected, "{mode:o}");
    }
}

#[test]
fn folder_keeps_its_files_with_their_modes() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("keys");
    let mut folder = Folder::create_empty(&path).unwrap();
    folder.write_secret("secret", b"s").unwrap();
    folder.write_public("public", b"p").unwrap();
    drop(folder.create(Some("below"), "file").unwrap());
    folder.keep().unwrap();
    assert_eq!(names(&path), ["below", "public", "secret"]);
    assert_eq!(mode(&path), 0o700);
    assert_eq!(mode(&path.join("secret")), 0o600);
    assert_eq!(mode(&path.join("below/file")), 0o600);
    assert_eq!(mode(&path.join("public")) & 0o600, 0o600);
}

#[test]
fn folder_that_is_not_kept_removes_what_it_made_and_nothing_else() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("new");
    let mut folder = Folder::open_or_create(&path).unwrap();
    drop(folder.create(Some("below"), "file").unwrap());
    drop(folder);
    assert!(!path.exists());

    std::fs::create_dir(&path).unwrap();
    std::fs::write(path.join("old"), b"old").unwrap();
    let mut folder = Folder::open_or_create(&path).unwrap();
    folder.write_public("new", b"new").unwrap();
    drop(folder);
    assert_eq!(names(&path), ["old"]);
}

#[test]
fn folder_refuses_what_exists_and_what_is_not_empty() {
    let scratch = TempDir::new().unwrap();
    std::fs::write(scratch.path().join("old"), b"old").unwrap();
    let error = Folder::create_empty(scratch.path()).unwrap_err();
    assert!(matches!(error, FileError::NotEmpty { .. }));
    let error = Folder::create_empty(&scratch.path().join("old")).unwrap_err();
    assert!(matches!(error, FileError::Exists { .. }), "{error}");
    let mut folder = Folder::open_or_create(scratch.path()).unwrap();
    let error = folder.write_public("old", b"new").unwrap_err();
    assert!(matches!(error, FileError::Exists { .. }));
    drop(folder);
    assert_eq!(std::fs::read(scratch.path().join("old")).unwrap(), b"old");
}

#[test]
fn folder_never_leads_outside() {
    let scratch = TempDir::new().unwrap();
    let (inside, outside) = (
        scratch.path().join("inside"),
        scratch.path().join("outside"),
    );
    std::fs::create_dir(&inside).unwrap();
    std::fs::create_dir(&outside).unwrap();
    symlink(&outside, inside.join("kind")).unwrap();
    symlink(outside.join("file"), inside.join("file")).unwrap();
    let mut folder = Folder::open_or_create(&inside).unwrap();
    for (below, name) in [(Some("kind"), "x"), (None, "file")] {
        let error = folder.create(below, name).unwrap_err();
        assert!(matches!(error, FileError::Exists { .. }), "{name}: {error}");
    }
    for name in ["", ".", "..", "a/b", "/a"] {
        let error = folder.create(None, name).unwrap_err();
        assert!(matches!(error, FileError::UnsafeName { .. }), "{name}");
        let error = folder.create(Some(name), "x").unwrap_err();
        assert!(matches!(error, FileError::UnsafeName { .. }), "{name}");
    }
    drop(folder);
    assert!(names(&outside).is_empty());
    assert_eq!(names(&inside), ["file", "kind"]);
}

fn state(scratch: &TempDir) -> StateFolder {
    let home = ("XDG_STATE_HOME".into(), scratch.path().into());
    StateFolder::open(&Environment::from_pairs([home])).unwrap()
}

#[test]
fn second_lock_of_a_tenant_is_refused_until_the_first_is_dropped() {
    let scratch = TempDir::new().unwrap();
    let state = state(&scratch);
    let lock = state.lock("../t").unwrap();
    let error = state.lock("../t").unwrap_err();
    assert!(matches!(error, FileError::Locked { .. }), "{error}");
    drop(state.lock("other").unwrap());
    drop(lock);
    drop(state.lock("../t").unwrap());
    assert_eq!(
        names(&scratch.path().join("lifeboat")),
        ["%2e.%2ft.lock", "other.lock"]
    );
}

#[test]
fn state_needs_a_folder() {
    let error = StateFolder::open(&Environment::from_pairs([])).unwrap_err();
    assert!(matches!(error, FileError::NoStateFolder));
}

#[test]
fn chain_place_survives_and_damage_is_told_from_absence() {
    let scratch = TempDir::new().unwrap();
    let path = state(&scratch).chain_path("tenant");
    assert_eq!(ChainState::read(&path).unwrap(), ChainState::Absent);
    let mut place = ChainPlace {
        stream: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff".to_owned(),
        seq: 1,
        header_sha256: "ab".repeat(32),
    };
    for seq in [1, 2] {
        place.seq = seq;
        place.write(&path).unwrap();
        assert_eq!(
            ChainState::read(&path).unwrap(),
            ChainState::At(place.clone())
        );
    }
    assert_eq!(mode(&path), 0o600);
    for damage in [
        "",
        "{}",
        "{\"stream\":\"x\",\"seq\":1,\"header_sha256\":\"\"}",
        "\u{0}",
    ] {
        std::fs::write(&path, damage).unwrap();
        let found = ChainState::read(&path).unwrap();
        assert!(matches!(found, ChainState::Unreadable { .. }), "{damage}");
    }
    std::fs::write(&path, b"\xff").unwrap();
    let found = ChainState::read(&path).unwrap();
    assert!(matches!(found, ChainState::Unreadable { .. }));
}
