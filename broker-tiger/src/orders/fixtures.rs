//! A blotter over a server that answers what a test says.

use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Desk, ManualClock, SecretString, SessionState,
    model::{
        AccountId, ClientOrderId, Currency, Instrument, Mic, NewOrder, OrderAmount, OrderType, Side,
    },
};
use chrono::{TimeZone as _, Utc};

use super::{Blotter, MemoryOrderJournal, Naming, OrderJournal};
use crate::{
    Deadlines, RequestLimits, TigerConfig,
    budget::Budget,
    instrument::Book,
    session::Link,
    token::TokenCell,
    transport::{
        Gateway, Http,
        scripted_server::{ScriptedServer, Step},
    },
    vectors,
};

pub(crate) const ACCOUNT: &str = "12345678";

pub(crate) fn account() -> AccountId {
    AccountId::new(ACCOUNT).unwrap()
}

pub(crate) fn apple() -> Instrument {
    Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap()
}

pub(crate) fn order(instrument: Instrument, side: Side, units: &str, kind: OrderType) -> NewOrder {
    NewOrder::new(
        ClientOrderId::new("mark-1").unwrap(),
        account(),
        instrument,
        side,
        OrderAmount::Quantity(units.parse().unwrap()),
        kind,
    )
}

pub(crate) fn limit(units: &str, price: &str) -> NewOrder {
    let price = price.parse().unwrap();
    order(apple(), Side::Buy, units, OrderType::Limit { price })
}

/// What Tiger tells about the share.
pub(crate) fn contract() -> Step {
    Step::data(
        r#"[{"symbol":"AAPL","secType":"STK","currency":"USD","market":"US",
            "primaryExchange":"NASDAQ","minTick":0.01,"tradeable":true,"contractId":14}]"#,
    )
}

/// A row of the lists.
pub(crate) fn row(number: i64, mark: &str, status: &str, filled: i64) -> String {
    format!(
        r#"{{"id":{number},"account":"{ACCOUNT}","symbol":"AAPL","secType":"STK","currency":"USD",
            "market":"US","action":"BUY","orderType":"LMT","timeInForce":"DAY","limitPrice":199.5,
            "totalQuantity":10,"totalQuantityScale":0,"filledQuantity":{filled},
            "filledQuantityScale":0,"avgFillPrice":{average},"status":"{status}","userMark":"{mark}",
            "openTime":1755052200000,"updateTime":1755052200000,"latestTime":1755052200000}}"#,
        average = if filled == 0 { "0.0" } else { "199.4" },
    )
}

pub(crate) fn items(rows: &[String]) -> Step {
    Step::data(&format!(
        r#"{{"nextPageToken":"","items":[{}]}}"#,
        rows.join(",")
    ))
}

pub(crate) fn execution(id: i64, order: i64, units: i64, price: &str) -> String {
    format!(
        r#"{{"id":{id},"orderId":{order},"symbol":"AAPL","secType":"STK","currency":"USD",
            "action":"BUY","filledQuantity":{units},"filledQuantityScale":0,"filledPrice":{price},
            "transactionTime":1755052199000}}"#
    )
}

/// A blotter that may send, before a server with these answers.
pub(crate) struct Scene {
    pub(crate) server: ScriptedServer,
    pub(crate) blotter: Arc<Blotter>,
}

impl Scene {
    /// Orders have their marks only.
    pub(crate) async fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        let journal = Arc::new(MemoryOrderJournal::default());
        Self::naming(steps, journal, false, Duration::ZERO).await
    }

    /// A number is reserved for every order.
    pub(crate) async fn numbered(
        steps: impl IntoIterator<Item = Step>,
        journal: &Arc<MemoryOrderJournal>,
    ) -> Self {
        Self::patient(steps, journal, Duration::ZERO).await
    }

    /// The same, where an order counts as listed only after a while.
    pub(super) async fn patient(
        steps: impl IntoIterator<Item = Step>,
        journal: &Arc<MemoryOrderJournal>,
        absence: Duration,
    ) -> Self {
        let journal = Arc::clone(journal) as Arc<dyn OrderJournal>;
        Self::naming(steps, journal, true, absence).await
    }

    /// The same with a journal of the test's own.
    pub(crate) async fn journaling(
        steps: impl IntoIterator<Item = Step>,
        journal: Arc<dyn OrderJournal>,
    ) -> Self {
        Self::naming(steps, journal, true, Duration::ZERO).await
    }

    async fn naming(
        steps: impl IntoIterator<Item = Step>,
        journal: Arc<dyn OrderJournal>,
        reserves: bool,
        absence: Duration,
    ) -> Self {
        let server = ScriptedServer::start(steps).await;
        let clock = ManualClock::at(Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap());
        let deadlines = Deadlines {
            command: Duration::from_millis(300),
            request: Duration::from_secs(5),
            absence,
            ..Deadlines::default()
        };
        let config = TigerConfig::builder()
            .environment([])
            .tiger_id("20150001")
            .private_key(SecretString::from(vectors::CLIENT_KEY))
            .tiger_public_key(vectors::SERVER_PUBLIC_KEY)
            .device_id(None)
            .server_url(&server.url())
            .deadlines(deadlines)
            .clock(Arc::new(clock.clone()))
            .build()
            .unwrap();
        let http = Http::new(&config.trust, config.deadlines.connect).unwrap();
        let budget = Budget::new(RequestLimits::default());
        let gateway = Gateway::new(&config, http, budget, TokenCell::new(None));
        let desk = Desk::new(Arc::new(clock));
        let _ledger = desk.open_account(&account());
        let (link, signals) = Link::new(Arc::clone(&desk), gateway.clone(), deadlines);
        // Nobody reads the lists by himself here.
        drop(signals);
        link.announce(&SessionState::Ready);
        let book = Arc::new(Book::new(gateway, account()));
        let naming = Naming { journal, reserves };
        let blotter = Blotter::new(link, book, vec![account()], naming);
        let blotter = blotter.await.unwrap();
        Self { server, blotter }
    }

    /// The methods that were asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        let heard = self.server.heard();
        let methods = heard
            .iter()
            .map(|heard| heard.body["method"].as_str().unwrap());
        methods.map(str::to_owned).collect()
    }

    /// The parameters of a request.
    pub(crate) fn parameters(&self, index: usize) -> serde_json::Value {
        let heard = self.server.heard();
        serde_json::from_str(heard[index].body["biz_content"].as_str().unwrap()).unwrap()
    }
}

impl Blotter {
    /// What the services of the connection share.
    pub(crate) fn parts(&self) -> (Arc<Link>, Arc<Book>) {
        (Arc::clone(&self.link), Arc::clone(&self.book))
    }
}
