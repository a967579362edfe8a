use rmcp::model::{
    ContentBlock, GetPromptResult, Prompt, PromptArgument, PromptMessage, ReadResourceResult,
    Resource, ResourceContents, ResourceTemplate, Role,
};
use serde_json::{Map, Value, json};

/// One red pixel.
pub(super) const IMAGE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJggg==";
/// No sound.
pub(super) const AUDIO: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA=";

pub(super) fn embedded(uri: &str, mime: &str, text: &str) -> ContentBlock {
    ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(mime))
}

pub(super) fn resources() -> Vec<Resource> {
    [
        ("test://static-text", "Static text", "text/plain"),
        ("test://static-binary", "Static binary", "image/png"),
        ("test://watched-resource", "Watched", "text/plain"),
    ]
    .into_iter()
    .map(|(uri, name, mime)| Resource::new(uri, name).with_mime_type(mime))
    .collect()
}

pub(super) fn templates() -> Vec<ResourceTemplate> {
    let template = ResourceTemplate::new("test://template/{id}/data", "Template");
    vec![template.with_mime_type("application/json")]
}

pub(super) fn read(uri: &str) -> Option<ReadResourceResult> {
    let content = match uri {
        "test://static-text" => ResourceContents::text("The text of the static resource.", uri)
            .with_mime_type("text/plain"),
        "test://static-binary" => ResourceContents::blob(IMAGE, uri).with_mime_type("image/png"),
        "test://watched-resource" => {
            ResourceContents::text("Watched.", uri).with_mime_type("text/plain")
        }
        _ => {
            let id = uri
                .strip_prefix("test://template/")?
                .strip_suffix("/data")?;
            let data =
                json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            ResourceContents::text(data.to_string(), uri).with_mime_type("application/json")
        }
    };
    Some(ReadResourceResult::new(vec![content]))
}

pub(super) fn prompts() -> Vec<Prompt> {
    let argument = |name: &str| PromptArgument::new(name).with_required(true);
    let plain = |name: &str| Prompt::new(name, Some("A fixture."), None);
    vec![
        plain("test_simple_prompt"),
        Prompt::new(
            "test_prompt_with_arguments",
            Some("A fixture."),
            Some(vec![argument("arg1"), argument("arg2")]),
        ),
        Prompt::new(
            "test_prompt_with_embedded_resource",
            Some("A fixture."),
            Some(vec![argument("resourceUri")]),
        ),
        plain("test_prompt_with_image"),
        plain("test_input_required_result_prompt"),
    ]
}

pub(super) fn prompt(name: &str, arguments: &Map<String, Value>) -> Option<GetPromptResult> {
    let given = |name: &str| {
        arguments
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let text = |text: String| PromptMessage::new_text(Role::User, text);
    let messages = match name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.".to_owned())],
        "test_prompt_with_arguments" => vec![text(format!(
            "Prompt with arguments: arg1='{}', arg2='{}'",
            given("arg1"),
            given("arg2")
        ))],
        "test_prompt_with_embedded_resource" => {
            let uri = match given("resourceUri") {
                "" => "test://example-resource",
                uri => uri,
            };
            let resource = embedded(uri, "text/plain", "Embedded resource content for testing.");
            vec![
                PromptMessage::new(Role::User, resource),
                text("Please process the embedded resource above.".to_owned()),
            ]
        }
        "test_prompt_with_image" => vec![
            PromptMessage::new(Role::User, ContentBlock::image(IMAGE, "image/png")),
            text("Please analyze the image above.".to_owned()),
        ],
        _ => return None,
    };
    Some(GetPromptResult::new(messages))
}
