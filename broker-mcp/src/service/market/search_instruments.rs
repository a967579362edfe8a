use broker_core::model::{Currency, Instrument};
use broker_runtime::registry::Seat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::home;
use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, reference, within},
    },
    value::{InstrumentView, SecTypeWord, Untrusted},
};

/// Most matches in an answer.
const MOST: u32 = 50;

/// Instruments whose symbol or name resembles a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchInstruments {
    /// Part of a symbol or name.
    pub query: String,
    /// Only one market: `US`, `HK`, `SG`, `CN`, or an exchange code such as `XNAS`.
    #[serde(default)]
    pub market: Option<String>,
    /// Only one class.
    #[serde(default)]
    pub sec_type: Option<SecTypeWord>,
    /// Most matches, 1 to 50. Default 10.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// Best first.
    pub matches: Vec<Match>,
}

/// An instrument that resembles the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Match {
    /// The instrument.
    pub instrument: InstrumentView,
    /// Untrusted: its name as the broker writes it.
    pub name: Untrusted,
    /// Market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
}

impl Request for SearchInstruments {
    type Data = Found;

    const ABOUT: About = About {
        name: "search_instruments",
        title: "Search instruments",
        summary: "Instruments whose symbol or name resembles a text, best first.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Found>, Fault> {
        let limit = within("limit", self.limit.unwrap_or(10), 1, MOST)?;
        let query = Untrusted::line(self.query.trim(), 64);
        if query.is_empty() {
            return Err(Fault::invalid("query", "it is empty"));
        }
        let market = self.market.as_deref().map(home::Market::read).transpose()?;
        let scope = Scope::new(self.account, self.broker);
        let class = self.sec_type;
        let (query, market) = (&query, &market);
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            // What is left out afterwards must not have pushed out what is wanted.
            let narrowed = class.is_some() || market.is_some();
            let asked = if narrowed { MOST } else { limit };
            let found = reference(broker)?.search(query, asked).await?;
            let wanted = |instrument: &Instrument| {
                class.is_none_or(|class| SecTypeWord::from(instrument.asset_class()) == class)
                    && market
                        .as_ref()
                        .is_none_or(|market| market.lists(instrument))
            };
            let kept = found.into_iter().filter(|one| wanted(&one.instrument));
            let most = usize::try_from(limit).unwrap_or(usize::MAX);
            let matches = kept.take(most).map(|one| Match {
                name: Untrusted::name(&one.name),
                market: one
                    .instrument
                    .currency()
                    .and_then(market_of)
                    .map(str::to_owned),
                instrument: InstrumentView::of(&one.instrument),
            });
            let data = Found {
                matches: matches.collect(),
            };
            Ok(Told::new(data, broker.desk().clock().now()))
        };
        service.read(call, &scope, ask).await
    }
}

fn market_of(currency: Currency) -> Option<&'static str> {
    home::MARKETS
        .iter()
        .find(|market| market.currencies.contains(&currency.as_str()))
        .map(|market| market.name)
}
