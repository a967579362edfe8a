#![cfg(unix)]

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use broker_core::ErrorKind;

use super::{GatewayControl as _, GatewayState, SystemdGateway};

/// A stand-in for `systemctl` that keeps the unit's state in a file.
fn stand_in(name: &str) -> (PathBuf, PathBuf) {
    let folder = std::env::temp_dir().join(format!("systemctl-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (program, state) = (folder.join("systemctl"), folder.join("state"));
    let text = format!(
        "#!/bin/sh\nstate={}\ncase \"$3\" in\n\
         is-active) cat \"$state\"; grep -q '^active' \"$state\";;\n\
         start|restart) [ -e \"$state.locked\" ] && echo 'access denied' >&2 && exit 4; echo active > \"$state\";;\n\
         stop) echo inactive > \"$state\";;\n\
         *) exit 9;;\nesac\n",
        state.display()
    );
    // `--user --no-ask-password VERB`: the verb is the third word.
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(&state, "inactive\n").unwrap();
    (program, state)
}

fn gateway(program: &std::path::Path) -> SystemdGateway {
    let address = "127.0.0.1:1".to_owned();
    let program = program.to_str().unwrap();
    SystemdGateway::with_program(program, "ibgateway.service".into(), true, address).unwrap()
}

#[tokio::test]
async fn a_unit_is_started_and_stopped_and_a_logout_is_a_latch() {
    let (program, _) = stand_in("runs");
    let gateway = gateway(&program);
    assert_eq!(
        gateway.status().await.unwrap().state(),
        GatewayState::Disconnected
    );
    gateway.login().await.unwrap();
    let status = gateway.status().await.unwrap();
    assert_eq!(status.state(), GatewayState::Starting, "{status}");
    gateway.logout().await.unwrap();
    assert_eq!(
        gateway.status().await.unwrap().state(),
        GatewayState::Disconnected
    );
    let error = gateway.reconnect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
}

#[tokio::test]
async fn what_systemctl_says_is_said() {
    let (program, state) = stand_in("refuses");
    fs::write(state.with_extension("locked"), "").unwrap();
    let error = gateway(&program).login().await.unwrap_err();
    assert!(error.message().contains("access denied"), "{error}");
}

#[test]
fn a_unit_that_looks_like_an_option_is_refused() {
    for name in ["--now", "", "a b", "a;b"] {
        let error = SystemdGateway::new(name, false, "127.0.0.1:1").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{name}");
    }
}
