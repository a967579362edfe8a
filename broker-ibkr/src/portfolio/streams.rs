//! The streams that keep an account's figures, positions and profit current.

use core::time::Duration;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use broker_core::{
    Error, ErrorKind, Result, Retry,
    model::{AccountId, Instrument, Position, SignedQuantity},
};
use futures_util::{Stream, StreamExt as _};
use ibapi::accounts::{AccountUpdateMulti, PositionUpdate, types::AccountId as WireAccount};
use tokio::{task::JoinSet, time::Instant};

use super::{Money, figures::Figures, gather::Gathered};
use crate::session::{Link, Signal, lossless};

/// How often a stream that has not brought anything yet is suspected.
const LOOK: Duration = Duration::from_millis(250);

/// The wait for the first round of a stream.
///
/// TWS drops a message that comes too fast without saying which one it was. A stream that was never
/// opened looks like one on which nothing happens, so silence has a limit until the first round is
/// whole.
struct Opening {
    since: Instant,
    complaints: u64,
}

impl Opening {
    fn now(link: &Link) -> Self {
        Self {
            since: Instant::now(),
            complaints: link.pacer().counters().complaints,
        }
    }

    /// The next item of a stream that has not brought its first round yet.
    async fn next<S: Stream + Unpin>(&self, link: &Link, items: &mut S) -> Result<Option<S::Item>> {
        loop {
            match tokio::time::timeout(LOOK, items.next()).await {
                Ok(item) => return Ok(item),
                Err(_) if link.pacer().counters().complaints != self.complaints => {
                    let message = "TWS may have dropped the request because of too many messages";
                    return Err(Error::new(ErrorKind::RateLimited, message));
                }
                Err(_) if self.since.elapsed() >= link.deadlines().request => {
                    let message = "TWS did not begin to answer in time";
                    return Err(Error::new(ErrorKind::Timeout, message));
                }
                Err(_) => {}
            }
        }
    }
}

