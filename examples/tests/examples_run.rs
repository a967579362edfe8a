//! Runs every example as a stranger would and looks at what it prints.
//!
//! `cargo test` builds the examples first; `cargo test --test examples_run` alone does not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::{path::Path, process::Command};

/// What an example prints, after it has ended well.
fn run(name: &str) -> String {
    let here = std::env::current_exe().unwrap();
    let built = here.ancestors().nth(2).unwrap().join("examples");
    let program = built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(&program)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; is it built?", program.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed: {errors}");
    // A progress bar has no business where there is no terminal.
    assert_eq!(errors, "", "{name} wrote to standard error");
    String::from_utf8(output.stdout).unwrap()
}

fn assert_in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part);
        let at = at.unwrap_or_else(|| panic!("`{part}` is missing or out of place in:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn quickstart_trades_a_bracket_and_draws_the_equity_curve() {
    let text = run("quickstart");
    assert_in_order(
        &text,
        &[
            "100,000.00 USD",
            "bracket accepted: true",
            "entry       buy UNH.XNYS: bought 40",
            "take profit sell UNH.XNYS: sold 40",
            "stop loss   sell UNH.XNYS: canceled",
            "equity curve: ",
        ],
    );
    let path = text.trim_end().rsplit("equity curve: ").next().unwrap();
    let picture = std::fs::read(path).unwrap();
    assert!(picture.starts_with(b"\x89PNG"), "{path} is no picture");
    assert!(picture.len() > 10_000, "{path} is empty");
}

#[test]
fn streaming_quotes_shares_lines_and_releases_them() {
    assert_in_order(
        &run("streaming_quotes"),
        &[
            "three readers of the quotes:  1 line",
            "one reader of the trades: 2 lines",
            "the last one dropped:              1 line",
            "the reader of the trades dropped:  0 lines",
        ],
    );
}

#[test]
fn order_lifecycle_tells_of_the_late_fill_and_the_bust() {
    assert_in_order(
        &run("order_lifecycle"),
        &[
            "800 of 1000 filled",
            "canceled, 800 of 1000 filled",
            "too_late at client_order_id",
            "FillsMissing",
            "LateFill",
            "execution busted",
            "demo-1: ended, 800 filled",
            "demo-2: ended, 0 filled",
        ],
    );
}

#[test]
fn option_chain_exercises_a_call() {
    assert_in_order(
        &run("option_chain"),
        &[
            "strike",
            "bought 2 contracts: filled",
            "accepted: true",
            "200",
        ],
    );
}

#[test]
fn multi_account_keeps_accounts_apart() {
    assert_in_order(
        &run("multi_account"),
        &[
            "name the one to trade",
            "what EU-1 heard",
            "sell EUR.USD",
            "HK-1",
            "7.80",
        ],
    );
}

#[test]
fn survive_disconnect_finds_one_order_and_no_lost_fill() {
    assert_in_order(
        &run("survive_disconnect"),
        &[
            "sent; unconfirmed (disconnected)",
            "gap ",
            "looked up: found, filled, 100 filled",
            "sent; unconfirmed (timeout)",
            "looked up: proven absent",
            "duplicate at client_order_id",
            "no fill lost",
        ],
    );
}

#[test]
fn ibkr_connect_says_what_is_wrong_in_each_way_of_failing() {
    assert_in_order(
        &run("ibkr_connect"),
        &[
            "connected to a simulated TWS: paper account, Ready",
            "1,000,000.00 USD",
            "AAPL.XNAS",
            "known to TWS as 265598",
            "the client id is in use",
            "nothing listens",
            "TWS asks a person whether to let us in",
        ],
    );
}

#[test]
fn ibkr_bracket_takes_its_profit_and_cancels_its_stop() {
    assert_in_order(
        &run("ibkr_bracket"),
        &[
            "bracket accepted: true",
            "bought 100",
            "the market goes to",
            "sold 100",
            "canceled",
        ],
    );
}

#[test]
fn ibkr_option_chain_has_sensitivities() {
    assert_in_order(
        &run("ibkr_option_chain"),
        &[
            "options on AAPL.XNAS expire on",
            "16 options for",
            "pays a volatility of",
        ],
    );
}

#[test]
fn ibkr_survive_nightly_reset_hears_of_the_fill_once() {
    assert_in_order(
        &run("ibkr_survive_nightly_reset"),
        &[
            "an order rests",
            "the gateway restarts",
            "gap",
            "snapshot",
            "the session is Ready",
            "filled",
        ],
    );
}

#[test]
fn tiger_quickstart_trades_and_says_what_is_wrong_in_each_way_of_failing() {
    assert_in_order(
        &run("tiger_quickstart"),
        &[
            "connected to a simulated Tiger: paper account, Ready",
            "1,000,000.00 USD",
            "no quote of NOSUCH",
            "the broker would take it",
            "bought 100",
            "sold 50",
            "the key is not one",
            "`private_key`",
            "the key is somebody else's",
            "signature",
            "nothing listens",
            "cannot be reached",
        ],
    );
}

#[test]
fn tiger_option_chain_buys_a_spread() {
    assert_in_order(
        &run("tiger_option_chain"),
        &[
            "options on AAPL.XNAS expire on",
            "16 options for",
            "a call spread",
            "Accepted",
            "filled at",
            "180C",
            "185C",
        ],
    );
}

#[test]
fn tiger_token_watch_never_lets_the_token_lapse() {
    let text = run("tiger_token_watch");
    assert_in_order(
        &text,
        &[
            "day  0",
            "Tiger is down",
            "could not be renewed (1), again in",
            "could not be renewed (8), again in",
            "day 13",
            "Tiger is back",
            "renewed at last",
            "day 21",
            "0 refused because of the token",
        ],
    );
    assert_eq!(text.matches("good for 0").count(), 0, "{text}");
}

#[test]
fn tiger_push_hears_of_everything_and_gives_way() {
    assert_in_order(
        &run("tiger_push"),
        &[
            "a phone buys",
            "bought 100",
            "an order of ours rests",
            "gap ",
            "snapshot",
            "its fills ┆                1 ┆                  1",
            "session     displaced",
            "is not sent",
            "the session is Ready",
        ],
    );
}

#[test]
fn standard_stack_refuses_by_name_and_keeps_a_journal_and_a_trail() {
    assert_in_order(
        &run("standard_stack"),
        &[
            "within every limit\n    accepted: true",
            "max_order_notional of account PAPER-1: the limit is 25000",
            "price_collar",
            "symbols",
            "max_open_orders",
            "Unconfirmed",
            "replace",
            "unconfirmed",
            "everything canceled: true",
            "kill_switch",
            "is whole: true",
        ],
    );
}

#[test]
fn kill_and_recover_finds_one_order_for_one_intent() {
    assert_in_order(
        &run("kill_and_recover"),
        &[
            "now the power fails",
            "it is dead",
            "an intent was open: submit buy-ko-today: the broker has it",
            "not sent: submit: duplicate",
            "one intent, one order",
        ],
    );
}

#[test]
fn multi_broker_portfolio_nets_positions_over_both_wires() {
    let text = run("multi_broker_portfolio");
    assert_in_order(
        &text,
        &[
            "ibkr/DU1 is at hand",
            "tiger/21000000000000001 is at hand",
            "AAPL.XNAS",
            "  80 ",
            "  320 ",
            "chart: ",
        ],
    );
    let path = text.trim_end().rsplit("chart: ").next().unwrap();
    assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn rebalance_brings_every_instrument_to_its_target() {
    assert_in_order(
        &run("rebalance"),
        &[
            "the account holds too much of one share",
            "sells first",
            "executions brought",
            "every instrument is within 2.00% of its target",
        ],
    );
}

#[test]
fn prometheus_counts_what_the_program_did() {
    let page = run("prometheus");
    for line in [
        "broker_requests_total{broker=\"paper\",operation=\"submit\",outcome=\"ok\"} 1",
        "broker_requests_total{broker=\"paper\",operation=\"submit\",outcome=\"risk_refused\"} 1",
        "broker_request_seconds_count{broker=\"paper\",operation=\"cancel\"} 1",
        "broker_journal_commit_seconds_count",
    ] {
        assert!(page.contains(line), "`{line}` is missing in:\n{page}");
    }
}

/// The names of metrics in a text.
fn metrics(text: &str) -> std::collections::BTreeSet<String> {
    let word = |c: char| !(c.is_ascii_lowercase() || c == '_');
    let names = text.split(word).filter(|word| {
        [
            "_total", "_seconds", "_state", "_bucket", "_left", "_bytes", "_ratio",
        ]
        .iter()
        .any(|end| word.starts_with("broker_") && word.ends_with(end))
    });
    names
        .map(|name| name.trim_end_matches("_bucket").to_owned())
        .collect()
}

#[test]
fn the_dashboard_and_the_alerts_know_every_metric_and_no_other() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../");
    let read = |path: &str| std::fs::read_to_string(format!("{here}{path}")).unwrap();
    let mut counted = metrics(&read("broker-runtime/src/measure.rs"));
    counted.extend(metrics(&read("broker-mcp/src/measure.rs")));
    let drawn = metrics(&read("docs/dashboard.json"));
    assert_eq!(drawn, counted);
    let watched = metrics(&read("docs/alerts.yaml"));
    assert!(watched.is_subset(&counted), "{watched:?}");
    assert!(watched.len() > 5, "{watched:?}");
}

/// Every Rust file of the workspace's libraries.
fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_that_the_page_about_failures_names_is_there() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let page = std::fs::read_to_string(root.join("docs/failures.md")).unwrap();
    let mut all = String::new();
    for name in ["core", "ibkr", "runtime", "sim", "tiger"] {
        sources(&root.join(format!("broker-{name}")), &mut all);
    }
    sources(&root.join("examples/tests"), &mut all);
    let is_test = |word: &&str| {
        let lower = |c: char| c.is_ascii_lowercase() || c == '_';
        word.len() > 20 && word.chars().all(lower) && word.contains('_')
    };
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).filter(is_test).collect();
    assert!(named.len() > 30, "{}", named.len());
    let examples = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in named {
        let example = examples.join(format!("{name}.rs")).exists();
        assert!(
            example || all.contains(&format!("fn {name}(")),
            "{name} is no test"
        );
    }
}
