//! The server as the program puts it together, over exchanges whose books can be looked into.

use core::time::Duration;
use std::{collections::BTreeMap, path::Path, sync::Arc};

use broker_core::{
    Decimal, ExposeSecret as _, SystemClock,
    gateway::GatewayControl,
    model::{AccountId, BrokerId},
};
use broker_mcp::{
    BrokerService, Principal,
    auth::{Cost, Gate, KeyStore as _, MemoryKeys},
    connect::{Handle, Sessions},
    http::{App, HttpSettings, Server},
    principal::{Access, Confirm, Role},
    rest::Rest,
    settings::{Place, read},
    store::Store,
    tools::BrokerTools,
    value::Number,
};
use broker_runtime::supervisor::Timing;
use broker_sim::{Truth, paper::PaperWorld};
use rmcp::transport::streamable_http_server::{
    StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::wire::Way;

/// Connections to exchanges, with an account each.
pub(crate) const CONNECTIONS: usize = 4;
/// Most units in one order of a key.
pub(crate) const MOST_UNITS: u32 = 1_000;

/// A server that runs.
pub(crate) struct Running {
    pub(crate) address: String,
    /// One key for each client.
    pub(crate) keys: Vec<String>,
    worlds: Vec<(Arc<PaperWorld>, AccountId)>,
    sessions: Sessions,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

fn configuration() -> String {
    let mut text = String::from(
        "[layers.journal]\nfolder = \"journal\"\n[layers.audit]\nfolder = \"audit\"\n\
         [layers.risk]\nkill_switch = \"kill-switch.json\"\n[server]\nread_only = false\n",
    );
    for number in 0..CONNECTIONS {
        text += &format!(
            "[brokers.p{number}]\nkind = \"paper\"\n\
             [brokers.p{number}.settings]\ncash = 1000000000\nseed = {number}\n\
             [accounts.a{number}]\nbroker = \"p{number}\"\naccount = \"PAPER-{number}\"\n\
             environment = \"simulated\"\npermission = \"trade\"\n"
        );
    }
    text
}

/// The account of a client, by its name at the server.
pub(crate) fn account(client: usize) -> String {
    format!("a{}", client % CONNECTIONS)
}

/// Keys that may trade for play money without being asked, each with one account.
fn keys(store: &MemoryKeys, count: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let issued = store.change(&mut |ring| {
        for client in 0..count {
            let mut owner = Principal::new(format!("client-{client}"), [Role::Read, Role::Trade]);
            owner.accounts = Access::Only([account(client)].into());
            owner.confirm = Confirm::Never;
            owner.limits.max_order_quantity = Some(Number(Decimal::from(MOST_UNITS)));
            // The load is on the server, not on the hash.
            let issued = ring.issue(owner, chrono::Utc::now(), Cost::new(8, 1))?;
            keys.push(issued.key.expose_secret().to_owned());
        }
        Ok(())
    });
    issued.unwrap();
    keys
}

fn tools(service: &Arc<BrokerService>) -> StreamableHttpService<BrokerTools, LocalSessionManager> {
    let tools = BrokerTools::over(Arc::clone(service)).unwrap();
    let mut config = StreamableHttpServerConfig::default();
    config.allowed_hosts = Vec::new();
    StreamableHttpService::new(move || Ok(tools.clone()), Arc::default(), config)
}

impl Running {
    pub(crate) async fn start(clients: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broker-mcp.toml");
        std::fs::write(&file, configuration()).unwrap();
        let whole = read(Place::File(file), [], []).unwrap();
        let gateways: BTreeMap<String, Arc<dyn GatewayControl>> = BTreeMap::new();
        let sessions = Sessions::begin(&whole, gateways, Timing::default());
        let sessions = sessions.await.unwrap();
        let store = Store::open(whole.at(Path::new("store.sqlite"))).unwrap();
        let service = BrokerService::of(sessions.connected().clone())
            .naming(sessions.accounts())
            .with_clock(Arc::new(SystemClock))
            .with_store(store);
        let service = Arc::new(service);
        let ring = Arc::new(MemoryKeys::new());
        let keys = keys(&ring, clients);
        let gate = Gate::new(ring).unwrap().with_cost(Cost::new(8, 1));
        let app = App::new(HttpSettings::local(0))
            .with_keys(Arc::new(gate))
            .with_rest(Rest::new(Arc::clone(&service)))
            .with_mcp(tools(&service));
        let server = Server::bind(app).await.unwrap();
        let address = server.address().to_string();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(server.run(stop.clone()));
        let worlds = (0..CONNECTIONS).map(|number| {
            let id = BrokerId::new(format!("p{number}")).unwrap();
            let Some(Handle::Paper(world)) = sessions.handles().adapter(&id) else {
                panic!("there is no exchange {id}");
            };
            let account = AccountId::new(format!("PAPER-{number}")).unwrap();
            (world, account)
        });
        let worlds = worlds.collect();
        Self {
            address,
            keys,
            worlds,
            sessions,
            stop,
            serving,
            _folder: folder,
        }
    }

    pub(crate) fn way(&self, client: usize) -> Way {
        Way {
            address: self.address.clone(),
            key: self.keys[client].clone(),
        }
    }

    /// The books of an exchange.
    pub(crate) fn books(&self, connection: usize) -> Truth {
        let (world, account) = &self.worlds[connection];
        world.truth(account)
    }

    pub(crate) async fn end(self) {
        self.stop.cancel();
        self.serving.await.unwrap();
        self.sessions.shutdown(Duration::from_secs(60)).await;
    }
}
