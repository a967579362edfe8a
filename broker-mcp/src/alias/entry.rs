use core::fmt;

use serde_json::{Map, Value};

use super::{
    Profile,
    argument::{Argument, Kind, Mapped, Place, set},
};
use crate::Fault;

/// What an alias does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// This operation.
    One(&'static str),
    /// The option chain of the nearest expiry, or of the one that is named.
    ChainOfNearestExpiry,
    /// Positions and summary of an account.
    Portfolio,
    /// Nothing, for this reason.
    Unsupported(&'static str),
}

/// Where the instrument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// There is none.
    Nothing,
    /// To this argument.
    One(&'static str),
    /// Into a list in this argument.
    Each(&'static str),
}

/// How an answer is shaped.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// As the other server does: its answer, from ours and from what was asked.
    Json(fn(&Value, &Map<String, Value>) -> Value),
    /// As text, beside our own answer.
    Markdown(fn(&Value, &Map<String, Value>) -> String),
}

/// Changes arguments in a way that no table says.
pub(super) type Finish = fn(&mut Map<String, Value>) -> Result<(), Fault>;

/// A tool of another server.
#[derive(Clone, Copy)]
pub struct Alias {
    pub(super) profile: Profile,
    pub(super) names: &'static [&'static str],
    pub(super) target: Target,
    pub(super) arguments: &'static [Argument],
    pub(super) of: Of,
    /// Arguments of the target that are always the same, as JSON.
    pub(super) fixed: &'static [(&'static str, &'static str)],
    /// What the table cannot say.
    pub(super) finish: Option<Finish>,
    pub(super) shape: Shape,
}

impl fmt::Debug for Alias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = (self.profile, self.names, self.target);
        f.debug_tuple("Alias").field(&names).finish()
    }
}

impl Alias {
    /// Whose it is.
    #[must_use]
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// The names it goes by.
    #[must_use]
    pub const fn names(&self) -> &'static [&'static str] {
        self.names
    }

    /// What it does.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.target
    }

    /// The operations that it calls; whoever may not call one of them does not have the alias.
    #[must_use]
    pub fn targets(&self) -> &[&'static str] {
        match &self.target {
            Target::One(name) => core::slice::from_ref(name),
            Target::ChainOfNearestExpiry => &["get_option_expirations", "get_option_chain"],
            Target::Portfolio => &["get_positions", "get_account_summary"],
            Target::Unsupported(_) => &[],
        }
    }

    /// The arguments of the operation for arguments in the other server's spelling. For a target of
    /// several operations, those that they have in common.
    ///
    /// # Errors
    /// [`InvalidRequest`](crate::FaultCode::InvalidRequest) for an argument that is missing, unknown,
    /// too long, or a secret.
    pub fn map(&self, given: &Map<String, Value>) -> Result<Map<String, Value>, Fault> {
        let mut mapped = Mapped::default();
        mapped.take(self.arguments, given)?;
        let instrument = mapped.instrument();
        let mut arguments = mapped.arguments;
        match self.of {
            Of::Nothing => {}
            Of::One(path) => {
                if let Some(instrument) = instrument {
                    set(&mut arguments, path, instrument);
                }
            }
            Of::Each(path) => {
                let mut all = mapped.instruments;
                all.extend(instrument);
                if !all.is_empty() {
                    set(&mut arguments, path, Value::Array(all));
                }
            }
        }
        for (path, json) in self.fixed {
            let value = serde_json::from_str(json).unwrap_or(Value::Null);
            set(&mut arguments, path, value);
        }
        if let Some(finish) = self.finish {
            finish(&mut arguments)?;
        }
        Ok(arguments)
    }

    /// Whether arguments are in this server's spelling: none that it does not know, all that it needs.
    pub(super) fn fits(&self, given: &Map<String, Value>) -> bool {
        fits(self.arguments, given)
    }

    /// How many of the arguments it knows.
    pub(super) fn knows(&self, given: &Map<String, Value>) -> usize {
        let names = given.keys();
        names
            .filter(|name| self.arguments.iter().any(|one| one.name == name.as_str()))
            .count()
    }

    /// The schema of its arguments.
    #[must_use]
    pub fn input(&self) -> Map<String, Value> {
        schema(self.arguments)
    }
}

fn fits(known: &[Argument], given: &Map<String, Value>) -> bool {
    let all_known = given.iter().all(|(name, value)| {
        let argument = known.iter().find(|one| one.name == name);
        argument.is_some_and(|argument| match (argument.place, value) {
            (Place::Fields(fields), Value::Object(inner)) => fits(fields, inner),
            _ => true,
        })
    });
    let needed = known.iter().filter(|one| one.required);
    all_known && needed.into_iter().all(|one| given.contains_key(one.name))
}

fn schema(arguments: &[Argument]) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for argument in arguments {
        // What may not be given is not offered.
        if matches!(argument.place, Place::Refused(_)) {
            continue;
        }
        let mut property = match (argument.kind, argument.place) {
            (_, Place::Fields(fields)) => schema(fields),
            (Kind::Text, _) => one("type", "string".into()),
            (Kind::Number, _) => one(
                "anyOf",
                serde_json::json!([{ "type": "number" }, { "type": "string" }]),
            ),
            (Kind::Flag, _) => one("type", "boolean".into()),
            (Kind::Object, _) => one("type", "object".into()),
            (Kind::Texts, _) => {
                let mut list = one("type", "array".into());
                list.insert("items".into(), serde_json::json!({ "type": "string" }));
                if argument.most < usize::MAX {
                    list.insert("maxItems".into(), argument.most.into());
                }
                list
            }
        };
        if let Place::Nowhere(why) = argument.place {
            property.insert("description".into(), format!("Ignored: {why}.").into());
        }
        let default = argument.default.map(serde_json::from_str::<Value>);
        if let Some(Ok(default)) = default {
            property.insert("default".into(), default);
        }
        if argument.required {
            required.push(Value::String(argument.name.to_owned()));
        }
        properties.insert(argument.name.to_owned(), Value::Object(property));
    }
    let mut object = one("type", "object".into());
    object.insert("properties".into(), Value::Object(properties));
    if !required.is_empty() {
        object.insert("required".into(), Value::Array(required));
    }
    object
}

fn one(name: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(name.to_owned(), value)])
}
