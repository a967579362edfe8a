use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use broker_core::{
    Covered, ErrorKind, Portfolio, Result, Retry, async_trait,
    event::Ledger,
    model::{AccountId, AccountSummary, Instrument, Position, ProfitAndLoss, SignedQuantity},
};
use chrono::{DateTime, Utc};

use super::{
    assets::{Figures, GlobalAssets, PrimeAssets},
    holdings::{CLASSES, Holdings},
    positions::{Held, PositionRow},
};
use crate::{
    convert::Rows,
    instrument::{Book, Told},
    orders::{Blotter, is_global},
    session::Link,
    transport::{Call, Method, Parameters},
};

/// The money side of one connection.
#[derive(Debug)]
pub(crate) struct Money {
    link: Arc<Link>,
    book: Arc<Book>,
    blotter: Arc<Blotter>,
    told: Mutex<ToldAt>,
}

/// As of when positions are that the ledgers know, by the broker's clock.
type ToldAt = HashMap<(AccountId, Instrument), DateTime<Utc>>;

impl Money {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>, blotter: Arc<Blotter>) -> Arc<Self> {
        Arc::new(Self {
            link,
            book,
            blotter,
            told: Mutex::default(),
        })
    }

    /// Every figure of an account.
    async fn figures(&self, account: &AccountId) -> Result<Figures> {
        let gateway = self.link.gateway()?;
        let now = self.link.now();
        if is_global(account) {
            let parameters = Parameters::default()
                .with("segment", true)?
                .with("market_value", true)?;
            let call = Call::new(Method::ASSETS, parameters).of(account);
            let data = gateway.ask(&call).await?;
            let Rows { rows, unreadable } = data.rows::<GlobalAssets>()?;
            if let Some(error) = unreadable.into_iter().next() {
                return Err(error);
            }
            let first = rows.into_iter().next().unwrap_or_default();
            return first.figures(account, now);
        }
        // Apart: what several segments show together would be added up more than once.
        let parameters = Parameters::default().with("consolidated", false)?;
        let call = Call::new(Method::PRIME_ASSETS, parameters).of(account);
        let told: PrimeAssets = gateway.ask(&call).await?.decode()?;
        told.figures(account, now)
    }

    /// The account's figures for a snapshot.
    pub(crate) async fn summary_for_snapshot(
        &self,
        account: &AccountId,
    ) -> Covered<AccountSummary> {
        match self.figures(account).await {
            Ok(figures) => Covered::Complete(figures.summary),
            Err(error) => Covered::Unavailable(error.to_string().into()),
        }
    }

    /// Every position of an account.
    pub(crate) async fn ask_positions(&self, account: &AccountId) -> Holdings {
        let (mut held, mut missing, mut again) = (Vec::new(), Vec::new(), false);
        let (mut whole, mut unknown) = (HashSet::new(), Vec::new());
        for class in CLASSES {
            match self.class(account, class).await {
                Ok(rows) => {
                    if rows.unreadable.is_empty() {
                        whole.insert(class);
                    }
                    again |= !rows.unreadable.is_empty();
                    missing.extend(rows.unreadable.iter().map(ToString::to_string));
                    held.extend(rows.rows.into_iter().map(|row| (class, row)));
                }
                Err(error) if error.kind() == ErrorKind::InvalidRequest => {
                    unknown.push(format!("{class}: {error}"));
                }
                Err(error) => {
                    again |= matches!(error.retry(), Retry::Safe { .. });
                    missing.push(format!("{class}: {error}"));
                    // Whatever keeps it from answering keeps it from answering the rest.
                    if error.is_connection() {
                        return Holdings {
                            positions: Covered::Unavailable(missing.join("; ").into()),
                            again: true,
                            whole: HashSet::new(),
                            as_of: Vec::new(),
                        };
                    }
                }
            }
        }
        // The questions differ in the class only: where one is answered and another is wrong in itself,
        // that class does not exist there.
        if whole.is_empty() {
            missing.append(&mut unknown);
        }
        if let Err(error) = self.book.learn(held.iter().map(|(_, row)| &row.told)).await {
            tracing::debug!(%error, "instruments could not be learned together");
        }
        let (mut positions, mut as_of) = (Vec::new(), Vec::new());
        for (class, row) in held {
            let read = self.position(account, &row).await;
            if let (Ok(position), Some(at)) = (&read, row.row.update_timestamp.instant()) {
                as_of.push((position.instrument.clone(), at));
            }
            match read {
                Ok(position) if position.quantity.is_flat() => {}
                Ok(position) => positions.push(position),
                Err(error) => {
                    again |= matches!(error.retry(), Retry::Safe { .. });
                    missing.push(error.to_string());
                    whole.remove(class);
                }
            }
        }
        let positions = if missing.is_empty() {
            Covered::Complete(positions)
        } else {
            Covered::Partial {
                value: positions,
                missing: missing.join("; ").into(),
            }
        };
        Holdings {
            positions,
            again,
            whole,
            as_of,
        }
    }

    async fn class(&self, account: &AccountId, class: &str) -> Result<Rows<Held>> {
        let parameters = Parameters::default()
            .with("sec_type", class)?
            .with("currency", "ALL")?
            .with("market", "ALL")?;
        let call = Call::new(Method::POSITIONS, parameters).of(account);
        self.link.gateway()?.ask(&call).await?.list()
    }

    fn told(&self) -> MutexGuard<'_, ToldAt> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger knows these: pushes that are older are not told any more.
    pub(crate) fn have_told(&self, account: &AccountId, holdings: &Holdings) {
        let mut told = self.told();
        for (instrument, at) in &holdings.as_of {
            told.insert((account.clone(), instrument.clone()), *at);
        }
    }

    /// Takes that a position was pushed as of an instant of the broker's; whether something newer is known.
    fn is_stale(&self, account: &AccountId, instrument: &Instrument, at: DateTime<Utc>) -> bool {
        let mut told = self.told();
        let key = (account.clone(), instrument.clone());
        if told.get(&key).is_some_and(|known| at < *known) {
            return true;
        }
        told.insert(key, at);
        false
    }

    async fn position(&self, account: &AccountId, row: &Held) -> Result<Position> {
        let instrument = self.book.instrument(&row.told).await?;
        row.row.position(account, instrument, self.link.now())
    }

    /// Tells the ledger what an account holds and is worth now; whether all of it could be read.
    pub(crate) async fn refresh(&self, account: &AccountId) -> bool {
        let Ok(ledger) = self.link.desk().ledger(account) else {
            return true;
        };
        let holdings = self.ask_positions(account).await;
        let positions = &holdings.positions;
        let held: HashSet<Instrument> = positions
            .value()
            .into_iter()
            .flatten()
            .map(|position| position.instrument.clone())
            .collect();
        let known: Vec<Arc<Position>> = ledger
            .snapshot()
            .positions
            .value()
            .cloned()
            .unwrap_or_default();
        for position in positions.value().into_iter().flatten() {
            tell_holding(&ledger, &known, position.clone());
        }
        for known in known {
            let gone = !held.contains(&known.instrument) && holdings.tells_of(&known.instrument);
            if !known.quantity.is_flat() && gone {
                let (instrument, flat) = (known.instrument.clone(), SignedQuantity::FLAT);
                let now = self.link.now();
                ledger.holding(Position::new(account.clone(), instrument, flat, now));
            }
        }
        self.have_told(account, &holdings);
        self.refresh_figures(account).await && holdings.positions.is_complete()
    }

    /// Tells the ledger what an account is worth now; whether it could be read.
    pub(crate) async fn refresh_figures(&self, account: &AccountId) -> bool {
        let Ok(ledger) = self.link.desk().ledger(account) else {
            return true;
        };
        match self.figures(account).await {
            Ok(figures) => {
                ledger.summary(figures.summary);
                ledger.profit_and_loss(figures.profit);
                true
            }
            Err(error) => {
                tracing::debug!(%error, "an account's figures could not be read");
                false
            }
        }
    }

    /// Tells the ledger a position that was pushed; whether the positions
    /// should be read, because it contradicts something newer.
    pub(crate) async fn take_pushed(
        &self,
        account: &AccountId,
        told: &Told,
        row: &PositionRow,
    ) -> Result<bool> {
        let at = row.update_timestamp.instant();
        let ledger = self.link.desk().ledger(account)?;
        let instrument = self.book.instrument(told).await?;
        let position = row.position(account, instrument, self.link.now())?;
        let known = ledger.snapshot().positions;
        let known = known.value().map(Vec::as_slice).unwrap_or_default();
        if at.is_some_and(|at| self.is_stale(account, &position.instrument, at)) {
            let known = known
                .iter()
                .find(|known| known.instrument == position.instrument);
            let quantity = known.map_or(SignedQuantity::FLAT, |known| known.quantity);
            return Ok(quantity != position.quantity);
        }
        tell_holding(&ledger, known, position);
        Ok(false)
    }
}

/// Tells a position unless it is known as it is: the time alone is no news.
fn tell_holding(ledger: &Ledger, known: &[Arc<Position>], mut position: Position) {
    let before = known
        .iter()
        .find(|known| known.instrument == position.instrument);
    if let Some(before) = before {
        let now = core::mem::replace(&mut position.as_of, before.as_of);
        if **before == position {
            return;
        }
        position.as_of = now;
    } else if position.quantity.is_flat() {
        return;
    }
    ledger.holding(position);
}

#[async_trait]
impl Portfolio for Money {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        self.blotter.check_account(account)?;
        let figures = self.figures(account).await;
        figures
            .map(|figures| figures.summary)
            .map_err(|error| error.in_operation("summary"))
    }

    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        self.blotter.check_account(account)?;
        Ok(self.ask_positions(account).await.positions)
    }

    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.blotter.check_account(account)?;
        let figures = self.figures(account).await;
        figures
            .map(|figures| figures.profit)
            .map_err(|error| error.in_operation("profit_and_loss"))
    }
}
