//! A server over one simulated broker, from a file of settings, through what `serve` goes through.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use broker_core::{
    Clock, SystemClock, dec,
    gateway::GatewayControl,
    model::{AccountId, AccountKind, BrokerId, Currency, Money},
};
use broker_mcp::{
    BrokerService,
    connect::{Handle, Housekeeper, Sessions},
    gateway::Gateway as LatchedGateway,
    settings::{FILE_NAME, Place, Whole, read},
    store::Store,
};
use broker_runtime::supervisor::Timing;
use broker_sim::{
    Truth,
    fault::Fault,
    paper::{PaperBroker, PaperBuilder, PaperWorld, TimeMode},
    tiger::{License, ROOT_FILE, TigerServer},
    tws::TwsServer,
};

/// The way to the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// None: the exchange is in the process.
    Paper,
    /// Signed requests and a push connection.
    Tiger,
    /// The socket of TWS.
    Ibkr,
}

impl Wire {
    /// What the broker calls the accounts, the first of which is called `a` in the settings and the second
    /// `b`.
    pub(crate) const fn accounts(self) -> [&'static str; 2] {
        match self {
            Self::Paper => ["PAPER-1", "PAPER-2"],
            Self::Tiger => ["21000000000000001", "21000000000000002"],
            Self::Ibkr => ["DU1", "DU2"],
        }
    }

    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Tiger => "tiger",
            Self::Ibkr => "ibkr",
        }
    }

    const fn environment(self) -> &'static str {
        match self {
            Self::Paper => "simulated",
            Self::Tiger | Self::Ibkr => "paper",
        }
    }
}

/// What runs at the other end of the wire.
pub(crate) enum Gateway {
    Paper,
    Tiger(Box<TigerServer>),
    Ibkr(Box<TwsServer>),
}

/// What `serve` puts together from a file of settings.
pub(crate) struct House {
    pub(crate) sessions: Sessions,
    pub(crate) service: BrokerService,
}

impl House {
    /// Reads the settings and connects. `controls` start and stop gateways, by connection.
    pub(crate) async fn open(
        folder: &Path,
        settings: &str,
        controls: BTreeMap<String, Arc<dyn GatewayControl>>,
        timing: Timing,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let path = folder.join(FILE_NAME);
        std::fs::write(&path, settings).unwrap();
        let mut whole: Whole = read(Place::File(path), [], []).unwrap();
        let store = Store::open(whole.at(&whole.server.store)).unwrap();
        whole.add(&store.added().await.unwrap());
        let mut latched: BTreeMap<String, Arc<LatchedGateway>> = BTreeMap::new();
        for (name, control) in controls {
            let time = Arc::clone(&clock);
            let gateway = LatchedGateway::new(name.clone(), control, store.clone(), time);
            latched.insert(name, gateway);
        }
        let controls = latched
            .iter()
            .map(|(name, one)| (name.clone(), Arc::clone(one) as Arc<dyn GatewayControl>))
            .collect();
        let sessions = Sessions::begin_in_time_of(&whole, controls, timing, clock).await;
        let sessions = sessions.unwrap();
        let housekeeper = Housekeeper::new(sessions.clone(), &whole).remembering(store.clone());
        let housekeeper = Arc::new(housekeeper);
        let mut service = BrokerService::of(sessions.connected().clone())
            .naming(sessions.accounts())
            .with_store(store)
            .with_tokens(housekeeper.clone())
            .with_operator(housekeeper);
        for (name, gateway) in latched {
            service = service.with_gateway(BrokerId::new(name).unwrap(), gateway);
        }
        Self { sessions, service }
    }
}

/// A server over one broker with the accounts `a` and `b`.
pub(crate) struct Stage {
    pub(crate) wire: Wire,
    pub(crate) sessions: Sessions,
    pub(crate) service: Arc<BrokerService>,
    world: Arc<PaperWorld>,
    gateway: Gateway,
    folder: tempfile::TempDir,
}

/// One million dollars in each account, in real time: a broker works on what it was sent. Prices stand still
/// for the first quarter of an hour.
pub(crate) fn world(wire: Wire) -> PaperBuilder {
    let mut world = PaperBroker::builder().time(TimeMode::Running { factor: 1 });
    for account in wire.accounts() {
        let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
        world = world.account_of_kind(account, AccountKind::Margin, Currency::USD, cash);
    }
    world
}

/// A simulated Tiger that has written the folder of its developer, and what the settings say of it.
pub(crate) async fn tiger(folder: &Path, name: &str, time: TimeMode) -> (TigerServer, String) {
    let world = world(Wire::Tiger).time(time).build_world().unwrap();
    let server = TigerServer::builder()
        .clock(world.shared_clock())
        .world(world)
        .license(License::Tbhk)
        .bind("127.0.0.1:0", "127.0.0.1:0")
        .await
        .unwrap();
    server.set_habits(|habits| habits.rate_factor = 1_000);
    server.write_folder(&folder.join(name)).unwrap();
    let settings = format!("folder = \"{name}\"\ntrusted_root = \"{name}/{ROOT_FILE}\"\n");
    (server, settings)
}

