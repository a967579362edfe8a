use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use broker_core::{
    Broker, Capabilities, Desk, Error, ErrorKind, MarketData, Portfolio, Reference, Research,
    Result, SessionState, Trading,
    model::{AccountId, AccountInfo, AccountKind, BrokerId, Currency, Environment},
};
use chrono::{DateTime, Utc};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};

use crate::{
    AccountFilter, IbkrBuilder, PacingCounters,
    capabilities::capabilities,
    config::Config,
    convert,
    instrument::Book,
    orders::Blotter,
    pacing::Pacer,
    portfolio::Money,
    quotes::Quotes,
    reference::Instruments,
    research::Reports,
    session::{Floor, Link, Supervisor, accounts, connect::Dial},
};

/// A connection to Interactive Brokers through TWS or IB Gateway.
#[derive(Debug)]
pub struct IbkrBroker {
    id: BrokerId,
    environment: Environment,
    link: Arc<Link>,
    blotter: Arc<Blotter>,
    money: Arc<Money>,
    /// What can be done for an account, and what while TWS only lets read.
    able: [Arc<Capabilities>; 2],
    quotes: Quotes,
    instruments: Instruments,
    reports: Reports,
    closing: watch::Sender<bool>,
    keepers: Mutex<Vec<JoinHandle<()>>>,
    close_within: Duration,
}

impl IbkrBroker {
    /// Puts a connection together.
    pub fn builder() -> IbkrBuilder {
        IbkrBuilder::default()
    }

    pub(crate) async fn open(config: Config) -> Result<Arc<Self>> {
        let desk = Desk::new(Arc::clone(&config.clock));
        let dial = Dial {
            address: config.address.clone(),
            client_id: config.client_id,
            deadlines: config.deadlines,
        };
        let connected = dial.connect_patiently().await?;
        let names = connected.client.handshake_managed_accounts();
        let used = accounts::admit(names, &config.accounts, config.environment)?;
        let whole = names.len() == used.len();
        for account in &used {
            desk.open_account(account);
        }
        let link = Link::new(
            Arc::clone(&desk),
            Arc::clone(&config.pacer),
            config.deadlines,
            true,
        );
        let book = Arc::new(Book::default());
        let (signal, signals) = mpsc::unbounded_channel();
        let blotter = Blotter::new(
            Arc::clone(&link),
            Arc::clone(&book),
            config.client_id,
            config.environment,
            signal,
        );
        blotter.set_accounts(used, whole);
        let money = Money::new(Arc::clone(&link), Arc::clone(&book), Arc::clone(&blotter));
        let closing = watch::Sender::new(false);
        let mut keepers = Vec::new();
        let options = match config.options_client_id {
            Some(client_id) => {
                let (link, keeper) =
                    Self::open_for_options(&config, client_id, &desk, &closing).await?;
                keepers.push(keeper);
                Some(link)
            }
            None => None,
        };
        let quotes = Quotes::new(&link, options.as_ref(), &book);
        let supervisor = Supervisor {
            link: Arc::clone(&link),
            dial,
            accounts: config.accounts,
            environment: config.environment,
            floor: Some(Floor {
                blotter: Arc::clone(&blotter),
                money: Arc::clone(&money),
            }),
            revival: config.revival,
            signals,
            closing: closing.subscribe(),
        };
        keepers.push(tokio::spawn(supervisor.run(connected)));
        let broker = Arc::new(Self {
            id: config.id,
            environment: config.environment,
            able: [false, true].map(|read_only| {
                let pacing = config.pacer.pacing();
                Arc::new(capabilities(config.environment, pacing, read_only))
            }),
            instruments: Instruments::new(Arc::clone(&link), Arc::clone(&book)),
            reports: Reports::new(Arc::clone(&link), book),
            link,
            blotter,
            money,
            quotes,
            closing,
            keepers: Mutex::new(keepers),
            close_within: config.deadlines.close,
        });
        // The first reading has its own deadlines; what it could not read is in the state.
        let _settled = broker
            .settled(config.deadlines.connect + config.deadlines.request)
            .await;
        Ok(broker)
    }

