//! Bars that have happened.

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Error, ErrorKind, Result,
    model::{Bar, BarInterval, BarQuery, BarSource},
};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use ibapi::market_data::historical::{Bar as WireBar, BarTimestamp, WhatToShow};
use tokio::time::Instant;

use super::{
    bar_builder::figures,
    history_plan::{
        Span, bar_size, holding, next_span, period, reaching, trading_hours, what_to_show,
    },
    service::Market,
};
use crate::{convert, historical_pacing::HistoricalRequest, instrument::Listing};

/// Most requests for one query: 5000 five-second bars of regular sessions take seven a day.
const MOST_PAGES: usize = 64;
/// Requests without an answer after which there is taken to be nothing earlier.
const MOST_EMPTY: usize = 4;

/// One request for bars.
#[derive(Debug, Clone, Copy)]
struct Page {
    what: WhatToShow,
    span: Span,
    end: Option<DateTime<Utc>>,
}

impl Market {
    /// Historical bars, oldest first.
    pub(super) async fn past_bars(
        &self,
        listing: &Arc<Listing>,
        query: &BarQuery,
    ) -> Result<Vec<Bar>> {
        check(query)?;
        let deadline = Instant::now() + self.link.deadlines().history;
        let what = what_to_show(query)?;
        let mut bars = if what == WhatToShow::AdjustedLast || query.interval.seconds().is_none() {
            self.one_page(listing, query, what, deadline).await?
        } else {
            self.pages(listing, query, what, deadline).await?
        };
        bars.retain(|bar| is_wanted(bar, query));
        bars.sort_by_key(|bar| bar.start);
        bars.dedup_by_key(|bar| bar.start);
        let most = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let surplus = bars.len().saturating_sub(most);
        bars.drain(..surplus);
        Ok(bars)
    }

    /// Adjusted bars always reach up to now, and a bar of a day or longer takes little room.
    async fn one_page(
        &self,
        listing: &Arc<Listing>,
        query: &BarQuery,
        what: WhatToShow,
        deadline: Instant,
    ) -> Result<Vec<Bar>> {
        let now = self.link.desk().clock().now();
        let adjusted = what == WhatToShow::AdjustedLast;
        // Adjusted prices cannot be asked for up to an earlier instant; what is later is dropped.
        let end = query.end.filter(|end| !adjusted && *end < now);
        let newest = query.end.unwrap_or(now).min(now);
        let enough = holding(query.interval, query.limit);
        let from = query.start.unwrap_or(newest - enough.calendar());
        let span = if query.start.is_none() && (end.is_some() || query.end.is_none()) {
            enough
        } else {
            reaching(from.min(newest), end.unwrap_or(now))
        };
        let page = Page { what, span, end };
        let wire = self.page(listing, query, page, deadline).await?;
        if query.interval.seconds().is_some() {
            return intraday(listing, query, &wire);
        }
        let opens = self.opens(listing, span, end, deadline).await?;
        let mut bars = Vec::with_capacity(wire.len());
        for bar in &wire {
            let date = match bar.date {
                BarTimestamp::Date(date) => convert::date(date)?,
                BarTimestamp::DateTime(instant) => convert::utc(instant)?
                    .with_timezone(&opens.zone)
                    .date_naive(),
            };
            let start = opens.first_of(date, query.interval);
            bars.extend(core_bar(listing, query, bar, start));
        }
        Ok(match query.interval {
            BarInterval::Year1 => years(bars),
            _ => bars,
        })
    }

