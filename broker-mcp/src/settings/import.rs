//! A configuration out of the accounts of a former server.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use broker_core::SecretString;
use broker_runtime::config::{Config, SecretRef};
use serde_json::Value;

use super::former::{FormerAccount, FormerFile, FormerPermission, PrivateKey};

/// What a file of a former server comes to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Imported {
    /// The configuration, as TOML.
    pub text: String,
    /// Private keys that stood in the file, each with the name of the file that it belongs into, beside the
    /// configuration and for its owner only: a configuration never has a secret itself.
    pub keys: Vec<(PathBuf, SecretString)>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Makes a configuration out of `primary_account`, `additional_accounts` and `settings`, as the former server
/// for Tiger Brokers has them. Paths in it are meant from `folder`.
///
/// Which accounts are paper their numbers say, and Tiger has to prove it at each connect. The result is a
/// configuration that [`Config`] takes.
///
/// # Errors
/// All that is wrong with it; never a key.
pub fn import(value: &Value, folder: &Path) -> Result<Imported, Vec<String>> {
    let mut file = FormerFile::read(value).map_err(|error| vec![error])?;
    let former = file.take_accounts().map_err(|error| vec![error])?;
    let mut import = Import::default();
    for (index, account) in former.into_iter().enumerate() {
        import.add(index, account, folder);
    }
    import.settle(&file);
    if !import.problems.is_empty() {
        return Err(import.problems);
    }
    let text = import.text();
    let checked = Config::loader().section("server").text(&text).load();
    checked.map_err(|error| vec![error.to_string()])?;
    Ok(Imported {
        text,
        keys: import.keys,
        notes: import.notes,
    })
}

/// A login: a developer's number, and whether its accounts are paper.
struct Login {
    name: String,
    client_id: String,
    paper: bool,
    key: SecretRef,
    given: PrivateKey,
    /// Tiger pushes to one session of a developer only.
    pushes: bool,
}

struct Account {
    name: String,
    id: String,
    login: String,
    paper: bool,
    trades: bool,
}

#[derive(Default)]
struct Import {
    logins: Vec<Login>,
    accounts: Vec<Account>,
    default: Option<String>,
    keys: Vec<(PathBuf, SecretString)>,
    notes: Vec<String>,
    problems: Vec<String>,
}

