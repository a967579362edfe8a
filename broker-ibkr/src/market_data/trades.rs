//! Trades that have happened.

use std::sync::Arc;

use broker_core::{Error, ErrorKind, Result, model::Trade};
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use ibapi::{
    market_data::{TradingHours, historical::TickLast},
    subscriptions::SubscriptionItem,
};
use rust_decimal::Decimal;
use tokio::time::{Instant, timeout_at};

use super::service::Market;
use crate::{
    convert,
    error::from_ibapi,
    historical_pacing::HistoricalRequest,
    instrument::{Listing, mic},
};

/// Most trades in one of the gateway's answers; it completes the second that the last one is in.
const PAGE: u32 = 1_000;

impl Market {
    /// The newest trades, oldest first.
    pub(super) async fn past_trades(
        &self,
        listing: &Arc<Listing>,
        limit: u32,
    ) -> Result<Vec<Trade>> {
        if limit == 0 {
            return Err(Error::invalid(
                "limit",
                "at least one trade has to be asked for",
            ));
        }
        let deadline = Instant::now() + self.link.deadlines().history;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut end = self.link.desk().clock().now();
        let mut trades: Vec<Trade> = Vec::new();
        while trades.len() < most {
            let missing = most.saturating_sub(trades.len());
            let want = u32::try_from(missing).unwrap_or(PAGE).min(PAGE);
            let mut page = self.trades_before(listing, end, want, deadline).await?;
            // The second that the page before began with is complete there.
            if let Some(first) = trades.first() {
                page.retain(|trade| trade.time < first.time);
            }
            let Some(first) = page.first() else {
                break;
            };
            end = first.time;
            page.append(&mut trades);
            trades = page;
        }
        let surplus = trades.len().saturating_sub(most);
        trades.drain(..surplus);
        Ok(trades)
    }

    async fn trades_before(
        &self,
        listing: &Arc<Listing>,
        end: DateTime<Utc>,
        count: u32,
        deadline: Instant,
    ) -> Result<Vec<Trade>> {
        let contract = listing.contract.clone();
        let request = HistoricalRequest {
            series: format!("{} {} TRADES", contract.contract_id, contract.exchange),
            rest: format!("ticks {count} before {}", end.timestamp()),
            bid_ask: false,
            strict: true,
        };
        let _turn = self.pacing.turn(&request, deadline).await?;
        let until = convert::to_offset(end)?;
        let count = i32::try_from(count).unwrap_or(i32::MAX);
        let opening = self
            .link
            .ask_until(deadline, 1, "trades", move |client| async move {
                let request = client.historical_ticks(&contract, count).ending(until);
                request.trading_hours(TradingHours::Extended).trade().await
            });
        let mut ticks = opening.await?;
        let mut trades = Vec::new();
        loop {
            match timeout_at(deadline, ticks.next()).await {
                Ok(Some(Ok(SubscriptionItem::Data(tick)))) => trades.extend(trade(listing, &tick)?),
                Ok(Some(Ok(SubscriptionItem::Notice(notice)))) => super::snapshot::tell(&notice),
                Ok(Some(Err(error))) if super::history::is_nothing(&error) => break,
                Ok(Some(Err(error))) => return Err(from_ibapi("trades", &error)),
                Ok(None) => break,
                Err(_) => {
                    let message = "the trades did not come in time";
                    return Err(Error::new(ErrorKind::Timeout, message).in_operation("trades"));
                }
            }
        }
        trades.sort_by_key(|trade| trade.time);
        Ok(trades)
    }
}

/// A trade; `None` for a tick without a quantity, which only corrects the tape.
fn trade(listing: &Listing, tick: &TickLast) -> Result<Option<Trade>> {
    let size = tick.size.and_then(convert::size);
    let Some(size) = size.filter(|size| *size > Decimal::ZERO) else {
        return Ok(None);
    };
    let Some(price) = listing.quote_price(tick.price, tick.size) else {
        return Ok(None);
    };
    let time = convert::utc(tick.timestamp)?;
    let mut trade = Trade::new(listing.instrument.clone(), price, size, time);
    trade.venue = mic(&tick.exchange);
    Ok(Some(trade))
}
