use broker_core::{Decimal, model::AccountId};
use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeZone as _, Utc};
use chrono_tz::America::New_York;
use serde_json::Value;

use super::{Complaint, symbols::date_of, turn::Turn};

/// What a request asks with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters<'a>(&'a Value);

impl<'a> Parameters<'a> {
    pub(super) const fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The parameters as they came.
    pub(super) const fn raw(self) -> &'a Value {
        self.0
    }

    /// A member that is there; `null` and the empty text are as good as nothing.
    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| match value {
            Value::Null => false,
            Value::String(text) => !text.is_empty(),
            _ => true,
        })
    }

    /// A text.
    pub(super) fn text(self, name: &str) -> Result<Option<&'a str>, Complaint> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(wrong(name, "a string")),
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(self, name: &str) -> Result<&'a str, Complaint> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    /// A whole number, also as text.
    pub(super) fn integer(self, name: &str) -> Result<Option<i64>, Complaint> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let number = match value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| wrong(name, "an integer"))
    }

    /// A number, also as text, exactly as it is written.
    pub(super) fn decimal(self, name: &str) -> Result<Option<Decimal>, Complaint> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = match value {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            _ => return Err(wrong(name, "a number")),
        };
        let number = text.parse().or_else(|_| Decimal::from_scientific(&text));
        number.map(Some).map_err(|_| wrong(name, "a number"))
    }

    /// A switch.
    pub(super) fn switch(self, name: &str) -> Result<Option<bool>, Complaint> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Bool(on)) => Ok(Some(*on)),
            Some(_) => Err(wrong(name, "a boolean")),
        }
    }

    /// An instant in milliseconds, `-1` being no bound; or a date, or a date and a time, which are
    /// New York's, as the official client reads the dates that it does not hand on.
    pub(super) fn instant(self, name: &str) -> Result<Option<DateTime<Utc>>, Complaint> {
        if let Some(Value::String(text)) = self.get(name)
            && let Some(local) = date_and_time(text)
        {
            let at = New_York.from_local_datetime(&local).earliest();
            return at
                .map(|at| Some(at.to_utc()))
                .ok_or_else(|| wrong(name, "a time that New York has"));
        }
        match self.integer(name)? {
            None | Some(-1) => Ok(None),
            Some(ms) => DateTime::from_timestamp_millis(ms)
                .map(Some)
                .ok_or_else(|| wrong(name, "a time in milliseconds")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(self, name: &str) -> Result<Vec<&'a str>, Complaint> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let list = value.as_array().ok_or_else(|| wrong(name, "an array"))?;
        list.iter()
            .map(|item| {
                item.as_str()
                    .ok_or_else(|| wrong(name, "an array of strings"))
            })
            .collect()
    }

    /// A list of objects.
    pub(super) fn objects(self, name: &str) -> Result<Vec<Self>, Complaint> {
        let Some(value) = self.get(name) else {
            return Ok(Vec::new());
        };
        let list = value.as_array().ok_or_else(|| wrong(name, "an array"))?;
        Ok(list.iter().map(Parameters).collect())
    }
}

impl Turn<'_> {
    /// The account that a request is about, which the caller may see.
    pub(super) fn account(&self, parameters: Parameters<'_>) -> Result<AccountId, Complaint> {
        let name = parameters.required_text("account")?;
        if let Some(secret) = &self.developer.secret_key
            && parameters.text("secret_key")? != Some(secret)
        {
            return Err(Complaint::business("secret_key does not match the account"));
        }
        let accounts = self.developer.accounts.iter();
        let mut found = accounts.filter(|account| account.as_str() == name);
        found
            .next()
            .cloned()
            .ok_or_else(|| Complaint::business(format!("account '{name}' is not linked")))
    }
}

fn date_and_time(text: &str) -> Option<NaiveDateTime> {
    match text.len() {
        10 => date_of(text).map(|date| date.and_time(NaiveTime::MIN)),
        19 => NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok(),
        _ => None,
    }
}

pub(super) fn missing(name: &str) -> Complaint {
    Complaint::business(format!("field '{name}' cannot be empty"))
}

pub(super) fn wrong(name: &str, expected: &str) -> Complaint {
    Complaint::business(format!("field '{name}' must be {expected}"))
}
