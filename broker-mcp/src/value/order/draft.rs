use broker_core::{
    Broker,
    model::{
        AccountId, Algo, AlgoStrategy, ClientOrderId, Combo, ComboLeg, Instrument, Money, NewOrder,
        OrderAmount, OrderType, Price, Quantity, Side, TimeInForce, TradingSession,
    },
};
use rust_decimal::Decimal;

use super::{OrderInput, Trail};
use crate::{
    Fault,
    value::{Number, OrderTypeWord, TimeInForceWord},
};

/// What an order means at a broker, before it has a name and an account.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OrderDraft {
    /// What is traded.
    pub instrument: Instrument,
    /// Which way.
    pub side: Side,
    /// How much.
    pub amount: OrderAmount,
    /// What makes it execute.
    pub order_type: OrderType,
    /// How long it works.
    pub time_in_force: TimeInForce,
    /// When in the day it may trade.
    pub session: TradingSession,
    /// The part shown to the market.
    pub display_quantity: Option<Quantity>,
    /// Limit price of the exit with profit.
    pub take_profit: Option<Price>,
    /// Stop price of the exit with loss.
    pub stop_loss: Option<Price>,
    /// Whether the broker passes it on to the market.
    pub transmit: bool,
}

impl OrderDraft {
    /// The order with a name and an account. Its exits are not part of it.
    #[must_use]
    pub fn order(&self, client_order_id: ClientOrderId, account: AccountId) -> NewOrder {
        let instrument = self.instrument.clone();
        let order_type = self.order_type.clone();
        let mut order = NewOrder::new(
            client_order_id,
            account,
            instrument,
            self.side,
            self.amount,
            order_type,
        );
        order.time_in_force = self.time_in_force;
        order.session = self.session;
        order.display_quantity = self.display_quantity;
        order
    }
}

/// The prices of an order, each to be used once: what a type has no place for is a mistake.
struct Prices<'a> {
    of: &'a OrderInput,
    limit: Option<Number>,
    stop: Option<Number>,
    trail: Option<Trail>,
    offset: Option<Number>,
}

impl Prices<'_> {
    fn limit(&mut self) -> Result<Price, Fault> {
        let limit = self.limit.take();
        self.needed("limit_price", limit)
    }

    fn stop(&mut self) -> Result<Price, Fault> {
        let stop = self.stop.take();
        self.needed("stop_price", stop)
    }

    fn trail(&mut self) -> Result<Trail, Fault> {
        let trail = self.trail.take();
        let trail = trail.ok_or_else(|| self.missing("trail"))?;
        let fits = match trail {
            Trail::Amount(amount) => amount > Decimal::ZERO,
            Trail::Percent(percent) => percent > Decimal::ZERO && percent < Decimal::ONE_HUNDRED,
        };
        if fits {
            Ok(trail)
        } else {
            Err(Fault::invalid("order.trail", "above 0, and below 100%"))
        }
    }

    fn needed(&self, field: &str, value: Option<Number>) -> Result<Price, Fault> {
        let value = value.ok_or_else(|| self.missing(field))?;
        price(field, value)
    }

    fn missing(&self, field: &str) -> Fault {
        let what = format!("a {} order needs it", self.of.order_type);
        Fault::invalid(&format!("order.{field}"), what)
    }

    fn none_left(&self) -> Result<(), Fault> {
        let left = [
            ("limit_price", self.limit.is_some()),
            ("stop_price", self.stop.is_some()),
            ("trail", self.trail.is_some()),
            ("limit_offset", self.offset.is_some()),
        ];
        match left.iter().find(|(_, is_left)| *is_left) {
            Some((field, _)) => {
                let what = format!("a {} order has none", self.of.order_type);
                Err(Fault::invalid(&format!("order.{field}"), what))
            }
            None => Ok(()),
        }
    }
}

fn price(field: &str, number: Number) -> Result<Price, Fault> {
    Price::new(number.0).map_err(|error| Fault::invalid(&format!("order.{field}"), error))
}

