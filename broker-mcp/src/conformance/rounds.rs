//! The fixtures that ask by answering, since 2026-07-28.
// Sampling and roots are given up by the protocol and still part of its suite.
#![expect(deprecated)]

use core::time::Duration;

use rmcp::{
    ErrorData, RoleServer,
    model::{
        CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, CreateMessageRequest,
        CreateMessageRequestParams, ElicitRequest, ElicitRequestParams, GetPromptResponse,
        GetPromptResult, InputRequest, InputRequests, InputRequiredResult, InputResponses,
        ListRootsRequest, PromptMessage, RequestStateCodec, Role, SamplingMessage, SealOptions,
        Tool,
    },
    service::RequestContext,
};
use serde_json::{Value, json};

use super::tools::object;

const TOOLS: [&str; 8] = [
    "test_input_required_result_elicitation",
    "test_input_required_result_sampling",
    "test_input_required_result_list_roots",
    "test_input_required_result_request_state",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_multi_round",
    "test_input_required_result_tampered_state",
    "test_input_required_result_capabilities",
];

pub(super) fn list() -> Vec<Tool> {
    let empty = || object(json!({ "type": "object", "properties": {} }));
    TOOLS
        .iter()
        .map(|name| Tool::new(*name, "A fixture.", empty()))
        .collect()
}

fn form(message: &str, field: &str, kind: &str) -> Result<InputRequest, ErrorData> {
    let schema = json!({
        "type": "object",
        "properties": { field: { "type": kind } },
        "required": [field],
    });
    let requested_schema = serde_json::from_value(schema)
        .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
    let params = ElicitRequestParams::FormElicitationParams {
        meta: None,
        message: message.to_owned(),
        requested_schema,
    };
    Ok(InputRequest::Elicitation(ElicitRequest::new(params)))
}

fn sampling(text: &str, most: u32) -> InputRequest {
    let message = SamplingMessage::user_text(text);
    let params = CreateMessageRequestParams::new(vec![message], most);
    InputRequest::CreateMessage(CreateMessageRequest::new(params))
}

fn roots() -> InputRequest {
    InputRequest::ListRoots(ListRootsRequest::default())
}

fn ask<const N: usize>(
    asked: [(&str, InputRequest); N],
    state: Option<String>,
) -> CallToolResponse {
    let asked = asked.map(|(name, request)| (name.to_owned(), request));
    InputRequiredResult::new(Some(InputRequests::from(asked)), state).into()
}

fn done(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text)]).into()
}

/// What came back to a question: an object, or it is none.
fn response<'a>(responses: Option<&'a InputResponses>, name: &str) -> Option<&'a Value> {
    responses?.get(name).filter(|value| value.is_object())
}

fn field<'a>(response: &'a Value, name: &str) -> Option<&'a str> {
    response.get("content")?.get(name)?.as_str()
}

/// The answer of a fixture; `None` for what is none.
pub(super) fn call(
    codec: &RequestStateCodec,
    name: &str,
    responses: Option<&InputResponses>,
    state: Option<&str>,
    context: &RequestContext<RoleServer>,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let capabilities = context.client_capabilities().unwrap_or_default();
    if name == "test_missing_capability" {
        let needed = ClientCapabilities::builder().enable_sampling().build();
        return Some(match capabilities.sampling {
            Some(_) => Ok(done("The client can sample.")),
            None => Err(ErrorData::missing_required_client_capability(needed)),
        });
    }
    if name != "test_streaming_elicitation" && !TOOLS.contains(&name) {
        return None;
    }
    Some(answer(codec, name, responses, state, &capabilities))
}

