//! An adapter over the socket: the smallest that can send an order and look one up.

use std::{io::Write as _, sync::Arc};

use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Desk, Error, ErrorKind, Lookup,
    MarketData, OrderForm, Portfolio, Reference, Research, Result, SessionState, SystemClock,
    Trading, UnconfirmedCause, async_trait, event::Baseline, model::*,
};
use chrono::NaiveDate;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    sync::{Mutex, watch},
};

use super::Point;

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

    async fn answer(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        Ok(line.trim_end().to_owned())
    }
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
            order_types: vec![OrderTypeKind::Market],
            times_in_force: vec![TimeInForceKind::Day],
            sessions: vec![TradingSession::Regular],
        }];
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
        let mut stream = self.stream.lock().await;
        let line = format!("SUBMIT {}\n", order.client_order_id);
        let lost = Ok(Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected));
        if self.point == Point::MidWrite {
            let half = &line.as_bytes()[..line.len() - 2];
            stream.get_mut().write_all(half).await.unwrap();
            here().await;
        }
        if stream.get_mut().write_all(line.as_bytes()).await.is_err() {
            return lost;
        }
        if self.point == Point::AfterWrite {
            here().await;
        }
        match Self::answer(&mut stream).await {
            Ok(answer) if answer == "OK" => {}
            _ => return lost,
        }
        if self.point == Point::BeforeOutcome {
            here().await;
        }
        Ok(Acknowledgement::Accepted {
            broker_order_id: None,
        })
    }
    async fn submit_list(&self, _: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        none()
    }
    async fn replace(&self, _: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        none()
    }
    async fn cancel(&self, _: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        none()
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
        match Self::answer(&mut stream).await.map_err(lost)?.as_str() {
            "YES" => {
                let status = OrderStatus::New;
                let kind = ExecutionKind::Status { status };
                Ok(Lookup::Found(vec![ExecutionReport::new(id.clone(), kind)]))
            }
            "NO" => Ok(Lookup::Absent),
            other => Ok(Lookup::Inconclusive(BrokerText::text(other))),
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
