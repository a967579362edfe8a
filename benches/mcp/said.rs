//! What is said, and whether an answer is one.

use super::Outcome;

pub(super) const HELLO: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;
pub(super) const READY: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// Asks for the price of one share.
pub(super) fn call(id: u64) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"get_quotes","arguments":{{"symbols":["AAPL"]}}}}}}"#
    )
}

/// Whether a text is in these bytes.
pub(super) fn has(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Whether these bytes begin with the answer of this number.
pub(super) fn answers(bytes: &[u8], id: u64) -> bool {
    has(bytes.get(..160).unwrap_or(bytes), &format!("\"id\":{id},"))
}

/// Looks at an answer: it has to be structured, about the share, and no failure.
pub(super) fn check(bytes: &[u8]) -> Outcome {
    let right = has(bytes, "\"structuredContent\":")
        && has(bytes, "\"symbol\":\"AAPL\"")
        && has(bytes, "\"isError\":false");
    if right {
        return Ok(());
    }
    let text = String::from_utf8_lossy(bytes);
    Err(format!("this is no quote: {text}").into())
}
