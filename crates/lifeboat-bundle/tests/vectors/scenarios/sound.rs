//! Bundles without a fault that use what the format allows.

use super::{Scenario, at, scenario};
use crate::kit::{Entry, Recipe};

/// The scenarios.
pub(crate) fn scenarios() -> Vec<Scenario> {
    let ok = at("-", "ok");
    vec![
        scenario(
            "sound_tenant",
            "8.3.1",
            ok,
            "two entries of a tenant",
            Recipe::default(),
        ),
        scenario(
            "sound_files",
            "8.1.6",
            ok,
            "two files, one of them empty",
            Recipe {
                profile: "files",
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_without_padding",
            "7.2.1",
            ok,
            "no padding frame",
            Recipe {
                is_padded: false,
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_without_entries",
            "8.3.3",
            ok,
            "the manifest is the first member",
            Recipe {
                entries: Vec::clear,
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_several_frames",
            "7.1.1",
            ok,
            "a document of 700,000 bytes",
            Recipe {
                entries: |entries| entries[0].content = vec![b' '; 700_000],
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_extensions",
            "4.2.6",
            ok,
            "unknown names in ext of both JSON members",
            Recipe {
                public: |text| {
                    *text = text.replace("{}", "{\"a\":\"1\",\"b\":\"\\u0000\\\"\\\\/ü\"}");
                },
                manifest: |text| *text = text.replace("\"ext\":{}", "\"ext\":{\"x\":\"\"}"),
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_later_in_chain",
            "5.2.3",
            ok,
            "the third bundle of a chain",
            Recipe {
                public: |text| {
                    let prev = format!("\"seq\":2,\"prev\":\"{}\"", "ab".repeat(32));
                    *text = text.replace("\"seq\":0,\"prev\":null", &prev);
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_with_gap",
            "8.4.2",
            ok,
            "not complete, and says so",
            Recipe {
                manifest: |text| {
                    *text = text.replace("\"complete\":true", "\"complete\":false");
                    *text = text.replace("\"read\"", "\"partial\"");
                },
                ..Recipe::default()
            },
        ),
        scenario(
            "sound_keys_in_unicode",
            "8.1.3",
            ok,
            "keys are text, names are not made of them",
            Recipe {
                entries: |entries| {
                    for (number, key) in ["Größe", "../x", "a/b", " "].into_iter().enumerate() {
                        let name = format!("k/{number:08}.bin");
                        entries.push(Entry::new(&name, "k", key, "text/plain", b"x"));
                    }
                },
                ..Recipe::default()
            },
        ),
    ]
}
