use core::{fmt, time::Duration};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{Clock, SecretString, SystemClock, TokenStore, model::AccountId};
use chrono_tz::Tz;

use super::{
    ConfigError, Language, License, PushAddress, Routes, Stage, address, device, read,
    setting::Setting,
    sources::{self, Sources},
};
use crate::{
    signing::{AnswerKey, AnswerPolicy, Signer},
    token::TokenRhythm,
    transport::Trust,
};

/// How long things may take, in real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadlines {
    /// Opening a connection, TLS included; 5 s.
    pub connect: Duration,
    /// A question, waiting for the budget and asking again included; 15 s unless the setting
    /// `timeout` says otherwise.
    pub request: Duration,
    /// The answer to an order, a change or a cancel; 10 s. After it the outcome is unconfirmed.
    pub command: Duration,
    /// Between two readings of the order lists while orders work and nothing is pushed; 2 s.
    pub poll: Duration,
    /// Between two readings of the order lists otherwise; 30 s. Pushes may be lost.
    pub look: Duration,
    /// Between two readings of positions and figures; 60 s.
    pub holdings: Duration,
    /// How long after the end of a command that was not answered an order that no list has counts as
    /// never arrived; 10 s.
    pub absence: Duration,
    /// How far back orders are listed when connecting; 90 days. An identifier that was used before is
    /// not known to have been used.
    pub history: Duration,
    /// The shortest pause before trying again what failed; 1 s, doubled with every failure.
    pub reconnect_after: Duration,
    /// The longest pause before trying again; 60 s.
    pub reconnect_at_most: Duration,
    /// Ending a session; 3 s.
    pub close: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(15),
            command: Duration::from_secs(10),
            poll: Duration::from_secs(2),
            look: Duration::from_secs(30),
            holdings: Duration::from_secs(60),
            absence: Duration::from_secs(10),
            history: Duration::from_secs(90 * 24 * 3_600),
            reconnect_after: Duration::from_secs(1),
            reconnect_at_most: Duration::from_secs(60),
            close: Duration::from_secs(3),
        }
    }
}

/// What a connection is made with. `Debug` shows no secret and no account.
#[derive(Clone)]
pub struct TigerConfig {
    pub(crate) tiger_id: String,
    pub(crate) account: Option<AccountId>,
    pub(crate) license: Option<License>,
    pub(crate) stage: Stage,
    pub(crate) signer: Arc<dyn Signer>,
    pub(crate) secret_key: Option<SecretString>,
    pub(crate) token: Option<SecretString>,
    pub(crate) token_file: Option<PathBuf>,
    pub(crate) token_store: Option<Arc<dyn TokenStore>>,
    pub(crate) rhythm: TokenRhythm,
    pub(crate) server_url: String,
    pub(crate) quote_server_url: String,
    pub(crate) push: PushAddress,
    quote_url_given: bool,
    push_given: bool,
    pub(crate) answer_key: AnswerKey,
    pub(crate) answer_policy: AnswerPolicy,
    pub(crate) trust: Trust,
    pub(crate) domain_garden: Option<String>,
    pub(crate) deadlines: Deadlines,
    pub(crate) language: Language,
    pub(crate) time_zone: Option<Tz>,
    pub(crate) full_ticks: bool,
    pub(crate) device_id: Option<String>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl TigerConfig {
    /// Settings from the environment; say where the file is with
    /// [`file`](TigerConfigBuilder::file).
    pub fn builder() -> TigerConfigBuilder {
        TigerConfigBuilder::default()
    }

    /// Takes addresses from the directory of servers for those that nobody gave.
    pub(crate) fn follow(&mut self, routes: Routes) {
        if let Some(url) = routes.trade {
            self.server_url = url;
        }
        if let Some(url) = routes.quote.filter(|_| !self.quote_url_given) {
            self.quote_server_url = url;
        }
        if let Some(push) = routes.push.filter(|_| !self.push_given) {
            self.push = push;
        }
    }

    /// The default account, if one was named.
    #[must_use]
    pub const fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// The licence, if it was named.
    #[must_use]
    pub const fn license(&self) -> Option<License> {
        self.license
    }

    /// Where requests about accounts and orders go.
    #[must_use]
    pub fn server_url(&self) -> &str {
        &self.server_url
    }

    /// Where requests for prices and research go.
    #[must_use]
    pub fn quote_server_url(&self) -> &str {
        &self.quote_server_url
    }

    /// Where pushes come from.
    #[must_use]
    pub const fn push_address(&self) -> &PushAddress {
        &self.push
    }

    /// The language of names and messages.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The zone that people want to read times in; the library itself speaks UTC.
    #[must_use]
    pub const fn time_zone(&self) -> Option<Tz> {
        self.time_zone
    }

    /// Whether the push service sends every trade instead of a compressed selection.
    #[must_use]
    pub const fn full_ticks(&self) -> bool {
        self.full_ticks
    }

    /// How long things may take.
    #[must_use]
    pub const fn deadlines(&self) -> Deadlines {
        self.deadlines
    }
}

impl fmt::Debug for TigerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TigerConfig")
            .field("tiger_id", &self.tiger_id)
            .field("license", &self.license)
            .field("stage", &self.stage)
            .field("server_url", &self.server_url)
            .field("quote_server_url", &self.quote_server_url)
            .field("push", &self.push)
            .field("has_token", &self.token.is_some())
            .field("has_secret_key", &self.secret_key.is_some())
            .field("answer_policy", &self.answer_policy)
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}

