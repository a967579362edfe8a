//! An order as TWS tells it, in core's words.

use broker_core::{
    Decimal, Error, ErrorKind, Result,
    model::{
        AccountId, Algo, AlgoStrategy, BrokerOrderId, ClientOrderId, Instrument, Money, NewOrder,
        OrderAmount, OrderType, Price, Quantity, Side, TimeInForce, TradingSession, TrailingOffset,
    },
};
use chrono::{DateTime, Utc};
use ibapi::orders::{Action, Order, TimeInForce as Tif, conditions::TriggerMethod};

use super::encode::word;
use crate::{IbkrAlgorithm, IbkrExtension, convert};

/// The name of an order, for core and for TWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) id: ClientOrderId,
    pub(crate) broker_order_id: Option<BrokerOrderId>,
}

/// The broker's name for an order: its permanent id, once it has one.
pub(crate) fn broker_order_id(perm_id: i64) -> Option<BrokerOrderId> {
    // 0 until the broker has acknowledged the order, and for some trades from outside.
    (perm_id != 0)
        .then(|| BrokerOrderId::new(perm_id.to_string()).ok())
        .flatten()
}

/// The caller's name for an order: what the caller wrote into the order's reference, or a name made
/// from the permanent id for orders from elsewhere. `None` for an order that has neither.
pub(crate) fn name(order_ref: &str, perm_id: i64) -> Option<Name> {
    let broker_order_id = broker_order_id(perm_id);
    // TWS appends text of its own behind a colon on some routes.
    let own = order_ref.split(':').next().unwrap_or_default().trim();
    let id = match ClientOrderId::new(own) {
        Ok(id) => id,
        Err(_) => ClientOrderId::outside(broker_order_id.as_ref()?),
    };
    Some(Name {
        id,
        broker_order_id,
    })
}

/// The terms of an order that TWS lists.
///
/// # Errors
/// [`Unsupported`](ErrorKind::Unsupported) for types and lifetimes that core has no word for.
pub(crate) fn decode(
    id: ClientOrderId,
    instrument: Instrument,
    magnifier: Decimal,
    order: &Order,
) -> Result<NewOrder> {
    terms(id, instrument, magnifier, order, Decimal::ZERO)
}

/// The terms of an order that TWS lists as finished: as its quantity it tells what was left unfilled
/// (protocol notes, section 3.7, 9).
///
/// # Errors
/// Those of [`decode`].
pub(crate) fn decode_finished(
    id: ClientOrderId,
    instrument: Instrument,
    magnifier: Decimal,
    order: &Order,
) -> Result<NewOrder> {
    let filled = convert::optional(order.filled_quantity).unwrap_or_default();
    terms(id, instrument, magnifier, order, filled.max(Decimal::ZERO))
}

/// The terms; `beside` is what is to be added to the quantity that TWS tells.
fn terms(
    id: ClientOrderId,
    instrument: Instrument,
    magnifier: Decimal,
    order: &Order,
    beside: Decimal,
) -> Result<NewOrder> {
    let wire = Wire { order, magnifier };
    let account = AccountId::new(&order.account)?;
    let side = match order.action {
        Action::Buy => Side::Buy,
        Action::Sell | Action::SellLong => Side::Sell,
        Action::SellShort => Side::SellShort,
    };
    let currency = instrument.currency();
    let cash = order
        .cash_qty
        .filter(|cash| *cash > 0.0)
        .map(convert::decimal)
        .transpose()?;
    let amount = match (cash, currency) {
        (Some(cash), Some(currency)) => OrderAmount::Cash(Money::new(cash, currency)),
        _ => {
            let left = convert::decimal(order.total_quantity)?.max(Decimal::ZERO);
            OrderAmount::Quantity(Quantity::new(left + beside)?)
        }
    };
    let mut terms = NewOrder::new(id, account, instrument, side, amount, order_type(wire)?)
        .with_time_in_force(lifetime(order)?);
    if order.outside_rth {
        terms = terms.with_session(TradingSession::Extended);
    }
    if let Some(shown) = order.display_size.filter(|shown| *shown > 0) {
        terms = terms.with_display_quantity(Quantity::new(Decimal::from(shown))?);
    }
    let fields = own_fields(order);
    if fields != IbkrExtension::default() {
        terms.extensions.set(&fields)?;
    }
    Ok(terms)
}

