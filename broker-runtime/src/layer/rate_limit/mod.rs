//! Keeps to the broker's budgets (promise P12).
//!
//! [`Budget`] is the account of permits and the queue for them, [`Budgets`] those of a login over all of
//! its sessions; [`RateLimit`] is the layer.

mod budget;
mod budgets;

#[cfg(test)]
mod budget_tests;

use core::time::Duration;
use std::sync::Arc;

use broker_core::{Capabilities, Result, feed::FeedLine, model::Subscription};
use futures_util::future::BoxFuture;

pub use budget::{Budget, Priority};
pub use budgets::Budgets;

use super::{Answer, Ask, Command, Layer, Next, Outgoing, Query};
use crate::measure;

/// Which calls pay from a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// All of them.
    Every,
    /// Commands.
    Orders,
    /// Questions about bars.
    History,
    /// Questions about quotes, depth and trades, and the opening of lines.
    MarketData,
    /// Every question.
    Reads,
}

/// Lets a call wait until the broker's budget allows it, the important ones first.
///
/// A call that gets no permit in time fails with [`RateLimited`](broker_core::ErrorKind::RateLimited)
/// before anything was sent. Give the same [`Budget`] to every stack over the same login, or let them take it
/// from the same [`Budgets`].
#[derive(Debug, Clone)]
pub struct RateLimit {
    budgets: Vec<(Scope, Arc<Budget>)>,
    longest_wait: Duration,
}

impl RateLimit {
    /// No budget yet.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            budgets: Vec::new(),
            longest_wait: Duration::from_secs(10),
        }
    }

    /// Every call pays from this budget.
    #[must_use]
    pub fn shared(budget: Arc<Budget>) -> Self {
        Self {
            budgets: vec![(Scope::Every, budget)],
            longest_wait: Duration::from_secs(10),
        }
    }

    /// The budgets that the broker declares, of this stack only.
    ///
    /// A scope whose word is not known counts every call, which is never too many.
    ///
    /// # Errors
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for a budget without permits.
    pub fn declared(capabilities: &Capabilities) -> Result<Self> {
        Self::declared_among(capabilities, &Budgets::new())
    }

    /// The same, shared with every stack that takes its budgets from here.
    ///
    /// # Errors
    /// As [`declared`](Self::declared).
    pub fn declared_among(capabilities: &Capabilities, shared: &Budgets) -> Result<Self> {
        let mut declared = capabilities.budgets.iter();
        declared.try_fold(Self::none(), |all, declared| {
            let scope = match declared.scope.as_str() {
                "orders" => Scope::Orders,
                "history" => Scope::History,
                "market_data" | "quotes" => Scope::MarketData,
                "reads" => Scope::Reads,
                _ => Scope::Every,
            };
            let period = Duration::from_millis(declared.period_ms);
            Ok(all.with_budget(scope, shared.budget(scope, declared.permits, period)?))
        })
    }

    /// Some calls pay from this budget, too; once, however often it is given.
    #[must_use]
    pub fn with_budget(mut self, scope: Scope, budget: Arc<Budget>) -> Self {
        let same = |(of, known): &(Scope, Arc<Budget>)| *of == scope && Arc::ptr_eq(known, &budget);
        if !self.budgets.iter().any(same) {
            self.budgets.push((scope, budget));
        }
        self
    }

    /// Waits at most so long for a permit; ten seconds when not said.
    #[must_use]
    pub const fn waiting_at_most(mut self, longest: Duration) -> Self {
        self.longest_wait = longest;
        self
    }

    async fn pay(
        &self,
        scopes: &[Scope],
        priority: Priority,
        operation: &'static str,
    ) -> Result<()> {
        let began = tokio::time::Instant::now();
        for (scope, budget) in &self.budgets {
            if *scope == Scope::Every || scopes.contains(scope) {
                let left = self.longest_wait.saturating_sub(began.elapsed());
                budget.acquire(priority, left).await?;
            }
        }
        measure::permit_waited(operation, began.elapsed());
        Ok(())
    }
}

const fn priority(command: Command<'_>) -> Priority {
    match command {
        Command::Cancel(_) | Command::CancelAll(_) => Priority::Cancel,
        Command::Replace(_) => Priority::Replace,
        Command::Submit(_) | Command::SubmitList(_) | Command::Exercise(_) => Priority::Submit,
    }
}

const fn scopes(query: Query<'_>) -> &'static [Scope] {
    match query {
        Query::Bars(_) => &[Scope::Reads, Scope::History],
        Query::Quotes(_) | Query::Depth(..) | Query::Trades(..) | Query::OpenLine(_) => {
            &[Scope::Reads, Scope::MarketData]
        }
        _ => &[Scope::Reads],
    }
}

impl Layer for RateLimit {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let command = request.command();
        let (priority, operation) = (priority(command), command.operation());
        // A list is as many messages as it has orders.
        for _ in 0..command.answers() {
            self.pay(&[Scope::Orders], priority, operation).await?;
        }
        next.send(request).await
    }

    async fn read<A: Answer>(&self, query: Query<'_>, ask: Ask<'_, A>) -> Result<A> {
        self.pay(scopes(query), Priority::Read, query.operation())
            .await?;
        ask.ask().await
    }

    async fn open_line(
        &self,
        subscription: &Subscription,
        open: BoxFuture<'_, Result<FeedLine>>,
    ) -> Result<FeedLine> {
        let query = Query::OpenLine(subscription);
        self.pay(scopes(query), Priority::Read, query.operation())
            .await?;
        open.await
    }
}
