//! Prices on request.

use std::{sync::Arc, time::Duration};

use broker_core::{
    Error, ErrorKind, Result,
    model::{Depth, OptionQuote, Quote, Right},
};
use futures_util::StreamExt as _;
use ibapi::{
    Notice,
    market_data::{
        SmartDepth,
        realtime::{MarketDepths, TickTypes},
    },
    subscriptions::{Subscription, SubscriptionItem},
};
use tokio::time::{Instant, timeout_at};

use super::{
    fold::{OptionFold, QuoteFold},
    ladder::Ladder,
};
use crate::{
    error::from_ibapi,
    instrument::Listing,
    session::{Lease, link::Link},
};

/// The gateway ends a snapshot after eleven seconds at the latest.
const SNAPSHOT: Duration = Duration::from_secs(12);
/// How long an option's prices are waited for.
const OPTION: Duration = Duration::from_secs(4);
/// How long what usually follows the prices is waited for.
const REST: Duration = Duration::from_millis(200);
/// How long the first rows of a book are waited for.
const BOOK: Duration = Duration::from_secs(5);
/// A book that has been quiet for so long has come.
const QUIET: Duration = Duration::from_millis(300);
/// Open interest, which is sent on demand only.
const OPEN_INTEREST: &str = "101";
/// Prices are delayed because the account has no live ones.
pub(super) const DELAYED: i32 = 10_167;
/// The client has dropped what nobody read in time.
pub(super) const LAGGED: i32 = -6;

/// The best prices of an instrument now.
///
/// # Errors
/// [`Timeout`](ErrorKind::Timeout) when there is not a single price in time, and what the gateway
/// refuses with.
pub(crate) async fn quote(link: &Link, listing: &Arc<Listing>) -> Result<Quote> {
    let deadline = Instant::now() + SNAPSHOT;
    let contract = listing.contract.clone();
    let opening = link.stream("quotes", move |client| async move {
        client.market_data(&contract).snapshot().subscribe().await
    });
    let mut ticks = opening.await?;
    let clock = link.desk().clock();
    let mut fold = QuoteFold::new(Arc::clone(listing), clock.now());
    let mut any = false;
    while !fold.is_whole() {
        match timeout_at(deadline, ticks.next()).await {
            Ok(Some(Ok(SubscriptionItem::Data(TickTypes::SnapshotEnd)))) | Ok(None) => break,
            Ok(Some(Ok(SubscriptionItem::Data(tick)))) => any |= fold.take(&tick),
            Ok(Some(Ok(SubscriptionItem::Notice(notice)))) => heed(&mut fold, &notice)?,
            Ok(Some(Err(error))) => return Err(from_ibapi("quotes", &error)),
            Err(_) if any => break,
            Err(_) => return Err(late("quotes", "not a single price came")),
        }
    }
    Ok(fold.quote(clock.now()))
}

/// The prices and sensitivities of an option now; what does not come in time is absent.
///
/// # Errors
/// What the gateway refuses with.
pub(crate) async fn option_quote(
    link: &Link,
    listing: &Arc<Listing>,
    mut option: OptionQuote,
) -> Result<OptionQuote> {
    let mut deadline = Instant::now() + OPTION;
    let contract = listing.contract.clone();
    let opening = link.stream("option_chain", move |client| async move {
        let request = client
            .market_data(&contract)
            .generic_ticks(&[OPEN_INTEREST]);
        request.streaming().subscribe().await
    });
    let mut ticks = opening.await?;
    let now = link.desk().clock().now();
    let mut fold = OptionFold::new(Arc::clone(listing), option.right == Right::Call, now);
    let mut whole = false;
    while let Ok(Some(item)) = timeout_at(deadline, ticks.next()).await {
        match item {
            Ok(SubscriptionItem::Data(tick)) => fold.take(&tick),
            Ok(SubscriptionItem::Notice(notice)) => heed(&mut fold.quote, &notice)?,
            Err(error) => return Err(from_ibapi("option_chain", &error)),
        }
        if !whole && fold.is_whole() {
            whole = true;
            deadline = deadline.min(Instant::now() + REST);
        }
    }
    let quote = fold.quote.quote(now);
    option.bid = quote.bid;
    option.ask = quote.ask;
    option.last = quote.last;
    option.volume = quote.volume;
    option.open_interest = fold.open_interest;
    option.greeks = fold.greeks;
    Ok(option)
}

/// The book of an instrument now.
///
/// # Errors
/// [`Timeout`](ErrorKind::Timeout) when not a single row came in time: the gateway does not say that
/// a book is empty. And what it refuses with.
pub(crate) async fn depth(link: &Link, listing: &Arc<Listing>, levels: u16) -> Result<Depth> {
    let deadline = Instant::now() + BOOK;
    let mut rows = open_depth(link, "depth", listing, levels).await?;
    let mut ladder = Ladder::new(Arc::clone(listing), levels);
    while ladder.depth() < usize::from(levels) {
        let end = if ladder.is_empty() {
            deadline
        } else {
            deadline.min(Instant::now() + QUIET)
        };
        match timeout_at(end, rows.next()).await {
            Ok(Some(Ok(SubscriptionItem::Data(row)))) => ladder.take(&row)?,
            Ok(Some(Ok(SubscriptionItem::Notice(notice)))) if notice.code == LAGGED => {
                return Err(lagged("depth", &notice));
            }
            Ok(Some(Ok(SubscriptionItem::Notice(notice)))) => tell(&notice),
            Ok(Some(Err(error))) => return Err(from_ibapi("depth", &error)),
            Ok(None) | Err(_) => break,
        }
    }
    if ladder.is_empty() {
        return Err(late("depth", "not a single row of the book came"));
    }
    Ok(ladder.book(link.desk().clock().now()))
}

/// Rows on each side that are asked for so that there are enough price levels: through the router
/// each exchange has a row of its own at the same price.
const ROWS_PER_LEVEL: i32 = 3;

/// Asks for the rows of a book.
pub(super) async fn open_depth(
    link: &Link,
    operation: &'static str,
    listing: &Arc<Listing>,
    levels: u16,
) -> Result<Lease<Subscription<MarketDepths>>> {
    let contract = listing.contract.clone();
    let opening = link.stream(operation, move |client| async move {
        let (rows, smart) = if contract.exchange == "SMART" {
            (i32::from(levels) * ROWS_PER_LEVEL, SmartDepth::Yes)
        } else {
            (i32::from(levels), SmartDepth::No)
        };
        client
            .market_depth(&contract, rows)
            .smart_depth(smart)
            .subscribe()
            .await
    });
    opening.await
}

fn heed(fold: &mut QuoteFold, notice: &Notice) -> Result<()> {
    match notice.code {
        DELAYED => {
            fold.set_delayed(true);
        }
        LAGGED => return Err(lagged("quotes", notice)),
        _ => tell(notice),
    }
    Ok(())
}

/// A notice that changes nothing.
pub(super) fn tell(notice: &Notice) {
    tracing::debug!(code = notice.code, message = %notice.message, "about a market data line");
}

fn lagged(operation: &'static str, notice: &Notice) -> Error {
    Error::new(ErrorKind::Incomplete, notice.message.as_str()).in_operation(operation)
}

fn late(operation: &'static str, what: &str) -> Error {
    Error::new(ErrorKind::Timeout, format!("{what} in time")).in_operation(operation)
}
