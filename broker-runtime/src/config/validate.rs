use core::time::Duration;
use std::collections::BTreeMap;

use broker_core::{
    Decimal,
    model::{BrokerId, Environment},
};

use super::{AccountConfig, BrokerConfig, Config, Problem, RiskConfig, Span, source::meant};
use crate::{registry::Permission, risk::Limits};

/// What is wrong, as it is found.
struct Found<'a> {
    config: &'a Config,
    problems: Vec<Problem>,
}

impl Found<'_> {
    fn say(&mut self, path: &str, what: impl Into<String>, suggestion: Option<String>) {
        self.problems.push(Problem {
            path: path.to_owned(),
            origin: self.config.origins.of(path),
            what: what.into(),
            suggestion,
        });
    }

    fn need(&mut self, holds: bool, path: &str, what: &str) {
        if !holds {
            self.say(path, what, None);
        }
    }

    fn above_zero(&mut self, path: &str, span: Span) {
        self.need(!span.get().is_zero(), path, "it has to be above zero");
    }
}

/// Identifiers that a variable and a file name can hold.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 64
        && name.chars().all(fits)
        && !name.contains("__")
        && BrokerId::new(name).is_ok()
}

const NAME: &str =
    "a name is 1 to 64 small letters, digits, `-` and single `_`, and begins with a letter";

impl Config {
    /// What is wrong with settings that are each well formed.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut found = Found {
            config: self,
            problems: Vec::new(),
        };
        for (id, broker) in &self.brokers {
            found.broker(&format!("brokers.{id}"), id, broker);
        }
        for (name, account) in &self.accounts {
            found.account(&format!("accounts.{name}"), name, account);
        }
        found.same_accounts();
        if let Some(default) = &self.default_account {
            found.default_account(default);
        }
        found.layers();
        found.supervisor();
        found.problems
    }
}

