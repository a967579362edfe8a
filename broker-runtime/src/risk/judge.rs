//! One lock over all books: a command is judged and claimed in one step, so that two commands that pass
//! alone and fail together cannot both pass.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use broker_core::{
    Broker, Decimal,
    event::Ledger,
    model::{
        AccountId, BrokerId, ClientOrderId, Currency, Instrument, OrderAmount, Price,
        ProfitAndLoss, Quote,
    },
};
use chrono::{DateTime, Utc};
use tokio::time::{Duration, Instant};

use super::{
    KillState, RiskBreach, RiskLimits, RiskScope, Rule,
    book::Book,
    evaluate::{Candidate, Check, Facts, lessen},
    learn::Learned,
    limits::Limits,
    request::Request,
};

/// An account at a broker.
pub(crate) type Seat = (BrokerId, AccountId);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) books: BTreeMap<Seat, Book>,
    /// When each order or change was let through, in the last second.
    recent: VecDeque<(Instant, Seat)>,
    pub(super) multipliers: HashMap<Instrument, Decimal>,
    pub(super) quotes: HashMap<Instrument, (Quote, Instant)>,
    pub(super) figures: HashMap<Seat, Arc<ProfitAndLoss>>,
}

/// Judges commands.
#[derive(Debug, Default)]
pub(crate) struct Judge {
    state: Mutex<State>,
}

impl Judge {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a book for an account, unless the session that it is kept from goes on.
    pub(crate) fn follow(&self, broker: &dyn Broker, ledger: &Arc<Ledger>) {
        self.follow_unless(broker, ledger, |book| !book.has_ended());
    }

    /// Keeps the book of an account from a session that has just come. What the one before told, and
    /// what was claimed of it, is in the new one's snapshot as far as the broker knows of it.
    pub(crate) fn follow_anew(&self, broker: &dyn Broker, ledger: &Arc<Ledger>) {
        self.follow_unless(broker, ledger, |_| false);
    }

    fn follow_unless(
        &self,
        broker: &dyn Broker,
        ledger: &Arc<Ledger>,
        stays: impl FnOnce(&Book) -> bool,
    ) {
        let seat = (broker.id().clone(), ledger.account().clone());
        let mut state = self.lock();
        let book = state.books.get(&seat);
        if !book.is_some_and(|book| book.is_of(ledger) || stays(book)) {
            state.books.insert(seat, Book::new(broker, ledger));
        }
    }

    /// Forgets every account but these.
    pub(crate) fn keep(&self, stays: impl Fn(&Seat) -> bool) {
        let mut state = self.lock();
        state.books.retain(|seat, _| stays(seat));
        state.figures.retain(|seat, _| stays(seat));
        state.recent.retain(|(_, seat)| stays(seat));
    }

    /// Gives the claim of a command back that had no effect.
    pub(crate) fn withdraw(&self, seat: &Seat, ids: &[ClientOrderId]) {
        if let Some(book) = self.lock().books.get_mut(seat) {
            for id in ids {
                book.claims.remove(id);
            }
        }
    }

    /// Lets a command pass and claims what it may come to, or refuses it.
    pub(crate) fn judge(
        &self,
        seat: &Seat,
        request: &Request,
        limits: &RiskLimits,
        switch: &KillState,
        learned: &Learned,
        now: DateTime<Utc>,
    ) -> Result<(), RiskBreach> {
        let mut state = self.lock();
        let state = &mut *state;
        for book in state.books.values_mut() {
            book.catch_up(now);
        }
        while state
            .recent
            .front()
            .is_some_and(|(at, _)| at.elapsed() >= Duration::from_secs(1))
        {
            state.recent.pop_front();
        }
        let candidates = sized(request, state);
        // Claimed first, so that the candidates are judged with all that works.
        let Some(own) = state.books.get_mut(seat) else {
            return Err(no_book(seat));
        };
        let mut before = Vec::new();
        for candidate in &candidates {
            let earlier = own.claims.insert(candidate.id.clone(), candidate.claim());
            before.push((candidate.id.clone(), earlier));
        }
        let verdict = verdict(
            state,
            seat,
            &candidates,
            request,
            limits,
            switch,
            learned,
            now,
        );
        match &verdict {
            Ok(()) => {
                let at = Instant::now();
                for _ in 0..candidates.len().max(1) {
                    state.recent.push_back((at, seat.clone()));
                }
            }
            Err(_) => {
                if let Some(own) = state.books.get_mut(seat) {
                    for (id, earlier) in before {
                        match earlier {
                            Some(earlier) => drop(own.claims.insert(id, earlier)),
                            None => drop(own.claims.remove(&id)),
                        }
                    }
                }
            }
        }
        verdict
    }
}

fn no_book(seat: &Seat) -> RiskBreach {
    RiskBreach {
        rule: Rule::Unknown,
        scope: RiskScope::Account(seat.1.clone()),
        limit: "refuse".to_owned(),
        value: "the account".to_owned(),
    }
}

