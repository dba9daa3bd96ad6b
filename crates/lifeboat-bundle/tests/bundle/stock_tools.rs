//! Debian's own programs open what we write. A missing program is a failure, not a skip.

use std::{
    fs,
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
};

use lifeboat_bundle::{Identities, encrypt_identity_file};
use lifeboat_seal::{SigningKey, allowed_signers_line};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::sample::{Keys, entries};

/// Runs a program in a folder and returns what it printed.
fn run(folder: &Path, program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("`{program}` must be installed: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A program that refuses its input early closes the pipe; its exit status tells.
        scope.spawn(move || stdin.write_all(input).ok());
        child.wait_with_output().unwrap()
    });
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {talk}");
    output.stdout
}

/// A folder with a small bundle, taken apart by `tar x`, and the keys beside it.
fn unpacked(keys: &Keys) -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    fs::write(path.join("x.lifeboat"), keys.small()).unwrap();
    let identity = keys.identity.to_file("2026-11-23T10:03:00Z");
    fs::write(path.join("identity.txt"), identity.expose_secret()).unwrap();
    let line = allowed_signers_line("backup@example.com", &keys.signing_key());
    fs::write(path.join("allowed_signers"), format!("{line}\n")).unwrap();
    run(path, "tar", &["xf", "x.lifeboat"], b"");
    folder
}

/// Joins the payload members in the order of `SHA256SUMS` and decrypts and unpacks them.
fn open_payload(path: &Path) {
    let sums = fs::read_to_string(path.join("SHA256SUMS")).unwrap();
    let mut payload = Vec::new();
    for line in sums.lines() {
        let (_, name) = line.split_once("  ").unwrap();
        if name.starts_with("payload/") {
            payload.extend(fs::read(path.join(name)).unwrap());
        }
    }
    let compressed = run(path, "age", &["-d", "-i", "identity.txt"], &payload);
    let archive = run(path, "zstd", &["-d", "-c"], &compressed);
    fs::create_dir(path.join("inner")).unwrap();
    run(&path.join("inner"), "tar", &["xf", "-"], &archive);
}

#[test]
fn recipe_of_the_specification_works_as_it_is_written() {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/bundle-v1.md");
    let spec = fs::read_to_string(spec).unwrap();
    let (_, recipe) = spec.split_once("```sh\n").unwrap();
    let (recipe, _) = recipe.split_once("```").unwrap();
    let folder = unpacked(&Keys::new());
    for name in ["lifeboat.json", "SHA256SUMS", "SHA256SUMS.sig", "end.json"] {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    run(folder.path(), "sh", &["-eu", "-c", recipe], b"");
    assert_eq!(
        fs::read(folder.path().join("inner/tokens.json")).unwrap(),
        entries()[0].1
    );
}

#[test]
fn tar_lists_the_outer_members_in_order() {
    let folder = unpacked(&Keys::new());
    let names = run(folder.path(), "tar", &["tf", "x.lifeboat"], b"");
    assert_eq!(
        String::from_utf8(names).unwrap(),
        "lifeboat.json\npayload/00000000\npayload/00000001\nSHA256SUMS\nSHA256SUMS.sig\nend.json\n"
    );
}

#[test]
fn sha256sum_confirms_the_sums() {
    let folder = unpacked(&Keys::new());
    let report = run(
        folder.path(),
        "sha256sum",
        &["--strict", "-c", "SHA256SUMS"],
        b"",
    );
    let expected = "lifeboat.json: OK\npayload/00000000: OK\npayload/00000001: OK\n";
    assert_eq!(String::from_utf8(report).unwrap(), expected);
}

#[test]
fn ssh_keygen_verifies_both_signatures() {
    let folder = unpacked(&Keys::new());
    let path = folder.path();
    open_payload(path);
    for (namespace, message, signature) in [
        ("lifeboat-bundle-v1", "SHA256SUMS", "SHA256SUMS.sig"),
        (
            "lifeboat-content-v1",
            "inner/manifest.json",
            "inner/manifest.json.sig",
        ),
    ] {
        let message = fs::read(path.join(message)).unwrap();
        let arguments = [
            "-Y",
            "verify",
            "-f",
            "allowed_signers",
            "-I",
            "backup@example.com",
            "-n",
            namespace,
            "-s",
            signature,
        ];
        run(path, "ssh-keygen", &arguments, &message);
    }
}

#[test]
fn age_zstd_and_tar_open_the_payload() {
    let folder = unpacked(&Keys::new());
    let path = folder.path();
    open_payload(path);
    let names = [
        "tokens.json",
        "templates/00000000.json",
        "templates/00000001.json",
        "users/00000000.ndjson",
        "saml.xml",
        "logo.bin",
        "empty.bin",
    ];
    for (name, (_, bytes)) in names.iter().zip(entries()) {
        assert_eq!(
            fs::read(path.join("inner").join(name)).unwrap(),
            bytes,
            "{name}"
        );
    }
    assert_eq!(
        fs::read(path.join("inner/locator.json")).unwrap().len(),
        512
    );
}

#[test]
fn ssh_keygen_reads_our_keys_and_we_read_its_keys() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let key = SigningKey::generate("ours").unwrap();
    fs::write(path.join("ours"), key.to_openssh().unwrap().as_bytes()).unwrap();
    run(path, "chmod", &["600", "ours"], b"");
    let public = String::from_utf8(run(path, "ssh-keygen", &["-y", "-f", "ours"], b"")).unwrap();
    assert_eq!(public.trim_end(), key.public_openssh());
    let listed = String::from_utf8(run(path, "ssh-keygen", &["-l", "-f", "ours"], b"")).unwrap();
    assert!(listed.contains(&key.fingerprint().to_string()), "{listed}");

    let arguments = [
        "-q", "-t", "ed25519", "-C", "theirs", "-N", "secret", "-f", "theirs",
    ];
    run(path, "ssh-keygen", &arguments, b"");
    let pem = fs::read_to_string(path.join("theirs")).unwrap();
    let theirs = SigningKey::from_protected(&pem, &SecretString::from("secret")).unwrap();
    let public = fs::read_to_string(path.join("theirs.pub")).unwrap();
    assert_eq!(public.trim_end(), theirs.public_openssh());
}

