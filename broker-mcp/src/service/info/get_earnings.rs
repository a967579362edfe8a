use broker_core::model::{CorporateAction, CorporateEvent};
use broker_runtime::registry::Seat;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::get_corporate_actions::{MOST, actions, range};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        market::Missing,
        reading::{Told, sized},
    },
    value::{InstrumentRef, InstrumentView, Listed, Moment, Number},
};

/// When companies publish their earnings, and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetEarnings {
    /// 1 to 20 shares.
    #[serde(default)]
    pub instruments: Option<Listed<InstrumentRef>>,
    /// A whole market; no broker here has its calendar.
    #[serde(default)]
    pub market: Option<String>,
    /// From this date.
    #[serde(default)]
    pub start: Option<Moment>,
    /// To this date, inclusive.
    #[serde(default)]
    pub end: Option<Moment>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Earnings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Earnings {
    /// By date ascending.
    pub events: Vec<EarningsRow>,
    /// Shares that could not be asked about, and why.
    pub missing: Vec<Missing>,
}

/// One publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EarningsRow {
    /// The share.
    pub instrument: InstrumentView,
    /// When.
    pub date: NaiveDate,
    /// Expected earnings per share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eps_estimate: Option<Number>,
    /// Published earnings per share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eps_actual: Option<Number>,
    /// Published less expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surprise: Option<Number>,
}

fn row(action: &CorporateAction) -> Option<EarningsRow> {
    let CorporateEvent::Earnings { expected, actual } = &action.event else {
        return None;
    };
    let both = actual.zip(*expected);
    let surprise = both.and_then(|(actual, expected)| actual.checked_sub(expected));
    Some(EarningsRow {
        instrument: InstrumentView::of(&action.instrument),
        date: action.ex_date,
        eps_estimate: expected.map(Number),
        eps_actual: actual.map(Number),
        surprise: surprise.map(Number),
    })
}

impl Request for GetEarnings {
    type Data = Earnings;

    const ABOUT: About = About {
        name: "get_earnings",
        title: "Earnings dates",
        summary: "When up to 20 companies publish or published earnings, with expected and actual earnings per share.",
        toolset: Toolset::Info,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Earnings>, Fault> {
        let Some(instruments) = &self.instruments else {
            return Err(if self.market.is_some() {
                let message =
                    "market: no broker here has the calendar of a market; name instruments";
                Fault::new(FaultCode::Unsupported, message)
            } else {
                Fault::invalid("instruments", "it is missing")
            });
        };
        sized("instruments", &instruments.0, MOST)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let now = broker.desk().clock().now();
            let range = range(asked.start, asked.end, now)?;
            let mut missing = Vec::new();
            let found = actions(broker, &instruments.0, range, &mut missing);
            let (found, warnings) = found.await?;
            let events = found.iter().filter_map(row).collect();
            Ok(Told::new(Earnings { events, missing }, now).warned(warnings))
        };
        service.read(call, &scope, ask).await
    }
}
