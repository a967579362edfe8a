//! Which forms of order the exchange takes: one rule, from which the paper broker's capabilities are
//! declared row by row and against which the conformance suite compares them.

use broker_core::{
    ErrorKind,
    model::{
        AssetClass, NewOrder, OrderAmount, OrderTypeKind as T, Side, TimeInForceKind as F,
        TradingSession as S,
    },
};

use super::Refusal;

/// Refuses a form of order that the exchange does not take.
pub(super) fn check(order: &NewOrder) -> Result<(), Refusal> {
    let class = order.instrument.asset_class();
    let kind = order.order_type.kind();
    let force = order.time_in_force.kind();
    let taken = takes(class, kind, force, order.session)
        || takes_where_listed(class, kind, force, order.session);
    if !taken {
        let text = format!(
            "{kind} {force} orders for {class} in session {}",
            order.session
        );
        return Err(not_taken("order_type", &text));
    }
    if let OrderAmount::Cash(_) = order.amount
        && !(matches!(
            class,
            AssetClass::Equity | AssetClass::Crypto | AssetClass::Fund
        ) && matches!(kind, T::Market | T::Limit)
            && matches!(force, F::Day | F::Ioc))
    {
        return Err(not_taken(
            "amount.cash",
            "an amount of money for this order",
        ));
    }
    if order.display_quantity.is_some() && kind != T::Limit {
        return Err(not_taken(
            "display_quantity",
            "a display quantity for this type",
        ));
    }
    if order.side == Side::SellShort && class != AssetClass::Equity {
        return Err(not_taken("side", "short sales of this class"));
    }
    Ok(())
}

/// Whether the exchange takes orders of this form.
#[must_use]
pub fn takes(class: AssetClass, kind: T, force: F, session: S) -> bool {
    match class {
        AssetClass::Equity => equity(kind, force, session),
        AssetClass::Option => {
            session == S::Regular
                && matches!(kind, T::Market | T::Limit | T::Stop | T::StopLimit)
                && is_plain(force)
                && together(kind, force)
        }
        AssetClass::Future | AssetClass::Forex | AssetClass::Crypto => {
            session == S::Regular && is_continuous(kind) && is_plain(force) && together(kind, force)
        }
        AssetClass::Combo => {
            session == S::Regular
                && matches!(kind, T::Market | T::Limit)
                && matches!(force, F::Day | F::Gtc | F::Ioc)
        }
        _ => false,
    }
}

/// Whether the exchange takes orders of this form where it lists what few worlds have: shares that trade
/// in the night, options on futures, warrants, funds.
pub(super) fn takes_where_listed(class: AssetClass, kind: T, force: F, session: S) -> bool {
    match class {
        AssetClass::Equity => {
            matches!(session, S::Overnight | S::All)
                && kind == T::Limit
                && matches!(force, F::Day | F::Gtc | F::Gtd)
        }
        AssetClass::FutureOption | AssetClass::Warrant => {
            let kept = matches!(force, F::Day | F::Gtc | F::Gtd);
            session == S::Regular
                && (kind == T::Market && force == F::Day || kind == T::Limit && kept)
        }
        AssetClass::Fund => session == S::Regular && kind == T::Market && force == F::Day,
        _ => false,
    }
}

/// Refuses a session that the market does not have.
pub(super) fn check_nights(order: &NewOrder, nights: bool) -> Result<(), Refusal> {
    if nights || !matches!(order.session, S::Overnight | S::All) {
        return Ok(());
    }
    let text = format!("orders for the session {}", order.session);
    Err(not_taken("session", &text))
}

fn equity(kind: T, force: F, session: S) -> bool {
    match kind {
        T::MarketOnOpen | T::LimitOnOpen => {
            session == S::Regular && matches!(force, F::Day | F::Opg)
        }
        T::MarketOnClose | T::LimitOnClose => {
            session == S::Regular && matches!(force, F::Day | F::AtClose)
        }
        T::Auction | T::AuctionLimit | T::Twap | T::Vwap => {
            session == S::Regular && force == F::Day
        }
        T::Market | T::Limit if matches!(force, F::Opg | F::AtClose) => session == S::Regular,
        T::Limit => matches!(session, S::Regular | S::Extended) && is_plain(force),
        _ => {
            session == S::Regular && is_continuous(kind) && is_plain(force) && together(kind, force)
        }
    }
}

/// Types that work in continuous trading.
pub(super) const fn is_continuous(kind: T) -> bool {
    matches!(
        kind,
        T::Market
            | T::Limit
            | T::Stop
            | T::StopLimit
            | T::TrailingStop
            | T::TrailingStopLimit
            | T::MarketIfTouched
            | T::LimitIfTouched
            | T::MarketToLimit
    )
}

/// Lifetimes in continuous trading.
pub(super) const fn is_plain(force: F) -> bool {
    matches!(force, F::Day | F::Gtc | F::Gtd | F::Ioc | F::Fok)
}

/// An order that waits for a price cannot also demand to trade at once.
fn together(kind: T, force: F) -> bool {
    !matches!(force, F::Ioc | F::Fok) || matches!(kind, T::Market | T::Limit)
}

pub(super) fn not_taken(field: &'static str, what: &str) -> Refusal {
    Refusal::new(
        ErrorKind::Unsupported,
        "387",
        format!("{what} are not taken"),
    )
    .at(field)
}
