//! Walks over the declaration: no command escapes the rules of the help.

use clap::Parser as _;

use super::closing::{self, Closing};
use super::{Cli, declaration};
use crate::commands::{
    backup, completions, demo, diff, emulator, extract, inspect, keygen, man, parity, rekey,
    repair, resources, restore, verify,
};
use crate::exit::ExitClass;

/// The closing of every command, by name.
const CLOSINGS: [(&str, Closing); 15] = [
    ("demo", demo::CLOSING),
    ("keygen", keygen::CLOSING),
    ("backup", backup::CLOSING),
    ("inspect", inspect::CLOSING),
    ("verify", verify::CLOSING),
    ("extract", extract::CLOSING),
    ("diff", diff::CLOSING),
    ("restore", restore::CLOSING),
    ("rekey", rekey::CLOSING),
    ("parity", parity::CLOSING),
    ("repair", repair::CLOSING),
    ("emulator", emulator::CLOSING),
    ("resources", resources::CLOSING),
    ("completions", completions::CLOSING),
    ("man", man::CLOSING),
];

#[test]
fn declaration_passes_its_own_checks() {
    declaration().debug_assert();
}

#[test]
fn every_command_is_listed_here() {
    let declaration = declaration();
    let names: Vec<&str> = declaration
        .get_subcommands()
        .map(clap::Command::get_name)
        .filter(|name| *name != "help")
        .collect();
    assert_eq!(names, CLOSINGS.map(|(name, _)| name));
}

#[test]
fn every_long_help_ends_with_two_examples_and_the_exit_statuses() {
    let mut declaration = declaration();
    for (name, closing) in CLOSINGS {
        let command = declaration.find_subcommand_mut(name).unwrap();
        let help = command.render_long_help().to_string();
        assert!(help.trim_end().ends_with(&closing.render()), "{name}");
        assert_eq!(
            closing.render().matches("\n    lifeboat ").count(),
            2,
            "{name}"
        );
        assert!(
            closing.render().contains("Exit status:\n    0  done"),
            "{name}"
        );
    }
}

#[test]
fn every_example_parses_and_is_of_its_command() {
    for (name, closing) in CLOSINGS.into_iter().chain([("", closing::LIFEBOAT)]) {
        for (_, line) in closing.examples {
            let words: Vec<&str> = std::iter::once("lifeboat")
                .chain(
                    line.split(' ')
                        .take_while(|word| !matches!(*word, "|" | ">")),
                )
                .collect();
            assert!(words[1].starts_with(name), "{line}");
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{line}: {error}");
            }
        }
    }
}

#[test]
fn every_argument_has_help() {
    let declaration = declaration();
    for command in declaration.get_subcommands() {
        if command.get_name() == "help" {
            continue;
        }
        assert!(command.get_about().is_some(), "{}", command.get_name());
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string);
            let name = format!("{} {}", command.get_name(), argument.get_id());
            assert!(help.as_ref().is_some_and(|help| help.len() > 5), "{name}");
            assert!(!help.unwrap().ends_with('.'), "{name}");
        }
    }
}

#[test]
fn closing_lists_statuses_once_and_in_order() {
    let classes = verify::CLOSING.classes();
    let codes: Vec<u8> = classes.iter().map(|class| class.code()).collect();
    assert_eq!(codes, [0, 1, 2, 3, 10, 12, 13, 15, 16, 130, 143]);
    assert_eq!(closing::LIFEBOAT.classes(), ExitClass::ALL);
}

#[test]
fn no_flag_takes_a_secret() {
    let declaration = declaration();
    for command in declaration.get_subcommands() {
        for argument in command.get_arguments() {
            let name = argument.get_long().unwrap_or("");
            // The emulator's key opens nothing but the emulator.
            let is_exempt = command.get_name() == "emulator" && name == "api-key";
            assert!(
                is_exempt || !matches!(name, "api-key" | "passphrase" | "token" | "password"),
                "{name}"
            );
        }
    }
}
