use core::time::Duration;

use broker_core::{Error, ErrorKind};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::connect::{Dial, needs_a_person};
use crate::Deadlines;

fn dial(address: String) -> Dial {
    let deadlines = Deadlines {
        connect: Duration::from_millis(300),
        client_id_in_use: Duration::ZERO,
        ..Deadlines::default()
    };
    Dial {
        address,
        client_id: 1,
        deadlines,
    }
}

async fn refused_by<F, Fut>(serve: F) -> Error
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            serve(stream).await;
        }
    });
    let error = dial(address).connect().await.err().unwrap();
    server.abort();
    error
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(body.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(body);
    frame
}

/// Reads the greeting and announces a protocol level.
async fn greet(stream: &mut TcpStream, level: u32) {
    let mut greeting = [0; 64];
    let _read = stream.read(&mut greeting).await.unwrap();
    let hello = format!("{level}\0{}\0", "20260115 09:30:00 US/Eastern");
    stream.write_all(&frame(hello.as_bytes())).await.unwrap();
}

/// A message in protobuf.
fn message(kind: u32, body: &[u8]) -> Vec<u8> {
    let mut whole = (kind + 200).to_be_bytes().to_vec();
    whole.extend_from_slice(body);
    frame(&whole)
}

#[tokio::test]
async fn nothing_that_listens_names_the_setting_and_the_ports() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = dial(address).connect().await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    for hint in ["ActiveX and Socket Clients", "7496", "7497", "4001", "4002"] {
        assert!(error.message().contains(hint), "{error}");
    }
}

#[tokio::test]
async fn silence_after_accepting_is_a_timeout_that_names_its_causes() {
    let error = refused_by(|stream| async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(stream);
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.message().contains("Trusted IPs") && error.message().contains("log-in"),
        "{error}"
    );
    assert!(!needs_a_person(&error));
}

#[tokio::test]
async fn an_end_in_the_handshake_is_told_from_silence() {
    let error = refused_by(|stream| async move { drop(stream) }).await;
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    assert!(
        error
            .message()
            .contains("closed the connection in the handshake"),
        "{error}"
    );
}

#[tokio::test]
async fn something_else_than_tws_is_an_error_in_time() {
    let error = refused_by(|mut stream| async move {
        let _gone = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    assert!(
        matches!(
            error.kind(),
            ErrorKind::Protocol | ErrorKind::Timeout | ErrorKind::Disconnected
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_tws_that_is_too_old_says_which_one_is_needed() {
    let error = refused_by(|mut stream| async move {
        greet(&mut stream, 178).await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("10.40"), "{error}");
    assert!(needs_a_person(&error));
}

#[tokio::test]
async fn an_order_id_in_the_range_of_requests_says_how_to_reset_it() {
    let error = refused_by(|mut stream| async move {
        greet(&mut stream, 226).await;
        // Managed accounts, then a next order id of 1,600,000,000.
        let accounts = message(15, b"\x0a\x05DU123");
        let next_id = message(9, &[0x08, 0x80, 0xA0, 0xF8, 0xFA, 0x05]);
        stream.write_all(&accounts).await.unwrap();
        stream.write_all(&next_id).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error:?}");
    assert!(
        error.message().contains("Reset API order ID sequence"),
        "{error}"
    );
}

#[tokio::test]
async fn a_client_id_in_use_is_a_conflict_that_may_pass() {
    let error = refused_by(|mut stream| async move {
        greet(&mut stream, 226).await;
        // Error −1, code 326.
        let mut body = vec![0x08];
        body.extend_from_slice(&[0xFF; 9]);
        body.push(0x01);
        body.extend_from_slice(&[0x18, 0xC6, 0x02, 0x22, 0x06]);
        body.extend_from_slice(b"in use");
        stream.write_all(&message(4, &body)).await.unwrap();
        stream.flush().await.unwrap();
        tokio::time::sleep(Duration::from_millis(200)).await;
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::SessionConflict, "{error}");
    assert!(!needs_a_person(&error));
}

#[tokio::test]
async fn no_managed_accounts_end_in_a_timeout() {
    let error = refused_by(|mut stream| async move {
        greet(&mut stream, 226).await;
        stream.write_all(&message(9, &[0x08, 0x01])).await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
    })
    .await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
}