fn answer(
    codec: &RequestStateCodec,
    name: &str,
    responses: Option<&InputResponses>,
    state: Option<&str>,
    capabilities: &ClientCapabilities,
) -> Result<CallToolResponse, ErrorData> {
    let seal = |step: &str| {
        let options = SealOptions::new()
            .associated_data(name.as_bytes())
            .ttl(Duration::from_secs(120));
        codec.seal_with(step.as_bytes(), &options)
    };
    let open = |sealed: &str| {
        let opened = codec.open_with(sealed, name.as_bytes());
        let message = "the request state is not good";
        opened.map_err(|_| ErrorData::invalid_params(message, None))
    };
    let step = match state {
        Some(sealed) => Some(String::from_utf8_lossy(&open(sealed)?).into_owned()),
        None => None,
    };
    let step = step.as_deref();
    match name {
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => {
            match response(responses, "user_name").and_then(|said| field(said, "name")) {
                Some(name) => Ok(done(format!("Hello, {name}!"))),
                None => {
                    let form = form("What is your name?", "name", "string")?;
                    Ok(ask([("user_name", form)], None))
                }
            }
        }
        "test_input_required_result_sampling" => match response(responses, "capital_question") {
            Some(said) => Ok(done(field(said, "text").unwrap_or_default())),
            None => {
                let asked = sampling("What is the capital of France?", 100);
                Ok(ask([("capital_question", asked)], None))
            }
        },
        "test_input_required_result_list_roots" => match response(responses, "client_roots") {
            Some(said) => Ok(done(format!("Roots: {}", said["roots"]))),
            None => Ok(ask([("client_roots", roots())], None)),
        },
        "test_input_required_result_request_state"
        | "test_input_required_result_tampered_state" => {
            match (response(responses, "confirm"), step) {
                (Some(_), Some("asked")) => Ok(done("state-ok")),
                _ => {
                    let form = form("Please confirm", "ok", "boolean")?;
                    Ok(ask([("confirm", form)], Some(seal("asked"))))
                }
            }
        }
        "test_input_required_result_multiple_inputs" => {
            let all = ["user_name", "greeting", "client_roots"];
            let answered = all.iter().all(|one| response(responses, one).is_some());
            if answered && step == Some("asked") {
                return Ok(done("All of it."));
            }
            let form = form("What is your name?", "name", "string")?;
            Ok(ask(
                [
                    ("user_name", form),
                    ("greeting", sampling("Generate a greeting", 50)),
                    ("client_roots", roots()),
                ],
                Some(seal("asked")),
            ))
        }
        "test_input_required_result_multi_round" => match step {
            Some("one") if response(responses, "step1").is_some() => {
                let form = form("Step 2: What is your favorite color?", "color", "string")?;
                Ok(ask([("step2", form)], Some(seal("two"))))
            }
            Some("two") if response(responses, "step2").is_some() => Ok(done("Both steps.")),
            _ => {
                let form = form("Step 1: What is your name?", "name", "string")?;
                Ok(ask([("step1", form)], Some(seal("one"))))
            }
        },
        // Only what the client can do is asked for.
        _ => {
            let mut asked = InputRequests::new();
            if capabilities.sampling.is_some() {
                asked.insert("sampled".to_owned(), sampling("Say something", 50));
            }
            if capabilities.elicitation.is_some() {
                let form = form("What is your name?", "name", "string")?;
                asked.insert("user_name".to_owned(), form);
            }
            if asked.is_empty() || responses.is_some() {
                return Ok(done("Nothing to ask."));
            }
            Ok(InputRequiredResult::from_input_requests(asked).into())
        }
    }
}

/// The prompt that asks.
pub(super) fn prompt(responses: Option<&InputResponses>) -> Result<GetPromptResponse, ErrorData> {
    if let Some(said) = responses.and_then(|all| all.values().find(|one| one.is_object())) {
        let text = format!("Context: {}", said["content"]);
        let message = PromptMessage::new_text(Role::User, text);
        return Ok(GetPromptResult::new(vec![message]).into());
    }
    let form = form("What context should the prompt use?", "context", "string")?;
    let asked = InputRequests::from([("user_context".to_owned(), form)]);
    Ok(InputRequiredResult::from_input_requests(asked).into())
}
