use core::{fmt, time::Duration};
use std::sync::{Arc, Mutex, PoisonError};

use broker_core::{
    Broker, Capabilities, Desk, Error, ErrorKind, MarketData, Portfolio, Reference, Research,
    Result, SessionState, Trading, async_trait,
    model::{AccountId, AccountInfo, BrokerId, Environment, Instrument},
};
use chrono::{DateTime, Utc};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    AccountFilter, BudgetCounters, TigerBuilder, TigerClient, TigerConfig, TokenState,
    capabilities::capabilities,
    instrument::Book,
    market_data::{Quotes, fill_in},
    orders::{Blotter, Orders},
    portfolio::Money,
    push::{Dial, Lines, Pauses, PushClient},
    reference::{Instruments, MarketState, MarketStates},
    research::{DailyFigure, Reports},
    session::{Link, Permissions, QuoteAccess, QuotePermission, Supervisor, accounts},
    treasury::Treasury,
};

/// A connection to Tiger Brokers.
pub struct TigerBroker {
    id: BrokerId,
    environment: Environment,
    client: TigerClient,
    link: Arc<Link>,
    known: accounts::Accounts,
    blotter: Arc<Blotter>,
    orders: Orders,
    money: Arc<Money>,
    pub(super) quotes: Quotes,
    pub(super) instruments: Instruments,
    reports: Reports,
    treasury: Treasury,
    markets: Arc<MarketStates>,
    able: Mutex<Option<(bool, Arc<Capabilities>)>>,
    permissions: Arc<Permissions>,
    push: Option<PushClient>,
    lines: Option<Arc<Lines>>,
    closing: watch::Sender<bool>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

impl TigerBroker {
    /// Puts a connection together.
    pub fn builder(config: TigerConfig) -> TigerBuilder {
        TigerBuilder::new(config)
    }

    pub(crate) async fn open(builder: TigerBuilder) -> Result<Arc<Self>> {
        let config = builder.config;
        let id = BrokerId::new(&builder.id)?;
        let deadlines = config.deadlines;
        let client = TigerClient::connect(config.clone()).await?;
        let gateway = client.gateway().clone();
        let known = accounts::admit(&gateway, &builder.accounts, builder.environment).await?;
        let accounts: Vec<AccountId> = known.keys().cloned().collect();
        if let Err(error) = client.learn_limits().await {
            tracing::warn!(%error, "the limits of the developer's plan are not known; the usual ones are kept");
        }
        let desk = Desk::new(Arc::clone(&config.clock));
        for account in &accounts {
            desk.open_account(account);
        }
        let first = accounts.first().cloned();
        let first = first
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a connection without accounts"))?;
        let book = Arc::new(Book::new(gateway.clone(), first.clone()));
        let (link, signals) = Link::new(Arc::clone(&desk), gateway.clone(), deadlines);
        let blotter = Blotter::new(
            Arc::clone(&link),
            Arc::clone(&book),
            accounts.clone(),
            builder.naming,
        );
        let blotter = blotter.await?;
        let money = Money::new(Arc::clone(&link), Arc::clone(&book), Arc::clone(&blotter));
        let markets = Arc::new(MarketStates::new(Arc::clone(&link)));
        let pauses = Pauses {
            first: deadlines.reconnect_after,
            most: deadlines.reconnect_at_most,
        };
        let (push, pushed, lines) = if builder.push {
            let (lines, opened) = Lines::new();
            let dial = Dial {
                address: config.push.clone(),
                tls: Arc::new(config.trust.client()?),
                tiger_id: config.tiger_id.clone(),
                sign: config.signer.sign(&config.tiger_id)?,
                full_ticks: config.full_ticks,
                accounts,
                within: deadlines.connect,
                lines: Arc::clone(&lines),
                clock: Arc::clone(&config.clock),
            };
            let (push, pushed) = PushClient::start(dial, pauses);
            // Ends with the lines.
            let of = Arc::downgrade(&lines);
            let quotes = Quotes::new(
                Arc::clone(&link),
                Arc::clone(&book),
                Arc::clone(&markets),
                None,
            );
            tokio::spawn(fill_in(opened, of, quotes));
            (Some(push), Some(pushed), Some(lines))
        } else {
            (None, None, None)
        };
        let permissions = Permissions::new(gateway);
        let closing = watch::Sender::new(false);
        let supervisor = Supervisor {
            link: Arc::clone(&link),
            blotter: Arc::clone(&blotter),
            money: Arc::clone(&money),
            token: client.token_state(),
            access: permissions.access(),
            permissions: Arc::clone(&permissions),
            signals,
            pushed,
            closing: closing.subscribe(),
        };
        let keeper = tokio::spawn(supervisor.run());
        let broker = Arc::new(Self {
            id,
            environment: builder.environment,
            known,
            orders: Orders(Arc::clone(&blotter)),
            quotes: Quotes::new(
                Arc::clone(&link),
                Arc::clone(&book),
                Arc::clone(&markets),
                lines.clone(),
            ),
            instruments: Instruments::new(Arc::clone(&link), Arc::clone(&book), first),
            treasury: Treasury::new(Arc::clone(&link), Arc::clone(&book), Arc::clone(&blotter)),
            markets,
            reports: Reports::new(Arc::clone(&link), book),
            client,
            link,
            blotter,
            money,
            able: Mutex::default(),
            permissions,
            push,
            lines,
            closing,
            keeper: Mutex::new(Some(keeper)),
        });
        // The first reading has its own deadlines; what it could not read is in the state.
        let mut session = broker.link.session();
        let settled = session.wait_for(|state| *state != SessionState::Connecting);
        let _late = tokio::time::timeout(deadlines.connect + deadlines.request * 2, settled).await;
        Ok(broker)
    }

