use std::sync::{Arc, Mutex, MutexGuard};

use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Desk, Error, ErrorKind, Lookup,
    MarketData, OrderForm, Portfolio, Reference, Research, Result, SessionState, Support, Trading,
    UnconfirmedCause, async_trait, dec,
    event::{Baseline, GapCause, Ledger},
    feed::{FeedLine, FeedSink},
    model::*,
};
use chrono::{NaiveDate, TimeDelta, TimeZone as _};
use tokio::sync::{Notify, watch};

use super::{
    Bug,
    server::{DEPTH, Server, error, unsupported},
};
use crate::fault::Fault;

pub(super) const SECRET: &str = "hunter2-hunter2";

pub(super) struct Toy {
    pub(super) id: BrokerId,
    pub(super) desk: Arc<Desk>,
    pub(super) session: watch::Sender<SessionState>,
    pub(super) server: Arc<Mutex<Server>>,
    pub(super) time_passed: Arc<Notify>,
    pub(super) equity: Instrument,
    pub(super) sinks: Mutex<Vec<FeedSink>>,
    pub(super) secret: &'static str,
}

impl core::fmt::Debug for Toy {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let leak = self.server().bug == Bug::PrintsSecret;
        f.debug_struct("Toy")
            .field("id", &self.id)
            .field("secret", &if leak { self.secret } else { "…" })
            .finish_non_exhaustive()
    }
}

