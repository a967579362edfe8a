//! The readings of an account's lists: all of them, or what has changed.

use std::collections::HashSet;

use broker_core::{
    Covered, Error, ErrorKind, Result,
    model::{AccountId, Fill},
};
use chrono::{DateTime, TimeDelta, Utc};
use tokio::{sync::MutexGuard, time::Instant};

use super::{
    blotter::Blotter,
    listing::{Lines, Wanted},
    lookup::single,
    read::{Care, Read},
    row::Listed,
};

/// By how much later than another a change may be listed that happened before it.
pub(super) const LAG: TimeDelta = TimeDelta::minutes(10);
/// Orders that are asked for one by one; more are asked for together.
const ONE_BY_ONE: usize = 5;

impl Blotter {
    /// Since when orders that have changed are listed in a whole reading: every order that was placed or
    /// filled since.
    pub(super) fn horizon(&self) -> DateTime<Utc> {
        let days = TimeDelta::from_std(self.link.deadlines().history);
        let now = self.link.now();
        now.checked_sub_signed(days.unwrap_or(TimeDelta::days(90)))
            .unwrap_or(now)
    }

    /// A list of fills with the instant from which on nothing is missing in it.
    pub(crate) fn since(&self, read: Covered<Vec<Fill>>) -> Covered<Vec<Fill>> {
        match read {
            Covered::Complete(value) => Covered::Since {
                value,
                from: self.horizon(),
            },
            read => read,
        }
    }

    /// When a reading for somebody who waits for it has to come to its end.
    pub(super) fn soon(&self) -> Instant {
        Instant::now() + self.link.deadlines().request
    }

    /// The right to read the lists.
    ///
    /// # Errors
    /// When another reading takes longer than a question may.
    pub(super) async fn turn(&self) -> Result<MutexGuard<'_, ()>> {
        let patience = self.link.deadlines().request;
        let turn = tokio::time::timeout(patience, self.reading.lock()).await;
        turn.map_err(|_| {
            let message = "another reading of Tiger's lists is still under way, within the request limits; \
                           ask again in a moment";
            Error::new(ErrorKind::RateLimited, message)
        })
    }

    /// Reads everything that Tiger lists about an account.
    ///
    /// # Errors
    /// When a list could not be had.
    pub(crate) async fn read_all(&self, account: &AccountId) -> Result<Read> {
        let _one_at_a_time = self.turn().await?;
        // Nobody but the session waits for it.
        let until = Instant::now() + self.link.deadlines().request * 4;
        // Those that were placed earlier, too, and were filled or ended since.
        let changed = self
            .list(account, Wanted::ChangedSince(self.horizon()), until)
            .await?;
        // Later than the other, so that what both have is taken from here.
        let working = self.list(account, Wanted::Working, until).await?;
        let lists = vec![changed, working];
        let read = self.take_in(account, lists, Care::Recent, until).await;
        if read.is_through() {
            self.progress.has_read(account, read.newest);
            self.progress.end_round(account);
        }
        self.forget_the_old(account).await;
        Ok(read)
    }

    /// Reads what has changed since the last reading, what works, and what worked and does neither
    /// any more; what was read.
    ///
    /// # Errors
    /// When a list could not be had.
    pub(crate) async fn refresh(&self, account: &AccountId) -> Result<Read> {
        let _one_at_a_time = self.turn().await?;
        let until = self.soon();
        let since = self.progress.read_until(account);
        let since = since.map_or_else(|| self.horizon(), |read| read - LAG);
        let changed = self
            .list(account, Wanted::ChangedSince(since), until)
            .await?;
        let working = self.list(account, Wanted::Working, until).await?;
        let mut lists = vec![changed, working];
        let missing = self.missing(account, &lists);
        if missing.len() > ONE_BY_ONE {
            let all = Wanted::PlacedSince(self.horizon());
            lists.insert(0, self.list(account, all, until).await?);
        } else {
            for number in missing {
                match self.one(account, number).await {
                    Ok(Some(row)) => lists.push(single(row)),
                    Ok(None) => {}
                    // It is about this order and not about the lists.
                    Err(error) if is_about_one(&error) => lists.push(unreadable(error)),
                    Err(error) => return Err(error),
                }
            }
        }
        let read = self.take_in(account, lists, Care::Changes, until).await;
        if read.is_through() {
            self.progress.has_read(account, read.newest);
        }
        Ok(read)
    }

    /// The numbers of orders that are thought to work and are in none of these lists.
    fn missing(&self, account: &AccountId, lists: &[Lines<Listed>]) -> Vec<i64> {
        let listed: HashSet<i64> = lists
            .iter()
            .flat_map(|list| &list.rows)
            .filter_map(|row| row.row.id.get())
            .collect();
        let register = self.register();
        let open = register.of(account).filter(|entry| !entry.ended);
        open.filter_map(|entry| entry.number)
            .filter(|number| !listed.contains(number))
            .collect()
    }
}

/// Whether an answer to a question about one order says nothing about the connection.
fn is_about_one(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Rejected
            | ErrorKind::NotFound
            | ErrorKind::InvalidRequest
            | ErrorKind::Protocol
            | ErrorKind::Unsupported
    )
}

fn unreadable(error: Error) -> Lines<Listed> {
    Lines {
        rows: Vec::new(),
        unreadable: vec![error],
    }
}
