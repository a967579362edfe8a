//! What becomes of an argument.

use serde_json::{Map, Value};

use crate::{Fault, value::twice};

/// What an argument is, for lists that show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    Texts,
    Object,
}

/// Where an argument goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// To this argument, as it is; a dot leads into an object.
    To(&'static str),
    /// To this argument, as a text with commas that is a list.
    Commas(&'static str),
    /// To this argument, by another word. A word that is not here stays.
    Words(&'static str, &'static [(&'static str, &'static str)]),
    /// To this argument, as text: an identifier that is a number there.
    Id(&'static str),
    /// To this argument, as one word if it is true and as another if it is not.
    Flagged(&'static str, &'static str, &'static str),
    /// Into the instrument, as this part of it.
    Part(&'static str),
    /// It is the instrument, as an object.
    Contract,
    /// Each text is an instrument.
    Instruments,
    /// Its fields go where each of them says.
    Fields(&'static [Argument]),
    /// Nowhere, because nothing else than one of these words can be done.
    Only(&'static [&'static str]),
    /// Nowhere; this is why.
    Nowhere(&'static str),
    /// It may not be given; this says what to do instead.
    Refused(&'static str),
}

/// Parts of a contract as TWS calls them.
const PARTS: [(&str, &str); 8] = [
    ("secType", "sec_type"),
    ("conId", "con_id"),
    ("localSymbol", "local_symbol"),
    ("lastTradeDateOrContractMonth", "expiry"),
    ("expiration", "expiry"),
    ("primaryExchange", "exchange"),
    ("primaryExch", "exchange"),
    ("underlyingConId", "con_id"),
];

/// An argument of a tool of another server.
#[derive(Debug, Clone, Copy)]
pub(super) struct Argument {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) place: Place,
    pub(super) required: bool,
    /// What that server takes when it is not given, as JSON.
    pub(super) default: Option<&'static str>,
    /// Most elements of a list.
    pub(super) most: usize,
}

impl Argument {
    const fn new(name: &'static str, kind: Kind, place: Place) -> Self {
        Self {
            name,
            kind,
            place,
            required: false,
            default: None,
            most: usize::MAX,
        }
    }

    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    pub(super) const fn or(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    pub(super) const fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }
}

pub(super) const fn text(name: &'static str, to: &'static str) -> Argument {
    Argument::new(name, Kind::Text, Place::To(to))
}

pub(super) const fn number(name: &'static str, to: &'static str) -> Argument {
    Argument::new(name, Kind::Number, Place::To(to))
}

pub(super) const fn flag(name: &'static str, to: &'static str) -> Argument {
    Argument::new(name, Kind::Flag, Place::To(to))
}

pub(super) const fn id(name: &'static str, to: &'static str) -> Argument {
    Argument::new(name, Kind::Text, Place::Id(to))
}

pub(super) const fn part(name: &'static str, of: &'static str) -> Argument {
    Argument::new(name, Kind::Text, Place::Part(of))
}

pub(super) const fn placed(name: &'static str, kind: Kind, place: Place) -> Argument {
    Argument::new(name, kind, place)
}

/// Arguments on their way.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) arguments: Map<String, Value>,
    pub(super) instrument: Map<String, Value>,
    pub(super) instruments: Vec<Value>,
}

impl Mapped {
    pub(super) fn take(
        &mut self,
        known: &[Argument],
        given: &Map<String, Value>,
    ) -> Result<(), Fault> {
        for (name, value) in given {
            if !known.iter().any(|one| one.name == name) {
                let names: Vec<&str> = known.iter().map(|one| one.name).collect();
                let what = format!("there is no such argument; there are {}", names.join(", "));
                return Err(Fault::invalid(&shown(name), what));
            }
            if let Some(refused) = known.iter().find(|one| one.name == name)
                && let Place::Refused(why) = refused.place
                && !value.is_null()
            {
                return Err(Fault::invalid(refused.name, why));
            }
        }
        for argument in known {
            let given = given.get(argument.name).filter(|value| !is_nothing(value));
            let value = match (given, argument.default) {
                (Some(value), _) => value.clone(),
                (None, Some(json)) => serde_json::from_str(json).unwrap_or(Value::Null),
                (None, None) if argument.required => {
                    return Err(Fault::invalid(argument.name, "this argument is needed"));
                }
                (None, None) => continue,
            };
            self.put(argument, value)?;
        }
        Ok(())
    }

    fn put(&mut self, argument: &Argument, value: Value) -> Result<(), Fault> {
        match argument.place {
            Place::To(path) => set(&mut self.arguments, path, listed(argument, value)?),
            Place::Commas(path) => {
                let values = match value {
                    Value::String(text) => {
                        let words = text
                            .split(',')
                            .map(str::trim)
                            .filter(|word| !word.is_empty());
                        words.map(|word| Value::String(word.to_owned())).collect()
                    }
                    other => vec![other],
                };
                set(&mut self.arguments, path, Value::Array(values));
            }
            Place::Words(path, words) => {
                let word = value.as_str().and_then(|given| {
                    let known = words
                        .iter()
                        .find(|(word, _)| word.eq_ignore_ascii_case(given));
                    known.map(|(_, ours)| Value::String((*ours).to_owned()))
                });
                set(&mut self.arguments, path, word.unwrap_or(value));
            }
            Place::Id(path) => {
                let text = match value {
                    Value::Number(number) => Value::String(number.to_string()),
                    other => other,
                };
                set(&mut self.arguments, path, text);
            }
            Place::Flagged(path, yes, no) => {
                let Some(flag) = truth(&value) else {
                    return Err(Fault::invalid(argument.name, "true or false is expected"));
                };
                let word = if flag { yes } else { no };
                set(&mut self.arguments, path, Value::String(word.to_owned()));
            }
            Place::Part(part) => self.part(part, value),
            Place::Contract => {
                for (name, value) in object(argument.name, value)? {
                    self.part(&name, value);
                }
            }
            Place::Instruments => {
                let Value::Array(values) = listed(argument, value)? else {
                    return Err(Fault::invalid(argument.name, "a list is expected"));
                };
                self.instruments.extend(values);
            }
            Place::Fields(fields) => {
                let value = object(argument.name, value)?;
                self.take(fields, &value)?;
            }
            Place::Only(words) => {
                let given = value.as_str().unwrap_or_default();
                if !words.iter().any(|word| word.eq_ignore_ascii_case(given)) {
                    let what = format!("only {} can be asked for here", words.join(" or "));
                    return Err(Fault::invalid(argument.name, what));
                }
            }
            Place::Nowhere(_) | Place::Refused(_) => {}
        }
        Ok(())
    }

    /// `SMART` is no exchange but the wish for the best one, which is what one gets without saying so.
    fn part(&mut self, part: &str, value: Value) {
        let known = PARTS.iter().find(|(theirs, _)| *theirs == part);
        let part = known.map_or(part, |(_, ours)| ours);
        let smart = part == "exchange" && value.as_str() == Some("SMART");
        let unset = matches!(part, "con_id" | "strike") && is_zero(&value);
        if !smart && !unset && !is_nothing(&value) {
            self.instrument.insert(part.to_owned(), value);
        }
    }

    /// The instrument in its shortest form.
    pub(super) fn instrument(&mut self) -> Option<Value> {
        let parts = core::mem::take(&mut self.instrument);
        // A ticker by itself is a stock.
        let plain = parts
            .iter()
            .all(|(part, value)| part == "symbol" || (part == "sec_type" && value == "STK"));
        match parts.get("symbol") {
            _ if parts.is_empty() => None,
            Some(Value::String(symbol)) if plain => Some(Value::String(symbol.clone())),
            _ => Some(Value::Object(parts)),
        }
    }
}

/// A list as a list, however it was written, and not longer than it may be. What is too much is never
/// left out in silence.
fn listed(argument: &Argument, value: Value) -> Result<Value, Fault> {
    if argument.kind != Kind::Texts {
        return Ok(value);
    }
    let values = match value {
        Value::Array(values) => values,
        Value::String(text) if text.trim_start().starts_with('[') => twice::read_text(&text)
            .map_err(|why| Fault::invalid(argument.name, format!("a list is expected: {why}")))?,
        Value::String(text) => text
            .split(',')
            .map(|word| Value::String(word.trim().to_owned()))
            .collect(),
        _ => return Err(Fault::invalid(argument.name, "a list is expected")),
    };
    if values.is_empty() || values.len() > argument.most {
        let what = format!("1 to {} of them, not {}", argument.most, values.len());
        return Err(Fault::invalid(argument.name, what));
    }
    Ok(Value::Array(values))
}

fn object(name: &str, value: Value) -> Result<Map<String, Value>, Fault> {
    let value = match value {
        Value::String(text) => twice::read_text(&text)
            .map_err(|why| Fault::invalid(name, format!("an object is expected: {why}")))?,
        value => value,
    };
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Fault::invalid(name, "an object is expected")),
    }
}

/// An empty text is how these servers say that nothing is said.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        _ => None,
    }
}

fn is_zero(value: &Value) -> bool {
    value.as_i64() == Some(0) || value.as_str() == Some("0")
}

/// What a caller wrote, fit for a message.
pub(super) fn shown(name: &str) -> String {
    name.chars()
        .filter(|one| !one.is_control())
        .take(40)
        .collect()
}

/// Puts a value at a path; what is there already, stays.
pub(super) fn set(arguments: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            arguments.entry(path).or_insert(value);
        }
        Some((first, rest)) => {
            let inner = arguments
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
