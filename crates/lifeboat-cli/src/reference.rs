//! The page `spec/cli.md`: rendered from the declarations, compared by a test, rewritten with `UPDATE=1`.

use std::fmt::Write as _;
use std::path::Path;

use crate::args::declaration;
use crate::config::Setting;
use crate::exit::ExitClass;

const PREAMBLE: &str = "\
# Command line

This page is generated from the declarations in `lifeboat-cli`; `UPDATE=1 cargo test -p lifeboat-cli` rewrites it.

Data goes to stdout, talk to stderr.
With `--json` stdout carries one JSON document with a `schema_version`, whatever the command.
An error is one `error:` line, then `caused by:` lines, then, after a blank line, `hint:` lines.
Nothing ever prompts: what changes a tenant prints its plan and stops, unless `--confirm` names the tenant.
";

const SETTINGS: &str = "
## Configuration

A setting comes from its flag, else from its variable, else from the profile that `--profile` or `LIFEBOAT_PROFILE` names.
Profiles are sections `[profile.NAME]` of `--config`, of `LIFEBOAT_CONFIG`, or of `$XDG_CONFIG_HOME/lifeboat/config.toml`.
A key that is not in this table is an error.
Relative paths in a profile start from the folder of the configuration file.
An empty value counts as unset.
A setting without a flag here has none: secrets are never a flag's value.

| Key in a profile | Variable | Flag |
|---|---|---|
";

const ENVIRONMENT: &str = "
`IBMCLOUD_API_KEY` holds the API key, or `@FILE`, and wins over `api_key_file`.
`NO_COLOR` switches colours off.
`XDG_STATE_HOME` (default `~/.local/state`) holds, below `lifeboat`, one lock and one place in the chain of bundles for each tenant.
";

fn render() -> String {
    let mut page = PREAMBLE.to_owned();
    page.push_str("\n## Exit status\n\n| Code | Meaning |\n|---|---|\n");
    for class in ExitClass::ALL {
        writeln!(page, "| {} | {} |", class.code(), class.meaning()).unwrap();
    }
    page.push_str(
        "\nWhere several apply, the one that matters most wins: a signal, then 13 and 15, then 22, then other failures, then 3, then 4.\n",
    );
    page.push_str(SETTINGS);
    let mut declaration = declaration();
    for setting in Setting::ALL {
        let flag = setting.flag();
        let is_declared = declaration
            .get_subcommands()
            .flat_map(clap::Command::get_arguments)
            .any(|argument| {
                argument
                    .get_long()
                    .is_some_and(|long| flag == format!("--{long}"))
            });
        let flag = if is_declared {
            format!("`{flag}`")
        } else {
            "none".to_owned()
        };
        writeln!(
            page,
            "| `{}` | `{}` | {flag} |",
            setting.key(),
            setting.variable()
        )
        .unwrap();
    }
    page.push_str(ENVIRONMENT);
    page.push_str("\n## Commands\n\n");
    let names: Vec<String> = declaration
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .filter(|name| name != "help")
        .collect();
    for name in &names {
        writeln!(page, "- [`{name}`](#lifeboat-{name})").unwrap();
    }
    section(
        &mut page,
        "lifeboat",
        &declaration.render_long_help().to_string(),
    );
    for name in names {
        let command = declaration.find_subcommand_mut(&name).unwrap();
        let help = command.render_long_help().to_string();
        section(&mut page, &format!("lifeboat {name}"), &help);
    }
    page
}

fn section(page: &mut String, title: &str, help: &str) {
    writeln!(page, "\n### {title}\n\n```text").unwrap();
    for line in help.trim_end().lines() {
        writeln!(page, "{}", line.trim_end()).unwrap();
    }
    page.push_str("```\n");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the page is written on request")]
fn page_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../spec/cli.md");
    let rendered = render();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &rendered).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == rendered,
        "spec/cli.md is out of date; run `UPDATE=1 cargo test -p lifeboat-cli`"
    );
}
