use std::fs;

use super::{
    arguments::{AuditCommand, KillCommand, SecretCommand},
    audit, check, init, kill, secret,
};

#[test]
fn a_configuration_is_written_once_and_is_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), false).unwrap();
    check::run(Some(&path), false).unwrap();
    check::run(Some(&path), true).unwrap();
    fs::write(&path, "mine").unwrap();
    let refused = init::run(Some(path.clone()), false).unwrap_err();
    assert!(refused.to_string().contains("--force"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    init::run(Some(path.clone()), true).unwrap();
    check::run(Some(&path), false).unwrap();
}

#[cfg(unix)]
#[test]
fn a_configuration_is_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), false).unwrap();
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn the_kill_switch_is_engaged_and_released_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), false).unwrap();
    let engage = KillCommand::Engage {
        reason: "a test".to_owned(),
    };
    kill::run(Some(&path), engage).unwrap();
    let file = folder.path().join("kill-switch.json");
    assert!(fs::read_to_string(&file).unwrap().contains("a test"));
    kill::run(Some(&path), KillCommand::Release).unwrap();
    assert!(fs::read_to_string(&file).unwrap().contains("released"));
}

#[test]
fn a_switch_without_a_file_is_no_switch_for_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), false).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("kill_switch =", "#kill_switch =")).unwrap();
    let refused = kill::run(Some(&path), KillCommand::Status).unwrap_err();
    assert!(refused.to_string().contains("kill_switch"), "{refused}");
}

#[test]
fn a_trail_that_was_changed_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let verify = || AuditCommand::Verify {
        folder: Some(folder.path().to_owned()),
    };
    audit::run(None, &verify()).unwrap();
    fs::write(folder.path().join("audit-000000000001.jsonl"), "no row\n").unwrap();
    let changed = audit::run(None, &verify()).unwrap_err();
    assert!(changed.to_string().contains("changed"), "{changed}");
}

#[test]
fn secrets_need_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), false).unwrap();
    let refused = secret::run(Some(&path), SecretCommand::List).unwrap_err();
    assert!(refused.to_string().contains("[secrets]"), "{refused}");
}
