//! Interactive Brokers: a gateway that dies, and a session that ends.

use std::{sync::Arc, time::Duration};

use broker_core::{Broker, BrokerExt as _, Clock, SessionState, dec};
use broker_ibkr::{
    Deadlines, IbkrBroker,
    gateway::{GatewayControl as _, ProcessGateway},
};
use broker_runtime::supervisor::{Gateway, Health};
use broker_sim::{
    fault::Fault,
    paper::{PaperBroker, TimeMode},
    tws::TwsServer,
};
use chrono::{DateTime, Utc};

use crate::{
    relay::Program,
    stage::{Stage, fill},
};

async fn server() -> TwsServer {
    let world = PaperBroker::builder()
        .start_at("2022-01-05T17:00:00Z".parse::<DateTime<Utc>>().unwrap())
        .account("DU1", dec!(1_000_000))
        .time(TimeMode::Running { factor: 1 });
    let server = TwsServer::builder().world_of(world);
    server.bind("127.0.0.1:0").await.unwrap()
}

async fn connect(address: String, clock: Arc<dyn Clock>) -> broker_core::Result<Arc<dyn Broker>> {
    let mut deadlines = Deadlines::default();
    deadlines.heartbeat_every = Duration::from_millis(500);
    deadlines.heartbeat = Duration::from_secs(30);
    deadlines.reconnect_after = Duration::from_millis(50);
    deadlines.reconnect_at_most = Duration::from_millis(200);
    let broker = IbkrBroker::builder()
        .address(address)
        .client_id(7)
        .clock(clock)
        .deadlines(deadlines)
        .connect()
        .await?;
    Ok(broker)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_is_killed_is_started_again_and_its_orders_are_known() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let program = Program::before(&server.address().to_string(), folder.path());
    let control = Arc::new(ProcessGateway::new(program.commands()));
    control.ensure_ready(Duration::from_secs(60)).await.unwrap();
    let gateway = Gateway::new("relay", Arc::clone(&control) as _);
    let (address, clock) = (program.address.clone(), server.world().shared_clock());
    let connect = move || connect(address.clone(), Arc::clone(&clock));
    let stage = Stage::open(connect, |session| session.behind(&gateway)).await;
    let (filled, share, limit) = stage.rest().await;
    let first = program.number();

    program.kill();
    stage
        .until("the adapter notices", |stage| {
            stage.health().session == SessionState::Connecting
        })
        .await;
    assert_eq!(stage.supervisor.health().health, Health::Unhealthy);
    fill(server.world(), &share, limit);
    stage
        .until("the gateway is restarted", |stage| {
            stage.supervisor.health().gateways[0].restarts > 0
        })
        .await;
    stage.ready().await;

    assert_ne!(program.number(), first, "it is another process");
    // The adapter has come back by itself: two who reconnect one session are worse than one.
    assert_eq!((stage.sessions_made(), stage.health().restarts), (1, 0));
    let gateways = stage.supervisor.health().gateways;
    assert_eq!((gateways[0].restarts, &gateways[0].trouble), (1, &None));
    let truth = server.truth(&stage.account);
    assert_eq!(truth.orders_of(&filled).len(), 1);
    assert_eq!(truth.order(&filled).unwrap().filled, dec!(100));
    stage
        .until("its fill is known", |stage| {
            let order = stage.broker().order(&stage.account, &filled).unwrap();
            order.cumulative_quantity == dec!(100)
        })
        .await;
    // And it trades on.
    let (next, ..) = stage.rest().await;
    let canceled = stage.broker().cancel(&stage.account, &next).await.unwrap();
    assert!(canceled.is_accepted());
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ended_is_made_anew_and_trades_on_where_it_was() {
    let server = server().await;
    let (address, clock) = (server.address().to_string(), server.world().shared_clock());
    let connect = move || connect(address.clone(), Arc::clone(&clock));
    let stage = Stage::open(connect, |session| session).await;
    let account = stage.account.clone();
    stage
        .lives_on_in_a_new_session(|| server.truth(&account))
        .await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nightly_reset_is_the_adapters_own_business() {
    let server = server().await;
    let (address, clock) = (server.address().to_string(), server.world().shared_clock());
    let connect = move || connect(address.clone(), Arc::clone(&clock));
    let stage = Stage::open(connect, |session| session).await;
    let (id, share, limit) = stage.rest().await;
    server
        .inject(&Fault::NightlyReset { down_ms: 3_000 })
        .unwrap();
    stage
        .until("the adapter notices", |stage| {
            !stage.health().session.accepts_commands()
        })
        .await;
    fill(server.world(), &share, limit);
    stage.ready().await;
    assert_eq!((stage.sessions_made(), stage.health().restarts), (1, 0));
    stage
        .until("its fill is known", |stage| {
            let order = stage.broker().order(&stage.account, &id).unwrap();
            order.status.is_final()
        })
        .await;
    stage.end().await;
}
