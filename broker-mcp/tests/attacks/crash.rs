//! The program killed with SIGKILL around an order, while the broker, which is another process's, goes on.

use std::{
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use broker_core::model::AccountId;
use broker_sim::tws::TwsServer;
use rusqlite::Connection;
use serde_json::Value;

use super::{
    stand::{Answer, LONG, Stand, resting},
    wire::Wire,
};

struct Scene {
    runtime: tokio::runtime::Runtime,
    broker: TwsServer,
    wire: Wire,
}

impl Scene {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let broker = runtime.block_on(TwsServer::bind("127.0.0.1:0")).unwrap();
        let wire = Wire::to(broker.address());
        Self {
            runtime,
            broker,
            wire,
        }
    }

    fn stand(&self) -> Stand {
        let address = self.wire.address;
        let configuration = format!(
            r#"
[brokers.ibkr]
kind = "ibkr"
[brokers.ibkr.settings]
address = "{address}"
client_id = 7
[accounts.one]
broker = "ibkr"
account = "DU1"
environment = "paper"
permission = "trade"
[layers.journal]
folder = "journal"
[layers.audit]
folder = "audit"
[layers.risk]
kill_switch = "kill-switch.json"
[server]
read_only = false
"#
        );
        let stand = Stand::of(&configuration, "info");
        until("it is connected", || {
            stand.get("/v1/get_orders", "bot").status == 200
        });
        // What the instrument is, is known from now on.
        until("it has prices", || {
            let mut dry = resting("dry");
            dry["dry_run"] = true.into();
            stand.post("/v1/place_order", "bot", &dry).status == 200
        });
        stand
    }

    /// Orders that the broker really has.
    fn truth(&self) -> usize {
        let account = AccountId::new("DU1").unwrap();
        let _inside = self.runtime.enter();
        self.broker.truth(&account).orders.len()
    }
}

