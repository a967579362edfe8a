//! What a client orders: TWS's order and the exchange's terms.

use broker_core::model::{
    AccountId, Algo, AlgoStrategy, AssetClass, ClientOrderId, Instrument, Money, NewOrder,
    OrderAmount, OrderType, OrderTypeKind, Price, Quantity, Side, TimeInForce, TradingSession,
    TrailingOffset,
};
use rust_decimal::Decimal;

use super::figures::{decimal, instant, nonzero};
use crate::{exchange::takes, tws::message::Order};

/// TWS's code and words against an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: i32,
    pub(super) text: String,
}

impl Refused {
    pub(super) fn new(code: i32, text: impl Into<String>) -> Self {
        Self {
            code,
            text: text.into(),
        }
    }

    /// TWS's words for a request that makes no sense.
    pub(super) fn invalid(cause: impl core::fmt::Display) -> Self {
        Self::new(
            321,
            format!("Error validating request.-'bW' : cause - {cause}"),
        )
    }
}

fn unsupported() -> Refused {
    Refused::new(
        387,
        "Unsupported order type for this exchange and security type.",
    )
}

/// The terms of an order, and whether its wish to trade outside regular hours has been left out.
pub(super) fn read(
    wire: &Order,
    account: &AccountId,
    instrument: &Instrument,
    name: ClientOrderId,
) -> Result<(NewOrder, bool), Refused> {
    let side = match wire.action.as_deref().unwrap_or_default() {
        "BUY" => Side::Buy,
        "SELL" => Side::Sell,
        "SSHORT" => Side::SellShort,
        other => return Err(Refused::invalid(format!("Invalid action: {other}"))),
    };
    let amount = amount(wire, instrument)?;
    let tif = wire.tif.as_deref().filter(|tif| !tif.is_empty());
    let tif = tif.unwrap_or("DAY");
    let auction = tif == "AUC";
    let order_type = order_type(wire, auction)?;
    refuse_what_is_not_simulated(wire)?;
    let force = time_in_force(wire, tif)?;
    let mut terms = NewOrder::new(
        name,
        account.clone(),
        instrument.clone(),
        side,
        amount,
        order_type,
    )
    .with_time_in_force(force);
    let mut ignored = false;
    if wire.include_overnight == Some(true) {
        terms = terms.with_session(TradingSession::Overnight);
    } else if wire.outside_rth == Some(true) {
        if goes_outside(&terms) {
            terms = terms.with_session(TradingSession::Extended);
        } else {
            ignored = true;
        }
    }
    if let Some(display) = wire
        .display_size
        .filter(|size| *size > 0 && *size != i32::MAX)
    {
        let display = Quantity::new(Decimal::from(display))
            .map_err(|_| Refused::invalid("Invalid display size"))?;
        terms = terms.with_display_quantity(display);
    }
    Ok((terms, ignored))
}

/// Whether an order can trade outside the regular session; TWS leaves the wish out where not.
fn goes_outside(terms: &NewOrder) -> bool {
    takes(
        terms.instrument.asset_class(),
        terms.order_type.kind(),
        terms.time_in_force.kind(),
        TradingSession::Extended,
    )
}

/// Attributes that change when or how much an order trades and that this exchange does not have:
/// leaving them out would be another order than the one that was asked for.
fn refuse_what_is_not_simulated(wire: &Order) -> Result<(), Refused> {
    let set = |text: &Option<String>| {
        text.as_deref()
            .is_some_and(|text| !text.is_empty() && text != "None")
    };
    let above_zero = |value: Option<f64>| decimal(value).is_some_and(|value| value > Decimal::ZERO);
    let whole = |value: Option<i32>| value.is_some_and(|value| value > 0 && value != i32::MAX);
    let asked = [
        ("activeStartTime", set(&wire.active_start_time)),
        ("notHeld", wire.not_held == Some(true)),
        (
            "discretionaryUpToLimitPrice",
            wire.discretionary_up_to_limit_price == Some(true),
        ),
        (
            "conditionsIncludeOvernight",
            wire.conditions_include_overnight == Some(true),
        ),
        ("randomizeSize", wire.randomize_size == Some(true)),
        ("randomizePrice", wire.randomize_price == Some(true)),
        ("deactivate", wire.deactivate == Some(true)),
        ("autoCancelParent", wire.auto_cancel_parent == Some(true)),
        ("minTradeQty", whole(wire.min_trade_qty)),
        ("hedgeType", set(&wire.hedge_type)),
        (
            "scalePriceIncrement",
            above_zero(wire.scale_price_increment),
        ),
        ("deltaNeutralOrderType", set(&wire.delta_neutral_order_type)),
        ("faGroup", set(&wire.fa_group)),
        ("modelCode", set(&wire.model_code)),
        ("postOnly", wire.post_only == Some(true)),
        ("imbalanceOnly", wire.imbalance_only == Some(true)),
        ("autoCancelDate", set(&wire.auto_cancel_date)),
        ("duration", whole(wire.duration)),
        // Triggers look at the last trade: methods 0 (TWS's choice) and 2.
        (
            "triggerMethod",
            wire.trigger_method.is_some_and(|method| method != 2) && whole(wire.trigger_method),
        ),
    ];
    match asked.into_iter().find(|(_, asked)| *asked) {
        Some((name, _)) => Err(Refused::invalid(format!(
            "{name} is not available for this order"
        ))),
        None => Ok(()),
    }
}

