//! Sizes: small bundles are small, large ones need no more memory, and nothing beyond a limit is
//! written.

use std::io::{self, Cursor, Read, Write};

use lifeboat_bundle::{
    BundleWriter, Entry, Identities, KeyError, Media, Padding, Profile, Recipients, WriteError,
};
use lifeboat_seal::Sealed;
use secrecy::SecretString;

use crate::sample::{Keys, NOW, closing, files};

#[test]
fn bundle_of_20_kib_of_json_has_at_most_12_kib() {
    let keys = Keys::new();
    let mut writer = keys.writer(Profile::AppidTenant, Padding::On);
    let resource = |number: u32| {
        let (active, path) = (number.is_multiple_of(3), number * 7_919);
        format!(
            "{{\"name\":\"resource {number}\",\"isActive\":{active},\"redirect\":\"https://example.com/{path}\"}}"
        )
    };
    let json = format!(
        "[{}]",
        (0..200).map(resource).collect::<Vec<_>>().join(",\n")
    );
    assert!(json.len() > 15_000 && json.len() < 20_480, "{}", json.len());
    let entry = Entry {
        kind: "all",
        key: "",
        media: Media::Json,
        records: 1,
    };
    writer.append(&entry, json.as_bytes()).unwrap();
    let (summary, _) = writer.finish(closing()).unwrap();
    assert!(summary.bytes <= 12 * 1_024, "{}", summary.bytes);
}

#[test]
fn padding_makes_similar_contents_equally_large() {
    let keys = Keys::new();
    let size = |padding, length: usize| {
        let content: Vec<u8> = (0..length)
            .map(|at| u8::try_from(at * at % 251).unwrap())
            .collect();
        let (_, bytes) = files(&keys, padding, &[("a", &content)]);
        let sealed = Sealed::parse(Cursor::new(bytes)).unwrap();
        sealed.verify(&keys.trust(), NOW).unwrap().body_size()
    };
    let (padded, bare) = (size(Padding::On, 700), size(Padding::Off, 700));
    assert_eq!(padded, size(Padding::On, 703));
    assert!(
        bare < padded && padded * 100 <= (bare + 16) * 112,
        "{bare} {padded}"
    );
}

