//! Reads YAML, with the line of each setting.
//!
//! What readers of YAML 1.1 and of YAML 1.2 do not agree on is never guessed: words such as `yes` are
//! text as in 1.2, which no setting takes for `true`, and numbers such as `010` are refused.

use figment::value::{Dict, Tag, Value};
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};

use super::{
    ConfigError,
    source::{Origins, below},
};

/// Tables and lists in each other; what is deeper is no setting.
const DEEPEST: usize = 32;

/// The settings in a file's text, which is called by this name in what is said of it.
pub(super) fn read(name: &str, text: &str, origins: &mut Origins) -> Result<Dict, ConfigError> {
    let mut reader = Reader {
        name,
        events: Parser::new_from_str(text),
        origins,
        depth: 0,
    };
    reader.file()
}

struct Reader<'a, 'o> {
    name: &'a str,
    events: Parser<'a, StrInput<'a>>,
    origins: &'o mut Origins,
    depth: usize,
}

/// An event and its line.
type Spot<'a> = (Event<'a>, usize);

impl<'a> Reader<'a, '_> {
    fn wrong(&self, path: &str, line: usize, what: impl Into<String>) -> ConfigError {
        ConfigError::one(path, Some(self.place(line)), what)
    }

    fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.name)
    }

    fn next(&mut self) -> Result<Spot<'a>, ConfigError> {
        match self.events.next() {
            Some(Ok((event, span))) => Ok((event, span.start.line())),
            Some(Err(error)) => {
                let message = error.info().lines().next().unwrap_or_default();
                let what = format!("this is not YAML: {message}");
                Err(self.wrong("", error.marker().line(), what))
            }
            None => Err(ConfigError::one(
                "",
                Some(self.name.to_owned()),
                "this is not YAML: it ends too early",
            )),
        }
    }

    fn file(&mut self) -> Result<Dict, ConfigError> {
        let mut dict = None;
        loop {
            let (event, line) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(dict.unwrap_or_default()),
                Event::DocumentStart(_) if dict.is_some() => {
                    return Err(self.wrong("", line, "a second document begins here"));
                }
                Event::DocumentStart(_) => {
                    let spot = self.next()?;
                    let line = spot.1;
                    match self.value(spot, "")? {
                        Value::Dict(_, settings) => dict = Some(settings),
                        _ => return Err(self.wrong("", line, "a file is a table of settings")),
                    }
                }
                _ => {}
            }
        }
    }

    fn value(&mut self, (event, line): Spot<'a>, path: &str) -> Result<Value, ConfigError> {
        if let Some(what) = beyond_plain(&event) {
            return Err(self.wrong(path, line, what));
        }
        match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => {
                plain(&text).map_err(|what| self.wrong(path, line, what))
            }
            Event::Scalar(text, ..) => Ok(Value::from(text.as_ref())),
            Event::MappingStart(..) => self.nested(path, line, Self::table),
            Event::SequenceStart(..) => self.nested(path, line, Self::list),
            _ => Err(self.wrong(path, line, "a value is missing")),
        }
    }

    fn nested(
        &mut self,
        path: &str,
        line: usize,
        read: fn(&mut Self, &str) -> Result<Value, ConfigError>,
    ) -> Result<Value, ConfigError> {
        if self.depth == DEEPEST {
            let what = format!("it is more than {DEEPEST} tables and lists deep");
            return Err(self.wrong(path, line, what));
        }
        self.depth += 1;
        let value = read(self, path);
        self.depth -= 1;
        value
    }

    fn table(&mut self, path: &str) -> Result<Value, ConfigError> {
        let mut dict = Dict::new();
        // Where each key stands, for the one that is there twice.
        let mut lines = std::collections::BTreeMap::new();
        loop {
            let (event, line) = self.next()?;
            if event == Event::MappingEnd {
                return Ok(Value::Dict(Tag::Default, dict));
            }
            let key = match (beyond_plain(&event), event) {
                (Some(what), _) => return Err(self.wrong(path, line, what)),
                (None, Event::Scalar(text, style, ..)) => match (text.as_ref(), style) {
                    ("", _) => return Err(self.wrong(path, line, "a key is missing")),
                    ("<<", ScalarStyle::Plain) => {
                        let what = "merge keys are not read: write the settings out";
                        return Err(self.wrong(path, line, what));
                    }
                    (key, _) => key.to_owned(),
                },
                (None, _) => return Err(self.wrong(path, line, "a key is text")),
            };
            let path = below(path, &key);
            if let Some(first) = lines.insert(key.clone(), line) {
                let what = format!("it is there twice, first in line {first}");
                return Err(self.wrong(&path, line, what));
            }
            self.origins.note_in_file(&path, self.place(line));
            let value = match self.next()? {
                // As `[table]` with nothing below it.
                (Event::Scalar(text, ScalarStyle::Plain, 0, None), _) if text.is_empty() => {
                    Value::Dict(Tag::Default, Dict::new())
                }
                spot => self.value(spot, &path)?,
            };
            dict.insert(key, value);
        }
    }

    fn list(&mut self, path: &str) -> Result<Value, ConfigError> {
        let mut list = Vec::new();
        loop {
            let (event, line) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::Array(Tag::Default, list));
            }
            let path = below(path, &list.len().to_string());
            self.origins.note_in_file(&path, self.place(line));
            let value = self.value((event, line), &path)?;
            list.push(value);
        }
    }
}

