use std::collections::BTreeSet;

use broker_core::model::{AccountId, Currency, Environment, Price};

use super::*;
use crate::{
    registry::Permission,
    risk::{Limits, PriceCollar, SymbolRule, TradingHours, WhenUnknown},
};

pub(super) const EXAMPLE: &str = include_str!("../../broker.example.toml");
const MARK: &str = "# an example";

fn is_setting(line: &str) -> bool {
    line.starts_with('#') && !line.starts_with("# ") && line != "#"
}

pub(super) fn read(text: &str) -> Config {
    let loaded = Config::loader().text(text).load();
    loaded.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// With the defaults taken out of their comments, and with everything.
pub(super) fn uncommented() -> (String, String) {
    let examples: BTreeSet<_> = EXAMPLE
        .lines()
        .filter(|line| is_setting(line) && line.ends_with(MARK))
        .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
        .filter(|key| ["#budgets", "#symbols"].contains(key))
        .collect();
    let (mut defaults, mut all) = (String::new(), String::new());
    for line in EXAMPLE.lines() {
        let bare = if is_setting(line) { &line[1..] } else { line };
        let is_example = is_setting(line) && line.ends_with(MARK);
        let key = line.split_once(" = ").map_or("", |(key, _)| key);
        defaults += if is_example { "" } else { bare };
        all += if !is_example && examples.contains(key) {
            ""
        } else {
            bare
        };
        defaults += "\n";
        all += "\n";
    }
    (defaults, all)
}

#[test]
fn the_example_is_read_and_each_commented_default_is_the_default() {
    let (defaults, all) = uncommented();
    assert_ne!(defaults, EXAMPLE);
    assert_eq!(read(EXAMPLE), read(&defaults));
    assert_ne!(read(&all), read(EXAMPLE));
}

#[test]
fn each_setting_is_explained_in_front_of_it() {
    let lines: Vec<_> = EXAMPLE.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let is_key = (is_setting(line) || !line.starts_with('#')) && line.contains(" = ");
        if is_key {
            let key = line.trim_start_matches('#').split(" = ").next();
            let before = lines[index - 1];
            let again = before.trim_start_matches('#').split(" = ").next() == key;
            assert!(
                again || before.starts_with("# "),
                "line {}: {line}",
                index + 1
            );
        }
    }
}

