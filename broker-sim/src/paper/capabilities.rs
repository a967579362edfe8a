use std::collections::BTreeSet;

use broker_core::{
    Capabilities, Idempotency, OrderForm, Refusal, Support, Why,
    model::{
        AccountKind, AssetClass, ContingencyKind, Environment, FeedKind, OrderTypeKind as T,
        ReplaceField, TimeInForceKind as F, TradingSession as S,
    },
};

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

fn form(classes: &[AssetClass], types: &[T], forces: &[F], sessions: &[S]) -> OrderForm {
    OrderForm {
        asset_classes: classes.to_vec(),
        order_types: types.to_vec(),
        times_in_force: forces.to_vec(),
        sessions: sessions.to_vec(),
    }
}

/// What the paper broker can do for an account of a kind.
#[must_use]
pub fn capabilities(kind: &AccountKind) -> Capabilities {
    use AssetClass as C;
    let mut all = Capabilities::none(Environment::Simulated);
    all.orders = vec![
        form(
            &[C::Equity],
            &[T::Limit],
            &PLAIN,
            &[S::Regular, S::Extended],
        ),
        form(&[C::Equity], &[T::Market], &PLAIN, &[S::Regular]),
        form(
            &[C::Equity],
            &[T::Market, T::Limit],
            &[F::Opg, F::AtClose],
            &[S::Regular],
        ),
        form(&[C::Equity], &CONDITIONAL, &WAITING, &[S::Regular]),
        form(
            &[C::Equity],
            &[T::MarketOnOpen, T::LimitOnOpen],
            &[F::Day, F::Opg],
            &[S::Regular],
        ),
        form(
            &[C::Equity],
            &[T::MarketOnClose, T::LimitOnClose],
            &[F::Day, F::AtClose],
            &[S::Regular],
        ),
        form(
            &[C::Equity],
            &[T::Auction, T::AuctionLimit, T::Twap, T::Vwap],
            &[F::Day],
            &[S::Regular],
        ),
        form(
            &[C::Future, C::Forex, C::Crypto],
            &[T::Market, T::Limit],
            &PLAIN,
            &[S::Regular],
        ),
        form(
            &[C::Future, C::Forex, C::Crypto],
            &CONDITIONAL,
            &WAITING,
            &[S::Regular],
        ),
        form(&[C::Option], &[T::Market, T::Limit], &PLAIN, &[S::Regular]),
        form(
            &[C::Option],
            &[T::Stop, T::StopLimit],
            &WAITING,
            &[S::Regular],
        ),
        form(
            &[C::Combo],
            &[T::Market, T::Limit],
            &[F::Day, F::Gtc, F::Ioc],
            &[S::Regular],
        ),
    ];
    let refusal = |class, why| Refusal {
        asset_class: Some(class),
        order_type: None,
        time_in_force: None,
        session: None,
        why,
    };
    all.refusals = vec![
        refusal(C::Fund, Why::NotImplemented),
        refusal(C::Warrant, Why::NotImplemented),
        refusal(C::Bond, Why::NotImplemented),
        refusal(C::FutureOption, Why::NotImplemented),
    ];
    all.cash_amount = Support::Native(());
    all.fractional = Support::Native(());
    all.display_quantity = Support::Native(());
    all.short_sale = match kind {
        AccountKind::Cash => Support::No(Why::AccountType),
        _ => Support::Native(()),
    };
    all.replace = Support::Native(BTreeSet::from_iter(ReplaceField::ALL.iter().copied()));
    all.lists = Support::Native(BTreeSet::from_iter(ContingencyKind::ALL.iter().copied()));
    all.preview = Support::Native(());
    all.exercise = Support::Native(());
    all.idempotency = Idempotency::Enforced;
    all.feeds = Support::Native(BTreeSet::from_iter(FeedKind::ALL.iter().copied()));
    all.history = Support::Native(());
    all.research = Support::Native(());
    all
}
