//! Secrets are in the sealed payload and in the requests, and nowhere else: not in what a command prints,
//! not in what it keeps, not in the public part of a bundle.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lifeboat_emulator::Seed;
use serde_json::{Value, json};

use crate::journey::Journey;
use crate::proxy::Proxy;
use crate::scene::Ended;
use crate::server::{API_KEY, SOURCE, Server, TARGET, escape};
use crate::stock::Unpacked;
use crate::twin::text;

#[test]
fn secrets_appear_in_no_output_and_in_no_file_outside_the_payload() {
    let mut journey = Journey::start(Seed::Everything, 12);
    let proxy = Proxy::open(&journey.url);
    journey.url.clone_from(&proxy.url);
    let live_secrets = secrets_of(&journey.server, SOURCE);
    let printed = every_command(&journey);

    let passed = String::from_utf8_lossy(&proxy.passed()).into_owned();
    let mut secrets = live_secrets;
    secrets.extend(secrets_of(&journey.server, TARGET));
    secrets.extend(secrets_of(&journey.server, SOURCE));
    let sealed = sealed_secrets(&journey);
    for secret in &sealed.export {
        // What is looked for is what was really used.
        assert!(passed.contains(&format!("encryption_secret={secret}")));
    }
    secrets.extend(sealed.export);
    secrets.extend(sealed.hashes);
    secrets.extend(tokens(&passed));
    secrets.extend(private_keys(&journey));
    secrets.insert(API_KEY.to_owned());
    assert!(secrets.len() > 60, "{}", secrets.len());
    assert!(secrets.iter().all(|secret| secret.len() >= 8));

    let kept = kept(&journey);
    let names: Vec<&PathBuf> = kept.iter().map(|(path, _)| path).collect();
    assert!(names.len() >= 6, "{names:?}");
    for (place, content) in printed.iter().chain(&kept) {
        for secret in &secrets {
            let is_shown = content.contains(secret) || content.contains(&escape(secret));
            assert!(!is_shown, "{secret} in {}", place.display());
        }
    }
    assert_eq!(journey.names("tmp"), [""; 0]);
}

/// Runs every command as talkative as it gets; returns what each printed.
fn every_command(journey: &Journey) -> Vec<(PathBuf, String)> {
    let live = format!("live:{SOURCE}");
    let open = crate::journey::OPEN;
    let mut printed = Vec::new();
    let mut keep = |name: &str, status: i32, ended: Ended| {
        assert_eq!(ended.status, Some(status), "{name}: {ended:#?}");
        printed.push((
            PathBuf::from(name),
            format!("{}{}", ended.stdout, ended.stderr),
        ));
    };
    for style in [&["-vv"][..], &["-vv", "--json"]] {
        let is_json = style.len() > 1;
        let (bundle, folder) = if is_json {
            ("json.lifeboat", "json")
        } else {
            ("text.lifeboat", "text")
        };
        let run = |arguments: &[&str]| Ended::of(journey.command(&[arguments, style].concat()));
        let opening = |arguments: &[&str]| run(&[arguments, &open].concat());
        let keys = format!("keys of {folder}");
        keep("keygen", 0, run(&["keygen", "--out", &keys]));
        keep("backup", 0, journey.backup(SOURCE, bundle, style));
        keep("backup again", 22, journey.backup(SOURCE, bundle, style));
        keep("inspect", 0, opening(&["inspect", bundle]));
        keep(
            "verify",
            0,
            opening(&["verify", bundle, "--level", "contents"]),
        );
        keep(
            "extract",
            0,
            opening(&["extract", bundle, "tokens", "--output", folder]),
        );
        keep("diff", 0, journey.diff(bundle, &live, style));
        // The second time the target is full.
        let status = if is_json { 22 } else { 0 };
        keep("plan", status, journey.restore(bundle, TARGET, style));
        keep("wrong key", 20, {
            let mut command = journey.backup_command(SOURCE, "never.lifeboat", style);
            command.env("IBMCLOUD_API_KEY", format!("{API_KEY}x"));
            Ended::of(command)
        });
        change_a_secret(&journey.server, folder);
        keep(
            "diff of secrets",
            4,
            journey.diff(bundle, &live, &[style, &["--exit-code"]].concat()),
        );
        let map = format!("ids of {folder}");
        let confirmed = [style, &["--confirm", TARGET, "--id-map", &map]].concat();
        keep(
            "restore",
            status,
            journey.restore(bundle, TARGET, &confirmed),
        );
    }
    printed
}

/// Changes a secret of the source, so that a comparison has a secret on either side.
fn change_a_secret(server: &Server, word: &str) {
    let config = json!({ "idpId": "123456789012345", "secret": format!("changed-by-{word}") });
    let body = json!({ "isActive": true, "config": config });
    server.write(SOURCE, "PUT /config/idps/facebook", &body);
}

