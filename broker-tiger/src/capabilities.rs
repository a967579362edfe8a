//! What can be done for an account.

use std::collections::BTreeSet;

use broker_core::{
    Capabilities, Idempotency, LocalForm, OrderForm, RateBudget, Refusal, Support, Why,
    model::{
        AssetClass as C, ContingencyKind, Environment, FeedKind, Mic, OrderTypeKind as T,
        ReplaceField, TimeInForceKind as F, TradingSession as S,
    },
};

use crate::RequestLimits;

/// Lifetimes of orders that may trade at once.
const PLAIN: [F; 5] = [F::Day, F::Gtc, F::Gtd, F::Ioc, F::Fok];
/// Lifetimes of orders that wait for a price.
const WAITING: [F; 3] = [F::Day, F::Gtc, F::Gtd];

fn form(classes: &[C], types: &[T], forces: &[F], sessions: &[S]) -> OrderForm {
    OrderForm {
        asset_classes: classes.to_vec(),
        order_types: types.to_vec(),
        times_in_force: forces.to_vec(),
        sessions: sessions.to_vec(),
    }
}

/// What can be done for an account; `keeps_marks` says whether orders are found again by the
/// caller's own names, `pushes` whether there is a push connection.
pub(crate) fn capabilities(
    environment: Environment,
    limits: RequestLimits,
    keeps_marks: bool,
    pushes: bool,
) -> Capabilities {
    let mut all = Capabilities::none(environment);
    let regular = [S::Regular];
    let traded = [C::Future, C::Crypto];
    let rare = [C::FutureOption, C::Warrant];
    all.orders = vec![
        form(
            &[C::Equity],
            &[T::Limit],
            &PLAIN,
            &[S::Regular, S::Extended],
        ),
        form(&[C::Equity], &[T::Limit], &WAITING, &[S::Overnight, S::All]),
        form(&[C::Equity], &[T::Market], &PLAIN, &regular),
        form(
            &[C::Equity],
            &[T::Stop, T::StopLimit, T::TrailingStop],
            &WAITING,
            &regular,
        ),
        form(&[C::Equity], &[T::Twap, T::Vwap], &[F::Day], &regular),
        form(&[C::Option], &[T::Market, T::Limit], &PLAIN, &regular),
        form(&[C::Option], &[T::Stop, T::StopLimit], &WAITING, &regular),
        form(&traded, &[T::Market, T::Limit], &PLAIN, &regular),
        form(
            &traded,
            &[T::Stop, T::StopLimit, T::TrailingStop],
            &WAITING,
            &regular,
        ),
        form(&[C::Combo], &[T::Market, T::Limit], &[F::Day], &regular),
        form(&rare, &[T::Market], &[F::Day], &regular),
        form(&rare, &[T::Limit], &WAITING, &regular),
        // Subscribed and redeemed at a value that nobody knows yet.
        form(&[C::Fund], &[T::Market], &[F::Day], &regular),
    ];
    // Auctions can be traded in at Hong Kong's exchange only.
    let auction = |types: &[T], forces: &[F]| LocalForm {
        exchanges: vec![Mic::XHKG],
        form: form(&[C::Equity], types, forces, &regular),
    };
    all.local_orders = vec![
        auction(&[T::Auction, T::AuctionLimit], &[F::Day]),
        auction(&[T::MarketOnOpen, T::LimitOnOpen], &[F::Day, F::Opg]),
    ];
    let refusal = |class, order_type, session, why| Refusal {
        asset_class: class,
        order_type,
        time_in_force: None,
        session,
        why,
    };
    all.refusals = vec![
        refusal(Some(C::Forex), None, None, Why::NotImplemented),
        refusal(Some(C::Native), None, None, Why::NotImplemented),
    ];
    all.cash_amount = Support::Native(());
    all.fractional = Support::Native(());
    all.display_quantity = Support::Native(());
    all.short_sale = Support::Native(());
    all.replace = Support::Native(BTreeSet::from_iter([
        ReplaceField::Quantity,
        ReplaceField::LimitPrice,
        ReplaceField::TriggerPrice,
        ReplaceField::TrailingOffset,
        ReplaceField::TimeInForce,
    ]));
    all.lists = Support::Native(BTreeSet::from_iter([
        ContingencyKind::Bracket,
        ContingencyKind::OneCancelsOther,
    ]));
    all.preview = Support::Native(());
    all.exercise = Support::Native(());
    all.idempotency = if keeps_marks {
        Idempotency::Echoed
    } else {
        Idempotency::None
    };
    all.feeds = if pushes {
        Support::Native(BTreeSet::from_iter([
            FeedKind::Quotes,
            FeedKind::Depth,
            FeedKind::Trades,
            FeedKind::Bars,
        ]))
    } else {
        // Another program of the developer has the one connection.
        Support::No(Why::Permission("the push connection".into()))
    };
    all.history = Support::Native(());
    all.research = Support::Native(());
    all.budgets = vec![
        RateBudget {
            scope: "orders".to_owned(),
            permits: 5,
            period_ms: 1_000,
        },
        RateBudget {
            scope: "each of the order methods".to_owned(),
            permits: limits.high,
            period_ms: 60_000,
        },
    ];
    all
}
