//! The tools of `tws-mcp`, by both sets of names: with `ibkr_` and without.
//!
//! `design.rs` is what its design promises, `extra.rs` what the server has beyond that, `absent.rs`
//! what we have no operation for, `prices.rs` where
//! its two prices belong; here is what the lists share.

mod absent;
mod design;
mod extra;
pub(crate) mod prices;

use serde_json::{Map, Value};

use super::{
    Alias, Profile, Target,
    argument::{Argument, Kind, Place, id, number, part, placed, text},
    entry::{Of, Shape},
};

pub(super) use absent::ABSENT;
pub(super) use design::DESIGN;
pub(super) use extra::EXTRA;

const fn alias(
    names: &'static [&'static str],
    target: &'static str,
    arguments: &'static [Argument],
    of: Of,
    shape: fn(&Value, &Map<String, Value>) -> Value,
) -> Alias {
    Alias {
        profile: Profile::Tws,
        names,
        target: Target::One(target),
        arguments,
        of,
        fixed: &[],
        finish: None,
        shape: Shape::Json(shape),
    }
}

const ACCOUNT: Argument = text("account", "account");
/// An empty account is all of them there.
const ANY_ACCOUNT: Argument = text("account", "account").or("\"all\"");
const SYMBOL: Argument = part("symbol", "symbol");
const SEC_TYPE: Argument = part("secType", "sec_type");
const EXCHANGE: Argument = part("exchange", "exchange");
const CURRENCY: Argument = part("currency", "currency");
const ORDER_ID: Argument = id("orderId", "order_id").required();
const CONTRACT: Argument = placed("contract", Kind::Object, Place::Contract);
const SECONDS: Argument = number("duration_seconds", "seconds").or("60");

/// The fields of an order object.
const ORDER: &[Argument] = &[
    text("action", "order.side").required(),
    number("totalQuantity", "order.quantity").required(),
    text("orderType", "order.type").required(),
    number("lmtPrice", "order.limit_price"),
    number("auxPrice", "order.aux"),
    number("trailingPercent", "order.percent"),
    text("tif", "order.time_in_force"),
    placed(
        "outsideRth",
        Kind::Flag,
        Place::Flagged("order.session", "extended", "regular"),
    ),
    placed("transmit", Kind::Flag, Place::To("order.transmit")),
    text("account", "account"),
    text("orderRef", "client_order_id"),
    placed(
        "orderId",
        Kind::Number,
        Place::Nowhere("the server gives it"),
    ),
    placed(
        "clientId",
        Kind::Number,
        Place::Nowhere("the server gives it"),
    ),
];

/// The arguments of an order without objects.
const FLAT: &[Argument] = &[
    SYMBOL.required(),
    text("action", "order.side").required(),
    number("quantity", "order.quantity").required(),
    text("orderType", "order.type").or("\"MKT\""),
    number("limitPrice", "order.limit_price"),
    number("auxPrice", "order.aux"),
    text("tif", "order.time_in_force"),
    placed("transmit", Kind::Flag, Place::To("order.transmit")),
    SEC_TYPE,
    EXCHANGE,
    CURRENCY,
    ACCOUNT,
];

const REPORTS: &[(&str, &str)] = &[
    ("ReportSnapshot", "summary"),
    ("ReportsFinSummary", "summary"),
    ("ReportsFinStatements", "statements"),
    ("ReportRatios", "ratios"),
    ("ReportsOwnership", "ownership"),
    ("RESC", "estimates"),
    ("CalendarReport", "calendar"),
];

const HISTORY: Of = Of::One("instrument");