#[test]
fn writer_refuses_what_a_reader_would_refuse() {
    let keys = Keys::new();
    let (long_kind, long_key) = ("k".repeat(65), "k".repeat(4_097));
    let json = |kind, key| Entry {
        kind,
        key,
        media: Media::Json,
        records: 1,
    };
    let refused = |entry: &Entry<'_>, bytes: &[u8]| {
        keys.writer(Profile::AppidTenant, Padding::On)
            .append(entry, bytes)
            .unwrap_err()
    };
    for kind in [
        "", "Users", "-x", "a_b", "manifest", "locator", &long_kind, "ü",
    ] {
        let error = refused(&json(kind, ""), b"{}");
        assert!(
            matches!(error, WriteError::InvalidEntry { .. }),
            "{kind}: {error:?}"
        );
    }
    for key in ["a\nb", "\u{0}", &long_key] {
        let error = refused(&json("users", key), b"{}");
        assert!(
            matches!(error, WriteError::InvalidEntry { .. }),
            "{key}: {error:?}"
        );
    }
    for media in ["png", "image/", "Image/png", "application/json", "a/b;c=d"] {
        let entry = Entry {
            media: Media::Bin(media.to_owned()),
            ..json("logo", "")
        };
        let error = refused(&entry, b"");
        assert!(
            matches!(error, WriteError::InvalidEntry { .. }),
            "{media}: {error:?}"
        );
    }
    let ndjson = |records| Entry {
        media: Media::Ndjson,
        records,
        ..json("users", "0")
    };
    for (entry, bytes) in [
        (ndjson(1), &b"{}"[..]),
        (ndjson(2), b"{}\n "),
        (ndjson(1), b"{}\n{}\n"),
    ] {
        let error = refused(&entry, bytes);
        assert!(
            matches!(error, WriteError::InvalidEntry { .. }),
            "{error:?}"
        );
    }
    for (entry, bytes) in [
        (json("users", "0"), vec![b' '; 16_777_217]),
        (ndjson(9), vec![b'\n'; 8]),
        (
            Entry {
                records: 2,
                ..json("users", "0")
            },
            vec![],
        ),
        (ndjson(1), vec![b'\n'; 17_825_793]),
    ] {
        let error = refused(&entry, &bytes);
        assert!(
            matches!(error, WriteError::LimitExceeded { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn writer_refuses_paths_that_could_leave_a_folder() {
    let keys = Keys::new();
    for key in [
        "",
        "/etc/passwd",
        "../x",
        "a/../b",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        ".",
    ] {
        let mut writer = keys.writer(Profile::Files, Padding::On);
        let media = Media::Bin("application/octet-stream".to_owned());
        let entry = Entry {
            kind: "file",
            key,
            media,
            records: 1,
        };
        let error = writer.append(&entry, b"x").unwrap_err();
        assert!(
            matches!(error, WriteError::InvalidEntry { .. }),
            "{key}: {error:?}"
        );
    }
}

#[test]
fn writer_refuses_an_entry_given_twice() {
    let mut writer = Keys::new().writer(Profile::AppidTenant, Padding::On);
    let entry = Entry {
        kind: "users",
        key: "0",
        media: Media::Json,
        records: 1,
    };
    writer.append(&entry, b"{}").unwrap();
    let error = writer
        .append(
            &Entry {
                media: Media::Xml,
                ..entry
            },
            b"<a/>",
        )
        .unwrap_err();
    assert!(
        matches!(error, WriteError::DuplicateEntry { .. }),
        "{error:?}"
    );
}

#[test]
fn writer_refuses_a_source_of_another_size() {
    let entry = Entry {
        kind: "users",
        key: "0",
        media: Media::Json,
        records: 1,
    };
    for size in [0, 1, 3, 100] {
        let mut writer = Keys::new().writer(Profile::AppidTenant, Padding::On);
        let error = writer.append_from(&entry, size, &b"{}"[..]).unwrap_err();
        assert!(
            matches!(error, WriteError::SizeMismatch { .. }),
            "{size}: {error:?}"
        );
    }
}

#[test]
fn writer_refuses_a_ledger_that_hides_a_gap() {
    let keys = Keys::new();
    let invalid = |change: fn(&mut lifeboat_bundle::Closing)| {
        let mut closing = closing();
        change(&mut closing);
        match keys
            .writer(Profile::AppidTenant, Padding::On)
            .finish(closing)
        {
            Err(WriteError::InvalidClosing { field }) => field,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(invalid(|closing| closing.ledger.complete = false), "ledger");
    assert_eq!(
        invalid(|closing| closing.ledger.lines[0].state = lifeboat_bundle::LedgerState::Refused),
        "ledger"
    );
    assert_eq!(
        invalid(|closing| closing.window.1 = closing.window.0 - 1),
        "window"
    );
    assert_eq!(invalid(|closing| closing.source.tenant.clear()), "source");
    assert_eq!(
        invalid(|closing| closing.ledger.lines[0].stored = 1 << 53),
        "number"
    );
}

#[test]
fn failing_source_and_failing_output_are_told_apart() {
    /// A file on a broken disk.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("bad sector"))
        }
    }

    /// A full disk.
    struct Full(usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let keys = Keys::new();
    let entry = Entry {
        kind: "users",
        key: "0",
        media: Media::Json,
        records: 1,
    };
    let mut writer = keys.writer(Profile::AppidTenant, Padding::On);
    let error = writer.append_from(&entry, 2, Broken).unwrap_err();
    assert!(matches!(error, WriteError::Input { .. }), "{error:?}");
    for space in [0, 600, 2_000, 5_000] {
        let options = Keys::options(Profile::AppidTenant, Padding::On);
        let written =
            BundleWriter::create(Full(space), options, &keys.recipients(), keys.signing_key())
                .and_then(|mut writer| {
                    writer.append(&entry, b"{}")?;
                    writer.finish(closing())
                });
        let Err(WriteError::Write(error)) = written else {
            panic!("{space}");
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{space}");
    }
}

#[test]
fn recipients_and_identities_are_understood_in_full_or_refused() {
    let keys = Keys::new();
    let one = keys.identity.to_recipient();
    let other = Keys::new().identity.to_recipient();
    let text = format!("# both\n\n{one}\n  {other}\n{one}\n");
    assert_eq!(Recipients::from_file(&text).unwrap().len(), 2);
    for (text, line) in [("age1tagpq1qqqq", 1), ("# x\nssh-ed25519 AAAA", 2)] {
        let error = Recipients::from_file(text).unwrap_err();
        assert!(
            matches!(error, KeyError::Unsupported { line: found } if found == line),
            "{text}"
        );
    }
    for text in ["age1yubikey1qqqq", "hello", one.get(..20).unwrap()] {
        let error = Recipients::from_file(text).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { line: 1 }), "{text}");
    }
    assert!(matches!(
        Recipients::from_file("# nobody\n"),
        Err(KeyError::NoKey)
    ));
    let identities = |text: &str| Identities::from_file(&SecretString::from(text)).unwrap_err();
    assert!(matches!(
        identities("AGE-PLUGIN-YUBIKEY-1Q"),
        KeyError::Unsupported { line: 1 }
    ));
    assert!(matches!(
        identities("AGE-SECRET-KEY-1"),
        KeyError::Malformed { line: 1 }
    ));
    assert!(matches!(identities(&one), KeyError::Malformed { line: 1 }));
    assert!(matches!(identities("# none"), KeyError::NoKey));
    let passphrase = SecretString::from("x");
    for bytes in [&b"AGE-SECRET-KEY-1"[..], b"", &keys.small()] {
        let error = Identities::from_encrypted(bytes, &passphrase).unwrap_err();
        assert!(matches!(error, KeyError::NotEncrypted));
    }
}
