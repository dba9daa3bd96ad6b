//! A scene with keys that `lifeboat keygen` made, and small bundles sealed with them.

use std::ops::Deref;
use std::path::PathBuf;

use lifeboat_bundle::{
    BundleWriter, Chain, Closing, Entry, Id, Ledger, LedgerLine, LedgerState, Media, Options,
    Padding, Profile, Recipients, Source,
};
use lifeboat_seal::SigningKey;

use crate::scene::Scene;

/// A scene with keys in `keys` and a bundle `it.lifeboat`.
pub(crate) struct Vault {
    scene: Scene,
    /// The place after the bundle.
    pub(crate) next: Chain,
}

/// An entry: kind, key, bytes.
pub(crate) type Content = (&'static str, &'static str, &'static [u8]);

/// What the bundle holds.
pub(crate) const ENTRIES: [Content; 5] = [
    ("tokens", "", b"{\"access\":{\"expires_in\":3600}}"),
    ("template", "WELCOME/en", b"{\"subject\":\"Hello\"}"),
    ("template", "../../escape", b"{\"subject\":\"Out\"}"),
    ("directory-user", "0", b"{\"id\":1}\n{\"id\":2}\n"),
    ("export-secret", "", b"{\"encryptionSecret\":\"x\"}"),
];

/// The flags that open what the keys sealed.
pub(crate) const OPEN: [&str; 4] = [
    "--identity",
    "keys/identity.txt",
    "--trusted-signers",
    "keys/allowed_signers",
];

impl Vault {
    pub(crate) fn new() -> Self {
        let scene = Scene::new();
        scene.run(["keygen", "--out", "keys"]).succeeds();
        let first = Chain::first(Id::random().unwrap());
        let mut vault = Self { scene, next: first };
        vault.seal("it.lifeboat", "keys", LedgerState::Read);
        vault
    }

    /// Seals the next bundle of the chain with a folder's keys; returns its path.
    pub(crate) fn seal(&mut self, name: &str, keys: &str, state: LedgerState) -> PathBuf {
        self.seal_entries(name, keys, state, &ENTRIES)
    }

    /// Seals entries of one's own choice.
    pub(crate) fn seal_entries(
        &mut self,
        name: &str,
        keys: &str,
        state: LedgerState,
        entries: &[Content],
    ) -> PathBuf {
        let key =
            |file: &str| std::fs::read_to_string(self.path(format!("{keys}/{file}"))).unwrap();
        let options = Options {
            id: Id::random().unwrap(),
            created: 1_795_000_000,
            chain: self.next.clone(),
            profile: Profile::AppidTenant,
            padding: Padding::On,
            level: 1,
        };
        let recipients = Recipients::from_file(&key("recipients.txt")).unwrap();
        let signing_key = SigningKey::from_openssh(&key("signing_key")).unwrap();
        let mut writer =
            BundleWriter::create(Vec::new(), options, &recipients, signing_key).unwrap();
        for &(kind, key, bytes) in entries {
            let media = match kind {
                "directory-user" => Media::Ndjson,
                _ => Media::Json,
            };
            let records = match media {
                Media::Ndjson => 2,
                _ => 1,
            };
            let entry = Entry {
                kind,
                key,
                media,
                records,
            };
            writer.append(&entry, bytes).unwrap();
        }
        let line = LedgerLine {
            kind: "tokens".to_owned(),
            state,
            called: 1,
            claimed: Some(1),
            stored: 1,
            reason: String::new(),
        };
        let closing = Closing {
            source: Source {
                api_url: "https://eu-de.appid.cloud.ibm.com".to_owned(),
                tenant: "tenant".to_owned(),
                tool: "test 1".to_owned(),
            },
            window: (1_795_000_000, 1_795_000_060),
            ledger: Ledger::from_lines(vec![line]),
        };
        let (summary, bytes) = writer.finish(closing).unwrap();
        self.next = self.next.next(summary.header_sha256);
        self.write(name, bytes)
    }

    /// Writes a copy of the bundle that was changed.
    pub(crate) fn spoil(&self, name: &str, spoil: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = std::fs::read(self.path("it.lifeboat")).unwrap();
        spoil(&mut bytes);
        self.write(name, bytes);
    }

    /// Returns the fingerprint of a folder's signing key.
    pub(crate) fn fingerprint(&self, keys: &str) -> String {
        let path = self.path(format!("{keys}/signing_key"));
        let pem = std::fs::read_to_string(path).unwrap();
        SigningKey::from_openssh(&pem)
            .unwrap()
            .fingerprint()
            .to_string()
    }
}

impl Deref for Vault {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

/// Puts arguments before the flags that open.
pub(crate) fn opening<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &OPEN].concat()
}
