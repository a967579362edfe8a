use std::fs;

use super::{
    arguments::{AuditCommand, KillCommand, SecretCommand},
    audit, check, init, kill, secret,
};

#[test]
fn a_configuration_is_written_once_and_is_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), None, false).unwrap();
    check::run(Some(&path), false).unwrap();
    check::run(Some(&path), true).unwrap();
    fs::write(&path, "mine").unwrap();
    let refused = init::run(Some(path.clone()), None, false).unwrap_err();
    assert!(refused.to_string().contains("--force"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    init::run(Some(path.clone()), None, true).unwrap();
    check::run(Some(&path), false).unwrap();
}

#[cfg(unix)]
#[test]
fn a_configuration_is_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), None, false).unwrap();
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}

#[test]
fn the_kill_switch_is_engaged_and_released_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    init::run(Some(path.clone()), None, false).unwrap();
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
    init::run(Some(path.clone()), None, false).unwrap();
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
    init::run(Some(path.clone()), None, false).unwrap();
    let refused = secret::run(Some(&path), SecretCommand::List).unwrap_err();
    assert!(refused.to_string().contains("[secrets]"), "{refused}");
}

const FORMER: &str = r#"
primary_account:
  account_id: "20240101123456789"
  client_id: "20150001"
  private_key: "KEY"
  permissions: ["read", "trade"]
"#;

const FORMER_AS_TOML: &str = r#"
[primary_account]
account_id = "20240101123456789"
client_id = "20150001"
private_key = "KEY"
permissions = ["read", "trade"]
"#;

#[test]
fn the_accounts_of_the_server_before_are_taken_over_from_each_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.toml");
    let value: serde_json::Value = serde_norway::from_str(FORMER).unwrap();
    let key = "MIIB".repeat(90);
    for (name, text) in [
        ("accounts.yaml", FORMER.to_owned()),
        ("accounts.json", value.to_string()),
        ("accounts.toml", FORMER_AS_TOML.to_owned()),
    ] {
        let from = folder.path().join(name);
        fs::write(&from, text.replace("KEY", &key)).unwrap();
        init::run(Some(path.clone()), Some(&from), false).unwrap();
        check::run(Some(&path), false).unwrap();
        let own = folder.path().join("tiger.key");
        assert_eq!(fs::read_to_string(&own).unwrap(), key);
        let written = fs::read_to_string(&path).unwrap();
        assert!(!written.contains("MIIB"), "{written}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(&own).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{mode:o}");
        }
        let again = init::run(Some(path.clone()), Some(&from), false).unwrap_err();
        assert!(again.to_string().contains("--force"), "{again}");
        fs::remove_file(&path).unwrap();
        // A key is not written over either.
        let again = init::run(Some(path.clone()), Some(&from), false).unwrap_err();
        assert!(again.to_string().contains("tiger.key"), "{again}");
        fs::remove_file(own).unwrap();
    }
    for (name, wrong) in [
        ("accounts.txt", "should end in"),
        ("broken.json", "line 2"),
        ("broken.yaml", "not YAML"),
        ("broken.toml", "not TOML"),
    ] {
        let from = folder.path().join(name);
        fs::write(&from, "{\nhunter2").unwrap();
        let refused = init::run(Some(path.clone()), Some(&from), false).unwrap_err();
        let refused = refused.to_string();
        assert!(refused.contains(wrong), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
        assert!(!path.exists());
    }
}
