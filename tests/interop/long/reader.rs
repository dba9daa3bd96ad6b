//! The reader in Python, age in JavaScript, and readers of zstd's seekable format.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    bundles::{Keys, NOW},
    programs::{folder, node, output, python, repository, run},
};

/// Runs `reader.py check`; returns the exit code and the printed line.
fn check(bundle: &Path, keys: &Path, stream: &Path) -> (Option<i32>, String) {
    let mut command = python("reader.py");
    command.arg("check").arg(bundle);
    command
        .arg("--allowed-signers")
        .arg(keys.join("allowed_signers"));
    command.arg("--identity").arg(keys.join("identity.txt"));
    command.arg("--stream").arg(stream);
    command.arg("--at").arg(NOW.to_string());
    let output = output(&mut command, "");
    let printed = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(printed).unwrap())
}

/// All files below a folder whose name ends in `.lifeboat`, if the folder is there.
fn bundles_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(bundles_below(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "lifeboat")
        {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_fresh_bundle_is_read_by_python_decrypted_by_javascript_and_seekable() {
    let keys = Keys::new();
    let scratch = TempDir::new().unwrap();
    let path = scratch.path();
    keys.save(path);
    for (name, entries, bytes) in keys.bundles() {
        let bundle = path.join(name);
        fs::write(&bundle, &bytes).unwrap();
        let stream = path.join("stream.zst");
        let (code, printed) = check(&bundle, path, &stream);
        assert_eq!(code, Some(0), "{name}: {printed}");
        let wanted = format!("\"complete\": false, \"entries\": {entries},");
        assert!(printed.contains(&wanted), "{name}: {printed}");

        let other = path.join("other.zst");
        let mut decrypt = node("age.mjs");
        decrypt.arg("decrypt").arg(&bundle);
        run(decrypt.arg(path.join("identity.txt")).arg(&other), "");
        let same = fs::read(&stream).unwrap() == fs::read(&other).unwrap();
        assert!(same, "{name}: JavaScript and Python decrypt differently");

        let seek = run(python("seek.py").arg(&stream), "");
        assert!(
            seek.contains("pyzstd: ") && seek.contains("indexed_zstd: "),
            "{seek}"
        );
    }
}

#[test]
fn changed_fresh_bundle_is_refused_by_python() {
    let keys = Keys::new();
    let scratch = TempDir::new().unwrap();
    let path = scratch.path();
    keys.save(path);
    let (_, _, bytes) = keys.bundles().swap_remove(0);
    let bundle = path.join("x.lifeboat");
    let judge = |bytes: &[u8]| {
        fs::write(&bundle, bytes).unwrap();
        check(&bundle, path, &path.join("stream.zst")).0
    };
    let mut changed = bytes.clone();
    changed[5_000] ^= 1;
    assert_eq!(judge(&changed), Some(11));
    assert_eq!(judge(&bytes[..bytes.len() - 1]), Some(12));
    assert_eq!(judge(&[&bytes[..], b"x"].concat()), Some(13));
    assert_eq!(judge(b""), Some(10));
    Keys::new().save(path);
    assert_eq!(judge(&bytes), Some(18));
}

/// Each folder of `released` has bundles, `allowed_signers` and `identity.txt`.
#[test]
fn every_released_bundle_is_read_by_python() {
    let scratch = TempDir::new().unwrap();
    let released = bundles_below(&repository().join("fixtures/bundle/released"));
    assert!(!released.is_empty(), "there is no released bundle");
    for bundle in released {
        let keys = bundle.parent().unwrap();
        let (code, printed) = check(&bundle, keys, &scratch.path().join("stream.zst"));
        assert_eq!(code, Some(0), "{}: {printed}", bundle.display());
    }
}

#[test]
fn every_vector_is_judged_by_python_as_its_file_says() {
    let vectors = repository().join("fixtures/bundle");
    let count = fs::read_dir(&vectors)
        .unwrap()
        .filter(|entry| {
            let path = entry.as_ref().unwrap().path();
            path.extension().is_some_and(|extension| extension == "vec")
        })
        .count();
    let printed = run(python("reader.py").arg("vectors").arg(&vectors), "");
    assert_eq!(printed, format!("{count} vectors, 0 judged wrongly\n"));
}

#[test]
fn wrong_arguments_are_not_a_verdict() {
    let nowhere = folder().join("nowhere");
    assert_eq!(check(&nowhere, &nowhere, &nowhere).0, Some(2));
}
