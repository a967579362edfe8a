//! The terms of an order that this process has not sent itself.

use broker_core::{
    Decimal, Error, ErrorKind, Result,
    model::{
        AccountId, Algo, AlgoStrategy, ClientOrderId, Currency, Instrument, Money, NewOrder,
        OrderAmount, OrderType, Price, Quantity, Side, TimeInForce, TradingSession, TrailingOffset,
    },
};

use super::row::{AlgoRow, OrderRow};
use crate::convert::{Figure, from_millis};

fn lacks(what: &str) -> Error {
    Error::new(ErrorKind::Protocol, format!("an order lacks {what}"))
}

/// A price of an order; 0 stands for "none" where a price is needed.
fn price(figure: Figure, name: &str) -> Result<Price> {
    figure.price().ok_or_else(|| lacks(name))
}

fn above_zero(figure: Figure) -> Option<Decimal> {
    figure.computed().filter(|value| *value > Decimal::ZERO)
}

/// Reads the terms of an order.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) for an order that makes no sense,
/// [`Unsupported`](ErrorKind::Unsupported) for a type that core has no word for.
pub(super) fn decode(
    row: &OrderRow,
    id: ClientOrderId,
    account: &AccountId,
    instrument: Instrument,
) -> Result<NewOrder> {
    let side = match row.action.required("action")? {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        other => {
            let message = format!("{other:?} is neither BUY nor SELL");
            return Err(Error::new(ErrorKind::Protocol, message));
        }
    };
    let amount = amount(row, &instrument)?;
    let force = time_in_force(row)?;
    let order_type = order_type(row, force)?;
    let mut terms = NewOrder::new(id, account.clone(), instrument, side, amount, order_type)
        .with_time_in_force(force)
        .with_session(session(row));
    if row.order_type.get() == Some("ICEBERG")
        && let Some(shown) = above_zero(row.display_size)
    {
        terms = terms.with_display_quantity(Quantity::new(shown)?);
    }
    Ok(terms)
}

fn amount(row: &OrderRow, instrument: &Instrument) -> Result<OrderAmount> {
    let units = row.total_quantity.scaled(row.total_quantity_scale)?;
    if let Some(units) = units.filter(|units| *units > Decimal::ZERO) {
        return Ok(OrderAmount::Quantity(Quantity::new(units)?));
    }
    let cash = above_zero(row.total_cash_amount).ok_or_else(|| lacks("its quantity"))?;
    let currency = instrument.currency().unwrap_or(Currency::USD);
    Ok(OrderAmount::Cash(Money::new(cash.normalize(), currency)))
}

fn time_in_force(row: &OrderRow) -> Result<TimeInForce> {
    Ok(match row.time_in_force.get() {
        // Orders for coins have none.
        None | Some("DAY") => TimeInForce::Day,
        Some("GTC") => TimeInForce::Gtc,
        Some("GTD") => {
            let until = row.expire_time.instant();
            TimeInForce::Gtd(until.ok_or_else(|| lacks("its last instant"))?)
        }
        Some("IOC") => TimeInForce::Ioc,
        Some("FOK") => TimeInForce::Fok,
        Some("OPG") => TimeInForce::Opg,
        Some(other) => return Err(Error::unsupported(format!("the lifetime {other}"))),
    })
}

fn session(row: &OrderRow) -> TradingSession {
    match row.trading_session_type.get() {
        Some("PRE_RTH_POST") => TradingSession::Extended,
        Some("OVERNIGHT") => TradingSession::Overnight,
        Some("FULL") => TradingSession::All,
        Some("RTH" | "HK_AUC" | "HK_CTS" | "HK_AUC_CTS") => TradingSession::Regular,
        _ => {
            let outside = row.outside_rth.get() == Some(true);
            let auction = matches!(row.order_type.get(), Some("AM" | "AL"));
            if outside && !auction {
                TradingSession::Extended
            } else {
                TradingSession::Regular
            }
        }
    }
}

