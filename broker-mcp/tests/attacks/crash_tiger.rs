//! The program killed with SIGKILL around an order at Tiger, where an order is sent in two steps: a number is
//! reserved for it, and it is placed under that number.

use broker_core::{
    dec,
    model::{AccountId, AccountKind, Currency, Money, SessionKind},
};
use broker_sim::{
    paper::{PaperBroker, PaperWorld, TimeMode},
    tiger::{CONFIG_FILE, ROOT_FILE, TigerServer},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    crash::{
        Side, again, begin, ends_with_one, killed_at_any_moment,
        killed_before_the_answer_is_written_down, later, store, until, written,
    },
    stand::{Stand, resting},
    toll::{Held, Toll},
};

const ACCOUNT: &str = "21000000000000001";

/// A world on the last day at whose noon New York has traded: the program reads the machine's clock, and asks
/// for the orders of the last days.
fn world() -> std::sync::Arc<PaperWorld> {
    let noon: DateTime<Utc> = Utc::now()
        .date_naive()
        .and_hms_opt(17, 0, 0)
        .unwrap()
        .and_utc();
    for back in 1..10 {
        let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
        let world = PaperBroker::builder()
            .start_at(noon - TimeDelta::days(back))
            .time(TimeMode::Running { factor: 1 })
            .account_of_kind(ACCOUNT, AccountKind::Margin, Currency::USD, cash)
            .build_world()
            .unwrap();
        let share = broker_core::model::Instrument::equity(
            "AAPL",
            broker_core::model::Mic::XNAS,
            Currency::USD,
        );
        let phase = world.with_exchange(|exchange| exchange.phase_of(&share.unwrap()));
        if phase == Some(SessionKind::Regular) {
            return world;
        }
    }
    panic!("no market has traded for days");
}

struct Scene {
    runtime: tokio::runtime::Runtime,
    broker: TigerServer,
    address: std::net::SocketAddr,
    toll: Toll,
}

impl Side for Scene {
    fn stand(&self) -> Stand {
        Scene::stand(self)
    }

    fn truth(&self) -> usize {
        Scene::truth(self)
    }

    fn cut(&self) {
        self.toll.cut();
    }
}

impl Scene {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let bound = async {
            let server = TigerServer::builder().world(world());
            server.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap()
        };
        let broker = runtime.block_on(bound);
        broker.set_habits(|habits| habits.rate_factor = 1_000);
        let url = broker.url();
        let address = url.trim_start_matches("http://").split('/').next();
        let address = address.unwrap().parse().unwrap();
        Self {
            runtime,
            broker,
            address,
            toll: Toll::before(address),
        }
    }

    fn stand(&self) -> Stand {
        let configuration = format!(
            r#"
[brokers.tiger]
kind = "tiger"
[brokers.tiger.settings]
folder = "tiger"
trusted_root = "tiger/{ROOT_FILE}"
orders = "tiger-orders"
push = false
[accounts.one]
broker = "tiger"
account = "{ACCOUNT}"
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
        let stand = Stand::with(&configuration, "info", |folder| {
            let login = folder.join("tiger");
            self.broker.write_folder(&login).unwrap();
            let properties = login.join(CONFIG_FILE);
            let text = std::fs::read_to_string(&properties).unwrap();
            let (own, ours) = (self.address.to_string(), self.toll.address().to_string());
            assert!(text.contains(&own), "{text}");
            std::fs::write(&properties, text.replace(&own, &ours)).unwrap();
        });
        self.connected(&stand);
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
        let account = AccountId::new(ACCOUNT).unwrap();
        let _inside = self.runtime.enter();
        self.broker.truth(&account).orders.len()
    }

    /// Kills the program while a message is held up, which is lost, and starts it again.
    fn killed_at(&self, method: &'static str, place: Held) -> Stand {
        let mut stand = self.stand();
        self.toll.hold(method, place);
        let _gone = begin(&stand);
        until(method, || self.toll.holds());
        assert_eq!(written(stand.folder.path()).as_deref(), Some("open"));
        stand.kill();
        self.toll.cut();
        stand.reborn(|_| {})
    }
}

/// Nothing was sent, and nothing is until that is certain.
fn sent_nothing(scene: &Scene, stand: &Stand) {
    assert_eq!(scene.truth(), 0);
    scene.connected(stand);
    let early = again(stand);
    assert_eq!(early.status, 504, "{early:?}");
    assert_eq!(scene.truth(), 0);
    later(stand.folder.path());
    ends_with_one(|| scene.truth(), stand, false);
}

#[test]
fn killed_before_the_command_is_written_down_nothing_was_sent_to_tiger() {
    let scene = Scene::new();
    let mut stand = scene.stand();
    // Somebody else writes, and it waits.
    let mut other = store(stand.folder.path());
    let held = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    let _gone = begin(&stand);
    assert_eq!(stand.get("/health", "reader").status, 200);
    stand.kill();
    drop(held);
    drop(other);
    assert_eq!(written(stand.folder.path()), None);
    assert_eq!(scene.truth(), 0);
    scene.toll.cut();
    let stand = stand.reborn(|_| {});
    ends_with_one(|| scene.truth(), &stand, false);
}

#[test]
fn killed_before_tiger_was_asked_for_a_number_nothing_was_sent() {
    let scene = Scene::new();
    let stand = scene.killed_at("order_no", Held::Asked);
    sent_nothing(&scene, &stand);
}

#[test]
fn killed_with_a_number_reserved_nothing_was_sent() {
    let scene = Scene::new();
    let stand = scene.killed_at("order_no", Held::Answered);
    sent_nothing(&scene, &stand);
}

#[test]
fn killed_before_tiger_has_the_order_nothing_was_sent() {
    let scene = Scene::new();
    let stand = scene.killed_at("place_order", Held::Asked);
    sent_nothing(&scene, &stand);
}

#[test]
fn killed_before_tiger_s_answer_has_come_it_has_sent_one() {
    let scene = Scene::new();
    let stand = scene.killed_at("place_order", Held::Answered);
    assert_eq!(scene.truth(), 1);
    ends_with_one(|| scene.truth(), &stand, true);
}

#[test]
fn killed_before_tiger_s_answer_is_written_down_it_has_sent_one() {
    let scene = Scene::new();
    let stand = scene.stand();
    killed_before_the_answer_is_written_down(&scene, stand);
}

#[test]
fn killed_at_any_moment_there_is_one_order_or_none_at_tiger_and_the_truth_is_told() {
    killed_at_any_moment(&Scene::new(), 5);
}
