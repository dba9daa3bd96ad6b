//! Profiles, variables and flags.

use crate::scene::Ended;
use crate::vault::{Vault, opening};

fn vault_with(configuration: &str) -> Vault {
    let vault = Vault::new();
    vault.write("config.toml", configuration);
    vault
}

const PROFILE: &str = "\
[profile.here]
identity = 'keys/identity.txt'
trusted_signers = 'keys/allowed_signers'
";

#[test]
fn profile_names_the_keys() {
    let vault = vault_with(PROFILE);
    let verify = [
        "verify",
        "it.lifeboat",
        "--profile",
        "here",
        "--config",
        "config.toml",
    ];
    let ended = vault.run(verify).succeeds();
    assert!(
        ended.stdout.contains("seal, signature, contents"),
        "{ended:?}"
    );
    // In its usual place it is found without --config; relative paths start there.
    std::fs::create_dir_all(vault.path("home/.config/lifeboat")).unwrap();
    vault.write(
        "home/.config/lifeboat/config.toml",
        PROFILE.replace("keys/", "../../../keys/"),
    );
    let ended = vault
        .run(["verify", "it.lifeboat", "--profile", "here"])
        .succeeds();
    assert!(
        ended.stdout.contains("seal, signature, contents"),
        "{ended:?}"
    );
}

#[test]
fn variables_name_the_keys_and_the_profile() {
    let vault = vault_with(PROFILE);
    let mut command = vault.program(["verify", "it.lifeboat"]);
    command
        .env("LIFEBOAT_PROFILE", "here")
        .env("LIFEBOAT_CONFIG", "config.toml");
    let ended = Ended::of(command).succeeds();
    assert!(
        ended.stdout.contains("seal, signature, contents"),
        "{ended:?}"
    );
    let mut command = vault.program(["verify", "it.lifeboat"]);
    command.env("LIFEBOAT_TRUSTED_SIGNERS", "keys/allowed_signers");
    let ended = Ended::of(command).succeeds();
    assert!(
        ended.stdout.contains("checked: seal, signature;"),
        "{ended:?}"
    );
}

#[test]
fn flag_is_not_widened_by_what_a_profile_trusts() {
    let vault = vault_with(PROFILE);
    vault.run(["keygen", "--out", "other"]).succeeds();
    vault
        .run([
            "verify",
            "it.lifeboat",
            "--profile",
            "here",
            "--config",
            "config.toml",
            "--signer",
            &vault.fingerprint("other"),
        ])
        .fails(15, "is not trusted");
}

#[test]
fn two_trusts_of_one_source_are_refused() {
    let vault = vault_with(&format!("{PROFILE}signer = 'SHA256:x'\n"));
    vault
        .run([
            "verify",
            "it.lifeboat",
            "--profile",
            "here",
            "--config",
            "config.toml",
        ])
        .fails(2, "trusted signers are given twice");
}

#[test]
fn unknown_key_is_2_with_its_line_and_without_its_value() {
    let vault = vault_with(&format!("{PROFILE}api_key = 'canary'\n"));
    let ended = vault
        .run([
            "verify",
            "it.lifeboat",
            "--profile",
            "here",
            "--config",
            "config.toml",
        ])
        .fails(2, "`config.toml` line 4 is wrong")
        .because("unknown field `api_key`")
        .hints("spec/cli.md");
    assert!(!ended.stderr.contains("canary"));
}

#[test]
fn missing_configuration_and_profile_are_2() {
    let vault = vault_with(PROFILE);
    vault
        .run([
            "verify",
            "it.lifeboat",
            "--profile",
            "there",
            "--config",
            "config.toml",
        ])
        .fails(2, "no profile `there` in `config.toml`")
        .hints("`here`");
    vault
        .run([
            "verify",
            "it.lifeboat",
            "--profile",
            "here",
            "--config",
            "none.toml",
        ])
        .fails(2, "configuration `none.toml` not found");
    vault
        .run(opening(&["verify", "it.lifeboat", "--profile", "here"]))
        .fails(2, "not found");
}
