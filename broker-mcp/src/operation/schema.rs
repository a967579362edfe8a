//! Schemas that every client can read: no references, no integer formats, every enum with its type.

use schemars::{JsonSchema, generate::SchemaSettings, transform::Transform};
use serde_json::{Map, Value};

/// The schema of a type as one object without references.
pub(crate) fn of<T: JsonSchema>() -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12();
    // Some clients read no references, and none of our types holds itself.
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    Plain.transform(&mut schema);
    let mut object = match schema.to_value() {
        Value::Object(object) => object,
        other => Map::from_iter([("const".to_owned(), other)]),
    };
    object.remove("title");
    object
        .entry("type")
        .or_insert_with(|| Value::String("object".to_owned()));
    object
}

/// Takes out what clients stumble over.
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut schemars::Schema) {
        if let Some(object) = schema.as_object_mut() {
            let foreign = object
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|format| {
                    format.starts_with("int") || format.starts_with("uint") || format == "double"
                });
            if foreign {
                object.remove("format");
            }
            if object.contains_key("enum") {
                object
                    .entry("type")
                    .or_insert_with(|| Value::String("string".to_owned()));
            }
        }
        schemars::transform::transform_subschemas(self, schema);
    }
}
