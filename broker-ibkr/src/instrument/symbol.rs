//! Tickers: how an exchange writes them and how the gateway does.

use broker_core::{
    Result,
    model::{Mic, Symbol},
};

/// Width of a Hong Kong code.
const HONG_KONG_DIGITS: usize = 5;

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Exchanges where the gateway writes a share class behind a space: `BRK B` for `BRK.B`.
fn spaces_classes(mic: Mic) -> bool {
    matches!(
        mic.as_str(),
        "XNAS" | "XNYS" | "XASE" | "ARCX" | "BATS" | "IEXG" | "PINX"
    )
}

/// The gateway's ticker of a share: `700` for `00700` in Hong Kong, `BRK B` for `BRK.B` in New York.
pub(super) fn to_wire(symbol: &str, primary: Mic) -> String {
    if primary == Mic::XHKG && is_number(symbol) {
        let short = symbol.trim_start_matches('0');
        return if short.is_empty() { "0" } else { short }.to_owned();
    }
    if spaces_classes(primary) {
        return symbol.replace('.', " ");
    }
    symbol.to_owned()
}

/// The exchange's ticker of a share.
///
/// # Errors
/// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest) when the gateway's text is no ticker.
pub(super) fn from_wire(text: &str, primary: Mic) -> Result<Symbol> {
    if primary == Mic::XHKG && is_number(text) {
        return Ok(Symbol::new(format!("{text:0>HONG_KONG_DIGITS$}"))?);
    }
    if spaces_classes(primary) {
        return Ok(Symbol::new(text.trim().replace(' ', "."))?);
    }
    Ok(Symbol::new(text.trim())?)
}
