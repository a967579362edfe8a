//! A core order as TWS wants it.

use broker_core::{
    Decimal, Error, Result,
    model::{
        Algo, AlgoStrategy, NewOrder, OrderAmount, OrderType, Price, Side, TimeInForce,
        TradingSession, TrailingOffset,
    },
};
use chrono::{DateTime, Utc};
use ibapi::{
    contracts::TagValue,
    orders::{Action, Order, ShortSaleSlot, TimeInForce as Tif},
};

use crate::{IbkrExtension, convert};

/// The words of TWS for order types.
pub(super) mod word {
    pub(crate) const MARKET: &str = "MKT";
    pub(crate) const LIMIT: &str = "LMT";
    pub(crate) const STOP: &str = "STP";
    pub(crate) const STOP_LIMIT: &str = "STP LMT";
    pub(crate) const TRAIL: &str = "TRAIL";
    pub(crate) const TRAIL_LIMIT: &str = "TRAIL LIMIT";
    pub(crate) const MARKET_ON_CLOSE: &str = "MOC";
    pub(crate) const LIMIT_ON_CLOSE: &str = "LOC";
    pub(crate) const MARKET_IF_TOUCHED: &str = "MIT";
    pub(crate) const LIMIT_IF_TOUCHED: &str = "LIT";
    pub(crate) const MARKET_TO_LIMIT: &str = "MTL";
    pub(crate) const TWAP: &str = "Twap";
    pub(crate) const VWAP: &str = "Vwap";
}

/// How TWS is told an instant: with a dash it is UTC.
pub(super) const INSTANT: &str = "%Y%m%d-%H:%M:%S";

/// Units of TWS per unit of the instrument's currency: 100 where it quotes pence (protocol notes,
/// section 3.7, 18).
#[derive(Clone, Copy)]
struct Scale(Decimal);

impl Scale {
    fn wire(self, value: Decimal, field: &'static str) -> Result<f64> {
        let wire = value.checked_mul(self.0).map(|wire| wire.normalize());
        number(
            wire.ok_or_else(|| Error::invalid(field, "is too large"))?,
            field,
        )
    }
}

/// The order as TWS wants it, without an id. `magnifier` is the contract's units per currency unit.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) or
/// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for what TWS cannot be told; nothing
/// was sent.
pub(crate) fn encode(order: &NewOrder, magnifier: Decimal) -> Result<Order> {
    let scale = Scale(magnifier);
    let id = order.client_order_id.as_str();
    if id.contains(':') {
        let message = "must not contain a colon: TWS appends text of its own behind one";
        return Err(Error::invalid("client_order_id", message));
    }
    let mut wire = Order {
        account: order.account.to_string(),
        order_ref: id.to_owned(),
        action: action(order.side),
        transmit: true,
        display_size: None,
        ..Order::default()
    };
    match order.amount {
        OrderAmount::Quantity(quantity) => {
            wire.total_quantity = number(quantity.get(), "amount.quantity")?;
        }
        OrderAmount::Cash(cash) => wire.cash_qty = Some(number(cash.amount, "amount.cash")?),
        _ => return Err(Error::unsupported("this kind of amount").at_field("amount")),
    }
    set_type(&mut wire, &order.order_type, scale)?;
    set_lifetime(&mut wire, order)?;
    match order.session {
        TradingSession::Regular => {}
        TradingSession::Extended => wire.outside_rth = true,
        other => return Err(Error::unsupported(format!("the session {other}")).at_field("session")),
    }
    if let Some(shown) = order.display_quantity {
        wire.display_size = Some(whole(shown.get(), "display_quantity")?);
    }
    if let Some(fields) = order.extensions.get::<IbkrExtension>()? {
        extend(&mut wire, fields, order.side)?;
    }
    Ok(wire)
}

/// TWS sees by itself that a sale goes short; the word for it is for institutions only, which say
/// where they have borrowed ([`IbkrExtension::short_sale_slot`]).
fn action(side: Side) -> Action {
    if side.is_sell() {
        Action::Sell
    } else {
        Action::Buy
    }
}

