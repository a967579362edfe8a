//! Fixed point prices and quantities: the book compares and adds integers only.

use rust_decimal::Decimal;

/// Decimal places of [`BookPrice`] and [`BookQuantity`].
pub const PLACES: u32 = 8;

/// One whole unit (1.00000000) in fixed point.
const ONE: i64 = 100_000_000;

/// A price in steps of 10⁻⁸ of the quote currency; zero and negative prices are allowed.
///
/// The range is about ±92 billion.
///
/// ```
/// use broker_sim::exchange::book::BookPrice;
/// use rust_decimal::Decimal;
///
/// let price = BookPrice::from_decimal(Decimal::new(10_125, 2)).unwrap();
/// assert_eq!(price, BookPrice::from_steps(10_125_000_000));
/// assert_eq!(price.to_decimal().to_string(), "101.25");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BookPrice(i64);

impl BookPrice {
    /// The price of `steps` × 10⁻⁸.
    #[must_use]
    pub const fn from_steps(steps: i64) -> Self {
        Self(steps)
    }

    /// The price of `units` whole currency units; `None` out of range.
    #[must_use]
    pub const fn whole(units: i64) -> Option<Self> {
        match units.checked_mul(ONE) {
            Some(steps) => Some(Self(steps)),
            None => None,
        }
    }

    /// The number of 10⁻⁸ steps.
    #[must_use]
    pub const fn steps(self) -> i64 {
        self.0
    }

    /// The exact price; `None` if it has more than eight places or is out of range.
    #[must_use]
    pub fn from_decimal(value: Decimal) -> Option<Self> {
        steps_of(value).map(Self)
    }

    /// The price as a decimal without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        decimal_of(self.0)
    }

    /// The distance to another price in steps; never overflows.
    #[must_use]
    pub const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }
}

/// A quantity in steps of 10⁻⁸ of the instrument's unit (share, contract, coin); never negative.
///
/// An order's quantity is greater than zero; zero appears only in what is left of it. The largest
/// quantity is about 92 billion units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct BookQuantity(i64);

impl BookQuantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest quantity the book can count.
    pub const MAX: Self = Self(i64::MAX);

    /// The quantity of `steps` × 10⁻⁸; `None` if negative.
    #[must_use]
    pub const fn from_steps(steps: i64) -> Option<Self> {
        if steps < 0 { None } else { Some(Self(steps)) }
    }

    /// The quantity of `units` whole units.
    #[must_use]
    pub const fn whole(units: u32) -> Self {
        // u32::MAX × 10⁸ is less than i64::MAX, so neither step can lose anything.
        Self((units as i64).saturating_mul(ONE))
    }

    /// The number of 10⁻⁸ steps.
    #[must_use]
    pub const fn steps(self) -> i64 {
        self.0
    }

    /// The exact quantity; `None` if negative, with more than eight places, or out of range.
    #[must_use]
    pub fn from_decimal(value: Decimal) -> Option<Self> {
        steps_of(value).and_then(Self::from_steps)
    }

    /// The quantity as a decimal without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        decimal_of(self.0)
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum; `None` above [`BookQuantity::MAX`].
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The sum, at most [`BookQuantity::MAX`].
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, at least zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        if other.0 >= self.0 {
            Self::ZERO
        } else {
            Self(self.0.saturating_sub(other.0))
        }
    }
}

/// 10ⁿ; `None` if it does not fit.
fn power_of_ten(exponent: u32) -> Option<i64> {
    10_i64.checked_pow(exponent)
}

fn steps_of(value: Decimal) -> Option<i64> {
    let (mantissa, scale) = (value.mantissa(), value.scale());
    if let Some(missing) = PLACES.checked_sub(scale) {
        // Scaling up only grows the mantissa, so one that is too wide already is out of range.
        return i64::try_from(mantissa)
            .ok()?
            .checked_mul(power_of_ten(missing)?);
    }
    let surplus = scale.checked_sub(PLACES)?;
    if let (Ok(narrow), Some(divisor)) = (i64::try_from(mantissa), power_of_ten(surplus)) {
        // A 128-bit division costs many times a 64-bit one.
        return (narrow.checked_rem(divisor)? == 0).then(|| narrow.checked_div(divisor))?;
    }
    let divisor = 10_i128.checked_pow(surplus)?;
    if mantissa.checked_rem(divisor)? != 0 {
        return None;
    }
    i64::try_from(mantissa.checked_div(divisor)?).ok()
}

fn decimal_of(steps: i64) -> Decimal {
    // Most prices have two places, many quantities none: these two cuts avoid the loop.
    let (mut mantissa, mut scale) = match (steps % ONE, steps % 1_000_000) {
        (0, _) => (steps / ONE, 0),
        (_, 0) => (steps / 1_000_000, 2),
        _ => (steps, PLACES),
    };
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    Decimal::new(mantissa, scale)
}
