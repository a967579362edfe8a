//! Prices that come in single precision.

use broker_core::{
    Decimal,
    model::{Price, TickTable},
};

/// The smallest step that is looked for where nobody tells one.
const UNKNOWN_STEP: Decimal = rust_decimal::dec!(0.01);

/// The price that a number of single precision means, by the shortest text for it; `None` when its
/// neighbours are further away than the step of the price, so that it may mean another one.
pub(super) fn single(value: f32, ticks: Option<&TickTable>) -> Option<Price> {
    if !value.is_finite() || value <= 0.0 {
        return None;
    }
    let text: Decimal = value.to_string().parse().ok()?;
    let price = Price::new(text).ok()?;
    let whole = |value: f32| f64::from(value).to_string().parse::<Decimal>().ok();
    let next = whole(f32::from_bits(value.to_bits().checked_add(1)?))?;
    let apart = next.checked_sub(whole(value)?)?;
    let step = ticks.map_or(UNKNOWN_STEP, |ticks| ticks.increment(price));
    (apart < step).then_some(price)
}
