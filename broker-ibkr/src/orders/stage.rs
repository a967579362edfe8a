//! A blotter over a gateway whose every word a test chooses, for the tests of this folder.

use core::{future::Future, time::Duration};
use std::sync::Arc;

use broker_core::model::{AccountId, Environment};
use tokio::{sync::mpsc, task::JoinHandle, time::timeout};

use super::{
    Blotter,
    fixtures::{CLIENT, entry, limit},
    register::Key,
};
use crate::{
    instrument::Book,
    scripted_gateway::{Gateway, Known, Message, Request},
    session::Signal,
};

pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// Requests, by their numbers in the protocol.
pub(super) const PLACE_ORDER: i32 = 3;
pub(super) const CANCEL_ORDER: i32 = 4;
pub(super) const REQUEST_EXECUTIONS: i32 = 7;
pub(super) const REQUEST_ALL_OPEN_ORDERS: i32 = 16;
pub(super) const GLOBAL_CANCEL: i32 = 58;
pub(super) const REQUEST_COMPLETED_ORDERS: i32 = 99;

/// Answers, by their numbers in the protocol.
pub(super) const ORDER_STATUS: i32 = 3;
pub(super) const OPEN_ORDER: i32 = 5;
pub(super) const EXECUTION: i32 = 11;
const OPEN_ORDERS_END: i32 = 53;
const EXECUTIONS_END: i32 = 55;
pub(super) const COMPLETED_ORDER: i32 = 101;
const COMPLETED_ORDERS_END: i32 = 102;

pub(super) struct Stage {
    pub(super) gateway: Gateway,
    pub(super) blotter: Arc<Blotter>,
    _signals: mpsc::UnboundedReceiver<Signal>,
}

impl Stage {
    /// A blotter for the only account of its login.
    pub(super) async fn open() -> Self {
        let listed = |number, symbol| Known {
            number,
            symbol,
            primary: "NASDAQ",
            magnifier: 1,
        };
        let known = vec![listed(265_598, "AAPL"), listed(272_093, "MSFT")];
        let gateway = Gateway::start(known).await;
        let (sender, signals) = mpsc::unbounded_channel();
        let blotter = Blotter::new(
            Arc::clone(&gateway.link),
            Arc::new(Book::default()),
            CLIENT,
            Environment::Paper,
            sender,
        );
        let stage = Self {
            gateway,
            blotter,
            _signals: signals,
        };
        stage.accounts(&["DU1"], true);
        stage
    }

    pub(super) fn accounts(&self, used: &[&str], whole: bool) {
        let used = used.iter().map(|id| AccountId::new(id).unwrap());
        self.blotter.set_accounts(used.collect(), whole);
    }

    /// Lets the blotter hear what the gateway says about orders.
    pub(super) async fn listen(&self) {
        let stream = self.gateway.link.client().unwrap();
        let stream = stream.order_update_stream().await.unwrap();
        let blotter = Arc::clone(&self.blotter);
        tokio::spawn(async move { blotter.listen(stream).await });
    }

    /// Puts an order into the register that works.
    pub(super) fn has_working(&self, order: &Told) -> Key {
        let mut known = entry(limit());
        known.wire = Some((order.client, order.number));
        known.perm_id = order.perm;
        known.live = true;
        self.blotter.register().add(known)
    }

