//! A gateway that dies, one that somebody has logged out, and one that nobody lets in.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use broker_core::{
    Result, async_trait,
    gateway::{Fact, GatewayControl, GatewayStatus, Readiness},
    model::AccountId,
};
use broker_mcp::Call;
use broker_runtime::supervisor::Timing;
use broker_sim::tws::TwsServer;
use serde_json::{Map, Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

use crate::{
    client::principal,
    stage::{House, Wire, settings, world},
};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A gateway that is started and stopped: a door before an exchange that goes on behind it.
#[derive(Debug)]
struct Fake {
    tws: TwsServer,
    address: SocketAddr,
    open: Mutex<Option<JoinHandle<()>>>,
    started: AtomicU32,
    restarted: AtomicU32,
    waited_for: AtomicU32,
    /// How often it has come up.
    opened: AtomicU32,
}

/// Lets clients through to a server, for as long as the task lives.
async fn let_through(door: TcpListener, to: SocketAddr) {
    let mut clients = JoinSet::new();
    while let Ok((mut client, _)) = door.accept().await {
        clients.spawn(async move {
            if let Ok(mut server) = TcpStream::connect(to).await {
                // Either of them may hang up at any time.
                let _ended = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

impl Fake {
    async fn start() -> Arc<Self> {
        let tws = TwsServer::builder().world_of(world(Wire::Ibkr));
        let tws = tws.bind("127.0.0.1:0").await.unwrap();
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = door.local_addr().unwrap();
        let open = tokio::spawn(let_through(door, tws.address()));
        Arc::new(Self {
            tws,
            address,
            open: Mutex::new(Some(open)),
            started: AtomicU32::new(0),
            restarted: AtomicU32::new(0),
            waited_for: AtomicU32::new(0),
            opened: AtomicU32::new(0),
        })
    }

    async fn die(&self) {
        let open = self.open.lock().unwrap().take();
        if let Some(open) = open {
            open.abort();
            // The port is free when it has ended.
            assert!(open.await.unwrap_err().is_cancelled());
        }
    }

    fn runs(&self) -> bool {
        self.open.lock().unwrap().is_some()
    }

    async fn run(&self) {
        if !self.runs() {
            let door = TcpListener::bind(self.address).await.unwrap();
            self.opened.fetch_add(1, Ordering::SeqCst);
            let open = tokio::spawn(let_through(door, self.tws.address()));
            *self.open.lock().unwrap() = Some(open);
        }
    }
}

#[async_trait]
impl GatewayControl for Fake {
    async fn status(&self) -> Result<GatewayStatus> {
        let runs = self.runs();
        Ok(GatewayStatus {
            running: Fact::now(runs, "process"),
            port_open: Fact::now(runs, "port"),
            answering: Fact::now(runs, "greeting"),
        })
    }
    async fn login(&self) -> Result<()> {
        self.started.fetch_add(1, Ordering::SeqCst);
        self.run().await;
        Ok(())
    }
    async fn logout(&self) -> Result<()> {
        self.die().await;
        Ok(())
    }
    async fn reconnect(&self) -> Result<()> {
        self.restarted.fetch_add(1, Ordering::SeqCst);
        self.die().await;
        self.run().await;
        Ok(())
    }
    async fn ensure_ready(&self, _: Duration) -> Result<Readiness> {
        self.waited_for.fetch_add(1, Ordering::SeqCst);
        self.run().await;
        let status = self.status().await?;
        let waited = Duration::ZERO;
        Ok(Readiness { status, waited })
    }
}

/// Everything that takes minutes in a program takes a moment here.
fn timing() -> Timing {
    let mut timing = Timing::default();
    timing.check_every = Duration::from_millis(500);
    timing.apart = Duration::ZERO;
    timing.patience = Duration::from_secs(1);
    timing.first_pause = Duration::from_millis(200);
    timing.longest_pause = Duration::from_secs(1);
    timing.recheck_every = Duration::from_millis(200);
    timing.gateway_down_for = Duration::from_secs(1);
    timing.gateway_every = Duration::from_secs(2);
    timing
}

struct Desk {
    fake: Arc<Fake>,
    house: House,
    admin: Call,
    _folder: tempfile::TempDir,
}

impl Desk {
    async fn open() -> Self {
        let fake = Fake::start().await;
        let folder = tempfile::tempdir().unwrap();
        let text = settings(Wire::Ibkr, &format!("address = \"{}\"\n", fake.address));
        let control = Arc::clone(&fake) as Arc<dyn GatewayControl>;
        let controls = BTreeMap::from([("ibkr".to_owned(), control)]);
        let clock = fake.tws.world().shared_clock();
        let house = House::open(folder.path(), &text, controls, timing(), clock).await;
        let admin = Call::by(Arc::new(principal("admin", &["a"])), "test");
        Self {
            fake,
            house,
            admin,
            _folder: folder,
        }
    }

    async fn ask(&self, operation: &str, asked: Value) -> Value {
        let told = self.try_ask(operation, asked).await;
        told.unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    async fn try_ask(&self, operation: &str, asked: Value) -> core::result::Result<Value, Value> {
        let asked: Map<String, Value> = asked.as_object().unwrap().clone();
        let told = self.house.service.call(&self.admin, operation, asked).await;
        told.map(|answer| answer["data"].clone())
            .map_err(|fault| json!(fault))
    }

    async fn until(&self, what: &str, mut holds: impl AsyncFnMut(&Self) -> bool) {
        let wait = async {
            while !holds(self).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, wait).await;
        assert!(
            waited.is_ok(),
            "{what}: {:?}",
            self.house.sessions.supervisor().health()
        );
    }

    async fn is_connected(&self) -> bool {
        self.ask("get_status", json!({})).await["connected"] == true
    }

    fn working(&self) -> usize {
        let account = AccountId::new(Wire::Ibkr.accounts()[0]).unwrap();
        let orders = self.fake.tws.truth(&account).orders;
        orders.iter().filter(|order| order.open).count()
    }

    async fn end(self) {
        let ended = self.house.sessions.shutdown(Duration::from_secs(30)).await;
        assert!(ended.is_clean(), "{ended:?}");
    }
}

fn resting(name: &str) -> Value {
    json!({
        "order": { "instrument": "KO", "side": "BUY", "quantity": 7, "type": "LIMIT", "limit_price": "40", "time_in_force": "GTC" },
        "client_order_id": name,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_dies_is_started_again_and_the_server_knows_its_orders() {
    let desk = Desk::open().await;
    desk.ask("place_order", resting("before-it-died")).await;
    assert_eq!(desk.working(), 1);
    desk.fake.die().await;
    desk.until("it is noticed", async |desk| !desk.is_connected().await)
        .await;
    // What cannot be sent is said to be so, and is not sent later.
    let refused = desk
        .try_ask("place_order", resting("while-it-was-dead"))
        .await
        .unwrap_err();
    assert_ne!(refused["code"], "outcome_unknown", "{refused}");
    desk.until("it is back", async |desk| desk.is_connected().await)
        .await;
    assert!(desk.fake.restarted.load(Ordering::SeqCst) >= 1);
    let known = desk
        .ask("get_order", json!({ "order_id": "before-it-died" }))
        .await;
    assert_eq!(known["status"], "submitted", "{known}");
    assert_eq!(desk.working(), 1, "the other one was never sent");
    let canceled = desk
        .ask("cancel_order", json!({ "order_id": "before-it-died" }))
        .await;
    let status = &canceled["order"]["status"];
    assert_eq!(status, "cancelled", "{canceled}");
    assert_eq!(desk.working(), 0);
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_a_person_logged_out_stays_down_until_somebody_logs_in() {
    let desk = Desk::open().await;
    let stopped = desk
        .ask("gateway_control", json!({ "action": "stop" }))
        .await;
    assert_eq!(stopped["logged_out_by"], "admin", "{stopped}");
    desk.until("it is noticed", async |desk| !desk.is_connected().await)
        .await;
    // The supervisor has looked often enough to restart it, were it allowed to.
    desk.until("the supervisor has tried", async |desk| {
        let health = desk.house.sessions.supervisor().health();
        health
            .gateways
            .first()
            .is_some_and(|gateway| gateway.trouble.is_some())
    })
    .await;
    assert_eq!(desk.fake.restarted.load(Ordering::SeqCst), 0);
    for action in ["restart", "ensure_ready"] {
        let asked = json!({ "action": action, "timeout": 5 });
        let refused = desk.try_ask("gateway_control", asked).await.unwrap_err();
        assert!(
            refused["message"]
                .as_str()
                .unwrap()
                .contains("log in first"),
            "{refused}"
        );
    }
    assert_eq!(desk.fake.waited_for.load(Ordering::SeqCst), 0);
    assert!(!desk.fake.runs());
    let begun = desk
        .ask("gateway_control", json!({ "action": "start" }))
        .await;
    assert_eq!(begun["logged_out_by"], Value::Null, "{begun}");
    desk.until("it is back", async |desk| desk.is_connected().await)
        .await;
    assert_eq!(desk.fake.started.load(Ordering::SeqCst), 1);
    desk.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_who_wait_for_a_gateway_start_it_once() {
    let desk = Desk::open().await;
    desk.fake.die().await;
    let asked = || {
        desk.try_ask(
            "gateway_control",
            json!({ "action": "ensure_ready", "timeout": 60 }),
        )
    };
    let all = futures_util::future::join_all((0..10).map(|_| asked())).await;
    assert!(
        all.iter()
            .all(|told| told.as_ref().is_ok_and(|told| told["ready"] == true)),
        "{all:?}"
    );
    // Two that start it at once would meet at its port.
    assert_eq!(desk.fake.opened.load(Ordering::SeqCst), 1);
    desk.until("it is back", async |desk| desk.is_connected().await)
        .await;
    desk.end().await;
}
