use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use broker_core::{
    Broker, Result, dec,
    model::{
        AccountId, AccountKind, Currency, Instrument, Mic, Money, OccSymbol, Price, Quantity, Right,
    },
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::{PaperBroker, PaperWorld};
use crate::{
    conformance::{Harness, Injection, Market, Rig, Truth, World},
    fault::Fault,
};

/// Starts paper brokers for the conformance suite.
///
/// ```
/// use broker_sim::{conformance, paper::PaperHarness};
/// # #[tokio::main] async fn main() {
/// let check = conformance::find("P1.1").expect("it is in the catalogue");
/// let outcome = conformance::run(check, &PaperHarness::default()).await;
/// assert!(!outcome.is_failed(), "{outcome}");
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct PaperHarness {
    _private: (),
}

#[derive(Debug)]
struct PaperRig {
    world: Arc<PaperWorld>,
    broker: Mutex<Arc<PaperBroker>>,
    accounts: Vec<AccountId>,
    view: World,
}

/// Noon in New York on a trading day; the next recorded price is far enough away.
fn start_at() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2022, 1, 5)
        .and_then(|date| date.and_hms_opt(17, 0, 0))
        .map(|noon| noon.and_utc())
        .unwrap_or_default()
}

fn apple_call(expiry: NaiveDate, strike: rust_decimal::Decimal) -> Result<Instrument> {
    Ok(Instrument::option(OccSymbol::new(
        "AAPL",
        expiry,
        Right::Call,
        strike,
    )?))
}

#[async_trait]
impl Harness for PaperHarness {
    async fn start(&self) -> Result<Box<dyn Rig>> {
        let cash = || vec![Money::new(dec!(10_000_000), Currency::USD)];
        let margin = AccountKind::Margin;
        let world = PaperBroker::builder()
            .start_at(start_at())
            .points_per_day(4)
            .account_of_kind("PAPER-1", margin.clone(), Currency::USD, cash())
            .account_of_kind("PAPER-2", margin, Currency::USD, cash())
            .build_world()?;
        let accounts = world.account_ids();
        let expiry = NaiveDate::from_ymd_opt(2022, 2, 18).unwrap_or_default();
        let held_option = apple_call(expiry, dec!(150))?;
        if let Some(first) = accounts.first() {
            world
                .with_exchange(|exchange| {
                    let price = Price::new(dec!(25))?;
                    let two = Quantity::new(dec!(2))?;
                    Ok(exchange.endow(first, &held_option, two, price))
                })
                .and_then(
                    |endowed: std::result::Result<(), crate::exchange::Refusal>| {
                        endowed.map_err(|refusal| refusal.to_error())
                    },
                )?;
        }
        let view = view(&world, &accounts, &held_option)?;
        let broker = Arc::new(world.connect("paper", accounts.clone())?);
        Ok(Box::new(PaperRig {
            world,
            broker: Mutex::new(broker),
            accounts,
            view,
        }))
    }
}

/// What there is to trade.
fn view(world: &PaperWorld, accounts: &[AccountId], held: &Instrument) -> Result<World> {
    let listed = |wanted: &dyn Fn(&Instrument) -> bool| {
        world.with_exchange(|exchange| exchange.instruments().find(|i| wanted(i)).cloned())
    };
    let first = accounts
        .first()
        .cloned()
        .map_or_else(|| AccountId::new("PAPER-1"), Ok)?;
    let apple = Instrument::equity("AAPL", Mic::XNAS, Currency::USD)?;
    let mut view = World::new(first, Instrument::equity("KO", Mic::XNYS, Currency::USD)?);
    view.accounts = accounts.to_vec();
    view.others = [
        listed(&|i| matches!(i, Instrument::Future(_))),
        listed(&|i| matches!(i, Instrument::Forex(_))),
        listed(&|i| matches!(i, Instrument::Crypto(_))),
        Some(held.clone()),
    ]
    .into_iter()
    .flatten()
    .collect();
    view.unknown_symbol = "NOSUCH".into();
    view.ambiguous_symbol = Some("ES".into());
    let expired = NaiveDate::from_ymd_opt(2021, 12, 17).unwrap_or_default();
    view.expired = Some(apple_call(expired, dec!(150))?);
    view.closed_market = Some(Instrument::equity("00700", Mic::XHKG, Currency::HKD)?);
    view.underlying = Some(apple.clone());
    view.held_option = Some(held.clone());
    view.researched = Some(apple);
    Ok(view)
}

impl PaperRig {
    fn paper(&self) -> Arc<PaperBroker> {
        Arc::clone(&self.broker.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Rig for PaperRig {
    fn broker(&self) -> Arc<dyn Broker> {
        self.paper()
    }

    fn world(&self) -> World {
        self.view.clone()
    }

    async fn market(&self, instrument: &Instrument) -> Option<Market> {
        let quote = self
            .world
            .with_exchange(|exchange| exchange.quote(instrument))
            .ok()?;
        Some(Market {
            bid: quote.bid?,
            bid_size: quote.bid_size?,
            ask: quote.ask?,
            ask_size: quote.ask_size?,
        })
    }

    async fn truth(&self, account: &AccountId) -> Truth {
        self.world.truth(account)
    }

    async fn inject(&self, fault: Fault) -> Injection {
        self.paper().inject(&fault);
        Injection::Done
    }

    async fn advance(&self, span: TimeDelta) {
        self.world.advance(span);
    }

    async fn settle(&self) {
        self.paper().flush();
    }

    async fn restart(&self) -> Result<Arc<dyn Broker>> {
        let old = self.paper();
        old.close().await?;
        let new = Arc::new(self.world.connect("paper", self.accounts.clone())?);
        *self.broker.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        Ok(new)
    }

    async fn move_market(&self, instrument: &Instrument, to: Price) -> Injection {
        match self
            .world
            .with_exchange(|exchange| exchange.pin_price(instrument, to))
        {
            Ok(()) => Injection::Done,
            Err(refusal) => Injection::NotPossible(refusal.text),
        }
    }

    fn upstream_lines(&self) -> Option<usize> {
        Some(self.paper().open_lines())
    }
}
