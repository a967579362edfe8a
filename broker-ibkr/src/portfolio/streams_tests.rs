use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Covered, dec,
    event::{Baseline, Ledger},
    model::{AccountId, Currency, Environment, Instrument, Mic, Position, SignedQuantity},
};
use chrono::Utc;
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::Money;
use crate::{
    Deadlines,
    instrument::Book,
    orders::Blotter,
    scripted_gateway::{Gateway, Known, Message},
    session::Signal,
};

const PATIENCE: Duration = Duration::from_secs(20);

const REQUEST_POSITIONS: i32 = 61;
const REQUEST_POSITIONS_MULTI: i32 = 74;

const POSITION: i32 = 61;
const POSITION_END: i32 = 62;
const POSITION_MULTI: i32 = 71;
const POSITION_MULTI_END: i32 = 72;

fn share(symbol: &str) -> Instrument {
    Instrument::equity(symbol, Mic::XNAS, Currency::USD).unwrap()
}

/// An account whose ledger knows 100 shares of Apple and 200 of Microsoft.
struct Stage {
    gateway: Gateway,
    ledger: Arc<Ledger>,
    money: Arc<Money>,
    watching: JoinHandle<broker_core::Result<()>>,
    signals: mpsc::UnboundedReceiver<Signal>,
}

impl Stage {
    async fn open() -> Self {
        Self::open_within(Deadlines::default()).await
    }

    async fn open_within(deadlines: Deadlines) -> Self {
        let known = [(1, "AAPL"), (2, "MSFT"), (3, "NVDA")].map(|(number, symbol)| Known {
            number,
            symbol,
            primary: "NASDAQ",
            magnifier: 1,
        });
        let gateway = Gateway::start_within(known.to_vec(), deadlines).await;
        let account = AccountId::new("DU1").unwrap();
        let ledger = gateway.link.desk().open_account(&account);
        let held = [("AAPL", dec!(100)), ("MSFT", dec!(200))].map(|(symbol, quantity)| {
            let quantity = SignedQuantity::new(quantity).unwrap();
            Position::new(account.clone(), share(symbol), quantity, Utc::now())
        });
        let unread = || "not read".into();
        let baseline = Baseline {
            orders: Covered::Complete(Vec::new()),
            fills: Covered::Complete(Vec::new()),
            positions: Covered::Complete(held.to_vec()),
            summary: Covered::Unavailable(unread()),
        };
        let missing = ledger.complete(ledger.begin(), baseline);
        assert!(missing.is_empty());
        let (sender, signals) = mpsc::unbounded_channel();
        let (link, book) = (Arc::clone(&gateway.link), Arc::new(Book::default()));
        let environment = Environment::Paper;
        let blotter = Blotter::new(Arc::clone(&link), Arc::clone(&book), 7, environment, sender);
        blotter.set_accounts(vec![account], true);
        let money = Money::new(link, book, blotter);
        let watched = Arc::clone(&money);
        let watching = tokio::spawn(async move { watched.watch_positions().await });
        Self {
            gateway,
            ledger,
            money,
            watching,
            signals,
        }
    }

    fn hold(&self, kind: i32, request: Option<i64>, number: i64, quantity: &str) {
        // What has no details and says no exchange cannot be read.
        let contract = Message::new().with_int(1, number).with_text(3, "STK");
        // Of a numbered answer every field comes one place later.
        let (told, place) = match request {
            Some(request) => (Message::new().with_int(1, request), 2),
            None => (Message::new(), 1),
        };
        let told = told
            .with_text(place, "DU1")
            .with_message(place + 1, &contract)
            .with_text(place + 2, quantity);
        self.gateway.send(kind, &told);
    }

    /// What the ledger knows that is not flat, in the order of its names.
    fn known(&self) -> Vec<(String, String)> {
        let positions = self.ledger.snapshot().positions;
        let mut known: Vec<_> = positions
            .value()
            .into_iter()
            .flatten()
            .filter(|position| !position.quantity.is_flat())
            .map(|position| {
                let symbol = position.instrument.to_string();
                (symbol, position.quantity.to_string())
            })
            .collect();
        known.sort();
        known
    }