fn order_type(row: &OrderRow, force: TimeInForce) -> Result<OrderType> {
    let opening = force == TimeInForce::Opg;
    let limit = || price(row.limit_price, "its limit");
    let trigger = || price(row.aux_price, "its trigger");
    Ok(match row.order_type.required("orderType")? {
        "MKT" => OrderType::Market,
        "LMT" | "ICEBERG" => OrderType::Limit { price: limit()? },
        "STP" => OrderType::Stop {
            trigger: trigger()?,
        },
        "STP_LMT" => OrderType::StopLimit {
            trigger: trigger()?,
            price: limit()?,
        },
        "TRAIL" => {
            let offset = match above_zero(row.trailing_percent) {
                Some(percent) => TrailingOffset::Percent(percent),
                None => {
                    let amount = above_zero(row.aux_price);
                    TrailingOffset::Amount(amount.ok_or_else(|| lacks("its distance"))?)
                }
            };
            // The trigger that is told has moved with the market; it is not what was ordered.
            OrderType::TrailingStop {
                offset,
                trigger: None,
            }
        }
        "AM" if opening => OrderType::MarketOnOpen,
        "AM" => OrderType::Auction,
        "AL" if opening => OrderType::LimitOnOpen { price: limit()? },
        "AL" => OrderType::AuctionLimit { price: limit()? },
        "TWAP" => OrderType::Algo(algo(row, AlgoStrategy::Twap)),
        "VWAP" => OrderType::Algo(algo(row, AlgoStrategy::Vwap)),
        other => return Err(Error::unsupported(format!("the order type {other}"))),
    })
}

fn algo(row: &OrderRow, strategy: AlgoStrategy) -> Algo {
    let mut algo = Algo::new(strategy);
    algo.price = row
        .limit_price
        .price()
        .filter(|price| price.get() > Decimal::ZERO);
    for AlgoRow { tag, value } in row.algo_parameters.iter().flatten() {
        let Some(value) = value.get() else { continue };
        let instant = || from_millis(value.parse().ok()?);
        match tag.get() {
            Some("startTime" | "start_time") => algo.start = instant(),
            Some("endTime" | "end_time") => algo.end = instant(),
            Some("participationRate" | "participation_rate") => {
                algo.participation = value.parse().ok();
            }
            _ => {}
        }
    }
    algo
}

/// The terms of a known order as a row tells them now; what a row cannot tell stays as it is.
///
/// `None` when nothing that can be changed has changed.
pub(super) fn changed(known: &NewOrder, row: &OrderRow) -> Option<NewOrder> {
    let mut next = known.clone();
    if let OrderAmount::Quantity(quantity) = &mut next.amount
        && let Ok(Some(told)) = row.total_quantity.scaled(row.total_quantity_scale)
        && let Ok(told) = Quantity::new(told)
    {
        *quantity = told;
    }
    let limit = row.limit_price.price().map(normal);
    let aux = row.aux_price.price().map(normal);
    match &mut next.order_type {
        OrderType::Limit { price }
        | OrderType::LimitOnOpen { price }
        | OrderType::AuctionLimit { price } => take(price, limit),
        OrderType::Stop { trigger } => take(trigger, aux),
        OrderType::StopLimit { trigger, price } => {
            take(trigger, aux);
            take(price, limit);
        }
        OrderType::TrailingStop { offset, .. } => {
            let told = match offset {
                TrailingOffset::Percent(_) => {
                    above_zero(row.trailing_percent).map(TrailingOffset::Percent)
                }
                _ => above_zero(row.aux_price).map(TrailingOffset::Amount),
            };
            if let Some(told) = told {
                *offset = told;
            }
        }
        _ => {}
    }
    if let Ok(force) = time_in_force(row)
        && row.time_in_force.get().is_some()
        && known.time_in_force.kind() != force.kind()
        // What was ordered for the opening may be listed as a day order.
        && !matches!(known.order_type, OrderType::MarketOnOpen | OrderType::LimitOnOpen { .. })
    {
        next.time_in_force = force;
    }
    (next != *known).then_some(next)
}

fn normal(price: Price) -> Price {
    Price::new(price.get().normalize()).unwrap_or(price)
}

fn take(price: &mut Price, told: Option<Price>) {
    if let Some(told) = told.filter(|told| told != price) {
        *price = told;
    }
}
