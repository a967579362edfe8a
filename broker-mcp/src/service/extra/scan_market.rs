use broker_core::model::{Price, ScannerQuery, ScannerRanking};
use broker_runtime::registry::Seat;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    BrokerService, Call, Fault,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, research, within},
    },
    value::{InstrumentView, Number, word::words},
};

words! {
    /// How a scanner ranks.
    pub enum RankingWord {
        /// Largest rise in percent since the previous close.
        TopGainers = "top_gainers" | "top_perc_gain",
        /// Largest fall in percent since the previous close.
        TopLosers = "top_losers" | "top_perc_lose",
        /// Most units traded today.
        MostActive = "most_active",
    }
}

impl From<RankingWord> for ScannerRanking {
    fn from(word: RankingWord) -> Self {
        match word {
            RankingWord::TopGainers => Self::TopGainers,
            RankingWord::TopLosers => Self::TopLosers,
            RankingWord::MostActive => Self::MostActive,
        }
    }
}

/// Instruments that a scanner ranks highest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanMarket {
    /// How to rank.
    pub ranking: RankingWord,
    /// Most rows, 1 to 50. Default 10.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Only prices at or above this.
    #[serde(default)]
    pub price_above: Option<Number>,
    /// Account.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scanned {
    /// Best first.
    pub rows: Vec<ScannedRow>,
}

/// One of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScannedRow {
    /// From 1.
    pub rank: u32,
    /// What was found.
    pub instrument: InstrumentView,
    /// Last price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Number>,
    /// Change since the previous close, in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_pct: Option<Number>,
    /// Units traded today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Number>,
}

impl Request for ScanMarket {
    type Data = Scanned;

    const ABOUT: About = About {
        name: "scan_market",
        title: "Market scanner",
        summary: "The instruments that rise, fall or trade most today.",
        toolset: Toolset::IbExtra,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Scanned>, Fault> {
        let above = self.price_above.map(|price| Price::new(price.0));
        let above = above.transpose();
        let query = ScannerQuery {
            ranking: self.ranking.into(),
            limit: within("limit", self.limit.unwrap_or(10), 1, 50)?,
            price_above: above.map_err(|error| Fault::invalid("price_above", error))?,
        };
        let scope = Scope::new(self.account, self.broker);
        let query = &query;
        let ask = move |_, seat: Seat| async move {
            let broker = &*seat.broker;
            let found = research(broker)?.scan(query).await?;
            let rows = found.into_iter().map(|row| ScannedRow {
                rank: row.rank,
                instrument: InstrumentView::of(&row.instrument),
                last: row.last.map(|price| Number(price.get())),
                change_pct: row.change_percent.map(Number),
                volume: row.volume.map(Number),
            });
            let data = Scanned {
                rows: rows.collect(),
            };
            Ok(Told::new(data, broker.desk().clock().now()))
        };
        service.read(call, &scope, ask).await
    }
}
