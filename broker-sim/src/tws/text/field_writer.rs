use std::{collections::BTreeMap, fmt, io::Write as _};

/// How a number that is not known is written where an empty field would read as zero.
const UNSET_DOUBLE: &[u8] = b"1.7976931348623157e+308";

/// Appends fields, each with its NUL, to a frame's body.
///
/// Nothing here allocates beyond the body itself.
#[derive(Debug)]
pub(super) struct FieldWriter<'a> {
    body: &'a mut Vec<u8>,
}

impl<'a> FieldWriter<'a> {
    pub(super) const fn new(body: &'a mut Vec<u8>) -> Self {
        Self { body }
    }

    /// A number that is always there: message, version, count.
    pub(super) fn number(&mut self, value: impl fmt::Display) -> &mut Self {
        self.write(format_args!("{value}"))
    }

    pub(super) fn count(&mut self, items: usize) -> &mut Self {
        self.number(items)
    }

    /// An identifier or a choice; 0 if it was not given, as clients of this dialect expect.
    pub(super) fn int(&mut self, value: Option<i32>) -> &mut Self {
        self.number(value.unwrap_or(0))
    }

    pub(super) fn long(&mut self, value: Option<i64>) -> &mut Self {
        self.number(value.unwrap_or(0))
    }

    /// A whole number that may be unset.
    pub(super) fn int_or_empty(&mut self, value: Option<i32>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.empty(),
        }
    }

    /// A price or an amount, `100.0` rather than `100`; empty if unset.
    pub(super) fn double(&mut self, value: Option<f64>) -> &mut Self {
        match value {
            Some(f64::INFINITY) => self.word("Infinity"),
            Some(value) if value.is_finite() => self.write(format_args!("{value:?}")),
            Some(_) | None => self.empty(),
        }
    }

    /// As [`double`](Self::double), with what the protocol writes for an absent value.
    pub(super) fn double_or(&mut self, value: Option<f64>, absent: f64) -> &mut Self {
        let value = value.filter(|value| value.is_finite()).unwrap_or(absent);
        self.write(format_args!("{value:?}"))
    }

    /// A price or money that may be unknown, where an empty field would be taken for zero.
    pub(super) fn amount(&mut self, value: Option<f64>) -> &mut Self {
        match value {
            Some(value) if value.is_finite() && value != f64::MAX => self.double(Some(value)),
            Some(_) | None => {
                self.body.extend_from_slice(UNSET_DOUBLE);
                self.end()
            }
        }
    }

    /// A contract's multiplier, which clients keep as text: `100` rather than `100.0`.
    pub(super) fn plain(&mut self, value: Option<f64>) -> &mut Self {
        match value {
            Some(value) if value.is_finite() => self.write(format_args!("{value}")),
            Some(_) | None => self.empty(),
        }
    }

    /// A quantity, as it stands; 0 if it was not given.
    pub(super) fn quantity(&mut self, value: Option<&String>) -> &mut Self {
        self.word(value.map_or("0", String::as_str))
    }

    pub(super) fn flag(&mut self, value: Option<bool>) -> &mut Self {
        self.word(if value.unwrap_or(false) { "1" } else { "0" })
    }

    pub(super) fn text(&mut self, value: Option<&String>) -> &mut Self {
        self.word(value.map_or("", String::as_str))
    }

    /// A text with a word for its absence.
    pub(super) fn text_or(&mut self, value: Option<&String>, absent: &str) -> &mut Self {
        self.word(value.map_or(absent, String::as_str))
    }

    /// Text without a NUL in it, which would end the field early: a space goes in its place.
    pub(super) fn word(&mut self, text: &str) -> &mut Self {
        if text.as_bytes().contains(&0) {
            self.body
                .extend(text.bytes().map(|byte| if byte == 0 { b' ' } else { byte }));
        } else {
            self.body.extend_from_slice(text.as_bytes());
        }
        self.end()
    }

    /// Text in seven bits: other characters, and the backslash, as `\uXXXX` of UTF-16.
    pub(super) fn escaped(&mut self, value: Option<&String>) -> &mut Self {
        for character in value.map_or("", String::as_str).chars() {
            match u8::try_from(character) {
                Ok(0) => self.body.push(b' '),
                Ok(byte) if byte.is_ascii() && byte != b'\\' => self.body.push(byte),
                Ok(_) | Err(_) => {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        self.append(format_args!("\\u{unit:04x}"));
                    }
                }
            }
        }
        self.end()
    }

    /// A count, then a tag and a value for each pair.
    pub(super) fn tagged_values(&mut self, pairs: &BTreeMap<String, String>) -> &mut Self {
        self.count(pairs.len());
        for (tag, value) in pairs {
            self.word(tag).word(value);
        }
        self
    }

    pub(super) fn empty(&mut self) -> &mut Self {
        self.end()
    }

    fn write(&mut self, value: fmt::Arguments<'_>) -> &mut Self {
        self.append(value);
        self.end()
    }

    fn append(&mut self, value: fmt::Arguments<'_>) {
        // Writing to memory cannot fail.
        let _ = self.body.write_fmt(value);
    }

    fn end(&mut self) -> &mut Self {
        self.body.push(0);
        self
    }
}
