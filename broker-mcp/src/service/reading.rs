//! How questions are asked: of one account or of all, with what is known about the age of the answer.

use core::future::Future;

use broker_core::{Broker, Covered, MarketData, Portfolio, Reference, Research, SessionState};
use broker_runtime::registry::{DEFAULT_BOUND, Permission, Seat};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};

use super::{BrokerService, Call, NamedAccount, Scope};
use crate::{
    Fault, FaultCode,
    answer::{AccountAnswer, Answer, Meta, Source},
    value::{Moment, Untrusted},
};

/// What one account answered.
#[derive(Debug)]
pub(crate) struct Told<T> {
    pub(crate) data: T,
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) delayed: bool,
    pub(crate) stale: bool,
    pub(crate) next_cursor: Option<String>,
    pub(crate) warnings: Vec<String>,
}

/// An account's name, and what it answered or why it did not.
type Named<T> = (String, Result<Told<T>, Fault>);

impl<T> Told<T> {
    pub(crate) const fn new(data: T, as_of: DateTime<Utc>) -> Self {
        Self {
            data,
            as_of,
            delayed: false,
            stale: false,
            next_cursor: None,
            warnings: Vec::new(),
        }
    }

    pub(crate) fn warned(mut self, warnings: impl IntoIterator<Item = String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// The same, stale if it is older than this.
    pub(crate) fn fresh_for(mut self, most: TimeDelta, now: DateTime<Utc>) -> Self {
        self.stale |= now - self.as_of > most;
        self
    }
}

impl BrokerService {
    /// Asks the account that a call means, or all that the caller may use: at most ten at the same time,
    /// each with its answer or its fault.
    pub(crate) async fn read<'a, T, F, A>(
        &'a self,
        call: &'a Call,
        scope: &Scope,
        ask: F,
    ) -> Result<Answer<T>, Fault>
    where
        T: Send + 'a,
        F: Fn(NamedAccount, Seat) -> A,
        A: Future<Output = Result<Told<T>, Fault>> + Send + 'a,
    {
        if scope.is_all() {
            return self.read_all(call, scope, ask).await;
        }
        let (account, seat) = self.seat(call, scope, Permission::Read).await?;
        let (name, broker) = (account.name.clone(), seat.key.broker.clone());
        let degraded = ready(&*seat.broker)?;
        let told = ask(account, seat).await?;
        let mut meta = Meta::of_broker(name, broker.as_str(), told.as_of);
        meta.delayed = told.delayed;
        meta.stale = told.stale;
        meta.next_cursor = told.next_cursor;
        meta.warnings = told.warnings;
        meta.warnings.extend(degraded);
        Ok(Answer::new(told.data, meta))
    }

    async fn read_all<'a, T, F, A>(
        &'a self,
        call: &'a Call,
        scope: &Scope,
        ask: F,
    ) -> Result<Answer<T>, Fault>
    where
        T: Send + 'a,
        F: Fn(NamedAccount, Seat) -> A,
        A: Future<Output = Result<Told<T>, Fault>> + Send + 'a,
    {
        let broker = scope.broker.as_deref();
        let mut asks: Vec<BoxFuture<'a, Named<T>>> = Vec::new();
        for account in self.accounts_of(call) {
            if broker.is_some_and(|broker| account.key.broker.as_str() != broker) {
                continue;
            }
            let name = account.name.clone();
            let seat = self.registry.seat(&account.key, Permission::Read);
            let seat = seat.map_err(Fault::from).and_then(|seat| {
                let degraded = ready(&*seat.broker)?;
                Ok((seat, degraded))
            });
            asks.push(match seat {
                Ok((seat, degraded)) => {
                    let asked = ask(account.clone(), seat);
                    let answer = async move {
                        let told = asked.await.map(|told| told.warned(degraded));
                        (name, told)
                    };
                    answer.boxed()
                }
                Err(fault) => async move { (name, Err(fault)) }.boxed(),
            });
        }
        if asks.is_empty() {
            let message = "account: there is none that this key may use";
            return Err(Fault::new(FaultCode::NotFound, message));
        }
        let asks = stream::iter(asks).buffer_unordered(DEFAULT_BOUND);
        let mut ended: Vec<_> = asks.collect().await;
        ended.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut meta = Meta::of_server(self.clock.now());
        meta.source = Source::Broker;
        let mut rows = Vec::new();
        let mut oldest: Option<DateTime<Utc>> = None;
        for (account, told) in ended {
            rows.push(match told {
                Ok(told) => {
                    oldest = Some(oldest.map_or(told.as_of, |oldest| oldest.min(told.as_of)));
                    meta.delayed |= told.delayed;
                    meta.stale |= told.stale;
                    let named = told
                        .warnings
                        .iter()
                        .map(|what| format!("{account}: {what}"));
                    meta.warnings.extend(named);
                    if told.next_cursor.is_some() {
                        let more = format!("{account}: there is more; ask for this account alone");
                        meta.warnings.push(more);
                    }
                    AccountAnswer {
                        account,
                        data: Some(told.data),
                        error: None,
                    }
                }
                Err(fault) => AccountAnswer {
                    account,
                    data: None,
                    error: Some(fault),
                },
            });
        }
        if let Some(oldest) = oldest {
            meta.as_of = oldest;
        }
        let silent = rows.iter().filter(|row| row.error.is_some()).count();
        if silent > 0 {
            let warning = format!("{silent} of {} accounts did not answer", rows.len());
            meta.warnings.push(warning);
        }
        Ok(Answer::each(rows, meta))
    }
}

