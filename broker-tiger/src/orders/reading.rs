//! What the lists say about one account, in core's words.

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Covered, Decimal, Error, ErrorKind, Result, Retry,
    model::{
        AccountId, BrokerText, ExecutionId, ExecutionKind, ExecutionReport, Fill, OrderStatus,
    },
};

use chrono::TimeDelta;

use super::{
    blotter::Blotter,
    decode::{changed, decode},
    listing::Lines,
    naming::{exit_role, name},
    register::{Entry, Key},
    row::{Listed, OrderRow, broker_order_id},
    status::status,
};

/// What a reading of an account has brought.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// How each listed order stands.
    pub(crate) standings: Vec<ExecutionReport>,
    /// What the ledger was told, fills before the states that they lead to.
    #[cfg(test)]
    pub(crate) news: Vec<ExecutionReport>,
    /// What could not be read, in words.
    pub(crate) unread: Vec<String>,
    /// Asking again may bring what is missing.
    pub(crate) again: bool,
}

impl Read {
    fn miss(&mut self, what: &str, error: &Error) {
        tracing::warn!(%error, what, "a line of a list cannot be read");
        self.unread.push(format!("{what}: {error}"));
        self.again |= matches!(error.retry(), Retry::Safe { .. });
    }

    /// A value with how much of the truth it covers.
    pub(crate) fn covers<T>(&self, value: T) -> Covered<T> {
        if self.unread.is_empty() {
            Covered::Complete(value)
        } else {
            Covered::Partial {
                value,
                missing: self.unread.join("; ").into(),
            }
        }
    }
}

impl Blotter {
    /// Takes lists into the register and tells the ledger what is new about each order at once: whoever
    /// gives a reading up loses nothing of what was taken in. The caller holds the lock on reading.
    ///
    /// With `thorough` the executions of every order of the last day are asked for, also where their
    /// sum fits: a corrected price shows in nothing else.
    pub(super) async fn take_in(
        &self,
        account: &AccountId,
        lists: Vec<Lines<Listed>>,
        thorough: bool,
    ) -> Read {
        let mut read = Read::default();
        // What was asked for later is newer.
        let mut rows: BTreeMap<i64, Listed> = BTreeMap::new();
        for list in lists {
            for error in &list.unreadable {
                read.miss("an order", error);
            }
            for row in list.rows {
                match row.row.id.get().filter(|id| *id > 0) {
                    Some(id) => {
                        rows.insert(id, row);
                    }
                    None => {
                        let error = Error::new(ErrorKind::Protocol, "an order without a number");
                        read.miss("an order", &error);
                    }
                }
            }
        }
        if let Err(error) = self.book.learn(rows.values().map(|row| &row.told)).await {
            // They are asked for one by one then.
            tracing::debug!(%error, "instruments could not be learned together");
        }
        // By number, so that an entry is there before its exits.
        for (number, row) in rows {
            if let Err(error) = self
                .take_row(account, number, &row, thorough, &mut read)
                .await
            {
                read.miss("an order", &error);
            }
        }
        read
    }

