use broker_core::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Number, Value};

/// A number as a server that computes with doubles prints it: the shortest text of the nearest one.
pub(super) fn number(value: Decimal) -> Value {
    let double = value.to_string().parse().ok().and_then(Number::from_f64);
    double.map_or(Value::Null, Value::Number)
}

/// A number for the wire, which has doubles.
pub(super) fn double(value: Decimal) -> f64 {
    // By the text: the nearest double, which a conversion digit by digit can miss.
    value.to_string().parse().unwrap_or_default()
}

/// A quantity as a whole number and the power of ten that it is divided by.
pub(super) fn scaled(value: Decimal) -> (i64, i32) {
    let value = value.normalize();
    let units = i64::try_from(value.mantissa());
    let scale = i32::try_from(value.scale());
    match (units, scale) {
        (Ok(units), Ok(scale)) => (units, scale),
        // More digits than the wire has: the nearest whole number.
        _ => (value.round().to_i64().unwrap_or_default(), 0),
    }
}