/// Puts a [`TigerConfig`] together.
///
/// What the program says here counts most, then the environment (`TIGEROPEN_TIGER_ID` and the other
/// names of the vendor's), then the file, then the defaults. No file is looked for unless
/// [`file`](Self::file) or `TIGEROPEN_PROPS_PATH` names it.
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until it builds"]
pub struct TigerConfigBuilder {
    program: BTreeMap<Setting, SecretString>,
    environment: Option<BTreeMap<String, SecretString>>,
    file: Option<PathBuf>,
    signer: Option<Arc<dyn Signer>>,
    token_store: Option<Arc<dyn TokenStore>>,
    rhythm: Option<TokenRhythm>,
    answer_policy: AnswerPolicy,
    trust: Trust,
    domain_garden: Option<String>,
    plain_http: bool,
    deadlines: Option<Deadlines>,
    device_id: Option<Option<String>>,
    clock: Option<Arc<dyn Clock>>,
}

impl TigerConfigBuilder {
    fn said(mut self, setting: Setting, value: impl Into<SecretString>) -> Self {
        self.program.insert(setting, value.into());
        self
    }

    /// The file of settings, or the folder in which it is under the vendor's name
    /// ([`CONFIG_FILE`](crate::CONFIG_FILE)).
    pub fn file(mut self, path: impl AsRef<Path>) -> Self {
        self.file = Some(path.as_ref().to_owned());
        self
    }

    /// These variables instead of the process's environment; an empty list reads none.
    pub fn environment(
        mut self,
        variables: impl IntoIterator<Item = (String, SecretString)>,
    ) -> Self {
        self.environment = Some(variables.into_iter().collect());
        self
    }

    /// The developer's number.
    pub fn tiger_id(self, tiger_id: &str) -> Self {
        self.said(Setting::TigerId, tiger_id)
    }

    /// The default account.
    pub fn account(self, account: &AccountId) -> Self {
        self.said(Setting::Account, account.as_str())
    }

    /// The licence.
    pub fn license(self, license: License) -> Self {
        self.said(Setting::License, license.word())
    }

    /// The private key: PKCS#1 or PKCS#8, PEM or the bare base64 of the console.
    pub fn private_key(self, key: SecretString) -> Self {
        self.said(Setting::PrivateKey, key)
    }

    /// Signs with this instead of a private key, such as one in a vault.
    pub fn signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// The key of an institution's trader.
    pub fn secret_key(self, key: SecretString) -> Self {
        self.said(Setting::SecretKey, key)
    }

    /// The token of a Hong Kong licence.
    ///
    /// Renewed tokens are kept in the token file or in [`token_store`](Self::token_store), and this one
    /// still counts at the next start: leave it out as soon as it is in the store.
    pub fn token(self, token: SecretString) -> Self {
        self.said(Setting::Token, token)
    }

    /// Where the token is kept instead of in the file beside the settings.
    pub fn token_store(mut self, store: Arc<dyn TokenStore>) -> Self {
        self.token_store = Some(store);
        self
    }

    /// How often the token is renewed.
    pub fn token_rhythm(mut self, rhythm: TokenRhythm) -> Self {
        self.rhythm = Some(rhythm);
        self
    }

    /// Where requests go, those for prices included unless they have their own address.
    pub fn server_url(self, url: &str) -> Self {
        self.said(Setting::ServerUrl, url)
    }

    /// Where requests for prices and research go.
    pub fn quote_server_url(self, url: &str) -> Self {
        self.said(Setting::QuoteServerUrl, url)
    }

    /// Where pushes come from.
    pub fn push_address(self, address: &PushAddress) -> Self {
        self.said(Setting::SocketHostPort, address.to_string())
    }

    /// The key with which answers are signed: base64 or PEM of the public key.
    pub fn tiger_public_key(self, key: &str) -> Self {
        self.said(Setting::TigerPublicKey, key)
    }

    /// What is done about the signatures of answers.
    pub fn answer_policy(mut self, policy: AnswerPolicy) -> Self {
        self.answer_policy = policy;
        self
    }

