//! One cell of text into one value, exactly: no rounding, no `f64`, nothing lenient.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::error::{DataErrorKind, Fault};
use super::record::{BarTime, MAX_SCALE, check_price, check_volume, check_year};

const NUMBER: &str =
    "digits with at most one decimal point, no exponent and no thousands separators";
const DATE: &str = "a date as yyyy-mm-dd";
const TIMESTAMP: &str = "a timestamp with a zone, as 2024-01-02T14:30:00Z or +01:00";

/// A price: above 0, at most 10^9, at most 18 decimal places.
pub(super) fn price(text: &str) -> Result<Decimal, Fault> {
    let value = number(text)?;
    check_price(value)?;
    Ok(value)
}

/// A volume or a size: 0 to 10^15, at most 18 decimal places.
pub(super) fn volume(text: &str) -> Result<Decimal, Fault> {
    let value = number(text)?;
    check_volume(value)?;
    Ok(value)
}

fn number(text: &str) -> Result<Decimal, Fault> {
    let bad = |expected: &'static str| Fault::new(DataErrorKind::BadNumber, expected);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !fraction.is_none_or(all_digits) {
        return Err(bad(NUMBER));
    }
    if u32::try_from(fraction.unwrap_or_default().len()).unwrap_or(u32::MAX) > MAX_SCALE {
        return Err(bad("at most 18 decimal places"));
    }
    let too_large = || {
        Fault::new(
            DataErrorKind::TooLarge,
            "a price up to 10^9, a volume up to 10^15",
        )
    };
    // Of plain digits with few decimal places, only the size can be wrong.
    Decimal::from_str_exact(text).map_err(|_| too_large())
}

/// A date as yyyy-mm-dd from 1900 to 2200.
pub(super) fn date(text: &str) -> Result<NaiveDate, Fault> {
    let bad = || Fault::new(DataErrorKind::BadDate, DATE);
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return Err(bad());
    };
    let decimal = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + u32::from(*digit - b'0'))
        })
    };
    let year = decimal(&[y1, y2, y3, y4]).and_then(|year| i32::try_from(year).ok());
    let (Some(year), Some(month), Some(day)) = (year, decimal(&[m1, m2]), decimal(&[d1, d2]))
    else {
        return Err(bad());
    };
    let exists = || Fault::new(DataErrorKind::BadDate, "a date that exists, as yyyy-mm-dd");
    let date = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(exists)?;
    check_year(date)?;
    Ok(date)
}

/// An RFC 3339 timestamp from 1900 to 2200.
pub(super) fn timestamp(text: &str) -> Result<DateTime<Utc>, Fault> {
    let parsed = DateTime::parse_from_rfc3339(text)
        .map_err(|_| Fault::new(DataErrorKind::BadDate, TIMESTAMP))?
        .to_utc();
    check_year(parsed.date_naive())?;
    Ok(parsed)
}

/// A date, or else a timestamp.
pub(super) fn date_or_timestamp(text: &str) -> Result<BarTime, Fault> {
    if text.len() <= 10 {
        return date(text).map(BarTime::Date);
    }
    timestamp(text).map(BarTime::Start)
}

/// A symbol: 1 to 64 bytes without control characters.
pub(super) fn symbol(text: &str) -> Result<&str, Fault> {
    if text.is_empty() || text.len() > 64 || text.chars().any(char::is_control) {
        let expected = "a symbol of 1 to 64 bytes without control characters";
        return Err(Fault::new(DataErrorKind::BadSymbol, expected));
    }
    Ok(text)
}
