use std::sync::{Arc, Mutex, MutexGuard};

use broker_core::{
    Acknowledgement, Admitted, Broker, Capabilities, Covered, Desk, Error, ErrorKind, Lookup,
    MarketData, OrderForm, Portfolio, Reference, Research, Result, SessionState, Support, Trading,
    UnconfirmedCause, async_trait,
    event::{Baseline, GapCause, Ledger},
    feed::FeedSink,
    model::*,
};
use chrono::TimeDelta;
use tokio::sync::{Notify, watch};

use super::{
    Bug,
    server::{Server, error, unsupported},
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
            let fills = self.server().executions(&account);
            let now = self.desk.clock().now();
            let position = |(what, much)| Position::new(account.clone(), what, much, now);
            let baseline = Baseline {
                orders: Covered::Complete(orders),
                fills: match bug {
                    Bug::HidesLostBusts => Covered::Unavailable("not asked".into()),
                    _ => Covered::Complete(fills),
                },
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

    pub(super) fn figures(&self, account: &AccountId) -> AccountSummary {
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

    pub(super) fn known(&self, account: &AccountId) -> Result<()> {
        self.desk.ledger(account).map(|_| ())
    }

    pub(super) fn connected(&self) -> Result<()> {
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
        if self.server().bug == Bug::LeavesHalfLists {
            can.lists = Support::Native([ContingencyKind::OneCancelsOther].into());
        }
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
    async fn submit_list(&self, list: Admitted<OrderList>) -> Result<Vec<Acknowledgement>> {
        let mut orders = list.orders().map(|(order, _)| order);
        // Only the broker that leaves halves declares that it takes lists at all.
        let Some(first) = orders
            .next()
            .filter(|_| self.server().bug == Bug::LeavesHalfLists)
        else {
            return unsupported();
        };
        let mut answers = vec![self.command(|server| server.accept(first), false).await?];
        let lost = |_| Acknowledgement::unconfirmed(UnconfirmedCause::Disconnected);
        answers.extend(orders.map(lost));
        Ok(answers)
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
        Ok(self.covered(|server| server.executions(account)))
    }
}

impl Toy {
    pub(super) fn covered<T>(&self, ask: impl Fn(&Server) -> Vec<T>) -> Covered<Vec<T>> {
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
