//! What may not be together.

use broker_runtime::config::{Config, Problem};

use super::{GatewayConfig, ServerSettings};
use crate::principal::{Confirm, Role};

/// Everything that is wrong with settings that are each well formed.
pub(super) fn problems(settings: &ServerSettings, config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut say = |path: &str, what: String| found.push(config.problem(path, what));
    let address = settings.address();
    if !address.ip().is_loopback() {
        if settings.tls.is_none() && !settings.behind_proxy {
            say(
                "server.listen",
                format!(
                    "{address} can be reached from other machines, where keys would travel in the open: give \
                     `server.tls`, or say `server.behind_proxy = true` where a proxy speaks TLS"
                ),
            );
        }
        if settings.anonymous_read {
            let what = "only on this machine: `server.listen` can be reached from others";
            say("server.anonymous_read", what.to_owned());
        }
    }
    if settings.anonymous_read && settings.behind_proxy {
        let what = "behind a proxy every caller looks like one of this machine";
        say("server.anonymous_read", what.to_owned());
    }
    for (path, origin) in settings.origins.iter().map(|one| ("server.origins", one)) {
        if origin == "*" || !(origin.starts_with("http://") || origin.starts_with("https://")) {
            let what = format!("`{origin}` is no origin: write each as `https://host:port`");
            say(path, what);
        }
    }
    if settings.toolsets.is_empty() {
        say(
            "server.toolsets",
            "without any nothing can be called".to_owned(),
        );
    }
    if settings.confirm == Confirm::Never && !config.is_from_file("server.confirm") {
        say(
            "server.confirm",
            "`never` counts in the file only".to_owned(),
        );
    }
    stdio(settings, config, &mut say);
    if settings.requests.body_bytes == 0 {
        say(
            "server.requests.body_bytes",
            "it has to be above zero".to_owned(),
        );
    }
    for (path, span) in [
        ("server.requests.within", settings.requests.within),
        ("server.shutdown_within", settings.shutdown_within),
        ("server.metrics.every", settings.metrics.every),
    ] {
        if span.get().is_zero() {
            say(path, "it has to be above zero".to_owned());
        }
    }
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    if !LEVELS.contains(&settings.log.level.as_str()) {
        say(
            "server.log.level",
            format!("it is not one of {}", LEVELS.join(", ")),
        );
    }
    for (name, gateway) in &settings.gateways {
        let path = format!("server.gateways.{name}");
        if !config.brokers.contains_key(name) {
            say(&path, format!("there is no broker `{name}`"));
        }
        if let GatewayConfig::Command { start, .. } = gateway
            && start.is_empty()
        {
            say(&format!("{path}.start"), "it names no program".to_owned());
        }
    }
    found
}

fn stdio(settings: &ServerSettings, config: &Config, say: &mut impl FnMut(&str, String)) {
    let own = &settings.stdio;
    if own.confirm == Some(Confirm::Never) && !config.is_from_file("server.stdio.confirm") {
        let what = "`never` counts in the file only";
        say("server.stdio.confirm", what.to_owned());
    }
    let commands = [Role::Trade, Role::Admin, Role::Approver];
    if commands.iter().any(|role| own.roles.contains(role))
        && !config.is_from_file("server.stdio.roles")
    {
        let what = "more than `read` counts in the file only";
        say("server.stdio.roles", what.to_owned());
    }
    if own.roles.contains(&Role::Approver) {
        let what =
            "whoever asks does not approve: approvals are for people, with a key of their own";
        say("server.stdio.roles", what.to_owned());
    }
    for name in own.accounts.iter().flatten() {
        if !config.accounts.contains_key(name) {
            say(
                "server.stdio.accounts",
                format!("there is no account `{name}`"),
            );
        }
    }
}