fn amount(wire: &Order, instrument: &Instrument) -> Result<OrderAmount, Refused> {
    let total = wire.total_quantity.as_deref().unwrap_or_default();
    let total = match total {
        "" => Decimal::ZERO,
        text => text
            .parse::<Decimal>()
            .map_err(|_| Refused::invalid(format!("Invalid quantity: {text}")))?,
    };
    if let Some(cash) = nonzero(wire.cash_qty) {
        if !total.is_zero() {
            return Err(Refused::new(
                10245,
                "Monetary value and size cannot be specified together.",
            ));
        }
        let currency = instrument
            .currency()
            .filter(|_| {
                matches!(
                    instrument.asset_class(),
                    AssetClass::Equity | AssetClass::Crypto
                )
            })
            .ok_or_else(|| Refused::new(10244, "Cash quantity cannot be used for this order."))?;
        return Ok(OrderAmount::Cash(Money::new(cash, currency)));
    }
    Quantity::new(total)
        .map(OrderAmount::Quantity)
        .map_err(|_| Refused::invalid("The size value cannot be zero or negative"))
}

fn price(value: Option<f64>, what: &str) -> Result<Price, Refused> {
    let value = decimal(value).ok_or_else(|| Refused::invalid(format!("Missing {what}")))?;
    // What no price can be is finer than any increment, as sums of doubles are.
    Price::new(value).map_err(|_| off_the_tick())
}

pub(super) fn off_the_tick() -> Refused {
    Refused::new(
        110,
        "The price does not conform to the minimum price variation for this contract.",
    )
}

fn order_type(wire: &Order, auction: bool) -> Result<OrderType, Refused> {
    let limit = || price(wire.lmt_price, "limit price");
    let trigger = || price(wire.aux_price, "aux price");
    let word = wire.order_type.as_deref().unwrap_or_default();
    if let Some(strategy) = wire
        .algo_strategy
        .as_deref()
        .filter(|name| !name.is_empty())
    {
        return algo(wire, word, strategy);
    }
    Ok(match (word, auction) {
        ("MKT" | "MTL", true) => OrderType::Auction,
        ("LMT", true) => OrderType::AuctionLimit { price: limit()? },
        (_, true) => {
            return Err(Refused::new(
                111,
                "The TIF (Tif type) and the order type are incompatible.",
            ));
        }
        ("MKT", _) => OrderType::Market,
        ("LMT", _) => OrderType::Limit { price: limit()? },
        ("STP", _) => OrderType::Stop {
            trigger: trigger()?,
        },
        ("STP LMT", _) => OrderType::StopLimit {
            trigger: trigger()?,
            price: limit()?,
        },
        ("MIT", _) => OrderType::MarketIfTouched {
            trigger: trigger()?,
        },
        ("LIT", _) => OrderType::LimitIfTouched {
            trigger: trigger()?,
            price: limit()?,
        },
        ("MOC", _) => OrderType::MarketOnClose,
        ("LOC", _) => OrderType::LimitOnClose { price: limit()? },
        ("MOO", _) => OrderType::MarketOnOpen,
        ("LOO", _) => OrderType::LimitOnOpen { price: limit()? },
        ("MTL", _) => OrderType::MarketToLimit,
        ("TRAIL", _) => OrderType::TrailingStop {
            offset: offset(wire)?,
            trigger: first_trigger(wire)?,
        },
        ("TRAIL LIMIT", _) => trailing_limit(wire)?,
        ("", _) => return Err(Refused::invalid("Invalid order type was entered")),
        _ => return Err(unsupported()),
    })
}

fn offset(wire: &Order) -> Result<TrailingOffset, Refused> {
    if let Some(percent) = nonzero(wire.trailing_percent) {
        return Ok(TrailingOffset::Percent(percent));
    }
    nonzero(wire.aux_price)
        .map(TrailingOffset::Amount)
        .ok_or_else(|| Refused::invalid("Missing trailing amount or percent"))
}