impl Toy {
    pub(super) fn server(&self) -> MutexGuard<'_, Server> {
        self.server.lock().unwrap()
    }

    fn set(&self, state: &SessionState) {
        self.session.send_replace(state.clone());
        for ledger in self.desk.ledgers() {
            ledger.session(state.clone());
        }
    }

    pub(super) fn lose(&self, state: &SessionState) {
        self.set(state);
        if self.server().bug != Bug::NoGap {
            let gap = |ledger: &Arc<Ledger>| ledger.gap(GapCause::Disconnected);
            self.desk.ledgers().iter().for_each(gap);
        }
    }

    /// A new session: the snapshot, the lines.
    pub(super) async fn connect(&self) {
        let bug = self.server().bug;
        for ledger in self.desk.ledgers() {
            let account = ledger.account().clone();
            let ticket = ledger.begin();
            let truth = self.server().truth(&account);
            let orders = match bug {
                Bug::StaleSnapshot | Bug::ForgetsAfterRestart => Vec::new(),
                _ => self.server().statuses(&account),
            };
            let fills = self.server().fills.clone().into_iter();
            let fills = fills.filter(|(owner, _)| *owner == account);
            let now = self.desk.clock().now();
            let position = |(what, much)| Position::new(account.clone(), what, much, now);
            let baseline = Baseline {
                orders: Covered::Complete(orders),
                fills: Covered::Complete(fills.map(|(_, fill)| fill).collect()),
                positions: Covered::Complete(truth.positions.into_iter().map(position).collect()),
                summary: Covered::Complete(self.figures(&account)),
            };
            if bug != Bug::NoSnapshot {
                let _ = ledger.complete(ticket, baseline);
            }
        }
        self.session.send_replace(SessionState::Ready);
        if bug != Bug::ForgetsLines {
            self.desk.feeds().resubscribe(self).await;
        }
    }

    fn figures(&self, account: &AccountId) -> AccountSummary {
        let now = self.desk.clock().now();
        let mut figures = AccountSummary::new(account.clone(), Currency::USD, now);
        if self.server().bug == Bug::Sentinels {
            let amount = rust_decimal::Decimal::from(i32::MAX);
            figures.buying_power = Some(Money {
                amount,
                currency: Currency::USD,
            });
        }
        figures
    }

    fn known(&self, account: &AccountId) -> Result<()> {
        self.desk.ledger(account).map(|_| ())
    }

    fn connected(&self) -> Result<()> {
        let server = self.server();
        let session = self.session.borrow().clone();
        if server.displaced {
            Err(error(ErrorKind::SessionConflict, "logged in elsewhere"))
        } else if server.is_down() || session == SessionState::Closed {
            let leak = if server.bug == Bug::SecretInErrors {
                SECRET
            } else {
                ""
            };
            Err(error(
                ErrorKind::Disconnected,
                &format!("no connection {leak}"),
            ))
        } else {
            Ok(())
        }
    }

    async fn silence(&self) {
        let clock = Arc::clone(self.desk.clock());
        let deadline = clock.now() + TimeDelta::seconds(10);
        let hangs = self.server().bug == Bug::Hangs;
        while hangs || clock.now() < deadline {
            self.time_passed.notified().await;
        }
    }

    /// Sends a command through whatever goes wrong with it.
    async fn command(
        &self,
        act: impl Fn(&mut Server) + Send,
        lies: bool,
    ) -> Result<Acknowledgement> {
        self.connected()?;
        let (bug, fault) = {
            let mut server = self.server();
            if server.banned_until.is_some() {
                if server.bug == Bug::SendsWhileBanned {
                    act(&mut server);
                }
                return Err(error(ErrorKind::RateLimited, "too fast"));
            }
            let kept = |fault: &Fault| {
                matches!(fault, Fault::FillBeforeAcknowledgement | Fault::Warn { .. })
            };
            (
                server.bug,
                server.take_armed(|one| one.strikes_command() && !kept(one)),
            )
        };
        let run = |times: u8| {
            let mut server = self.server();
            for _ in 0..times {
                server.commands += 1;
                act(&mut server);
            }
        };
        let lost = Error::new(ErrorKind::Disconnected, "connection lost");
        let drop_now = || {
            let until = self.desk.clock().now() + TimeDelta::seconds(5);
            self.server().down_until = Some(until);
            self.lose(&SessionState::Connecting);
        };
        let unconfirmed = |cause| Ok(Acknowledgement::unconfirmed(cause));
        match fault {
            Some(Fault::DropBeforeWrite | Fault::DropMidFrame) => {
                drop_now();
                Err(lost)
            }
            Some(Fault::DropAfterWrite | Fault::DropBeforeReply) => {
                run(1);
                drop_now();
                if bug == Bug::DropIsError || lies {
                    return Err(lost);
                }
                unconfirmed(UnconfirmedCause::Disconnected)
            }
            Some(Fault::SilenceAfterAccept) => {
                if bug != Bug::LosesWhatItAccepted {
                    run(if bug == Bug::Resends { 2 } else { 1 });
                }
                if bug == Bug::LosesWhatItAccepted {
                    return Ok(Acknowledgement::Accepted {
                        broker_order_id: None,
                    });
                }
                self.silence().await;
                if bug == Bug::TimeoutIsError || lies {
                    return Err(error(ErrorKind::Timeout, "no answer"));
                }
                unconfirmed(UnconfirmedCause::Timeout)
            }
            Some(Fault::SilenceBeforeAccept) => {
                self.silence().await;
                unconfirmed(UnconfirmedCause::Timeout)
            }
            Some(Fault::Reject { code, text }) => {
                match bug {
                    Bug::DropsRejects => Ok(Acknowledgement::Accepted {
                        broker_order_id: None,
                    }),
                    Bug::RewordsRejects => Err(error(ErrorKind::Rejected, &text)),
                    _ => Err(error(ErrorKind::Rejected, "refused")
                        .with_broker(BrokerText::new(code, text))),
                }
            }
            _ => {
                run(1);
                Ok(Acknowledgement::Accepted {
                    broker_order_id: None,
                })
            }
        }
    }
}

