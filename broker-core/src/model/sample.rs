//! One value of every type of the model, for the tests of its JSON form and of its schemas.

use std::sync::Arc;

use super::*;
use crate::{
    dec,
    test_support::{
        account, apple, fill_of, id, limit, of_type, order, price, quantity, report, time,
    },
};

pub(super) fn money(amount: crate::Decimal) -> Money {
    Money::new(amount, Currency::USD)
}

pub(super) fn option() -> Instrument {
    Instrument::option("AAPL  260116C00187500".parse().unwrap())
}

pub(super) fn combo() -> Instrument {
    let leg = |instrument, side, ratio| ComboLeg {
        instrument,
        side,
        ratio,
    };
    let legs = [leg(apple(), Side::Buy, 100), leg(option(), Side::Sell, 1)];
    Instrument::Combo(Combo::new(legs).unwrap())
}

pub(super) fn instruments() -> Vec<Instrument> {
    let day = time(0).date_naive();
    let symbol = |text: &str| Symbol::new(text).unwrap();
    let currency = Currency::USD;
    vec![
        apple(),
        option(),
        Instrument::future("ES", Mic::XCME, day, currency).unwrap(),
        Instrument::FutureOption(FutureOption {
            root: symbol("ES"),
            exchange: Mic::XCME,
            expiry: day,
            right: Right::Put,
            strike: dec!(5000),
            currency,
        }),
        Instrument::forex(Currency::EUR, currency),
        Instrument::index("SPX", Mic::XCBO, currency).unwrap(),
        Instrument::crypto(Currency::BTC, currency),
        Instrument::Fund(Fund {
            symbol: symbol("VFIAX"),
            currency,
        }),
        Instrument::Warrant(Warrant {
            symbol: symbol("12345"),
            exchange: Mic::XHKG,
            currency: Currency::HKD,
        }),
        Instrument::Bond(Bond {
            identifier: symbol("US912828U816"),
            currency,
        }),
        combo(),
        Instrument::Native(Native {
            broker: BrokerId::new("ibkr").unwrap(),
            id: symbol("265598"),
        }),
    ]
}

pub(super) fn order_types() -> Vec<OrderType> {
    let (trigger, limit) = (price("180"), price("179.50"));
    let offset = TrailingOffset::Percent(dec!(5));
    let mut algo = Algo::new(AlgoStrategy::Twap);
    algo.start = Some(time(0));
    algo.participation = Some(dec!(0.1));
    vec![
        OrderType::Market,
        OrderType::Limit { price: limit },
        OrderType::Stop { trigger },
        OrderType::StopLimit {
            trigger,
            price: limit,
        },
        OrderType::TrailingStop {
            offset,
            trigger: None,
        },
        OrderType::TrailingStopLimit {
            offset: TrailingOffset::Amount(dec!(0.50)),
            limit_offset: dec!(0.10),
            trigger: Some(trigger),
        },
        OrderType::MarketOnOpen,
        OrderType::LimitOnOpen { price: limit },
        OrderType::MarketOnClose,
        OrderType::LimitOnClose { price: limit },
        OrderType::MarketIfTouched { trigger },
        OrderType::LimitIfTouched {
            trigger,
            price: limit,
        },
        OrderType::MarketToLimit,
        OrderType::Auction,
        OrderType::AuctionLimit { price: limit },
        OrderType::Algo(algo),
        OrderType::Algo(Algo::new(AlgoStrategy::Vwap)),
    ]
}

/// An order in which everything is said.
pub(super) fn full_order() -> NewOrder {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Acme {
        route: String,
    }
    impl OrderExtension for Acme {
        const NAMESPACE: &'static str = "acme";
    }
    let mut order = limit("a-1", "187.50")
        .with_time_in_force(TimeInForce::Gtd(time(0)))
        .with_session(TradingSession::Extended)
        .with_display_quantity(quantity("10"));
    order
        .extensions
        .set(&Acme {
            route: "DARK".into(),
        })
        .unwrap();
    order
}

pub(super) fn fill() -> Fill {
    let mut fill = fill_of(&order("a-1"), "x-1", "40", "187.49", 1);
    fill.broker_order_id = BrokerOrderId::new("77").ok();
    fill.venue = Some(Mic::XNAS);
    fill.liquidity = Some(Liquidity::Added);
    fill.commission = Some(money(dec!(1.05)));
    fill.realized_pnl = Some(money(dec!(-3)));
    fill
}

pub(super) fn kinds() -> Vec<ExecutionKind> {
    use ExecutionKind as K;
    let (terms, fill) = (Arc::new(order("a-1")), Arc::new(fill()));
    let execution_id = fill.execution_id.clone();
    vec![
        K::PendingNew,
        K::New,
        K::Trade {
            fill: Arc::clone(&fill),
        },
        K::TradeCorrect {
            replaces: execution_id.clone(),
            fill,
        },
        K::TradeCancel {
            execution_id: execution_id.clone(),
        },
        K::Commission {
            execution_id,
            commission: Some(money(dec!(1))),
            realized_pnl: None,
        },
        K::PendingCancel,
        K::Canceled,
        K::CancelRejected,
        K::PendingReplace,
        K::Replaced {
            terms: Arc::clone(&terms),
        },
        K::ReplaceRejected,
        K::Rejected,
        K::Expired,
        K::DoneForDay,
        K::Suspended,
        K::Triggered,
        K::Restated { terms },
        K::Status {
            status: OrderStatus::Other("Held".into()),
        },
        K::Unconfirmed,
        K::Unlisted,
        K::ProvenAbsent,
    ]
}

