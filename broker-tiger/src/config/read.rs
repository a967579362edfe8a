//! What the text of a setting means.

use core::{fmt, time::Duration};
use std::{fs, path::Path, sync::Arc};

use broker_core::{ExposeSecret as _, SecretString, model::AccountId};
use chrono_tz::Tz;

use super::{
    ConfigError, License,
    setting::Setting,
    sources::{Said, Sources, unreadable},
};
use crate::signing::{AnswerKey, Signer, rsa_signer};

/// Which of the vendor's servers are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Stage {
    /// The servers that trade; paper accounts live there, too.
    #[default]
    Production,
    /// The sandbox, which the vendor has given up.
    Sandbox,
    /// Somewhere else: every address has to be given.
    Test,
}

/// The language of names and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Language {
    /// American English.
    #[default]
    EnUs,
    /// Simplified Chinese.
    ZhCn,
    /// Traditional Chinese.
    ZhTw,
}

impl Language {
    /// The vendor's word, such as `en_US`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EnUs => "en_US",
            Self::ZhCn => "zh_CN",
            Self::ZhTw => "zh_TW",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

type Read<T> = Result<T, ConfigError>;

fn wrong<T>(setting: Setting, said: &Said, why: impl Into<String>) -> Read<T> {
    Err(ConfigError::new(setting.key(), said.origin.clone(), why))
}

pub(super) fn tiger_id(sources: &Sources) -> Read<String> {
    let setting = Setting::TigerId;
    let Some(said) = sources.get(setting) else {
        let why = "the developer's number is needed; the console shows it beside the keys";
        return Err(ConfigError::missing(setting, why));
    };
    let text = said.text();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong(
            setting,
            &said,
            "must be the developer's number, such as 20150001",
        );
    }
    Ok(text.to_owned())
}

pub(super) fn account(sources: &Sources) -> Read<Option<AccountId>> {
    let Some(said) = sources.get(Setting::Account) else {
        return Ok(None);
    };
    match AccountId::new(said.text()) {
        Ok(account) => Ok(Some(account)),
        Err(error) => wrong(Setting::Account, &said, error.to_string()),
    }
}

pub(super) fn license(sources: &Sources) -> Read<Option<License>> {
    let Some(said) = sources.get(Setting::License) else {
        return Ok(None);
    };
    match License::from_word(said.text()) {
        Some(license) => Ok(Some(license)),
        None => wrong(
            Setting::License,
            &said,
            "must be one of TBNZ, TBSG, TBHK, TBAU and TBUS",
        ),
    }
}

pub(super) fn stage(sources: &Sources) -> Read<Stage> {
    let Some(said) = sources.get(Setting::Env) else {
        return Ok(Stage::default());
    };
    match said.text().to_ascii_uppercase().as_str() {
        "PROD" => Ok(Stage::Production),
        "SANDBOX" => Ok(Stage::Sandbox),
        "TEST" => Ok(Stage::Test),
        _ => wrong(Setting::Env, &said, "must be one of PROD, SANDBOX and TEST"),
    }
}

pub(super) fn language(sources: &Sources) -> Read<Language> {
    let Some(said) = sources.get(Setting::Language) else {
        return Ok(Language::default());
    };
    let all = [Language::EnUs, Language::ZhCn, Language::ZhTw];
    match all
        .into_iter()
        .find(|language| language.word() == said.text())
    {
        Some(language) => Ok(language),
        None => wrong(
            Setting::Language,
            &said,
            "must be one of en_US, zh_CN and zh_TW",
        ),
    }
}

pub(super) fn time_zone(sources: &Sources) -> Read<Option<Tz>> {
    let Some(said) = sources.get(Setting::Timezone) else {
        return Ok(None);
    };
    match said.text().parse() {
        Ok(zone) => Ok(Some(zone)),
        Err(_) => wrong(
            Setting::Timezone,
            &said,
            "must be a time zone such as America/New_York",
        ),
    }
}

pub(super) fn flag(sources: &Sources, setting: Setting) -> Read<Option<bool>> {
    let Some(said) = sources.get(setting) else {
        return Ok(None);
    };
    match said.text().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(Some(true)),
        "false" | "0" | "no" | "off" => Ok(Some(false)),
        _ => wrong(setting, &said, "must be true or false"),
    }
}

/// Whole or fractional seconds.
pub(super) fn seconds(sources: &Sources, setting: Setting) -> Read<Option<Duration>> {
    let Some(said) = sources.get(setting) else {
        return Ok(None);
    };
    let duration = said.text().parse::<f64>().ok();
    let duration = duration.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    match duration {
        Some(duration) => Ok(Some(duration)),
        None => wrong(setting, &said, "must be a number of seconds, 0 or above"),
    }
}

pub(super) fn parsed<T>(
    sources: &Sources,
    setting: Setting,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Read<Option<T>> {
    match sources.get(setting) {
        None => Ok(None),
        Some(said) => match read(said.text()) {
            Ok(value) => Ok(Some(value)),
            Err(why) => wrong(setting, &said, why),
        },
    }
}

pub(super) fn secret(sources: &Sources, setting: Setting) -> Option<SecretString> {
    sources
        .get(setting)
        .map(|said| SecretString::from(said.text()))
}

/// The key of answers; `standard` when nobody says another one.
pub(super) fn answer_key(sources: &Sources, standard: &'static str) -> Read<AnswerKey> {
    let setting = Setting::TigerPublicKey;
    match sources.get(setting) {
        Some(said) => match AnswerKey::from_text(said.text()) {
            Ok(key) => Ok(key),
            Err(why) => wrong(setting, &said, why),
        },
        None => AnswerKey::from_text(standard).map_err(|why| ConfigError::missing(setting, why)),
    }
}

/// The private key: whoever has the highest precedence, and of several in one place the vendor's
/// order of names.
pub(super) fn signer(sources: &Sources) -> Read<Arc<dyn Signer>> {
    let names = [
        Setting::PrivateKey,
        Setting::PrivateKeyPk8,
        Setting::PrivateKeyPk1,
    ];
    let places = [
        Sources::in_program,
        Sources::in_environment,
        Sources::in_file,
    ];
    let found = places.into_iter().find_map(|place| {
        names
            .into_iter()
            .find_map(|setting| Some((setting, place(sources, setting)?)))
    });
    let Some((setting, said)) = found else {
        let why = "the developer's private key is needed; the console shows it once, when the key \
                   pair is made";
        return Err(ConfigError::missing(Setting::PrivateKey, why));
    };
    let mut key = said.value.clone();
    // The variable may hold the path of a file instead.
    if said.text().len() < 512 && !said.text().contains('\n') && Path::new(said.text()).is_file() {
        match fs::read_to_string(said.text()) {
            Ok(text) => key = SecretString::from(text),
            Err(error) => return wrong(setting, &said, unreadable(&error)),
        }
    }
    match rsa_signer(key.expose_secret()) {
        Ok(signer) => Ok(signer),
        Err(why) => wrong(setting, &said, why),
    }
}
