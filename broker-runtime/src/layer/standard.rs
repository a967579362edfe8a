use core::time::Duration;
use std::sync::Arc;

use broker_core::{Broker, Result};

use super::{
    Audit, Budgets, Cache, CircuitBreaker, Intake, Journal, RateLimit, RetryReads, Risk, Stack,
    Telemetry, Timeout,
};
use crate::{journal::JournalStore, risk::RiskLimits};

/// The one recipe: every layer in its place (see [the order](super)).
///
/// ```
/// use broker_core::{Broker, BrokerExt, dec};
/// use broker_runtime::{journal::MemoryStore, layer::Stack, risk::{Limits, RiskLimits}};
/// use broker_sim::paper::PaperBroker;
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> broker_core::Result<()> {
/// let mut limits = Limits::new();
/// limits.max_order_notional = Some(dec!(25_000));
/// let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
/// let standing = Stack::standard()
///     .journal(MemoryStore::new())
///     .limits(RiskLimits::each(limits))
///     .over(paper)
///     .await?;
/// let order = standing.broker.buy("AAPL", 1_000).limit(dec!(150.00));
/// let refused = order.submit().await.unwrap_err();
/// assert!(refused.to_string().contains("max_order_notional"), "{refused}");
/// # Ok(()) }
/// ```
#[derive(Debug)]
#[must_use = "nothing stands before `over`"]
pub struct Standard {
    timeout: Timeout,
    rate_limit: Option<RateLimit>,
    budgets: Budgets,
    longest_wait: Option<Duration>,
    breaker: CircuitBreaker,
    retry: RetryReads,
    cache: Cache,
    journal: Option<Arc<dyn JournalStore>>,
    risk: Arc<Risk>,
    intake: Arc<Intake>,
    audit: Option<Arc<Audit>>,
}

/// A broker with the standard layers, and the handles that a program may want.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Standing {
    /// What a program calls.
    pub broker: Arc<dyn Broker>,
    /// What lies below the layers; for checks, which nothing may hold up.
    pub adapter: Arc<dyn Broker>,
    /// Whether the broker answers.
    pub breaker: Arc<CircuitBreaker>,
    /// What was to be sent and what became of it; absent when there is no store.
    pub journal: Option<Arc<Journal>>,
    /// Limits and the kill switch.
    pub risk: Arc<Risk>,
    /// Where commands come in; stopped when the program ends.
    pub intake: Arc<Intake>,
    /// The trail, if there is one.
    pub audit: Option<Arc<Audit>>,
}

impl Stack {
    /// The standard layers with their defaults: no limits, no journal and no trail yet.
    pub fn standard() -> Standard {
        Standard {
            timeout: Timeout::default(),
            rate_limit: None,
            budgets: Budgets::new(),
            longest_wait: None,
            breaker: CircuitBreaker::default(),
            retry: RetryReads::default(),
            cache: Cache::default(),
            journal: None,
            risk: Risk::new(RiskLimits::default()),
            intake: Intake::open(),
            audit: None,
        }
    }
}

impl Standard {
    /// Other bounds in time.
    pub const fn timeout(mut self, timeout: Timeout) -> Self {
        self.timeout = timeout;
        self
    }

    /// Other budgets than those that the broker declares for its first account.
    pub fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// Where the budgets that the broker declares are taken from, so that the next stack over the same
    /// login finds them as this one has left them.
    pub fn budgets(mut self, budgets: Budgets) -> Self {
        self.budgets = budgets;
        self
    }

    /// Waits at most so long for a permit of any budget, declared ones included; ten seconds when not
    /// said.
    pub const fn waiting_at_most(mut self, longest: Duration) -> Self {
        self.longest_wait = Some(longest);
        self
    }

    /// Another breaker.
    pub fn breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.breaker = breaker;
        self
    }

    /// Other retries.
    pub fn retry(mut self, retry: RetryReads) -> Self {
        self.retry = retry;
        self
    }

    /// Another cache, or one that several stacks share.
    pub fn cache(mut self, cache: Cache) -> Self {
        self.cache = cache;
        self
    }

    /// Where intents are written down.
    pub fn journal(mut self, store: Arc<dyn JournalStore>) -> Self {
        self.journal = Some(store);
        self
    }

    /// Limits of this stack only.
    pub fn limits(mut self, limits: RiskLimits) -> Self {
        self.risk = Risk::new(limits);
        self
    }

    /// Limits and a kill switch that several stacks may share.
    pub fn risk(mut self, risk: Arc<Risk>) -> Self {
        self.risk = risk;
        self
    }

    /// An intake that several stacks share.
    pub fn intake(mut self, intake: Arc<Intake>) -> Self {
        self.intake = intake;
        self
    }

    /// An audit trail.
    pub fn audit(mut self, audit: Arc<Audit>) -> Self {
        self.audit = Some(audit);
        self
    }

    /// Puts the layers around a broker. Needs a tokio runtime when there is a journal.
    ///
    /// # Errors
    /// [`Io`](broker_core::ErrorKind::Io) when the journal cannot be read;
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a declared budget without permits.
    pub async fn over(self, broker: Arc<dyn Broker>) -> Result<Standing> {
        let breaker = Arc::new(self.breaker);
        let mut stack = Stack::over(Arc::clone(&broker)).layer(self.timeout)?;
        let declared = match self.rate_limit {
            Some(rate_limit) => Some(rate_limit),
            None => declared(&*broker, &self.budgets).await?,
        };
        if let Some(mut rate_limit) = declared {
            if let Some(longest) = self.longest_wait {
                rate_limit = rate_limit.waiting_at_most(longest);
            }
            stack = stack.layer(rate_limit)?;
        }
        stack = stack
            .layer(Arc::clone(&breaker))?
            .layer(self.retry)?
            .layer(self.cache)?;
        let journal = match self.journal {
            Some(store) => Some(Journal::open(store).await?),
            None => None,
        };
        if let Some(journal) = &journal {
            stack = stack.layer(Arc::clone(journal))?;
        }
        stack = stack
            .layer(Arc::clone(&self.risk))?
            .layer(Arc::clone(&self.intake))?;
        if let Some(audit) = &self.audit {
            stack = stack.layer(Arc::clone(audit))?;
        }
        Ok(Standing {
            broker: stack.layer(Telemetry::global())?.build(),
            adapter: broker,
            breaker,
            journal,
            risk: self.risk,
            intake: self.intake,
            audit: self.audit,
        })
    }
}

/// The budgets that the broker declares; none before its first session.
async fn declared(broker: &dyn Broker, shared: &Budgets) -> Result<Option<RateLimit>> {
    let ledgers = broker.desk().ledgers();
    let Some(first) = ledgers.first() else {
        return Ok(None);
    };
    match broker.capabilities(first.account()).await {
        Ok(capabilities) if capabilities.budgets.is_empty() => Ok(None),
        Ok(capabilities) => RateLimit::declared_among(&capabilities, shared).map(Some),
        Err(error) => {
            tracing::warn!(%error, "the broker's budgets are not known; nothing is held back");
            Ok(None)
        }
    }
}