    /// Waits until the session is ready.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout) with the state that it is in instead;
    /// [`Disconnected`](ErrorKind::Disconnected) when it has been closed.
    pub async fn ensure_ready(&self, timeout: Duration) -> Result<()> {
        let mut session = self.link.session();
        let ended =
            session.wait_for(|state| matches!(state, SessionState::Ready | SessionState::Closed));
        match tokio::time::timeout(timeout, ended).await {
            Ok(Ok(state)) if *state == SessionState::Ready => Ok(()),
            Ok(_) => Err(Error::new(ErrorKind::Disconnected, "the session is closed")),
            Err(_) => {
                let message = format!("not ready within {timeout:?}: {:?}", self.link.state());
                Err(Error::new(ErrorKind::Timeout, message))
            }
        }
        .map_err(|error| error.in_operation("ensure_ready"))
    }

    /// Reads now what has changed about orders since the last reading, and tells the ledgers.
    ///
    /// # Errors
    /// When a list could not be had.
    pub async fn reconcile(&self) -> Result<()> {
        for account in self.blotter.accounts() {
            let read = self.blotter.refresh(account).await;
            read.map_err(|error| error.in_operation("reconcile"))?;
        }
        Ok(())
    }

    /// Takes the pushes back after another connection of the developer has displaced this one
    /// ([`SessionState::Displaced`]). The other one loses them: let only one program do this.
    pub fn take_over(&self) {
        if let Some(push) = &self.push {
            push.take_over();
        }
    }

    /// Binds the developer's quote permissions to this device, and says which they are. Another device
    /// that had them reads no more quotes: this is never done without being asked for.
    ///
    /// # Errors
    /// Why they could not be had. After [`Timeout`](ErrorKind::Timeout) and connection errors they may
    /// have been taken all the same; asking again does no harm.
    pub async fn grab_quote_permission(&self) -> Result<Vec<QuotePermission>> {
        let grabbed = self.permissions.grab().await;
        grabbed.map_err(|error| error.in_operation("grab_quote_permission"))
    }

    /// What this device may read. Takes nothing from anybody.
    ///
    /// # Errors
    /// Why it is not known.
    pub async fn quote_permissions(&self) -> Result<Vec<QuotePermission>> {
        let held = self.permissions.ask().await;
        held.map_err(|error| error.in_operation("quote_permissions"))
    }

    /// Whether this device has the quote permissions that it has grabbed, now and from now on. The
    /// session is [`Degraded`](SessionState::Degraded) after they have been lost.
    #[must_use]
    pub fn quote_access(&self) -> watch::Receiver<QuoteAccess> {
        self.permissions.access()
    }

    /// Money and positions on their way: currencies, transfers, estimates, requests to exercise.
    #[must_use]
    pub const fn treasury(&self) -> &Treasury {
        &self.treasury
    }

    /// What a market does now, by the vendor's word for it (`US`, `HK`, or `ALL`). An answer is kept for a
    /// quarter of a minute: Tiger may be asked ten times in a minute.
    ///
    /// # Errors
    /// Why it is not known.
    pub async fn market_state(&self, market: &str) -> Result<Vec<MarketState>> {
        let asked = self.markets.ask(market).await;
        asked.map_err(|error| error.in_operation("market_state"))
    }

