//! The names that the environments of other servers have, so that a deployment can switch over with its
//! compose file as it is. Each that counts is answered with what to say instead.

use std::{collections::BTreeMap, ffi::OsString};

use broker_runtime::config::BrokerConfig;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliased {
    /// The same as variables of this server, which come before the file.
    pub settings: Vec<(OsString, OsString)>,
    /// What to say instead, and what has no effect here.
    pub notes: Vec<String>,
}

/// What a name of another server means here.
#[derive(Clone, Copy)]
enum Means {
    /// The same value as this setting.
    Same(&'static str),
    /// The value, with another word for its unit.
    Unit(&'static str, &'static str),
    /// The value in a list.
    List(&'static str),
    /// The host of the server's own address.
    OwnHost,
    /// Its port.
    OwnPort,
    /// The host of the connection of a kind.
    Host(&'static str),
    /// Its port.
    Port(&'static str),
    /// A setting of the connection of a kind.
    Of(&'static str, &'static str),
    /// A file of SQLite as an address.
    Database,
    /// Whether nothing can be sent; `false` counts in the file only.
    ReadOnly,
    /// The key of the encrypted store is in it.
    MasterKey,
    /// Nothing; why.
    Nothing(&'static str),
}

use Means::{
    Database, Host, List, MasterKey, Nothing, Of, OwnHost, OwnPort, Port, ReadOnly, Same, Unit,
};

const IN_PROCESS: &str = "one process serves all accounts; there are no workers to count";
const WATCHED: &str = "sessions are watched by the supervisor, whose numbers are fixed";
const GATEWAYS_OWN: &str = "it is the gateway's own; see `server.gateways`";
const WRONG_KEYS: &str = "wrong keys cost time from the sixth on, by a rule that is fixed";

/// Every name. Where two mean the same, the first one counts.
const NAMES: &[(&str, Means)] = &[
    // A Tiger MCP server.
    ("TIGER_MCP_SERVER_HOST", OwnHost),
    ("TIGER_MCP_SERVER_PORT", OwnPort),
    ("TIGER_MCP_SERVER_CORS_ORIGINS", List("server.origins")),
    (
        "TIGER_MCP_SERVER_REQUEST_TIMEOUT",
        Unit("server.requests.within", "s"),
    ),
    (
        "TIGER_MCP_SERVER_MAX_REQUEST_SIZE",
        Same("server.requests.body_bytes"),
    ),
    ("TIGER_MCP_SERVER_LOG_LEVEL", Same("server.log.level")),
    (
        "TIGER_MCP_SECURITY_RATE_LIMIT_PER_MINUTE",
        Same("server.requests.per_minute"),
    ),
    (
        "TIGER_MCP_SECURITY_TOKEN_REFRESH_THRESHOLD",
        Nothing("tokens are renewed every 12 h, and long before they end"),
    ),
    (
        "TIGER_MCP_SECURITY_MAX_FAILED_ATTEMPTS",
        Nothing(WRONG_KEYS),
    ),
    ("TIGER_MCP_SECURITY_LOCKOUT_DURATION", Nothing(WRONG_KEYS)),
    ("TIGER_MCP_DATABASE_URL", Database),
    ("TIGER_MCP_PROCESS_MIN_WORKERS", Nothing(IN_PROCESS)),
    ("TIGER_MCP_PROCESS_MAX_WORKERS", Nothing(IN_PROCESS)),
    ("TIGER_MCP_PROCESS_TARGET_WORKERS", Nothing(IN_PROCESS)),
    ("TIGER_MCP_PROCESS_STARTUP_TIMEOUT", Nothing(IN_PROCESS)),
    (
        "TIGER_MCP_PROCESS_SHUTDOWN_TIMEOUT",
        Unit("server.shutdown_within", "s"),
    ),
    ("TIGER_MCP_PROCESS_HEALTH_CHECK_INTERVAL", Nothing(WATCHED)),
    ("TIGER_MCP_PROCESS_RESTART_THRESHOLD", Nothing(WATCHED)),
    (
        "TIGER_SANDBOX_MODE",
        Nothing("say `environment` for each account; the broker has to prove it"),
    ),
    (
        "TIGER_DEFAULT_MARKET",
        Nothing("a symbol says its market: `00700.HK`"),
    ),
    ("TIGER_REQUEST_TIMEOUT", Unit("layers.timeout.reads", "s")),
    ("TIGER_RETRY_COUNT", Same("layers.retry.attempts")),
    ("DATABASE_URL", Database),
    (
        "REDIS_URL",
        Nothing("answers are kept in the process; see `layers.cache`"),
    ),
    ("DB_NAME", Nothing("there is one file, `server.store`")),
    ("DB_USER", Nothing("there is one file, `server.store`")),
    ("DB_PASSWORD", Nothing("there is one file, `server.store`")),
    ("ENCRYPTION_KEY", MasterKey),
    // An MCP server for TWS.
    ("TWS_HOST", Host("ibkr")),
    ("TWS_PORT", Port("ibkr")),
    ("TWS_CLIENT_ID", Of("ibkr", "client_id")),
    ("SERVER_HOST", OwnHost),
    ("SERVER_PORT", OwnPort),
    ("PORT", OwnPort),
    // A server for IB Gateway with a paper account.
    ("MCP_SERVER_NAME", Nothing("the name is `broker-mcp`")),
    ("IB_HOST", Host("ibkr")),
    ("IB_PORT", Port("ibkr")),
    ("IB_CLIENT_ID", Of("ibkr", "client_id")),
    (
        "IB_POOL_SIZE",
        Nothing("one connection serves all callers; options have one of their own"),
    ),
    ("OPTIONS_CLIENT_ID", Of("ibkr", "options_client_id")),
    (
        "ORDERS_CLIENT_ID",
        Nothing("orders use the client id of the connection, which has to stay the same"),
    ),
    ("IB_READONLY", ReadOnly),
    ("READ_ONLY_API", ReadOnly),
    ("HEALTH_CHECK_INTERVAL", Nothing(WATCHED)),
    ("MAX_RETRIES", Same("layers.retry.attempts")),
    ("OPTIONS_TIMEOUT", Unit("server.requests.within", "s")),
    (
        "GATEWAY_CONTAINER",
        Nothing("name the container and a filtering proxy in `server.gateways`"),
    ),
    (
        "TRADING_MODE",
        Nothing("say `environment` for each account; the broker has to prove it"),
    ),
    ("TWS_USERID", Nothing(GATEWAYS_OWN)),
    ("TWS_PASSWORD", Nothing(GATEWAYS_OWN)),
    ("VNC_PASSWORD", Nothing(GATEWAYS_OWN)),
    ("TWOFA_TIMEOUT_ACTION", Nothing(GATEWAYS_OWN)),
];

/// What the encrypted store is called when nobody says.
pub(super) const STORE: &str = "broker.secrets";

/// Several of these names are so short that they mean something to others, too: they count only beside
/// one that nobody else has.
const SHORT: [&str; 11] = [
    "ENCRYPTION_KEY",
    "HEALTH_CHECK_INTERVAL",
    "MAX_RETRIES",
    "PORT",
    "SERVER_HOST",
    "SERVER_PORT",
    "DATABASE_URL",
    "REDIS_URL",
    "DB_NAME",
    "DB_USER",
    "DB_PASSWORD",
];

/// Those of them that are promised to count by themselves.
const ALONE: [&str; 2] = ["DATABASE_URL", "ENCRYPTION_KEY"];

/// What the names of other servers in an environment mean here; `store` is whether there is an encrypted
/// store under its usual name that the configuration does not mention.
#[must_use]
pub fn aliased(
    variables: &[(OsString, OsString)],
    connections: &BTreeMap<String, BrokerConfig>,
    store: bool,
) -> Aliased {
    let given: BTreeMap<&str, &str> = variables
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?, value.to_str()?)))
        .filter(|(_, value)| !value.trim().is_empty())
        .collect();
    let telling = NAMES
        .iter()
        .any(|(name, _)| !SHORT.contains(name) && given.contains_key(name));
    let mut reading = Reading {
        given: &given,
        connections,
        store,
        found: Aliased::default(),
        own: (None, None),
        theirs: (None, None),
    };
    for (name, means) in NAMES {
        let counts = telling || ALONE.contains(name);
        if let Some(value) = given.get(name).filter(|_| counts) {
            reading.take(name, value.trim(), *means);
        }
    }
    reading.addresses();
    reading.found
}

struct Reading<'a> {
    given: &'a BTreeMap<&'a str, &'a str>,
    connections: &'a BTreeMap<String, BrokerConfig>,
    store: bool,
    found: Aliased,
    /// Host and port of the server.
    own: (Option<&'a str>, Option<&'a str>),
    /// Host and port of the gateway.
    theirs: (Option<&'a str>, Option<&'a str>),
}

impl<'a> Reading<'a> {
    fn take(&mut self, name: &str, value: &'a str, means: Means) {
        match means {
            Same(path) => self.set(name, path, value),
            Unit(path, unit) => self.set(name, path, &format!("{value}{unit}")),
            List(path) if value.contains('*') => {
                self.note(format!(
                    "{name}: every origin is no origin; list them in `{path}`"
                ));
            }
            List(path) => {
                let items = value.trim_matches(['[', ']']).split(',');
                let items: Vec<String> = items
                    .map(|item| format!("{:?}", item.trim().trim_matches('"')))
                    .collect();
                self.set(name, path, &format!("[{}]", items.join(", ")));
            }
            OwnHost => {
                self.own.0.get_or_insert(value);
                self.deprecated(name, "server.listen");
            }
            OwnPort => {
                self.own.1.get_or_insert(value);
                self.deprecated(name, "server.listen");
            }
            Host(kind) => self.part(name, kind, |this| {
                this.theirs.0.get_or_insert(value);
            }),
            Port(kind) => self.part(name, kind, |this| {
                this.theirs.1.get_or_insert(value);
            }),
            Of(kind, setting) => match self.connection(kind) {
                Some(id) => self.set(name, &format!("brokers.{id}.settings.{setting}"), value),
                None => self.without(name, kind),
            },
            // Three strokes before a path from here, four before one from the root.
            Database => match value.strip_prefix("sqlite:///") {
                Some(path) => self.set(name, "server.store", path),
                None => self.note(format!(
                    "{name}: there is no other database than a file of SQLite; say `server.store`"
                )),
            },
            ReadOnly if is_true(value) => self.set(name, "server.read_only", "true"),
            ReadOnly => self.note(format!(
                "{name}: has no effect; what may be sent is said in the file, by `server.read_only`"
            )),
            MasterKey if self.store => {
                self.put("secrets.store", STORE);
                self.set(name, "secrets.key", &format!("{{ env = \"{name}\" }}"));
            }
            // It may be somebody else's.
            MasterKey => {}
            Nothing(why) => self.note(format!("{name}: has no effect here: {why}")),
        }
    }

