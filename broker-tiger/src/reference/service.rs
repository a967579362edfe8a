use core::fmt;
use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, Reference, Result, async_trait, dec,
    model::{
        AccountId, ChainQuery, Combo, ContractDetails, Currency, Instrument, InstrumentMatch,
        InstrumentQuery, OptionChain, OptionComputation, OptionQuery, Quantity, QuantityRule,
        TickTable, TradingSchedule,
    },
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::{
    convert::{Rows, Text},
    instrument::{Book, ContractRow, market_of},
    session::Link,
    transport::{Call, Method, Parameters},
};

/// A symbol with its name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct NameRow {
    symbol: Text,
    name: Text,
}

/// The names of a market, and when they were asked for: that may be done ten times a minute.
#[derive(Debug)]
struct Names {
    rows: Vec<(String, String)>,
    until: DateTime<Utc>,
}

/// The reference service of one connection.
pub(crate) struct Instruments {
    pub(super) link: Arc<Link>,
    pub(super) book: Arc<Book>,
    pub(super) account: AccountId,
    names: Mutex<Option<Arc<Names>>>,
}

/// Markets whose shares are searched.
const MARKETS: [&str; 2] = ["US", "HK"];

impl Instruments {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>, account: AccountId) -> Self {
        Self {
            link,
            book,
            account,
            names: Mutex::default(),
        }
    }

    async fn names(&self) -> Result<Arc<Names>> {
        let mut kept = self.names.lock().await;
        let now = self.link.now();
        if let Some(names) = &*kept
            && now < names.until
        {
            return Ok(Arc::clone(names));
        }
        let mut rows = Vec::new();
        for market in MARKETS {
            let parameters = Parameters::default().with("market", market)?;
            let call = Call::new(Method::ALL_SYMBOL_NAMES, parameters);
            let told: Rows<NameRow> = self.link.gateway()?.ask(&call).await?.rows()?;
            let pairs = told
                .rows
                .into_iter()
                .filter_map(|row| Some((row.symbol.0?, row.name.0.unwrap_or_default())));
            rows.extend(pairs);
        }
        let until = now + TimeDelta::hours(24);
        let names = Arc::new(Names { rows, until });
        *kept = Some(Arc::clone(&names));
        Ok(names)
    }

    /// A combination is traded like its legs: it expires with the first of them and has the smallest
    /// increment of combinations, a cent.
    async fn combo(&self, instrument: &Instrument, combo: &Combo) -> Result<ContractDetails> {
        let mut legs = Vec::new();
        for leg in combo.legs() {
            legs.push(Box::pin(self.details(&leg.instrument)).await?);
        }
        let first = legs
            .first()
            .ok_or_else(|| Error::invalid("instrument", "a combination without legs"))?;
        let one = Quantity::try_from(1)?;
        let mut details = ContractDetails::new(
            instrument.clone(),
            instrument.to_string(),
            instrument.currency().unwrap_or(Currency::USD),
            TickTable::uniform(dec!(0.01))?,
            QuantityRule::steps(one, first.quantities.maximum),
        );
        details.multiplier = legs
            .iter()
            .map(|leg| leg.multiplier)
            .max()
            .unwrap_or(Decimal::ONE);
        details.exchanges.clone_from(&first.exchanges);
        details.time_zone.clone_from(&first.time_zone);
        details.tradable = legs.iter().all(|leg| leg.tradable);
        details.shortable = true;
        details.underlying.clone_from(&first.underlying);
        details.expires_at = legs.iter().filter_map(|leg| leg.expires_at).min();
        Ok(details)
    }

    async fn details(&self, instrument: &Instrument) -> Result<ContractDetails> {
        if let Instrument::Combo(combo) = instrument {
            // Learns the names of the legs.
            self.book.fresh_listing(instrument).await?;
            return self.combo(instrument, combo).await;
        }
        let listing = self.book.fresh_listing(instrument).await?;
        let row = listing.row.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("{instrument} has no details"))
        })?;
        let mut details = row.details(instrument)?;
        if let Instrument::Option(part) = instrument {
            details.underlying = self.underlying(part.symbol.root()).await?;
        }
        Ok(details)
    }

    /// The share under an option's root, where there is one.
    async fn underlying(&self, root: &str) -> Result<Option<Instrument>> {
        let found = self.shares(root).await?;
        Ok(match found.as_slice() {
            [one] => Some(one.clone()),
            _ => None,
        })
    }

    /// The shares of a symbol.
    pub(super) async fn shares(&self, symbol: &str) -> Result<Vec<Instrument>> {
        let parameters = Parameters::default()
            .with("symbol", symbol)?
            .with("sec_type", "STK")?;
        let call = Call::new(Method::CONTRACT, parameters)
            .of(&self.account)
            .version("3.0");
        let rows = match self.link.gateway()?.ask(&call).await {
            Ok(data) if data.is_null() => Vec::new(),
            Ok(data) => match data.rows::<ContractRow>() {
                Ok(rows) => rows.rows,
                Err(_) => vec![data.decode()?],
            },
            Err(error) if is_no_such(&error) => Vec::new(),
            Err(error) => return Err(error),
        };
        let found = rows.into_iter().filter(|row| row.symbol.get().is_some());
        Ok(found.filter_map(|row| self.book.keep_share(row)).collect())
    }
}

