use std::{collections::HashSet, sync::Arc};

use broker_core::{
    Covered, Portfolio, Result, Retry, async_trait,
    event::Ledger,
    model::{AccountId, AccountSummary, Instrument, Position, ProfitAndLoss, SignedQuantity},
};

use super::{
    assets::{Figures, GlobalAssets, PrimeAssets},
    positions::{Held, PositionRow},
};
use crate::{
    convert::Rows,
    instrument::{Book, Told},
    orders::{Blotter, is_global},
    session::Link,
    transport::{Call, Method, Parameters},
};

/// The classes that an account may hold; the vendor's method tells one at a time.
const CLASSES: [&str; 7] = ["STK", "OPT", "FUT", "WAR", "IOPT", "FUND", "CC"];

/// The money side of one connection.
#[derive(Debug)]
pub(crate) struct Money {
    link: Arc<Link>,
    book: Arc<Book>,
    blotter: Arc<Blotter>,
}

impl Money {
    pub(crate) fn new(link: Arc<Link>, book: Arc<Book>, blotter: Arc<Blotter>) -> Arc<Self> {
        Arc::new(Self {
            link,
            book,
            blotter,
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
        let parameters = Parameters::default().with("consolidated", true)?;
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

    /// Every position of an account that is not flat, and whether asking again may bring more.
    pub(crate) async fn ask_positions(
        &self,
        account: &AccountId,
    ) -> (Covered<Vec<Position>>, bool) {
        let (mut held, mut missing, mut again) = (Vec::new(), Vec::new(), false);
        for class in CLASSES {
            match self.class(account, class).await {
                Ok(rows) => {
                    again |= !rows.unreadable.is_empty();
                    missing.extend(rows.unreadable.iter().map(ToString::to_string));
                    held.extend(rows.rows);
                }
                Err(error) => {
                    again |= matches!(error.retry(), Retry::Safe { .. });
                    missing.push(format!("{class}: {error}"));
                    // Whatever keeps it from answering keeps it from answering the rest.
                    if error.is_connection() {
                        return (Covered::Unavailable(missing.join("; ").into()), true);
                    }
                }
            }
        }
        if let Err(error) = self.book.learn(held.iter().map(|row| &row.told)).await {
            tracing::debug!(%error, "instruments could not be learned together");
        }
        let mut positions = Vec::new();
        for row in held {
            match self.position(account, &row).await {
                Ok(position) if position.quantity.is_flat() => {}
                Ok(position) => positions.push(position),
                Err(error) => {
                    again |= matches!(error.retry(), Retry::Safe { .. });
                    missing.push(error.to_string());
                }
            }
        }
        let read = if missing.is_empty() {
            Covered::Complete(positions)
        } else {
            Covered::Partial {
                value: positions,
                missing: missing.join("; ").into(),
            }
        };
        (read, again)
    }

    async fn class(&self, account: &AccountId, class: &str) -> Result<Rows<Held>> {
        let parameters = Parameters::default()
            .with("sec_type", class)?
            .with("currency", "ALL")?
            .with("market", "ALL")?;
        let call = Call::new(Method::POSITIONS, parameters).of(account);
        self.link.gateway()?.ask(&call).await?.list()
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
        let (positions, _) = self.ask_positions(account).await;
        let whole = positions.is_complete();
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
        if whole {
            for known in known {
                if !known.quantity.is_flat() && !held.contains(&known.instrument) {
                    let (instrument, flat) = (known.instrument.clone(), SignedQuantity::FLAT);
                    let now = self.link.now();
                    ledger.holding(Position::new(account.clone(), instrument, flat, now));
                }
            }
        }
        self.refresh_figures(account).await && whole
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

    /// Tells the ledger a position that was pushed.
    pub(crate) async fn take_pushed(
        &self,
        account: &AccountId,
        told: &Told,
        row: &PositionRow,
    ) -> Result<()> {
        let ledger = self.link.desk().ledger(account)?;
        let instrument = self.book.instrument(told).await?;
        let position = row.position(account, instrument, self.link.now())?;
        let known = ledger.snapshot().positions;
        let known = known.value().map(Vec::as_slice).unwrap_or_default();
        tell_holding(&ledger, known, position);
        Ok(())
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
        Ok(self.ask_positions(account).await.0)
    }

    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.blotter.check_account(account)?;
        let figures = self.figures(account).await;
        figures
            .map(|figures| figures.profit)
            .map_err(|error| error.in_operation("profit_and_loss"))
    }
}
