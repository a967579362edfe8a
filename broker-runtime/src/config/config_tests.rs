use std::{ffi::OsString, fs, time::Duration};

use broker_core::{
    Decimal, dec,
    model::{AccountId, BrokerId, Environment},
};
use proptest::prelude::*;

use super::*;
use crate::registry::Permission;

pub(super) const GOOD: &str = r#"
[brokers.paper]
kind = "simulator"
[brokers.paper.settings]
host = "127.0.0.1"
password = { env = "PAPER_PASSWORD" }

[accounts.main]
broker = "paper"
account = "PAPER-1"
environment = "simulated"
permission = "trade"
"#;

pub(super) fn load(more: &str) -> Result<Config, ConfigError> {
    Config::loader().text(format!("{GOOD}{more}")).load()
}

/// The first thing that is wrong.
pub(super) fn wrong(more: &str) -> Problem {
    let error = load(more).expect_err(more);
    error.problems()[0].clone()
}

pub(super) fn variables(of: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    of.iter()
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

#[test]
fn overrides_come_before_the_environment_and_that_before_the_file() {
    let file = format!(
        "{GOOD}\n[layers.timeout]\nreads = \"1s\"\ncommands = \"1s\"\n[layers.breaker]\nfailures = 1"
    );
    let config = Config::loader()
        .text(file)
        .variables(variables(&[
            ("BROKER__LAYERS__TIMEOUT__READS", "2s"),
            ("BROKER__LAYERS__BREAKER__FAILURES", "2"),
            ("BROKER_LAYERS__TIMEOUT__READS", "4s"),
            ("PATH", "/bin"),
        ]))
        .set("layers.breaker.failures", "3")
        .load()
        .unwrap();
    assert_eq!(config.layers.timeout.commands, Span::seconds(1));
    assert_eq!(config.layers.timeout.reads, Span::seconds(2));
    assert_eq!(config.layers.breaker.failures, 3);
}

#[test]
fn a_variable_is_read_as_what_it_looks_like_and_exactly() {
    let config = Config::loader()
        .text(GOOD)
        .variables(variables(&[
            ("BROKER__ACCOUNTS__MAIN__ACCOUNT", "0123"),
            ("BROKER__ACCOUNTS__MAIN__ENABLED", "false"),
            ("BROKER__ACCOUNTS__MAIN__GROUPS", r#"["a", "b"]"#),
            ("BROKER__ACCOUNTS__MAIN__LIMITS__MAX_DAILY_LOSS", "1250.10"),
        ]))
        .load()
        .unwrap();
    let account = &config.accounts["main"];
    assert_eq!(account.account.as_str(), "0123");
    assert!(!account.enabled);
    assert_eq!(account.groups.len(), 2);
    let loss = account.limits.as_ref().unwrap().max_daily_loss;
    assert_eq!(loss, Some(dec!(1250.10)));
    let number = Config::loader()
        .text(GOOD)
        .set("accounts.main.account", "20190419163707900")
        .load()
        .unwrap();
    assert_eq!(
        number.accounts["main"].account.as_str(),
        "20190419163707900"
    );
}

#[test]
fn a_key_that_is_not_known_is_named_with_its_line_and_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broker.toml");
    fs::write(&path, format!("{GOOD}\n[layers.timeout]\nraeds = \"5s\"\n")).unwrap();
    let error = Config::load(&path).unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(problem.path, "layers.timeout.raeds");
    assert_eq!(problem.suggestion.as_deref(), Some("`reads`"));
    let line = format!("{}:15: layers.timeout.raeds: ", path.display());
    assert!(error.to_string().starts_with(&line), "{error}");
    assert!(
        error.to_string().ends_with("did you mean `reads`?"),
        "{error}"
    );
    for (more, path, meant) in [
        ("[layer.timeout]\nreads = \"5s\"", "layer", Some("`layers`")),
        (
            "[brokers.tiger]\nkind = \"t\"\nsetings = {}",
            "brokers.tiger.setings",
            Some("`settings`"),
        ),
        (
            "[accounts.main.limits]\nmax_order_notion = 1",
            "accounts.main.limits.max_order_notion",
            Some("`max_order_notional`"),
        ),
        (
            "[accounts.main.limits.symbols]\nallowed = []",
            "accounts.main.limits.symbols.allowed",
            Some("`allow`"),
        ),
        ("[layers]\nzzz = 1", "layers.zzz", None),
        (
            "[secrets]\nstore = \"s\"\nkey = { fil = \"k\" }",
            "secrets.key.fil",
            Some("`file`"),
        ),
    ] {
        let problem = wrong(more);
        assert_eq!(problem.path, path);
        assert_eq!(problem.suggestion.as_deref(), meant, "{problem}");
        assert!(problem.origin.is_some(), "{problem}");
    }
}

#[test]
fn a_variable_that_is_not_known_is_named() {
    let loader = Config::loader().text(GOOD);
    let error = loader
        .clone()
        .variables(variables(&[("BROKER__LAYERS__TIMEOUT__REEDS", "5s")]))
        .load()
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("BROKER__LAYERS__TIMEOUT__REEDS: layers.timeout.reeds: "),
        "{text}"
    );
    for (name, value) in [("BROKER__", "x"), ("BROKER__LAYERS____X", "x")] {
        assert!(
            loader
                .clone()
                .variables(variables(&[(name, value)]))
                .load()
                .is_err()
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = OsString::from_vec(b"\xff".to_vec());
        assert!(
            loader
                .variables([("BROKER__X".into(), odd)])
                .load()
                .is_err()
        );
    }
}

#[test]
fn what_is_not_a_value_of_its_setting_is_refused_by_line() {
    for (more, path, says) in [
        (
            "[layers.timeout]\nreads = 5",
            "layers.timeout.reads",
            "its unit",
        ),
        (
            "[layers.timeout]\nreads = \"5 s\"",
            "layers.timeout.reads",
            "its unit",
        ),
        (
            "[layers.timeout]\nreads = \"400d\"",
            "layers.timeout.reads",
            "a year",
        ),
        (
            "[layers.timeout]\nreads = \"0s\"",
            "layers.timeout.reads",
            "above zero",
        ),
        (
            "[layers.cache]\nscans = \"never\"",
            "layers.cache.scans",
            "off",
        ),
        (
            "[layers.breaker]\nfailures = -1",
            "layers.breaker.failures",
            "number",
        ),
        (
            "[layers.breaker]\nfailures = 0",
            "layers.breaker.failures",
            "above zero",
        ),
        (
            "[layers.retry]\nattempts = 0",
            "layers.retry.attempts",
            "above zero",
        ),
        (
            "[layers.retry]\nfirst_delay = \"1h\"",
            "layers.retry.first_delay",
            "longer",
        ),
        (
            "[layers.audit]\nfolder = \"a\"\nrotate_at_bytes = 0",
            "layers.audit.rotate_at_bytes",
            "above zero",
        ),
        (
            "[layers.risk.rates]\nEUR = 0",
            "layers.risk.rates.EUR",
            "above zero",
        ),
        (
            "[layers.risk.each]\nmax_order_quantity = -1",
            "layers.risk.each.max_order_quantity",
            "negative",
        ),
        (
            "[layers.risk.total]\nmax_net_exposure = \"-0.01\"",
            "layers.risk.total.max_net_exposure",
            "negative",
        ),
        (
            "[accounts.main.limits]\nmax_daily_loss = 0",
            "accounts.main.limits.max_daily_loss",
            "above zero",
        ),
        (
            "[accounts.main.limits]\nmax_order_notional = 250.5",
            "accounts.main.limits.max_order_notional",
            "not exact",
        ),
        ("[brokers.x]\nkind = \"\"", "brokers.x.kind", "empty"),
        ("[brokers.X]\nkind = \"a\"", "brokers.X", "small letters"),
        (
            "[brokers.b.rate_limit]\nbudgets = [{ scope = \"orders\", permits = 0, period = \"1s\" }]\n[brokers.b]\nkind=\"k\"",
            "brokers.b.rate_limit.budgets.0.permits",
            "above zero",
        ),
    ] {
        let problem = wrong(more);
        assert_eq!(problem.path, path, "{problem}");
        assert!(problem.what.contains(says), "{problem}");
        let origin = problem.origin.clone().unwrap_or_default();
        let line: usize = origin.strip_prefix("text:").unwrap().parse().unwrap();
        assert!(line >= 13, "{problem}");
    }
}

#[test]
fn an_account_names_a_broker_that_there_is() {
    let problem = wrong(
        "[accounts.b]\nbroker = \"papper\"\naccount = \"2\"\nenvironment = \"paper\"\npermission = \"read\"",
    );
    assert_eq!(problem.path, "accounts.b.broker");
    assert_eq!(problem.suggestion.as_deref(), Some("`paper`"));
    let text = format!("default_account = \"mian\"\n{GOOD}");
    let error = Config::loader().text(text).load().unwrap_err();
    assert_eq!(error.problems()[0].suggestion.as_deref(), Some("`main`"));
    let loader = Config::loader()
        .text(GOOD)
        .set("brokers.paper.enabled", "false");
    assert!(
        loader.load().is_err(),
        "an account that is enabled at a broker that is not"
    );
}

#[test]
fn an_account_is_there_once_and_twins_have_the_same_limits() {
    let twin = "[accounts.b]\nbroker = \"paper\"\naccount = \"PAPER-1\"\nenvironment = \"paper\"\npermission = \"trade\"\n";
    assert_eq!(wrong(twin).path, "accounts.main.account");
    let elsewhere =
        twin.replace("\"paper\"\na", "\"other\"\na") + "[brokers.other]\nkind = \"k\"\n";
    assert!(load(&elsewhere).is_ok());
    let limited = format!("{elsewhere}[accounts.b.limits]\nmax_open_orders = 1\n");
    assert_eq!(wrong(&limited).path, "accounts.main.account");
}

#[test]
fn one_account_more_is_for_questions_only_and_changes_nothing_else() {
    let config = load("").unwrap();
    let id = BrokerId::new("paper").unwrap();
    let number = |text: &str| AccountId::new(text).unwrap();
    let more = |of: &Config, name: &str, account: &str| {
        of.with_account(name, &id, &number(account), Environment::Simulated)
    };
    let two = more(&config, "two", "PAPER-2").unwrap();
    let added = &two.accounts["two"];
    assert_eq!(added.permission, Permission::Read);
    assert!(!added.allow_live && added.enabled);
    assert_eq!(two.accounts["main"], config.accounts["main"]);
    // The account of calls that name none stays the one that it was.
    assert_eq!(two.default_account.as_deref(), Some("main"));
    let three = more(&two, "three", "PAPER-3").unwrap();
    assert_eq!(three.default_account.as_deref(), Some("main"));
    let none = Config::loader().load().unwrap();
    for refused in [
        more(&config, "main", "PAPER-2"),
        more(&config, "two", "PAPER-1"),
        more(&config, "Two", "PAPER-2"),
        more(&none, "two", "PAPER-2"),
        config.with_account("two", &id, &number("U1"), Environment::Live),
    ] {
        refused.unwrap_err();
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let error = load("[layers.timeout]\nreads = \"0s\"\ncommands = \"0s\"\n[layers.risk.each]\nmax_order_quantity = -1").unwrap_err();
    assert_eq!(error.problems().len(), 3);
    assert_eq!(error.to_string().lines().count(), 3);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load("/there/is/no/such/broker.toml").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("/there/is/no/such/broker.toml: the file cannot be read")
    );
}

proptest! {
    #[test]
    fn a_span_is_read_as_it_is_written(millis in 0u64..31_622_400_000) {
        let span = Span::millis(millis);
        prop_assert_eq!(span.to_string().parse::<Span>(), Ok(span));
        prop_assert_eq!(span.get(), Duration::from_millis(millis));
    }

    #[test]
    fn garbage_never_panics(
        text in "\\PC{0,80}",
        keys in "[a-z_.\\[\\]=\" 0-9{}\n]{0,120}",
        cut in 0usize..600,
        at in 0usize..600,
        byte in any::<char>(),
        value in "\\PC{0,20}",
    ) {
        let _ = Config::loader().text(text.as_str()).load();
        let _ = Config::loader().text(keys.as_str()).load();
        let whole: Vec<char> = GOOD.chars().collect();
        let mut part: Vec<char> = whole.iter().copied().take(cut).collect();
        let _ = Config::loader().text(part.iter().collect::<String>()).load();
        if let Some(here) = part.get_mut(at) {
            *here = byte;
        }
        let _ = Config::loader().text(part.into_iter().collect::<String>()).load();
        let _ = Config::loader().text(GOOD).set(text.as_str(), value.as_str()).load();
        let path = ["layers.timeout.reads", "accounts.main", "brokers", "accounts.main.limits.max_daily_loss"][cut % 4];
        let _ = Config::loader().text(GOOD).set(path, value.as_str()).load();
    }

    #[test]
    fn an_amount_is_exact_wherever_it_stands(units in 1i64..1_000_000_000, scale in 0u32..6) {
        let amount = Decimal::new(units, scale);
        let text = format!("{GOOD}[layers.risk.each]\nmax_order_notional = \"{amount}\"");
        let config = Config::loader().text(text).load().unwrap();
        prop_assert_eq!(config.layers.risk.each.max_order_notional, Some(amount));
        let config = Config::loader()
            .text(GOOD)
            .set("layers.risk.each.max_order_notional", amount.to_string())
            .load()
            .unwrap();
        prop_assert_eq!(config.layers.risk.each.max_order_notional, Some(amount));
    }
}