/// The gateway, what the settings say of it, and its time.
pub(crate) async fn gateway(
    wire: Wire,
    folder: &Path,
    time: TimeMode,
) -> (Gateway, String, Arc<dyn Clock>) {
    match wire {
        Wire::Paper => (
            Gateway::Paper,
            "speed = 1\ncash = 1_000_000\n".to_owned(),
            Arc::new(SystemClock),
        ),
        Wire::Tiger => {
            let (server, settings) = tiger(folder, "tiger", time).await;
            let clock = server.world().shared_clock();
            (Gateway::Tiger(Box::new(server)), settings, clock)
        }
        Wire::Ibkr => {
            let server = TwsServer::builder()
                .world_of(world(wire).time(time))
                .bind("127.0.0.1:0")
                .await
                .unwrap();
            server.set_habits(|habits| {
                habits.messages_per_second = None;
                habits.history_limits = false;
            });
            let settings = format!("address = \"{}\"\n", server.address());
            let clock = server.world().shared_clock();
            (Gateway::Ibkr(Box::new(server)), settings, clock)
        }
    }
}

/// The file that a person writes, with both accounts.
pub(crate) fn settings(wire: Wire, of_the_kind: &str) -> String {
    settings_of(wire, of_the_kind, &["a", "b"])
}

/// The same with the accounts of these names.
pub(crate) fn settings_of(wire: Wire, of_the_kind: &str, names: &[&str]) -> String {
    let (kind, environment) = (wire.kind(), wire.environment());
    let mut text = format!(
        "[server]\nread_only = false\n\n\
         [brokers.{kind}]\nkind = \"{kind}\"\n[brokers.{kind}.settings]\n{of_the_kind}\n"
    );
    for (name, account) in names.iter().zip(wire.accounts()) {
        text += &format!(
            "[accounts.{name}]\nbroker = \"{kind}\"\naccount = \"{account}\"\n\
             environment = \"{environment}\"\npermission = \"admin\"\n\n"
        );
    }
    text
}

impl Stage {
    pub(crate) async fn open(wire: Wire) -> Self {
        Self::open_with(wire, "", TimeMode::Running { factor: 1 }).await
    }

    /// With more settings of the connection, and the gateway's time.
    pub(crate) async fn open_with(wire: Wire, more: &str, time: TimeMode) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (gateway, of_the_kind, clock) = gateway(wire, folder.path(), time).await;
        let controls = BTreeMap::new();
        let text = settings(wire, &format!("{of_the_kind}{more}"));
        let house = House::open(folder.path(), &text, controls, Timing::default(), clock).await;
        let world = match (&gateway, house.sessions.handles().adapter(&broker(wire))) {
            (Gateway::Tiger(server), _) => Arc::clone(server.world()),
            (Gateway::Ibkr(server), _) => Arc::clone(server.world()),
            (Gateway::Paper, Some(Handle::Paper(world))) => world,
            (Gateway::Paper, other) => panic!("{other:?}"),
        };
        Self {
            wire,
            sessions: house.sessions,
            service: Arc::new(house.service.with_clock(world.shared_clock())),
            world,
            gateway,
            folder,
        }
    }

    /// The exchange itself.
    pub(crate) fn world(&self) -> &Arc<PaperWorld> {
        &self.world
    }

    /// The first account, as the broker calls it.
    pub(crate) fn account(&self) -> AccountId {
        AccountId::new(self.wire.accounts()[0]).unwrap()
    }

    /// What the broker knows of the first account; orders go by the names that the adapter gave them.
    pub(crate) fn truth(&self) -> Truth {
        match &self.gateway {
            Gateway::Paper => self.world.truth(&self.account()),
            Gateway::Tiger(server) => server.truth(&self.account()),
            Gateway::Ibkr(server) => server.truth(&self.account()),
        }
    }

    /// Something goes wrong at the broker.
    pub(crate) fn inject(&self, fault: &Fault) {
        let done = match &self.gateway {
            Gateway::Tiger(server) => server.inject(fault),
            Gateway::Ibkr(server) => server.inject(fault),
            Gateway::Paper => Err("nothing is between the server and its paper broker"),
        };
        done.unwrap();
    }

    /// The simulated Tiger.
    pub(crate) fn tiger(&self) -> &TigerServer {
        match &self.gateway {
            Gateway::Tiger(server) => server,
            Gateway::Paper | Gateway::Ibkr(_) => panic!("another broker is at the other end"),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn end(self) {
        let ended = self
            .sessions
            .shutdown(core::time::Duration::from_secs(30))
            .await;
        assert!(ended.is_clean(), "{ended:?}");
    }
}

fn broker(wire: Wire) -> BrokerId {
    BrokerId::new(wire.kind()).unwrap()
}
