use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use broker_core::{
    Acknowledgement, Broker, Error, Result,
    model::{AccountId, BrokerId, ClientOrderId},
};
use tokio::sync::watch;

use super::{Command, Layer, Next, Outgoing};
use crate::risk::{Judge, KillSwitch, Request, RiskLimits};

/// The last thing that may say no to an order (see [`Limits`](crate::risk::Limits)).
///
/// * A refusal is [`RiskRefused`](broker_core::ErrorKind::RiskRefused): nothing was sent. Its source is
///   a [`RiskBreach`](crate::risk::RiskBreach) with the rule, the limit and the value.
/// * Orders are judged and counted in one step: two that pass alone and fail together cannot both pass.
/// * Cancels always pass, but for an account that is read-only. Orders that can only lessen a position
///   pass every limit but that, and the price collar when there is a fresh quote.
/// * One `Risk` in an `Arc` may stand in several stacks: its total is over the accounts of all of them.
#[derive(Debug)]
pub struct Risk {
    limits: RwLock<Arc<RiskLimits>>,
    switch: KillSwitch,
    judge: Judge,
    brokers: Mutex<Vec<Arc<dyn Broker>>>,
    in_flight: watch::Sender<usize>,
}

/// What became of canceling everything at one account.
pub type CanceledAccount = (BrokerId, AccountId, Result<Acknowledgement>);

impl Risk {
    /// Limits, with a kill switch that the next process does not know of.
    #[must_use]
    pub fn new(limits: RiskLimits) -> Arc<Self> {
        Self::with_switch(limits, KillSwitch::in_memory())
    }

    /// Limits with a kill switch.
    #[must_use]
    pub fn with_switch(limits: RiskLimits, switch: KillSwitch) -> Arc<Self> {
        Arc::new(Self {
            limits: RwLock::new(Arc::new(limits)),
            switch,
            judge: Judge::default(),
            brokers: Mutex::default(),
            in_flight: watch::Sender::new(0),
        })
    }

    /// The limits as they are now.
    #[must_use]
    pub fn limits(&self) -> Arc<RiskLimits> {
        Arc::clone(&self.limits.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Other limits from the next order on.
    pub fn set_limits(&self, limits: RiskLimits) {
        *self.limits.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(limits);
    }

    /// The kill switch.
    #[must_use]
    pub const fn kill_switch(&self) -> &KillSwitch {
        &self.switch
    }

    /// Engages the kill switch and cancels every order of every account, orders from outside included.
    ///
    /// Orders that were let through before and are still on their way are waited for, at most ten
    /// seconds, and canceled with another request.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when the switch could not be kept for later processes; the
    /// orders are canceled all the same: ask [`cancel_everything`](Self::cancel_everything) again for
    /// what became of that.
    pub async fn kill(&self, reason: &str) -> Result<Vec<CanceledAccount>> {
        let now = self
            .brokers()
            .first()
            .map(|broker| broker.desk().clock().now());
        let kept = self.switch.engage(reason, now.unwrap_or_default());
        let canceled = self.cancel_everything().await;
        kept.map(|()| canceled)
    }

    /// Cancels every order of every account, what is on its way included.
    pub async fn cancel_everything(&self) -> Vec<CanceledAccount> {
        const LONGEST: Duration = Duration::from_secs(10);
        let on_their_way = *self.in_flight.borrow() > 0;
        let mut canceled = self.cancel_all().await;
        if on_their_way {
            let mut in_flight = self.in_flight.subscribe();
            let arrived = async { in_flight.wait_for(|count| *count == 0).await.is_ok() };
            if tokio::time::timeout(LONGEST, arrived).await.is_err() {
                tracing::warn!("orders are still on their way; canceling what has arrived");
            }
            canceled = self.cancel_all().await;
        }
        canceled
    }

    async fn cancel_all(&self) -> Vec<CanceledAccount> {
        let mut canceled = Vec::new();
        for broker in self.brokers() {
            for ledger in broker.desk().ledgers() {
                let account = ledger.account();
                let answer = match broker.trading() {
                    Some(trading) => trading.cancel_all(account).await,
                    None => Err(Error::unsupported("this broker has no trading service")),
                };
                canceled.push((broker.id().clone(), account.clone(), answer));
            }
        }
        canceled
    }

    fn brokers(&self) -> Vec<Arc<dyn Broker>> {
        let brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        brokers.clone()
    }

    async fn admit(
        &self,
        command: Command<'_>,
        broker: &Arc<dyn Broker>,
    ) -> Result<Vec<ClientOrderId>> {
        let limits = self.limits();
        let seat = (broker.id().clone(), command.account().clone());
        let ledger = broker.desk().ledger(&seat.1)?;
        self.judge.follow(&seat.0, &ledger);
        let Some(request) = Request::of(command, &ledger) else {
            return limits
                .cancel_is_allowed(&seat.1)
                .map(|()| Vec::new())
                .map_err(Error::from);
        };
        let brokers = self.brokers();
        let learned = self
            .judge
            .learn(&**broker, &seat, &request, &limits, &brokers)
            .await;
        let now = broker.desk().clock().now();
        self.judge.judge(
            &seat,
            &request,
            &limits,
            &self.switch.state(),
            &learned,
            now,
        )?;
        Ok(request.claimed())
    }
}

/// A command on its way.
struct InFlight<'a>(&'a watch::Sender<usize>);

impl<'a> InFlight<'a> {
    fn begin(count: &'a watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Layer for Arc<Risk> {
    fn attach(&self, below: &Arc<dyn Broker>) -> Result<()> {
        for ledger in below.desk().ledgers() {
            self.judge.follow(below.id(), &ledger);
        }
        let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        // The broker of a new process takes the place of the one before.
        brokers.retain(|broker| broker.id() != below.id());
        brokers.push(Arc::clone(below));
        Ok(())
    }

    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let account = request.command().account().clone();
        // Counted before it is judged: whoever engages the switch afterwards waits for it.
        let _on_its_way =
            (!request.command().is_cancel()).then(|| InFlight::begin(&self.in_flight));
        let claimed = self.admit(request.command(), next.broker()).await?;
        let answer = next.send(request).await;
        if answer.is_err() {
            let seat = (next.broker().id().clone(), account);
            self.judge.withdraw(&seat, &claimed);
        }
        answer
    }
}
