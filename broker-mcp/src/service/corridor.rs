//! The way of every call: is there such a thing, may they, how often, do it, say what came of it.

use core::time::Duration;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use broker_runtime::audit::acting_as;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{BrokerService, Call, secrecy, trail};
use crate::{
    Fault, FaultCode, Principal,
    answer::Answer,
    measure,
    operation::{About, Effect, Request},
    principal::Toolset,
};

/// Requests of each caller in the last minute.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<BTreeMap<Arc<str>, VecDeque<Instant>>>);

const MINUTE: Duration = Duration::from_secs(60);

impl Rates {
    fn take(&self, principal: &Principal) -> Result<(), Fault> {
        let Some(most) = principal.requests_per_minute else {
            return Ok(());
        };
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = all.entry(Arc::clone(&principal.id)).or_default();
        while taken
            .front()
            .is_some_and(|at| now.duration_since(*at) >= MINUTE)
        {
            taken.pop_front();
        }
        if taken.len() < usize::try_from(most).unwrap_or(usize::MAX) {
            taken.push_back(now);
            return Ok(());
        }
        measure::held_back("requests");
        let wait = taken.front().map(|at| MINUTE - now.duration_since(*at));
        let message = format!("more than {most} requests in a minute; nothing was done");
        Err(Fault::new(FaultCode::RateLimited, message).retry_safe(wait))
    }
}

impl BrokerService {
    /// Does what an operation is called for, with arguments as a caller wrote them.
    ///
    /// # Errors
    /// [`NotFound`](FaultCode::NotFound) for an operation that does not exist, and for one that this
    /// caller does not see: the two are not told apart. What the operation says.
    pub async fn call(
        &self,
        call: &Call,
        operation: &str,
        arguments: Map<String, Value>,
    ) -> Result<Value, Fault> {
        let known = self.table.get(operation);
        let Some(operation) = known.filter(|known| known.is_for(&call.principal)) else {
            let name: String = operation
                .chars()
                .filter(|c| !c.is_control())
                .take(60)
                .collect();
            let message = format!("there is no operation `{name}`");
            let fault = Fault::new(FaultCode::NotFound, message);
            // Somebody tries what it does not see; the name of nothing is not worth a row.
            if let Some(hidden) = known {
                let row = self.begin_trail(call, hidden.about.name, Some(&arguments));
                row.end(&Err(fault.clone()));
            }
            return Err(fault);
        };
        let about = &operation.about;
        if about.effect == Effect::Read {
            self.admit(call, about)?;
            return (operation.run)(self, call, arguments).await;
        }
        let row = self.begin_trail(call, about.name, Some(&arguments));
        let work = async {
            self.admit(call, about)?;
            if about.toolset == Toolset::Admin {
                secrecy::refuse(&arguments)?;
            }
            (operation.run)(self, call, arguments).await
        };
        let outcome = acting_as(trail::actor(call), work).await;
        row.end(&outcome.as_ref().map(trail::shown).map_err(Clone::clone));
        outcome
    }

    /// Does a typed request, for a program that has the service at hand.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn run<R: Request>(&self, call: &Call, request: R) -> Result<Answer<R::Data>, Fault> {
        if R::ABOUT.effect == Effect::Read {
            self.admit(call, &R::ABOUT)?;
            return request.run(self, call).await;
        }
        let row = self.begin_trail(call, R::ABOUT.name, None);
        let work = async {
            self.admit(call, &R::ABOUT)?;
            request.run(self, call).await
        };
        let outcome = acting_as(trail::actor(call), work).await;
        let done = outcome.as_ref().map(|_| Value::Null);
        row.end(&done.map_err(Clone::clone));
        outcome
    }

    fn admit(&self, call: &Call, about: &About) -> Result<(), Fault> {
        self.may(&call.principal, about)?;
        // What only takes orders away is never held up.
        if super::trading::is_cancel(about.name) {
            return Ok(());
        }
        self.rates.take(&call.principal)
    }

    /// Whether somebody may do this at all.
    ///
    /// # Errors
    /// [`Unauthenticated`](FaultCode::Unauthenticated), [`Forbidden`](FaultCode::Forbidden).
    pub(super) fn may(&self, principal: &Principal, about: &About) -> Result<(), Fault> {
        if principal
            .expires_at
            .is_some_and(|end| end <= self.clock.now())
        {
            let message = "this key has expired";
            return Err(Fault::new(FaultCode::Unauthenticated, message));
        }
        if !principal.may(about.role) || !principal.toolsets.contains(&about.toolset) {
            let message = format!("{} needs the role {}", about.name, about.role.as_str());
            return Err(Fault::new(FaultCode::Forbidden, message));
        }
        Ok(())
    }
}
