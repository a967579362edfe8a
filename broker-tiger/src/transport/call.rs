use std::collections::BTreeMap;

use broker_core::{Error, ErrorKind, Result, model::AccountId};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Method;
use crate::convert::json_number;

/// What a method is asked with: a JSON object, its members sorted.
///
/// Numbers go in as decimals and come out as their text, so no binary fraction is ever sent.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Parameters(BTreeMap<&'static str, Box<RawValue>>);

fn unwritable(name: &str, error: &serde_json::Error) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("`{name}` cannot be written: {error}"),
    )
}

impl Parameters {
    /// A member of any form but a decimal number.
    ///
    /// # Errors
    /// [`ErrorKind::Internal`] for a value that has no JSON form.
    pub(crate) fn with(mut self, name: &'static str, value: impl Serialize) -> Result<Self> {
        let raw = serde_json::value::to_raw_value(&value);
        self.0
            .insert(name, raw.map_err(|error| unwritable(name, &error))?);
        Ok(self)
    }

    /// A decimal number.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub(crate) fn number(mut self, name: &'static str, value: Decimal) -> Result<Self> {
        let raw = json_number(value).map_err(|error| unwritable(name, &error))?;
        self.0.insert(name, raw);
        Ok(self)
    }

    pub(super) fn text(&self) -> Result<String> {
        serde_json::to_string(&self.0).map_err(|error| unwritable("biz_content", &error))
    }
}

/// What a request is asked with.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// Nothing; the member is left out.
    Nothing,
    /// An object, to which the language is added when it is wanted.
    Object { members: Parameters, language: bool },
    /// Any other JSON, as it is.
    Json(String),
}

/// One question or command, before it is signed.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(super) method: Method,
    pub(super) version: &'static str,
    pub(super) content: Content,
    pub(super) account: Option<AccountId>,
}

/// The version of most methods.
pub(super) const VERSION: &str = "2.0";

impl Call {
    /// A request without parameters.
    pub(crate) const fn bare(method: Method) -> Self {
        Self {
            method,
            version: VERSION,
            content: Content::Nothing,
            account: None,
        }
    }

    /// A request with parameters and the language.
    pub(crate) const fn new(method: Method, members: Parameters) -> Self {
        Self {
            method,
            version: VERSION,
            content: Content::Object {
                members,
                language: true,
            },
            account: None,
        }
    }

    /// A request with parameters of a form of their own, such as a list; no language.
    pub(crate) const fn json(method: Method, json: String) -> Self {
        Self {
            method,
            version: VERSION,
            content: Content::Json(json),
            account: None,
        }
    }

    /// Without the language, for the few methods that do not take it.
    pub(crate) fn without_language(mut self) -> Self {
        if let Content::Object { language, .. } = &mut self.content {
            *language = false;
        }
        self
    }

    /// About this account, which is added to the parameters together with the trader's secret key.
    pub(crate) fn of(mut self, account: &AccountId) -> Self {
        self.account = Some(account.clone());
        self
    }

    /// In another version than most methods; it stands in the parameters, too, as in the Python SDK.
    pub(crate) const fn version(mut self, version: &'static str) -> Self {
        self.version = version;
        self
    }
}
