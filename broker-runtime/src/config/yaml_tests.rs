use std::fs;

use broker_core::dec;
use proptest::prelude::*;

use super::{
    example_tests::{EXAMPLE, read, uncommented},
    *,
};

const GOOD: &str = r"
brokers:
  paper:
    kind: simulator
    settings:
      host: 127.0.0.1
      password: { env: PAPER_PASSWORD }
accounts:
  main:
    broker: paper
    account: PAPER-1
    environment: simulated
    permission: trade
";

fn load(text: impl Into<String>) -> Result<Config, ConfigError> {
    Config::loader().file("broker.yaml").text(text).load()
}

/// The first thing that is wrong with what stands behind the good part.
fn wrong(more: &str) -> Problem {
    let error = load(format!("{GOOD}{more}")).expect_err(more);
    error.problems()[0].clone()
}

/// The line of the file below the good part.
fn line(below: usize) -> String {
    format!("broker.yaml:{}", GOOD.lines().count() + below)
}

/// A word of YAML, without quotes where that says the same.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_span = ["ms", "s", "m", "h", "d"].contains(&digits) && digits.len() < text.len();
    if is_span || text.starts_with(char::is_alphabetic) && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        serde_json::to_string(text).unwrap()
    }
}

/// The same in YAML, tables in blocks and lists of tables with dashes.
fn yaml(value: &toml::Value, indent: usize) -> String {
    let begin = "  ".repeat(indent);
    match value {
        toml::Value::String(text) => format!(" {}\n", word(text)),
        toml::Value::Table(table) if table.is_empty() => "\n".to_owned(),
        toml::Value::Table(table) => table.iter().fold("\n".to_owned(), |all, (key, value)| {
            format!("{all}{begin}{key}:{}", yaml(value, indent + 1))
        }),
        toml::Value::Array(list) if list.is_empty() => " []\n".to_owned(),
        toml::Value::Array(list) => list.iter().fold("\n".to_owned(), |all, value| {
            let value = yaml(value, indent + 1);
            format!("{all}{begin}-{value}")
        }),
        other => format!(" {}\n", serde_json::to_string(other).unwrap()),
    }
}

#[test]
fn the_example_says_the_same_in_yaml() {
    let (defaults, all) = uncommented();
    for text in [EXAMPLE, &defaults, &all] {
        let table = toml::from_str::<toml::Value>(text).unwrap();
        let said = yaml(&table, 0);
        let config = load(said.as_str()).unwrap_or_else(|error| panic!("{error}\n{said}"));
        let mut expected = read(text);
        expected.folder = config.folder.clone();
        assert_eq!(config, expected, "{said}");
    }
}

#[test]
fn the_name_of_the_file_says_its_language() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["broker.yaml", "broker.yml", "broker.YAML"] {
        let path = folder.path().join(name);
        fs::write(&path, GOOD).unwrap();
        let config = Config::load(&path).unwrap();
        assert_eq!(config.accounts["main"].account.as_str(), "PAPER-1");
        assert!(config.is_from_file("accounts.main.account"));
    }
    let path = folder.path().join("broker.toml");
    fs::write(&path, GOOD).unwrap();
    let error = Config::load(&path).unwrap_err().to_string();
    assert!(error.contains("this is not TOML"), "{error}");
    let path = folder.path().join("other.yml");
    fs::write(&path, "[brokers.paper]\nkind = \"simulator\"\n").unwrap();
    let error = Config::load(&path).unwrap_err().to_string();
    let not_a_table = "other.yml:1: a file is a table of settings";
    assert!(error.contains(not_a_table), "{error}");
}