/// What YAML can say beyond settings, if this does.
fn beyond_plain(event: &Event<'_>) -> Option<&'static str> {
    let (anchor, tag) = match event {
        Event::Alias(_) => return Some("aliases are not read: write the settings out"),
        Event::Scalar(_, _, anchor, tag)
        | Event::SequenceStart(anchor, tag)
        | Event::MappingStart(anchor, tag) => (*anchor, tag),
        _ => return None,
    };
    if anchor > 0 {
        Some("anchors are not read: write the settings out")
    } else if tag.is_some() {
        Some("tags are not read: a setting knows its own type")
    } else {
        None
    }
}

/// A value without quotes.
fn plain(text: &str) -> Result<Value, &'static str> {
    match text {
        "true" | "True" | "TRUE" => return Ok(Value::from(true)),
        "false" | "False" | "FALSE" => return Ok(Value::from(false)),
        "" | "~" | "null" | "Null" | "NULL" => {
            return Err("there is no `null`: leave the key out, or write the value");
        }
        _ => {}
    }
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_whole = |part: &str| is_digits(part) && (part == "0" || !part.starts_with('0'));
    if is_whole(bare) {
        let number = text.parse::<i64>();
        return number
            .map(Value::from)
            .map_err(|_| "the number is too large");
    }
    if let Some((whole, part)) = bare.split_once('.')
        && is_whole(whole)
        && is_digits(part)
    {
        let number = text.parse::<f64>();
        return number
            .map(Value::from)
            .map_err(|_| "the number cannot be read");
    }
    if is_number_to_some(bare) {
        return Err("readers of YAML do not agree on what this is: \
                    write digits only, or text in quotes");
    }
    Ok(Value::from(text))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether YAML 1.1 or 1.2 reads a number here, its sign taken off: octal with `0` or `0o`, hexadecimal,
/// binary, with `_` between digits, with an exponent, to base sixty (`22:30`), infinite or none at all.
fn is_number_to_some(bare: &str) -> bool {
    let lower = bare.to_ascii_lowercase();
    if [".inf", ".nan"].contains(&lower.as_str()) {
        return true;
    }
    if !lower.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let digits = lower.replace('_', "");
    let prefixed = ["0x", "0o", "0b"]
        .iter()
        .find_map(|prefix| digits.strip_prefix(prefix));
    if let Some(rest) = prefixed {
        return rest.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    let mut parts = digits.split(':');
    let is_sixty = digits.contains(':')
        && parts.next_back().is_some_and(|last| {
            let whole = last.split_once('.').map_or(last, |(whole, _)| whole);
            last.bytes().all(|b| b.is_ascii_digit() || b == b'.') && whole.len() <= 2
        })
        && parts.all(is_digits);
    is_sixty || digits.parse::<f64>().is_ok()
}