/// What only Interactive Brokers knows of an order: a change has to repeat it.
fn own_fields(order: &Order) -> IbkrExtension {
    let is_own = |strategy: &str| !matches!(strategy, "" | word::TWAP | word::VWAP);
    let algorithm = is_own(&order.algo_strategy).then(|| IbkrAlgorithm {
        name: order.algo_strategy.clone(),
        parameters: order
            .algo_params
            .iter()
            .map(|param| (param.tag.clone(), param.value.clone()))
            .collect(),
    });
    let slot = u8::try_from(i32::from(order.short_sale_slot)).ok();
    let slot = slot.filter(|slot| *slot != 0 && order.action == Action::SellShort);
    IbkrExtension {
        all_or_none: order.all_or_none,
        hidden: order.hidden,
        minimum_quantity: order.min_qty.filter(|least| *least > 0),
        good_after_time: time(&order.good_after_time),
        short_sale_slot: slot,
        designated_location: slot
            .map(|_| order.designated_location.clone())
            .filter(|location| !location.is_empty()),
        // TWS does not tell; the status does (protocol notes, section 3.7, 7).
        held: false,
        algorithm,
    }
}

/// What a listed order has that [`decode`] has no place for, so that a change would lose it.
///
/// What TWS fills in by itself is not among it (protocol notes, section 3.7, 16).
pub(crate) fn unsaid(order: &Order) -> Vec<&'static str> {
    let says = |text: &str| !matches!(text, "" | "None");
    let amount = |value: Option<f64>| value.is_some_and(|value| value != 0.0);
    let parameters = ["startTime", "endTime", "maxPctVol", "strategyType"];
    let known = matches!(order.algo_strategy.as_str(), word::TWAP | word::VWAP);
    let strange = known
        && order.algo_params.iter().any(|param| {
            let told = parameters.contains(&param.tag.as_str());
            !told || param.tag == "strategyType" && param.value != "Marketable"
        });
    let after = &order.good_after_time;
    let fields = [
        (says(after) && time(after).is_none(), "a good-after time"),
        (!order.conditions.is_empty(), "conditions"),
        (strange, "parameters of its algorithm"),
        (says(&order.adjusted_order_type), "an adjusted stop"),
        (order.discretionary_amt != 0.0, "a discretionary amount"),
        (
            order.trigger_method != TriggerMethod::Default,
            "a trigger method",
        ),
        (order.scale_init_level_size.is_some(), "scale levels"),
        (says(&order.hedge_type), "a hedge"),
        (
            says(&order.delta_neutral_order_type),
            "a delta-neutral order",
        ),
        (amount(order.percent_offset), "a relative offset"),
        (says(&order.fa_group), "an allocation to a group"),
        (says(&order.model_code), "a model"),
        (order.sweep_to_fill, "sweep-to-fill"),
        (order.block_order, "block trading"),
        (order.not_held, "not-held"),
        (order.post_only, "post-only"),
        (order.imbalance_only, "imbalance-only"),
        (
            order.duration.is_some_and(|seconds| seconds != 0),
            "a duration",
        ),
    ];
    let unsaid = fields.into_iter().filter(|(there, _)| *there);
    unsaid.map(|(_, name)| name).collect()
}

/// An order with the units in which its prices are.
#[derive(Clone, Copy)]
struct Wire<'a> {
    order: &'a Order,
    magnifier: Decimal,
}

impl core::ops::Deref for Wire<'_> {
    type Target = Order;
    fn deref(&self) -> &Order {
        self.order
    }
}

impl Wire<'_> {
    fn price(&self, value: Option<f64>, field: &str) -> Result<Price> {
        value
            .and_then(convert::price)
            .and_then(|price| scaled(price, self.magnifier))
            .ok_or_else(|| Error::new(ErrorKind::Protocol, format!("the order has no {field}")))
    }

    fn amount(&self, value: Option<f64>) -> Option<Decimal> {
        value
            .and_then(convert::optional)?
            .checked_div(self.magnifier)
    }
}

/// A price of TWS in the instrument's currency.
pub(crate) fn scaled(price: Price, magnifier: Decimal) -> Option<Price> {
    if magnifier == Decimal::ONE {
        return Some(price);
    }
    Price::new(price.get().checked_div(magnifier)?).ok()
}