fn first_trigger(wire: &Order) -> Result<Option<Price>, Refused> {
    let Some(trigger) = nonzero(wire.trail_stop_price) else {
        return Ok(None);
    };
    Price::new(trigger).map(Some).map_err(|_| off_the_tick())
}

/// The limit follows the trigger at a distance: given as such, or by the first limit.
fn trailing_limit(wire: &Order) -> Result<OrderType, Refused> {
    let trigger = first_trigger(wire)?;
    let limit_offset = match (decimal(wire.lmt_price_offset), nonzero(wire.lmt_price)) {
        (Some(offset), _) => offset,
        (None, Some(limit)) => match trigger {
            Some(trigger) => (trigger.get() - limit).abs(),
            None => return Err(Refused::invalid("Missing trailing stop price")),
        },
        (None, None) => return Err(Refused::invalid("Missing limit price offset")),
    };
    Ok(OrderType::TrailingStopLimit {
        offset: offset(wire)?,
        limit_offset,
        trigger,
    })
}

fn algo(wire: &Order, word: &str, strategy: &str) -> Result<OrderType, Refused> {
    let strategy = match strategy {
        "Twap" => AlgoStrategy::Twap,
        "Vwap" => AlgoStrategy::Vwap,
        _ => {
            return Err(Refused::new(
                439,
                "The order processing failed. Algorithm definition not found.",
            ));
        }
    };
    let bad = |what: &str| Refused::new(441, format!("Algo attributes validation failed: {what}"));
    let mut algo = Algo::new(strategy);
    for (name, value) in &wire.algo_params {
        match name.as_str() {
            _ if value.is_empty() => {}
            "startTime" => algo.start = Some(instant(value).ok_or_else(|| bad(name))?),
            "endTime" => algo.end = Some(instant(value).ok_or_else(|| bad(name))?),
            "maxPctVol" => {
                algo.participation = Some(value.parse().map_err(|_| bad(name))?);
            }
            // How the algorithm behaves inside; the simulated ones know no such choice.
            "strategyType" | "allowPastEndTime" | "noTakeLiq" | "speedUp" => {}
            _ => return Err(bad(name)),
        }
    }
    algo.price = match word {
        "MKT" => None,
        "LMT" => Some(price(wire.lmt_price, "limit price")?),
        _ => {
            return Err(Refused::new(
                442,
                "Specified algorithm is not allowed for this order.",
            ));
        }
    };
    Ok(OrderType::Algo(algo))
}

fn time_in_force(wire: &Order, tif: &str) -> Result<TimeInForce, Refused> {
    Ok(match tif {
        // The auction is in the order's type.
        "DAY" | "AUC" => TimeInForce::Day,
        "GTC" => TimeInForce::Gtc,
        "IOC" => TimeInForce::Ioc,
        "FOK" => TimeInForce::Fok,
        "OPG" => TimeInForce::Opg,
        "GTD" => {
            let text = wire.good_till_date.as_deref().unwrap_or_default();
            let until = instant(text).ok_or_else(|| {
                Refused::new(391, "The date, time, or time-zone entered is invalid.")
            })?;
            TimeInForce::Gtd(until)
        }
        other => return Err(Refused::invalid(format!("Invalid time in force: {other}"))),
    })
}

/// TWS's word for a type.
pub(super) fn type_word(kind: OrderTypeKind) -> &'static str {
    use OrderTypeKind as T;
    match kind {
        T::Limit | T::LimitOnOpen | T::AuctionLimit => "LMT",
        T::Stop => "STP",
        T::StopLimit => "STP LMT",
        T::TrailingStop => "TRAIL",
        T::TrailingStopLimit => "TRAIL LIMIT",
        T::MarketIfTouched => "MIT",
        T::LimitIfTouched => "LIT",
        T::MarketOnClose => "MOC",
        T::LimitOnClose => "LOC",
        T::MarketToLimit | T::Auction => "MTL",
        _ => "MKT",
    }
}

/// TWS's words for how long an order works.
pub(super) fn force_words(terms: &NewOrder) -> (&'static str, Option<String>) {
    use OrderTypeKind as T;
    match (terms.order_type.kind(), terms.time_in_force) {
        (T::Auction | T::AuctionLimit, _) => ("AUC", None),
        (T::MarketOnOpen | T::LimitOnOpen, _) | (_, TimeInForce::Opg) => ("OPG", None),
        (_, TimeInForce::Gtc) => ("GTC", None),
        (_, TimeInForce::Gtd(until)) => ("GTD", Some(super::figures::written(until))),
        (_, TimeInForce::Ioc) => ("IOC", None),
        (_, TimeInForce::Fok) => ("FOK", None),
        (_, TimeInForce::Day | _) => ("DAY", None),
    }
}
