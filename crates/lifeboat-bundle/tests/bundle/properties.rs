//! For any content: what was written is what is read, and twice the same is the same.

use lifeboat_bundle::{Entry, Media, Padding, Profile};
use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    test_runner::Config,
};

use crate::sample::{Keys, closing, files};

/// Bytes that repeat, so that they compress, of a size around the sizes that matter.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let around = |size: usize| (size - 2)..(size + 3);
    let size = prop_oneof![0..600_usize, around(512), around(65_536), around(262_144)];
    (size, vec(any::<u8>(), 1..64))
        .prop_map(|(size, pattern)| pattern.into_iter().cycle().take(size).collect())
}

proptest! {
    #![proptest_config(Config::with_cases(40))]

    #[test]
    fn files_read_back(
        contents in btree_map("[a-z]{1,8}(/[a-zA-Z0-9 ._ü-]{1,12}x){0,3}", content(), 0..6),
        padding in prop_oneof![Just(Padding::On), Just(Padding::Off)],
    ) {
        let keys = Keys::new();
        let list: Vec<(&str, &[u8])> =
            contents.iter().map(|(key, bytes)| (key.as_str(), bytes.as_slice())).collect();
        let (summary, bytes) = files(&keys, padding, &list);
        let mut bundle = keys.open(bytes).unwrap();
        let entries = bundle.manifest().entries.clone();
        prop_assert_eq!(entries.len(), list.len());
        for (entry, (key, bytes)) in entries.iter().zip(&list) {
            prop_assert_eq!(&entry.key, key);
            prop_assert_eq!(&bundle.read(entry).unwrap(), bytes);
        }
        let report = bundle.verify_contents().unwrap();
        prop_assert_eq!(report.plain_bytes, summary.plain_bytes);
    }

    #[test]
    fn records_of_a_tenant_read_back(
        batches in vec(vec("[^\n\r]{0,80}", 0..30), 0..5),
        key in "[^\u{0}-\u{1f}\u{7f}-\u{9f}]{1,40}",
    ) {
        let keys = Keys::new();
        let mut writer = keys.writer(Profile::AppidTenant, Padding::On);
        let texts: Vec<String> = batches.iter().map(|lines| {
            lines.iter().flat_map(|line| [line, "\n"]).collect()
        }).collect();
        for (number, (lines, text)) in batches.iter().zip(&texts).enumerate() {
            let records = u64::try_from(lines.len()).unwrap();
            let key = format!("{key}{number}");
            let entry = Entry { kind: "users", key: &key, media: Media::Ndjson, records };
            writer.append(&entry, text.as_bytes()).unwrap();
        }
        let (_, bytes) = writer.finish(closing()).unwrap();
        let mut bundle = keys.open(bytes).unwrap();
        let manifest = bundle.shared_manifest();
        for (number, (entry, text)) in manifest.entries.iter().zip(&texts).enumerate() {
            prop_assert_eq!(&entry.key, &format!("{key}{number}"));
            prop_assert_eq!(bundle.read(entry).unwrap(), text.as_bytes());
        }
        bundle.verify_contents().unwrap();
    }
}

#[test]
fn same_inputs_give_the_same_inner_archive() {
    // age draws its own randomness, so sizes and digests are what can be compared.
    let keys = Keys::new();
    let make = || files(&keys, Padding::On, &[("a", b"one"), ("b", b"two")]);
    let ((first, first_bytes), (second, second_bytes)) = (make(), make());
    assert_eq!(first.plain_bytes, second.plain_bytes);
    let entries = |bytes| keys.open(bytes).unwrap().manifest().entries.clone();
    assert_eq!(entries(first_bytes), entries(second_bytes));
}