impl Found<'_> {
    fn broker(&mut self, path: &str, id: &str, broker: &BrokerConfig) {
        self.need(is_name(id), path, NAME);
        let kind = format!("{path}.kind");
        self.need(!broker.kind.is_empty(), &kind, "it is empty");
        for (index, budget) in broker.rate_limit.budgets.iter().enumerate() {
            let path = format!("{path}.rate_limit.budgets.{index}");
            self.need(
                budget.permits > 0,
                &format!("{path}.permits"),
                "it has to be above zero",
            );
            self.above_zero(&format!("{path}.period"), budget.period);
        }
    }

    fn account(&mut self, path: &str, name: &str, account: &AccountConfig) {
        self.need(is_name(name), path, NAME);
        let at = format!("{path}.broker");
        match self.config.brokers.get(&account.broker) {
            None => {
                let known = self.config.brokers.keys().map(String::as_str);
                let suggestion = meant(&account.broker, known);
                self.say(
                    &at,
                    format!("there is no broker `{}`", account.broker),
                    suggestion,
                );
            }
            Some(broker) if account.enabled && !broker.enabled => {
                self.say(&at, "the account is enabled and its broker is not", None);
            }
            Some(_) => {}
        }
        let groups_are_named = account.groups.iter().all(|group| !group.is_empty());
        self.need(
            groups_are_named,
            &format!("{path}.groups"),
            "a group has no name",
        );
        if account.environment == Environment::Live {
            self.live(path, account);
        }
        if let Some(limits) = &account.limits {
            self.limits(&format!("{path}.limits"), limits);
        }
    }

    fn live(&mut self, path: &str, account: &AccountConfig) {
        let at = format!("{path}.allow_live");
        if !account.allow_live {
            let what = "this account is live: real money needs `allow_live = true`, too";
            self.say(&format!("{path}.environment"), what, None);
        } else if !self.config.origins.is_from_file(&at) {
            self.say(&at, "it counts in the file only", None);
        }
        let trades = account.enabled && account.permission >= Permission::Trade;
        if trades && self.config.layers.journal.is_none() {
            let what = "a live account that trades needs a journal (`layers.journal.folder`): \
                        without one an order could be sent twice after a crash";
            self.say(path, what, None);
        }
    }

    /// Limits know accounts by the broker's name only.
    fn same_accounts(&mut self) {
        let mut seen: BTreeMap<_, (&String, &AccountConfig)> = BTreeMap::new();
        for (name, account) in &self.config.accounts {
            let path = format!("accounts.{name}.account");
            match seen.get(&account.account) {
                Some((other, twin)) if twin.broker == account.broker => {
                    self.say(
                        &path,
                        format!("`accounts.{other}` is the same account"),
                        None,
                    );
                }
                Some((other, twin))
                    if self.config.limits_of(twin) != self.config.limits_of(account) =>
                {
                    let what = format!(
                        "`accounts.{other}` has the same number at another broker: \
                         limits and permission have to be the same"
                    );
                    self.say(&path, what, None);
                }
                Some(_) => {}
                None => {
                    seen.insert(account.account.clone(), (name, account));
                }
            }
        }
    }

    fn default_account(&mut self, default: &str) {
        match self.config.accounts.get(default) {
            Some(account) => self.need(account.enabled, "default_account", "it is not enabled"),
            None => {
                let known = self.config.accounts.keys().map(String::as_str);
                let suggestion = meant(default, known);
                self.say(
                    "default_account",
                    format!("there is no account `{default}`"),
                    suggestion,
                );
            }
        }
    }

    fn supervisor(&mut self) {
        let supervisor = &self.config.supervisor;
        // A second is the least: a check is a question to the broker.
        let often = supervisor.check_every.get() >= Duration::from_secs(1);
        let at = "supervisor.check_every";
        self.need(often, at, "it has to be a second at least");
        for (key, span) in [
            ("answer_within", supervisor.answer_within),
            ("close_within", supervisor.close_within),
            ("rebuild_within", supervisor.rebuild_within),
            ("first_pause", supervisor.first_pause),
            ("recheck_every", supervisor.recheck_every),
            ("ready_within", supervisor.ready_within),
            ("shutdown_within", supervisor.shutdown_within),
            ("gateway.every", supervisor.gateway.every),
            ("gateway.within", supervisor.gateway.within),
        ] {
            self.above_zero(&format!("supervisor.{key}"), span);
        }
        let at = "supervisor.failures";
        self.need(supervisor.failures > 0, at, "it has to be above zero");
        let in_order = supervisor.first_pause <= supervisor.longest_pause;
        let what = "the first pause is longer than the longest";
        self.need(in_order, "supervisor.first_pause", what);
    }

    fn layers(&mut self) {
        let layers = &self.config.layers;
        self.above_zero("layers.timeout.commands", layers.timeout.commands);
        self.above_zero("layers.timeout.reads", layers.timeout.reads);
        let (breaker, retry) = (&layers.breaker, &layers.retry);
        self.need(
            breaker.failures > 0,
            "layers.breaker.failures",
            "it has to be above zero",
        );
        self.above_zero("layers.breaker.open_for", breaker.open_for);
        self.need(
            retry.attempts > 0,
            "layers.retry.attempts",
            "it has to be above zero",
        );
        let in_order = retry.first_delay <= retry.longest_delay;
        let what = "the first delay is longer than the longest";
        self.need(in_order, "layers.retry.first_delay", what);
        if layers.journal.is_some() && !cfg!(feature = "sqlite") {
            let what = "this program was built without the feature `sqlite`";
            self.say("layers.journal", what, None);
        }
        let rotates = layers
            .audit
            .as_ref()
            .is_none_or(|audit| audit.rotate_at_bytes > 0);
        self.need(
            rotates,
            "layers.audit.rotate_at_bytes",
            "it has to be above zero",
        );
        self.risk(&layers.risk);
    }

    fn risk(&mut self, risk: &RiskConfig) {
        self.limits("layers.risk.each", &risk.each);
        self.limits("layers.risk.total", &risk.total);
        for (currency, rate) in &risk.rates {
            let path = format!("layers.risk.rates.{currency}");
            self.need(rate.get() > Decimal::ZERO, &path, "it has to be above zero");
        }
    }

    fn limits(&mut self, path: &str, limits: &Limits) {
        for (key, limit) in [
            ("max_order_quantity", limits.max_order_quantity),
            ("max_order_notional", limits.max_order_notional),
            ("max_position_quantity", limits.max_position_quantity),
            ("max_position_notional", limits.max_position_notional),
            ("max_gross_exposure", limits.max_gross_exposure),
            ("max_net_exposure", limits.max_net_exposure),
        ] {
            let fits = limit.is_none_or(|limit| limit >= Decimal::ZERO);
            self.need(fits, &format!("{path}.{key}"), "a limit is never negative");
        }
        let loss = limits
            .max_daily_loss
            .is_none_or(|loss| loss > Decimal::ZERO);
        self.need(
            loss,
            &format!("{path}.max_daily_loss"),
            "a loss is written above zero",
        );
        let collar = limits
            .price_collar
            .is_none_or(|collar| collar.percent > Decimal::ZERO);
        let at = format!("{path}.price_collar.percent");
        self.need(collar, &at, "it has to be above zero");
        let allow = limits.symbols.allow.iter().flatten();
        let named = allow
            .chain(&limits.symbols.deny)
            .all(|symbol| !symbol.is_empty());
        self.need(named, &format!("{path}.symbols"), "a symbol is empty");
    }
}
