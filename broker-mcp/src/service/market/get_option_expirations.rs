use broker_core::{Broker, model::Instrument};
use broker_runtime::registry::Seat;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, reference},
    },
    value::{InstrumentRef, InstrumentView},
};

/// The expiry dates of the options on an underlying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetOptionExpirations {
    /// The underlying.
    pub instrument: InstrumentRef,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Expiry dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Expirations {
    /// The underlying.
    pub instrument: InstrumentView,
    /// Ascending, dates at the exchange.
    pub expirations: Vec<NaiveDate>,
    /// How many.
    pub count: usize,
}

/// The expiry dates, of which there is at least one.
pub(super) async fn dates(
    broker: &dyn Broker,
    underlying: &Instrument,
) -> Result<Vec<NaiveDate>, Fault> {
    let dates = reference(broker)?.option_expirations(underlying).await?;
    if dates.is_empty() {
        let message = format!("there are no options on {underlying}");
        return Err(Fault::new(FaultCode::NotFound, message));
    }
    Ok(dates)
}

impl Request for GetOptionExpirations {
    type Data = Expirations;

    const ABOUT: About = About {
        name: "get_option_expirations",
        title: "Option expiry dates",
        summary: "Expiry dates of the options on an underlying, for get_option_chain.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Expirations>, Fault> {
        let scope = Scope::new(self.account, self.broker);
        let asked = &self.instrument;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let underlying = asked.resolve(broker).await?;
            let expirations = dates(broker, &underlying).await?;
            let data = Expirations {
                instrument: InstrumentView::of(&underlying),
                count: expirations.len(),
                expirations,
            };
            Ok(Told::new(data, broker.desk().clock().now()))
        };
        service.read(call, &scope, ask).await
    }
}