    async fn take_row(
        &self,
        account: &AccountId,
        number: i64,
        listed: &Listed,
        thorough: bool,
        read: &mut Read,
    ) -> Result<()> {
        let row = &listed.row;
        let key = self.place(account, number, listed).await?;
        let filled = row
            .filled_quantity
            .scaled(row.filled_quantity_scale)?
            .unwrap_or_default();
        let average = row.avg_fill_price.get();
        let (known, restated, repriced) = {
            let mut register = self.register();
            let entry = register.get_mut(key).ok_or_else(gone)?;
            entry.shown = true;
            if entry.own && entry.parent.is_none() {
                match row.mark() {
                    Some(mark) if mark == entry.id => self.saw_mark(true),
                    // Somebody else's mark says nothing about ours.
                    Some(_) => {}
                    None => self.saw_mark(false),
                }
            }
            let restated = match changed(&entry.terms, row) {
                Some(next) => {
                    entry.terms = Arc::new(next);
                    true
                }
                None => false,
            };
            // A corrected execution shows in nothing but the average.
            let repriced = entry.average.is_some() && entry.average != average;
            (entry.filled(), restated, repriced)
        };
        // Global accounts have no list of executions.
        let has_executions = !is_global(account);
        let now = self.link.now();
        let recent = row
            .latest_time
            .instant()
            .is_none_or(|at| now - at < TimeDelta::days(1));
        let (mut fresh, mut busted, mut checked) = (Vec::new(), Vec::new(), true);
        if has_executions
            && (filled != known || repriced || (thorough && recent && !filled.is_zero()))
        {
            match self.fills_of(account, number, key).await {
                Ok(told) => (fresh, busted) = self.compare(key, told, filled),
                Err(error) => {
                    checked = false;
                    read.miss("the executions of an order", &error);
                }
            }
        }
        // From here on nothing is waited for, so that what is taken in is told as well.
        let mut news = Vec::new();
        let mut register = self.register();
        let entry = register.get_mut(key).ok_or_else(gone)?;
        if checked {
            entry.average = average;
        }
        let mut fresh = fresh.into_iter();
        for id in busted {
            // What takes the place of an execution corrects it.
            let kind = match fresh.next() {
                Some(fill) => ExecutionKind::TradeCorrect { replaces: id, fill },
                None => ExecutionKind::TradeCancel { execution_id: id },
            };
            let mut report = ExecutionReport::new(entry.id.clone(), kind);
            report.terms = Some(Arc::clone(&entry.terms));
            report.cumulative_quantity = Some(filled);
            news.push(report);
        }
        for fill in fresh {
            let mut report = ExecutionReport::trade((*fill).clone());
            report.terms = Some(Arc::clone(&entry.terms));
            news.push(report);
        }
        if has_executions && entry.filled() != filled && !filled.is_zero() {
            let sum = entry.filled();
            let message = format!("Tiger lists executions of {sum} of the {filled} filled");
            // They come a moment later than the order's state.
            let error = Error::new(ErrorKind::Incomplete, message).with_retry(Retry::Safe {
                after: core::time::Duration::ZERO,
            });
            read.miss("the executions of an order", &error);
        }
        let standing = standing(entry, number, row, filled);
        let words = format!("{row:?}");
        if entry.told.as_ref() != Some(&words) || restated {
            refusals(entry, row, &mut news);
            news.push(standing.clone());
            entry.told = Some(words);
        }
        let ended = match &standing.kind {
            ExecutionKind::Status { status } => status.is_final(),
            _ => false,
        };
        entry.standing = Some(standing.clone());
        let ends_now = ended && !entry.ended;
        entry.ended = ended;
        if ends_now {
            register.note_end(key);
        }
        drop(register);
        read.standings.push(standing);
        #[cfg(test)]
        read.news.extend(news.iter().cloned());
        self.tell(account, news);
        Ok(())
    }

    /// The order's place in the register, which it gets if it has none.
    async fn place(&self, account: &AccountId, number: i64, listed: &Listed) -> Result<Key> {
        let row = &listed.row;
        let (id, parent) = {
            let mut register = self.register();
            if let Some(key) = register.by_number(number) {
                return Ok(key);
            }
            let parent = row.parent().filter(|parent| *parent != number);
            let parent = parent.and_then(|parent| register.by_number(parent));
            if let Some(parent) = parent
                && let Some(key) = register.exit(parent, exit_role(row))
            {
                register.learn(key, number);
                return Ok(key);
            }
            let entry = parent.and_then(|parent| register.get(parent));
            let id = name(account, row, number, entry, &self.former())?;
            if let Some(key) = register.by_id(account, &id)
                && register
                    .get(key)
                    .is_some_and(|entry| entry.number.is_none())
            {
                register.learn(key, number);
                return Ok(key);
            }
            (id, parent)
        };
        let instrument = self.book.instrument(&listed.told).await?;
        let terms = Arc::new(decode(row, id, account, instrument)?);
        let mut register = self.register();
        if let Some(key) = register.by_number(number) {
            return Ok(key);
        }
        let mut entry = Entry::new(terms);
        entry.number = Some(number);
        entry.reserved = row.reserved();
        entry.parent = parent;
        entry.list = self.former().list(account, &entry.id);
        Ok(register.add(entry))
    }