    async fn comes_to_know(&self, expected: &[(&str, &str)]) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(symbol, quantity)| (share(symbol).to_string(), (*quantity).to_owned()))
            .collect();
        let mut events = self.ledger.subscribe();
        let coming = async {
            while self.known() != expected {
                events.next().await.unwrap();
            }
        };
        let in_time = timeout(PATIENCE, coming).await;
        assert!(in_time.is_ok(), "{:?} are known", self.known());
    }
}

#[tokio::test]
async fn what_the_numbered_answer_does_not_have_is_closed_and_nothing_else() {
    let mut stage = Stage::open().await;
    stage.gateway.expect(REQUEST_POSITIONS).await;
    // The end of an earlier round, which names no request: it proves nothing.
    stage.gateway.send(POSITION_END, &Message::new());
    let asked = stage.gateway.expect(REQUEST_POSITIONS_MULTI).await;
    assert_eq!(stage.known().len(), 2, "closed without a proof");
    stage.hold(POSITION_MULTI, Some(asked.id()), 2, "200");
    let end = Message::new().with_int(1, asked.id());
    stage.gateway.send(POSITION_MULTI_END, &end);
    stage.comes_to_know(&[("MSFT", "200")]).await;
    // The stream goes on.
    stage.hold(POSITION, None, 3, "7");
    stage.comes_to_know(&[("MSFT", "200"), ("NVDA", "7")]).await;
}

#[tokio::test]
async fn a_question_that_is_not_answered_closes_nothing() {
    let mut stage = Stage::open().await;
    stage.gateway.expect(REQUEST_POSITIONS).await;
    stage.gateway.send(POSITION_END, &Message::new());
    let asked = stage.gateway.expect(REQUEST_POSITIONS_MULTI).await;
    stage
        .gateway
        .refuse(asked.id(), 321, "Error validating request");
    let ended = timeout(PATIENCE, &mut stage.watching).await;
    // Whoever watches asks again.
    ended.unwrap().unwrap().unwrap_err();
    assert_eq!(stage.known().len(), 2);
}

#[tokio::test]
async fn a_change_that_cannot_be_read_has_the_account_read_anew() {
    let mut stage = Stage::open().await;
    stage.gateway.expect(REQUEST_POSITIONS).await;
    stage.gateway.send(POSITION_END, &Message::new());
    let asked = stage.gateway.expect(REQUEST_POSITIONS_MULTI).await;
    stage.hold(POSITION_MULTI, Some(asked.id()), 1, "100");
    stage.hold(POSITION_MULTI, Some(asked.id()), 2, "200");
    let end = Message::new().with_int(1, asked.id());
    stage.gateway.send(POSITION_MULTI_END, &end);
    // No contract has this number.
    stage.hold(POSITION, None, 999, "5");
    let signal = timeout(PATIENCE, stage.signals.recv()).await;
    assert!(matches!(signal, Ok(Some(Signal::Lagged(_)))), "{signal:?}");
    // The stream goes on.
    stage.hold(POSITION, None, 3, "7");
    let known = [("AAPL", "100"), ("MSFT", "200"), ("NVDA", "7")];
    stage.comes_to_know(&known).await;
}

#[tokio::test]
async fn what_the_snapshot_lacks_anyway_is_not_asked_for_again_and_again() {
    let mut stage = Stage::open().await;
    let cause = broker_core::event::GapCause::Disconnected;
    stage.ledger.gap(cause);
    stage.gateway.expect(REQUEST_POSITIONS).await;
    stage.hold(POSITION, None, 999, "5");
    stage.gateway.send(POSITION_END, &Message::new());
    stage.gateway.expect(REQUEST_POSITIONS_MULTI).await;
    assert!(stage.signals.try_recv().is_err());
}

#[tokio::test]
async fn questions_for_figures_that_wait_for_each_other_end_in_time() {
    let deadlines = Deadlines {
        request: Duration::from_millis(700),
        ..Deadlines::default()
    };
    let stage = Stage::open_within(deadlines).await;
    let account = AccountId::new("DU1").unwrap();
    let asked = (0..8).map(|_| stage.money.ask_figures(&account));
    // Nobody answers.
    let all = timeout(
        Duration::from_secs(3),
        futures_util::future::join_all(asked),
    )
    .await;
    let all = all.expect("they waited one after the other");
    assert!(all.iter().all(Result::is_err));
}