#[test]
fn ssh_keygen_signs_what_we_verify() {
    use lifeboat_seal::{BUNDLE_NAMESPACE, Signature, sign};

    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let key = SigningKey::generate("ours").unwrap();
    fs::write(path.join("key"), key.to_openssh().unwrap().as_bytes()).unwrap();
    run(path, "chmod", &["600", "key"], b"");
    let arguments = ["-Y", "sign", "-f", "key", "-n", BUNDLE_NAMESPACE];
    let theirs = run(path, "ssh-keygen", &arguments, b"message");
    Signature::decode("sig", &theirs)
        .unwrap()
        .verify(BUNDLE_NAMESPACE, b"message")
        .unwrap();
    // Ed25519 is deterministic, so the same key and message give the same bytes.
    assert_eq!(sign(&key, BUNDLE_NAMESPACE, b"message").unwrap(), theirs);
}

#[test]
fn age_keygen_reads_our_identity_and_we_read_its_identity() {
    let folder = TempDir::new().unwrap();
    let path = folder.path();
    let keys = Keys::new();
    let text = keys.identity.to_file("2026-11-23T10:03:00Z");
    let recipient = run(path, "age-keygen", &["-y"], text.expose_secret().as_bytes());
    assert_eq!(
        String::from_utf8(recipient).unwrap().trim_end(),
        keys.identity.to_recipient()
    );
    let theirs = String::from_utf8(run(path, "age-keygen", &[], b"")).unwrap();
    assert_eq!(
        Identities::from_file(&SecretString::from(theirs))
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn encrypted_identity_file_is_an_age_file_with_one_passphrase() {
    let keys = Keys::new();
    let text = keys.identity.to_file("2026-11-23T10:03:00Z");
    let passphrase = SecretString::from("correct horse");
    let bytes = encrypt_identity_file(&text, &passphrase).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    let identities = Identities::from_encrypted(&bytes, &passphrase).unwrap();
    assert_eq!(identities.len(), 1);
    let wrong = Identities::from_encrypted(&bytes, &SecretString::from("wrong horse"));
    assert!(matches!(
        wrong,
        Err(lifeboat_bundle::KeyError::WrongPassphrase)
    ));
}