    /// The executions of an order, if all of them could be read.
    async fn fills_of(
        &self,
        account: &AccountId,
        number: i64,
        key: Key,
    ) -> Result<BTreeMap<i64, Arc<Fill>>> {
        let lines = self.executions(account, number).await?;
        if let Some(error) = lines.unreadable.into_iter().next() {
            return Err(error);
        }
        let terms = {
            let register = self.register();
            let entry = register.get(key).ok_or_else(gone)?;
            Arc::clone(&entry.terms)
        };
        let mut fills = BTreeMap::new();
        for row in lines.rows {
            let (id, mut fill) = row.fill(&terms)?;
            fill.broker_order_id = broker_order_id(number);
            fills.insert(id, Arc::new(fill));
        }
        Ok(fills)
    }

    /// What executions are new, and which are gone.
    ///
    /// One that is listed no more has been busted only if what is left adds up to what the order has
    /// filled: a list that lags behind must not take a fill away.
    fn compare(
        &self,
        key: Key,
        told: BTreeMap<i64, Arc<Fill>>,
        filled: Decimal,
    ) -> (Vec<Arc<Fill>>, Vec<ExecutionId>) {
        let mut register = self.register();
        let Some(entry) = register.get_mut(key) else {
            return (Vec::new(), Vec::new());
        };
        let sum: Decimal = told.values().map(|fill| fill.quantity.get()).sum();
        let mut busted = Vec::new();
        if sum == filled {
            entry.fills.retain(|id, fill| {
                let stays = told.contains_key(id);
                if !stays {
                    busted.push(fill.execution_id.clone());
                }
                stays
            });
        }
        let mut fresh = Vec::new();
        for (id, fill) in told {
            entry.fills.entry(id).or_insert_with(|| {
                fresh.push(Arc::clone(&fill));
                fill
            });
        }
        fresh.sort_by(|a: &Arc<Fill>, b| {
            (a.executed_at, &a.execution_id).cmp(&(b.executed_at, &b.execution_id))
        });
        (fresh, busted)
    }
}

/// A global account's number begins with `U` (protocol notes, section 1.1).
pub(crate) fn is_global(account: &AccountId) -> bool {
    account.as_str().starts_with('U')
}

fn gone() -> Error {
    Error::new(ErrorKind::Internal, "an order is gone from the register")
}

/// How an order stands.
fn standing(entry: &Entry, number: i64, row: &OrderRow, filled: Decimal) -> ExecutionReport {
    let all = entry
        .terms
        .quantity()
        .is_some_and(|quantity| filled >= quantity.get());
    let status = status(row, !filled.is_zero(), all);
    let refused = status == OrderStatus::Rejected;
    let mut report = ExecutionReport::new(entry.id.clone(), ExecutionKind::Status { status });
    report.broker_order_id = broker_order_id(number);
    report.terms = Some(Arc::clone(&entry.terms));
    report.list.clone_from(&entry.list);
    report.cumulative_quantity = Some(filled);
    report.average_price = row.avg_fill_price.price().filter(|_| !filled.is_zero());
    report.reason = row.remark.get().map(BrokerText::text);
    if refused && report.reason.is_none() {
        report.reason = Some(BrokerText::text("Tiger gave no reason"));
    }
    let times = [row.latest_time, row.update_time];
    report.event_time = times.into_iter().find_map(crate::convert::Whole::instant);
    report
}

/// Changes and cancels that were refused after they had been received.
fn refusals(entry: &mut Entry, row: &OrderRow, news: &mut Vec<ExecutionReport>) {
    let failed = |before: &Option<String>, now: Option<&str>| {
        now == Some("FAILED") && before.as_deref() != Some("FAILED")
    };
    let reason = row.remark.get().map(BrokerText::text);
    let mut tell = |kind| {
        let mut report = ExecutionReport::new(entry.id.clone(), kind);
        report.reason.clone_from(&reason);
        news.push(report);
    };
    if entry.shown && failed(&entry.replace_status, row.replace_status.get()) {
        tell(ExecutionKind::ReplaceRejected);
    }
    if entry.shown && failed(&entry.cancel_status, row.cancel_status.get()) {
        tell(ExecutionKind::CancelRejected);
    }
    entry.replace_status = row.replace_status.get().map(str::to_owned);
    entry.cancel_status = row.cancel_status.get().map(str::to_owned);
}
