use std::{ffi::OsString, path::Path};

use super::*;

const WITHOUT_IN_YAML: &str = "\
brokers:
  paper:
    kind: paper
accounts:
  paper:
    broker: paper
    account: PAPER-1
    environment: simulated
    permission: trade
";

fn variables(of: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    of.iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

#[test]
fn the_named_file_comes_before_the_variable_and_that_before_the_users_folder() {
    let home = tempfile::tempdir().unwrap();
    let below = home.path().join("broker-mcp");
    std::fs::create_dir(&below).unwrap();
    let own = below.join(FILE_NAME);
    let home_of = |name: &str| (name == "XDG_CONFIG_HOME").then(|| home.path().into());
    let nothing = |_: &str| None;
    assert_eq!(find(None, nothing).unwrap(), Place::BuiltIn);
    assert_eq!(find(None, home_of).unwrap(), Place::BuiltIn);
    let others = ["broker-mcp.yml", "broker-mcp.yaml"].map(|name| below.join(name));
    for path in others.into_iter().chain([own]) {
        std::fs::write(&path, "").unwrap();
        assert_eq!(find(None, home_of).unwrap(), Place::File(path));
    }
    let said = |name: &str| (name == PATH_VARIABLE).then(|| "/x.toml".into());
    assert_eq!(find(None, said).unwrap(), Place::File("/x.toml".into()));
    assert_eq!(
        find(Some(Path::new("/y.toml")), said).unwrap(),
        Place::File("/y.toml".into())
    );
}

#[test]
fn a_name_that_is_empty_is_a_mistake_and_says_which() {
    let empty = |name: &str| (name == PATH_VARIABLE).then(OsString::new);
    let error = find(None, empty).unwrap_err().to_string();
    assert!(error.starts_with("BROKER_CONFIG: is empty"), "{error}");
    let error = find(Some(Path::new("")), |_| None).unwrap_err().to_string();
    assert!(error.starts_with("--config: is empty"), "{error}");
    // The folders of the user's settings count as not there.
    let empty = |name: &str| (name != PATH_VARIABLE).then(OsString::new);
    assert_eq!(find(None, empty).unwrap(), Place::BuiltIn);
    let home = tempfile::tempdir().unwrap();
    let below = home.path().join(".config").join("broker-mcp");
    std::fs::create_dir_all(&below).unwrap();
    let own = below.join(FILE_NAME);
    std::fs::write(&own, "").unwrap();
    let no_settings = |name: &str| match name {
        "HOME" => Some(home.path().into()),
        "XDG_CONFIG_HOME" => Some(OsString::new()),
        _ => None,
    };
    assert_eq!(find(None, no_settings).unwrap(), Place::File(own));
    // What is named comes first, whatever the variable says.
    let empty = |name: &str| (name == PATH_VARIABLE).then(OsString::new);
    let named = find(Some(Path::new("/y.toml")), empty).unwrap();
    assert_eq!(named, Place::File("/y.toml".into()));
}

#[test]
fn the_environment_and_the_command_line_lie_over_the_file() {
    let over = [("server.log.level".to_owned(), "debug".to_owned())];
    let said = variables(&[
        ("BROKER__SERVER__LISTEN", "127.0.0.1:1"),
        ("BROKER__SERVER__LOG__LEVEL", "warn"),
    ]);
    let whole = read(Place::BuiltIn, said, over).unwrap();
    assert_eq!(whole.server.address().port(), 1);
    assert_eq!(whole.server.log.level, "debug");
}

#[test]
fn a_yaml_file_is_read_with_the_line_of_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker-mcp.yaml");
    let read_of = |text: &str| {
        std::fs::write(&path, format!("{WITHOUT_IN_YAML}{text}")).unwrap();
        read(Place::File(path.clone()), [], [])
    };
    let whole = read_of("server:\n  listen: 127.0.0.1:8766\n  profiles: [tiger]\n").unwrap();
    assert_eq!(whole.server.address().port(), 8766);
    assert_eq!(whole.brokers.accounts["paper"].broker, "paper");
    let error = read_of("server:\n  log:\n    levle: debug\n").unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.path, "server.log.levle");
    let lines = WITHOUT_IN_YAML.lines().count();
    let at = format!("{}:{}", path.display(), lines + 3);
    assert_eq!(problem.origin.as_deref(), Some(at.as_str()));
    assert_eq!(problem.suggestion.as_deref(), Some("`level`"));
}

#[test]
fn a_mistake_is_named_with_its_place_and_what_was_meant() {
    let said = variables(&[("BROKER__SERVER__LISEN", "127.0.0.1:1")]);
    let error = read(Place::BuiltIn, said, []).unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.path, "server.lisen");
    assert_eq!(problem.origin.as_deref(), Some("BROKER__SERVER__LISEN"));
    assert_eq!(problem.suggestion.as_deref(), Some("`listen`"));
}

#[test]
fn the_port_is_the_first_profiles() {
    for (profile, port) in [("tiger", 9000), ("tws", 8000), ("ib-paper", 8000)] {
        let over = [("server.profiles".to_owned(), format!("[\"{profile}\"]"))];
        let whole = read(Place::BuiltIn, [], over).unwrap();
        assert_eq!(
            whole.server.address().to_string(),
            format!("127.0.0.1:{port}")
        );
    }
    let without = read(Place::BuiltIn, [], []).unwrap();
    assert_eq!(without.server.address().port(), 8765);
}