/// Reads the secrets of a tenant's configuration from the API.
fn secrets_of(server: &Server, tenant: &str) -> BTreeSet<String> {
    const PLACES: [(&str, &str); 7] = [
        ("/config/idps/facebook", "/config/secret"),
        ("/config/idps/google", "/config/secret"),
        ("/config/cloud_directory/mfa/channels/nexmo", "/config/key"),
        (
            "/config/cloud_directory/mfa/channels/nexmo",
            "/config/secret",
        ),
        (
            "/config/cloud_directory/email_dispatcher",
            "/custom/authorization/password",
        ),
        (
            "/config/cloud_directory/mfa/extensions/premfa",
            "/config/headers",
        ),
        (
            "/config/cloud_directory/mfa/extensions/postmfa",
            "/config/headers",
        ),
    ];
    let mut secrets = BTreeSet::new();
    for (path, pointer) in PLACES {
        let found = server.get(tenant, path);
        match found.pointer(pointer) {
            // Short ones, such as a number of a version, are words that stand elsewhere, too.
            Some(Value::Object(headers)) => {
                secrets.extend(headers.values().map(text).filter(|it| it.len() >= 8));
            }
            Some(secret) => {
                secrets.insert(text(secret));
            }
            None => {}
        }
    }
    let applications = server.get(tenant, "/applications");
    let applications = applications["applications"].as_array().unwrap().iter();
    secrets.extend(applications.filter_map(|it| it["secret"].as_str().map(str::to_owned)));
    // A fresh instance's placeholder is no secret.
    secrets.retain(|secret| !secret.starts_with('<'));
    secrets
}

/// What only the payload of a bundle holds.
struct Sealed {
    export: BTreeSet<String>,
    hashes: BTreeSet<String>,
}

fn sealed_secrets(journey: &Journey) -> Sealed {
    let mut sealed = Sealed {
        export: BTreeSet::new(),
        hashes: BTreeSet::new(),
    };
    for bundle in ["text.lifeboat", "json.lifeboat"] {
        let unpacked = Unpacked::of(journey, bundle);
        let (_, secret) = unpacked.entries("export-secret").remove(0);
        let secret: Value = serde_json::from_slice(&secret).unwrap();
        sealed
            .export
            .insert(text(secret.as_object().unwrap().values().next().unwrap()));
        for user in unpacked.records("directory-user") {
            sealed.hashes.insert(text(&user["passwordHash"]));
            let history = user["scimUser"]["passwordHistory"]
                .as_array()
                .unwrap()
                .iter();
            sealed
                .hashes
                .extend(history.map(|it| text(&it["passwordHash"])));
        }
    }
    assert_eq!(
        sealed.export.len(),
        2,
        "each backup has a secret of its own"
    );
    assert!(sealed.hashes.len() > 20);
    sealed
}

/// Finds every token that was issued or used.
fn tokens(passed: &str) -> BTreeSet<String> {
    let starts = [
        "\"access_token\":\"",
        "authorization: Bearer ",
        "Authorization: Bearer ",
    ];
    let tokens: BTreeSet<String> = starts
        .iter()
        .flat_map(|start| passed.split(start).skip(1))
        .map(|rest| rest.split(['"', '\r']).next().unwrap().to_owned())
        .collect();
    // One a command that signs in: two backups, diffs, plans, restores each at least.
    assert!(tokens.len() >= 8, "{}", tokens.len());
    assert!(tokens.iter().all(|token| token.starts_with("eyJ")));
    tokens
}

/// Returns the age identity and the middle of the signing key.
fn private_keys(journey: &Journey) -> BTreeSet<String> {
    let file = |name: &str| std::fs::read_to_string(journey.path("keys").join(name)).unwrap();
    let identity = file("identity.txt");
    let identity = identity
        .lines()
        .find(|line| line.starts_with("AGE-SECRET-KEY-"));
    let key = file("signing_key");
    // The last line before the end holds private bytes alone.
    let lines: Vec<&str> = key.lines().collect();
    let private = lines[lines.len() - 3];
    assert!(private.len() >= 60, "{private}");
    [identity.unwrap(), private].map(str::to_owned).into()
}

/// Reads every file of the scene but the keys; bundles as they are, ciphertext and public part.
fn kept(journey: &Journey) -> Vec<(PathBuf, String)> {
    let mut kept = Vec::new();
    collect(&journey.path("."), &mut kept);
    kept.retain(|(path, _)| {
        let folders = path
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        !folders.into_iter().any(|part| part.starts_with("keys"))
    });
    kept
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            found.push((path, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}