#[async_trait]
impl Broker for Toy {
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
        let info = |ledger: &Arc<Ledger>| {
            let id = ledger.account().clone();
            AccountInfo::new(id, AccountKind::Cash, Currency::USD, Environment::Simulated)
        };
        Ok(self.desk.ledgers().iter().map(info).collect())
    }
    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        self.known(account)?;
        let mut can = Capabilities::none(Environment::Simulated);
        let mut order_types = vec![OrderTypeKind::Market, OrderTypeKind::Limit];
        if self.server().bug == Bug::DeclaresTooMuch {
            order_types.push(OrderTypeKind::Stop);
        }
        can.orders = vec![OrderForm {
            asset_classes: vec![AssetClass::Equity],
            order_types,
            times_in_force: vec![
                TimeInForceKind::Day,
                TimeInForceKind::Gtc,
                TimeInForceKind::Ioc,
                TimeInForceKind::Fok,
            ],
            sessions: vec![TradingSession::Regular],
        }];
        can.preview = Support::Native(());
        can.replace = Support::Native([ReplaceField::Quantity, ReplaceField::LimitPrice].into());
        can.feeds = Support::Native([FeedKind::Quotes].into());
        Ok(Arc::new(can))
    }
    fn session(&self) -> watch::Receiver<SessionState> {
        self.session.subscribe()
    }
    fn trading(&self) -> Option<&dyn Trading> {
        Some(self)
    }
    fn portfolio(&self) -> Option<&dyn Portfolio> {
        Some(self)
    }
    fn market_data(&self) -> Option<&dyn MarketData> {
        Some(self)
    }
    fn reference(&self) -> Option<&dyn Reference> {
        Some(self)
    }
    fn research(&self) -> Option<&dyn Research> {
        None
    }
    async fn close(&self) -> Result<()> {
        if self.server().bug == Bug::ClosesSilently {
            self.session.send_replace(SessionState::Closed);
        } else {
            self.set(&SessionState::Closed);
        }
        Ok(())
    }
}

#[async_trait]
impl Trading for Toy {
    async fn submit(&self, order: Admitted<NewOrder>) -> Result<Acknowledgement> {
        let (account, id) = (order.account.clone(), order.client_order_id.clone());
        if self.server().find(&account, id.as_str()).is_some() {
            return Err(error(ErrorKind::Duplicate, "known here"));
        }
        if matches!(order.order_type, OrderType::Stop { .. }) {
            return Err(error(ErrorKind::Rejected, "no stops"));
        }
        let answer = self.command(|server| server.accept(&order), false).await?;
        let mut server = self.server();
        if let Some(Fault::Warn { code, text }) =
            server.take_armed(|one| matches!(one, Fault::Warn { .. }))
        {
            server.warn(&account, id.as_str(), code, text);
        }
        Ok(answer)
    }
    async fn submit_list(&self, _: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        unsupported()
    }
    async fn replace(&self, change: Admitted<ReplaceOrder>) -> Result<Acknowledgement> {
        let index = self.working(&change.account, &change.client_order_id)?;
        let old = Arc::clone(&self.server().orders[index].terms);
        let next = change.apply_to(&old).unwrap();
        let lies = self.server().bug == Bug::ReplaceLies;
        self.command(|server| server.change(index, next.clone()), lies)
            .await
    }
    async fn cancel(&self, cancel: Admitted<CancelOrder>) -> Result<Acknowledgement> {
        let index = self.working(&cancel.account, &cancel.client_order_id)?;
        let lies = self.server().bug == Bug::CancelLies;
        self.command(|server| server.end(index, ExecutionKind::Canceled), lies)
            .await
    }
    async fn cancel_all(&self, account: &AccountId) -> Result<Acknowledgement> {
        self.command(
            |server| {
                for index in 0..server.orders.len() {
                    let order = &server.orders[index];
                    if order.open && order.terms.account == *account {
                        server.end(index, ExecutionKind::Canceled);
                    }
                }
            },
            false,
        )
        .await
    }
    async fn exercise(&self, _: Admitted<ExerciseOption>) -> Result<Acknowledgement> {
        unsupported()
    }
    async fn preview(&self, order: &NewOrder) -> Result<OrderPreview> {
        self.connected()?;
        let bug = self.server().bug;
        if bug == Bug::PreviewPlaces {
            self.server().accept(order);
        }
        let taken = self
            .capabilities(&order.account)
            .await?
            .check(order)
            .is_ok();
        Ok(OrderPreview::new(taken || bug == Bug::TakesTooMuch))
    }
    async fn find(&self, account: &AccountId, id: &ClientOrderId) -> Result<Lookup> {
        self.known(account)?;
        let down = self.connected().is_err();
        let server = self.server();
        if server.bug == Bug::ForgetsDroppedCalls {
            return Ok(Lookup::Absent);
        }
        if down {
            return Ok(match server.bug {
                Bug::AbsentWhileDown => Lookup::Absent,
                _ => Lookup::Inconclusive(BrokerText::text("no connection")),
            });
        }
        Ok(match server.find(account, id.as_str()) {
            Some(index) => Lookup::Found(vec![server.status(index)]),
            None => Lookup::Absent,
        })
    }
    async fn order_reports(
        &self,
        account: &AccountId,
        _: &OrderFilter,
    ) -> Result<Covered<Vec<ExecutionReport>>> {
        self.known(account)?;
        Ok(self.covered(|server| server.statuses(account)))
    }
    async fn fills(&self, account: &AccountId, _: &FillFilter) -> Result<Covered<Vec<Fill>>> {
        self.known(account)?;
        Ok(self.covered(|server| {
            let own = server.fills.iter().filter(|(owner, _)| owner == account);
            own.map(|(_, fill)| fill.clone()).collect()
        }))
    }
}

