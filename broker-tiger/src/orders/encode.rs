//! A core order as Tiger wants it.

use broker_core::{
    Decimal, Error, Result,
    model::{
        Algo, AlgoStrategy, Instrument, NewOrder, OrderAmount, OrderType, Price, Quantity,
        TimeInForce, TradingSession, TrailingOffset,
    },
};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    convert::json_number,
    instrument::{Listing, market_of},
    transport::Parameters,
};

/// The parameters of an order, the mark and the account left out.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) or
/// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) for what Tiger cannot be told; nothing was
/// sent.
pub(super) fn encode(order: &NewOrder, listing: &Listing) -> Result<Parameters> {
    let action = if order.side.is_sell() { "SELL" } else { "BUY" };
    let parameters = listing
        .name
        .write(Parameters::default())?
        .with("action", action)?;
    let parameters = with_amount(parameters, order)?;
    let parameters = with_type(parameters, order)?;
    let parameters = with_lifetime(parameters, order)?;
    with_session(parameters, order, listing)
}

/// The same with the mark by which the order is found again.
///
/// # Errors
/// As [`encode`].
pub(super) fn marked(order: &NewOrder, listing: &Listing) -> Result<Parameters> {
    encode(order, listing)?.with("user_mark", order.client_order_id.as_str())
}

/// What of an order says how much of it could be traded; the method has a name of its own for a trigger.
///
/// # Errors
/// [`Unsupported`](broker_core::ErrorKind::Unsupported) for types that Tiger estimates nothing about.
pub(crate) fn sketch(order: &NewOrder, listing: &Listing) -> Result<Parameters> {
    let action = if order.side.is_sell() { "SELL" } else { "BUY" };
    let parameters = listing
        .name
        .write(Parameters::default())?
        .with("action", action)?;
    let typed = |word: &str| parameters.clone().with("order_type", word);
    match &order.order_type {
        OrderType::Market => typed("MKT"),
        OrderType::Limit { price } => with_price(typed("LMT")?, "limit_price", *price),
        OrderType::Stop { trigger } => with_price(typed("STP")?, "stop_price", *trigger),
        OrderType::StopLimit { trigger, price } => {
            let parameters = with_price(typed("STP_LMT")?, "stop_price", *trigger)?;
            with_price(parameters, "limit_price", *price)
        }
        other => Err(
            Error::unsupported(format!("an estimate for {} orders", other.kind()))
                .at_field("order_type"),
        ),
    }
}

/// A quantity as a whole number over a power of ten (protocol notes, section 4.1).
pub(super) fn with_quantity(parameters: Parameters, quantity: Quantity) -> Result<Parameters> {
    let value = quantity.get().normalize();
    let units = i64::try_from(value.mantissa())
        .map_err(|_| Error::invalid("amount.quantity", "is more than Tiger can be told"))?;
    let parameters = parameters.with("total_quantity", units)?;
    match value.scale() {
        0 => Ok(parameters),
        scale => parameters.with("total_quantity_scale", scale),
    }
}

fn with_amount(parameters: Parameters, order: &NewOrder) -> Result<Parameters> {
    match order.amount {
        OrderAmount::Quantity(quantity) => with_quantity(parameters, quantity),
        OrderAmount::Cash(cash) => {
            let plain = matches!(
                order.order_type,
                OrderType::Market | OrderType::Limit { .. }
            );
            if !plain {
                let message = "an amount of money is for market and limit orders";
                return Err(Error::unsupported(message).at_field("amount.cash"));
            }
            parameters.number("cash_amount", cash.amount)
        }
        _ => Err(Error::unsupported("this kind of amount").at_field("amount")),
    }
}

fn with_price(parameters: Parameters, name: &'static str, price: Price) -> Result<Parameters> {
    parameters.number(name, price.get())
}

