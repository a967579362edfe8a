//! In which order the rules speak when several would refuse.

use std::{collections::BTreeSet, sync::Arc};

use broker_core::{BrokerExt as _, dec, model::AssetClass};
use chrono::TimeDelta;

use super::{Risk, Stack};
use crate::{
    risk::{Limits, PriceCollar, RiskBreach, RiskLimits, RiskScope, Rule, TradingHours},
    test_support::{Stub, account, apple, buy, sell, start},
};

/// A limit that refuses the order below, and how it is taken away again.
type Breach = (Rule, fn(&mut Limits), fn(&mut Limits));

/// Every rule that can refuse one order, in the order in which they are asked.
const ORDER: [Breach; 13] = [
    (
        Rule::ReadOnly,
        |l| l.read_only = true,
        |l| l.read_only = false,
    ),
    (
        Rule::Symbol,
        |l| {
            l.symbols.deny.insert("AAPL".into());
        },
        |l| l.symbols.deny.clear(),
    ),
    (
        Rule::AssetClass,
        |l| l.asset_classes = Some(BTreeSet::from([AssetClass::Option])),
        |l| l.asset_classes = None,
    ),
    (
        Rule::TradingHours,
        |l| l.trading_hours = Some(TradingHours::Regular),
        |l| l.trading_hours = None,
    ),
    (
        Rule::PriceCollar,
        |l| {
            l.price_collar = Some(PriceCollar {
                percent: dec!(1),
                both_sides: true,
            });
        },
        |l| l.price_collar = None,
    ),
    (
        Rule::OrdersPerSecond,
        |l| l.max_orders_per_second = Some(0),
        |l| l.max_orders_per_second = None,
    ),
    (
        Rule::OrderQuantity,
        |l| l.max_order_quantity = Some(dec!(1)),
        |l| l.max_order_quantity = None,
    ),
    (
        Rule::OrderNotional,
        |l| l.max_order_notional = Some(dec!(1)),
        |l| l.max_order_notional = None,
    ),
    (
        Rule::OpenOrders,
        |l| l.max_open_orders = Some(0),
        |l| l.max_open_orders = None,
    ),
    (
        Rule::PositionQuantity,
        |l| l.max_position_quantity = Some(dec!(1)),
        |l| l.max_position_quantity = None,
    ),
    (
        Rule::PositionNotional,
        |l| l.max_position_notional = Some(dec!(1)),
        |l| l.max_position_notional = None,
    ),
    (
        Rule::GrossExposure,
        |l| l.max_gross_exposure = Some(dec!(1)),
        |l| l.max_gross_exposure = None,
    ),
    (
        Rule::NetExposure,
        |l| l.max_net_exposure = Some(dec!(1)),
        |l| l.max_net_exposure = None,
    ),
];

/// At seven in the evening, when the regular session is over.
fn evening() -> Arc<Stub> {
    let stub = Stub::at(start() + TimeDelta::hours(8));
    stub.quote(&apple(), dec!(10));
    stub
}

async fn refusal(risk: &Arc<Risk>, stub: &Arc<Stub>) -> RiskBreach {
    let stack = Stack::over(stub.dynamic()).layer(Arc::clone(risk));
    let broker = stack.unwrap().build();
    let error = broker.submit(&buy("a", 100, dec!(20))).await.unwrap_err();
    RiskBreach::of(&error).unwrap().clone()
}

#[tokio::test]
async fn the_kill_switch_speaks_first_then_permissions_then_hours_then_limits() {
    for scope in ["account", "total", "both"] {
        let mut limits = RiskLimits::default();
        let change = |limits: &mut RiskLimits, change: fn(&mut Limits)| {
            if scope != "total" {
                change(&mut limits.each);
            }
            if scope != "account" {
                change(&mut limits.total);
            }
        };
        for (_, set, _) in ORDER {
            change(&mut limits, set);
        }
        let risk = Risk::new(limits.clone());
        risk.kill_switch().engage("enough", start()).unwrap();
        let stub = evening();
        let breach = refusal(&risk, &stub).await;
        assert_eq!(
            (breach.rule, breach.scope),
            (Rule::KillSwitch, RiskScope::Total)
        );
        risk.kill_switch().release().unwrap();
        for (rule, _, clear) in ORDER {
            let breach = refusal(&risk, &stub).await;
            assert_eq!(breach.rule, rule, "{scope}");
            change(&mut limits, clear);
            risk.set_limits(limits.clone());
        }
        assert_eq!(stub.count("submit"), 0);
    }
}

#[tokio::test]
async fn a_permission_of_all_accounts_speaks_before_a_limit_of_one() {
    let mut limits = RiskLimits::default();
    limits.each.max_order_quantity = Some(dec!(1));
    limits.total.symbols.deny.insert("AAPL".into());
    let stub = evening();
    let breach = refusal(&Risk::new(limits), &stub).await;
    assert_eq!(
        (breach.rule, breach.scope),
        (Rule::Symbol, RiskScope::Total)
    );
}

#[tokio::test]
async fn an_order_that_lessens_a_position_is_held_to_read_only_and_then_to_the_collar() {
    let stub = evening();
    stub.holds(&apple(), dec!(100), dec!(10));
    stub.clock.advance(TimeDelta::seconds(11));
    stub.quote(&apple(), dec!(10));
    let mut limits = RiskLimits::default();
    for (_, set, _) in ORDER {
        set(&mut limits.each);
    }
    let risk = Risk::new(limits.clone());
    risk.kill_switch().engage("enough", start()).unwrap();
    let stack = Stack::over(stub.dynamic()).layer(Arc::clone(&risk));
    let broker = stack.unwrap().build();
    for rule in [Rule::ReadOnly, Rule::PriceCollar] {
        let error = broker.submit(&sell("a", 1, dec!(5))).await.unwrap_err();
        assert_eq!(RiskBreach::of(&error).unwrap().rule, rule);
        limits.each.read_only = false;
        risk.set_limits(limits.clone());
    }
    let sold = broker.submit(&sell("b", 1, dec!(10))).await;
    assert!(sold.unwrap().is_accepted());
    // A cancel needs no more than not to be read-only.
    let _ = broker.cancel_all(&account()).await.unwrap();
}
