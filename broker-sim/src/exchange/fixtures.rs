//! A small exchange for tests: one share whose price is set by hand, three accounts.

use std::{collections::BTreeMap, sync::Arc};

use broker_core::{dec, model::*};
use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::{
    Exchange, ExchangeSettings, Output, Place, PriceSource, Refusal, SimOrder, account::Account,
    book::OrderKey, us_share,
};

pub(super) fn at(text: &str) -> DateTime<Utc> {
    format!("{text}:00Z").parse().unwrap()
}

pub(super) fn price(value: Decimal) -> Price {
    Price::new(value).unwrap()
}

pub(super) fn units(value: Decimal) -> Quantity {
    Quantity::new(value).unwrap()
}

pub(super) fn limit(value: Decimal) -> OrderType {
    OrderType::Limit {
        price: price(value),
    }
}

pub(super) fn stop(value: Decimal) -> OrderType {
    OrderType::Stop {
        trigger: price(value),
    }
}

/// The exchange, its share `AAA` at 100 and what has been told.
pub(super) struct Sim {
    pub(super) exchange: Exchange,
    pub(super) share: Instrument,
    pub(super) told: Vec<Output>,
    next_id: u32,
}

impl Sim {
    /// Tuesday 4 January 2022, ten o'clock in New York.
    pub(super) fn new() -> Self {
        Self::starting(at("2022-01-04T15:00"))
    }

    pub(super) fn starting(start: DateTime<Utc>) -> Self {
        let mut exchange = Exchange::new(start, ExchangeSettings::default());
        let listing = us_share("AAA", PriceSource::Recorded("AAA".into())).unwrap();
        let share = listing.instrument().clone();
        exchange.list(listing);
        for id in ["A1", "A2", "A3"] {
            let cash = [Money::new(dec!(1_000_000), Currency::USD)];
            let id = AccountId::new(id).unwrap();
            let account = Account::new(id, AccountKind::Margin, Currency::USD, cash).unwrap();
            exchange.open_account(account).unwrap();
        }
        let mut sim = Self {
            exchange,
            share,
            told: Vec::new(),
            next_id: 0,
        };
        sim.price(dec!(100));
        sim
    }

    pub(super) fn price(&mut self, value: Decimal) {
        let share = self.share.clone();
        self.exchange.pin_price(&share, price(value)).unwrap();
    }

    pub(super) fn account(&self, number: u32) -> AccountId {
        AccountId::new(format!("A{number}")).unwrap()
    }

    /// An order of the first account.
    pub(super) fn order(&mut self, side: Side, quantity: i64, order_type: OrderType) -> NewOrder {
        self.order_of(1, side, quantity, order_type)
    }

    pub(super) fn order_of(
        &mut self,
        account: u32,
        side: Side,
        quantity: i64,
        order_type: OrderType,
    ) -> NewOrder {
        self.next_id += 1;
        NewOrder::new(
            ClientOrderId::new(format!("o-{}", self.next_id)).unwrap(),
            self.account(account),
            self.share.clone(),
            side,
            OrderAmount::Quantity(units(Decimal::from(quantity))),
            order_type,
        )
    }

    pub(super) fn place(&mut self, order: &NewOrder) -> Result<u64, Refusal> {
        let placed = self.exchange.place(Arc::new(order.clone()));
        check(&self.exchange);
        placed
    }

    pub(super) fn buy(&mut self, quantity: i64, order_type: OrderType) -> u64 {
        let order = self.order(Side::Buy, quantity, order_type);
        self.place(&order).unwrap()
    }

    pub(super) fn sell(&mut self, quantity: i64, order_type: OrderType) -> u64 {
        let order = self.order(Side::Sell, quantity, order_type);
        self.place(&order).unwrap()
    }

    pub(super) fn pass(&mut self, span: TimeDelta) {
        let until = self.exchange.now() + span;
        self.until(until);
    }

    pub(super) fn until(&mut self, until: DateTime<Utc>) {
        self.exchange.advance_to(until);
        check(&self.exchange);
    }

    pub(super) fn get(&self, key: u64) -> &SimOrder {
        self.exchange.order(key).unwrap()
    }

    pub(super) fn status(&self, key: u64) -> OrderStatus {
        self.get(key).status()
    }

    /// Status and filled units.
    pub(super) fn state(&self, key: u64) -> (OrderStatus, Decimal) {
        (self.status(key), self.get(key).filled)
    }

    pub(super) fn average(&self, key: u64) -> Decimal {
        self.get(key).average_price().unwrap().get()
    }