fn quantity(field: &str, number: Number) -> Result<Quantity, Fault> {
    let quantity = Quantity::new(number.0);
    let quantity = quantity.map_err(|error| Fault::invalid(&format!("order.{field}"), error))?;
    if quantity.get() > Decimal::ZERO {
        Ok(quantity)
    } else {
        Err(Fault::invalid(&format!("order.{field}"), "above zero"))
    }
}

impl OrderInput {
    /// What the order means at a broker. Nothing is sent.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::FaultCode::InvalidRequest) naming the field: what is missing, what its
    /// type has no place for, what is out of range. Those of [`InstrumentRef::resolve`] for what is
    /// traded.
    ///
    /// [`InstrumentRef::resolve`]: crate::value::InstrumentRef::resolve
    pub async fn resolve(&self, broker: &dyn Broker) -> Result<OrderDraft, Fault> {
        // Before anybody is asked.
        let order_type = self.kind()?;
        let time_in_force = self.lifetime()?;
        let shown = self.display_quantity;
        let shown = shown.map(|shown| quantity("display_quantity", shown));
        let display_quantity = shown.transpose()?;
        let exit = |field, at: Option<Number>| at.map(|at| price(field, at)).transpose();
        let take_profit = exit("take_profit", self.take_profit)?;
        let stop_loss = exit("stop_loss", self.stop_loss)?;
        let units = self
            .quantity
            .map(|units| quantity("quantity", units))
            .transpose()?;
        let instrument = self.traded(broker).await?;
        let amount = match (units, self.notional) {
            (Some(units), None) => OrderAmount::Quantity(units),
            (None, Some(notional)) => OrderAmount::Cash(cash(&instrument, notional)?),
            (Some(_), Some(_)) => {
                return Err(Fault::invalid("order.notional", "a quantity is said, too"));
            }
            (None, None) => return Err(Fault::invalid("order.quantity", "it is missing")),
        };
        Ok(OrderDraft {
            instrument,
            side: self.side.into(),
            amount,
            order_type,
            time_in_force,
            session: self.session.map_or(TradingSession::Regular, Into::into),
            display_quantity,
            take_profit,
            stop_loss,
            transmit: self.transmit.unwrap_or(true),
        })
    }

    /// What makes it execute.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::FaultCode::InvalidRequest) naming the price that is missing or that the
    /// type has no place for.
    pub fn kind(&self) -> Result<OrderType, Fault> {
        let mut prices = Prices {
            of: self,
            limit: self.limit_price,
            stop: self.stop_price,
            trail: self.trail,
            offset: self.limit_offset,
        };
        let kind = match self.order_type {
            OrderTypeWord::Market => OrderType::Market,
            OrderTypeWord::Limit => OrderType::Limit {
                price: prices.limit()?,
            },
            OrderTypeWord::Stop => OrderType::Stop {
                trigger: prices.stop()?,
            },
            OrderTypeWord::StopLimit => OrderType::StopLimit {
                trigger: prices.stop()?,
                price: prices.limit()?,
            },
            OrderTypeWord::Trail => OrderType::TrailingStop {
                offset: prices.trail()?.into(),
                trigger: first_stop(&mut prices)?,
            },
            OrderTypeWord::TrailLimit => {
                let offset = prices.offset.take();
                OrderType::TrailingStopLimit {
                    offset: prices.trail()?.into(),
                    limit_offset: offset.ok_or_else(|| prices.missing("limit_offset"))?.0,
                    trigger: first_stop(&mut prices)?,
                }
            }
            OrderTypeWord::MarketOnOpen => OrderType::MarketOnOpen,
            OrderTypeWord::LimitOnOpen => OrderType::LimitOnOpen {
                price: prices.limit()?,
            },
            OrderTypeWord::MarketOnClose => OrderType::MarketOnClose,
            OrderTypeWord::LimitOnClose => OrderType::LimitOnClose {
                price: prices.limit()?,
            },
            OrderTypeWord::MarketIfTouched => OrderType::MarketIfTouched {
                trigger: prices.stop()?,
            },
            OrderTypeWord::LimitIfTouched => OrderType::LimitIfTouched {
                trigger: prices.stop()?,
                price: prices.limit()?,
            },
            OrderTypeWord::MarketToLimit => OrderType::MarketToLimit,
            OrderTypeWord::Auction => OrderType::Auction,
            OrderTypeWord::AuctionLimit => OrderType::AuctionLimit {
                price: prices.limit()?,
            },
            OrderTypeWord::Twap => algo(AlgoStrategy::Twap, &mut prices)?,
            OrderTypeWord::Vwap => algo(AlgoStrategy::Vwap, &mut prices)?,
            OrderTypeWord::Other => {
                return Err(Fault::invalid("order.type", "OTHER cannot be ordered"));
            }
        };
        prices.none_left()?;
        Ok(kind)
    }

