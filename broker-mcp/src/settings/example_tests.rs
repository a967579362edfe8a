use std::collections::BTreeSet;

use broker_runtime::config::{Config, Span};
use serde_json::Value;

use super::*;
use crate::principal::Confirm;

const EXAMPLE: &str = include_str!("../../broker-mcp.example.toml");
const MARK: &str = "# an example";

fn is_setting(line: &str) -> bool {
    line.starts_with('#') && !line.starts_with("# ") && line != "#"
}

/// With the defaults taken out of their comments, and with everything.
fn uncommented() -> (String, String) {
    let (mut defaults, mut all) = (String::new(), String::new());
    for line in EXAMPLE.lines() {
        let bare = if is_setting(line) { &line[1..] } else { line };
        if !(is_setting(line) && line.ends_with(MARK)) {
            defaults += bare;
        }
        all += bare;
        defaults += "\n";
        all += "\n";
    }
    (defaults, all)
}

fn server(text: &str) -> ServerSettings {
    let loaded = Config::loader().section("server").text(text).load();
    let config = loaded.unwrap_or_else(|error| panic!("{error}"));
    config
        .section("server")
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_example_is_read_and_each_commented_default_is_the_default() {
    let (defaults, all) = uncommented();
    assert_eq!(server(EXAMPLE), ServerSettings::default());
    assert_eq!(server(&defaults), ServerSettings::default());
    assert_ne!(server(&all), ServerSettings::default());
}

#[test]
fn each_setting_is_explained_in_front_of_it() {
    let lines: Vec<_> = EXAMPLE.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        if is_setting(line) && line.contains(" = ") {
            assert!(
                lines[index - 1].starts_with("# "),
                "line {}: {line}",
                index + 1
            );
        }
    }
}

/// Every path that is there, without places in lists.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let below = |key: &str| match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    };
    if let Value::Object(object) = value {
        for (key, value) in object {
            found.insert(below(key));
            paths(value, &below(key), found);
        }
    }
}

#[test]
fn every_setting_of_the_server_is_in_the_example() {
    let full = ServerSettings {
        listen: Some("127.0.0.1:1".parse().unwrap()),
        profiles: ProfileName::ALL.to_vec(),
        toolsets: BTreeSet::new(),
        read_only: true,
        keys: "k".into(),
        store: "s".into(),
        confirm: Confirm::Ask,
        anonymous_read: false,
        behind_proxy: false,
        origins: BTreeSet::new(),
        hosts: BTreeSet::new(),
        public_url: Some(String::new()),
        page: true,
        always_200: false,
        tls: Some(TlsConfig {
            certificate: "c".into(),
            key: "k".into(),
            min_version: TlsVersion::V13,
        }),
        requests: RequestsConfig {
            body_bytes: 1,
            within: Span::seconds(1),
            per_minute: Some(1),
        },
        stdio: StdioConfig {
            roles: BTreeSet::new(),
            accounts: Some(BTreeSet::new()),
            toolsets: Some(BTreeSet::new()),
            confirm: Some(Confirm::Ask),
        },
        gateways: [(
            "ibkr".to_owned(),
            GatewayConfig::Command {
                start: Vec::new(),
                stop: Some(Vec::new()),
                secrets: Vec::new(),
            },
        )]
        .into(),
        alerts: AlertsConfig {
            command: Vec::new(),
        },
        metrics: MetricsConfig {
            business: true,
            every: Span::seconds(1),
        },
        log: LogConfig {
            level: "info".into(),
            form: LogForm::Text,
        },
        shutdown_within: Span::seconds(1),
    };
    let (_, all) = uncommented();
    let (mut wanted, mut there) = (BTreeSet::new(), BTreeSet::new());
    paths(&serde_json::to_value(&full).unwrap(), "", &mut wanted);
    let shown: toml::Table = toml::from_str(&all).unwrap();
    paths(
        &serde_json::to_value(&shown["server"]).unwrap(),
        "",
        &mut there,
    );
    let missing: Vec<_> = wanted.difference(&there).collect();
    assert!(missing.is_empty(), "not in the example: {missing:?}");
}

#[test]
fn what_runs_without_a_file_and_what_init_writes_are_in_order() {
    for text in [WITHOUT_A_FILE, COMMENTED] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, text).unwrap();
        let whole = read(Place::File(path), [], []).unwrap();
        assert!(!whole.server.read_only);
        assert_eq!(whole.brokers.accounts.len(), 1);
        assert!(whole.brokers.accounts["paper"].limits.is_some());
        assert!(whole.server.address().ip().is_loopback());
    }
    // The other connections that `init` writes down, taken out of their comments.
    let all: String = COMMENTED
        .lines()
        .map(|line| {
            let bare = if is_setting(line) { &line[1..] } else { line };
            format!("{bare}\n")
        })
        .collect();
    let config = Config::loader().section("server").text(all).load().unwrap();
    assert_eq!(config.brokers.len(), 3);
}
