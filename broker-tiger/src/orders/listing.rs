//! Tiger's own lists of orders and executions, page by page.

use std::collections::HashSet;

use broker_core::{Error, ErrorKind, Result, model::AccountId};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    row::{Listed, OrderRow},
    transaction::TransactionRow,
};
use crate::{
    convert::{Rows, Text},
    transport::{Call, Data, Method, Parameters},
};

/// Rows of a page.
const PAGE: u32 = 300;
const TRANSACTIONS: u32 = 100;
/// Rows of a page where nothing is said about it.
const USUAL: usize = 100;
/// Pages that are read at most; beyond them the list is not whole.
const PAGES: usize = 200;

/// Which orders are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Those that work.
    Working,
    /// Those that were placed since an instant.
    PlacedSince(DateTime<Utc>),
    /// Those whose state has changed since an instant.
    ChangedSince(DateTime<Utc>),
}

/// A list as far as it could be read.
#[derive(Debug)]
pub(super) struct Lines<T> {
    pub(super) rows: Vec<T>,
    /// Why others could not be.
    pub(super) unreadable: Vec<Error>,
}

/// Whether a list of so many rows may be as long as it is because a page is.
const fn may_be_cut_off(rows: usize) -> bool {
    rows == USUAL || rows >= PAGE as usize
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageMark {
    next_page_token: Text,
}

/// The page that follows; `None` after the last one.
fn next_page(data: &Data) -> Result<Option<String>> {
    if !data.json().trim_start().starts_with('{') {
        return Ok(None);
    }
    let mark: PageMark = data.decode()?;
    Ok(mark.next_page_token.0)
}

impl Blotter {
    /// Orders of an account, newest first. No page is asked for after `until`.
    ///
    /// # Errors
    /// Connection errors: a list of which a page is missing is none.
    pub(super) async fn list(
        &self,
        account: &AccountId,
        wanted: Wanted,
        until: Instant,
    ) -> Result<Lines<Listed>> {
        let parameters = Parameters::default();
        let by_their_clock = |from| -> Result<i64> {
            Ok(self
                .link
                .gateway()?
                .begin_by_their_clock(from)
                .timestamp_millis())
        };
        let parameters = match wanted {
            Wanted::Working => return self.working(account, until).await,
            Wanted::PlacedSince(from) => parameters
                .with("limit", PAGE)?
                .with("start_date", by_their_clock(from)?)?,
            Wanted::ChangedSince(from) => parameters
                .with("limit", PAGE)?
                .with("start_date", by_their_clock(from)?)?
                .with("sort_by", "LATEST_STATUS_UPDATED")?,
        };
        self.pages(account, Method::ORDERS, parameters, until).await
    }

    /// The orders that work, newest first.
    ///
    /// How long this list may be is written down for `orders` only (protocol notes, section 4.1). So one
    /// that is as long as a page, and names no next one, is continued by the time at which the oldest of
    /// its orders was placed.
    async fn working(&self, account: &AccountId, until: Instant) -> Result<Lines<Listed>> {
        let method = Method::ACTIVE_ORDERS;
        let asked = Parameters::default()
            .with("limit", PAGE)?
            .with("sort_by", "LATEST_CREATED")?;
        let (mut lines, mut cut) = self
            .read_pages::<Listed>(account, method, asked.clone(), until)
            .await?;
        let number = |row: &Listed| row.row.id.get();
        let mut known: HashSet<i64> = lines.rows.iter().filter_map(number).collect();
        let mut end = None;
        while cut {
            let placed = lines.rows.iter().filter_map(|row| row.row.open_time.get());
            let oldest = placed.min();
            if oldest.is_none() || oldest == end {
                let message = "the list of the orders that work may go on where it ends";
                lines
                    .unreadable
                    .push(Error::new(ErrorKind::Incomplete, message));
                break;
            }
            end = oldest;
            // Its own instant once more: others may have been placed in it.
            let asked = asked.clone().with("end_date", oldest)?;
            let (more, goes_on) = self
                .read_pages::<Listed>(account, method, asked, until)
                .await?;
            cut = goes_on;
            lines.unreadable.extend(more.unreadable);
            let fresh = more.rows.into_iter();
            let fresh = fresh.filter(|row| number(row).is_none_or(|id| known.insert(id)));
            lines.rows.extend(fresh);
        }
        Ok(lines)
    }

    /// The order of a number; `None` when Tiger says that there is none.
    ///
    /// # Errors
    /// [`Protocol`](ErrorKind::Protocol) for an answer about nothing or about another order, and
    /// connection errors.
    pub(super) async fn one(&self, account: &AccountId, number: i64) -> Result<Option<Listed>> {
        let own = |row: &OrderRow| row.id.get() == Some(number);
        self.single(account, "id", number, own).await
    }

    /// The order that a number of the account's was reserved for; `None` when Tiger says that there is
    /// none.
    ///
    /// # Errors
    /// As [`one`](Self::one).
    pub(super) async fn one_reserved(
        &self,
        account: &AccountId,
        reserved: i64,
    ) -> Result<Option<Listed>> {
        let own = |row: &OrderRow| row.reserved() == Some(reserved);
        self.single(account, "order_id", reserved, own).await
    }

    async fn single(
        &self,
        account: &AccountId,
        name: &'static str,
        number: i64,
        own: impl Fn(&OrderRow) -> bool,
    ) -> Result<Option<Listed>> {
        let parameters = Parameters::default().with(name, number)?;
        let call = Call::new(Method::ORDERS, parameters).of(account);
        let data = match self.link.gateway()?.ask(&call).await {
            Ok(data) => data,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // The order itself; some answers are lists all the same.
        let rows = if data.json().contains("\"items\"") {
            let Rows { rows, unreadable } = data.list::<Listed>()?;
            if let Some(error) = unreadable.into_iter().next() {
                return Err(error);
            }
            if rows.is_empty() {
                return Ok(None);
            }
            rows
        } else if data.is_null() {
            Vec::new()
        } else {
            vec![data.decode()?]
        };
        // Nothing, or another order, says nothing about this one.
        let found = rows.into_iter().find(|row| own(&row.row));
        found.map(Some).ok_or_else(|| {
            let message = format!(
                "Tiger answered a question about the order with {name} {number} without telling about it"
            );
            Error::new(ErrorKind::Protocol, message)
        })
    }

    /// Orders placed since an instant, as far as somebody else reads them, and whether all of them could
    /// be read.
    ///
    /// # Errors
    /// Connection errors.
    pub(crate) async fn rows_since<T: serde::de::DeserializeOwned>(
        &self,
        account: &AccountId,
        from: DateTime<Utc>,
    ) -> Result<(Vec<T>, bool)> {
        let from = self.link.gateway()?.begin_by_their_clock(from);
        let parameters = Parameters::default()
            .with("limit", PAGE)?
            .with("start_date", from.timestamp_millis())?;
        let lines = self
            .pages::<T>(account, Method::ORDERS, parameters, self.soon())
            .await?;
        Ok((lines.rows, lines.unreadable.is_empty()))
    }

    /// Every execution of an order.
    ///
    /// # Errors
    /// Connection errors.
    pub(super) async fn executions(
        &self,
        account: &AccountId,
        number: i64,
    ) -> Result<Lines<TransactionRow>> {
        let parameters = Parameters::default()
            .with("order_id", number)?
            .with("limit", TRANSACTIONS)?;
        let mut lines = self
            .pages::<TransactionRow>(account, Method::ORDER_TRANSACTIONS, parameters, self.soon())
            .await?;
        lines
            .rows
            .retain(|row| row.order_id.get().is_none_or(|of| of == number));
        Ok(lines)
    }

    async fn pages<T: serde::de::DeserializeOwned>(
        &self,
        account: &AccountId,
        method: Method,
        parameters: Parameters,
        until: Instant,
    ) -> Result<Lines<T>> {
        let read = self.read_pages(account, method, parameters, until).await;
        read.map(|(lines, _)| lines)
    }

    /// The same, and whether all of it came as one page that may have been cut off.
    async fn read_pages<T: serde::de::DeserializeOwned>(
        &self,
        account: &AccountId,
        method: Method,
        parameters: Parameters,
        until: Instant,
    ) -> Result<(Lines<T>, bool)> {
        let mut lines = Lines {
            rows: Vec::new(),
            unreadable: Vec::new(),
        };
        let name = method.name;
        let half = |message: String| Error::new(ErrorKind::Incomplete, message);
        let mut seen: Vec<String> = Vec::new();
        while seen.len() < PAGES {
            if Instant::now() >= until {
                let message = format!("`{name}` has more pages than could be read in time");
                return Err(Error::new(ErrorKind::RateLimited, message));
            }
            // A page goes with exactly the question that it continues.
            let mut asked = parameters.clone();
            if let Some(page) = seen.last() {
                asked = asked.with("page_token", page)?;
            }
            let call = Call::new(method, asked).of(account);
            let data = self.link.gateway()?.ask(&call).await?;
            let Rows { rows, unreadable } = data.list::<T>()?;
            lines.rows.extend(rows);
            lines.unreadable.extend(unreadable);
            match next_page(&data) {
                Ok(None) => {
                    let rows = lines.rows.len() + lines.unreadable.len();
                    return Ok((lines, seen.is_empty() && may_be_cut_off(rows)));
                }
                // An empty page is not the last one while Tiger names another.
                Ok(Some(next)) if !seen.contains(&next) => seen.push(next),
                Ok(Some(_)) => {
                    let message = format!("the pages of `{name}` go round in a circle");
                    lines.unreadable.push(half(message));
                    return Ok((lines, false));
                }
                Err(error) => {
                    let message = format!("the next page of `{name}` is not known: {error}");
                    lines.unreadable.push(half(message));
                    return Ok((lines, false));
                }
            }
        }
        let message = format!("`{name}` has more than {PAGES} pages");
        lines.unreadable.push(half(message));
        Ok((lines, false))
    }
}
