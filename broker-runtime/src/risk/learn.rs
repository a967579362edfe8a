//! What is asked of the broker before a judgement, because a limit needs it and nobody knows it yet.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use broker_core::{
    Broker, Decimal,
    model::{AccountId, Instrument, SessionKind},
};
use chrono::{DateTime, Utc};
use tokio::time::{Duration, Instant};

use super::{
    RiskLimits,
    book::parts,
    judge::{Judge, Seat},
    limits::Limits,
    request::Request,
};

/// A quote that was fetched within this span is not fetched again.
const QUOTE_REUSED_FOR: Duration = Duration::from_millis(500);

/// What is asked of the broker before the judgement, and what came back.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    pub(super) sessions: HashMap<Instrument, Option<SessionKind>>,
}

impl Judge {
    /// Asks the broker for what the limits need and nobody knows yet.
    pub(crate) async fn learn(
        &self,
        broker: &dyn Broker,
        seat: &Seat,
        request: &Request,
        limits: &RiskLimits,
        brokers: &[Arc<dyn Broker>],
    ) -> Learned {
        let now = broker.desk().clock().now();
        let both = [limits.of(&seat.1), &limits.total];
        let traded = request.traded();
        let mut learned = Learned::default();
        if both.iter().any(|limits| limits.needs_quote()) {
            self.learn_quotes(broker, &traded, now, both).await;
        }
        if both.iter().any(|limits| limits.needs_values()) {
            let mut wanted = traded.clone();
            if both.iter().any(|limits| limits.needs_exposure()) {
                wanted.extend(self.held(now));
            }
            self.learn_multipliers(broker, wanted).await;
        }
        if both.iter().any(|limits| limits.trading_hours.is_some()) {
            for instrument in &traded {
                if let Some(session) = session_of(broker, instrument, now).await {
                    learned.sessions.insert(instrument.clone(), session);
                }
            }
        }
        if limits.total.max_daily_loss.is_some() {
            for broker in brokers {
                for ledger in broker.desk().ledgers() {
                    self.learn_figures(&**broker, ledger.account(), now).await;
                }
            }
        } else if both[0].max_daily_loss.is_some() {
            self.learn_figures(broker, &seat.1, now).await;
        }
        learned
    }

    /// Every instrument that is held or worked anywhere.
    fn held(&self, now: DateTime<Utc>) -> Vec<Instrument> {
        let mut state = self.lock();
        let mut held = Vec::new();
        for book in state.books.values_mut() {
            book.catch_up(now);
            held.extend(book.positions.keys().cloned());
            for (_, working) in book.working() {
                let parts = parts(&working.terms, Decimal::ONE);
                held.extend(parts.into_iter().map(|(instrument, _)| instrument.clone()));
            }
        }
        held
    }

    async fn learn_quotes(
        &self,
        broker: &dyn Broker,
        traded: &HashSet<Instrument>,
        now: DateTime<Utc>,
        both: [&Limits; 2],
    ) {
        let oldest = both.iter().map(|limits| limits.max_quote_age()).min();
        let wanted: Vec<Instrument> = {
            let state = self.lock();
            let is_known = |instrument: &&Instrument| {
                state
                    .quotes
                    .get(instrument)
                    .is_some_and(|(quote, fetched)| {
                        let age = (now - quote.as_of).to_std().unwrap_or_default();
                        fetched.elapsed() < QUOTE_REUSED_FOR
                            && oldest.is_none_or(|oldest| age < oldest)
                    })
            };
            traded.iter().filter(|i| !is_known(i)).cloned().collect()
        };
        let (Some(market_data), false) = (broker.market_data(), wanted.is_empty()) else {
            return;
        };
        // What could not be asked is not known, and that is for the limits to judge.
        let Ok(answers) = market_data.quotes(&wanted).await else {
            return;
        };
        let fetched = Instant::now();
        let mut state = self.lock();
        for (instrument, answer) in wanted.into_iter().zip(answers) {
            match answer {
                Ok(quote) => drop(state.quotes.insert(instrument, (quote, fetched))),
                Err(_) => drop(state.quotes.remove(&instrument)),
            }
        }
    }

    async fn learn_multipliers(
        &self,
        broker: &dyn Broker,
        wanted: impl IntoIterator<Item = Instrument>,
    ) {
        let Some(reference) = broker.reference() else {
            return;
        };
        let unknown: HashSet<Instrument> = {
            let state = self.lock();
            let wanted = wanted.into_iter();
            wanted
                .filter(|i| !state.multipliers.contains_key(i))
                .collect()
        };
        for instrument in unknown {
            let contract = broker
                .desk()
                .resolver()
                .contract(reference, &instrument)
                .await;
            if let Ok(contract) = contract {
                self.lock()
                    .multipliers
                    .insert(instrument, contract.multiplier);
            }
        }
    }

    async fn learn_figures(&self, broker: &dyn Broker, account: &AccountId, now: DateTime<Utc>) {
        const FRESH: chrono::TimeDelta = chrono::TimeDelta::seconds(5);
        let seat = (broker.id().clone(), account.clone());
        {
            let mut state = self.lock();
            if let Some(book) = state.books.get_mut(&seat) {
                book.catch_up(now);
                if let Some(figures) = book.figures.clone() {
                    state.figures.insert(seat.clone(), figures);
                }
            }
            let known = state.figures.get(&seat);
            if known.is_some_and(|figures| now - figures.as_of < FRESH) {
                return;
            }
        }
        let Some(portfolio) = broker.portfolio() else {
            return;
        };
        match portfolio.profit_and_loss(account).await {
            Ok(figures) => drop(self.lock().figures.insert(seat, Arc::new(figures))),
            // Yesterday's loss says nothing of today's.
            Err(_) => drop(self.lock().figures.remove(&seat)),
        }
    }
}

async fn session_of(
    broker: &dyn Broker,
    instrument: &Instrument,
    now: DateTime<Utc>,
) -> Option<Option<SessionKind>> {
    let today = now.date_naive();
    // The exchange's date may be another one.
    let (from, to) = (today.pred_opt()?, today.succ_opt()?);
    let schedule = broker
        .reference()?
        .schedule(instrument, from, to)
        .await
        .ok()?;
    Some(schedule.window_at(now).map(|window| window.kind))
}
