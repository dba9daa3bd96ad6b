//! Where a backup cannot be written: nothing half-written stays, and nothing that was there is touched.

use std::process::Command;

use lifeboat_emulator::Seed;

use crate::journey::Journey;
use crate::scene::Ended;
use crate::server::SOURCE;

#[test]
fn existing_output_is_22_and_untouched() {
    let journey = Journey::start(Seed::Empty, 0);
    std::fs::create_dir(journey.path("out")).unwrap();
    journey.write("out/it.lifeboat", "precious");
    let before = journey.server.requests();
    journey
        .backup(SOURCE, "out/it.lifeboat", &[])
        .fails(22, "out/it.lifeboat")
        .hints("another name");
    let kept = std::fs::read_to_string(journey.path("out/it.lifeboat")).unwrap();
    assert_eq!(kept, "precious");
    assert_eq!(journey.names("out"), ["it.lifeboat"]);
    assert_eq!(journey.server.requests(), before);
}

#[test]
fn missing_folder_is_1_and_is_not_made() {
    let journey = Journey::start(Seed::Empty, 0);
    journey
        .backup(SOURCE, "nowhere/it.lifeboat", &[])
        .fails(1, "nowhere/it.lifeboat")
        .because("No such file or directory");
    assert!(!journey.path("nowhere").exists());
}

#[test]
fn full_device_is_1_and_the_chain_does_not_go_on() {
    let journey = Journey::start(Seed::Everything, 0);
    journey
        .backup(SOURCE, "/dev/full", &[])
        .fails(1, "/dev/full")
        .because("No space left on device")
        .hints("disk is full");
    let state = journey.names("home/.local/state/lifeboat");
    assert_eq!(state, [format!("{SOURCE}.lock")]);
}

#[test]
fn full_disk_is_1_and_leaves_nothing() {
    let journey = Journey::start(Seed::Everything, 0);
    std::fs::create_dir(journey.path("disk")).unwrap();
    // A file system of its own that is full after 16 KiB, for the length of the run.
    let script =
        "mount -t tmpfs -o size=16k none disk && \"$@\"; status=$?; ls -A disk; exit $status";
    let inner = journey.backup_command(SOURCE, "disk/it.lifeboat", &[]);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", script, "sh"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .current_dir(inner.get_current_dir().unwrap());
    for (name, value) in inner.get_envs() {
        command.env(name, value.unwrap());
    }
    let ended = Ended::of(command)
        .fails(1, "disk/it.lifeboat")
        .hints("disk is full");
    assert_eq!(ended.stdout, "");
    let state = journey.names("home/.local/state/lifeboat");
    assert_eq!(state, [format!("{SOURCE}.lock")]);
}
