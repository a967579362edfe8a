//! Options, futures, currencies, combinations and corporate actions.

use std::sync::Arc;

use broker_core::{ErrorKind, dec, model::*};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{
    Exchange, ExchangeSettings,
    account::Account,
    fixtures::{at, check, price, units},
};
use crate::data::{DataSet, IntradayPath, PathSettings, ReadOptions};

struct World {
    exchange: Exchange,
    account: AccountId,
    count: u32,
}

impl World {
    fn new(start: DateTime<Utc>, kind: AccountKind) -> Self {
        let text = "date,AAA,SPX\n2022-01-03,100,4000\n2022-01-04,100,4000\n2022-01-05,100,4000\n";
        let data = DataSet::from_reader("test", text.as_bytes(), &ReadOptions::new()).unwrap();
        let path = PathSettings::new(1, dec!(0.01)).with_points_per_bar(4);
        let path = IntradayPath::new(path).unwrap();
        let settings = ExchangeSettings {
            process_interval: TimeDelta::hours(6),
            ..ExchangeSettings::default()
        };
        let mut exchange = Exchange::new(start, settings);
        exchange.list_data(&data, &path).unwrap();
        exchange.list_seeded().unwrap();
        exchange.stock_library();
        let account = AccountId::new("A1").unwrap();
        let cash = [Money::new(dec!(200_000), Currency::USD)];
        let opened = Account::new(account.clone(), kind, Currency::USD, cash).unwrap();
        exchange.open_account(opened).unwrap();
        exchange.advance_to(start);
        Self {
            exchange,
            account,
            count: 0,
        }
    }

    fn margin() -> Self {
        Self::new(at("2022-01-04T15:00"), AccountKind::Margin)
    }

    fn pin(&mut self, instrument: &Instrument, value: Decimal) {
        self.exchange.pin_price(instrument, price(value)).unwrap();
    }

    fn order(
        &mut self,
        instrument: &Instrument,
        side: Side,
        quantity: Decimal,
        order_type: OrderType,
    ) -> NewOrder {
        self.count += 1;
        let id = ClientOrderId::new(format!("w-{}", self.count)).unwrap();
        let amount = OrderAmount::Quantity(units(quantity));
        NewOrder::new(
            id,
            self.account.clone(),
            instrument.clone(),
            side,
            amount,
            order_type,
        )
    }

    fn trade(&mut self, instrument: &Instrument, side: Side, quantity: Decimal) -> u64 {
        let order = self.order(instrument, side, quantity, OrderType::Market);
        let key = self.exchange.place(Arc::new(order)).unwrap();
        check(&self.exchange);
        assert_eq!(
            self.exchange.order(key).unwrap().status(),
            OrderStatus::Filled
        );
        key
    }

    fn refused(&mut self, instrument: &Instrument, side: Side, quantity: Decimal) -> ErrorKind {
        let order = self.order(instrument, side, quantity, OrderType::Market);
        self.exchange.place(Arc::new(order)).unwrap_err().kind
    }

    fn held(&self, instrument: &Instrument) -> Decimal {
        let positions = self.exchange.positions(&self.account);
        let found = positions.iter().find(|p| p.instrument == *instrument);
        found.map_or(Decimal::ZERO, |position| position.quantity.get())
    }

    fn cash(&self) -> Decimal {
        self.exchange
            .account(&self.account)
            .unwrap()
            .cash(Currency::USD)
    }

    fn find(&self, wanted: impl Fn(&Instrument) -> bool) -> Instrument {
        self.exchange
            .instruments()
            .find(|i| wanted(i))
            .unwrap()
            .clone()
    }
}

fn share() -> Instrument {
    Instrument::equity("AAA", Mic::XNAS, Currency::USD).unwrap()
}

fn index() -> Instrument {
    Instrument::index("SPX", Mic::XCBO, Currency::USD).unwrap()
}

fn expiry() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 21).unwrap()
}

fn option(root: &str, right: Right, strike: Decimal) -> Instrument {
    Instrument::option(OccSymbol::new(root, expiry(), right, strike).unwrap())
}

