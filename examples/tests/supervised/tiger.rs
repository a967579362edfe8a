//! Tiger Brokers: a link that is cut, and a session that ends.

use std::{path::PathBuf, sync::Arc, time::Duration};

use broker_core::{
    Broker, BrokerExt as _, Clock, dec,
    model::{AccountKind, Currency, Money},
};
use broker_sim::{
    fault::Fault,
    paper::{PaperBroker, TimeMode},
    tiger::{ROOT_FILE, TigerServer},
};
use broker_tiger::{Deadlines, TigerBroker, TigerConfig, Trust};
use chrono::{DateTime, Utc};

use crate::stage::{Stage, fill};

const ACCOUNT: &str = "21000000000000001";

async fn server() -> (TigerServer, tempfile::TempDir) {
    let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
    let world = PaperBroker::builder()
        .start_at("2022-01-05T17:00:00Z".parse::<DateTime<Utc>>().unwrap())
        .account_of_kind(ACCOUNT, AccountKind::Margin, Currency::USD, cash)
        .time(TimeMode::Running { factor: 1 });
    let server = TigerServer::builder().world_of(world);
    let server = server.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
    server.set_habits(|habits| habits.rate_factor = 1_000);
    let folder = tempfile::tempdir().unwrap();
    server.write_folder(folder.path()).unwrap();
    (server, folder)
}

async fn connect(folder: PathBuf, clock: Arc<dyn Clock>) -> broker_core::Result<Arc<dyn Broker>> {
    let mut deadlines = Deadlines::default();
    deadlines.absence = Duration::from_millis(200);
    deadlines.reconnect_after = Duration::from_millis(50);
    deadlines.reconnect_at_most = Duration::from_millis(200);
    let root = std::fs::read_to_string(folder.join(ROOT_FILE)).unwrap();
    let config = TigerConfig::builder()
        .environment([])
        .file(&folder)
        .trust(Trust::Only(root.into()))
        .clock(clock)
        .deadlines(deadlines)
        .build()?;
    let broker = TigerBroker::builder(config).connect().await?;
    broker.ensure_ready(Duration::from_secs(20)).await?;
    Ok(broker)
}

async fn stage(server: &TigerServer, folder: &tempfile::TempDir) -> Stage {
    let (folder, clock) = (folder.path().to_owned(), server.world().shared_clock());
    let connect = move || connect(folder.clone(), Arc::clone(&clock));
    Stage::open(connect, |session| session).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_ended_is_made_anew_and_trades_on_where_it_was() {
    let (server, folder) = server().await;
    let stage = stage(&server, &folder).await;
    let account = stage.account.clone();
    stage
        .lives_on_in_a_new_session(|| server.truth(&account))
        .await;
    stage.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_is_cut_is_the_adapters_own_business() {
    let (server, folder) = server().await;
    let stage = stage(&server, &folder).await;
    let (id, share, limit) = stage.rest().await;
    server
        .inject(&Fault::Disconnect { down_ms: 3_000 })
        .unwrap();
    stage
        .until("the adapter notices", |stage| {
            stage.health().session != broker_core::SessionState::Ready
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
    assert_eq!(server.truth(&stage.account).orders_of(&id).len(), 1);
    stage.end().await;
}
