use broker_core::Decimal;
use serde_json::{Number, Value};

/// A number as a server that computes with doubles prints it: the shortest text of the nearest one.
pub(super) fn number(value: Decimal) -> Value {
    let double = value.to_string().parse().ok().and_then(Number::from_f64);
    double.map_or(Value::Null, Value::Number)
}