    /// Figures of companies of one market, day by day, by the vendor's words for them, such as
    /// `shares_outstanding` and `market_capitalization`; a field that Tiger does not have has no rows.
    ///
    /// # Errors
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) for no shares, no fields and shares of several markets;
    /// otherwise why they are not known.
    pub async fn daily_figures(
        &self,
        shares: &[Instrument],
        fields: &[&str],
        span: (DateTime<Utc>, DateTime<Utc>),
    ) -> Result<Vec<DailyFigure>> {
        let asked = self.reports.daily(shares, fields, span).await;
        asked.map_err(|error| error.in_operation("daily_figures"))
    }

    /// What the request budget has done so far.
    #[must_use]
    pub fn budget(&self) -> BudgetCounters {
        self.client.budget()
    }

    /// The client below, for questions that core has no word for.
    #[must_use]
    pub const fn client(&self) -> &TigerClient {
        &self.client
    }

    /// How the token is, now and from now on.
    #[must_use]
    pub fn token_state(&self) -> watch::Receiver<TokenState> {
        self.client.token_state()
    }

    /// Asks whether the developer has an account, which may be one that this session does not use, and
    /// whether its number proves it to be of the session's environment.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when the developer does not have it;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when it is of the other environment; connection errors.
    pub async fn prove_account(&self, account: &AccountId) -> Result<()> {
        let wanted = AccountFilter::only([account.clone()]);
        accounts::admit(self.client.gateway(), &wanted, self.environment)
            .await
            .map(|_| ())
            .map_err(|error| error.in_operation("prove_account"))
    }

    /// The accounts of the connection.
    #[must_use]
    pub fn account_ids(&self) -> Vec<AccountId> {
        self.blotter.accounts().to_vec()
    }
}

impl fmt::Debug for TigerBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Account numbers and orders are nobody's business in a log.
        f.debug_struct("TigerBroker")
            .field("id", &self.id)
            .field("environment", &self.environment)
            .field("session", &self.link.state())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Broker for TigerBroker {
    fn id(&self) -> &BrokerId {
        &self.id
    }

    fn environment(&self) -> Environment {
        self.environment
    }

    fn desk(&self) -> &Arc<Desk> {
        self.link.desk()
    }

    async fn accounts(&self) -> Result<Vec<AccountInfo>> {
        let mut infos = Vec::new();
        for (account, kind) in &self.known {
            let ledger = self.link.desk().ledger(account)?;
            let known = ledger.snapshot().summary.complete().ok();
            let base = match known {
                Some(summary) => summary.base_currency,
                None => self.money.summary(account).await?.base_currency,
            };
            infos.push(AccountInfo::new(
                account.clone(),
                kind.clone(),
                base,
                self.environment,
            ));
        }
        Ok(infos)
    }

    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        self.blotter.check_account(account)?;
        let marks = self.blotter.finds_names();
        let mut able = self.able.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, able)) = &*able
            && *of == marks
        {
            return Ok(Arc::clone(able));
        }
        let pushes = self.push.is_some();
        let limits = self.client.limits();
        let fresh = Arc::new(capabilities(self.environment, limits, marks, pushes));
        *able = Some((marks, Arc::clone(&fresh)));
        Ok(fresh)
    }

    fn session(&self) -> watch::Receiver<SessionState> {
        self.link.session()
    }

    fn trading(&self) -> Option<&dyn Trading> {
        Some(&self.orders)
    }

    fn portfolio(&self) -> Option<&dyn Portfolio> {
        Some(&*self.money)
    }

    fn market_data(&self) -> Option<&dyn MarketData> {
        Some(&self.quotes)
    }

    fn reference(&self) -> Option<&dyn Reference> {
        Some(&self.instruments)
    }

    fn research(&self) -> Option<&dyn Research> {
        Some(&self.reports)
    }

    async fn close(&self) -> Result<()> {
        if let Some(lines) = &self.lines {
            lines.close();
        }
        self.closing.send_replace(true);
        let keeper = self
            .keeper
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let mut late = false;
        if let Some(keeper) = keeper {
            let stop = keeper.abort_handle();
            let within = self.link.deadlines().close;
            if tokio::time::timeout(within, keeper).await.is_err() {
                stop.abort();
                late = true;
            }
        }
        self.link.announce(&SessionState::Closed);
        self.client.close(self.link.deadlines().close).await?;
        if late {
            let message = "the session did not end in time and was left behind";
            return Err(Error::new(ErrorKind::Timeout, message).in_operation("close"));
        }
        Ok(())
    }
}

impl Drop for TigerBroker {
    fn drop(&mut self) {
        if let Some(lines) = &self.lines {
            lines.close();
        }
        self.closing.send_replace(true);
    }
}
