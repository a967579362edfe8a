//! What the lists say about one account, in core's words.

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{
    Error, ErrorKind, Result, Retry,
    model::{AccountId, ExecutionKind},
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::{
    blotter::Blotter,
    decode::{changed, decode},
    executions::{Compared, taken_back},
    listing::Lines,
    naming::{exit_role, name, outside},
    read::{Care, Read},
    register::{Entry, Key},
    row::{Listed, OrderRow},
    standing::{refusals, standing},
};

impl Blotter {
    /// Takes lists into the register and tells the ledger what is new about each order at once: whoever
    /// gives a reading up loses nothing of what was taken in. The caller holds the lock on reading.
    ///
    /// No question about a single order is begun after `until`.
    pub(super) async fn take_in(
        &self,
        account: &AccountId,
        lists: Vec<Lines<Listed>>,
        care: Care,
        until: Instant,
    ) -> Read {
        let mut read = Read {
            until: Some(until),
            ..Read::default()
        };
        // What was asked for later is newer.
        let mut rows: BTreeMap<i64, Listed> = BTreeMap::new();
        for list in lists {
            for error in &list.unreadable {
                read.miss("an order", error);
                read.reread = true;
            }
            for row in list.rows {
                match row.row.id.get().filter(|id| *id > 0) {
                    Some(id) => {
                        rows.insert(id, row);
                    }
                    None => {
                        let error = Error::new(ErrorKind::Protocol, "an order without a number");
                        read.miss("an order", &error);
                        read.reread = true;
                    }
                }
            }
        }
        if let Err(error) = self.book.learn(rows.values().map(|row| &row.told)).await {
            // They are asked for one by one then.
            tracing::debug!(%error, "instruments could not be learned together");
            read.heed(&error);
        }
        // By number, so that an entry is there before its exits.
        for (number, row) in &rows {
            let taken = match self
                .take_entry_of(account, *number, row, &rows, &mut read)
                .await
            {
                Ok(()) => self.take_row(account, *number, row, &mut read).await,
                Err(error) => Err(error),
            };
            let lasting = match &taken {
                Err(error) => {
                    read.heed(error);
                    read.miss("an order", error);
                    let passing = matches!(error.retry(), Retry::Safe { .. });
                    (!passing).then(|| format!("the order {number}: {error}"))
                }
                Ok(lasting) => lasting.clone(),
            };
            self.progress.note(account, *number, lasting);
        }
        self.write_ends(&read.ended).await;
        // After what is known to be new, so that it waits for nothing.
        for (number, row) in &rows {
            if let Err(error) = self.verify(account, *number, row, care, &mut read).await {
                read.heed(&error);
                read.miss("the executions of an order", &error);
            }
        }
        let told = |number| rows.contains_key(&number);
        read.unread.extend(self.progress.unreadable(account, told));
        read.newest = rows
            .values()
            .filter_map(|row| self.changed_at(&row.row))
            .max();
        read
    }

    /// Takes the entry of an exit in that is listed without it: one list is asked for after the other, and
    /// in between an entry can arrive and be filled. Without it the exit would get a name that is not its
    /// own, and keep it.
    ///
    /// # Errors
    /// Why the entry cannot be asked for now; the exit is then left for the next reading.
    async fn take_entry_of(
        &self,
        account: &AccountId,
        number: i64,
        listed: &Listed,
        rows: &BTreeMap<i64, Listed>,
        read: &mut Read,
    ) -> Result<()> {
        let parent = listed.row.parent();
        let missing = |parent: &i64| *parent != number && !rows.contains_key(parent);
        let Some(parent) = parent.filter(missing) else {
            return Ok(());
        };
        let known = |number| self.register().by_number(number).is_some();
        if known(number) || known(parent) {
            return Ok(());
        }
        read.may_ask()?;
        let taken = match self.one(account, parent).await {
            Ok(Some(entry)) => self.take_row(account, parent, &entry, read).await.map(drop),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        match taken {
            Err(error) if matches!(error.retry(), Retry::Safe { .. }) => {
                read.reread = true;
                Err(error)
            }
            // What will never be read does not keep its exits from being known.
            Err(error) => {
                tracing::warn!(number, parent, %error, "the entry of an exit cannot be read");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// When an order changed last, by Tiger's clock; what lies in the future is not believed.
    fn changed_at(&self, row: &OrderRow) -> Option<DateTime<Utc>> {
        let latest = row.latest_time.instant().max(row.update_time.instant());
        latest.filter(|at| *at - self.link.now() < TimeDelta::days(1))
    }

    /// Asks for the executions of an order whose sum fits: some corrections show in nothing else.
    async fn verify(
        &self,
        account: &AccountId,
        number: i64,
        listed: &Listed,
        care: Care,
        read: &mut Read,
    ) -> Result<()> {
        let now = self.link.now();
        let at = listed.row.latest_time.instant();
        let recent = at.is_none_or(|at| now - at < TimeDelta::days(1));
        let round = self.progress.round(account);
        let (key, filled) = {
            let register = self.register();
            let Some(key) = register.by_number(number) else {
                return Ok(());
            };
            let Some(entry) = register.get(key) else {
                return Ok(());
            };
            let wanted = match care {
                Care::Changes => false,
                Care::Recent => recent && entry.verified < round,
                Care::All => true,
            };
            let asked = read.asked.contains(&number);
            if !wanted || asked || entry.fills.is_empty() || is_global(account) {
                return Ok(());
            }
            (key, entry.filled())
        };
        read.may_ask()?;
        let compared = self.take_executions(account, number, key, filled).await?;
        let register = self.register();
        let entry = register.get(key).ok_or_else(gone)?;
        let news = compared.reports(entry, filled);
        drop(register);
        #[cfg(test)]
        read.news.extend(news.iter().cloned());
        self.tell(account, news);
        Ok(())
    }

    /// Takes one order in; what about it will not be known by asking again, if anything.
    async fn take_row(
        &self,
        account: &AccountId,
        number: i64,
        listed: &Listed,
        read: &mut Read,
    ) -> Result<Option<String>> {
        let row = &listed.row;
        let filled = row.filled()?;
        let key = self.place(account, number, listed, read).await?;
        let average = row.avg_fill_price.get();
        let (known, restated, repriced) = {
            let mut register = self.register();
            let entry = register.get_mut(key).ok_or_else(gone)?;
            entry.shown = true;
            // What a former process wrote down was sent with its mark as well.
            let written = || self.former().written_at(account, &entry.id).is_some();
            if entry.parent.is_none() && (entry.own || written()) {
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
        let (mut compared, mut checked, mut lasting) = (Compared::default(), true, None);
        if has_executions && (filled != known || repriced) {
            read.asked.insert(number);
            let asked = match read.may_ask() {
                Ok(()) => self.take_executions(account, number, key, filled).await,
                Err(stopped) => Err(stopped),
            };
            match asked {
                Ok(changes) => compared = changes,
                Err(error) => {
                    checked = false;
                    if error.kind() == ErrorKind::Unsupported {
                        lasting = Some(format!("the order {number}: {error}"));
                    } else {
                        read.reread = true;
                    }
                    read.heed(&error);
                    read.miss("the executions of an order", &error);
                }
            }
        }
        // From here on nothing is waited for, so that what is taken in is told as well.
        let mut register = self.register();
        let entry = register.get_mut(key).ok_or_else(gone)?;
        if checked {
            entry.average = average;
        }
        let mut news = compared.reports(entry, filled);
        if let Some(report) = taken_back(entry, number, filled, &news)? {
            news.push(report);
        }
        if has_executions && checked && entry.filled() != filled && !filled.is_zero() {
            let sum = entry.filled();
            let message = format!("Tiger lists executions of {sum} of the {filled} filled");
            // They come a moment later than the order's state.
            let error = Error::new(ErrorKind::Incomplete, message).with_retry(Retry::Safe {
                after: core::time::Duration::ZERO,
            });
            read.miss("the executions of an order", &error);
        }
        let standing = standing(entry, number, row, filled);
        let words = row.words();
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
        if ended {
            let end = self.former().end(account, &entry.id, self.link.now());
            read.ended.extend(end);
        }
        if ends_now {
            register.note_end(key);
        }
        drop(register);
        read.standings.push(standing);
        #[cfg(test)]
        read.news.extend(news.iter().cloned());
        self.tell(account, news);
        Ok(lasting)
    }

    /// The order's place in the register, which it gets if it has none.
    async fn place(
        &self,
        account: &AccountId,
        number: i64,
        listed: &Listed,
        read: &Read,
    ) -> Result<Key> {
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
            let mut id = name(account, row, number, entry, &self.former())?;
            let known = register.by_id(account, &id);
            match known.and_then(|key| Some((key, register.get(key)?.number))) {
                Some((key, None)) => {
                    register.learn(key, number);
                    return Ok(key);
                }
                // A second exit of the same part is an order of its own.
                Some((_, Some(_))) if row.parent().is_some() => id = outside(number)?,
                Some((_, Some(_))) | None => {}
            }
            (id, parent)
        };
        read.goes_on()?;
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
}

/// A global account's number begins with `U` (protocol notes, section 1.1).
pub(crate) fn is_global(account: &AccountId) -> bool {
    account.as_str().starts_with('U')
}

pub(super) fn gone() -> Error {
    Error::new(ErrorKind::Internal, "an order is gone from the register")
}
