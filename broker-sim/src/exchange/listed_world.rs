//! A world with everything that the exchange lists, for tests.

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

pub(super) struct World {
    pub(super) exchange: Exchange,
    pub(super) account: AccountId,
    count: u32,
}

impl World {
    pub(super) fn new(start: DateTime<Utc>, kind: AccountKind) -> Self {
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

    pub(super) fn margin() -> Self {
        Self::new(at("2022-01-04T15:00"), AccountKind::Margin)
    }

    pub(super) fn pin(&mut self, instrument: &Instrument, value: Decimal) {
        self.exchange.pin_price(instrument, price(value)).unwrap();
    }

    pub(super) fn order(
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

    pub(super) fn trade(&mut self, instrument: &Instrument, side: Side, quantity: Decimal) -> u64 {
        let order = self.order(instrument, side, quantity, OrderType::Market);
        let key = self.exchange.place(Arc::new(order)).unwrap();
        check(&self.exchange);
        assert_eq!(
            self.exchange.order(key).unwrap().status(),
            OrderStatus::Filled
        );
        key
    }

    pub(super) fn refused(
        &mut self,
        instrument: &Instrument,
        side: Side,
        quantity: Decimal,
    ) -> ErrorKind {
        let order = self.order(instrument, side, quantity, OrderType::Market);
        self.exchange.place(Arc::new(order)).unwrap_err().kind
    }

    pub(super) fn held(&self, instrument: &Instrument) -> Decimal {
        let positions = self.exchange.positions(&self.account);
        let found = positions.iter().find(|p| p.instrument == *instrument);
        found.map_or(Decimal::ZERO, |position| position.quantity.get())
    }

    pub(super) fn cash(&self) -> Decimal {
        self.exchange
            .account(&self.account)
            .unwrap()
            .cash(Currency::USD)
    }

    pub(super) fn find(&self, wanted: impl Fn(&Instrument) -> bool) -> Instrument {
        self.exchange
            .instruments()
            .find(|i| wanted(i))
            .unwrap()
            .clone()
    }
}

pub(super) fn share() -> Instrument {
    Instrument::equity("AAA", Mic::XNAS, Currency::USD).unwrap()
}

pub(super) fn index() -> Instrument {
    Instrument::index("SPX", Mic::XCBO, Currency::USD).unwrap()
}

pub(super) fn expiry() -> NaiveDate {
    NaiveDate::from_ymd_opt(2022, 1, 21).unwrap()
}

pub(super) fn option(root: &str, right: Right, strike: Decimal) -> Instrument {
    Instrument::option(OccSymbol::new(root, expiry(), right, strike).unwrap())
}
