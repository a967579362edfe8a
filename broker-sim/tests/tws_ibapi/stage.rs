//! A server in a world that stands still, and clients of it.

use broker_sim::{
    paper::{PaperBroker, PaperBuilder},
    tws::{Habits, TwsServer},
};
use ibapi::Client;

/// A world that moves only when told, with two rich accounts.
pub(crate) fn world() -> PaperBuilder {
    PaperBroker::builder()
        .account("DU1", broker_core::dec!(1_000_000))
        .account("DU2", broker_core::dec!(1_000_000))
}

pub(crate) async fn server() -> TwsServer {
    server_with(Habits::unlimited()).await
}

pub(crate) async fn server_with(habits: Habits) -> TwsServer {
    let builder = TwsServer::builder().world_of(world()).habits(habits);
    builder.bind("127.0.0.1:0").await.unwrap()
}

pub(crate) async fn client(server: &TwsServer, id: i32) -> Client {
    Client::connect(&server.address().to_string(), id)
        .await
        .unwrap()
}
