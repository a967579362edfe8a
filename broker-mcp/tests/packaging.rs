//! The files of `packaging/` without an engine: that they are well formed, that names, ports and variables
//! are those that deployments of the servers before know, and that nothing in them is careless.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../packaging")
        .join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn compose(name: &str) -> Value {
    serde_norway::from_str(&text(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn strings(value: &Value) -> BTreeSet<String> {
    let list = value.as_array().into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

const COMPOSE: [&str; 3] = ["compose.yaml", "compose.tws.yaml", "compose.ib-paper.yaml"];

#[test]
fn the_ports_and_names_are_those_that_clients_know() {
    let paper = compose("compose.ib-paper.yaml");
    let services = &paper["services"];
    assert_eq!(services["mcp-ib-paper"]["container_name"], "mcp-ib-paper");
    let gateway = &services["mcp-ib-gateway-paper"];
    assert_eq!(gateway["container_name"], "mcp-ib-gateway-paper");
    let ports = strings(&services["mcp-ib-paper"]["ports"]);
    assert!(ports.contains("127.0.0.1:48012:8000"), "{ports:?}");
    let ports = strings(&gateway["ports"]);
    for port in ["14001", "14002", "15900"] {
        assert!(
            ports.iter().any(|one| one.contains(&format!(":{port}:"))),
            "{port}"
        );
    }
    assert_eq!(
        paper["networks"]["mcp-ib-paper-net"]["name"],
        "mcp-ib-paper-net"
    );
    let tws = compose("compose.tws.yaml");
    let service = &tws["services"]["tws-mcp"];
    assert!(strings(&service["ports"]).contains("127.0.0.1:8000:8000"));
    for name in ["TWS_HOST", "TWS_PORT", "TWS_CLIENT_ID", "PORT"] {
        assert!(service["environment"][name].is_string(), "{name}");
    }
    assert!(strings(&service["extra_hosts"]).contains("host.docker.internal:host-gateway"));
    assert_eq!(service["restart"], "unless-stopped");
    let tiger = compose("compose.yaml");
    for name in ["nginx", "mcp-server"] {
        assert!(tiger["services"][name].is_object(), "{name}");
    }
}

#[test]
fn every_file_is_whole() {
    const KNOWN: [&str; 19] = [
        "build",
        "cap_drop",
        "command",
        "container_name",
        "depends_on",
        "environment",
        "extra_hosts",
        "healthcheck",
        "image",
        "networks",
        "ports",
        "read_only",
        "restart",
        "security_opt",
        "stop_grace_period",
        "volumes",
        "name",
        "services",
        "tmpfs",
    ];
    for file in COMPOSE {
        let compose = compose(file);
        let named = |kind: &str| -> BTreeSet<String> {
            let table = compose[kind].as_object().into_iter().flatten();
            table.map(|(name, _)| name.clone()).collect()
        };
        let (services, volumes, networks) =
            (named("services"), named("volumes"), named("networks"));
        for (name, service) in compose["services"].as_object().unwrap() {
            for key in service.as_object().unwrap().keys() {
                assert!(KNOWN.contains(&key.as_str()), "{file}, {name}: {key}");
            }
            assert!(service["image"].is_string(), "{file}, {name} has no image");
            for network in strings(&service["networks"]) {
                assert!(
                    networks.contains(&network),
                    "{file}, {name}: no network {network}"
                );
            }
            let needed = match &service["depends_on"] {
                Value::Object(table) => table.keys().cloned().collect(),
                list => strings(list),
            };
            assert!(needed.is_subset(&services), "{file}, {name}: {needed:?}");
            for volume in strings(&service["volumes"]) {
                let source = volume.split(':').next().unwrap().to_owned();
                let is_named = !source.starts_with(['.', '/']);
                assert!(
                    !is_named || volumes.contains(&source),
                    "{file}, {name}: {volume}"
                );
            }
            // The image of the program is built from here.
            if service["image"] == "broker-mcp" {
                assert_eq!(
                    service["build"]["dockerfile"], "packaging/Dockerfile",
                    "{file}"
                );
            }
        }
    }
}

#[test]
fn nothing_is_careless() {
    for file in COMPOSE {
        let whole = text(file);
        let compose = compose(file);
        for (name, service) in compose["services"].as_object().unwrap() {
            assert!(service["privileged"].is_null(), "{file}, {name}");
            // What other machines reach speaks TLS; everything else is for this one.
            for port in strings(&service["ports"]) {
                assert!(
                    name == "nginx" || port.starts_with("127.0.0.1:"),
                    "{file}, {name}: {port}"
                );
            }
            let socket = strings(&service["volumes"])
                .iter()
                .any(|one| one.contains("docker.sock"));
            assert!(
                !socket || name == "docker-proxy",
                "{file}: {name} is root on the host"
            );
            if service["image"] == "broker-mcp" {
                assert_eq!(service["read_only"], true, "{file}, {name}");
                assert!(
                    strings(&service["cap_drop"]).contains("ALL"),
                    "{file}, {name}"
                );
            }
        }
        for secret in ["PASSWORD", "USERID"] {
            let literal = whole
                .lines()
                .filter(|line| line.contains(secret))
                .any(|line| {
                    let value = line.split_once(": ").map_or("", |(_, value)| value.trim());
                    !value.is_empty()
                        && !value.starts_with("${")
                        && !line.trim_start().starts_with('#')
                });
            assert!(!literal, "{file} has a secret in it");
        }
    }
    let docker = text("Dockerfile");
    let last = docker.rsplit("FROM ").next().unwrap();
    for needed in [
        "USER 65532",
        "HEALTHCHECK",
        "ENTRYPOINT [",
        "distroless/static",
    ] {
        assert!(last.contains(needed), "the image lacks {needed}");
    }
    assert!(last.contains("--interval=30s --timeout=5s --retries=3"));
}

#[test]
fn the_unit_ends_in_order_and_may_write_only_where_it_has_to() {
    let unit = text("broker-mcp.service");
    let mut section = "";
    let mut keys = BTreeSet::new();
    for line in unit
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        if line.starts_with('[') {
            section = line;
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
        assert!(!section.is_empty(), "{line}");
        keys.insert((section, key, value));
    }
    for needed in [
        ("[Service]", "NoNewPrivileges", "yes"),
        ("[Service]", "ProtectSystem", "strict"),
        ("[Service]", "KillSignal", "SIGTERM"),
        ("[Service]", "UMask", "0077"),
        ("[Install]", "WantedBy", "multi-user.target"),
    ] {
        assert!(keys.contains(&needed), "{needed:?}");
    }
    let stop = keys
        .iter()
        .find(|(_, key, _)| *key == "TimeoutStopSec")
        .unwrap()
        .2;
    // Longer than `server.shutdown_within`.
    assert!(stop.parse::<u64>().unwrap() > 30);
}

#[test]
fn the_registry_entry_names_this_version_and_what_the_program_takes() {
    let server: Value = serde_json::from_str(&text("server.json")).unwrap();
    assert_eq!(server["version"], env!("CARGO_PKG_VERSION"));
    let description = server["description"].as_str().unwrap();
    assert!(description.len() <= 100, "{}", description.len());
    let package = &server["packages"][0];
    assert_eq!(package["transport"]["type"], "stdio");
    let arguments: Vec<&str> = package["packageArguments"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["value"].as_str().or(one["name"].as_str()))
        .collect();
    assert_eq!(arguments, ["serve", "--stdio"]);
}

#[test]
fn the_templates_of_the_gateway_have_the_ports_that_the_relay_expects() {
    assert!(text("ib-gateway/config.ini.tmpl").contains("OverrideTwsApiPort=4002"));
    assert!(text("ib-gateway/jts.ini.tmpl").contains("LocalServerPort=4002"));
    let relay = text("ib-gateway/run_socat.sh");
    assert!(relay.contains("TCP-LISTEN:4004") && relay.contains("127.0.0.1:4002"));
    for line in text("env.template")
        .lines()
        .filter(|line| line.contains("PASSWORD"))
    {
        assert!(line.ends_with('='), "{line}");
    }
}
