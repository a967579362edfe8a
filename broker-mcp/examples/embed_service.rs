//! The service alone, for a server on another framework: no type of the protocol in sight.

#![allow(clippy::print_stdout, reason = "an example speaks to a person")]
#![allow(
    clippy::indexing_slicing,
    reason = "the index of a JSON value never fails"
)]

use std::{error::Error, sync::Arc};

use broker_core::{Broker, model::AccountId};
use broker_mcp::{BrokerService, Call, Principal, principal::Role};
use broker_runtime::registry::{Permission, Registry};
use broker_sim::paper::PaperBroker;
use serde_json::{Map, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
    let registry = Registry::new();
    registry.add(paper, &AccountId::new("PAPER-1")?, Permission::Trade)?;
    let service = BrokerService::over(registry);

    let caller = Arc::new(Principal::new("me", [Role::Read]));
    for operation in service.operations().seen_by(&caller) {
        println!("{}: {}", operation.about.name, operation.about.summary);
    }
    let call = Call::by(caller, "my-framework");
    let arguments = Map::from_iter([("symbols".to_owned(), json!(["AAPL"]))]);
    let answer = service.call(&call, "get_quotes", arguments).await?;
    println!("{answer:#}");
    assert_eq!(answer["data"]["quotes"][0]["symbol"], "AAPL");
    Ok(())
}
