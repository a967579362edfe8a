use std::{collections::BTreeMap, str::FromStr};

use super::{Malformed, Reason};

/// "No value" for decimals in the official clients: the largest signed 128-bit integer.
const UNSET_DECIMAL: &str = "170141183460469231731687303715884105727";

/// The fields of one text message, read from first to last.
///
/// Empty fields and the clients' sentinels for "no value" read as `None`.
#[derive(Debug, Clone, Copy)]
pub(super) struct FieldReader<'a> {
    rest: &'a [u8],
    index: usize,
    last: &'static str,
    id: Option<i32>,
}

impl<'a> FieldReader<'a> {
    pub(super) const fn new(body: &'a [u8]) -> Self {
        Self {
            rest: body,
            index: 0,
            last: "message",
            id: None,
        }
    }

    /// The number of the request or order that the message is about; never empty.
    pub(super) fn id(&mut self, field: &'static str) -> Result<Option<i32>, Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        let id = parse(text, index, field, self.id)?;
        self.id = Some(id);
        Ok(self.id)
    }

    /// The number of the message, which is its first field.
    pub(super) fn message(&mut self) -> Result<u32, Malformed> {
        let text = self.field("message")?;
        parse(text, 0, "message", self.id)
    }

    /// A message's version; only those whose fields are known can be read.
    pub(super) fn version(&mut self, known: &[i32]) -> Result<(), Malformed> {
        self.word("version", known).map(drop)
    }

    /// One of a few numbers; never empty.
    pub(super) fn word(&mut self, field: &'static str, known: &[i32]) -> Result<i32, Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        let value = parse(text, index, field, self.id)?;
        if known.contains(&value) {
            return Ok(value);
        }
        Err(self.wrong(index, field, Reason::NotAllowed(text.to_owned())))
    }