#[test]
fn the_environment_and_overrides_lie_over_yaml_too() {
    let config = Config::loader()
        .file("broker.yaml")
        .text(format!("{GOOD}layers:\n  breaker:\n    failures: 1\n"))
        .variables([("BROKER__LAYERS__BREAKER__FAILURES".into(), "2".into())])
        .set("layers.timeout.reads", "5s")
        .load()
        .unwrap();
    assert_eq!(config.layers.breaker.failures, 2);
    assert_eq!(config.layers.timeout.reads, Span::seconds(5));
    assert!(!config.is_from_file("layers.breaker.failures"));
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_what_was_meant() {
    let problem = wrong("layers:\n  timeout:\n    # a word\n    raeds: 5s\n");
    assert_eq!(problem.path, "layers.timeout.raeds");
    assert_eq!(problem.suggestion.as_deref(), Some("`reads`"));
    assert_eq!(problem.origin, Some(line(4)));
    for (more, path, below, says) in [
        ("layer: {}", "layer", 1, "no such setting"),
        (
            "layers:\n  timeout:\n    reads: 5",
            "layers.timeout.reads",
            3,
            "its unit",
        ),
        (
            "layers: { timeout: {\n  reads: 0s } }",
            "layers.timeout.reads",
            2,
            "above zero",
        ),
        (
            "layers:\n  journal:\n",
            "layers.journal",
            2,
            "`folder` is missing",
        ),
        (
            "layers:\n  risk:\n    each:\n      asset_classes:\n        - equity\n        - equty",
            "layers.risk.each.asset_classes.1",
            6,
            "\"equty\"",
        ),
    ] {
        let problem = wrong(more);
        assert_eq!(problem.path, path, "{problem}");
        assert_eq!(problem.origin, Some(line(below)), "{problem}");
        assert!(problem.what.contains(says), "{problem}");
    }
}

#[test]
fn a_key_that_is_there_twice_is_an_error_in_either_language() {
    for more in [
        "layers:\n  timeout:\n    reads: 5s\n    \"reads\": 6s\n",
        "layers: { timeout: { reads: 5s,\n\n\n  reads: 6s } }",
    ] {
        let problem = wrong(more);
        assert_eq!(problem.path, "layers.timeout.reads");
        assert_eq!(problem.origin, Some(line(4)), "{problem}");
        assert!(problem.what.contains("twice"), "{problem}");
    }
    assert_eq!(wrong("accounts: {}").path, "accounts");
    let toml = Config::loader().text("[layers.timeout]\nreads = \"5s\"\nreads = \"6s\"\n");
    let error = toml.load().unwrap_err();
    assert_eq!(error.problems()[0].origin.as_deref(), Some("text:3"));
}

#[test]
fn what_yaml_has_beyond_settings_is_refused_and_not_guessed() {
    for (more, below, says) in [
        ("layers: &all {}", 1, "anchors"),
        ("layers:\n  timeout: &all\n", 2, "anchors"),
        ("x: *nobody", 1, "unknown anchor"),
        ("layers:\n  <<: { timeout: {} }", 2, "merge keys"),
        ("layers: !!map {}", 1, "tags"),
        ("layers:\n  breaker:\n    failures: !!int \"3\"", 3, "tags"),
        ("!!str layers: {}", 1, "tags"),
        ("layers: null", 1, "null"),
        ("layers: ~", 1, "null"),
        ("default_account: Null", 1, "null"),
        ("? [layers]\n: {}", 1, "a key is text"),
        (": {}", 1, "key"),
        ("---\nlayers: {}", 1, "a second document"),
        ("layers: {", 1, "this is not YAML"),
        ("layers:\n\ttimeout: {}", 2, "this is not YAML"),
    ] {
        let problem = wrong(more);
        assert!(problem.what.contains(says), "{more:?}: {problem}");
        let origin = problem.origin.clone().unwrap_or_default();
        let at: usize = origin
            .strip_prefix("broker.yaml:")
            .unwrap()
            .parse()
            .unwrap();
        let least = GOOD.lines().count() + below;
        // Where something is missing, the reader is past it when it knows.
        assert!((least..=least + 1).contains(&at), "{more:?}: {problem}");
    }
    for text in ["- a", "word", "5"] {
        let error = load(text).unwrap_err();
        assert_eq!(
            error.to_string(),
            "broker.yaml:1: a file is a table of settings"
        );
    }
    for text in ["", "# nothing\n", "{}", "%YAML 1.2\n---\n{}\n...\n"] {
        assert_eq!(load(text).unwrap(), load("").unwrap(), "{text:?}");
    }
}

#[test]
fn yes_and_no_are_words_and_never_become_true_or_false() {
    let words = ["yes", "No", "ON", "off", "y", "N"];
    for word in words {
        let problem = wrong(&format!(
            "layers:\n  risk:\n    each:\n      short_selling: {word}"
        ));
        assert_eq!(problem.path, "layers.risk.each.short_selling");
        assert_eq!(problem.origin, Some(line(4)));
        assert!(problem.what.contains("text"), "{problem}");
        let symbol = word.to_ascii_uppercase();
        let more = format!("layers:\n  risk:\n    each:\n      symbols:\n        deny: [{symbol}]");
        let config = load(format!("{GOOD}{more}")).unwrap();
        let denied = &config.layers.risk.each.symbols.deny;
        let denied: Vec<&str> = denied.iter().map(String::as_str).collect();
        assert_eq!(denied, [symbol]);
    }
    for (word, is) in [("true", true), ("False", false), ("TRUE", true)] {
        let more = format!("layers:\n  risk:\n    each:\n      short_selling: {word}");
        let config = load(format!("{GOOD}{more}")).unwrap();
        assert_eq!(config.layers.risk.each.short_selling, is);
    }
    let config = load(format!("{GOOD}layers: {{ cache: {{ scans: off }} }}")).unwrap();
    assert_eq!(config.layers.cache.scans.get(), None);
}

#[test]
fn an_amount_is_exact_or_refused() {
    let loss = |amount: &str| {
        let more = format!("layers:\n  risk:\n    each:\n      max_daily_loss: {amount}");
        load(format!("{GOOD}{more}")).map(|config| config.layers.risk.each.max_daily_loss)
    };
    for (said, is) in [
        ("\"0.1\"", dec!(0.1)),
        ("'1250.50'", dec!(1250.50)),
        ("25000", dec!(25000)),
        ("+5", dec!(5)),
        ("999999999999", dec!(999999999999)),
    ] {
        let read = loss(said).unwrap();
        assert_eq!(read.map(|amount| amount.to_string()), Some(is.to_string()));
    }
    for (said, says) in [
        ("0.1", "not exact"),
        ("250.0", "not exact"),
        ("1e5", "do not agree"),
        ("1.5e3", "do not agree"),
        ("010", "do not agree"),
        ("0o17", "do not agree"),
        ("0x1F", "do not agree"),
        ("0b11", "do not agree"),
        ("1_000", "do not agree"),
        ("+0_1", "do not agree"),
        ("22:30", "do not agree"),
        ("1:22:30.5", "do not agree"),
        (".5", "do not agree"),
        ("5.", "do not agree"),
        (".inf", "do not agree"),
        ("+.INF", "do not agree"),
        (".NaN", "do not agree"),
        ("99999999999999999999", "too large"),
    ] {
        let error = loss(said).expect_err(said);
        let problem = &error.problems()[0];
        assert_eq!(problem.path, "layers.risk.each.max_daily_loss");
        assert_eq!(problem.origin, Some(line(4)));
        assert!(problem.what.contains(says), "{said}: {problem}");
    }
}

#[test]
fn an_account_is_the_text_or_the_number_that_stands_there() {
    for (said, is) in [
        ("U1234567", "U1234567"),
        ("20190419163707901", "20190419163707901"),
        ("\"0123\"", "0123"),
        ("1e5x", "1e5x"),
        ("2026-11-22", "2026-11-22"),
    ] {
        let config = load(GOOD.replace("PAPER-1", said)).unwrap();
        assert_eq!(config.accounts["main"].account.as_str(), is);
    }
    let problem = &load(GOOD.replace("PAPER-1", "0123")).unwrap_err();
    assert_eq!(problem.problems()[0].path, "accounts.main.account");
}

#[test]
fn a_secret_is_not_repeated_in_an_error() {
    for text in [
        GOOD.replace("{ env: PAPER_PASSWORD }", "\"hunter2"),
        GOOD.replace("{ env: PAPER_PASSWORD }", "hunter2: hunter2"),
        GOOD.replace("{ env: PAPER_PASSWORD }", "&hunter2 x"),
        GOOD.replace("{ env: PAPER_PASSWORD }", "!hunter2 x"),
        format!("{GOOD}layers: hunter2"),
    ] {
        let error = load(text).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn what_is_very_deep_is_refused_and_not_followed() {
    let of = |count: usize, open: &str, close: &str| {
        let more = format!("layers: {}{}", open.repeat(count), close.repeat(count));
        let problem = wrong(&more);
        assert_eq!(problem.origin, Some(line(1)), "{problem}");
        problem.what
    };
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("[{a: ", "}]")] {
        assert!(of(100, open, close).contains("deep"), "{open}");
        // The parser gives up where it has to read ahead.
        let what = of(100_000, open, "");
        let given_up = ["deep", "recursion limit"]
            .iter()
            .any(|why| what.contains(why));
        assert!(given_up, "{open}: {what}");
    }
    let problem = wrong(&format!("layers:\n{}", "- ".repeat(100_000)));
    assert!(problem.what.contains("deep"), "{problem}");
}

proptest! {
    #[test]
    fn garbage_never_panics(
        text in "\\PC{0,80}",
        keys in "[a-z_.\\[\\]=\" 0-9{}\n:\\-&*!|>#?%,'~]{0,120}",
        cut in 0usize..300,
        at in 0usize..300,
        byte in any::<char>(),
    ) {
        let _ = load(text);
        let _ = load(keys);
        let mut part: Vec<char> = GOOD.chars().take(cut).collect();
        let _ = load(part.iter().collect::<String>());
        if let Some(here) = part.get_mut(at) {
            *here = byte;
        }
        let _ = load(part.into_iter().collect::<String>());
    }

    #[test]
    fn text_in_quotes_is_that_text(name in "[ -~]{1,20}") {
        let quoted = serde_json::to_string(&name).unwrap();
        let single = format!("'{}'", name.replace('\'', "''"));
        for said in [quoted, single] {
            let more = format!("default_account: {said}");
            let error = load(format!("{GOOD}{more}")).map(|_| ());
            // Only `main` is there.
            let fits = name == "main";
            prop_assert_eq!(error.is_ok(), fits);
            if let Err(error) = error {
                prop_assert_eq!(error.problems()[0].path.as_str(), "default_account");
                prop_assert!(error.to_string().contains(&name), "{}", error);
            }
        }
    }

    #[test]
    fn a_number_is_what_toml_says_it_is_or_an_error(text in "[-+0-9._eExobX:]{1,8}") {
        let of = |file: &str, text: String| {
            let loaded = Config::loader().file(file).text(text).load();
            loaded.map(|config| config.layers.risk.each.max_open_orders)
        };
        let there = of("a.yaml", format!("layers: {{ risk: {{ each: {{ max_open_orders: {text} }} }} }}"));
        if let Ok(Some(number)) = there {
            let toml = of("a.toml", format!("[layers.risk.each]\nmax_open_orders = {text}\n"));
            prop_assert_eq!(toml.unwrap(), Some(number));
        }
    }
}
