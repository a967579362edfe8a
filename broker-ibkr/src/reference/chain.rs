//! Option chains.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use broker_core::{
    Error, ErrorKind, Result,
    model::{ChainQuery, Instrument, OptionChain, OptionQuote, Price, Right},
};
use chrono::NaiveDate;
use futures_util::{StreamExt as _, stream};
use ibapi::{
    contracts::{Contract, OptionChain as WireChain, SecurityType},
    subscriptions::SubscriptionItem,
};
use rust_decimal::Decimal;
use tokio::time::{Instant, timeout_at};

use super::service::Instruments;
use crate::{convert, error::from_ibapi, instrument::Listing, market_data};

/// Options whose prices are asked for at a time; they share the account's market data lines.
const LINES: usize = 20;
/// How long the prices of a chain may take together; what has not come by then is absent.
const PRICES: Duration = Duration::from_secs(45);
/// How long the list of options may take.
const LIST: Duration = Duration::from_secs(20);

impl Instruments {
    /// What options there are on an underlying, by exchange and trading class.
    pub(super) async fn option_classes(&self, underlying: &Listing) -> Result<Vec<WireChain>> {
        let contract = &underlying.contract;
        let symbol = contract.symbol.to_string();
        let (kind, number) = (contract.security_type.clone(), contract.contract_id);
        // Options on futures are listed per exchange, all others together.
        let exchange = match kind {
            SecurityType::Future => contract.exchange.to_string(),
            _ => String::new(),
        };
        let opening = self
            .link
            .stream("option_expirations", move |client| async move {
                let request = client.option_chain(&symbol, kind, number);
                request.exchange(&exchange).subscribe().await
            });
        let mut answers = opening.await?;
        let deadline = Instant::now() + LIST;
        let mut classes = Vec::new();
        loop {
            match timeout_at(deadline, answers.next()).await {
                Ok(Some(Ok(SubscriptionItem::Data(class)))) => classes.push(class),
                Ok(Some(Ok(SubscriptionItem::Notice(notice)))) => {
                    tracing::debug!(code = notice.code, message = %notice.message, "about a chain");
                }
                Ok(Some(Err(ibapi::Error::EndOfStream))) | Ok(None) => return Ok(classes),
                Ok(Some(Err(error))) => return Err(from_ibapi("option_expirations", &error)),
                Err(_) => {
                    let message = "the list of options did not come in time";
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
            }
        }
    }

    /// The expiry dates of all options on an underlying.
    pub(super) async fn expirations(&self, underlying: &Listing) -> Result<Vec<NaiveDate>> {
        let mut dates = BTreeSet::new();
        for class in self.option_classes(underlying).await? {
            for date in &class.expirations {
                dates.insert(convert::day(date)?);
            }
        }
        Ok(dates.into_iter().collect())
    }

    /// The options of one expiry, with prices.
    pub(super) async fn chain(&self, query: &ChainQuery) -> Result<OptionChain> {
        let underlying = self.book.listing(&self.link, &query.underlying).await?;
        let mut options = self.options(&underlying, query).await?;
        if options.is_empty() {
            let message = format!("{} has no options of {}", query.underlying, query.expiry);
            return Err(Error::new(ErrorKind::NotFound, message).at_field("expiry"));
        }
        let price = market_data::quote(&self.link, &underlying).await;
        let price = match price {
            Ok(quote) => quote.mid().or(quote.previous_close.map(Price::get)),
            Err(error) if query.strikes_each_side.is_some() => {
                let message =
                    "which strikes are near cannot be told without the underlying's price";
                return Err(Error::new(error.kind(), message).with_source(error));
            }
            Err(error) => {
                tracing::debug!(%error, "a chain without the price of its underlying");
                None
            }
        };
        if let Some(each) = query.strikes_each_side {
            let price = price.ok_or_else(|| {
                let message =
                    "which strikes are near cannot be told without the underlying's price";
                Error::new(ErrorKind::Incomplete, message)
            })?;
            near(&mut options, price, usize::from(each));
        }
        let deadline = Instant::now() + PRICES;
        let asked = options.into_iter().map(|(listing, option)| async move {
            let asking = market_data::option_quote(&self.link, &listing, option.clone());
            match timeout_at(deadline, asking).await {
                Ok(Ok(priced)) => priced,
                Ok(Err(error)) => {
                    tracing::debug!(%error, option = %option.instrument, "an option without prices");
                    option
                }
                Err(_) => option,
            }
        });
        let asked: Vec<_> = asked.collect();
        let now = self.link.desk().clock().now();
        let mut chain = OptionChain::new(query.underlying.clone(), query.expiry, now);
        chain.underlying_price = price.and_then(|price| Price::new(price).ok());
        chain.options = stream::iter(asked).buffered(LINES).collect().await;
        Ok(chain)
    }

    /// The options of one expiry, sorted by strike, calls before puts.
    ///
    /// The parameters of a chain are every strike of every expiry; which of them exist, and under
    /// which number, only the contracts themselves say.
    async fn options(
        &self,
        underlying: &Listing,
        query: &ChainQuery,
    ) -> Result<Vec<(Arc<Listing>, OptionQuote)>> {
        let wire = &underlying.contract;
        let future = wire.security_type == SecurityType::Future;
        let mut question = Contract {
            symbol: wire.symbol.clone(),
            security_type: if future {
                SecurityType::FuturesOption
            } else {
                SecurityType::Option
            },
            currency: wire.currency.clone(),
            last_trade_date_or_contract_month: query.expiry.format("%Y%m%d").to_string(),
            exchange: if future {
                wire.exchange.clone()
            } else {
                "SMART".into()
            },
            ..Contract::default()
        };
        question.right = match query.right {
            Some(Right::Call) => Some(ibapi::contracts::OptionRight::Call),
            Some(Right::Put) => Some(ibapi::contracts::OptionRight::Put),
            _ => None,
        };
        let found = self.book.look_up(&self.link, &question).await?;
        let mut options = Vec::with_capacity(found.len());
        for listing in found {
            let instrument = listing.instrument.clone();
            let (right, strike) = match &instrument {
                Instrument::Option(option) => (option.symbol.right(), option.symbol.strike()),
                Instrument::FutureOption(option) => (option.right, option.strike),
                // An option that core has no name for is in no chain.
                _ => continue,
            };
            if instrument.expiry() != Some(query.expiry)
                || query.right.is_some_and(|wanted| wanted != right)
                || is_of_another(&listing, wire.contract_id)
            {
                continue;
            }
            options.push((listing, OptionQuote::new(instrument, right, strike)));
        }
        options.sort_by(|(_, one), (_, other)| {
            let order = |option: &OptionQuote| (option.strike, option.right);
            order(one)
                .cmp(&order(other))
                .then(one.instrument.cmp(&other.instrument))
        });
        Ok(options)
    }
}

/// Whether the gateway says that the option is on something else of the same symbol.
fn is_of_another(listing: &Listing, underlying: i32) -> bool {
    let told = listing
        .details
        .as_ref()
        .map_or(0, |details| details.under_contract_id);
    told > 0 && told != underlying
}

/// Keeps the strikes nearest to the price: so many below or at it and so many above.
fn near(options: &mut Vec<(Arc<Listing>, OptionQuote)>, price: Decimal, each: usize) {
    let strikes: BTreeSet<Decimal> = options.iter().map(|(_, option)| option.strike).collect();
    let below = strikes.range(..=price).rev().take(each);
    let above = strikes.iter().filter(|strike| **strike > price).take(each);
    let kept: BTreeSet<Decimal> = below.chain(above).copied().collect();
    options.retain(|(_, option)| kept.contains(&option.strike));
}
