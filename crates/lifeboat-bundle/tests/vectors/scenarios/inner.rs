//! Faults in the inner archive and in the manifest, under signatures that are right.

use super::{Scenario, at, scenario};
use crate::kit::{Entry, Member, Recipe, checksum};

/// Faults of members, entries and locator.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let damaged = at("open", "damaged");
    let contents = at("contents", "damaged");
    let entries = |change: fn(&mut Vec<Entry>)| Recipe {
        entries: change,
        ..Recipe::default()
    };
    let files = |change: fn(&mut Vec<Entry>)| Recipe {
        profile: "files",
        entries: change,
        ..Recipe::default()
    };
    let inner = |change: fn(&mut Vec<Member>)| Recipe {
        inner: change,
        ..Recipe::default()
    };
    vec![
        scenario(
            "inner_mode_with_execute_bits",
            "4.1.1",
            contents,
            "mode 0755 in the header of an entry",
            inner(|members| {
                members[0].header = |header| {
                    header[100..107].copy_from_slice(b"0000755");
                    checksum(header);
                }
            }),
        ),
        scenario(
            "inner_name_from_data",
            "8.1.2",
            contents,
            "an archive name that is not the derived one",
            inner(|members| members[1].name = "users/alice.ndjson".to_owned()),
        ),
        scenario(
            "inner_padding_not_zero",
            "4.1.2",
            contents,
            "spaces after an entry",
            inner(|members| members[0].padding = b' '),
        ),
        scenario(
            "inner_zero_blocks_not_zero",
            "4.1.5",
            contents,
            "the last byte of the archive is 1",
            Recipe {
                plain: |plain| *plain.last_mut().unwrap() = 1,
                ..Recipe::default()
            },
        ),
        scenario(
            "inner_third_zero_block",
            "4.1.5",
            damaged,
            "512 zero bytes too many",
            Recipe {
                plain: |plain| plain.resize(plain.len() + 512, 0),
                ..Recipe::default()
            },
        ),
        scenario(
            "inner_hidden_member",
            "8.3.3",
            damaged,
            "a member between the entries and the manifest that no entry names",
            Recipe {
                inner: |members| members.insert(2, Member::new("x.json", "")),
                locator: |text| {
                    for key in ["manifest_offset", "signature_offset"] {
                        let at = text.find(key).unwrap() + key.len() + 3;
                        let number: u64 = text[at..at + 20].parse().unwrap();
                        text.replace_range(at..at + 20, &format!("{:020}", number + 512));
                    }
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "inner_member_missing",
            "8.3.3",
            damaged,
            "an entry of the manifest that is not in the archive",
            inner(|members| drop(members.remove(1))),
        ),
        scenario(
            "inner_members_swapped",
            "8.3.3",
            contents,
            "two members of equal size in the other order",
            inner(|members| members.swap(0, 1)),
        ),
        scenario(
            "inner_entry_changed",
            "10.2.2",
            contents,
            "content that is not the one of the digest",
            inner(|members| members[0].content[0] = b'['),
        ),
        scenario(
            "kind_in_upper_case",
            "8.1.1",
            damaged,
            "Tokens",
            entries(|entries| entries[0].kind = "Tokens".to_owned()),
        ),
        scenario(
            "kind_reserved",
            "8.1.1",
            damaged,
            "manifest",
            entries(|entries| {
                entries[0].kind = "manifest".to_owned();
                entries[0].name = "manifest.json".to_owned();
            }),
        ),
        scenario(
            "number_with_gap",
            "8.1.2",
            contents,
            "the first user batch has number 1",
            entries(|entries| entries[1].name = "users/00000001.ndjson".to_owned()),
        ),
        scenario(
            "extension_of_another_type",
            "8.1.2",
            contents,
            "a JSON document named .xml",
            entries(|entries| entries[0].name = "tokens.xml".to_owned()),
        ),
        scenario(
            "key_with_control_character",
            "8.1.3",
            damaged,
            "U+007F in a key",
            entries(|entries| entries[1].key = "\u{7f}".to_owned()),
        ),
        scenario(
            "media_with_parameter",
            "8.1.4",
            damaged,
            "text/plain;charset=utf-8",
            entries(|entries| {
                entries[0].media = "text/plain;charset=utf-8".to_owned();
                entries[0].name = "tokens.bin".to_owned();
            }),
        ),
        scenario(
            "media_in_upper_case",
            "8.1.4",
            damaged,
            "image/PNG",
            entries(|entries| {
                entries[0].media = "image/PNG".to_owned();
                entries[0].name = "tokens.bin".to_owned();
            }),
        ),
        scenario(
            "entry_twice",
            "8.1.5",
            damaged,
            "the same kind and key twice",
            entries(|entries| {
                let name = "users/00000001.ndjson".to_owned();
                let twin = Entry {
                    name,
                    ..entries[1].clone()
                };
                entries.push(twin);
            }),
        ),
        scenario(
            "path_that_leaves_the_folder",
            "8.1.6",
            damaged,
            "../x",
            files(|entries| entries[0].key = "../x".to_owned()),
        ),
        scenario(
            "path_from_the_root",
            "8.1.6",
            damaged,
            "/etc/passwd",
            files(|entries| entries[0].key = "/etc/passwd".to_owned()),
        ),
        scenario(
            "path_with_backslash",
            "8.1.6",
            damaged,
            "a\\b",
            files(|entries| entries[0].key = "a\\\\b".to_owned()),
        ),
        scenario(
            "path_empty",
            "8.1.6",
            damaged,
            "no path at all",
            files(|entries| {
                entries[0].key.clear();
                entries[0].name = "file.bin".to_owned();
            }),
        ),
        scenario(
            "file_of_another_kind",
            "8.1.6",
            damaged,
            "a kind other than file",
            files(|entries| {
                entries[0].kind = "tokens".to_owned();
                entries[0].name = "tokens/00000000.bin".to_owned();
            }),
        ),
        scenario(
            "records_miscounted",
            "8.2.1",
            contents,
            "3 records announced, 2 there",
            entries(|entries| entries[1].records = 3),
        ),
        scenario(
            "records_without_last_line_feed",
            "8.2.1",
            contents,
            "the last record is open",
            entries(|entries| {
                entries[1].content.pop();
                entries[1].records = 1;
            }),
        ),
        scenario(
            "document_with_two_records",
            "8.2.1",
            at("open", "limit exceeded"),
            "2 records in a JSON document",
            entries(|entries| entries[0].records = 2),
        ),
        scenario(
            "document_over_limit",
            "8.2.2",
            at("open", "limit exceeded"),
            "16 MiB and a byte of spaces",
            entries(|entries| entries[0].content = vec![b' '; 16_777_217]),
        ),
        scenario(
            "record_over_limit",
            "8.2.3",
            contents,
            "a record of 16 MiB and a byte",
            entries(|entries| {
                entries[1].content = vec![b' '; 16_777_217];
                entries[1].content.push(b'\n');
                entries[1].records = 1;
            }),
        ),
        scenario(
            "locator_gap",
            "8.6.1",
            damaged,
            "manifest_offset is 512 too small",
            Recipe {
                locator: |text| {
                    let number: u64 = text[20..40].parse().unwrap();
                    text.replace_range(20..40, &format!("{:020}", number - 512));
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "locator_pad_not_zero",
            "4.3.2",
            damaged,
            "a 1 in the padding",
            Recipe {
                locator: |text| text.replace_range(500..501, "1"),
                ..Recipe::default()
            },
        ),
        scenario(
            "locator_over_limit",
            "8.3.4",
            at("open", "limit exceeded"),
            "a manifest of 64 MiB and a byte",
            Recipe {
                locator: |text| {
                    let at = text.find("manifest_size").unwrap() + 16;
                    text.replace_range(at..at + 20, "00000000000067108865");
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "locator_missing",
            "8.6.1",
            damaged,
            "the archive ends with the signature",
            inner(|members| drop(members.pop())),
        ),
    ]
}

/// Faults of `manifest.json`.
pub(crate) fn manifest() -> Vec<Scenario> {
    let damaged = at("open", "damaged");
    let unsupported = at("open", "unsupported");
    let manifest = |change: fn(&mut String)| Recipe {
        manifest: change,
        ..Recipe::default()
    };
    vec![
        scenario(
            "manifest_with_space",
            "4.2.8",
            damaged,
            "a space after a comma",
            manifest(|text| *text = text.replacen(',', ", ", 1)),
        ),
        scenario(
            "manifest_key_unknown",
            "4.2.5",
            unsupported,
            "a key `note` in an entry",
            manifest(|text| *text = text.replacen("\"size\"", "\"note\":1,\"size\"", 1)),
        ),
        scenario(
            "manifest_key_unknown_in_source",
            "4.2.5",
            unsupported,
            "a key `region` in source",
            manifest(|text| {
                *text = text.replacen("\"vector kit\"", "\"vector kit\",\"region\":\"eu\"", 1);
            }),
        ),
        scenario(
            "manifest_critical",
            "4.2.7",
            unsupported,
            "a feature that version 1 does not have",
            manifest(|text| *text = text.replace("\"critical\":[]", "\"critical\":[\"deltas\"]")),
        ),
        scenario(
            "profile_unknown",
            "8.3.1",
            damaged,
            "profile `photos`",
            manifest(|text| *text = text.replace("appid-tenant", "photos")),
        ),
        scenario(
            "manifest_of_another_file",
            "8.3.2",
            damaged,
            "the digest of another lifeboat.json",
            manifest(|text| {
                let at = text.find("\"header\":\"").unwrap() + 10;
                text.replace_range(at..at + 64, &"0".repeat(64));
            }),
        ),
        scenario(
            "tenant_empty",
            "8.3.2",
            damaged,
            "no tenant",
            manifest(|text| *text = text.replace("\"3cebd1a1\"", "\"\"")),
        ),
        scenario(
            "window_reversed",
            "8.3.2",
            damaged,
            "the end before the start",
            manifest(|text| *text = text.replace("10:03:07", "10:02:59")),
        ),
        scenario(
            "offset_wrong",
            "8.3.3",
            damaged,
            "the first entry at 1,024",
            manifest(|text| *text = text.replacen("\"offset\":512", "\"offset\":1024", 1)),
        ),
        scenario(
            "size_wrong",
            "10.2.2",
            at("contents", "damaged"),
            "one byte more than the member has",
            manifest(|text| *text = text.replacen("\"size\":7", "\"size\":8", 1)),
        ),
        scenario(
            "size_overflow",
            "8.3.3",
            at("open", "limit exceeded"),
            "a size of 2⁵³ − 1",
            manifest(|text| *text = text.replacen("\"size\":7", "\"size\":9007199254740991", 1)),
        ),
        scenario(
            "digest_of_entry_wrong",
            "10.2.2",
            at("contents", "damaged"),
            "another digest for an entry",
            manifest(|text| {
                let at = text.find("\"sha256\":\"").unwrap() + 10;
                text.replace_range(at..at + 64, &"0".repeat(64));
            }),
        ),
        scenario(
            "ledger_hides_a_gap",
            "8.4.2",
            damaged,
            "complete, with a refused line",
            manifest(|text| *text = text.replace("\"read\"", "\"refused\"")),
        ),
        scenario(
            "ledger_invents_a_gap",
            "8.4.2",
            damaged,
            "not complete, without a gap",
            manifest(|text| *text = text.replace("\"complete\":true", "\"complete\":false")),
        ),
        scenario(
            "ledger_state_unknown",
            "8.4.1",
            damaged,
            "state `lost`",
            manifest(|text| *text = text.replace("\"read\"", "\"lost\"")),
        ),
    ]
}