/// Everything that can be set, so that a field that is added does not compile here.
fn full() -> Config {
    let limits = Limits {
        currency: Currency::USD,
        max_order_quantity: Some(1.into()),
        max_order_notional: Some(1.into()),
        max_position_quantity: Some(1.into()),
        max_position_notional: Some(1.into()),
        max_gross_exposure: Some(1.into()),
        max_net_exposure: Some(1.into()),
        price_collar: Some(PriceCollar {
            percent: 1.into(),
            both_sides: true,
        }),
        max_quote_age_seconds: 1,
        max_orders_per_second: Some(1),
        max_open_orders: Some(1),
        max_daily_loss: Some(1.into()),
        symbols: SymbolRule {
            allow: Some(BTreeSet::new()),
            deny: BTreeSet::new(),
        },
        asset_classes: Some(BTreeSet::new()),
        short_selling: true,
        trading_hours: Some(TradingHours::Regular),
        read_only: false,
        when_unknown: WhenUnknown::Refuse,
    };
    let account = AccountConfig {
        broker: String::new(),
        account: AccountId::new("x").unwrap(),
        environment: Environment::Paper,
        allow_live: false,
        permission: Permission::Read,
        enabled: true,
        groups: BTreeSet::new(),
        limits: Some(limits),
    };
    let budget = BudgetConfig {
        scope: BudgetScope::Every,
        permits: 1,
        period: Span::seconds(1),
    };
    let broker = BrokerConfig {
        kind: String::new(),
        enabled: true,
        rate_limit: RateLimitConfig {
            longest_wait: Span::seconds(1),
            budgets: vec![budget],
        },
        settings: Settings::default(),
    };
    let layers = LayersConfig {
        timeout: TimeoutConfig::default(),
        breaker: BreakerConfig::default(),
        retry: RetryConfig::default(),
        cache: CacheConfig::default(),
        journal: Some(JournalConfig { folder: "j".into() }),
        audit: Some(AuditConfig {
            folder: "a".into(),
            rotate_at_bytes: 1,
            queries: false,
        }),
        risk: RiskConfig {
            kill_switch: Some("k".into()),
            each: Limits::default(),
            total: Limits::default(),
            rates: [(Currency::USD, Price::new(1.into()).unwrap())].into(),
        },
    };
    Config {
        brokers: [("paper".to_owned(), broker)].into(),
        accounts: [("main".to_owned(), account)].into(),
        default_account: Some(String::new()),
        layers,
        supervisor: SupervisorConfig {
            check_every: Span::seconds(1),
            apart: Span::seconds(1),
            answer_within: Span::seconds(1),
            failures: 1,
            patience: Span::seconds(1),
            close_within: Span::seconds(1),
            rebuild_within: Span::seconds(1),
            first_pause: Span::seconds(1),
            longest_pause: Span::seconds(1),
            recheck_every: Span::seconds(1),
            ready_within: Span::seconds(1),
            shutdown_within: Span::seconds(1),
            lag_limit: Span::seconds(1),
            lag_window: Span::seconds(1),
            gateway: GatewayConfig {
                down_for: Span::seconds(1),
                every: Span::seconds(1),
                within: Span::seconds(1),
                even_if_it_answers: false,
            },
        },
        secrets: Some(SecretsConfig {
            store: "s".into(),
            key: KeyRef::File("k".into()),
        }),
        ..Config::default()
    }
}

/// The paths of all settings that are not absent.
fn paths(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                paths(value, &format!("{path}.{key}"), found);
            }
        }
        serde_json::Value::Array(values) if values.iter().any(serde_json::Value::is_object) => {
            values.iter().for_each(|value| paths(value, path, found));
        }
        serde_json::Value::Null => return,
        _ => {}
    }
    found.insert(path.to_owned());
}

#[test]
fn every_setting_is_in_the_example() {
    let (_, all) = uncommented();
    let shown = serde_json::to_value(read(&all)).unwrap();
    let expected = serde_json::to_value(full()).unwrap();
    let (mut there, mut wanted) = (BTreeSet::new(), BTreeSet::new());
    paths(&shown, "", &mut there);
    paths(&expected, "", &mut wanted);
    // The text itself, too: what is read back has defaults that nobody has written.
    let word = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    for path in wanted {
        let is_name = path.ends_with(".USD") || path.contains(".settings.");
        let written = ["\n", "{ ", ", ", "."].iter().any(|before| {
            [" = ", "]", "."]
                .iter()
                .any(|after| all.contains(&format!("{before}{}{after}", word(&path))))
        }) || all.contains(&format!("[{}", word(&path)));
        assert!(
            is_name || path.is_empty() || written,
            "{path} is not written in the example"
        );
        assert!(
            is_name || there.contains(&path),
            "{path} is not in the example"
        );
    }
}

#[test]
fn the_defaults_are_those_of_the_layers() {
    use crate::layer::{Cache, CacheTimes, CircuitBreaker, RetryReads, Timeout};
    let layers = LayersConfig::default();
    assert_eq!(layers.timeout.layer(), Timeout::default());
    let same = |one: &dyn core::fmt::Debug, other: &dyn core::fmt::Debug| {
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    };
    same(&layers.breaker.layer(), &CircuitBreaker::default());
    same(&layers.retry.layer(), &RetryReads::default());
    same(&layers.cache.layer(), &Cache::new(CacheTimes::default()));
    assert!(layers.journal.is_none() && layers.audit.is_none());
    assert_eq!(layers.risk, RiskConfig::default());
}
