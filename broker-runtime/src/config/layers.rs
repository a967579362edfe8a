use std::{collections::BTreeMap, path::PathBuf};

use broker_core::model::{Currency, Price};
use serde::{Deserialize, Serialize};

use super::{Keep, Span};
use crate::{
    layer::{Cache, CacheTimes, CircuitBreaker, RetryReads, Scope, Timeout},
    risk::Limits,
};

/// The layers around every broker; see [`Stack::standard`](crate::layer::Stack::standard).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LayersConfig {
    /// How long calls may take.
    pub timeout: TimeoutConfig,
    /// When a broker that does not answer is left alone.
    pub breaker: BreakerConfig,
    /// How questions are asked again.
    pub retry: RetryConfig,
    /// How long answers are kept.
    pub cache: CacheConfig,
    /// Where intents are written down; nowhere when absent.
    pub journal: Option<JournalConfig>,
    /// Where the audit trail is; there is none when absent.
    pub audit: Option<AuditConfig>,
    /// Limits of all accounts, and the kill switch.
    pub risk: RiskConfig,
}

/// How long calls may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TimeoutConfig {
    /// Orders, changes, cancels; then they are unconfirmed.
    pub commands: Span,
    /// Questions, lines and the end of a session.
    pub reads: Span,
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        Self {
            commands: Span::seconds(10),
            reads: Span::seconds(30),
        }
    }
}

impl TimeoutConfig {
    pub(super) const fn layer(&self) -> Timeout {
        Timeout::after(self.reads.get()).with_commands(self.commands.get())
    }
}

/// When a broker that does not answer is left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// Failures in a row.
    pub failures: u32,
    /// For how long.
    pub open_for: Span,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            failures: 3,
            open_for: Span::seconds(60),
        }
    }
}

impl BreakerConfig {
    pub(super) fn layer(&self) -> CircuitBreaker {
        CircuitBreaker::new(self.failures, self.open_for.get())
    }
}

/// How questions are asked again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RetryConfig {
    /// How often at most, the first time included.
    pub attempts: u16,
    /// The first pause.
    pub first_delay: Span,
    /// The longest pause.
    pub longest_delay: Span,
    /// No attempt begins later than this.
    pub within: Span,
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self {
            attempts: 3,
            first_delay: Span::millis(200),
            longest_delay: Span::seconds(10),
            within: Span::seconds(60),
        }
    }
}

impl RetryConfig {
    pub(super) fn layer(&self) -> RetryReads {
        RetryReads::default()
            .attempts(self.attempts.into())
            .delays(self.first_delay.get(), self.longest_delay.get())
            .within(self.within.get())
    }
}

/// How long answers are kept, by kind of data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CacheConfig {
    /// Searches and resolved instruments.
    pub instruments: Keep,
    /// Contract details and option expiry dates.
    pub contracts: Keep,
    /// Option chains, which carry quotes.
    pub option_chains: Keep,
    /// Trading schedules.
    pub schedules: Keep,
    /// Company reports and corporate actions.
    pub company: Keep,
    /// Headlines.
    pub headlines: Keep,
    /// Articles.
    pub articles: Keep,
    /// Scanner rows.
    pub scans: Keep,
}

impl Default for CacheConfig {
    fn default() -> Self {
        let times = CacheTimes::default();
        Self {
            instruments: Keep::of(times.instruments),
            contracts: Keep::of(times.contracts),
            option_chains: Keep::of(times.option_chains),
            schedules: Keep::of(times.schedules),
            company: Keep::of(times.company),
            headlines: Keep::of(times.headlines),
            articles: Keep::of(times.articles),
            scans: Keep::of(times.scans),
        }
    }
}

impl CacheConfig {
    pub(super) fn layer(&self) -> Cache {
        Cache::new(CacheTimes {
            instruments: self.instruments.get(),
            contracts: self.contracts.get(),
            option_chains: self.option_chains.get(),
            schedules: self.schedules.get(),
            company: self.company.get(),
            headlines: self.headlines.get(),
            articles: self.articles.get(),
            scans: self.scans.get(),
        })
    }
}

/// Where intents are written down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct JournalConfig {
    /// A folder, in which each broker has a file: `ID.sqlite`.
    pub folder: PathBuf,
}

const fn rotate_at() -> u64 {
    64 << 20
}

/// Where the audit trail is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AuditConfig {
    /// Its folder.
    pub folder: PathBuf,
    /// Bytes after which a new file is begun.
    #[serde(default = "rotate_at")]
    pub rotate_at_bytes: u64,
    /// Whether questions are written down, too.
    #[serde(default)]
    pub queries: bool,
}

/// Limits of all accounts, and the kill switch.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RiskConfig {
    /// The file that keeps the kill switch over restarts; the next process does not know of it when
    /// absent.
    pub kill_switch: Option<PathBuf>,
    /// Of each account that has no limits of its own.
    pub each: Limits,
    /// Of all accounts added up.
    pub total: Limits,
    /// Units of the limits' currency per unit of another.
    pub rates: BTreeMap<Currency, Price>,
}

/// The budget of one login at a broker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct RateLimitConfig {
    /// How long a call waits for a permit.
    pub longest_wait: Span,
    /// Instead of those that the broker declares.
    pub budgets: Vec<BudgetConfig>,
}

impl Default for RateLimitConfig {
    fn default() -> Self {
        Self {
            longest_wait: Span::seconds(10),
            budgets: Vec::new(),
        }
    }
}

/// So many calls in a period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct BudgetConfig {
    /// Which calls.
    pub scope: BudgetScope,
    /// How many.
    pub permits: u32,
    /// In how long.
    pub period: Span,
}

/// Which calls pay from a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BudgetScope {
    /// All of them.
    Every,
    /// Commands.
    Orders,
    /// Questions about bars.
    History,
    /// Questions about quotes, depth and trades, and lines.
    MarketData,
    /// Every question.
    Reads,
}

impl BudgetScope {
    pub(super) const fn scope(self) -> Scope {
        match self {
            Self::Every => Scope::Every,
            Self::Orders => Scope::Orders,
            Self::History => Scope::History,
            Self::MarketData => Scope::MarketData,
            Self::Reads => Scope::Reads,
        }
    }
}