fn set_type(wire: &mut Order, order_type: &OrderType, scale: Scale) -> Result<()> {
    let mut set = |word: &str, limit: Option<Price>, aux: Option<Price>| -> Result<()> {
        word.clone_into(&mut wire.order_type);
        wire.limit_price = limit
            .map(|price| scale.wire(price.get(), "order_type.price"))
            .transpose()?;
        wire.aux_price = aux
            .map(|price| scale.wire(price.get(), "order_type.trigger"))
            .transpose()?;
        Ok(())
    };
    match order_type {
        OrderType::Market | OrderType::MarketOnOpen => set(word::MARKET, None, None),
        OrderType::Limit { price } | OrderType::LimitOnOpen { price } => {
            set(word::LIMIT, Some(*price), None)
        }
        OrderType::Stop { trigger } => set(word::STOP, None, Some(*trigger)),
        OrderType::StopLimit { trigger, price } => {
            set(word::STOP_LIMIT, Some(*price), Some(*trigger))
        }
        OrderType::MarketOnClose => set(word::MARKET_ON_CLOSE, None, None),
        OrderType::LimitOnClose { price } => set(word::LIMIT_ON_CLOSE, Some(*price), None),
        OrderType::MarketIfTouched { trigger } => {
            set(word::MARKET_IF_TOUCHED, None, Some(*trigger))
        }
        OrderType::LimitIfTouched { trigger, price } => {
            set(word::LIMIT_IF_TOUCHED, Some(*price), Some(*trigger))
        }
        OrderType::MarketToLimit => set(word::MARKET_TO_LIMIT, None, None),
        OrderType::TrailingStop { offset, trigger } => {
            set(word::TRAIL, None, None)?;
            trail(wire, *offset, *trigger, scale)
        }
        OrderType::TrailingStopLimit {
            offset,
            limit_offset,
            trigger,
        } => {
            set(word::TRAIL_LIMIT, None, None)?;
            wire.limit_price_offset = Some(scale.wire(*limit_offset, "order_type.limit_offset")?);
            trail(wire, *offset, *trigger, scale)
        }
        OrderType::Algo(algo) => {
            match algo.price {
                Some(price) => set(word::LIMIT, Some(price), None)?,
                None => set(word::MARKET, None, None)?,
            }
            set_algo(wire, algo)
        }
        other => Err(
            Error::unsupported(format!("the order type {}", other.kind())).at_field("order_type"),
        ),
    }
}

fn trail(
    wire: &mut Order,
    offset: TrailingOffset,
    trigger: Option<Price>,
    scale: Scale,
) -> Result<()> {
    match offset {
        TrailingOffset::Amount(amount) => {
            wire.aux_price = Some(scale.wire(amount, "order_type.offset")?);
        }
        TrailingOffset::Percent(percent) => {
            wire.trailing_percent = Some(number(percent, "order_type.offset")?);
        }
        _ => return Err(Error::unsupported("this kind of distance").at_field("order_type.offset")),
    }
    wire.trail_stop_price = trigger
        .map(|price| scale.wire(price.get(), "order_type.trigger"))
        .transpose()?;
    Ok(())
}

fn set_algo(wire: &mut Order, algo: &Algo) -> Result<()> {
    let mut tell = |tag: &str, value: String| {
        wire.algo_params.push(TagValue {
            tag: tag.to_owned(),
            value,
        });
    };
    if let Some(start) = algo.start {
        tell("startTime", instant(start));
    }
    if let Some(end) = algo.end {
        tell("endTime", instant(end));
    }
    match algo.strategy {
        AlgoStrategy::Twap => {
            if algo.participation.is_some() {
                let message = "a TWAP of TWS slices by time and takes no share of the volume";
                return Err(Error::invalid("order_type.participation", message));
            }
            tell("strategyType", "Marketable".to_owned());
            word::TWAP.clone_into(&mut wire.algo_strategy);
        }
        AlgoStrategy::Vwap => {
            if let Some(share) = algo.participation {
                tell("maxPctVol", share.normalize().to_string());
            }
            word::VWAP.clone_into(&mut wire.algo_strategy);
        }
        other => {
            return Err(Error::unsupported(format!("the algorithm {other}"))
                .at_field("order_type.strategy"));
        }
    }
    Ok(())
}