    /// Whose certificates are trusted.
    pub fn trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }

    /// Asks the vendor's directory for the addresses of the servers when connecting.
    ///
    /// The answer is not signed, so only hosts of the vendor's known domains are taken from it; an
    /// address that is given here, in the environment or in the file is never replaced.
    pub fn ask_domain_garden(mut self) -> Self {
        self.domain_garden = Some("https://cg.play-analytics.com".to_owned());
        self
    }

    /// Allows addresses without TLS on other machines, such as a simulator in another container.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// How long things may take.
    pub fn deadlines(mut self, deadlines: Deadlines) -> Self {
        self.deadlines = Some(deadlines);
        self
    }

    /// The language of names and messages.
    pub fn language(self, language: Language) -> Self {
        self.said(Setting::Language, language.word())
    }

    /// The device that quote permissions are bound to; `None` sends none. Unless said otherwise it is
    /// the hardware address of the first network card, as in the vendor's SDKs.
    pub fn device_id(mut self, device: Option<String>) -> Self {
        self.device_id = Some(device);
        self
    }

    /// Where the time comes from.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Reads the sources and checks every setting.
    ///
    /// # Errors
    /// [`ConfigError`], which names the setting and where it was said, for one that is missing or
    /// makes no sense; it converts to an
    /// [`InvalidRequest`](broker_core::ErrorKind::InvalidRequest).
    pub fn build(self) -> Result<TigerConfig, ConfigError> {
        let environment = self.environment.unwrap_or_else(process_environment);
        let sources = Sources::new(self.program, environment, self.file.as_deref())?;
        let license = read::license(&sources)?;
        let stage = read::stage(&sources)?;
        let plain = self.plain_http;
        let url =
            |setting| read::parsed(&sources, setting, |text| address::checked_url(text, plain));
        let standard = || address::gateway(stage, license).map(str::to_owned);
        let no_address =
            |setting| ConfigError::missing(setting, "has to be given where `env` is TEST");
        let given = url(Setting::ServerUrl)?;
        let server_url = given
            .clone()
            .or_else(standard)
            .ok_or_else(|| no_address(Setting::ServerUrl))?;
        let quote_url = url(Setting::QuoteServerUrl)?;
        let given_push = read::parsed(&sources, Setting::SocketHostPort, |text| {
            text.parse::<PushAddress>().map_err(str::to_owned)
        })?;
        let garden = self.domain_garden.filter(|_| given.is_none());
        let push_given = given_push.is_some();
        let push = given_push
            .or_else(|| address::push(stage, license))
            .ok_or_else(|| no_address(Setting::SocketHostPort))?;
        let token = sources.token()?.map(|said| SecretString::from(said.text()));
        if token.is_none() && license.is_some_and(License::needs_token) {
            let why = "the licence TBHK needs a token: create one in the developer console and put it \
                       into tiger_openapi_token.properties";
            return Err(ConfigError::missing(Setting::Token, why));
        }
        let mut deadlines = self.deadlines.unwrap_or_default();
        if let (None, Some(timeout)) = (self.deadlines, read::seconds(&sources, Setting::Timeout)?)
        {
            deadlines.request = timeout.max(Duration::from_secs(1));
        }
        let rhythm = match (
            self.rhythm,
            read::seconds(&sources, Setting::TokenRefreshDuration)?,
        ) {
            (Some(rhythm), _) => rhythm,
            (None, Some(every)) => TokenRhythm::every(every),
            (None, None) => TokenRhythm::default(),
        };
        Ok(TigerConfig {
            tiger_id: read::tiger_id(&sources)?,
            account: read::account(&sources)?,
            license,
            stage,
            signer: match self.signer {
                Some(signer) => signer,
                None => read::signer(&sources)?,
            },
            secret_key: read::secret(&sources, Setting::SecretKey),
            token,
            token_file: sources.token_file(),
            token_store: self.token_store,
            rhythm,
            quote_url_given: quote_url.is_some(),
            push_given,
            quote_server_url: quote_url.unwrap_or_else(|| server_url.clone()),
            server_url,
            push,
            answer_key: read::answer_key(&sources, AnswerKey::standard(stage))?,
            answer_policy: self.answer_policy,
            trust: self.trust,
            domain_garden: garden,
            deadlines,
            language: read::language(&sources)?,
            time_zone: read::time_zone(&sources)?,
            full_ticks: read::flag(&sources, Setting::UseFullTick)?.unwrap_or(false),
            device_id: self.device_id.unwrap_or_else(device::hardware_address),
            clock: self.clock.unwrap_or_else(|| Arc::new(SystemClock)),
        })
    }
}

/// The variables of the process that concern this library.
fn process_environment() -> BTreeMap<String, SecretString> {
    let names = Setting::ALL.into_iter().filter_map(Setting::variable);
    names
        .chain([sources::PATH_VARIABLE])
        .filter_map(|name| {
            Some((
                name.to_owned(),
                SecretString::from(std::env::var(name).ok()?),
            ))
        })
        .collect()
}