/// Waits for something that comes.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let ends = Instant::now() + LONG;
    while !done() {
        assert!(Instant::now() < ends, "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn store(folder: &Path) -> Connection {
    let store = Connection::open(folder.join("broker-mcp.sqlite")).unwrap();
    store.busy_timeout(LONG).unwrap();
    store
}

/// How far the program has written down that the order is.
pub(crate) fn written(folder: &Path) -> Option<String> {
    let state = "SELECT state FROM intents WHERE client_order_id = 'once'";
    store(folder).query_row(state, [], |row| row.get(0)).ok()
}

/// Sends the order and does not wait for what comes of it.
pub(crate) fn begin(stand: &Stand) -> std::net::TcpStream {
    let mut stream = stand.connect();
    let body = resting("once").to_string();
    let request = stand.request(("POST", "/v1/place_order"), "bot", &[], &body);
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

pub(crate) fn again(stand: &Stand) -> Answer {
    stand.post("/v1/place_order", "bot", &resting("once"))
}

/// As if the program had been away for so long that nobody else can be about to send.
pub(crate) fn later(folder: &Path) {
    let moved = store(folder).execute("UPDATE intents SET begun_at = begun_at - 180000", []);
    assert!(moved.unwrap() <= 1);
}

/// Whether it was refused because its name was used before.
fn is_duplicate(answer: &Answer) -> bool {
    answer.status == 409 && answer.json()["error"]["retry_safe"] == false
}

/// The same call after the restart, until it is no longer unknown: what it says is so, and there is one order.
pub(crate) fn ends_with_one(truth: impl Fn() -> usize, stand: &Stand, is_there: bool) {
    let ends = Instant::now() + LONG;
    let answer = loop {
        let came = again(stand);
        assert!(truth() <= 1, "a second order: {came:?}");
        match came.status {
            200 => break came.json(),
            // The journal had its name already: under it nothing was sent, and nothing ever is.
            409 if !is_there && is_duplicate(&came) => {
                assert_eq!(truth(), 0, "{came:?}");
                assert_eq!(again(stand).status, 409, "it is said each time");
                return;
            }
            // It does not know, or is not connected yet, and says so instead of sending.
            409 | 502 | 503 | 504 if Instant::now() < ends => {}
            _ => panic!("{came:?}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(truth(), 1, "{answer}");
    assert_eq!(
        answer["data"]["order"]["client_order_id"], "once",
        "{answer}"
    );
    let duplicate = answer["data"].get("duplicate_of").is_some();
    assert_eq!(duplicate, is_there, "{answer}");
    for _ in 0..2 {
        let repeated = again(stand).json();
        assert_eq!(repeated["data"]["duplicate_of"], "once", "{repeated}");
    }
    until("a list", || {
        stand.get("/v1/get_orders", "bot").status == 200
    });
    let listed: Vec<Value> = stand.orders("bot");
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(truth(), 1);
}

#[test]
fn killed_before_the_command_is_written_down_it_has_sent_nothing() {
    let scene = Scene::new();
    let stand = scene.stand();
    // Somebody else writes, and it waits.
    let mut other = store(stand.folder.path());
    let held = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let _gone = begin(&stand);
    // It has been let in and has asked for prices, or is about to.
    assert_eq!(stand.get("/health", "reader").status, 200);
    let mut stand = stand;
    stand.kill();
    drop(held);
    drop(other);
    assert_eq!(written(stand.folder.path()), None);
    assert_eq!(scene.truth(), 0);
    scene.wire.cut();
    let stand = stand.reborn(|_| {});
    ends_with_one(|| scene.truth(), &stand, false);
}

#[test]
fn killed_after_writing_and_before_the_broker_has_it_nothing_is_sent_until_that_is_certain() {
    let scene = Scene::new();
    let stand = scene.stand();
    until("a look at the market", || {
        scene.wire.out.shut();
        let _gone = begin(&stand);
        // Prices are asked for over the same wire: they are let through until the command is on the disk.
        let ends = Instant::now() + Duration::from_secs(30);
        while written(stand.folder.path()).is_none() && Instant::now() < ends {
            scene.wire.out.open();
            if written(stand.folder.path()).is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            scene.wire.out.shut();
        }
        written(stand.folder.path()).is_some()
    });
    let mut stand = stand;
    stand.kill();
    scene.wire.cut();
    let sent = scene.truth();
    let stand = stand.reborn(|_| {});
    if sent == 0 {
        // Another process might be about to send it.
        until("a connection", || {
            stand.get("/v1/get_orders", "bot").status == 200
        });
        let early = again(&stand);
        assert_eq!(early.status, 504, "{early:?}");
        assert_eq!(scene.truth(), 0);
    }
    later(stand.folder.path());
    ends_with_one(|| scene.truth(), &stand, sent == 1);
}

#[test]
fn killed_before_the_broker_s_answer_has_come_it_has_sent_one() {
    let scene = Scene::new();
    let stand = scene.stand();
    let _gone = begin(&stand);
    until("the order", || {
        let there = scene.truth() == 1;
        if there {
            scene.wire.back.shut();
        }
        there
    });
    let mut stand = stand;
    stand.kill();
    scene.wire.cut();
    let stand = stand.reborn(|_| {});
    ends_with_one(|| scene.truth(), &stand, true);
}

/// A broker with a program before it, whose connection can be cut.
pub(crate) trait Side {
    fn stand(&self) -> Stand;
    fn truth(&self) -> usize;
    fn cut(&self);
    fn connected(&self, stand: &Stand) {
        until("it is connected", || {
            stand.get("/v1/get_orders", "bot").status == 200
        });
    }
}

/// Kills the program when the broker has its order, and it cannot write down what the broker answers.
pub(crate) fn killed_before_the_answer_is_written_down(scene: &impl Side, stand: Stand) {
    let _gone = begin(&stand);
    until("the command", || written(stand.folder.path()).is_some());
    // From now on nothing more can be written down about it.
    let mut other = store(stand.folder.path());
    let held = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    until("the order", || scene.truth() == 1);
    let mut stand = stand;
    stand.kill();
    drop(held);
    drop(other);
    scene.cut();
    let stand = stand.reborn(|_| {});
    ends_with_one(|| scene.truth(), &stand, true);
}

/// Kills the program so often, each time a little later on its way.
pub(crate) fn killed_at_any_moment(scene: &impl Side, times: u64) {
    let mut stand = scene.stand();
    for step in 0..times {
        let gone = begin(&stand);
        std::thread::sleep(Duration::from_millis(step * 7));
        stand.kill();
        drop(gone);
        scene.cut();
        assert!(scene.truth() <= 1);
        stand = stand.reborn(later);
        scene.connected(&stand);
    }
    let is_there = scene.truth() == 1;
    let answer = again(&stand);
    assert!(scene.truth() <= 1, "{answer:?}");
    ends_with_one(|| scene.truth(), &stand, is_there || answer.status == 200);
}

impl Side for Scene {
    fn stand(&self) -> Stand {
        Scene::stand(self)
    }

    fn truth(&self) -> usize {
        Scene::truth(self)
    }

    fn cut(&self) {
        self.wire.cut();
    }
}

#[test]
fn killed_before_the_answer_is_written_down_it_has_sent_one() {
    let scene = Scene::new();
    let stand = scene.stand();
    scene.wire.back.open();
    killed_before_the_answer_is_written_down(&scene, stand);
}

#[test]
fn killed_at_any_moment_there_is_one_order_or_none_and_the_truth_is_told() {
    killed_at_any_moment(&Scene::new(), 6);
}
