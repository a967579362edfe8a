//! The server on a port, with keys, and a client that knows no more of HTTP than it needs.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use broker_core::ExposeSecret as _;
use broker_mcp::{
    Principal,
    auth::{Cost, Gate, KeyStore as _, MemoryKeys},
    http::{App, HttpSettings, Server},
    rest::{Compat, Rest},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use crate::stage::Stage;

pub(crate) struct Web {
    address: SocketAddr,
    keys: BTreeMap<String, String>,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Web {
    /// Serves every path, to each of these people by a key of their own.
    pub(crate) async fn of(stage: &Stage, people: impl IntoIterator<Item = Principal>) -> Self {
        let store = Arc::new(MemoryKeys::new());
        let mut keys = BTreeMap::new();
        for person in people {
            let name = person.name.clone();
            let made = store.change(&mut |ring| {
                // A cheap hash: what it costs to guess is not what is tried here.
                let issued = ring.issue(person.clone(), chrono::Utc::now(), Cost::new(8, 1))?;
                keys.insert(name.clone(), issued.key.expose_secret().to_owned());
                Ok(())
            });
            made.unwrap();
        }
        let gate = Arc::new(Gate::new(store).unwrap());
        let mut settings = HttpSettings::local(0);
        settings.compat = Compat::ALL;
        let app = App::new(settings)
            .with_keys(gate)
            .with_rest(Rest::new(stage.service.clone()));
        let server = Server::bind(app).await.unwrap();
        let (address, stop) = (server.address(), CancellationToken::new());
        let served = tokio::spawn(server.run(stop.clone()));
        Self {
            address,
            keys,
            stop,
            served,
        }
    }

    async fn send(&self, who: &str, verb: &str, path: &str, body: Option<&Value>) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = format!(
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.keys[who],
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    /// The status and the body of an answer.
    pub(crate) async fn ask(
        &self,
        who: &str,
        verb: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut stream = self.send(who, verb, path, body).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()));
        (status, body)
    }

    /// The first event of a stream; whoever asked hangs up then.
    pub(crate) async fn first_event(&self, who: &str, path: &str) -> Value {
        let mut stream = self.send(who, "GET", path, None).await;
        let (mut answer, mut some) = (String::new(), [0_u8; 4096]);
        loop {
            let read = stream.read(&mut some).await.unwrap();
            assert_ne!(read, 0, "it has ended: {answer}");
            answer += &String::from_utf8_lossy(&some[..read]);
            let event = answer
                .split("data: ")
                .nth(1)
                .and_then(|rest| rest.split_once('\n'));
            if let Some((event, _)) = event {
                return serde_json::from_str(event)
                    .unwrap_or_else(|error| panic!("{error}: {answer}"));
            }
        }
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.served.await.unwrap();
    }
}
