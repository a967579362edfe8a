//! The fixtures of the era of `initialize`.
// Sampling and logging are given up by the protocol and still part of its suite.
#![expect(deprecated)]

use core::time::Duration;

use rmcp::{
    ErrorData, RoleServer,
    model::{
        CallToolResponse, CallToolResult, ContentBlock, CreateMessageRequestParams,
        ElicitRequestParams, ElicitationSchema, LoggingLevel, LoggingMessageNotificationParam,
        ProgressNotificationParam, SamplingMessage, Tool,
    },
    service::RequestContext,
};
use serde_json::{Map, Value, json};

use super::content::{AUDIO, IMAGE, embedded};

/// Between two messages, so that a client can tell them apart.
const PAUSE: Duration = Duration::from_millis(50);

const PLAIN: [&str; 15] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_tool_with_logging",
    "test_error_handling",
    "test_tool_with_progress",
    "test_elicitation_sep1034_defaults",
    "test_elicitation_sep1330_enums",
    "test_reconnection",
    "test_missing_capability",
    "test_streaming_elicitation",
    "test_logging_tool",
    "test_trigger_tool_change",
];

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

pub(super) fn list() -> Vec<Tool> {
    let empty = || object(json!({ "type": "object", "properties": {} }));
    let mut tools: Vec<Tool> = PLAIN
        .iter()
        .map(|name| Tool::new(*name, "A fixture.", empty()))
        .collect();
    let one = |name: &str| {
        object(json!({
            "type": "object",
            "properties": { name: { "type": "string" } },
            "required": [name],
        }))
    };
    tools.push(Tool::new("test_sampling", "A fixture.", one("prompt")));
    tools.push(Tool::new("test_elicitation", "A fixture.", one("message")));
    let header = json!({
        "type": "object",
        "properties": { "region": { "type": "string", "x-mcp-header": "Region" } },
        "required": ["region"],
    });
    tools.push(Tool::new("test_x_mcp_header", "A fixture.", object(header)));
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": { "street": { "type": "string" }, "city": { "type": "string" } },
            },
        },
        "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" },
        },
        "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
        "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
        "then": { "required": ["phone"] },
        "else": { "required": ["email"] },
        "additionalProperties": false,
    });
    tools.push(Tool::new(
        "json_schema_2020_12_tool",
        "A fixture.",
        object(schema),
    ));
    tools
}

fn text(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}

fn failed(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::error(vec![ContentBlock::text(text)]).into()
}

/// The answer of a fixture; `None` for what is none.
pub(super) async fn call(
    name: &str,
    arguments: &Map<String, Value>,
    context: &RequestContext<RoleServer>,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let given = |name: &str| {
        arguments
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    Some(Ok(match name {
        "test_simple_text" => text("This is a simple text response for testing."),
        "test_image_content" => {
            CallToolResult::success(vec![ContentBlock::image(IMAGE, "image/png")]).into()
        }
        "test_audio_content" => {
            CallToolResult::success(vec![ContentBlock::audio(AUDIO, "audio/wav")]).into()
        }
        "test_embedded_resource" => {
            let content = "This is an embedded resource content.";
            let resource = embedded("test://embedded-resource", "text/plain", content);
            CallToolResult::success(vec![resource]).into()
        }
        "test_multiple_content_types" => CallToolResult::success(vec![
            ContentBlock::text("Multiple content types test:"),
            ContentBlock::image(IMAGE, "image/png"),
            embedded(
                "test://mixed-content-resource",
                "application/json",
                &json!({ "test": "data", "value": 123 }).to_string(),
            ),
        ])
        .into(),
        "test_tool_with_logging" => {
            for message in [
                "Tool execution started",
                "Tool processing data",
                "Tool execution completed",
            ] {
                let message =
                    LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(message));
                // A client that has gone hears nothing, and nothing depends on it.
                let _ = context.peer.notify_logging_message(message).await;
                tokio::time::sleep(PAUSE).await;
            }
            text("Logged.")
        }
        "test_logging_tool" => text("Nothing was logged, as nobody asked for it."),
        "test_error_handling" => failed("This tool intentionally returns an error for testing"),
        "test_tool_with_progress" => {
            for done in [0.0, 50.0, 100.0] {
                if let Some(token) = context.meta.get_progress_token() {
                    let report = ProgressNotificationParam::new(token, done).with_total(100.0);
                    let _ = context.peer.notify_progress(report).await;
                }
                tokio::time::sleep(PAUSE).await;
            }
            text("Done.")
        }
        "test_sampling" => {
            let prompt = SamplingMessage::user_text(given("prompt"));
            let asked = CreateMessageRequestParams::new(vec![prompt], 100);
            match context.peer.create_message(asked).await {
                Ok(result) => {
                    let said = result.message.content.first().and_then(|one| one.as_text());
                    let said = said.map(|said| said.text.clone()).unwrap_or_default();
                    text(format!("LLM response: {said}"))
                }
                Err(error) => failed(error.to_string()),
            }
        }
        "test_elicitation" => {
            let schema = json!({
                "type": "object",
                "properties": {
                    "username": { "type": "string", "description": "User's response" },
                    "email": { "type": "string", "description": "User's email address" },
                },
                "required": ["username", "email"],
            });
            asked(context, given("message"), schema).await
        }
        "test_elicitation_sep1034_defaults" => {
            let schema = json!({
                "type": "object",
                "properties": {
                    "name": { "type": "string", "default": "John Doe" },
                    "age": { "type": "integer", "default": 30 },
                    "score": { "type": "number", "default": 95.5 },
                    "status": {
                        "type": "string",
                        "enum": ["active", "inactive", "pending"],
                        "default": "active",
                    },
                    "verified": { "type": "boolean", "default": true },
                },
            });
            asked(context, "Values with defaults", schema).await
        }
        "test_elicitation_sep1330_enums" => asked(context, "Choices", choices()).await,
        "json_schema_2020_12_tool" => text(format!("Hello, {}.", given("name"))),
        "test_reconnection" => {
            tokio::time::sleep(PAUSE * 2).await;
            text("Reconnected.")
        }
        "test_x_mcp_header" => text(given("region")),
        "test_trigger_tool_change" => text("The list of tools never changes."),
        _ => return None,
    }))
}

fn choices() -> Value {
    let titled = json!([
        { "const": "value1", "title": "First Option" },
        { "const": "value2", "title": "Second Option" },
        { "const": "value3", "title": "Third Option" },
    ]);
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
            "titledSingle": { "type": "string", "oneOf": titled },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {
                "type": "array",
                "items": { "type": "string", "enum": ["option1", "option2", "option3"] },
            },
            "titledMulti": { "type": "array", "items": { "anyOf": titled } },
        },
    })
}

async fn asked(
    context: &RequestContext<RoleServer>,
    message: &str,
    schema: Value,
) -> CallToolResponse {
    let requested_schema: ElicitationSchema = match serde_json::from_value(schema) {
        Ok(schema) => schema,
        Err(error) => return failed(error.to_string()),
    };
    let form = ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.to_owned(),
        requested_schema,
    };
    match context.peer.create_elicitation(form).await {
        Ok(result) => {
            let action = serde_json::to_value(&result.action).unwrap_or_default();
            let content = result.content.unwrap_or_default();
            let action = action.as_str().unwrap_or_default();
            text(format!(
                "Elicitation completed: action={action}, content={content}"
            ))
        }
        Err(error) => failed(error.to_string()),
    }
}
