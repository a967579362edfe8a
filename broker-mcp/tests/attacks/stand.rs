//! The program in a folder of its own, with a key for every kind of caller.

use core::time::Duration;
use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
};

use broker_core::{ExposeSecret as _, dec};
use broker_mcp::{
    Principal,
    auth::{Cost, KeyFile, KeyStore as _},
    principal::{Access, Confirm, Role},
    value::Number,
};
use chrono::Utc;
use serde_json::{Value, json};

/// Longer than anything takes on a machine that is busy.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// Cheap, so that tests do not wait for it.
pub(crate) const COST: Cost = Cost::new(8, 1);

/// Two paper accounts, every path there is, and everything written down.
pub(crate) const PAPER: &str = r#"
[brokers.paper]
kind = "paper"
[brokers.paper.settings]
cash = 1000000
[accounts.one]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"
[accounts.two]
broker = "paper"
account = "PAPER-2"
environment = "simulated"
permission = "trade"
[layers.journal]
folder = "journal"
[layers.audit]
folder = "audit"
[layers.risk]
kill_switch = "kill-switch.json"
[server]
read_only = false
profiles = ["tiger", "tws", "ib-paper"]
"#;

/// The callers: `bot` trades within limits and is not asked, `asked` trades and is asked elsewhere, `client` is
/// asked through its client, `both` may agree as well but not to its own, `other` has the other account.
fn callers() -> Vec<(&'static str, Principal)> {
    let somebody = |name: &str, roles: &[Role], account: &str, confirm| {
        let mut principal = Principal::new(name, roles.iter().copied());
        principal.accounts = Access::Only([account.to_owned()].into());
        principal.confirm = confirm;
        principal.limits.max_order_notional = Some(Number(dec!(50_000)));
        principal
    };
    let trader: &[Role] = &[Role::Read, Role::Trade];
    let roles: [(&'static str, &[Role], &str, Confirm); 8] = [
        ("reader", &[Role::Read], "one", Confirm::Ask),
        ("bot", trader, "one", Confirm::Never),
        ("asked", trader, "one", Confirm::OutOfBand),
        ("client", trader, "one", Confirm::Ask),
        (
            "both",
            &[Role::Read, Role::Trade, Role::Approver],
            "one",
            Confirm::OutOfBand,
        ),
        ("other", trader, "two", Confirm::Never),
        ("anna", &[Role::Read, Role::Approver], "one", Confirm::Ask),
        (
            "boss",
            &[Role::Read, Role::Trade, Role::Admin],
            "one",
            Confirm::OutOfBand,
        ),
    ];
    roles
        .into_iter()
        .map(|(name, roles, account, confirm)| (name, somebody(name, roles, account, confirm)))
        .collect()
}

pub(crate) struct Stand {
    child: Child,
    heard: Option<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
    pub(crate) address: String,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) keys: BTreeMap<&'static str, String>,
    level: &'static str,
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body, or the last message of a stream.
    pub(crate) fn json(&self) -> Value {
        let last = self
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("data: "))
            .next_back();
        let text = last.unwrap_or(&self.body);
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines();
        lines.find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Stand {
    pub(crate) fn new() -> Self {
        Self::of(PAPER, "info")
    }

    pub(crate) fn of(configuration: &str, level: &'static str) -> Self {
        Self::with(configuration, level, |_| {})
    }

    /// With something more in the folder before it starts.
    pub(crate) fn with(configuration: &str, level: &'static str, more: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        more(folder.path());
        fs::write(folder.path().join("broker-mcp.toml"), configuration).unwrap();
        let file = KeyFile::open(folder.path().join("keys.json")).unwrap();
        let mut keys = BTreeMap::new();
        for (name, principal) in callers() {
            file.change(&mut |ring| {
                let issued = ring.issue(principal.clone(), Utc::now(), COST)?;
                keys.insert(name, issued.key.expose_secret().to_owned());
                Ok(())
            })
            .unwrap();
        }
        Self::started(folder, keys, level)
    }

    fn started(
        folder: tempfile::TempDir,
        keys: BTreeMap<&'static str, String>,
        level: &'static str,
    ) -> Self {
        let arguments = ["serve", "--http", "127.0.0.1:0", "--log-level", level];
        let mut child = program(folder.path(), &arguments)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let said: Arc<Mutex<String>> = Arc::default();
        let (ready, listens) = mpsc::channel();
        let kept = Arc::clone(&said);
        let heard = std::thread::spawn(move || {
            for line in stderr.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                if let Some((_, url)) = line.split_once("listens on http://") {
                    let _gone = ready.send(url.trim().to_owned());
                }
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let address = listens
            .recv_timeout(LONG)
            .unwrap_or_else(|_| panic!("it does not start: {}", said.lock().unwrap()));
        Self {
            child,
            heard: Some(heard),
            said,
            address,
            folder,
            keys,
            level,
        }
    }

    /// Ends it without a warning, and waits until all that it said was heard.
    pub(crate) fn kill(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
        if let Some(heard) = self.heard.take() {
            heard.join().unwrap();
        }
    }

    /// Kills it and starts it again in the same folder; in between `meanwhile`.
    pub(crate) fn reborn(mut self, meanwhile: impl FnOnce(&Path)) -> Self {
        self.kill();
        let level = self.level;
        let keys = core::mem::take(&mut self.keys);
        let folder = core::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        meanwhile(folder.path());
        Self::started(folder, keys, level)
    }

    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// A command of the operator in the same folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Output {
        program(self.folder.path(), arguments).output().unwrap()
    }

    /// Where the keys are.
    pub(crate) fn keys_file(&self) -> std::path::PathBuf {
        self.folder.path().join("keys.json")
    }

    /// The keys, as the command line changes them.
    pub(crate) fn ring(&self) -> KeyFile {
        KeyFile::open(self.keys_file()).unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        stream
    }

    /// The text of a request, with whatever headers.
    pub(crate) fn request(
        &self,
        (method, path): (&str, &str),
        key: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> String {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            head += &format!("Host: {}\r\n", self.address);
        }
        if let Some(key) = self.keys.get(key) {
            head += &format!("Authorization: Bearer {key}\r\n");
        }
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() {
            head += &format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
        }
        format!("{head}\r\n{body}")
    }

    /// Sends and waits for the whole answer.
    pub(crate) fn send(
        &self,
        place: (&str, &str),
        key: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut stream = self.connect();
        let request = self.request(place, key, headers, body);
        // It may be answered before all of it is read.
        let _written = stream.write_all(request.as_bytes());
        let mut bytes = Vec::new();
        let _read = stream.read_to_end(&mut bytes);
        parsed(&bytes)
    }

    pub(crate) fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        self.send(("POST", path), key, &[], &body.to_string())
    }

    pub(crate) fn get(&self, path: &str, key: &str) -> Answer {
        self.send(("GET", path), key, &[], "")
    }

    /// All orders of the account of a key, whoever placed them.
    pub(crate) fn orders(&self, key: &str) -> Vec<Value> {
        let answer = self.get("/v1/get_orders", key);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["data"]["orders"].as_array().unwrap().clone()
    }

    /// What the operator page knows of the switch.
    pub(crate) fn halted(&self) -> bool {
        let answer = self.get("/v1/kill-switch", "reader").json();
        answer["data"]["engaged"].as_bool().unwrap()
    }
}

/// An answer without its packing.
pub(crate) fn parsed(bytes: &[u8]) -> Answer {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let chunked = head
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked");
    Answer {
        status: status.unwrap_or(0),
        head: head.to_owned(),
        body: if chunked {
            whole(body.as_bytes())
        } else {
            body.to_owned()
        },
    }
}

/// The pieces of a body put together.
fn whole(mut rest: &[u8]) -> String {
    let mut bytes = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap().trim();
        let size = usize::from_str_radix(size, 16).unwrap();
        let piece = &rest[end + 2..];
        if size == 0 || piece.len() < size {
            break;
        }
        bytes.extend_from_slice(&piece[..size]);
        rest = piece.get(size + 2..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The program, without the variables of whoever runs the test.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_broker-mcp"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Ten shares far below the market: it works and is not filled.
pub(crate) fn resting(name: &str) -> Value {
    json!({
        "order": {
            "instrument": "AAPL", "side": "BUY", "quantity": "10", "type": "LIMIT", "limit_price": "100"
        },
        "client_order_id": name,
    })
}