    async fn open_for_options(
        config: &Config,
        client_id: i32,
        desk: &Arc<Desk>,
        closing: &watch::Sender<bool>,
    ) -> Result<(Arc<Link>, JoinHandle<()>)> {
        let dial = Dial {
            address: config.address.clone(),
            client_id,
            deadlines: config.deadlines,
        };
        let connected = dial.connect_patiently().await?;
        let link = Link::new(
            Arc::clone(desk),
            Arc::clone(&config.pacer),
            config.deadlines,
            false,
        );
        let (_unused, signals) = mpsc::unbounded_channel();
        let supervisor = Supervisor {
            link: Arc::clone(&link),
            dial,
            accounts: config.accounts.clone(),
            environment: config.environment,
            floor: None,
            revival: config.revival.clone(),
            signals,
            closing: closing.subscribe(),
        };
        Ok((link, tokio::spawn(supervisor.run(connected))))
    }

    async fn settled(&self, timeout: Duration) -> bool {
        let mut session = self.link.session();
        let settled = session.wait_for(|state| *state != SessionState::Connecting);
        tokio::time::timeout(timeout, settled).await.is_ok()
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

    /// The time of TWS: a question that costs it nothing, to see whether it answers.
    ///
    /// # Errors
    /// Connection errors.
    pub async fn server_time(&self) -> Result<DateTime<Utc>> {
        let asked = self.link.ask(
            "server_time",
            |client| async move { client.server_time().await },
        );
        convert::utc(asked.await?)
    }

    /// What the message budget has done so far; it is shared by all connections that were built to
    /// share it.
    #[must_use]
    pub fn pacing(&self) -> PacingCounters {
        self.link.pacer().counters()
    }

    /// The accounts of the connection.
    #[must_use]
    pub fn account_ids(&self) -> Vec<AccountId> {
        self.blotter.accounts()
    }

    pub(crate) fn pacer(&self) -> &Arc<Pacer> {
        self.link.pacer()
    }
}

impl IbkrBroker {
    /// Asks TWS whether the login has an account, which may be one that this session does not use. That
    /// the login is of the session's environment was proven by the numbers of all its accounts.
    ///
    /// # Errors
    /// [`NotFound`](ErrorKind::NotFound) when the login does not have it;
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) when the login has become another one; connection
    /// errors.
    pub async fn prove_account(&self, account: &AccountId) -> Result<()> {
        let ask = |client: Arc<ibapi::Client>| async move { client.managed_accounts().await };
        let names = self.link.ask("prove_account", ask).await?;
        let wanted = AccountFilter::only([account.clone()]);
        accounts::admit(&names, &wanted, self.environment)
            .map(|_| ())
            .map_err(|error| error.in_operation("prove_account"))
    }
}

#[async_trait]
impl Broker for IbkrBroker {
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
        for account in self.blotter.accounts() {
            let figures = self.money.account_figures(&account).await?;
            let kind: AccountKind = figures.kind();
            let base: Currency = figures.base_currency().ok_or_else(|| {
                Error::new(ErrorKind::Protocol, "TWS told no total with a currency")
                    .in_operation("accounts")
            })?;
            infos.push(AccountInfo::new(account, kind, base, self.environment));
        }
        Ok(infos)
    }

    async fn capabilities(&self, account: &AccountId) -> Result<Arc<Capabilities>> {
        self.blotter.check_account(account)?;
        let [able, able_to_read] = &self.able;
        Ok(Arc::clone(if self.blotter.is_read_only() {
            able_to_read
        } else {
            able
        }))
    }

    fn session(&self) -> watch::Receiver<SessionState> {
        self.link.session()
    }

    fn trading(&self) -> Option<&dyn Trading> {
        Some(&*self.blotter)
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
        self.closing.send_replace(true);
        let keepers =
            std::mem::take(&mut *self.keepers.lock().unwrap_or_else(PoisonError::into_inner));
        let mut late = false;
        for keeper in keepers {
            let stop = keeper.abort_handle();
            // Twice: the client's own deadline lies within.
            if tokio::time::timeout(self.close_within * 2, keeper)
                .await
                .is_err()
            {
                stop.abort();
                late = true;
            }
        }
        self.link.remove();
        self.link.announce(&SessionState::Closed);
        if late {
            let message = "the connection did not end in time and was left behind";
            return Err(Error::new(ErrorKind::Timeout, message).in_operation("close"));
        }
        Ok(())
    }
}

impl Drop for IbkrBroker {
    fn drop(&mut self) {
        self.closing.send_replace(true);
    }
}