    /// Bars shorter than a day, page by page from the newest back.
    async fn pages(
        &self,
        listing: &Arc<Listing>,
        query: &BarQuery,
        what: WhatToShow,
        deadline: Instant,
    ) -> Result<Vec<Bar>> {
        let now = self.link.desk().clock().now();
        let mut end = query.end.filter(|end| *end < now);
        let mut bars: Vec<Bar> = Vec::new();
        let mut empty = 0;
        for _ in 0..MOST_PAGES {
            let missing = query
                .limit
                .saturating_sub(u32::try_from(bars.len()).unwrap_or(u32::MAX));
            let span = next_span(query.interval, missing.max(1));
            let page = Page { what, span, end };
            let wire = self.page(listing, query, page, deadline).await?;
            let mut found = intraday(listing, query, &wire)?;
            found.retain(|bar| bars.iter().all(|known| bar.start < known.start));
            match found.iter().map(|bar| bar.start).min() {
                Some(first) => {
                    empty = 0;
                    end = Some(first);
                    bars.extend(found.into_iter().filter(|bar| is_wanted(bar, query)));
                }
                None => {
                    empty += 1;
                    end = Some(end.unwrap_or(now) - span.calendar());
                }
            }
            let enough = bars.len() >= usize::try_from(query.limit).unwrap_or(usize::MAX);
            let reached = query
                .start
                .zip(end)
                .is_some_and(|(start, end)| end <= start);
            if enough || reached || empty == MOST_EMPTY {
                return Ok(bars);
            }
        }
        let message = "the bars are spread over more time than can be asked for at once";
        Err(Error::new(ErrorKind::Incomplete, message).at_field("limit"))
    }

    async fn page(
        &self,
        listing: &Arc<Listing>,
        query: &BarQuery,
        page: Page,
        deadline: Instant,
    ) -> Result<Vec<WireBar>> {
        let contract = listing.contract.clone();
        let size = bar_size(query.interval)?;
        let hours = trading_hours(query.session)?;
        let end = page.end.map(convert::to_offset).transpose()?;
        let what = page.what;
        let request = HistoricalRequest {
            series: format!("{} {} {what}", contract.contract_id, contract.exchange),
            rest: format!("{size} {:?} {:?} {hours:?}", page.span, page.end),
            bid_ask: what == WhatToShow::BidAsk,
            strict: query
                .interval
                .seconds()
                .is_some_and(|seconds| seconds <= 30),
        };
        let _turn = self.pacing.turn(&request, deadline).await?;
        let span = page.span.wire();
        let asking = self
            .link
            .ask_until(deadline, 1, "bars", move |client| async move {
                let mut request = client.historical_data(&contract, size).duration(span);
                if let Some(end) = end {
                    request = request.ending(end);
                }
                let answer = request
                    .what_to_show(what)
                    .trading_hours(hours)
                    .fetch()
                    .await;
                match answer {
                    Ok(data) => Ok(data.bars),
                    Err(error) if is_nothing(&error) => Ok(Vec::new()),
                    Err(error) => Err(error),
                }
            });
        asking.await
    }

    /// When the regular sessions of a span opened.
    async fn opens(
        &self,
        listing: &Arc<Listing>,
        span: Span,
        end: Option<DateTime<Utc>>,
        deadline: Instant,
    ) -> Result<Opens> {
        let contract = listing.contract.clone();
        let request = HistoricalRequest {
            series: format!("{} {} SCHEDULE", contract.contract_id, contract.exchange),
            rest: format!("{span:?} {end:?}"),
            bid_ask: false,
            strict: false,
        };
        let _turn = self.pacing.turn(&request, deadline).await?;
        let end = end.map(convert::to_offset).transpose()?;
        let asking = self
            .link
            .ask_until(deadline, 1, "bars", move |client| async move {
                let mut request = client.historical_schedules(&contract, span.wire());
                if let Some(end) = end {
                    request = request.ending(end);
                }
                request.fetch().await
            });
        let schedule = asking.await?;
        let mut sessions = BTreeMap::new();
        for session in &schedule.sessions {
            let date = convert::date(session.reference)?;
            let open = convert::utc(session.start)?;
            let first = sessions.entry(date).or_insert(open);
            *first = open.min(*first);
        }
        Ok(Opens {
            zone: convert::zone(&schedule.time_zone)?,
            sessions,
        })
    }
}