#[test]
fn options_expire_in_and_out_of_the_money_long_and_short() {
    let mut world = World::margin();
    let (call, put) = (
        option("AAA", Right::Call, dec!(100)),
        option("AAA", Right::Put, dec!(100)),
    );
    let short = option("AAA", Right::Put, dec!(110));
    world.trade(&call, Side::Buy, dec!(2));
    world.trade(&put, Side::Buy, dec!(1));
    world.trade(&short, Side::Sell, dec!(1));
    world.pin(&share(), dec!(105));
    world.exchange.advance_to(at("2022-01-21T20:59"));
    let before = world.cash();
    world.exchange.advance_to(at("2022-01-21T21:00"));
    check(&world.exchange);
    for gone in [&call, &put, &short] {
        assert_eq!(world.held(gone), dec!(0));
    }
    // Two calls bring 200 shares at 100, the assigned put another 100 at 110.
    assert_eq!(world.held(&share()), dec!(300));
    assert_eq!(world.cash(), before - dec!(20_000) - dec!(11_000));
    assert_eq!(
        world.refused(&call, Side::Buy, dec!(1)),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn index_options_are_settled_in_cash_and_a_lapse_is_obeyed() {
    let mut world = World::margin();
    let exercised = option("SPX", Right::Call, dec!(4000));
    let lapses = option("SPX", Right::Call, dec!(3950));
    world.trade(&exercised, Side::Buy, dec!(1));
    world.trade(&lapses, Side::Buy, dec!(1));
    let request = ExerciseOption {
        client_order_id: ClientOrderId::new("lapse").unwrap(),
        account: world.account.clone(),
        instrument: lapses.clone(),
        quantity: units(dec!(1)),
        action: ExerciseAction::Lapse,
    };
    world.exchange.exercise(&request).unwrap();
    world.pin(&index(), dec!(4025));
    world.exchange.advance_to(at("2022-01-21T20:59"));
    let before = world.cash();
    world.exchange.advance_to(at("2022-01-21T21:00"));
    assert_eq!(world.cash() - before, dec!(2_500));
    assert!(world.exchange.positions(&world.account).is_empty());
}

#[test]
fn an_early_exercise_takes_effect_once() {
    let mut world = World::margin();
    let call = option("AAA", Right::Call, dec!(90));
    world.trade(&call, Side::Buy, dec!(2));
    let mut request = ExerciseOption {
        client_order_id: ClientOrderId::new("exercise").unwrap(),
        account: world.account.clone(),
        instrument: call.clone(),
        quantity: units(dec!(1)),
        action: ExerciseAction::Exercise,
    };
    world.exchange.exercise(&request).unwrap();
    assert_eq!(
        (world.held(&call), world.held(&share())),
        (dec!(1), dec!(100))
    );
    assert_eq!(
        world.exchange.exercise(&request).unwrap_err().kind,
        ErrorKind::Duplicate
    );
    request.client_order_id = ClientOrderId::new("more").unwrap();
    request.quantity = units(dec!(2));
    assert_eq!(
        world.exchange.exercise(&request).unwrap_err().field,
        Some("quantity")
    );
}

#[test]
fn a_price_and_its_implied_volatility_give_each_other() {
    let mut world = World::margin();
    let call = option("AAA", Right::Call, dec!(105));
    let ask = |given| OptionQuery {
        instrument: call.clone(),
        underlying_price: price(dec!(100)),
        given,
    };
    let priced = world
        .exchange
        .compute_option(&ask(OptionGiven::Volatility(dec!(0.3))))
        .unwrap();
    let back = world
        .exchange
        .compute_option(&ask(OptionGiven::Price(priced.price)))
        .unwrap();
    assert_eq!(back.greeks.implied_volatility, dec!(0.3));
    let chain = world
        .exchange
        .option_chain(&ChainQuery::new(share(), expiry()))
        .unwrap();
    assert!(chain.options.len() > 10);
    assert!(
        chain
            .options
            .iter()
            .all(|row| row.bid < row.ask && row.greeks.is_some())
    );
    let other = ChainQuery::new(share(), NaiveDate::from_ymd_opt(2022, 1, 20).unwrap());
    assert_eq!(
        world.exchange.option_chain(&other).unwrap_err().kind,
        ErrorKind::NotFound
    );
}

fn spread(lower: &Instrument, upper: &Instrument) -> Instrument {
    let leg = |instrument: &Instrument, side| ComboLeg {
        instrument: instrument.clone(),
        side,
        ratio: 1,
    };
    Instrument::Combo(Combo::new(vec![leg(lower, Side::Buy), leg(upper, Side::Sell)]).unwrap())
}

#[test]
fn a_vertical_spread_trades_through_its_legs_at_its_limit() {
    let mut world = World::margin();
    let (lower, upper) = (
        option("AAA", Right::Call, dec!(100)),
        option("AAA", Right::Call, dec!(105)),
    );
    let combo = spread(&lower, &upper);
    let quote = world.exchange.quote(&combo).unwrap();
    let (bid, ask) = (quote.bid.unwrap().get(), quote.ask.unwrap().get());
    assert!(dec!(0) < bid && bid < ask);
    let waits = world.order(
        &combo,
        Side::Buy,
        dec!(2),
        OrderType::Limit { price: price(bid) },
    );
    let waits = world.exchange.place(Arc::new(waits)).unwrap();
    world.exchange.advance_to(at("2022-01-04T15:05"));
    check(&world.exchange);
    assert_eq!(world.exchange.order(waits).unwrap().filled, dec!(0));
    world.exchange.cancel(waits).unwrap();
    let ask = world.exchange.quote(&combo).unwrap().ask.unwrap().get();
    let before = world.cash();
    let takes = world.order(
        &combo,
        Side::Buy,
        dec!(2),
        OrderType::Limit { price: price(ask) },
    );
    let takes = world.exchange.place(Arc::new(takes)).unwrap();
    let order = world.exchange.order(takes).unwrap();
    assert_eq!(
        (order.status(), order.average_price()),
        (OrderStatus::Filled, Some(price(ask)))
    );
    assert_eq!(
        (world.held(&lower), world.held(&upper)),
        (dec!(2), dec!(-2))
    );
    let commission: Decimal = world
        .exchange
        .fills_of(takes)
        .iter()
        .map(|f| f.commission.unwrap().amount)
        .sum();
    assert_eq!(before - world.cash(), ask * dec!(200) + commission);
}

#[test]
fn a_spread_needs_its_risk_and_not_that_of_a_naked_leg() {
    let mut world = World::margin();
    let (lower, upper) = (
        option("AAA", Right::Call, dec!(100)),
        option("AAA", Right::Call, dec!(105)),
    );
    let combo = spread(&lower, &upper);
    let order =
        |world: &mut World, side, quantity| world.order(&combo, side, quantity, OrderType::Market);
    // Sold, it can lose 500 each: 200 of them fit, 2000 do not.
    let fits = order(&mut world, Side::Sell, dec!(200));
    assert!(world.exchange.preview(&fits).is_ok());
    let too_many = order(&mut world, Side::Sell, dec!(2_000));
    assert_eq!(
        world.exchange.preview(&too_many).unwrap_err().kind,
        ErrorKind::InsufficientFunds
    );
    let many = order(&mut world, Side::Buy, dec!(2_000));
    assert_eq!(
        world.exchange.preview(&many).unwrap_err().kind,
        ErrorKind::InsufficientFunds
    );
}

#[test]
fn a_future_settles_at_the_opening_of_its_index() {
    let mut world = World::margin();
    let future = world.find(|i| matches!(i, Instrument::Future(_)));
    let Instrument::Future(terms) = &future else {
        panic!()
    };
    assert_eq!(terms.expiry, NaiveDate::from_ymd_opt(2022, 3, 18).unwrap());
    let key = world.trade(&future, Side::Buy, dec!(1));
    let paid = world
        .exchange
        .order(key)
        .unwrap()
        .average_price()
        .unwrap()
        .get();
    assert!(paid > dec!(4000) && paid < dec!(4100));
    world.pin(&index(), dec!(4100.13));
    world.exchange.advance_to(at("2022-03-18T13:29"));
    let before = world.cash();
    world.exchange.advance_to(at("2022-03-18T13:30"));
    assert_eq!(world.held(&future), dec!(0));
    assert_eq!(world.cash() - before, (dec!(4100.13) - paid) * dec!(50));
    assert_eq!(
        world.refused(&future, Side::Buy, dec!(1)),
        ErrorKind::InvalidRequest
    );
}

#[test]
fn currencies_coins_and_foreign_shares_trade_in_their_own_money() {
    let mut world = World::margin();
    let pair = Instrument::forex(Currency::EUR, Currency::USD);
    world.trade(&pair, Side::Buy, dec!(1_000));
    let account = world.exchange.account(&world.account).unwrap();
    assert_eq!(account.cash(Currency::EUR), dec!(1_000));
    let coin = Instrument::crypto(Currency::BTC, Currency::USD);
    world.trade(&coin, Side::Buy, dec!(0.125));
    assert_eq!(world.held(&coin), dec!(0.125));
    assert!(matches!(
        world.refused(&coin, Side::Sell, dec!(0.25)),
        ErrorKind::InsufficientFunds | ErrorKind::Rejected
    ));
    let tencent = Instrument::equity("00700", Mic::XHKG, Currency::HKD).unwrap();
    assert_eq!(
        world.refused(&tencent, Side::Buy, dec!(100)),
        ErrorKind::MarketClosed
    );
    let order = |world: &mut World, quantity, value| {
        world.order(
            &tencent,
            Side::Buy,
            quantity,
            OrderType::Limit {
                price: price(value),
            },
        )
    };
    let odd = order(&mut world, dec!(150), dec!(300));
    assert_eq!(
        world.exchange.place(Arc::new(odd)).unwrap_err().field,
        Some("quantity")
    );
    let off = order(&mut world, dec!(100), dec!(300.1));
    assert_eq!(
        world.exchange.place(Arc::new(off)).unwrap_err().field,
        Some("price")
    );
    let good = order(&mut world, dec!(100), dec!(300.2));
    let key = world.exchange.place(Arc::new(good)).unwrap();
    // Morning, lunch and the closing auction in Hong Kong.
    let place = |world: &World| world.exchange.order(key).unwrap().place;
    world.exchange.advance_to(at("2022-01-05T02:00"));
    assert_eq!(place(&world), super::Place::Book);
    world.exchange.advance_to(at("2022-01-05T04:30"));
    assert_eq!(place(&world), super::Place::Held);
    world.exchange.advance_to(at("2022-01-05T08:05"));
    assert!(world.exchange.order(key).unwrap().is_open());
    world.exchange.advance_to(at("2022-01-05T08:10"));
    assert_eq!(
        world.exchange.order(key).unwrap().status(),
        OrderStatus::Expired
    );
}

#[test]
fn a_cash_account_neither_sells_short_nor_buys_on_margin() {
    let mut world = World::new(at("2022-01-04T15:00"), AccountKind::Cash);
    let kind = world.refused(&share(), Side::Sell, dec!(1));
    assert_eq!(kind, ErrorKind::InsufficientFunds);
    assert_eq!(
        world.refused(&share(), Side::Buy, dec!(2_100)),
        ErrorKind::InsufficientFunds
    );
    world.trade(&share(), Side::Buy, dec!(100));
    let sell = world.order(
        &share(),
        Side::Sell,
        dec!(100),
        OrderType::Limit {
            price: price(dec!(120)),
        },
    );
    let mut change = ReplaceOrder::new(world.account.clone(), sell.client_order_id.clone());
    change.limit_price = Some(price(dec!(119)));
    let key = world.exchange.place(Arc::new(sell)).unwrap();
    // Its own sale does not stand in the way of its change, but of another sale.
    world.exchange.replace(key, &change).unwrap();
    assert_eq!(
        world.refused(&share(), Side::Sell, dec!(1)),
        ErrorKind::InsufficientFunds
    );
}

#[test]
fn dividends_are_received_and_paid_and_splits_rebase_everything() {
    for side in [Side::Buy, Side::SellShort] {
        let mut world = World::margin();
        let test = world.find(|i| i.to_string().contains("ZVZZT"));
        world.trade(&test, side, dec!(100));
        let sign = Decimal::from(side.sign());
        let actions = world
            .exchange
            .corporate_actions(&ResearchQuery::new(test.clone()));
        let date = |wanted: fn(&CorporateEvent) -> bool| {
            actions.iter().find(|a| wanted(&a.event)).unwrap().ex_date
        };
        let ex = date(|event| matches!(event, CorporateEvent::CashDividend { .. }));
        world
            .exchange
            .advance_to(ex.and_hms_opt(8, 59, 0).unwrap().and_utc());
        let before = world.cash();
        world
            .exchange
            .advance_to(ex.and_hms_opt(9, 1, 0).unwrap().and_utc());
        assert_eq!(world.cash() - before, sign * dec!(35));
        let split = date(|event| matches!(event, CorporateEvent::Split { .. }));
        let resting = world.order(
            &test,
            Side::Buy,
            dec!(10),
            OrderType::Limit {
                price: price(dec!(10)),
            },
        );
        let resting = world
            .exchange
            .place(Arc::new(resting.with_time_in_force(TimeInForce::Gtc)))
            .unwrap();
        world
            .exchange
            .advance_to(split.and_hms_opt(8, 59, 0).unwrap().and_utc());
        let last = world.exchange.quote(&test).unwrap().last.unwrap().get();
        world
            .exchange
            .advance_to(split.and_hms_opt(9, 1, 0).unwrap().and_utc());
        check(&world.exchange);
        let after = world.exchange.quote(&test).unwrap().last.unwrap().get();
        assert_eq!(world.held(&test), sign * dec!(150));
        assert_eq!(after, (last * dec!(2) / dec!(3)).round_dp(2));
        assert_eq!(
            world.exchange.order(resting).unwrap().status(),
            OrderStatus::Canceled
        );
    }
}

#[test]
fn the_day_of_an_account_ends_once_a_day() {
    let mut world = World::margin();
    world.trade(&share(), Side::Buy, dec!(100));
    world.trade(&share(), Side::Sell, dec!(100));
    let realized = |world: &World| {
        world
            .exchange
            .profit_and_loss(&world.account)
            .unwrap()
            .realized
            .unwrap()
            .amount
    };
    let before = realized(&world);
    assert!(before < dec!(0));
    // Options, currencies and coins have their own ends of day.
    world
        .exchange
        .quote(&option("AAA", Right::Call, dec!(100)))
        .unwrap();
    world.exchange.advance_to(at("2022-01-05T00:59"));
    assert_eq!(realized(&world), before);
    world.exchange.advance_to(at("2022-01-05T01:00"));
    assert_eq!(realized(&world), dec!(0));
}