/// Whether a refusal of a question says that there is nothing of the kind.
pub(super) fn is_no_such(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
        || matches!(error.broker_code(), Some("2000" | "2100" | "2200" | "2300"))
}

impl fmt::Debug for Instruments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instruments").finish_non_exhaustive()
    }
}

fn during(operation: &'static str) -> impl Fn(Error) -> Error {
    move |error| error.in_operation(operation)
}

#[async_trait]
impl Reference for Instruments {
    async fn search(&self, text: &str, limit: u32) -> Result<Vec<InstrumentMatch>> {
        let wanted = text.trim().to_uppercase();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let names = self.names().await.map_err(during("search"))?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        // The symbol itself, symbols that begin with the text, then names that contain it.
        let rank = |(symbol, name): &(String, String)| {
            if *symbol == wanted {
                Some(0)
            } else if symbol.starts_with(&wanted) {
                Some(1)
            } else if name.to_uppercase().contains(&wanted) {
                Some(2)
            } else {
                None
            }
        };
        let mut found: Vec<(i32, &(String, String))> = names
            .rows
            .iter()
            // Indices begin with a dot and are no contracts.
            .filter(|(symbol, _)| !symbol.starts_with('.'))
            .filter_map(|row| Some((rank(row)?, row)))
            .collect();
        found.sort_by_key(|(rank, row)| (*rank, row.0.len(), row.0.clone()));
        let mut matches = Vec::new();
        for (_, (symbol, name)) in found {
            if matches.len() >= most {
                break;
            }
            for instrument in self.shares(symbol).await.map_err(during("search"))? {
                matches.push(InstrumentMatch {
                    instrument,
                    name: name.clone(),
                });
            }
        }
        matches.truncate(most);
        Ok(matches)
    }

    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let mut found: Vec<Instrument> = Vec::new();
        for instrument in self.meant(query).await.map_err(during("resolve"))? {
            let listed_on = match &instrument {
                Instrument::Equity(part) => Some(part.primary),
                Instrument::Future(part) => Some(part.exchange),
                Instrument::Warrant(part) => Some(part.exchange),
                _ => None,
            };
            let fits = query
                .currency
                .is_none_or(|own| instrument.currency() == Some(own))
                && query
                    .asset_class
                    .is_none_or(|own| instrument.asset_class() == own)
                && query
                    .exchange
                    .is_none_or(|own| listed_on.is_none() || listed_on == Some(own))
                && !found.contains(&instrument);
            if fits {
                found.push(instrument);
            }
        }
        Ok(found)
    }

    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        self.details(instrument).await.map_err(during("contract"))
    }

    async fn option_expirations(&self, underlying: &Instrument) -> Result<Vec<NaiveDate>> {
        self.expirations(underlying)
            .await
            .map_err(during("option_expirations"))
    }

    async fn option_chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        self.chain(query).await.map_err(during("option_chain"))
    }

    async fn compute_option(&self, _query: &OptionQuery) -> Result<OptionComputation> {
        let message =
            "Tiger has no option calculator; its chain tells volatility and sensitivities";
        Err(Error::unsupported(message).in_operation("compute_option"))
    }

    async fn schedule(
        &self,
        instrument: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        let market = market_of(instrument);
        self.sessions(instrument, market, from, to)
            .await
            .map_err(during("schedule"))
    }
}
