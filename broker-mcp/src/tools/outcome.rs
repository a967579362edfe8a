//! Answers and faults as the protocol writes them.

use rmcp::{
    ErrorData,
    model::{CallToolResult, ContentBlock},
};
use serde_json::json;

use crate::{Fault, FaultCode, alias::Reply, value::Untrusted};

/// An answer: structured, and the same as text for clients that read no structure.
pub(super) fn success(reply: Reply) -> CallToolResult {
    let mut result = CallToolResult::structured(reply.structured);
    if let Some(text) = reply.text {
        result.content = vec![ContentBlock::text(text)];
    }
    result
}

/// A fault: one block of text that a model can act on. It has no structured content, because some
/// clients hold that against the schema of answers even then.
pub(super) fn failure(fault: &Fault) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text(fault))])
}

fn text(fault: &Fault) -> String {
    serde_json::to_string(fault).unwrap_or_else(|_| fault.message.clone())
}

/// The tool does not exist, or not for this caller.
pub(super) fn no_such_tool(name: &str) -> ErrorData {
    ErrorData::invalid_params(format!("tool not found: {}", shown(name)), None)
}

/// What a caller wrote, fit for a message.
pub(super) fn shown(text: &str) -> String {
    Untrusted::line(text, 80)
}

/// A fault where the protocol has no results that fail, such as in reading a resource.
pub(super) fn protocol_error(fault: &Fault, uri: Option<&str>) -> ErrorData {
    let data = serde_json::to_value(fault).ok();
    match (fault.code, uri) {
        (FaultCode::NotFound | FaultCode::Forbidden, Some(uri)) => ErrorData::resource_not_found(
            format!("resource not found: {}", shown(uri)),
            Some(json!({ "uri": uri })),
        ),
        (FaultCode::InvalidRequest | FaultCode::Ambiguous | FaultCode::NotFound, _) => {
            ErrorData::invalid_params(fault.message.clone(), data)
        }
        (FaultCode::Unauthenticated | FaultCode::Forbidden, _) => {
            ErrorData::invalid_request(fault.message.clone(), data)
        }
        _ => ErrorData::internal_error(fault.message.clone(), data),
    }
}