fn with_type(parameters: Parameters, order: &NewOrder) -> Result<Parameters> {
    let word = |parameters: Parameters, word: &str| parameters.with("order_type", word);
    if let Some(shown) = order.display_quantity {
        let OrderType::Limit { price } = order.order_type else {
            let message = "only limit orders can show a part of their quantity";
            return Err(Error::unsupported(message).at_field("display_quantity"));
        };
        let shown = shown.get().normalize();
        if shown.scale() != 0 {
            return Err(Error::invalid("display_quantity", "must be whole"));
        }
        let shown = i64::try_from(shown.mantissa())
            .map_err(|_| Error::invalid("display_quantity", "is more than Tiger can be told"))?;
        let parameters = word(parameters, "ICEBERG")?
            .with("display_size", shown)?
            .with("price_type", "LIMIT_PRICE")?;
        return with_price(parameters, "limit_price", price);
    }
    match &order.order_type {
        OrderType::Market => word(parameters, "MKT"),
        OrderType::Limit { price } => with_price(word(parameters, "LMT")?, "limit_price", *price),
        OrderType::Stop { trigger } => with_price(word(parameters, "STP")?, "aux_price", *trigger),
        OrderType::StopLimit { trigger, price } => {
            let parameters = with_price(word(parameters, "STP_LMT")?, "aux_price", *trigger)?;
            with_price(parameters, "limit_price", *price)
        }
        OrderType::TrailingStop { offset, trigger } => {
            let parameters = word(parameters, "TRAIL")?;
            let parameters = trail(parameters, *offset, "trailing_percent", "aux_price")?;
            match trigger {
                Some(trigger) => with_price(parameters, "trail_stop_price", *trigger),
                None => Ok(parameters),
            }
        }
        OrderType::Auction | OrderType::MarketOnOpen => word(parameters, "AM"),
        OrderType::AuctionLimit { price } | OrderType::LimitOnOpen { price } => {
            with_price(word(parameters, "AL")?, "limit_price", *price)
        }
        OrderType::Algo(algo) => with_algo(parameters, algo),
        other => Err(
            Error::unsupported(format!("the order type {}", other.kind())).at_field("order_type"),
        ),
    }
}

/// The distance of a trailing stop.
pub(super) fn trail(
    parameters: Parameters,
    offset: TrailingOffset,
    percent_name: &'static str,
    amount_name: &'static str,
) -> Result<Parameters> {
    match offset {
        TrailingOffset::Amount(amount) => parameters.number(amount_name, amount),
        // 5 is five percent on both sides.
        TrailingOffset::Percent(percent) => parameters.number(percent_name, percent),
        _ => Err(Error::unsupported("this kind of distance").at_field("order_type.offset")),
    }
}

#[derive(Serialize)]
struct Tagged {
    tag: &'static str,
    value: Box<RawValue>,
}

fn with_algo(parameters: Parameters, algo: &Algo) -> Result<Parameters> {
    let word = match algo.strategy {
        AlgoStrategy::Twap => "TWAP",
        AlgoStrategy::Vwap => "VWAP",
        other => {
            return Err(Error::unsupported(format!("the algorithm {other}"))
                .at_field("order_type.strategy"));
        }
    };
    let unwritable =
        |error: serde_json::Error| Error::new(broker_core::ErrorKind::Internal, error.to_string());
    let mut tags = Vec::new();
    let mut tell = |tag, value: Decimal| -> Result<()> {
        let value = json_number(value).map_err(unwritable)?;
        tags.push(Tagged { tag, value });
        Ok(())
    };
    if let Some(start) = algo.start {
        tell("start_time", start.timestamp_millis().into())?;
    }
    if let Some(end) = algo.end {
        tell("end_time", end.timestamp_millis().into())?;
    }
    if let Some(share) = algo.participation {
        tell("participation_rate", share)?;
    }
    let parameters = parameters
        .with("order_type", word)?
        .with("algo_params", tags)?;
    match algo.price {
        Some(price) => with_price(parameters, "limit_price", price),
        None => Ok(parameters),
    }
}

