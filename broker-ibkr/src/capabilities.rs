//! What TWS takes, as data.
//!
//! TWS takes far more than core can say, and refuses by exchange and account what it lists here; the
//! words of such a refusal arrive with the order.

use std::collections::BTreeSet;

use broker_core::{
    Capabilities, Idempotency, OrderForm, RateBudget, Refusal, Support, Why,
    model::{
        AssetClass as C, ContingencyKind, Environment, FeedKind, OrderExtension as _,
        OrderTypeKind as T, ReplaceField, TimeInForceKind as F, TradingSession as S,
    },
};

use crate::{IbkrExtension, Pacing};

const PLAIN: [F; 5] = [F::Day, F::Gtc, F::Gtd, F::Ioc, F::Fok];
const WAITING: [F; 3] = [F::Day, F::Gtc, F::Gtd];
const CONDITIONAL: [T; 7] = [
    T::Stop,
    T::StopLimit,
    T::TrailingStop,
    T::TrailingStopLimit,
    T::MarketIfTouched,
    T::LimitIfTouched,
    T::MarketToLimit,
];

fn form(classes: &[C], types: &[T], forces: &[F], sessions: &[S]) -> OrderForm {
    OrderForm {
        asset_classes: classes.to_vec(),
        order_types: types.to_vec(),
        times_in_force: forces.to_vec(),
        sessions: sessions.to_vec(),
    }
}

/// What can be done for an account of this login.
pub(crate) fn capabilities(
    environment: Environment,
    pacing: Pacing,
    read_only: bool,
) -> Capabilities {
    let mut all = Capabilities::none(environment);
    all.idempotency = Idempotency::Echoed;
    all.extensions = [IbkrExtension::NAMESPACE.to_owned()].into();
    all.budgets = vec![RateBudget {
        scope: "messages".to_owned(),
        permits: pacing.budget,
        period_ms: 1_000,
    }];
    all.feeds = Support::Native(BTreeSet::from_iter(FeedKind::ALL.iter().copied()));
    all.history = Support::Native(());
    all.research = Support::Native(());
    if read_only {
        no_trading(&mut all);
    } else {
        trading(&mut all);
    }
    all
}

fn trading(all: &mut Capabilities) {
    let regular = [S::Regular];
    let traded = [C::Future, C::FutureOption, C::Forex, C::Crypto, C::Warrant];
    all.orders = vec![
        form(
            &[C::Equity],
            &[T::Limit],
            &PLAIN,
            &[S::Regular, S::Extended],
        ),
        form(&[C::Equity], &[T::Market], &PLAIN, &regular),
        form(
            &[C::Equity],
            &[T::Market, T::Limit],
            &[F::Opg, F::AtClose],
            &regular,
        ),
        form(&[C::Equity], &CONDITIONAL, &WAITING, &regular),
        form(
            &[C::Equity],
            &[T::MarketOnOpen, T::LimitOnOpen],
            &[F::Day, F::Opg],
            &regular,
        ),
        form(
            &[C::Equity],
            &[T::MarketOnClose, T::LimitOnClose],
            &[F::Day, F::AtClose],
            &regular,
        ),
        form(&[C::Equity], &[T::Twap, T::Vwap], &[F::Day], &regular),
        form(&traded, &[T::Market, T::Limit], &PLAIN, &regular),
        form(&traded, &CONDITIONAL, &WAITING, &regular),
        form(&[C::Option], &[T::Market, T::Limit], &PLAIN, &regular),
        form(&[C::Option], &[T::Stop, T::StopLimit], &WAITING, &regular),
        form(
            &[C::Combo],
            &[T::Market, T::Limit],
            &[F::Day, F::Gtc, F::Ioc],
            &regular,
        ),
    ];
    let refusal = |class: Option<C>, order_type: Option<T>, session: Option<S>, why: Why| Refusal {
        asset_class: class,
        order_type,
        time_in_force: None,
        session,
        why,
    };
    all.refusals = vec![
        refusal(Some(C::Fund), None, None, Why::NotImplemented),
        refusal(Some(C::Bond), None, None, Why::NotImplemented),
        refusal(Some(C::Native), None, None, Why::NotImplemented),
        refusal(None, Some(T::Auction), None, Why::NotImplemented),
        refusal(None, Some(T::AuctionLimit), None, Why::NotImplemented),
        refusal(None, None, Some(S::Overnight), Why::NotImplemented),
        refusal(None, None, Some(S::All), Why::NotImplemented),
    ];
    all.cash_amount = Support::Native(());
    all.fractional = Support::Native(());
    all.display_quantity = Support::Native(());
    all.short_sale = Support::Native(());
    all.replace = Support::Native(BTreeSet::from_iter(ReplaceField::ALL.iter().copied()));
    // Orders that one order sets off cancel each other at TWS and are released in parts, which is
    // something else than `OneTriggersOther`.
    all.lists = Support::Native(BTreeSet::from_iter([
        ContingencyKind::Bracket,
        ContingencyKind::OneCancelsOther,
    ]));
    all.preview = Support::Native(());
    all.exercise = Support::Native(());
}

fn no_trading(all: &mut Capabilities) {
    let why = || Why::Permission("`Read-Only API` unchecked in the API settings of TWS".into());
    all.refusals = vec![Refusal {
        asset_class: None,
        order_type: None,
        time_in_force: None,
        session: None,
        why: why(),
    }];
    all.cash_amount = Support::No(why());
    all.fractional = Support::No(why());
    all.display_quantity = Support::No(why());
    all.short_sale = Support::No(why());
    all.replace = Support::No(why());
    all.lists = Support::No(why());
    all.preview = Support::No(why());
    all.exercise = Support::No(why());
}