/// An account without real money has a number of 17 digits or more.
fn is_paper(account: &str) -> bool {
    account.len() >= 17 && account.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_same(a: &PrivateKey, b: &PrivateKey) -> bool {
    use broker_core::ExposeSecret as _;
    match (a, b) {
        (PrivateKey::Here(a), PrivateKey::Here(b)) => a.expose_secret() == b.expose_secret(),
        (PrivateKey::There(a), PrivateKey::There(b)) => a == b,
        _ => false,
    }
}

impl Import {
    fn add(&mut self, index: usize, account: FormerAccount, folder: &Path) {
        let (name, path) = match index {
            0 => ("primary".to_owned(), "primary_account".to_owned()),
            _ => (
                format!("additional-{index}"),
                format!("additional_accounts[{}]", index - 1),
            ),
        };
        if account.permissions.is_empty() {
            let what = format!("{path}.permissions: name `read`, or `read` and `trade`");
            self.problems.push(what);
        }
        if self
            .accounts
            .iter()
            .any(|other| other.id == account.account_id)
        {
            let what = format!("{path}.account_id: {} is there twice", account.account_id);
            self.problems.push(what);
        }
        let paper = is_paper(&account.account_id);
        let key = account.private_key.seen_from(folder);
        let login = self.login(&path, account.client_id, paper, key);
        self.accounts.push(Account {
            name,
            id: account.account_id,
            login,
            paper,
            trades: account.permissions.contains(&FormerPermission::Trade),
        });
    }

    /// The name of the login of an account.
    fn login(&mut self, path: &str, client_id: String, paper: bool, given: PrivateKey) -> String {
        let mut same = self.logins.iter().filter(|one| one.client_id == client_id);
        let known = same.next();
        if known.is_some_and(|known| !is_same(&known.given, &given)) {
            let what = format!("{path}.private_key: {client_id} has another one elsewhere");
            self.problems.push(what);
        }
        let here = self.logins.iter();
        let here = here
            .clone()
            .find(|one| one.client_id == client_id && one.paper == paper);
        if let Some(here) = here {
            return here.name.clone();
        }
        let name = match self.logins.len() {
            0 => "tiger".to_owned(),
            many => format!("tiger-{}", many + 1),
        };
        let (key, pushes) = match (known, &given) {
            (Some(known), _) => (known.key.clone(), false),
            (None, PrivateKey::There(reference)) => (reference.clone(), true),
            (None, PrivateKey::Here(key)) => {
                let file = PathBuf::from(format!("{name}.key"));
                let note = format!(
                    "the private key of {client_id} stood in the file itself: it is in {} now; take it out of the \
                     old one",
                    file.display()
                );
                self.notes.push(note);
                self.keys.push((file.clone(), key.clone()));
                (SecretRef::File(file), true)
            }
        };
        self.logins.push(Login {
            name: name.clone(),
            client_id,
            paper,
            key,
            given,
            pushes,
        });
        name
    }

    /// The place of an account that the settings name: by its number, or `primary_account`.
    fn place(&mut self, path: &str, name: &str) -> Option<usize> {
        let found = self.accounts.iter().position(|one| {
            let first = one.name == "primary" && name == "primary_account";
            one.id == name || one.name == name || first
        });
        if found.is_none() {
            let what = format!("{path}: there is no account {name}");
            self.problems.push(what);
        }
        found
    }

    /// What the settings say of the accounts.
    fn settle(&mut self, file: &FormerFile) {
        let settings = &file.settings;
        if self.accounts.len() > settings.max_accounts {
            let (here, most) = (self.accounts.len(), settings.max_accounts);
            let what =
                format!("settings.max_accounts: there are {here} accounts, and {most} is the most");
            self.problems.push(what);
        }
        let default = settings.default_account.as_deref().unwrap_or("primary");
        let default = self.place("settings.default_account", default);
        self.default = default
            .and_then(|place| self.accounts.get(place))
            .map(|account| account.name.clone());
        if let Some(trading) = &settings.trading_accounts {
            let path = "settings.trading_accounts";
            let places: Vec<usize> = trading
                .iter()
                .filter_map(|name| self.place(path, name))
                .collect();
            for (place, account) in self.accounts.iter_mut().enumerate() {
                let listed = places.contains(&place);
                if listed && !account.trades {
                    let what = format!("{path}: {} has no permission `trade`", account.id);
                    self.problems.push(what);
                }
                account.trades &= listed;
            }
        }
        if !settings.account_validation {
            let note = "settings.account_validation = false has no effect: every account is proven at each connect";
            self.notes.push(note.to_owned());
        }
        for account in self.accounts.iter().filter(|one| one.trades && !one.paper) {
            let note = format!(
                "{} moves real money: it is for reading until you write `permission = \"trade\"` into \
                 `[accounts.{}]`",
                account.id, account.name
            );
            self.notes.push(note);
        }
        let note = "a licence of Hong Kong needs its token, too: `folder` or `token` in the settings of the connection";
        self.notes.push(note.to_owned());
    }

    fn text(&self) -> String {
        let mut text = String::from(
            "# From the accounts of the server before. `broker-mcp.example.toml` in the sources says line by line\n\
             # what else there is.\n",
        );
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        if let Some(default) = &self.default {
            line(format!("default_account = {}", quoted(default)));
        }
        for login in &self.logins {
            let name = &login.name;
            line(format!("\n[brokers.{name}]\nkind = \"tiger\""));
            line(format!("[brokers.{name}.settings]"));
            line(format!("tiger_id = {}", quoted(&login.client_id)));
            line(format!("private_key = {}", reference(&login.key)));
            line(format!(
                "orders = {}",
                quoted(&format!("{name}-orders.json"))
            ));
            if !login.pushes {
                line("# Tiger pushes to one session of a developer only.\npush = false".to_owned());
            }
        }
        for account in &self.accounts {
            line(format!("\n[accounts.{}]", account.name));
            line(format!("broker = {}", quoted(&account.login)));
            line(format!("account = {}", quoted(&account.id)));
            if account.paper {
                line("environment = \"paper\"".to_owned());
            } else {
                line("environment = \"live\"\nallow_live = true".to_owned());
            }
            // Nobody has said here that real money may be moved.
            let permission = match (account.trades, account.paper) {
                (false, _) => "permission = \"read\"",
                (true, true) => "permission = \"trade\"",
                (true, false) => {
                    "# It traded there: \"trade\" lets its orders pass.\npermission = \"read\""
                }
            };
            line(permission.to_owned());
        }
        line("\n# Orders are written down before they are sent, so that a crash never makes a second one.".to_owned());
        line("[layers.journal]\nfolder = \"journal\"".to_owned());
        line("[layers.audit]\nfolder = \"audit\"".to_owned());
        line("[layers.risk]\nkill_switch = \"kill-switch.json\"".to_owned());
        let stored = |login: &Login| matches!(login.key, SecretRef::Secret(_));
        if self.logins.iter().any(stored) {
            line(
                "\n[secrets]\nstore = \"broker.secrets\"\nkey = { file = \"master.key\" }"
                    .to_owned(),
            );
        }
        line("\n[server]\nprofiles = [\"tiger\"]".to_owned());
        let trades = self.accounts.iter().any(|account| account.trades);
        line(format!("read_only = {}", !trades));
        text
    }
}

/// A text as TOML has it. What a control character may be in a path is written as its number.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn reference(key: &SecretRef) -> String {
    match key {
        SecretRef::Env(name) => format!("{{ env = {} }}", quoted(name)),
        SecretRef::File(path) => format!("{{ file = {} }}", quoted(&path.display().to_string())),
        SecretRef::Secret(entry) => format!("{{ secret = {} }}", quoted(entry)),
        // A reference of a kind that came later is not read by `former.rs`.
        _ => "{}".to_owned(),
    }
}