fn order_type(order: Wire<'_>) -> Result<OrderType> {
    let opening = order.tif == Tif::OnOpen;
    if let Some(algo) = algo(order)? {
        return Ok(OrderType::Algo(algo));
    }
    Ok(match order.order_type.as_str() {
        word::MARKET if opening => OrderType::MarketOnOpen,
        word::MARKET => OrderType::Market,
        word::LIMIT if opening => OrderType::LimitOnOpen {
            price: limit(order)?,
        },
        word::LIMIT => OrderType::Limit {
            price: limit(order)?,
        },
        word::STOP => OrderType::Stop {
            trigger: trigger(order)?,
        },
        word::STOP_LIMIT => OrderType::StopLimit {
            trigger: trigger(order)?,
            price: limit(order)?,
        },
        word::TRAIL => OrderType::TrailingStop {
            offset: offset(order)?,
            trigger: trail_stop(order),
        },
        word::TRAIL_LIMIT => OrderType::TrailingStopLimit {
            offset: offset(order)?,
            limit_offset: order.amount(order.limit_price_offset).unwrap_or_default(),
            trigger: trail_stop(order),
        },
        word::MARKET_ON_CLOSE => OrderType::MarketOnClose,
        word::LIMIT_ON_CLOSE => OrderType::LimitOnClose {
            price: limit(order)?,
        },
        word::MARKET_IF_TOUCHED => OrderType::MarketIfTouched {
            trigger: trigger(order)?,
        },
        word::LIMIT_IF_TOUCHED => OrderType::LimitIfTouched {
            trigger: trigger(order)?,
            price: limit(order)?,
        },
        word::MARKET_TO_LIMIT => OrderType::MarketToLimit,
        other => {
            return Err(Error::unsupported(format!(
                "core has no word for the order type {other:?}"
            )));
        }
    })
}

fn algo(order: Wire<'_>) -> Result<Option<Algo>> {
    let strategy = match order.algo_strategy.as_str() {
        word::TWAP => AlgoStrategy::Twap,
        word::VWAP => AlgoStrategy::Vwap,
        // The broker's own algorithms are in the extension; core sees the order underneath.
        _ => return Ok(None),
    };
    let told = |tag: &str| {
        order
            .algo_params
            .iter()
            .find(|param| param.tag == tag)
            .map(|param| param.value.as_str())
    };
    let mut algo = Algo::new(strategy);
    algo.start = told("startTime").and_then(time);
    algo.end = told("endTime").and_then(time);
    algo.participation = told("maxPctVol").and_then(convert::text);
    if order.order_type == word::LIMIT {
        algo.price = Some(limit(order)?);
    }
    Ok(Some(algo))
}

fn lifetime(order: &Order) -> Result<TimeInForce> {
    Ok(match &order.tif {
        Tif::Day => TimeInForce::Day,
        Tif::GoodTillCanceled => TimeInForce::Gtc,
        Tif::GoodTillDate => TimeInForce::Gtd(
            time(&order.good_till_date)
                .ok_or_else(|| unreadable("goodTillDate", &order.good_till_date))?,
        ),
        Tif::ImmediateOrCancel => TimeInForce::Ioc,
        Tif::FillOrKill => TimeInForce::Fok,
        Tif::OnOpen => TimeInForce::Opg,
        other => {
            return Err(Error::unsupported(format!(
                "core has no word for the lifetime {other}"
            )));
        }
    })
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    convert::instant(text, None).ok()
}

fn limit(order: Wire<'_>) -> Result<Price> {
    order.price(order.limit_price, "limit price")
}

fn trigger(order: Wire<'_>) -> Result<Price> {
    order.price(order.aux_price, "trigger price")
}

fn trail_stop(order: Wire<'_>) -> Option<Price> {
    order
        .price(order.trail_stop_price, "first trigger")
        .ok()
        .filter(|price| !price.get().is_zero())
}

fn offset(order: Wire<'_>) -> Result<TrailingOffset> {
    let percent = order.trailing_percent.and_then(convert::optional);
    let amount = order.amount(order.aux_price);
    match (
        percent.filter(|value| !value.is_zero()),
        amount.filter(|value| !value.is_zero()),
    ) {
        (Some(percent), _) => Ok(TrailingOffset::Percent(percent)),
        (None, Some(amount)) => Ok(TrailingOffset::Amount(amount)),
        (None, None) => Err(Error::new(
            ErrorKind::Protocol,
            "the trailing order has no distance",
        )),
    }
}

fn unreadable(field: &str, text: &str) -> Error {
    Error::new(
        ErrorKind::Protocol,
        format!("{field} {text:?} is not an instant"),
    )
}
