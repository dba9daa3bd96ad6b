//! Faults in the outer archive and in the public header.

use super::{Scenario, at, scenario};
use crate::kit::{Member, Recipe, checksum};

/// Faults of members and their order.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let damaged = at("parse", "damaged");
    let outer = |change: fn(&mut Vec<Member>)| Recipe {
        outer: change,
        ..Recipe::default()
    };
    let file = |change: fn(&mut Vec<u8>)| Recipe {
        file: change,
        ..Recipe::default()
    };
    let end = |change: fn(&mut String)| Recipe {
        end: change,
        ..Recipe::default()
    };
    let sums = |change: fn(&mut String)| Recipe {
        sums: change,
        ..Recipe::default()
    };
    vec![
        scenario(
            "empty_file",
            "5.1.3",
            at("parse", "not a bundle"),
            "no bytes",
            file(Vec::clear),
        ),
        scenario(
            "foreign_file",
            "5.1.3",
            at("parse", "not a bundle"),
            "text, not an archive",
            file(|file| *file = b"not a bundle, but long enough\n".repeat(100)),
        ),
        scenario(
            "foreign_archive",
            "5.1.3",
            at("parse", "not a bundle"),
            "an archive that starts with another member",
            outer(|members| members.insert(0, Member::new("README", "hello"))),
        ),
        scenario(
            "mode_with_execute_bits",
            "4.1.1",
            at("open", "damaged"),
            "mode 0755 in the header of the last segment",
            outer(|members| {
                members[2].header = |header| {
                    header[100..107].copy_from_slice(b"0000755");
                    checksum(header);
                }
            }),
        ),
        scenario(
            "time_in_header",
            "4.1.1",
            damaged,
            "mtime 1 in the header of SHA256SUMS",
            outer(|members| {
                members[3].header = |header| {
                    header[146] = b'1';
                    checksum(header);
                }
            }),
        ),
        scenario(
            "gnu_magic",
            "4.1.1",
            damaged,
            "the magic of GNU tar in the header of end.json",
            outer(|members| {
                members[5].header = |header| {
                    header[257..265].copy_from_slice(b"ustar  \0");
                    checksum(header);
                }
            }),
        ),
        scenario(
            "checksum_in_gnu_form",
            "4.1.1",
            damaged,
            "six digits, NUL and a space instead of seven digits and NUL",
            outer(|members| {
                members[4].header = |header| {
                    header.copy_within(149..155, 148);
                    header[154..156].copy_from_slice(b"\0 ");
                }
            }),
        ),
        scenario(
            "user_name_in_header",
            "4.1.1",
            damaged,
            "a user name in the header of SHA256SUMS.sig",
            outer(|members| {
                members[4].header = |header| {
                    header[265] = b'x';
                    checksum(header);
                }
            }),
        ),
        scenario(
            "link_instead_of_file",
            "4.1.1",
            damaged,
            "the first segment is a symbolic link",
            outer(|members| {
                members[1].header = |header| {
                    header[156] = b'2';
                    checksum(header);
                }
            }),
        ),
        scenario(
            "padding_not_zero",
            "4.1.2",
            damaged,
            "spaces after lifeboat.json",
            outer(|members| members[0].padding = b' '),
        ),
        scenario(
            "zero_blocks_not_zero",
            "4.1.5",
            damaged,
            "the last byte of the file is 1",
            file(|file| *file.last_mut().unwrap() = 1),
        ),
        scenario(
            "one_zero_block",
            "4.1.5",
            at("parse", "truncated"),
            "the last 512 bytes are missing",
            file(|file| file.truncate(file.len() - 512)),
        ),
        scenario(
            "ten_kibibytes_of_zero_blocks",
            "5.1.2",
            at("parse", "trailing bytes"),
            "what tar itself writes at the end",
            file(|file| file.resize(file.len().next_multiple_of(10_240) + 10_240, 0)),
        ),
        scenario(
            "second_bundle_behind",
            "5.1.2",
            at("parse", "trailing bytes"),
            "a line of text behind the end",
            file(|file| file.extend(b"appended\n")),
        ),
        scenario(
            "cut_in_payload",
            "5.1.3",
            at("parse", "truncated"),
            "the file ends in the middle of the last segment",
            file(|file| file.truncate(2_600)),
        ),
        scenario(
            "without_end",
            "5.1.3",
            at("parse", "truncated"),
            "end.json and the zero blocks are missing",
            file(|file| file.truncate(file.len() - 2_048)),
        ),
        scenario(
            "without_signature",
            "5.1.1",
            at("parse", "signature missing"),
            "the member SHA256SUMS.sig is missing",
            outer(|members| drop(members.remove(4))),
        ),
        scenario(
            "extra_member",
            "5.1.1",
            damaged,
            "a member README between payload and sums",
            outer(|members| members.insert(3, Member::new("README", "hello"))),
        ),
        scenario(
            "members_swapped",
            "5.1.1",
            damaged,
            "the signature comes before the sums",
            outer(|members| members.swap(3, 4)),
        ),
        scenario(
            "segment_twice",
            "5.1.1",
            damaged,
            "the member payload/00000001 is there twice",
            outer(|members| members.insert(2, members[2].clone())),
        ),
        scenario(
            "segment_number_without_zeros",
            "5.3.3",
            damaged,
            "payload/1",
            Recipe {
                payload: |members| members[1].name = "payload/1".to_owned(),
                ..Recipe::default()
            },
        ),
        scenario(
            "segment_numbers_from_one",
            "5.3.3",
            damaged,
            "payload/00000001 and payload/00000002",
            Recipe {
                payload: |members| {
                    members[0].name = "payload/00000001".to_owned();
                    members[1].name = "payload/00000002".to_owned();
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "segment_too_short",
            "5.3.2",
            damaged,
            "the body is cut into two segments of less than 4,195,328 bytes",
            Recipe {
                payload: |members| {
                    let rest = members[1].content.split_off(100);
                    members.push(Member::new("payload/00000002", rest));
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "without_body",
            "5.3.2",
            damaged,
            "the head is the only segment",
            Recipe {
                payload: |members| members.truncate(1),
                ..Recipe::default()
            },
        ),
        scenario(
            "sums_for_binary_mode",
            "5.4.1",
            damaged,
            "a star before the names",
            sums(|text| *text = text.replace("  ", " *")),
        ),
        scenario(
            "sums_in_upper_case",
            "5.4.1",
            damaged,
            "upper-case digits",
            sums(|text| {
                let (digest, rest) = text.split_at(64);
                *text = format!("{}{rest}", digest.to_uppercase());
            }),
        ),
        scenario(
            "sums_with_another_line",
            "5.4.1",
            damaged,
            "a line for a file that is not there",
            sums(|text| {
                let line = format!("{}  x\n", "0".repeat(64));
                text.push_str(&line);
            }),
        ),
        scenario(
            "sums_without_a_line",
            "5.4.1",
            damaged,
            "no line for the last segment",
            sums(|text| text.truncate(text.len() - 83)),
        ),
        scenario(
            "sum_of_header_wrong",
            "5.4.2",
            damaged,
            "another digest for lifeboat.json",
            sums(|text| text.replace_range(0..64, &"0".repeat(64))),
        ),
        scenario(
            "sum_of_segment_wrong",
            "5.4.2",
            at("open", "damaged"),
            "another digest for the last segment",
            sums(|text| {
                let at = text.len() - 83;
                text.replace_range(at..at + 64, &"0".repeat(64));
            }),
        ),
        scenario(
            "end_number_short",
            "4.3.1",
            damaged,
            "a number of 19 digits, and one more character of padding",
            end(|text| {
                *text = text
                    .replacen(":\"0", ":\"", 1)
                    .replace("\"pad\":\"", "\"pad\":\"0");
            }),
        ),
        scenario(
            "end_pad_not_zero",
            "4.3.2",
            damaged,
            "a 1 in the padding",
            end(|text| text.replace_range(500..501, "1")),
        ),
        scenario(
            "end_with_another_key",
            "4.3.1",
            damaged,
            "a key `note` before the padding",
            end(|text| {
                *text = text.replace(
                    "\"pad\":\"0000000000000000",
                    "\"note\":\"x\",\"pad\":\"00000",
                );
            }),
        ),
        scenario(
            "end_offset_wrong",
            "5.6.2",
            damaged,
            "sums_offset is 512 too large",
            end(|text| {
                let number: u64 = text[16..36].parse().unwrap();
                text.replace_range(16..36, &format!("{:020}", number + 512));
            }),
        ),
        scenario(
            "end_segments_wrong",
            "5.6.2",
            damaged,
            "3 segments instead of 2",
            end(|text| {
                *text = text.replace(
                    "\"segments\":\"00000000000000000002\"",
                    "\"segments\":\"00000000000000000003\"",
                );
            }),
        ),
        scenario(
            "end_sums_size_over_limit",
            "5.4.1",
            at("parse", "limit exceeded"),
            "SHA256SUMS of 64 MiB and a byte",
            end(|text| {
                let at = text.find("\"sums_size\":\"").unwrap() + 13;
                text.replace_range(at..at + 20, "00000000000067108865");
            }),
        ),
        scenario(
            "end_sizes_overflow",
            "5.6.2",
            damaged,
            "a payload of 2⁶⁴ − 1 bytes",
            end(|text| {
                let at = text.find("\"payload_size\":\"").unwrap() + 16;
                text.replace_range(at..at + 20, "18446744073709551615");
            }),
        ),
    ]
}

/// Faults of `lifeboat.json`.
pub(crate) fn public_header() -> Vec<Scenario> {
    let damaged = at("parse", "damaged");
    let unsupported = at("parse", "unsupported");
    let public = |change: fn(&mut String)| Recipe {
        public: change,
        ..Recipe::default()
    };
    vec![
        scenario(
            "header_with_space",
            "4.2.1",
            damaged,
            "a space after a colon",
            public(|text| *text = text.replacen(':', ": ", 1)),
        ),
        scenario(
            "header_without_line_feed",
            "4.2.1",
            damaged,
            "no line feed at the end",
            public(|text| text.truncate(text.len() - 1)),
        ),
        scenario(
            "header_with_two_line_feeds",
            "4.2.1",
            damaged,
            "two line feeds at the end",
            public(|text| text.push('\n')),
        ),
        scenario(
            "header_with_byte_order_mark",
            "4.2.1",
            damaged,
            "a byte order mark",
            public(|text| text.insert(0, '\u{feff}')),
        ),
        scenario(
            "header_integer_as_fraction",
            "4.2.2",
            damaged,
            "0.0 for seq",
            public(|text| *text = text.replace("\"seq\":0", "\"seq\":0.0")),
        ),
        scenario(
            "header_integer_with_leading_zero",
            "4.2.2",
            damaged,
            "00 for seq",
            public(|text| *text = text.replace("\"seq\":0", "\"seq\":00")),
        ),
        scenario(
            "header_integer_too_large",
            "4.2.2",
            damaged,
            "2⁵³ for seq",
            public(|text| {
                let prev = format!("\"seq\":9007199254740992,\"prev\":\"{}\"", "ab".repeat(32));
                *text = text.replace("\"seq\":0,\"prev\":null", &prev);
            }),
        ),
        scenario(
            "header_slash_escaped",
            "4.2.3",
            damaged,
            "an escape that is not needed",
            public(|text| *text = text.replace("{}", "{\"a\":\"\\/\"}")),
        ),
        scenario(
            "header_short_escape",
            "4.2.3",
            damaged,
            "a line feed as \\n",
            public(|text| *text = text.replace("{}", "{\"a\":\"\\n\"}")),
        ),
        scenario(
            "header_escape_in_upper_case",
            "4.2.3",
            damaged,
            "U+001F as \\u001F",
            public(|text| *text = text.replace("{}", "{\"a\":\"\\u001F\"}")),
        ),
        scenario(
            "header_key_twice",
            "4.2.4",
            damaged,
            "seq twice",
            public(|text| *text = text.replace("\"seq\":0", "\"seq\":0,\"seq\":0")),
        ),
        scenario(
            "header_key_missing",
            "4.2.4",
            damaged,
            "no seq",
            public(|text| *text = text.replace("\"seq\":0,", "")),
        ),
        scenario(
            "header_keys_swapped",
            "4.2.4",
            damaged,
            "prev before seq",
            public(|text| {
                *text = text.replace("\"seq\":0,\"prev\":null", "\"prev\":null,\"seq\":0");
            }),
        ),
        scenario(
            "header_key_unknown",
            "4.2.5",
            unsupported,
            "a key `note`",
            public(|text| *text = text.replace("\"seq\":0", "\"note\":\"x\",\"seq\":0")),
        ),
        scenario(
            "header_key_unknown_at_end",
            "4.2.5",
            unsupported,
            "a key `zzz` behind critical",
            public(|text| *text = text.replace("[]}", "[],\"zzz\":1}")),
        ),
        scenario(
            "header_extensions_not_sorted",
            "4.2.6",
            damaged,
            "b before a",
            public(|text| *text = text.replace("{}", "{\"b\":\"\",\"a\":\"\"}")),
        ),
        scenario(
            "header_extension_twice",
            "4.2.6",
            damaged,
            "a twice",
            public(|text| *text = text.replace("{}", "{\"a\":\"\",\"a\":\"\"}")),
        ),
        scenario(
            "header_extension_not_a_string",
            "4.2.6",
            damaged,
            "a number in ext",
            public(|text| *text = text.replace("{}", "{\"a\":1}")),
        ),
        scenario(
            "header_critical",
            "4.2.7",
            unsupported,
            "a feature that version 1 does not have",
            public(|text| *text = text.replace("[]", "[\"shards\"]")),
        ),
        scenario(
            "time_with_fraction",
            "4.4.1",
            damaged,
            "created with milliseconds",
            public(|text| *text = text.replace("00Z", "00.000Z")),
        ),
        scenario(
            "time_with_offset",
            "4.4.1",
            damaged,
            "created with +00:00",
            public(|text| *text = text.replace("00Z", "00+00:00")),
        ),
        scenario(
            "id_in_upper_case",
            "4.4.2",
            damaged,
            "an id in upper case",
            public(|text| *text = text.replace("1af26abe-9aba", "1AF26ABE-9ABA")),
        ),
        scenario(
            "id_of_version_1",
            "4.4.2",
            damaged,
            "a UUID that tells the time",
            public(|text| *text = text.replace("-4439-", "-1439-")),
        ),
        scenario(
            "version_2",
            "12.1.1",
            unsupported,
            "version 2",
            public(|text| *text = text.replace("\"version\":1", "\"version\":2")),
        ),
        scenario(
            "version_0",
            "5.2.2",
            unsupported,
            "version 0",
            public(|text| *text = text.replace("\"version\":1", "\"version\":0")),
        ),
        scenario(
            "format_of_another_tool",
            "5.2.1",
            at("parse", "not a bundle"),
            "another format",
            public(|text| *text = text.replace("\"lifeboat\"", "\"raft\"")),
        ),
        scenario(
            "first_bundle_with_previous",
            "5.2.3",
            damaged,
            "seq 0 and a digest in prev",
            public(|text| {
                let prev = format!("\"{}\"", "ab".repeat(32));
                *text = text.replace("null", &prev);
            }),
        ),
        scenario(
            "later_bundle_without_previous",
            "5.2.3",
            damaged,
            "seq 1 and null in prev",
            public(|text| *text = text.replace("\"seq\":0", "\"seq\":1")),
        ),
        scenario(
            "digest_in_upper_case",
            "4.4.3",
            damaged,
            "an upper-case digest in prev",
            public(|text| {
                let prev = format!("\"seq\":1,\"prev\":\"{}\"", "AB".repeat(32));
                *text = text.replace("\"seq\":0,\"prev\":null", &prev);
            }),
        ),
        scenario(
            "frame_of_another_size",
            "5.2.4",
            damaged,
            "frames of 128 KiB",
            public(|text| *text = text.replace("262144", "131072")),
        ),
        scenario(
            "segment_of_another_size",
            "5.2.4",
            damaged,
            "segments of 32 chunks",
            public(|text| *text = text.replace("4195328", "2097664")),
        ),
        scenario(
            "header_over_limit",
            "5.2.1",
            at("parse", "limit exceeded"),
            "65,537 bytes",
            public(|text| {
                let long = format!("{{\"a\":\"{}\"}}", "x".repeat(65_537 - text.len() - 6));
                *text = text.replace("{}", &long);
            }),
        ),
    ]
}
