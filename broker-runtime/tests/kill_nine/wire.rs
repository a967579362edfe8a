//! An adapter over the socket: the smallest that can send an order and look one up.

use std::{
    io::Write as _,
    sync::{Arc, atomic::Ordering},
};

use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Desk, Error, ErrorKind, Lookup,
    MarketData, OrderForm, Portfolio, Reference, Research, Result, SessionState, Support,
    SystemClock, Trading, UnconfirmedCause, async_trait, event::Baseline, model::*,
};
use chrono::NaiveDate;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    sync::{Mutex, watch},
};

use crate::{Point, child::ARMED};

#[derive(Debug)]
pub(crate) struct Wire {
    id: BrokerId,
    desk: Arc<Desk>,
    session: watch::Sender<SessionState>,
    stream: Mutex<BufReader<TcpStream>>,
    point: Point,
}

pub(crate) fn account() -> AccountId {
    AccountId::new("DU1").unwrap()
}

/// Tells the parent that the moment has come, and waits to be killed.
pub(crate) async fn here() {
    println!("AT");
    std::io::stdout().flush().unwrap();
    core::future::pending::<()>().await;
}

impl Wire {
    pub(crate) async fn connect(port: u16, point: Point) -> Arc<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let desk = Desk::new(Arc::new(SystemClock));
        let ledger = desk.open_account(&account());
        // A broker that lists nothing: all that is known of earlier orders comes from the journal.
        let unknown = || Arc::<str>::from("this broker lists nothing");
        let _none = ledger.complete(
            ledger.begin(),
            Baseline {
                orders: Covered::Unavailable(unknown()),
                fills: Covered::Unavailable(unknown()),
                positions: Covered::Unavailable(unknown()),
                summary: Covered::Unavailable(unknown()),
            },
        );
        Arc::new(Self {
            id: BrokerId::new("wire").unwrap(),
            desk,
            session: watch::Sender::new(SessionState::Ready),
            stream: Mutex::new(BufReader::new(stream)),
            point,
        })
    }

    fn is_at(&self, point: Point) -> bool {
        self.point == point && ARMED.load(Ordering::SeqCst)
    }

    /// Sends lines in one piece and waits for an answer to each of them; `None` when the connection is
    /// lost.
    async fn command(&self, lines: &[String]) -> Option<Vec<String>> {
        let mut stream = self.stream.lock().await;
        let bytes = lines.concat();
        if self.is_at(Point::MidWrite) {
            // The last line that gets away gets away in part: of one the first, of three the second.
            let whole = lines.first().filter(|_| lines.len() > 1);
            let half = bytes.as_bytes();
            let end = whole.map_or(half.len() - 2, |first| first.len() + 4);
            stream.get_mut().write_all(&half[..end]).await.unwrap();
            here().await;
        }
        stream.get_mut().write_all(bytes.as_bytes()).await.ok()?;
        if self.is_at(Point::AfterWrite) {
            here().await;
        }
        let mut answers = Vec::new();
        for _ in lines {
            answers.push(Self::answer(&mut stream).await.ok()?);
        }
        if self.is_at(Point::BeforeOutcome) {
            here().await;
        }
        Some(answers)
    }

    async fn one_command(&self, line: String) -> Acknowledgement {
        match self.command(&[line]).await.as_deref() {
            Some([answer]) => acknowledged(answer),
            _ => lost(),
        }
    }

    async fn answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        Ok(line.trim_end().to_owned())
    }

    fn report(&self, id: &ClientOrderId, kind: ExecutionKind) {
        let ledger = self.desk.ledger(&account()).unwrap();
        ledger.report(ExecutionReport::new(id.clone(), kind));
    }
}

fn lost() -> Acknowledgement {
    Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected)
}

fn acknowledged(answer: &str) -> Acknowledgement {
    match answer {
        "OK" => Acknowledgement::Accepted {
            broker_order_id: None,
        },
        _ => lost(),
    }
}

fn submit_line(order: &NewOrder) -> String {
    let price = match order.order_type {
        OrderType::Limit { price } => price.to_string(),
        _ => "0".to_owned(),
    };
    format!("SUBMIT {} {price}\n", order.client_order_id)
}

/// What the exchange has to say of an order, as this process would have sent it.
fn terms(id: &ClientOrderId, price: &str) -> NewOrder {
    NewOrder::new(
        id.clone(),
        account(),
        Instrument::equity("AAPL", Mic::XNAS, Currency::USD).unwrap(),
        Side::Buy,
        OrderAmount::Quantity(Quantity::try_from(1).unwrap()),
        OrderType::Limit {
            price: price.parse().unwrap(),
        },
    )
}

