//! Pages of bars: the newest first, the rest behind a token.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use chrono::{DateTime, Utc};
use serde_json::Value;

use super::bars::Candle;
use crate::tiger::gateway::{Complaint, parameters::Parameters};

/// What a token must be asked again with: everything but itself, the number of bars, which the
/// official client lowers for its last page, and the language.
fn question(asked: Parameters<'_>, symbol: &str) -> String {
    let mut members: Vec<String> = Vec::new();
    for (name, value) in asked.raw().as_object().into_iter().flatten() {
        if !matches!(name.as_str(), "page_token" | "limit" | "lang") {
            members.push(format!("{name}={value}"));
        }
    }
    members.sort();
    format!("{symbol}|{}", members.join("|"))
}

/// Where a page ends: before this instant.
pub(in crate::tiger::gateway) fn page_end(
    asked: Parameters<'_>,
    symbols: &[&str],
) -> Result<Option<DateTime<Utc>>, Complaint> {
    let Some(token) = asked.text("page_token")? else {
        return Ok(None);
    };
    let wrong = || Complaint::business("page_token is invalid");
    let [symbol] = symbols else {
        return Err(Complaint::business(
            "page_token can be used with one symbol only",
        ));
    };
    let bytes = BASE64.decode(token).map_err(|_| wrong())?;
    let text = String::from_utf8(bytes).map_err(|_| wrong())?;
    let (end, asked_before) = text.split_once('|').ok_or_else(wrong)?;
    if asked_before != question(asked, symbol) {
        return Err(wrong());
    }
    let end = end.parse().map_err(|_| wrong())?;
    DateTime::from_timestamp_millis(end)
        .map(Some)
        .ok_or_else(wrong)
}

/// The newest bars of a page, and the token of the page before it if there is one.
pub(in crate::tiger::gateway) fn page(
    asked: Parameters<'_>,
    symbol: &str,
    mut bars: Vec<Candle>,
    limit: usize,
) -> (Vec<Candle>, Value) {
    let skip = bars.len().saturating_sub(limit);
    let bars = bars.split_off(skip);
    let token = bars.first().filter(|_| skip > 0).map(|first| {
        let end = first.start.timestamp_millis();
        BASE64.encode(format!("{end}|{}", question(asked, symbol)))
    });
    (bars, token.map_or(Value::Null, Value::from))
}
