use serde_json::{Map, Value};

use crate::Fault;

/// Puts the two prices of TWS where they belong. Its `auxPrice` is a stop, or the distance of one that
/// trails; the server's own tool took the price of a stop as `limitPrice`, so that is read, too. A zero
/// is how TWS says that there is no price.
pub(crate) fn prices(arguments: &mut Map<String, Value>) -> Result<(), Fault> {
    let Some(Value::Object(order)) = arguments.get_mut("order") else {
        return Ok(());
    };
    let word = order
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let kind = word.trim().to_ascii_uppercase().replace([' ', '_'], "");
    let trails = kind.starts_with("TRAIL");
    let is_zero = |value: &Value| value.as_f64() == Some(0.0) || value == "0";
    let needs_no_limit = matches!(kind.as_str(), "MKT" | "MARKET" | "STP" | "STOP" | "TRAIL");
    if needs_no_limit && order.get("limit_price").is_some_and(is_zero) {
        order.remove("limit_price");
    }
    let aux = order.remove("aux").filter(|aux| !is_zero(aux));
    let percent = order.remove("percent").filter(|percent| !is_zero(percent));
    match (aux, percent, trails) {
        (Some(_), Some(_), _) => {
            return Err(Fault::invalid("auxPrice", "the distance is said twice"));
        }
        (Some(aux), None, true) => {
            order.insert("trail".to_owned(), aux);
        }
        (Some(aux), None, false) => {
            order.insert("stop_price".to_owned(), aux);
        }
        (None, Some(percent), _) => {
            let percent = percent
                .as_str()
                .map_or_else(|| percent.to_string(), str::to_owned);
            order.insert("trail".to_owned(), Value::String(format!("{percent}%")));
        }
        (None, None, _) => {}
    }
    if matches!(kind.as_str(), "STP" | "STOP")
        && !order.contains_key("stop_price")
        && let Some(price) = order.remove("limit_price")
    {
        order.insert("stop_price".to_owned(), price);
    }
    if matches!(kind.as_str(), "LMT" | "LIMIT") && !order.contains_key("limit_price") {
        return Err(Fault::invalid(
            "limitPrice",
            "limitPrice is required for LMT orders",
        ));
    }
    Ok(())
}
