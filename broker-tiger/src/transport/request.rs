use broker_core::{ExposeSecret as _, Result, SecretString, model::AccountId};
use serde_json::{Map, Value};

use super::call::{Call, Content, Parameters, VERSION};
use crate::{
    config::Language,
    signing::{Signer, joined},
};

/// Who asks: what goes into every request.
#[derive(Clone)]
pub(super) struct Caller {
    pub(super) tiger_id: String,
    pub(super) device_id: Option<String>,
    pub(super) language: Language,
    pub(super) secret_key: Option<SecretString>,
}

/// A request as it is sent.
#[derive(Clone)]
pub(super) struct Signed {
    /// The body: a JSON object of texts.
    pub(super) body: String,
}

impl Caller {
    /// The text of the parameters; `None` for a method without any.
    pub(super) fn content(&self, call: &Call) -> Result<Option<String>> {
        match &call.content {
            Content::Nothing if call.account.is_none() => Ok(None),
            Content::Nothing => self.object(call, Parameters::default(), false),
            Content::Object { members, language } => self.object(call, members.clone(), *language),
            Content::Json(json) => Ok(Some(json.clone())),
        }
    }

    fn object(&self, call: &Call, members: Parameters, language: bool) -> Result<Option<String>> {
        let mut members = members;
        if language {
            members = members.with("lang", self.language.word())?;
        }
        if call.version != VERSION {
            members = members.with("version", call.version)?;
        }
        if let Some(account) = &call.account {
            members = self.about(members, account)?;
        }
        members.text().map(Some)
    }

    fn about(&self, members: Parameters, account: &AccountId) -> Result<Parameters> {
        let members = members.with("account", account.as_str())?;
        match &self.secret_key {
            Some(key) => members.with("secret_key", key.expose_secret()),
            None => Ok(members),
        }
    }

    /// Signs a request with this time stamp.
    pub(super) fn sign(&self, call: &Call, stamp: &str, signer: &dyn Signer) -> Result<Signed> {
        let content = self.content(call)?;
        let mut members = vec![
            ("charset", "UTF-8"),
            ("method", call.method.name),
            ("sign_type", "RSA"),
            ("tiger_id", &self.tiger_id),
            ("timestamp", stamp),
            ("version", call.version),
        ];
        if let Some(content) = &content {
            members.push(("biz_content", content));
        }
        if let Some(device) = &self.device_id {
            members.push(("device_id", device));
        }
        let sign = signer.sign(&joined(members.iter().copied()))?;
        let mut body: Map<String, Value> = members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        body.insert("sign".to_owned(), sign.into());
        let body = Value::Object(body).to_string();
        Ok(Signed { body })
    }
}