/// The vendor's word for a lifetime.
pub(super) fn force_word(force: TimeInForce) -> Result<&'static str> {
    Ok(match force {
        TimeInForce::Day => "DAY",
        TimeInForce::Gtc => "GTC",
        TimeInForce::Gtd(_) => "GTD",
        TimeInForce::Ioc => "IOC",
        TimeInForce::Fok => "FOK",
        // For the opening there are types of their own (`AM`, `AL`).
        other => {
            return Err(Error::unsupported(format!("the lifetime {}", other.kind()))
                .at_field("time_in_force"));
        }
    })
}

fn with_lifetime(parameters: Parameters, order: &NewOrder) -> Result<Parameters> {
    let opening = matches!(
        order.order_type,
        OrderType::MarketOnOpen | OrderType::LimitOnOpen { .. }
    );
    if opening {
        return match order.time_in_force {
            TimeInForce::Day | TimeInForce::Opg => parameters.with("time_in_force", "OPG"),
            other => {
                let message = format!("an order for one auction cannot be {}", other.kind());
                Err(Error::invalid("time_in_force", message))
            }
        };
    }
    let word = force_word(order.time_in_force)?;
    match &order.instrument {
        Instrument::Combo(_) if order.time_in_force == TimeInForce::Day => Ok(parameters),
        Instrument::Combo(_) => {
            let message = "combinations work for a day only";
            Err(Error::unsupported(message).at_field("time_in_force"))
        }
        // The vendor's SDK sends null for coins (vector 21).
        Instrument::Crypto(_) if order.time_in_force == TimeInForce::Day => {
            parameters.with("time_in_force", Option::<&str>::None)
        }
        _ => {
            let parameters = parameters.with("time_in_force", word)?;
            match order.time_in_force {
                TimeInForce::Gtd(until) => parameters.with("expire_time", until.timestamp_millis()),
                _ => Ok(parameters),
            }
        }
    }
}

/// An order that works in the night. The vendor's own examples say the word alone: beside it,
/// `outside_rth` could contradict it.
fn with_night(
    parameters: Parameters,
    order: &NewOrder,
    listing: &Listing,
    word: &str,
) -> Result<Parameters> {
    let told = listing.row.as_ref();
    if told.and_then(|row| row.support_overnight_trading.get()) == Some(false) {
        let message = format!("{} does not trade in the night at Tiger", order.instrument);
        return Err(Error::unsupported(message).at_field("session"));
    }
    if order.display_quantity.is_some() {
        let message = "an order that shows a part of its quantity does not work in the night";
        return Err(Error::unsupported(message).at_field("session"));
    }
    parameters.with("trading_session_type", word)
}

/// Where nothing is said, a limit order for a US share works before and after the regular session, so
/// it is always said. Nights have a word of their own, which is for such orders only.
fn with_session(parameters: Parameters, order: &NewOrder, listing: &Listing) -> Result<Parameters> {
    let share = matches!(order.instrument, Instrument::Equity(_));
    let us_limit = share
        && market_of(&order.instrument) == "US"
        && matches!(order.order_type, OrderType::Limit { .. });
    let outside = match order.session {
        TradingSession::Regular => false,
        TradingSession::Extended if us_limit => true,
        TradingSession::Overnight if us_limit => {
            return with_night(parameters, order, listing, "OVERNIGHT");
        }
        TradingSession::All if us_limit => return with_night(parameters, order, listing, "FULL"),
        other => {
            let message = format!("the session {other} is for limit orders of US shares");
            return Err(Error::unsupported(message).at_field("session"));
        }
    };
    match order.order_type {
        OrderType::Auction
        | OrderType::AuctionLimit { .. }
        | OrderType::MarketOnOpen
        | OrderType::LimitOnOpen { .. } => parameters.with("outside_rth", true),
        _ if share => parameters.with("outside_rth", outside),
        _ => Ok(parameters),
    }
}