pub(super) fn full_report() -> ExecutionReport {
    let mut full = report("a-1", ExecutionKind::Rejected)
        .with_reason(BrokerText::new("201", "no margin"))
        .with_terms(Arc::new(order("a-1")))
        .with_broker_order_id(BrokerOrderId::new("77").unwrap())
        .at(time(2));
    full.cumulative_quantity = Some(dec!(40));
    full.average_price = Some(price("187.49"));
    full.list = Some(link());
    full
}

pub(super) fn link() -> ListLink {
    ListLink {
        list: ListId::new("l-1").unwrap(),
        role: ListRole::StopLoss,
    }
}

pub(super) fn stored_order() -> Order {
    let mut stored = Order::pending(Arc::new(limit("a-1", "187.50")), time(0));
    stored.status = OrderStatus::PartiallyFilled;
    stored.cumulative_quantity = dec!(40);
    stored.leaves_quantity = Some(dec!(60));
    stored.average_price = Some(price("187.49"));
    stored.broker_order_ids = vec![BrokerOrderId::new("77").unwrap()];
    stored.version = 3;
    stored
}

pub(super) fn lists() -> Vec<OrderList> {
    let id = || ListId::new("l-1").unwrap();
    let exit = |name, order_type| {
        let mut exit = of_type(name, order_type);
        exit.side = Side::Sell;
        Box::new(exit)
    };
    let two = || vec![order("a"), order("b")];
    [
        Contingency::Bracket {
            entry: Box::new(order("a-1")),
            take_profit: exit(
                "a-2",
                OrderType::Limit {
                    price: price("200"),
                },
            ),
            stop_loss: exit(
                "a-3",
                OrderType::Stop {
                    trigger: price("180"),
                },
            ),
        },
        Contingency::OneCancelsOther { orders: two() },
        Contingency::OneTriggersOther {
            first: Box::new(order("c")),
            then: two(),
        },
    ]
    .map(|contingency| OrderList::new(id(), contingency).unwrap())
    .into()
}

pub(super) fn replace() -> ReplaceOrder {
    let mut replace = ReplaceOrder::new(account(), id("a-1"));
    replace.quantity = Some(quantity("50"));
    replace.limit_price = Some(price("187.25"));
    replace.trigger_price = Some(price("190"));
    replace.trailing_offset = Some(TrailingOffset::Amount(dec!(0.5)));
    replace.time_in_force = Some(TimeInForce::Gtc);
    replace
}

pub(super) fn position() -> Position {
    let quantity = SignedQuantity::new(dec!(-5)).unwrap();
    let mut position = Position::new(account(), apple(), quantity, time(0));
    position.average_price = Some(price("187.5"));
    position.market_price = Some(price("188"));
    position.market_value = Some(money(dec!(-940)));
    position.unrealized_pnl = Some(money(dec!(-2.5)));
    position.realized_pnl = Some(money(dec!(0)));
    position
}

pub(super) fn summary() -> AccountSummary {
    let mut summary = AccountSummary::new(account(), Currency::USD, time(0));
    summary.net_liquidation = Some(money(dec!(100000.00)));
    let mut balance = Balance::new(Currency::EUR, dec!(-5.5));
    balance.segment = Some("securities".into());
    balance.settled_cash = Some(dec!(0));
    balance.exchange_rate = Some(dec!(1.08));
    summary.balances.push(balance);
    summary
}

pub(super) fn quote() -> Quote {
    let mut quote = Quote::new(apple(), time(0));
    quote.bid = Some(price("187.49"));
    quote.bid_size = Some(dec!(300));
    quote.volume = Some(dec!(1000000));
    quote.last_at = Some(time(0));
    quote.delayed = true;
    quote
}

pub(super) fn contract() -> ContractDetails {
    let mut contract = crate::test_support::contract(&option());
    contract.multiplier = dec!(100);
    contract.exchanges = vec![Mic::XCBO];
    contract.underlying = Some(apple());
    contract.expires_at = Some(time(0));
    contract.stands_for = Some(option());
    contract.aliases.insert("con_id".into(), "1".into());
    contract
}

pub(super) fn greeks() -> Greeks {
    Greeks {
        implied_volatility: dec!(0.25),
        delta: dec!(0.5),
        gamma: dec!(0.01),
        theta: dec!(-0.05),
        vega: dec!(0.1),
        rho: None,
    }
}

pub(super) fn chain() -> OptionChain {
    let mut option = OptionQuote::new(option(), Right::Call, dec!(187.5));
    option.bid = Some(price("1"));
    option.greeks = Some(greeks());
    let mut chain = OptionChain::new(apple(), time(0).date_naive(), time(0));
    chain.options.push(option);
    chain
}

pub(super) fn schedule() -> TradingSchedule {
    let window = SessionWindow {
        kind: SessionKind::Regular,
        open: time(0),
        close: time(60),
    };
    let day = TradingDay {
        date: time(0).date_naive(),
        windows: vec![window],
        early_close: true,
        holiday: Some("Christmas Eve".into()),
    };
    TradingSchedule {
        time_zone: "America/New_York".into(),
        days: vec![day],
    }
}

pub(super) fn corporate_actions() -> Vec<CorporateAction> {
    let day = time(0).date_naive();
    let currency = Currency::USD;
    [
        CorporateEvent::CashDividend {
            amount: dec!(0.24),
            currency,
        },
        CorporateEvent::Split { from: 1, to: 4 },
        CorporateEvent::Earnings {
            expected: Some(dec!(1.5)),
            actual: None,
        },
    ]
    .map(|event| CorporateAction::new(apple(), event, day))
    .into()
}

pub(super) fn headline() -> NewsHeadline {
    NewsHeadline {
        id: "n1".into(),
        provider: "wire".into(),
        time: time(0),
        headline: "Apple".into(),
        instruments: vec![apple()],
    }
}