/// The candidates with a size, where an order by cash amount can be estimated.
fn sized(request: &Request, state: &State) -> Vec<Candidate> {
    let mut candidates = request.candidates.clone();
    for candidate in &mut candidates {
        if let (None, OrderAmount::Cash(money)) =
            (candidate.working.leaves, candidate.working.terms.amount)
        {
            let terms = &candidate.working.terms;
            let quote = state.quotes.get(&terms.instrument);
            let price = quote.and_then(|(quote, _)| quote.mid());
            let price = price.or(terms.order_type.limit_price().map(Price::get));
            let multiplier = state.multipliers.get(&terms.instrument);
            let unit = price
                .zip(multiplier)
                .map(|(price, multiplier)| price.abs().saturating_mul(*multiplier));
            candidate.working.leaves = unit
                .and_then(|unit| money.amount.checked_div(unit))
                // As many as the money may buy, and not fewer.
                .map(|units| {
                    units.round_dp_with_strategy(8, rust_decimal::RoundingStrategy::AwayFromZero)
                });
        }
    }
    candidates
}

#[expect(
    clippy::too_many_arguments,
    reason = "all of them make the judgement, and nothing else does"
)]
fn verdict(
    state: &State,
    seat: &Seat,
    candidates: &[Candidate],
    request: &Request,
    limits: &RiskLimits,
    switch: &KillState,
    learned: &Learned,
    now: DateTime<Utc>,
) -> Result<(), RiskBreach> {
    let Some(own) = state.books.get(seat) else {
        return Err(no_book(seat));
    };
    let everyone: Vec<&Book> = state.books.values().collect();
    let facts_of = |own_view: bool, view: &Limits, rates: &HashMap<Currency, Decimal>| {
        // Counted only for those who want to know: there may be thousands.
        let recent = view.max_orders_per_second.map_or(0, |_| {
            let recent = state.recent.iter();
            recent.filter(|(_, who)| !own_view || who == seat).count()
        });
        let daily = view.max_daily_loss;
        Facts {
            now,
            quotes: &state.quotes,
            multipliers: &state.multipliers,
            sessions: &learned.sessions,
            daily: daily.and_then(|_| daily_of(state, seat, own_view, view, rates)),
            recent: u32::try_from(recent).unwrap_or(u32::MAX),
        }
    };
    let (own_limits, own_only) = (limits.of(&seat.1), [own]);
    let rates_of_own = rates(&own_only, own_limits, limits);
    let rates_of_all = rates(&everyone, &limits.total, limits);
    let checks = [
        Check {
            limits: own_limits,
            scope: RiskScope::Account(seat.1.clone()),
            facts: &facts_of(true, own_limits, &rates_of_own),
            books: &own_only,
            rates: &rates_of_own,
        },
        Check {
            limits: &limits.total,
            scope: RiskScope::Total,
            facts: &facts_of(false, &limits.total, &rates_of_all),
            books: &everyone,
            rates: &rates_of_all,
        },
    ];
    let verdict = as_new_exposure(&checks, candidates, request, switch);
    // Looked at last, because most orders pass and this looks at everything that works.
    let lessens = || request.missing.is_none() && !candidates.is_empty() && lessen(own, candidates);
    if verdict.is_err() && lessens() {
        checks.iter().try_for_each(Check::may_send)?;
        return checks
            .iter()
            .try_for_each(|check| check.collars(candidates));
    }
    verdict
}

/// The rules for a command that may take on more, in the order in which they are told.
fn as_new_exposure(
    checks: &[Check<'_>],
    candidates: &[Candidate],
    request: &Request,
    switch: &KillState,
) -> Result<(), RiskBreach> {
    let each =
        |rule: &dyn Fn(&Check<'_>) -> Result<(), RiskBreach>| checks.iter().try_for_each(rule);
    if let KillState::Engaged { reason, .. } = switch {
        return Err(RiskBreach {
            rule: Rule::KillSwitch,
            scope: RiskScope::Total,
            limit: "engaged".to_owned(),
            value: reason.clone(),
        });
    }
    each(&|check| check.may_send())?;
    if let Some(missing) = &request.missing {
        each(&|check| check.unknown(missing))?;
    }
    if checks.iter().any(|check| check.limits.needs_instruments()) {
        let traded: BTreeSet<Instrument> = request.traded().into_iter().collect();
        each(&|check| traded.iter().try_for_each(|one| check.listed(one)))?;
        each(&|check| traded.iter().try_for_each(|one| check.open(one)))?;
    }
    each(&|check| check.collars(candidates))?;
    each(&|check| {
        if !request.instruments.is_empty() {
            check.pace(request.instruments.len())?;
            check.daily_loss()?;
        }
        check.new_exposure(candidates)
    })
}

/// Units of the limits' currency per unit of another, where money is limited.
fn rates(books: &[&Book], view: &Limits, limits: &RiskLimits) -> HashMap<Currency, Decimal> {
    let mut rates = HashMap::new();
    if !view.needs_values() && view.max_daily_loss.is_none() {
        return rates;
    }
    for book in books {
        if book.base == Some(view.currency) {
            rates.extend(book.rates.iter().map(|(currency, rate)| (*currency, *rate)));
        }
    }
    rates.extend(
        limits
            .rates
            .iter()
            .map(|(currency, rate)| (*currency, *rate)),
    );
    rates
}

/// Profit or loss of the day, if that of every account is known.
fn daily_of(
    state: &State,
    seat: &Seat,
    own_view: bool,
    view: &Limits,
    rates: &HashMap<Currency, Decimal>,
) -> Option<Decimal> {
    let seats = state
        .books
        .keys()
        .filter(|other| !own_view || *other == seat);
    seats
        .map(|seat| {
            let money = state.figures.get(seat)?.daily?;
            if money.currency == view.currency {
                return Some(money.amount);
            }
            money.amount.checked_mul(*rates.get(&money.currency)?)
        })
        .try_fold(Decimal::ZERO, |sum, one| sum.checked_add(one?))
}