    /// How long it works.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::FaultCode::InvalidRequest) when GTD has no end, or another has one.
    pub fn lifetime(&self) -> Result<TimeInForce, Fault> {
        let word = self.time_in_force.unwrap_or(TimeInForceWord::Day);
        let lifetime = match (word, self.good_till) {
            (TimeInForceWord::Gtd, Some(end)) => return Ok(TimeInForce::Gtd(end)),
            (TimeInForceWord::Gtd, None) => {
                return Err(Fault::invalid("order.good_till", "a GTD order needs it"));
            }
            (_, Some(_)) => {
                let what = format!("a {word} order has none");
                return Err(Fault::invalid("order.good_till", what));
            }
            (TimeInForceWord::Day, None) => TimeInForce::Day,
            (TimeInForceWord::Gtc, None) => TimeInForce::Gtc,
            (TimeInForceWord::Ioc, None) => TimeInForce::Ioc,
            (TimeInForceWord::Fok, None) => TimeInForce::Fok,
            (TimeInForceWord::Opg, None) => TimeInForce::Opg,
            (TimeInForceWord::AtClose, None) => TimeInForce::AtClose,
        };
        Ok(lifetime)
    }

    async fn traded(&self, broker: &dyn Broker) -> Result<Instrument, Fault> {
        match (&self.instrument, &self.legs) {
            (Some(instrument), None) => instrument.resolve(broker).await,
            (None, Some(legs)) => {
                let mut all = Vec::new();
                for leg in &legs.0 {
                    all.push(ComboLeg {
                        instrument: leg.instrument.resolve(broker).await?,
                        side: leg.side.into(),
                        ratio: leg.ratio,
                    });
                }
                let combo = Combo::new(all);
                let combo = combo.map_err(|error| Fault::invalid("order.legs", error))?;
                Ok(Instrument::Combo(combo))
            }
            (Some(_), Some(_)) => Err(Fault::invalid("order.legs", "an instrument is named, too")),
            (None, None) => Err(Fault::invalid("order.instrument", "it is missing")),
        }
    }
}

fn first_stop(prices: &mut Prices<'_>) -> Result<Option<Price>, Fault> {
    let stop = prices.stop.take();
    stop.map(|stop| price("stop_price", stop)).transpose()
}

fn algo(strategy: AlgoStrategy, prices: &mut Prices<'_>) -> Result<OrderType, Fault> {
    let mut algo = Algo::new(strategy);
    let limit = prices.limit.take();
    algo.price = limit.map(|limit| price("limit_price", limit)).transpose()?;
    Ok(OrderType::Algo(algo))
}

fn cash(instrument: &Instrument, notional: Number) -> Result<Money, Fault> {
    let field = "order.notional";
    if notional.0 <= Decimal::ZERO {
        return Err(Fault::invalid(field, "above zero"));
    }
    let currency = instrument.currency();
    let currency = currency.ok_or_else(|| Fault::invalid(field, "the currency is not known"))?;
    Ok(Money::new(notional.0, currency))
}