impl Money {
    /// Keeps every account current until it is dropped.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut tasks = JoinSet::new();
        let deadlines = self.link.deadlines();
        let (first, most) = (deadlines.reconnect_after, deadlines.reconnect_at_most);
        for account in self.blotter.accounts() {
            let (figures, profit) = (Arc::clone(&self), Arc::clone(&self));
            let of = account.clone();
            tasks.spawn(async move {
                again(first, most, "figures", || figures.watch_figures(&of)).await;
            });
            tasks.spawn(async move {
                again(first, most, "profit and loss", || {
                    profit.watch_profit(&account)
                })
                .await;
            });
        }
        let positions = Arc::clone(&self);
        tasks.spawn(async move {
            again(first, most, "positions", || positions.watch_positions()).await;
        });
        while tasks.join_next().await.is_some() {}
    }

    /// Keeps the positions current until the stream ends.
    ///
    /// # Errors
    /// What reading fails with. What TWS has told meanwhile it does not tell again, so the accounts are
    /// read anew.
    pub(super) async fn watch_positions(&self) -> Result<()> {
        let watched = self.follow_positions().await;
        if let Err(error) = &watched
            && !error.is_connection()
        {
            let accounts = self.blotter.accounts();
            if accounts.iter().any(|account| self.claims_all(account)) {
                self.lose(error);
            }
        }
        watched
    }

    /// Whether the ledger says that no position of the account is unknown.
    fn claims_all(&self, account: &AccountId) -> bool {
        let ledger = self.link.desk().ledger(account);
        ledger.is_ok_and(|ledger| ledger.snapshot().positions.is_complete())
    }

    /// Something about positions was told and could not be taken in.
    fn lose(&self, error: &Error) {
        tracing::warn!(%error, "a position cannot be read");
        let text = format!("a position could not be read: {}", error.message());
        self.blotter.signal(Signal::Lagged(text));
    }

    async fn follow_positions(&self) -> Result<()> {
        let opening = Opening::now(&self.link);
        let stream = self
            .link
            .ask(
                "positions",
                |client| async move { client.positions().await },
            )
            .await?;
        let mut items = lossless(stream);
        let accounts: HashMap<String, AccountId> = self
            .blotter
            .accounts()
            .into_iter()
            .map(|account| (account.to_string(), account))
            .collect();
        let mut current = false;
        loop {
            let item = if current {
                items.next().await
            } else {
                opening.next(&self.link, &mut items).await?
            };
            let Some(item) = item else { return Ok(()) };
            let told = match item {
                Ok(PositionUpdate::Position(told)) => told,
                Ok(PositionUpdate::PositionEnd) => {
                    if !std::mem::replace(&mut current, true) {
                        self.close_others().await?;
                    }
                    continue;
                }
                Err(error) => return Err(crate::error::from_ibapi("positions", &error)),
            };
            let Some(account) = accounts.get(&told.account) else {
                continue;
            };
            match self
                .position(account, &told.contract, told.position, told.average_cost)
                .await
            {
                Ok(position) => {
                    if let Ok(ledger) = self.link.desk().ledger(account) {
                        ledger.holding(position);
                    }
                }
                // TWS does not tell it again until it changes. What was told at the beginning is
                // in the snapshot, too, which says what it lacks.
                Err(error) if current || self.claims_all(account) => self.lose(&error),
                Err(error) => tracing::debug!(%error, "a position still cannot be read"),
            }
        }
    }

    /// What was closed between the snapshot and the opening of the stream is told by nobody: it is
    /// merely not among what is held.
    ///
    /// The end of the stream's first round does not prove what is held, for it may be that of an
    /// earlier stream: it names no request. So all positions are asked for by number.
    async fn close_others(&self) -> Result<()> {
        for account in self.blotter.accounts() {
            let Ok(ledger) = self.link.desk().ledger(&account) else {
                continue;
            };
            let (held, again) = self.ask_positions(&account).await;
            let held = match held.complete() {
                Ok(held) => held,
                Err(error) if again => {
                    return Err(error.with_retry(Retry::Safe {
                        after: Duration::ZERO,
                    }));
                }
                // A position that cannot be read may be any of those that are known.
                Err(_) => continue,
            };
            let held: HashSet<&Instrument> = held.iter().map(|held| &held.instrument).collect();
            let known = ledger.snapshot().positions;
            for position in known.value().into_iter().flatten() {
                if !position.quantity.is_flat() && !held.contains(&position.instrument) {
                    let (instrument, flat) = (position.instrument.clone(), SignedQuantity::FLAT);
                    let now = self.link.now();
                    ledger.holding(Position::new(account.clone(), instrument, flat, now));
                }
            }
        }
        Ok(())
    }

    async fn watch_figures(&self, account: &AccountId) -> Result<()> {
        let opening = Opening::now(&self.link);
        let wire = WireAccount(account.to_string());
        let stream = self
            .link
            .ask("summary", |client| async move {
                client.account_updates_multi(Some(&wire), None).await
            })
            .await?;
        let mut items = lossless(stream);
        let mut gathered = Gathered::default();
        // Nothing is told before the end of the first round: half of the figures is none.
        loop {
            match opening.next(&self.link, &mut items).await? {
                Some(Ok(AccountUpdateMulti::AccountMultiValue(value))) => gathered.take(&value),
                Some(Ok(AccountUpdateMulti::End)) => break,
                Some(Err(error)) => return Err(crate::error::from_ibapi("summary", &error)),
                None => return Ok(()),
            }
        }
        loop {
            match gathered.next(&mut items).await {
                // The stream has a part of the figures only; it says when to ask for all.
                Some(Ok(())) => self.tell(account, &self.ask_figures(account).await?),
                Some(Err(error)) => return Err(crate::error::from_ibapi("summary", &error)),
                None => return Ok(()),
            }
        }
    }

    fn tell(&self, account: &AccountId, figures: &Figures) {
        let summary = figures.summary(account, self.link.now());
        if let (Some(summary), Ok(ledger)) = (summary, self.link.desk().ledger(account)) {
            ledger.summary(summary);
        }
    }

    async fn watch_profit(&self, account: &AccountId) -> Result<()> {
        let base = self.base_currency(account).await?;
        let opening = Opening::now(&self.link);
        let wire = WireAccount(account.to_string());
        let stream = self
            .link
            .ask("profit_and_loss", |client| async move {
                client.pnl(&wire, None).await
            })
            .await?;
        let mut items = lossless(stream);
        let mut begun = false;
        loop {
            let item = if begun {
                items.next().await
            } else {
                opening.next(&self.link, &mut items).await?
            };
            let Some(item) = item else { return Ok(()) };
            begun = true;
            let figures =
                item.map_err(|error| crate::error::from_ibapi("profit_and_loss", &error))?;
            if let Ok(ledger) = self.link.desk().ledger(account) {
                ledger.profit_and_loss(self.profit(account, base, &figures));
            }
        }
    }
}

/// Opens a stream again whenever it ends; a lost connection ends the task that this runs in.
async fn again<F, Fut>(first: Duration, most: Duration, what: &'static str, mut open: F)
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<()>>,
{
    let mut pause = first;
    loop {
        let begun = Instant::now();
        match open().await {
            Ok(()) => tracing::debug!(what, "a stream ended"),
            Err(error) if error.is_connection() => tracing::debug!(what, %error, "a stream ended"),
            Err(error) => tracing::warn!(what, %error, "a stream ended"),
        }
        // One that lasted may be opened again soon.
        if begun.elapsed() > most {
            pause = first;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(most);
    }
}
