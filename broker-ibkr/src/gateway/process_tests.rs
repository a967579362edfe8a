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
        secrets: vec!["hunter2".to_owned()],
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
    output.keep(&line, &["hunter2".to_owned()]);
    let kept = output.last().unwrap();
    assert!(kept.ends_with("x***"), "{kept}");
}