#[async_trait]
impl Broker for Wire {
    fn id(&self) -> &BrokerId {
        &self.id
    }
    fn environment(&self) -> Environment {
        Environment::Simulated
    }
    fn desk(&self) -> &Arc<Desk> {
        &self.desk
    }
    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        Ok(Vec::new())
    }
    async fn capabilities(&self, _: &AccountId) -> Result<Arc<Capabilities>> {
        let mut able = Capabilities::none(Environment::Simulated);
        able.orders = vec![OrderForm {
            asset_classes: vec![AssetClass::Equity],
            order_types: vec![OrderTypeKind::Limit, OrderTypeKind::Stop],
            times_in_force: vec![TimeInForceKind::Day],
            sessions: vec![TradingSession::Regular],
        }];
        able.replace = Support::Native([ReplaceField::LimitPrice].into());
        able.lists = Support::Native([ContingencyKind::Bracket].into());
        Ok(Arc::new(able))
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        Some(self)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        None
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        None
    }
    fn reference(&self) -> Option<&dyn Reference> {
        Some(self)
    }
    fn research(&self) -> Option<&dyn Research> {
        None
    }
    async fn close(&self) -> Result<()> {
        self.session.send_replace(SessionState::Closed);
        for ledger in self.desk.ledgers() {
            ledger.session(SessionState::Closed);
        }
        Ok(())
    }
}

fn none<T>() -> Result<T> {
    Err(Error::unsupported("not with this broker"))
}

#[async_trait]
impl Trading for Wire {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        let answer = self.one_command(submit_line(&order)).await;
        if answer.is_accepted() {
            self.report(&order.client_order_id, ExecutionKind::New);
        }
        Ok(answer)
    }
    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        let lines: Vec<String> = list.orders().map(|(order, _)| submit_line(order)).collect();
        let answers = self.command(&lines).await;
        let answers = answers.unwrap_or_else(|| vec![String::new(); lines.len()]);
        let answers: Vec<_> = answers.iter().map(|answer| acknowledged(answer)).collect();
        for ((order, _), answer) in list.orders().zip(&answers) {
            if answer.is_accepted() {
                self.report(&order.client_order_id, ExecutionKind::New);
            }
        }
        Ok(answers)
    }
    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        let price = change.limit_price.unwrap();
        let line = format!("REPLACE {} {price}\n", change.client_order_id);
        Ok(self.one_command(line).await)
    }
    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        let line = format!("CANCEL {}\n", cancel.client_order_id);
        Ok(self.one_command(line).await)
    }
    async fn cancel_all(&self, _: &AccountId) -> Result<Acknowledgement> {
        none()
    }
    async fn exercise(&self, _: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        none()
    }
    async fn preview(&self, _: &NewOrder) -> Result<OrderPreview> {
        none()
    }
    async fn find(&self, _: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        let mut stream = self.stream.lock().await;
        let lost = |_| Error::new(ErrorKind::Disconnected, "the connection is gone");
        let line = format!("FIND {id}\n");
        stream
            .get_mut()
            .write_all(line.as_bytes())
            .await
            .map_err(lost)?;
        let answer = Self::answer(&mut stream).await.map_err(lost)?;
        let words: Vec<&str> = answer.split(' ').collect();
        match words[..] {
            ["YES", word, price] => {
                let status = match word {
                    "canceled" => OrderStatus::Canceled,
                    _ => OrderStatus::New,
                };
                let report = ExecutionReport::new(id.clone(), ExecutionKind::Status { status });
                let report = report.with_terms(Arc::new(terms(id, price)));
                Ok(Lookup::Found(vec![report]))
            }
            ["NO"] => Ok(Lookup::Absent),
            _ => Ok(Lookup::Inconclusive(BrokerText::text(answer))),
        }
    }
    async fn order_reports(
        &self,
        _: &AccountId,
        _: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        none()
    }
    async fn fills(&self, _: &AccountId, _: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        none()
    }
}

#[async_trait]
impl Reference for Wire {
    async fn search(&self, _: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        none()
    }
    async fn resolve(&self, _: &InstrumentQuery) -> Result<Vec<Instrument>> {
        none()
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        let ticks = TickTable::banded([("0", "0.01")]).unwrap();
        let one = Quantity::try_from(1).unwrap();
        let rule = QuantityRule::steps(one, Quantity::try_from(1_000).unwrap());
        Ok(ContractDetails::new(
            instrument.clone(),
            "Test",
            Currency::USD,
            ticks,
            rule,
        ))
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        none()
    }
    async fn option_chain(&self, _: &ChainQuery) -> Result<OptionChain> {
        none()
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        none()
    }
    async fn schedule(
        &self,
        _: &Instrument,
        _: NaiveDate,
        _: NaiveDate,
    ) -> Result<TradingSchedule> {
        none()
    }
}
