use core::time::Duration;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError, RwLock, Weak},
};

use broker_core::{
    Acknowledgement, Broker, Clock as _, Error, Result, SessionState, SystemClock,
    model::{AccountId, BrokerId, ClientOrderId},
};
use futures_util::future::join_all;
use tokio::sync::watch;

use super::{Command, Layer, Next, Outgoing};
use crate::risk::{Judge, KillSwitch, Request, RiskLimits, Seat};

/// The last thing that may say no to an order (see [`Limits`](crate::risk::Limits)).
///
/// * A refusal is [`RiskRefused`](broker_core::ErrorKind::RiskRefused): nothing was sent. Its source is
///   a [`RiskBreach`](crate::risk::RiskBreach) with the rule, the limit and the value.
/// * Orders are judged and counted in one step: two that pass alone and fail together cannot both pass.
/// * Cancels always pass, but for an account that is read-only. Orders that can only lessen a position
///   pass every limit but that, and the price collar when there is a fresh quote.
/// * One `Risk` in an `Arc` may stand in several stacks: its total is over the accounts of all of them.
///   It holds none of them: a stack that nobody else holds any more is no longer counted, nor asked by
///   the kill switch. A new session of a broker takes the place of one of the same name that is closed.
/// * Several rules may refuse one order. They speak in this order, each for the account and then for all
///   accounts: the kill switch, read-only, what may be traded, when it may be traded, how much.
#[derive(Debug)]
pub struct Risk {
    limits: RwLock<Arc<RiskLimits>>,
    switch: KillSwitch,
    judge: Judge,
    /// The newest last; several of one name while sessions are replaced.
    brokers: Mutex<Vec<Weak<dyn Broker>>>,
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

    /// Engages the kill switch and cancels every order of every account, orders from outside included,
    /// at all brokers at the same time.
    ///
    /// A closed session is a failure of its accounts, because their orders may work at the broker all
    /// the same, unless there is another session of the same name.
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
            .map_or_else(|| SystemClock.now(), |broker| broker.desk().clock().now());
        let kept = self.switch.engage(reason, now);
        let canceled = self.cancel_everything().await;
        kept.map(|()| canceled)
    }

    /// Cancels every order of every account, what is on its way included.
    pub async fn cancel_everything(&self) -> Vec<CanceledAccount> {
        let on_their_way = self.are_on_their_way();
        let mut canceled = self.cancel_all().await;
        if on_their_way {
            self.until_arrived().await;
            canceled = self.cancel_all().await;
        }
        canceled
    }

    /// Whether orders that were let through are still on their way to a broker.
    #[must_use]
    pub fn are_on_their_way(&self) -> bool {
        *self.in_flight.borrow() > 0
    }

    /// Waits, at most ten seconds, until no order that was let through is on its way any more.
    pub async fn until_arrived(&self) {
        const LONGEST: Duration = Duration::from_secs(10);
        let mut in_flight = self.in_flight.subscribe();
        let arrived = async { in_flight.wait_for(|count| *count == 0).await.is_ok() };
        if tokio::time::timeout(LONGEST, arrived).await.is_err() {
            tracing::warn!("orders are still on their way; canceling what has arrived");
        }
    }

    async fn cancel_all(&self) -> Vec<CanceledAccount> {
        let cancels = self.brokers().into_iter().flat_map(|broker| {
            broker.desk().ledgers().into_iter().map(move |ledger| {
                let (broker, account) = (Arc::clone(&broker), ledger.account().clone());
                async move {
                    let answer = match broker.trading() {
                        Some(trading) => trading.cancel_all(&account).await,
                        None => Err(Error::unsupported("this broker has no trading service")),
                    };
                    ((broker.id().clone(), account), answer)
                }
            })
        });
        // A broker that is silent must not hold up the others.
        let mut canceled: BTreeMap<Seat, Result<Acknowledgement>> = BTreeMap::new();
        for (seat, answer) in join_all(cancels).await {
            let accepted = |answer: &Result<Acknowledgement>| {
                let answer = answer.as_ref();
                answer.is_ok_and(Acknowledgement::is_accepted)
            };
            // Of two sessions of one name, one that has done it is enough.
            if !canceled.get(&seat).is_some_and(accepted) {
                canceled.insert(seat, answer);
            }
        }
        canceled
            .into_iter()
            .map(|((broker, account), answer)| (broker, account, answer))
            .collect()
    }

    /// The brokers that there are, without closed sessions that another one has replaced.
    fn brokers(&self) -> Vec<Arc<dyn Broker>> {
        let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        let held: Vec<Arc<dyn Broker>> = brokers.iter().filter_map(Weak::upgrade).collect();
        if held.len() < brokers.len() {
            brokers.retain(|broker| broker.strong_count() > 0);
            let names: BTreeSet<&BrokerId> = held.iter().map(|broker| broker.id()).collect();
            self.judge.keep(|seat| names.contains(&seat.0));
        }
        drop(brokers);
        let replaced = |(index, broker): (usize, &Arc<dyn Broker>)| {
            let mut others = held.iter().enumerate().filter(|(other, _)| *other != index);
            is_closed(&**broker)
                && others.any(|(other, one)| {
                    one.id() == broker.id() && (!is_closed(&**one) || other > index)
                })
        };
        let there = held.iter().enumerate().filter(|one| !replaced(*one));
        there.map(|(_, broker)| Arc::clone(broker)).collect()
    }

    async fn admit(
        &self,
        command: Command<'_>,
        broker: &Arc<dyn Broker>,
    ) -> Result<Vec<ClientOrderId>> {
        let limits = self.limits();
        let seat = (broker.id().clone(), command.account().clone());
        let ledger = broker.desk().ledger(&seat.1)?;
        self.judge.follow(&**broker, &ledger);
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

fn is_closed(broker: &dyn Broker) -> bool {
    *broker.session().borrow() == SessionState::Closed
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
        // Under the lock under which accounts are forgotten whose broker is not among these.
        let mut brokers = self.brokers.lock().unwrap_or_else(PoisonError::into_inner);
        brokers.push(Arc::downgrade(below));
        for ledger in below.desk().ledgers() {
            self.judge.follow_anew(&**below, &ledger);
        }
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