    /// The only connection of a kind.
    fn connection(&self, kind: &str) -> Option<&'a str> {
        let mut found = self.connections.iter().filter(|(_, one)| one.kind == kind);
        let (id, _) = found.next()?;
        found.next().is_none().then_some(id.as_str())
    }

    fn part(&mut self, name: &str, kind: &str, keep: impl FnOnce(&mut Self)) {
        match self.connection(kind) {
            Some(id) => {
                keep(self);
                self.deprecated(name, &format!("brokers.{id}.settings.address"));
            }
            None => self.without(name, kind),
        }
    }

    fn without(&mut self, name: &str, kind: &str) {
        self.note(format!(
            "{name}: has no effect: there is not exactly one connection of the kind `{kind}`"
        ));
    }

    /// Hosts and ports come apart and belong together.
    fn addresses(&mut self) {
        if let (host, Some(port)) = self.own {
            let host = match host {
                None | Some("localhost") => "127.0.0.1",
                Some(host) => host,
            };
            self.put("server.listen", &format!("{host}:{port}"));
        }
        if let (Some(_), _) | (_, Some(_)) = self.theirs
            && let Some(id) = self.connection("ibkr")
        {
            let host = self.theirs.0.unwrap_or("127.0.0.1");
            // Without a port the one for paper accounts is asked, never the one for real money.
            let port = self.theirs.1.unwrap_or("4002");
            self.put(
                &format!("brokers.{id}.settings.address"),
                &format!("{host}:{port}"),
            );
        }
    }

    fn set(&mut self, name: &str, path: &str, value: &str) {
        self.put(path, value);
        self.deprecated(name, path);
    }

    /// What is said in our own name counts more.
    fn put(&mut self, path: &str, value: &str) {
        let variable = format!("BROKER__{}", path.to_ascii_uppercase().replace('.', "__"));
        let is_said = |one: &OsString| one.to_str() == Some(&variable);
        if self.given.contains_key(variable.as_str())
            || self.found.settings.iter().any(|(one, _)| is_said(one))
        {
            return;
        }
        self.found.settings.push((variable.into(), value.into()));
    }

    fn deprecated(&mut self, name: &str, path: &str) {
        self.note(format!("{name} is an old name: say `{path}` in the file"));
    }

    fn note(&mut self, note: String) {
        if !self.found.notes.contains(&note) {
            self.found.notes.push(note);
        }
    }
}

fn is_true(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "1")
}
