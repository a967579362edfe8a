use core::time::Duration;

use broker_sim::tws::{Door, TwsServer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::{Fact, probe::Probe};

async fn look(address: impl ToString) -> (Fact, Fact) {
    let probe = Probe {
        address: address.to_string(),
        within: Duration::from_secs(1),
    };
    probe.look().await
}

#[tokio::test]
async fn every_door_has_its_own_reason() {
    let tws = TwsServer::bind("127.0.0.1:0").await.unwrap();
    for (door, answers, words) in [
        (Door::Open, true, "protocol level 226"),
        (Door::Mute, true, "protocol level 226"),
        (Door::Silent, false, "did not answer the greeting within"),
        (Door::Closed, false, "ended the connection at the greeting"),
    ] {
        tws.set_habits(|habits| habits.door = door);
        let (open, answering) = look(tws.address()).await;
        assert!(open.holds, "{door:?}");
        assert_eq!(answering.holds, answers, "{door:?}");
        assert!(answering.reason.contains(words), "{}", answering.reason);
        assert!(answering.as_of >= open.as_of);
    }
    assert_eq!(tws.clients(), 0);
    let address = tws.address();
    drop(tws);
    tokio::task::yield_now().await;
    let (open, answering) = look(address).await;
    assert!(!open.holds && !answering.holds, "{}", open.reason);
}

/// What the probe says of a server that gives this answer.
async fn answering(answer: &'static [u8]) -> Fact {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let served = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut greeting = [0; 17];
        socket.read_exact(&mut greeting).await.unwrap();
        assert_eq!(&greeting, b"API\0\0\0\0\x09v100..226");
        socket.write_all(answer).await.unwrap();
        // It hangs up without having started the API.
        let mut more = Vec::new();
        let _reset = socket.read_to_end(&mut more).await;
        more
    };
    let ((_, answering), more) = tokio::join!(look(address), served);
    assert!(more.is_empty());
    answering
}

#[tokio::test]
async fn only_a_version_is_an_answer() {
    assert!(answering(b"\0\0\0\x06176\0x\0").await.holds);
    for other in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(),
        b"\0\0\0\x04abc\0",
        b"\0\0\0\0",
        b"\0\0\0\x03176",
        b"\xff\xff\xff\xff",
    ] {
        let fact = answering(other).await;
        assert!(!fact.holds, "{other:?}");
        assert!(fact.reason.contains("does not speak"), "{}", fact.reason);
    }
    let half = answering(b"\0\0\0\x10176\0").await;
    assert!(half.reason.contains("within"), "{}", half.reason);
}
