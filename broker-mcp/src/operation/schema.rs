//! Schemas that every client can read and that cost a model little: no references, no integer formats,
//! every enum with its type, and a field that may be absent without a word about null.

use schemars::{
    JsonSchema,
    generate::{Contract, SchemaSettings},
    transform::Transform,
};
use serde_json::{Map, Value};

/// The schema of what is read: arguments.
///
/// A field that may be absent has the plain type of its value. JSON's null is read as absent all the
/// same, because some clients fill in every field of a form; to say so for each field of each tool
/// would cost a model more than a tenth of the list.
pub(crate) fn of_input<T: JsonSchema>() -> Map<String, Value> {
    of::<T>(Contract::Deserialize)
}

/// The schema of what is written: answers. What is left out of an answer is optional, what is written
/// as null says so.
pub(crate) fn of_output<T: JsonSchema>() -> Map<String, Value> {
    of::<T>(Contract::Serialize)
}

/// The schema of a type as one object without references.
fn of<T: JsonSchema>(contract: Contract) -> Map<String, Value> {
    let mut settings = SchemaSettings::draft2020_12();
    settings.contract = contract;
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

/// Takes out what clients stumble over and what says nothing.
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
            one_enum(object);
            if object.contains_key("enum") {
                object
                    .entry("type")
                    .or_insert_with(|| Value::String("string".to_owned()));
            }
            absent_is_not_null(object);
        }
        schemars::transform::transform_subschemas(self, schema);
    }
}

/// Makes one list of words out of a list of schemas that are a word each.
fn one_enum(object: &mut Map<String, Value>) {
    let words = object.get("oneOf").and_then(Value::as_array);
    let words: Option<Vec<Value>> = words.and_then(|all| {
        let words = all
            .iter()
            .map(|one| one.get("const").filter(|word| word.is_string()));
        words.map(Option::<&Value>::cloned).collect()
    });
    if let Some(words) = words {
        object.remove("oneOf");
        object.insert("enum".to_owned(), Value::Array(words));
    }
}

/// Takes null out of the fields of an object that may be absent.
fn absent_is_not_null(object: &mut Map<String, Value>) {
    let required: Vec<String> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect();
    let fields = object.get_mut("properties").and_then(Value::as_object_mut);
    for (name, field) in fields.into_iter().flatten() {
        if let (false, Some(field)) = (required.contains(name), field.as_object_mut()) {
            without_null(field);
        }
    }
}

fn without_null(field: &mut Map<String, Value>) {
    if field.get("default").is_some_and(Value::is_null) {
        field.remove("default");
    }
    if let Some(Value::Array(words)) = field.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if let Some(Value::Array(types)) = field.get_mut("type") {
        types.retain(|one| one != "null");
        if let [one] = &mut types[..] {
            let one = one.take();
            field.insert("type".to_owned(), one);
        }
    }
    for choice in ["anyOf", "oneOf"] {
        let Some(Value::Array(choices)) = field.get_mut(choice) else {
            continue;
        };
        choices.retain(|one| one.get("type").is_none_or(|one| one != "null"));
        if let [Value::Object(only)] = &mut choices[..] {
            let only = core::mem::take(only);
            field.remove(choice);
            // What is said about the field counts more than what is said about its type.
            for (name, value) in only {
                field.entry(name).or_insert(value);
            }
        }
    }
}
