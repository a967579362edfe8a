use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::quote::{Missing, QuoteField, QuoteRow, find_each};
use crate::{
    BrokerService, Call, Fault, FaultCode,
    answer::Answer,
    operation::{About, Effect, Request},
    principal::{Role, Toolset},
    service::{
        Scope,
        reading::{Told, market_data, sized},
    },
    value::{InstrumentRef, Listed, word::words},
};

/// Most instruments in one request.
const MOST: usize = 50;

words! {
    /// Which prices will do.
    pub enum DataMode {
        /// Only prices of this moment.
        Live = "live" | "realtime" | "1",
        /// The last ones of a closed market, too.
        Frozen = "frozen" | "2",
        /// Delayed ones, too.
        Delayed = "delayed" | "3",
        /// All of these.
        DelayedFrozen = "delayed_frozen" | "4",
    }
}

/// The best prices of instruments now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetQuotes {
    /// 1 to 50 instruments: tickers such as `AAPL`, `00700.HK`, `EUR.USD`, OCC option symbols, or objects.
    pub symbols: Listed<InstrumentRef>,
    /// Only these fields.
    #[serde(default)]
    pub fields: Option<Listed<QuoteField>>,
    /// `live` refuses delayed prices.
    #[serde(default)]
    pub data_mode: Option<DataMode>,
    /// Account whose data permissions count.
    #[serde(default)]
    pub account: Option<String>,
    /// Connection.
    #[serde(default)]
    pub broker: Option<String>,
}

/// Prices, and what there was none for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quotes {
    /// In the order asked.
    pub quotes: Vec<QuoteRow>,
    /// The others, and why.
    pub missing: Vec<Missing>,
}

impl Request for GetQuotes {
    type Data = Quotes;

    const ABOUT: About = About {
        name: "get_quotes",
        title: "Quotes",
        summary: "Best prices now of up to 50 instruments, with the time they were true and whether they are delayed.",
        toolset: Toolset::Market,
        role: Role::Read,
        effect: Effect::Read,
        open_world: true,
    };

    async fn run(self, service: &BrokerService, call: &Call) -> Result<Answer<Quotes>, Fault> {
        sized("symbols", &self.symbols.0, MOST)?;
        let scope = Scope::new(self.account.clone(), self.broker.clone());
        let asked = &self;
        let ask = move |_, seat: broker_runtime::registry::Seat| async move {
            let broker = &*seat.broker;
            let mut missing = Vec::new();
            let found = find_each(broker, &asked.symbols.0, &mut missing).await;
            let instruments: Vec<_> = found.iter().map(|(_, one)| one.clone()).collect();
            let answers = if instruments.is_empty() {
                Vec::new()
            } else {
                market_data(broker)?.quotes(&instruments).await?
            };
            let now = broker.desk().clock().now();
            let mut quotes = Vec::new();
            for ((symbol, _), answer) in found.into_iter().zip(answers) {
                match answer {
                    Ok(quote) if quote.delayed && asked.data_mode == Some(DataMode::Live) => {
                        let reason = "the broker has only delayed prices for this account";
                        let fault = Fault::new(FaultCode::Forbidden, reason);
                        missing.push(Missing::of(symbol, fault));
                    }
                    Ok(quote) => quotes.push(QuoteRow::of(symbol, &quote, now)),
                    Err(error) => missing.push(Missing::of(symbol, error.into())),
                }
            }
            let oldest = quotes.iter().map(|quote| quote.time).min();
            let delayed = quotes.iter().any(|quote| quote.delayed);
            let stale = quotes.iter().any(|quote| quote.stale);
            if let Some(fields) = &asked.fields {
                quotes = quotes.into_iter().map(|row| row.only(&fields.0)).collect();
            }
            let mut told = Told::new(Quotes { quotes, missing }, oldest.unwrap_or(now));
            (told.delayed, told.stale) = (delayed, stale);
            Ok(told)
        };
        service.read(call, &scope, ask).await
    }
}
