//! Freshly made bundles, and the keys for them.

use std::{fs, path::Path};

use lifeboat_bundle::{
    BundleWriter, Chain, Closing, Entry, Id, Identity, Ledger, LedgerLine, LedgerState, Media,
    Options, Padding, Profile, Recipients, Source,
};
use lifeboat_seal::{SigningKey, allowed_signers_line};
use secrecy::ExposeSecret as _;

/// When the bundles are made.
pub(crate) const NOW: u64 = 1_795_428_180;

/// One writer and one reader.
pub(crate) struct Keys {
    identity: Identity,
    signing_key: String,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let key = SigningKey::generate("interop").unwrap();
        Self {
            identity: Identity::generate(),
            signing_key: key.to_openssh().unwrap().to_string(),
        }
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from_openssh(&self.signing_key).unwrap()
    }

    /// Writes `identity.txt` and `allowed_signers`.
    pub(crate) fn save(&self, folder: &Path) {
        let identity = self.identity.to_file("2026-11-23T10:03:00Z");
        fs::write(folder.join("identity.txt"), identity.expose_secret()).unwrap();
        let line = allowed_signers_line("backup@example.com", &self.signing_key());
        fs::write(folder.join("allowed_signers"), format!("{line}\n")).unwrap();
    }

    fn writer(&self, profile: Profile, padding: Padding) -> BundleWriter<Vec<u8>> {
        let chain = Chain::first(Id::random().unwrap());
        let options = Options {
            id: Id::random().unwrap(),
            created: NOW,
            chain,
            profile,
            padding,
            level: 3,
        };
        let recipients = Recipients::from_file(&self.identity.to_recipient()).unwrap();
        BundleWriter::create(Vec::new(), options, &recipients, self.signing_key()).unwrap()
    }

    /// Bundles of every form that the writer makes, with their names and numbers of entries.
    pub(crate) fn bundles(&self) -> Vec<(&'static str, u64, Vec<u8>)> {
        let document = text(700_000);
        let tenant: [(&str, &str, Media, u64, &[u8]); 5] = [
            (
                "tokens",
                "",
                Media::Json,
                1,
                b"{\"access\":{\"expires_in\":3600}}",
            ),
            ("users", "0", Media::Ndjson, 2, b"{\"id\":1}\n{\"id\":2}\n"),
            ("users", "1", Media::Ndjson, 0, b""),
            ("saml", "", Media::Xml, 1, b"<EntityDescriptor/>"),
            (
                "themes",
                "Gr\u{fc}\u{df}e \"\u{1f5dd}\"",
                Media::Json,
                1,
                &document,
            ),
        ];
        let image = Media::Bin("image/png".to_owned());
        let (noise, zeros) = (noise(9_000_000), vec![0; 300_000]);
        let files: [(&str, &str, Media, u64, &[u8]); 3] = [
            ("file", "a/b.png", image.clone(), 1, &noise),
            ("file", "empty", image.clone(), 1, b""),
            ("file", "last.png", image, 1, &zeros),
        ];
        [
            ("tenant", Profile::AppidTenant, Padding::On, &tenant[..]),
            ("bare", Profile::AppidTenant, Padding::Off, &tenant[..]),
            ("files", Profile::Files, Padding::On, &files[..]),
            ("nothing", Profile::Files, Padding::On, &[]),
        ]
        .into_iter()
        .map(|(name, profile, padding, entries)| {
            let mut writer = self.writer(profile, padding);
            for (kind, key, media, records, bytes) in entries {
                let (media, records) = (media.clone(), *records);
                let entry = Entry {
                    kind,
                    key,
                    media,
                    records,
                };
                writer.append(&entry, bytes).unwrap();
            }
            let (summary, file) = writer.finish(closing()).unwrap();
            (name, summary.entries, file)
        })
        .collect()
    }
}

/// A closing whose ledger has a gap and a text that needs escapes.
fn closing() -> Closing {
    let line = |kind: &str, state, claimed, reason: &str| LedgerLine {
        kind: kind.to_owned(),
        state,
        called: 3,
        claimed,
        stored: 2,
        reason: reason.to_owned(),
    };
    Closing {
        source: Source {
            api_url: "https://eu-de.appid.cloud.ibm.com".to_owned(),
            tenant: "3cebd1a1-4f3a-4a1e-8c0a-8ac41e2f9f3a".to_owned(),
            tool: "lifeboat".to_owned(),
        },
        window: (NOW, NOW + 7),
        ledger: Ledger::from_lines(vec![
            line(
                "users",
                LedgerState::Partial,
                Some(3),
                "a \"quote\", a \\, a\ttab\u{1}\u{7f}",
            ),
            line("logo", LedgerState::Never, None, ""),
        ]),
    }
}

/// Text that compresses, but not to nothing.
fn text(size: usize) -> Vec<u8> {
    noise(size).iter().map(|byte| b'a' + byte % 16).collect()
}

/// Bytes that do not compress.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    })
    .take(size)
    .collect()
}