    pub(super) fn held(&self, account: u32) -> Decimal {
        let positions = self.exchange.positions(&self.account(account));
        let held = positions.iter().find(|p| p.instrument == self.share);
        held.map_or(Decimal::ZERO, |position| position.quantity.get())
    }

    pub(super) fn change(&self, key: u64) -> ReplaceOrder {
        let order = self.get(key);
        ReplaceOrder::new(order.account.clone(), order.client_order_id().clone())
    }

    pub(super) fn list(&mut self, contingency: Contingency) -> Result<Vec<u64>, Refusal> {
        self.next_id += 1;
        let id = ListId::new(format!("l-{}", self.next_id)).unwrap();
        let placed = self
            .exchange
            .place_list(&OrderList::new(id, contingency).unwrap());
        check(&self.exchange);
        placed
    }

    /// The kinds of reports about an order, in order.
    pub(super) fn reports(&mut self, key: u64) -> Vec<String> {
        self.told.extend(self.exchange.take_outputs());
        let id = self.get(key).client_order_id().clone();
        let about = self.told.iter().filter_map(|output| match output {
            Output::Report { report, .. } if report.client_order_id == id => {
                let text = format!("{:?}", report.kind);
                Some(text.split([' ', '{']).next().unwrap().to_owned())
            }
            _ => None,
        });
        about.collect()
    }
}

/// What must hold after every call.
pub(super) fn check(exchange: &Exchange) {
    for (index, market) in exchange.markets.iter().enumerate() {
        assert!(!market.book.is_crossed(), "{}", market.instrument());
        for key in &market.open {
            let order = &exchange.orders[key];
            assert!(order.is_open() && order.market == index, "{order:?}");
            assert!(order.tradable() >= Decimal::ZERO, "{order:?}");
            assert!(order.leaves() > Decimal::ZERO, "{order:?}");
            let wanted = match order.place {
                Place::Held => [true, false, false, false, false],
                Place::Auction => [false, true, false, false, false],
                Place::Armed => [false, false, true, false, false],
                Place::Hungry => [false, false, false, true, false],
                Place::Book => [false, false, false, false, true],
                _ => [false; 5],
            };
            let found = [
                market.held.contains(key),
                market.auction.contains(key),
                market.armed.contains(key),
                market.hungry.contains(key),
                market.resting.contains(key),
            ];
            assert_eq!(found, wanted, "{order:?}");
            let rests = market.book.leaves(OrderKey(*key));
            let rests = rests.map(super::book::BookQuantity::to_decimal);
            let expected = (order.place == Place::Book).then(|| order.tradable());
            assert_eq!(rests, expected, "{order:?}");
        }
        for set in [
            &market.held,
            &market.auction,
            &market.armed,
            &market.hungry,
            &market.resting,
        ] {
            assert!(set.is_subset(&market.open), "{}", market.instrument());
        }
    }
    let open = |order: &&SimOrder| order.is_open();
    for order in exchange.orders.values() {
        assert!(order.filled <= order.quantity, "{order:?}");
        let fills = exchange.fills_of(order.key).iter();
        let filled: Decimal = fills.map(|fill| fill.quantity.get()).sum();
        assert_eq!(filled, order.filled, "{order:?}");
        let listed = exchange.markets[order.market].open.contains(&order.key);
        assert_eq!(listed, order.is_open(), "{order:?}");
    }
    for (index, account) in exchange.accounts.iter().enumerate() {
        let mut orders = exchange.orders.values().filter(open);
        if !orders.any(|order| order.account_index == index) {
            for currency in [Currency::USD, Currency::HKD, Currency::EUR] {
                assert_eq!(
                    account.reserved(currency),
                    Decimal::ZERO,
                    "{}",
                    account.id()
                );
            }
        }
    }
}

/// Positions are the sum of the fills, for accounts that only traded shares by themselves.
pub(super) fn check_positions(exchange: &Exchange) {
    for account in &exchange.accounts {
        let mut sums: BTreeMap<Instrument, Decimal> = BTreeMap::new();
        for fill in exchange.fills(account.id()) {
            let sign = Decimal::from(fill.side.sign());
            *sums.entry(fill.instrument.clone()).or_default() += sign * fill.quantity.get();
        }
        sums.retain(|_, quantity| !quantity.is_zero());
        let positions = exchange.positions(account.id());
        let held: BTreeMap<_, _> = positions
            .into_iter()
            .map(|position| (position.instrument, position.quantity.get()))
            .collect();
        assert_eq!(held, sums, "{}", account.id());
    }
}