    /// How many entries follow; an empty field counts as none.
    ///
    /// An entry takes at least a byte, so a larger count than that is refused before anything
    /// is made room for.
    pub(super) fn count(&mut self, field: &'static str) -> Result<usize, Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        if text.is_empty() {
            return Ok(0);
        }
        let count = parse(text, index, field, self.id)?;
        if count <= self.rest.len() {
            return Ok(count);
        }
        Err(self.wrong(index, field, Reason::NotAllowed(text.to_owned())))
    }

    pub(super) fn int(&mut self, field: &'static str) -> Result<Option<i32>, Malformed> {
        Ok(self.number(field)?.filter(|value| *value != i32::MAX))
    }

    /// A whole number of 64 bits; either width's largest value stands for none.
    pub(super) fn long(&mut self, field: &'static str) -> Result<Option<i64>, Malformed> {
        let value = self.number(field)?;
        Ok(value.filter(|value| *value != i64::MAX && *value != i64::from(i32::MAX)))
    }

    pub(super) fn double(&mut self, field: &'static str) -> Result<Option<f64>, Malformed> {
        let index = self.index;
        let value = self
            .number::<f64>(field)?
            .filter(|value| *value != f64::MAX);
        match value {
            Some(value) if !value.is_finite() => {
                Err(self.wrong(index, field, Reason::NotANumber(value.to_string())))
            }
            value => Ok(value),
        }
    }

    /// A number for which infinity has a meaning; `ib_async` spells it "Infinite".
    pub(super) fn double_or_infinity(
        &mut self,
        field: &'static str,
    ) -> Result<Option<f64>, Malformed> {
        let mut ahead = *self;
        if matches!(ahead.field(field)?, "Infinity" | "Infinite" | "inf") {
            *self = ahead;
            return Ok(Some(f64::INFINITY));
        }
        self.double(field)
    }

    /// A quantity, which stays the text that the client wrote.
    pub(super) fn quantity(&mut self, field: &'static str) -> Result<Option<String>, Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        if text.is_empty() || text == UNSET_DECIMAL {
            return Ok(None);
        }
        let value: f64 = parse(text, index, field, self.id)?;
        if value == f64::MAX || text == "2147483647" {
            return Ok(None);
        }
        if !value.is_finite() {
            return Err(self.wrong(index, field, Reason::NotANumber(text.to_owned())));
        }
        Ok(Some(text.to_owned()))
    }

    pub(super) fn flag(&mut self, field: &'static str) -> Result<Option<bool>, Malformed> {
        let index = self.index;
        match self.field(field)? {
            "" => Ok(None),
            "0" => Ok(Some(false)),
            "1" => Ok(Some(true)),
            other => Err(self.wrong(index, field, Reason::NotAllowed(other.to_owned()))),
        }
    }

    pub(super) fn text(&mut self, field: &'static str) -> Result<Option<String>, Malformed> {
        let text = self.field(field)?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// `tag=value;` pairs in one field.
    pub(super) fn options(
        &mut self,
        field: &'static str,
    ) -> Result<BTreeMap<String, String>, Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        let pairs = text.split(';').filter(|pair| !pair.is_empty());
        pairs
            .map(|pair| match pair.split_once('=') {
                Some((tag, value)) => Ok((tag.to_owned(), value.to_owned())),
                None => Err(self.wrong(index, field, Reason::NotAllowed(pair.to_owned()))),
            })
            .collect()
    }

    /// A count, then that many fields of tag and of value.
    pub(super) fn tagged_values(
        &mut self,
        field: &'static str,
    ) -> Result<BTreeMap<String, String>, Malformed> {
        let mut pairs = BTreeMap::new();
        for _ in 0..self.count(field)? {
            let tag = self.field(field)?.to_owned();
            pairs.insert(tag, self.field(field)?.to_owned());
        }
        Ok(pairs)
    }

    /// A field that no longer means anything and that Trader Workstation does not look at.
    pub(super) fn skip(&mut self, field: &'static str) -> Result<(), Malformed> {
        self.field(field).map(drop)
    }

    /// A field that must not be set any more: empty, zero or a sentinel.
    pub(super) fn unsupported(&mut self, field: &'static str, code: i32) -> Result<(), Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        let unset = matches!(text, "" | "0" | "2147483647")
            || text
                .parse()
                .is_ok_and(|value: f64| value == 0.0 || value == f64::MAX);
        if unset {
            return Ok(());
        }
        Err(self.wrong(index, field, Reason::NoLongerSupported { code }))
    }

    /// The place of the next field.
    pub(super) const fn index(&self) -> usize {
        self.index
    }

    /// How many fields are left.
    pub(super) fn remaining(&self) -> usize {
        self.rest.iter().filter(|byte| **byte == 0).count()
    }

    /// Nothing may be left when a message has been read.
    pub(super) fn end(&self) -> Result<(), Malformed> {
        match self.remaining() {
            0 if self.rest.is_empty() => Ok(()),
            0 => Err(self.wrong(self.index, self.last, Reason::Unterminated)),
            count => Err(self.wrong(self.index, self.last, Reason::Trailing(count))),
        }
    }

    pub(super) const fn wrong(
        &self,
        index: usize,
        field: &'static str,
        reason: Reason,
    ) -> Malformed {
        Malformed {
            id: self.id,
            index,
            field,
            reason,
        }
    }

    fn number<T: FromStr>(&mut self, field: &'static str) -> Result<Option<T>, Malformed> {
        let index = self.index;
        let text = self.field(field)?;
        if text.is_empty() {
            return Ok(None);
        }
        parse(text, index, field, self.id).map(Some)
    }

    fn field(&mut self, field: &'static str) -> Result<&'a str, Malformed> {
        let index = self.index;
        if self.rest.is_empty() {
            return Err(self.wrong(index, field, Reason::Missing));
        }
        let end = self.rest.iter().position(|byte| *byte == 0);
        let Some((bytes, rest)) = end.and_then(|end| self.rest.split_at_checked(end)) else {
            return Err(self.wrong(index, field, Reason::Unterminated));
        };
        self.rest = rest.get(1..).unwrap_or_default();
        self.index += 1;
        self.last = field;
        str::from_utf8(bytes).map_err(|_| self.wrong(index, field, Reason::NotText))
    }
}

fn parse<T: FromStr>(
    text: &str,
    index: usize,
    field: &'static str,
    id: Option<i32>,
) -> Result<T, Malformed> {
    text.parse().map_err(|_| Malformed {
        id,
        index,
        field,
        reason: Reason::NotANumber(text.to_owned()),
    })
}
