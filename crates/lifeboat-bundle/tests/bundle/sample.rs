//! Keys, options and small bundles for the tests.

use std::io::Cursor;

use lifeboat_bundle::{
    Bundle, BundleWriter, Chain, Closing, Entry, Id, Identities, Identity, Ledger, LedgerLine,
    LedgerState, Media, Options, Padding, Profile, ReadError, Recipients, Source, Summary,
};
use lifeboat_seal::{SealError, Sealed, SigningKey, TrustedSigners};

/// When all samples are made and judged.
pub(crate) const NOW: u64 = 1_795_428_180;

/// One writer and one reader.
pub(crate) struct Keys {
    pub(crate) identity: Identity,
    signing_key: String,
}

impl Keys {
    pub(crate) fn new() -> Self {
        let signing_key = SigningKey::generate("sample")
            .unwrap()
            .to_openssh()
            .unwrap();
        Self {
            identity: Identity::generate(),
            signing_key: signing_key.to_string(),
        }
    }

    pub(crate) fn signing_key(&self) -> SigningKey {
        SigningKey::from_openssh(&self.signing_key).unwrap()
    }

    pub(crate) fn recipients(&self) -> Recipients {
        Recipients::from_file(&self.identity.to_recipient()).unwrap()
    }

    pub(crate) fn identities(&self) -> Identities {
        self.identity.clone().into()
    }

    pub(crate) fn trust(&self) -> TrustedSigners {
        TrustedSigners::from_fingerprint(self.signing_key().fingerprint())
    }

    pub(crate) fn options(profile: Profile, padding: Padding) -> Options {
        let chain = Chain::first(Id::random().unwrap());
        Options {
            id: Id::random().unwrap(),
            created: NOW,
            chain,
            profile,
            padding,
            level: 1,
        }
    }

    pub(crate) fn writer(&self, profile: Profile, padding: Padding) -> BundleWriter<Vec<u8>> {
        let options = Self::options(profile, padding);
        BundleWriter::create(Vec::new(), options, &self.recipients(), self.signing_key()).unwrap()
    }

    pub(crate) fn open(&self, bytes: Vec<u8>) -> Result<Bundle<Cursor<Vec<u8>>>, ReadError> {
        let verified = Sealed::parse(Cursor::new(bytes))?.verify(&self.trust(), NOW)?;
        Bundle::open(verified, &self.identities())
    }

    /// Opens and verifies everything that there is to verify.
    pub(crate) fn verify(&self, bytes: Vec<u8>) -> Result<(), ReadError> {
        self.open(bytes)?.verify_contents()?;
        Ok(())
    }

    /// A bundle with one entry of every media type.
    pub(crate) fn small(&self) -> Vec<u8> {
        let mut writer = self.writer(Profile::AppidTenant, Padding::On);
        for (entry, bytes) in entries() {
            writer.append(&entry, bytes).unwrap();
        }
        writer.finish(closing()).unwrap().1
    }
}

/// Entries of every media type, with and without a key.
pub(crate) fn entries() -> Vec<(Entry<'static>, &'static [u8])> {
    let entry = |kind, key, media, records| Entry {
        kind,
        key,
        media,
        records,
    };
    vec![
        (
            entry("tokens", "", Media::Json, 1),
            b"{\"access\":{\"expires_in\":3600}}",
        ),
        (
            entry("templates", "welcome/en", Media::Json, 1),
            b"{\"subject\":\"Hello\"}",
        ),
        (
            entry("templates", "welcome/de", Media::Json, 1),
            b"{\"subject\":\"Gr\xc3\xbc\xc3\x9fe\"}",
        ),
        (
            entry("users", "0", Media::Ndjson, 2),
            b"{\"id\":1}\n{\"id\":2}\n",
        ),
        (entry("saml", "", Media::Xml, 1), b"<EntityDescriptor/>"),
        (
            entry("logo", "", Media::Bin("image/png".to_owned()), 1),
            b"\x89PNG\r\n\x1a\n",
        ),
        (
            entry("empty", "", Media::Bin("text/plain".to_owned()), 1),
            b"",
        ),
    ]
}

/// A closing whose ledger has no gap.
pub(crate) fn closing() -> Closing {
    let line = |kind: &str, state, reason: &str| LedgerLine {
        kind: kind.to_owned(),
        state,
        called: 1,
        claimed: Some(2),
        stored: 2,
        reason: reason.to_owned(),
    };
    Closing {
        source: Source {
            api_url: "https://eu-de.appid.cloud.ibm.com".to_owned(),
            tenant: "3cebd1a1-4f3a-4a1e-8c0a-8ac41e2f9f3a".to_owned(),
            tool: "lifeboat 0.1.0".to_owned(),
        },
        window: (NOW, NOW + 7),
        ledger: Ledger::from_lines(vec![
            line("users", LedgerState::Read, ""),
            line(
                "token-keys",
                LedgerState::Never,
                "the API never gives \"private\" keys\n",
            ),
        ]),
    }
}

/// The summary and the bytes of a bundle of the profile `files`.
pub(crate) fn files(keys: &Keys, padding: Padding, files: &[(&str, &[u8])]) -> (Summary, Vec<u8>) {
    let mut writer = keys.writer(Profile::Files, padding);
    for (key, bytes) in files {
        let media = Media::Bin("application/octet-stream".to_owned());
        writer
            .append(
                &Entry {
                    kind: "file",
                    key,
                    media,
                    records: 1,
                },
                bytes,
            )
            .unwrap();
    }
    writer.finish(closing()).unwrap()
}

/// The seal's error, where there must be one.
pub(crate) fn seal_error<T>(result: Result<T, ReadError>) -> SealError {
    match result {
        Err(ReadError::Seal(error)) => error,
        Err(error) => panic!("another error: {error:?}"),
        Ok(_) => panic!("no error"),
    }
}
