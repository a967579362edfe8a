//! The program as a person runs it, over both wires at once, in the machine's own time.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use broker_core::{Decimal, model::AccountId};
use broker_sim::{
    Truth,
    tiger::{ROOT_FILE, TigerServer},
    tws::TwsServer,
};
use serde_json::{Value, json};

use crate::{
    notes::decimal,
    stage::{Wire, world},
};

fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_broker-mcp"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stderr(Stdio::piped());
    command
}

struct Running {
    child: Child,
    address: String,
    key: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Running {
    fn start(folder: &Path) -> Self {
        let arguments = [
            "key",
            "new",
            "bot",
            "--role",
            "read",
            "--role",
            "trade",
            "--confirm",
            "never",
        ];
        let made = program(folder, &arguments).output().unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let key = String::from_utf8(made.stdout).unwrap().trim().to_owned();
        let mut child = program(folder, &["serve", "--http", "127.0.0.1:0"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let before = said.len();
            assert_ne!(
                stderr.read_line(&mut said).unwrap(),
                0,
                "it has ended: {said}"
            );
            if let Some((_, url)) = said[before..].trim().split_once("listens on http://") {
                break url.to_owned();
            }
        };
        // What it says later has to go somewhere.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Self {
            child,
            address,
            key,
        }
    }

    fn ask(&self, verb: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let body = body.map(Value::to_string).unwrap_or_default();
        write!(
            stream,
            "{verb} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.key,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn told(&self, verb: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask(verb, path, body);
        assert_eq!(status, 200, "{path}: {answer}");
        answer["data"].clone()
    }
}

fn held(truth: &Truth, quantity: Decimal) -> bool {
    truth
        .positions
        .iter()
        .any(|(_, held)| held.get() == quantity)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_trades_over_both_wires_and_tells_what_their_books_say() {
    let folder = tempfile::tempdir().unwrap();
    let tws = TwsServer::builder().world_of(world(Wire::Ibkr));
    let tws = tws.bind("127.0.0.1:0").await.unwrap();
    let tiger = TigerServer::builder().world_of(world(Wire::Tiger));
    let tiger = tiger.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
    tiger.write_folder(&folder.path().join("tiger")).unwrap();
    let accounts = [Wire::Ibkr.accounts()[0], Wire::Tiger.accounts()[0]];
    let text = format!(
        r#"
[server]
read_only = false
confirm = "never"
[brokers.tws]
kind = "ibkr"
[brokers.tws.settings]
address = "{}"
[brokers.tiger]
kind = "tiger"
[brokers.tiger.settings]
folder = "tiger"
trusted_root = "tiger/{ROOT_FILE}"
orders = "tiger-orders.json"
[accounts.ib]
broker = "tws"
account = "{}"
environment = "paper"
permission = "trade"
[accounts.asia]
broker = "tiger"
account = "{}"
environment = "paper"
permission = "trade"
"#,
        tws.address(),
        accounts[0],
        accounts[1],
    );
    std::fs::write(folder.path().join("broker-mcp.toml"), text).unwrap();
    let path = folder.path().to_owned();
    let running = tokio::task::spawn_blocking(move || Running::start(&path))
        .await
        .unwrap();
    let work = tokio::task::spawn_blocking(move || {
        for (account, quantity) in [("ib", 3), ("asia", 5)] {
            // A limit, because by the clock of this machine the simulated prices are years old: the server sends
            // no order at the market where it does not know a price.
            let order = json!({
                "account": account, "client_order_id": format!("bought-in-{account}"),
                "order": { "instrument": "AAPL", "side": "BUY", "quantity": quantity, "type": "LIMIT", "limit_price": "180" },
            });
            running.told("POST", "/v1/place_order", Some(&order));
            let path = format!("/v1/get_order?account={account}&order_id=bought-in-{account}");
            let ends = std::time::Instant::now() + std::time::Duration::from_secs(60);
            loop {
                let order = running.told("GET", &path, None);
                if order["status"] == "filled" {
                    break;
                }
                assert!(std::time::Instant::now() < ends, "{order}");
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            let path = format!("/v1/get_positions?account={account}");
            let told = running.told("GET", &path, None);
            let row = &told["positions"][0];
            assert_eq!(row["instrument"]["symbol"], "AAPL", "{told}");
            assert_eq!(decimal(&row["quantity"]), Some(quantity.into()), "{told}");
        }
        let (status, all) = running.ask("GET", "/v1/get_positions?account=all", None);
        assert_eq!(
            (status, all["accounts"].as_array().map(Vec::len)),
            (200, Some(2)),
            "{all}"
        );
        drop(running);
    });
    work.await.unwrap();
    let [ib, asia] = accounts.map(|account| AccountId::new(account).unwrap());
    assert!(held(&tws.truth(&ib), 3.into()) && held(&tiger.truth(&asia), 5.into()));
    assert_eq!(
        tws.truth(&ib).orders.len() + tiger.truth(&asia).orders.len(),
        2
    );
}