impl Toy {
    fn covered<T>(&self, ask: impl Fn(&Server) -> Vec<T>) -> Covered<Vec<T>> {
        let down = self.connected().is_err();
        let server = self.server();
        match (down, server.bug) {
            (false, _) => Covered::Complete(ask(&server)),
            (true, Bug::EmptyWhileDown) => Covered::Complete(Vec::new()),
            (true, _) => Covered::Unavailable("no connection".into()),
        }
    }

    fn working(&self, account: &AccountId, id: &ClientOrderId) -> Result<usize> {
        self.connected()?;
        let server = self.server();
        match server.find(account, id.as_str()) {
            Some(index) if server.orders[index].open => Ok(index),
            Some(_) => Err(error(ErrorKind::TooLate, "it is over")),
            None => Err(error(ErrorKind::NotFound, "no such order")),
        }
    }
}

#[async_trait]
impl Portfolio for Toy {
    async fn summary(&self, account: &AccountId) -> Result<AccountSummary> {
        self.known(account)?;
        self.connected()?;
        Ok(self.figures(account))
    }
    async fn positions(&self, account: &AccountId) -> Result<Covered<Vec<Position>>> {
        self.known(account)?;
        let now = self.desk.clock().now();
        let position = |(what, much)| Position::new(account.clone(), what, much, now);
        Ok(self.covered(|server| {
            let held = server.truth(account).positions.into_iter();
            held.map(position).collect()
        }))
    }
    async fn profit_and_loss(&self, account: &AccountId) -> Result<ProfitAndLoss> {
        self.known(account)?;
        Ok(ProfitAndLoss::new(account.clone(), self.desk.clock().now()))
    }
}

/// Releases a line at the server.
struct Line(Arc<Mutex<Server>>);
impl Drop for Line {
    fn drop(&mut self) {
        let mut server = self.0.lock().unwrap();
        if server.bug != Bug::LeaksLine {
            server.lines -= 1;
        }
    }
}

impl Toy {
    pub(super) fn quote(&self) -> Quote {
        let server = self.server();
        let mut quote = Quote::new(self.equity.clone(), self.desk.clock().now());
        let off = if server.bug == Bug::WrongQuote {
            dec!(1)
        } else {
            dec!(0)
        };
        quote.bid = Price::new(server.ask - dec!(0.02)).ok();
        quote.ask = Price::new(server.ask + off).ok();
        quote.ask_size = Some(DEPTH);
        quote
    }

