use std::{sync::Arc, time::Duration};

use broker_core::ErrorKind;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{GatewayCommands, GatewayControl as _, GatewayState, ProcessGateway, output::Output};

fn shell(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

fn gateway(script: &str, address: &str) -> ProcessGateway {
    ProcessGateway::new(GatewayCommands {
        start: shell(script),
        stop: None,
        address: address.to_owned(),
        secrets: vec!["hunter2".into()],
    })
}

/// An address where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A listener that answers greetings, or takes connections and says nothing.
async fn somebody(answers: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut greeting = [0; 17];
            if answers && socket.read_exact(&mut greeting).await.is_ok() {
                socket.write_all(b"\0\0\0\x06226\0x\0").await.unwrap();
            }
            silent.push(socket);
        }
    });
    address
}

#[tokio::test]
async fn the_three_facts_are_told_apart() {
    let silent = gateway("exec sleep 60", &somebody(false).await);
    assert_eq!(
        silent.status().await.unwrap().state(),
        GatewayState::ApiReady
    );
    let answering = gateway("exec sleep 60", &somebody(true).await);
    assert_eq!(
        answering.status().await.unwrap().state(),
        GatewayState::Connected
    );
    let absent = gateway("exec sleep 60", &nobody().await);
    assert_eq!(
        absent.status().await.unwrap().state(),
        GatewayState::Disconnected
    );
    absent.login().await.unwrap();
    assert_eq!(
        absent.status().await.unwrap().state(),
        GatewayState::Starting
    );
    absent.logout().await.unwrap();
    assert_eq!(
        absent.status().await.unwrap().state(),
        GatewayState::Disconnected
    );
}

#[tokio::test]
async fn a_gateway_that_does_not_come_up_is_a_timeout_with_its_last_words() {
    let gateway = gateway(
        "echo wrong password hunter2; exec sleep 60",
        &nobody().await,
    );
    let error = gateway
        .ensure_ready(Duration::from_secs(2))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("wrong password ***"), "{error}");
    assert!(!format!("{gateway:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_logout_is_not_undone_by_waiting() {
    let gateway = gateway("exec sleep 60", &nobody().await);
    gateway.login().await.unwrap();
    gateway.logout().await.unwrap();
    let error = gateway
        .ensure_ready(Duration::from_secs(5))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(!gateway.status().await.unwrap().running.holds);
    let error = gateway.reconnect().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(!gateway.status().await.unwrap().running.holds);
}

#[tokio::test]
async fn callers_at_the_same_time_start_one_process() {
    let address = nobody().await;
    let gateway = Arc::new(gateway("echo started; exec sleep 60", &address));
    let one = gateway.ensure_ready(Duration::from_secs(2));
    let other = gateway.ensure_ready(Duration::from_secs(2));
    let (one, other) = tokio::join!(one, other);
    assert!(one.is_err() && other.is_err());
    assert_eq!(gateway.output(), ["started"]);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error() {
    let mut commands = gateway("", "127.0.0.1:1").commands_for_tests();
    commands.start = vec!["/nonexistent/gateway".to_owned()];
    let error = ProcessGateway::new(commands).login().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn a_secret_at_the_end_of_a_long_line_is_not_kept_in_part() {
    let output = Output::default();
    let line = format!("{}hunter2", "x".repeat(396));
    output.keep(&line, &["hunter2".into()]);
    let kept = output.last().unwrap();
    assert!(kept.ends_with("x***"), "{kept}");
}

/// The lines that a gateway has written, once there are so many.
async fn words(gateway: &ProcessGateway, count: usize) -> Vec<String> {
    let waiting = async {
        while gateway.output().len() < count {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let late = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(late.is_ok(), "{:?}", gateway.output());
    gateway.output()
}

#[tokio::test]
async fn a_line_that_is_no_text_does_not_cut_the_output_off() {
    let script = r"printf 'caf\351\n'; echo after; exec sleep 60";
    let gateway = gateway(script, &nobody().await);
    gateway.login().await.unwrap();
    assert_eq!(words(&gateway, 2).await[1], "after");
}

/// Whether a process still does anything; what has ended may be there until somebody looks.
#[cfg(target_os = "linux")]
fn lives(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    status.is_ok_and(|status| !status.contains("State:\tZ"))
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_start_script_has_started_ends_with_it() {
    // No `exec`: the gateway is a process of its own.
    let script = "sleep 60 & echo $!; wait";
    for how in ["logout", "drop", "the end of the script"] {
        let gateway = gateway(script, &nobody().await);
        gateway.login().await.unwrap();
        let started = words(&gateway, 1).await.remove(0);
        assert!(lives(&started));
        match how {
            "logout" => gateway.logout().await.unwrap(),
            "drop" => drop(gateway),
            _ => {
                let parent = std::fs::read_to_string(format!("/proc/{started}/stat")).unwrap();
                let parent = parent.split(' ').nth(3).unwrap();
                let killed = std::process::Command::new("kill")
                    .args(["-9", parent])
                    .status();
                assert!(killed.unwrap().success());
                while gateway.status().await.unwrap().running.holds {}
            }
        }
        let waiting = async {
            while lives(&started) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let gone = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        assert!(gone.is_ok(), "it outlives {how}");
    }
}