/// Openings by trading date.
#[derive(Debug)]
pub(super) struct Opens {
    pub(super) zone: Tz,
    pub(super) sessions: BTreeMap<NaiveDate, DateTime<Utc>>,
}

impl Opens {
    /// When the first session of the period opened that a date belongs to.
    pub(super) fn first_of(&self, date: NaiveDate, interval: BarInterval) -> DateTime<Utc> {
        let (first, after) = period(date, interval);
        if let Some((_, open)) = self.sessions.range(first..after).next() {
            return *open;
        }
        // Outside what the gateway told: at the hour of the nearest session that it did.
        let later = || self.sessions.range(first..).next();
        let near = self.sessions.range(..first).next_back().or_else(later);
        let clock = near.map_or(NaiveTime::MIN, |(_, open)| {
            open.with_timezone(&self.zone).time()
        });
        convert::at_zone(first.and_time(clock), self.zone)
    }
}

fn check(query: &BarQuery) -> Result<()> {
    if !(1..=BarQuery::MAX_LIMIT).contains(&query.limit) {
        let message = format!(
            "{} is not between 1 and {}",
            query.limit,
            BarQuery::MAX_LIMIT
        );
        return Err(Error::invalid("limit", message));
    }
    if query
        .start
        .zip(query.end)
        .is_some_and(|(start, end)| end <= start)
    {
        return Err(Error::invalid("end", "the interval ends before it starts"));
    }
    Ok(())
}

fn is_wanted(bar: &Bar, query: &BarQuery) -> bool {
    query.start.is_none_or(|start| bar.start >= start)
        && query.end.is_none_or(|end| bar.start < end)
}

fn intraday(listing: &Listing, query: &BarQuery, wire: &[WireBar]) -> Result<Vec<Bar>> {
    let mut bars = Vec::with_capacity(wire.len());
    for bar in wire {
        let BarTimestamp::DateTime(instant) = bar.date else {
            let message = format!("a bar of {} with a date alone", query.interval);
            return Err(Error::new(ErrorKind::Protocol, message));
        };
        bars.extend(core_bar(listing, query, bar, convert::utc(instant)?));
    }
    Ok(bars)
}

/// A bar; `None` when its prices mean "no value".
fn core_bar(
    listing: &Listing,
    query: &BarQuery,
    wire: &WireBar,
    start: DateTime<Utc>,
) -> Option<Bar> {
    let mut bar = Bar::new(start, listing.price(wire.close)?);
    bar.open = listing.price(wire.open)?;
    bar.high = listing.price(wire.high)?;
    bar.low = listing.price(wire.low)?;
    if query.source == BarSource::Trades {
        figures(&mut bar, listing, wire.volume, wire.wap, wire.count);
    }
    Some(bar)
}

/// Years out of months, which come in order.
fn years(months: Vec<Bar>) -> Vec<Bar> {
    let mut years: Vec<Bar> = Vec::new();
    for month in months {
        match years.last_mut() {
            Some(year) if year.start == month.start => merge(year, &month),
            _ => years.push(month),
        }
    }
    years
}

fn merge(year: &mut Bar, month: &Bar) {
    year.high = year.high.max(month.high);
    year.low = year.low.min(month.low);
    year.close = month.close;
    year.volume = year
        .volume
        .zip(month.volume)
        .map(|(one, other)| one + other);
    year.trades = year
        .trades
        .zip(month.trades)
        .map(|(one, other)| one + other);
    // Averages of different volumes do not add up.
    year.vwap = None;
}

/// Whether an error says that there is nothing, which is an answer.
pub(super) fn is_nothing(error: &ibapi::Error) -> bool {
    match error {
        ibapi::Error::Notice(notice) => {
            let text = notice.message.to_ascii_lowercase();
            matches!(notice.code, 162 | 165)
                && (text.contains("returned no data") || text.contains("no items retrieved"))
        }
        _ => false,
    }
}