    fn there(&self, instrument: &Instrument) -> Result<()> {
        if *instrument == self.equity {
            return Ok(());
        }
        assert!(
            self.server().bug != Bug::PanicsOnUnknown,
            "what is {instrument}?"
        );
        let unknown = self.server().bug == Bug::UnknownOrderIsInternal;
        let kind = if unknown {
            ErrorKind::Internal
        } else {
            ErrorKind::NotFound
        };
        Err(error(kind, "no such instrument"))
    }
}

#[async_trait]
impl MarketData for Toy {
    async fn quotes(&self, instruments: &[Instrument]) -> Result<Vec<Result<Quote>>> {
        self.connected()?;
        let quote = |one| self.there(one).map(|()| self.quote());
        Ok(instruments.iter().map(quote).collect())
    }
    async fn depth(&self, _: &Instrument, _: u16) -> Result<Depth> {
        unsupported()
    }
    async fn trades(&self, _: &Instrument, _: u32) -> Result<Vec<Trade>> {
        unsupported()
    }
    async fn bars(&self, _: &BarQuery) -> Result<Vec<Bar>> {
        unsupported()
    }
    async fn open_line(&self, subscription: &Subscription, sink: FeedSink) -> Result<FeedLine> {
        if subscription.kind() != FeedKind::Quotes {
            return unsupported();
        }
        self.connected()?;
        self.there(subscription.instrument())?;
        let many = if self.server().bug == Bug::LineEach {
            2
        } else {
            1
        };
        self.server().lines += many;
        sink.quote(self.quote());
        self.sinks.lock().unwrap().push(sink);
        Ok(FeedLine::new(Line(Arc::clone(&self.server))))
    }
}

#[async_trait]
impl Reference for Toy {
    async fn search(&self, text: &str, _: u32) -> Result<Vec<InstrumentMatch>> {
        let found = self.resolve(&InstrumentQuery::from(text)).await?;
        let named = |instrument| InstrumentMatch {
            instrument,
            name: "Acme".into(),
        };
        Ok(found.into_iter().map(named).collect())
    }
    async fn resolve(&self, query: &InstrumentQuery) -> Result<Vec<Instrument>> {
        let acme = query.text == "ACME";
        Ok(if acme {
            vec![self.equity.clone()]
        } else {
            Vec::new()
        })
    }
    async fn contract(&self, instrument: &Instrument) -> Result<ContractDetails> {
        self.there(instrument)?;
        let ticks = TickTable::uniform(dec!(0.01))?;
        let rule = QuantityRule::steps(Quantity::try_from(1)?, Quantity::try_from(1_000_000)?);
        let mut details =
            ContractDetails::new(instrument.clone(), "Acme", Currency::USD, ticks, rule);
        details.time_zone = "America/New_York".into();
        Ok(details)
    }
    async fn option_expirations(&self, _: &Instrument) -> Result<Vec<NaiveDate>> {
        unsupported()
    }
    async fn option_chain(&self, _: &ChainQuery) -> Result<OptionChain> {
        unsupported()
    }
    async fn compute_option(&self, _: &OptionQuery) -> Result<OptionComputation> {
        unsupported()
    }
    async fn schedule(
        &self,
        _: &Instrument,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<TradingSchedule> {
        let zone = chrono_tz::America::New_York;
        let fixed = self.server().bug == Bug::FixedSchedule;
        let at = |date: NaiveDate, hour: u32| {
            let local = date.and_hms_opt(hour, 0, 0).unwrap();
            if fixed {
                return chrono::Utc.from_utc_datetime(&local) + TimeDelta::hours(5);
            }
            zone.from_local_datetime(&local).unwrap().to_utc()
        };
        let dates = from.iter_days().take_while(|date| *date <= to);
        let window = |date| SessionWindow {
            kind: SessionKind::Regular,
            open: at(date, 9),
            close: at(date, 16),
        };
        let day = |date| TradingDay {
            date,
            windows: vec![window(date)],
            early_close: false,
            holiday: None,
        };
        Ok(TradingSchedule {
            time_zone: zone.name().into(),
            days: dates.map(day).collect(),
        })
    }
}