fn set_lifetime(wire: &mut Order, order: &NewOrder) -> Result<()> {
    let opening = matches!(
        order.order_type,
        OrderType::MarketOnOpen | OrderType::LimitOnOpen { .. }
    );
    let closing = matches!(
        order.order_type,
        OrderType::MarketOnClose | OrderType::LimitOnClose { .. }
    );
    wire.tif = match order.time_in_force {
        TimeInForce::Day | TimeInForce::Opg if opening => Tif::OnOpen,
        TimeInForce::Day | TimeInForce::AtClose if closing => Tif::Day,
        _ if opening || closing => {
            let message = format!(
                "an order for one auction cannot be {}",
                order.time_in_force.kind()
            );
            return Err(Error::invalid("time_in_force", message));
        }
        TimeInForce::Day => Tif::Day,
        TimeInForce::Gtc => Tif::GoodTillCanceled,
        TimeInForce::Gtd(until) => {
            wire.good_till_date = instant(until);
            Tif::GoodTillDate
        }
        TimeInForce::Ioc => Tif::ImmediateOrCancel,
        TimeInForce::Fok => Tif::FillOrKill,
        TimeInForce::Opg => Tif::OnOpen,
        // TWS has no such lifetime: it is in the order's type.
        TimeInForce::AtClose => {
            let closing = match order.order_type {
                OrderType::Market => word::MARKET_ON_CLOSE,
                OrderType::Limit { .. } => word::LIMIT_ON_CLOSE,
                _ => {
                    let message = "only market and limit orders can be for the closing auction";
                    return Err(Error::invalid("time_in_force", message));
                }
            };
            closing.clone_into(&mut wire.order_type);
            Tif::Day
        }
        other => {
            return Err(Error::unsupported(format!("the lifetime {}", other.kind()))
                .at_field("time_in_force"));
        }
    };
    Ok(())
}

fn extend(wire: &mut Order, fields: IbkrExtension, side: Side) -> Result<()> {
    wire.all_or_none = fields.all_or_none;
    wire.hidden = fields.hidden;
    wire.transmit = !fields.held;
    wire.min_qty = fields.minimum_quantity;
    if let Some(after) = fields.good_after_time {
        wire.good_after_time = instant(after);
    }
    if let Some(slot) = fields.short_sale_slot {
        if side != Side::SellShort {
            return Err(Error::invalid(
                "extensions.ibkr.short_sale_slot",
                "is for short sales only",
            ));
        }
        wire.action = Action::SellShort;
        wire.short_sale_slot = ShortSaleSlot::from(i32::from(slot));
        wire.designated_location = fields.designated_location.unwrap_or_default();
    }
    if let Some(strategy) = fields.algorithm {
        if !wire.algo_strategy.is_empty() {
            return Err(Error::invalid(
                "extensions.ibkr.algorithm",
                "the order has an algorithm already",
            ));
        }
        wire.algo_strategy = strategy.name;
        wire.algo_params = strategy
            .parameters
            .into_iter()
            .map(|(tag, value)| TagValue { tag, value })
            .collect();
    }
    Ok(())
}

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.format(INSTANT).to_string()
}

/// A number for the wire.
pub(super) fn number(value: Decimal, field: &'static str) -> Result<f64> {
    convert::to_wire(value).map_err(|error| error.at_field(field))
}

pub(super) fn whole(value: Decimal, field: &'static str) -> Result<i32> {
    if !value.fract().is_zero() {
        return Err(Error::invalid(field, "must be whole"));
    }
    i32::try_from(value.trunc()).map_err(|_| Error::invalid(field, "is more than TWS can be told"))
}