/// Whether questions can be answered now; what does not work, when only a part does.
///
/// # Errors
/// [`NotConnected`](FaultCode::NotConnected) with the way out.
pub(crate) fn ready(broker: &dyn Broker) -> Result<Option<String>, Fault> {
    let session = broker.session().borrow().clone();
    let id = broker.id();
    let fault = |message: String| Fault::new(FaultCode::NotConnected, message);
    Err(match session {
        SessionState::Ready => return Ok(None),
        SessionState::Degraded { reason } => {
            let reason = Untrusted::line(&reason, Untrusted::LINE);
            return Ok(Some(format!("the connection {id} is impaired: {reason}")));
        }
        SessionState::Connecting => fault(format!(
            "the connection {id} is being made; nothing old is given instead"
        ))
        .retry_safe(None),
        SessionState::Maintenance { until } => {
            let now = broker.desk().clock().now();
            let wait = until.and_then(|until| (until - now).to_std().ok());
            fault(format!(
                "the broker of {id} is down by plan and comes back by itself"
            ))
            .retry_safe(wait)
        }
        SessionState::Displaced { by } => {
            let by = Untrusted::line(&by, Untrusted::LINE);
            fault(format!("another session has taken the login of {id}: {by}"))
        }
        SessionState::AuthRequired { instructions } => {
            let what = Untrusted::line(&instructions, Untrusted::LINE);
            fault(format!("a person has to log {id} in: {what}"))
        }
        SessionState::Closed => fault(format!("the connection {id} is closed")),
        // A state that came later is not one in which answers can be relied on.
        _ => fault(format!(
            "the connection {id} is in a state that is not known here"
        )),
    })
}

/// What could be had, with a warning if it is not all; never an empty list for what could not be asked.
///
/// # Errors
/// [`BrokerError`](FaultCode::BrokerError), which may be repeated, when nothing could be had.
pub(crate) fn covered<T>(answer: Covered<T>, warnings: &mut Vec<String>) -> Result<T, Fault> {
    match answer {
        Covered::Complete(value) => Ok(value),
        Covered::Since { value, from } => {
            let from = from.to_rfc3339_opts(SecondsFormat::Secs, true);
            warnings.push(format!(
                "complete from {from} on; what is older may be missing"
            ));
            Ok(value)
        }
        Covered::Partial { value, missing } => {
            let missing = Untrusted::line(&missing, Untrusted::LINE);
            warnings.push(format!("incomplete, so absence proves nothing: {missing}"));
            Ok(value)
        }
        Covered::Unavailable(missing) => {
            let missing = Untrusted::line(&missing, Untrusted::LINE);
            let message = format!("the broker could not be asked: {missing}");
            Err(Fault::new(FaultCode::BrokerError, message).retry_safe(None))
        }
    }
}

fn none_of(broker: &dyn Broker, what: &str) -> Fault {
    let message = format!("the broker of {} has no {what}", broker.id());
    Fault::new(FaultCode::Unsupported, message)
}

pub(crate) fn market_data(broker: &dyn Broker) -> Result<&dyn MarketData, Fault> {
    broker
        .market_data()
        .ok_or_else(|| none_of(broker, "market data"))
}

pub(crate) fn reference(broker: &dyn Broker) -> Result<&dyn Reference, Fault> {
    let none = || none_of(broker, "instrument reference");
    broker.reference().ok_or_else(none)
}

pub(crate) fn research(broker: &dyn Broker) -> Result<&dyn Research, Fault> {
    broker.research().ok_or_else(|| none_of(broker, "research"))
}

pub(crate) fn portfolio(broker: &dyn Broker) -> Result<&dyn Portfolio, Fault> {
    broker
        .portfolio()
        .ok_or_else(|| none_of(broker, "portfolio"))
}

fn in_calendar(field: &str, at: Option<DateTime<Utc>>) -> Result<DateTime<Utc>, Fault> {
    at.ok_or_else(|| Fault::invalid(field, "outside the calendar"))
}

/// From when on a question is about something; `end` is where a span is counted back from.
pub(crate) fn begins(
    start: Option<Moment>,
    end: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let begins = start.map(|start| in_calendar("start", start.start(end)));
    begins.transpose()
}

/// Before when a question is about something.
pub(crate) fn ends(
    end: Option<Moment>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Fault> {
    let ends = end.map(|end| in_calendar("end", end.end(now)));
    ends.transpose()
}

/// Refuses a number outside its range by the name of its field.
pub(crate) fn within(field: &str, value: u32, least: u32, most: u32) -> Result<u32, Fault> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Fault::invalid(
            field,
            format!("{least} to {most}, not {value}"),
        ))
    }
}

/// Refuses lists that are empty or too long.
pub(crate) fn sized<T>(field: &str, list: &[T], most: usize) -> Result<(), Fault> {
    if (1..=most).contains(&list.len()) {
        Ok(())
    } else {
        Err(Fault::invalid(
            field,
            format!("1 to {most} of them, not {}", list.len()),
        ))
    }
}
