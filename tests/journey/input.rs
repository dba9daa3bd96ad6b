//! A bundle that does not open is refused before a tenant is asked for anything.

use lifeboat_emulator::Seed;

use crate::journey::Journey;
use crate::scene::Ended;
use crate::server::TARGET;

/// Runs every command that brings a bundle and a tenant together; none of them sends a request.
fn each(journey: &Journey, bundle: &str, more: &[&str], check: impl Fn(Ended) -> Ended) {
    let before = journey.server.requests();
    let live = format!("live:{TARGET}");
    let confirmed = [more, &["--confirm", TARGET]].concat();
    check(journey.restore(bundle, TARGET, more)).explained();
    check(journey.restore(bundle, TARGET, &confirmed)).explained();
    check(journey.diff(bundle, &live, more)).explained();
    check(journey.diff("it.lifeboat", bundle, more)).explained();
    assert_eq!(journey.server.requests(), before);
}

#[test]
fn damaged_cut_empty_and_foreign_bundles_are_13() {
    let journey = Journey::backed_up(Seed::Small, 0);
    let whole = std::fs::read(journey.path("it.lifeboat")).unwrap();
    let middle = whole.len() / 2;
    let damaged = |at: usize| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x40;
        bytes
    };
    for (name, bytes) in [
        ("damaged", damaged(middle)),
        ("damaged at the start", damaged(10)),
        ("damaged at the end", damaged(whole.len() - 1)),
        ("cut", whole[..middle].to_vec()),
        ("cut by one byte", whole[..whole.len() - 1].to_vec()),
        ("one byte too long", [&whole[..], b"\0"].concat()),
        ("empty", Vec::new()),
        ("foreign", b"%PDF-1.7 and so on".to_vec()),
        ("foreign archive", vec![0; 10_240]),
    ] {
        journey.write(name, bytes);
        each(&journey, name, &[], |ended| ended.fails(13, name));
    }
}

#[test]
fn missing_bundle_is_10() {
    let journey = Journey::backed_up(Seed::Empty, 0);
    let before = journey.server.requests();
    journey
        .restore("missing.lifeboat", TARGET, &["--confirm", TARGET])
        .fails(10, "`missing.lifeboat` not found");
    assert_eq!(journey.server.requests(), before);
}

#[test]
fn wrong_identity_is_12_and_untrusted_signer_is_15() {
    let journey = Journey::backed_up(Seed::Empty, 0);
    journey.run(["keygen", "--out", "others"]).succeeds();
    let before = journey.server.requests();
    let live = format!("live:{TARGET}");
    for (flags, status) in [
        (
            [
                "--identity",
                "others/identity.txt",
                "--trusted-signers",
                "keys/allowed_signers",
            ],
            12,
        ),
        (
            [
                "--identity",
                "keys/identity.txt",
                "--trusted-signers",
                "others/allowed_signers",
            ],
            15,
        ),
    ] {
        let api = ["--api-url", &journey.url, "--iam-url", &journey.url];
        let restore = [
            "restore",
            "it.lifeboat",
            "--tenant",
            TARGET,
            "--confirm",
            TARGET,
        ];
        let diff = ["diff", "it.lifeboat", &live];
        for command in [&restore[..], &diff] {
            let arguments = [command, &api, &flags].concat();
            Ended::of(journey.command(&arguments))
                .fails(status, "it.lifeboat")
                .explained();
        }
    }
    assert_eq!(journey.server.requests(), before);
}