    /// Does something in the background.
    pub(super) fn begin<T, F>(&self, work: impl FnOnce(Arc<Blotter>) -> F) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        tokio::spawn(work(Arc::clone(&self.blotter)))
    }

    /// Tells open orders as the answer to the question for them, which has come.
    pub(super) fn answer_open_orders(&self, orders: &[Told]) {
        for order in orders {
            self.gateway.send(OPEN_ORDER, &order.open());
            self.gateway.send(ORDER_STATUS, &order.status("Submitted"));
        }
        self.gateway.send(OPEN_ORDERS_END, &Message::new());
    }

    /// Answers the questions for the other two lists.
    pub(super) async fn answer_the_other_lists(&mut self, completed: &[Told]) {
        self.gateway.expect(REQUEST_COMPLETED_ORDERS).await;
        for order in completed {
            self.gateway.send(COMPLETED_ORDER, &order.completed());
        }
        self.gateway.send(COMPLETED_ORDERS_END, &Message::new());
        let asked = self.gateway.expect(REQUEST_EXECUTIONS).await;
        self.end_executions(&asked);
    }

    pub(super) async fn answer_lists(&mut self, open: &[Told], completed: &[Told]) {
        self.gateway.expect(REQUEST_ALL_OPEN_ORDERS).await;
        self.answer_open_orders(open);
        self.answer_the_other_lists(completed).await;
    }

    /// Ends the answer to a question for executions.
    pub(super) fn end_executions(&self, asked: &Request) {
        let end = Message::new().with_int(1, asked.id());
        self.gateway.send(EXECUTIONS_END, &end);
    }
}

/// Waits for something in the background, but not for ever.
pub(super) async fn done<T>(work: JoinHandle<T>) -> T {
    timeout(PATIENCE, work).await.unwrap().unwrap()
}

/// An order to buy shares, as TWS tells it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) client: i32,
    pub(super) number: i32,
    pub(super) perm: i64,
    pub(super) name: &'static str,
    pub(super) quantity: &'static str,
    pub(super) price: f64,
    pub(super) filled: &'static str,
    pub(super) contract: i64,
    pub(super) order_type: &'static str,
    pub(super) condition: bool,
    /// Where it stands, for an order that follows the market at a distance of two dollars.
    pub(super) trigger: Option<f64>,
}

impl Told {
    pub(super) fn own() -> Self {
        Self {
            client: CLIENT,
            number: super::fixtures::ORDER,
            perm: 9_001,
            name: "a-1",
            quantity: "100",
            price: 187.5,
            filled: "",
            contract: 265_598,
            order_type: "LMT",
            condition: false,
            trigger: None,
        }
    }

    fn contract(&self) -> Message {
        let symbol = if self.contract == 265_598 {
            "AAPL"
        } else {
            "MSFT"
        };
        let contract = Message::new().with_int(1, self.contract);
        let contract = contract.with_text(2, symbol).with_text(3, "STK");
        let contract = contract.with_text(8, "SMART").with_text(9, "NASDAQ");
        contract.with_text(10, "USD")
    }

    fn order(&self) -> Message {
        let order = Message::new()
            .with_int(1, self.client.into())
            .with_int(2, self.number.into())
            .with_int(3, self.perm)
            .with_text(5, "BUY")
            .with_text(6, self.quantity)
            .with_text(8, self.order_type)
            .with_double(9, self.price)
            .with_text(11, "DAY")
            .with_text(12, "DU1")
            .with_text(28, self.name)
            .with_text(115, self.filled);
        let order = match self.trigger {
            Some(trigger) => order.with_double(10, 2.0).with_double(23, trigger),
            None => order,
        };
        if !self.condition {
            return order;
        }
        // At a time of day.
        let condition = Message::new().with_int(1, 3).with_int(2, 1);
        let condition = condition.with_text(12, "20300115 15:30:00 US/Eastern");
        order.with_message(100, &condition)
    }

    pub(super) fn open(&self) -> Message {
        Message::new()
            .with_int(1, self.number.into())
            .with_message(2, &self.contract())
            .with_message(3, &self.order())
            .with_message(4, &Message::new().with_text(1, "Submitted"))
    }

    pub(super) fn completed(&self) -> Message {
        Message::new()
            .with_message(1, &self.contract())
            .with_message(2, &self.order())
            .with_message(3, &Message::new().with_text(1, "Cancelled"))
    }

    pub(super) fn status(&self, word: &str) -> Message {
        Message::new()
            .with_int(1, self.number.into())
            .with_text(2, word)
            .with_text(3, "0")
            .with_text(4, self.quantity)
            .with_int(6, self.perm)
            .with_int(9, self.client.into())
    }
}
