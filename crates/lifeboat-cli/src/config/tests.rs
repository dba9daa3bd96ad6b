//! Precedence, and what a configuration may not say.

use super::*;

fn environment(pairs: &[(&str, &str)]) -> Environment {
    Environment::from_pairs(
        pairs
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value))),
    )
}

fn settings<'a>(environment: &'a Environment, profile: &str) -> Settings<'a> {
    let text = format!("[profile.it]\n{profile}");
    let mut profiles = parse(&text, Path::new("/etc/lifeboat.toml")).unwrap();
    Settings {
        environment,
        profile: profiles.remove("it"),
        folder: PathBuf::from("/etc"),
    }
}

#[test]
fn flag_beats_variable_beats_profile() {
    let environment = environment(&[("LIFEBOAT_TENANT", "variable")]);
    let settings = settings(&environment, "tenant = 'profile'\napi_url = 'profile'\n");
    let text = |setting, flag| settings.text(setting, flag).unwrap();
    assert_eq!(text(Setting::Tenant, Some("flag")).as_deref(), Some("flag"));
    assert_eq!(text(Setting::Tenant, None).as_deref(), Some("variable"));
    assert_eq!(text(Setting::ApiUrl, None).as_deref(), Some("profile"));
    assert_eq!(text(Setting::IamUrl, None), None);
}

#[test]
fn every_setting_can_come_from_variable_and_profile() {
    for setting in Setting::ALL {
        let variable = environment(&[(setting.variable().as_str(), "value")]);
        let from_variable = settings(&variable, "").find(setting, None).unwrap();
        assert_eq!(from_variable.origin, Origin::Variable, "{setting:?}");

        let none = environment(&[]);
        let line = format!("{} = 'value'", setting.key());
        let from_profile = settings(&none, &line).find(setting, None).unwrap();
        assert_eq!(from_profile.origin, Origin::Profile, "{setting:?}");
        let expected = if setting.is_path() {
            "/etc/value"
        } else {
            "value"
        };
        assert_eq!(from_profile.value, expected, "{setting:?}");
    }
}

#[test]
fn paths_in_a_profile_start_from_its_folder() {
    let environment = environment(&[]);
    let settings = settings(
        &environment,
        "identity = '/keys/identity.txt'\nrecipients = 'r.txt'\n",
    );
    let path = |setting| settings.path(setting, None).unwrap();
    assert_eq!(path(Setting::Identity), Path::new("/keys/identity.txt"));
    assert_eq!(path(Setting::Recipients), Path::new("/etc/r.txt"));
}

#[test]
fn empty_value_counts_as_unset() {
    let environment = environment(&[("LIFEBOAT_TENANT", "")]);
    let settings = settings(&environment, "tenant = ''\n");
    assert_eq!(settings.find(Setting::Tenant, None), None);
}

#[test]
fn missing_setting_names_all_three_ways() {
    let environment = environment(&[]);
    let failure = settings(&environment, "")
        .required_path(Setting::SigningKey, None)
        .unwrap_err();
    assert_eq!(failure.class, ExitClass::Usage);
    assert_eq!(failure.lines(), ["--signing-key is missing"]);
    assert_eq!(
        failure.hints(),
        ["give --signing-key, the variable LIFEBOAT_SIGNING_KEY, or `signing_key` in a profile"]
    );
}

#[test]
fn unknown_key_is_an_error_with_its_line_and_without_its_value() {
    for (text, line) in [
        ("[profile.a]\ntenant = 'x'\napi_key = 'canary'\n", 3),
        ("[profiles.a]\n", 1),
        ("\n\n[profile.a]\n\ntenant = 5\n", 5),
        ("[profile.a]\ntenant = 'x'\ntenant = 'canary'\n", 3),
        ("[profile.a]\ntenant = 'canary\n", 2),
    ] {
        let failure = parse(text, Path::new("/c.toml")).unwrap_err();
        assert_eq!(failure.class, ExitClass::Usage, "{text}");
        let lines = failure.lines();
        assert_eq!(
            lines[0],
            format!("`/c.toml` line {line} is wrong"),
            "{lines:?}"
        );
        assert!(!lines.concat().contains("canary"), "{lines:?}");
    }
}
