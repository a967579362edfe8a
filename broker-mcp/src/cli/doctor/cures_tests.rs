use std::collections::BTreeSet;

use broker_core::{
    Error, ErrorKind, SessionState,
    gateway::{Fact, GatewayStatus},
};
use chrono::TimeDelta;

use super::{cures, finding::Weight};

fn status(port_open: bool, answering: bool) -> GatewayStatus {
    GatewayStatus {
        running: Fact::now(true, "it runs"),
        port_open: Fact::now(port_open, "the port"),
        answering: Fact::now(answering, "the API"),
    }
}

#[test]
fn an_open_port_that_says_nothing_is_the_setting_for_this_machine_only() {
    let silent = cures::of_port(&status(true, false));
    assert_eq!(silent.code, Some("gateway_localhost_only"));
    let cure = silent.cure.unwrap();
    assert!(
        cure.contains("Allow connections from localhost only") && cure.contains("dialog"),
        "{cure}"
    );
    assert_eq!(
        cures::of_port(&status(false, false)).code,
        Some("port_closed")
    );
    assert_eq!(cures::of_port(&status(true, true)).weight, Weight::Fine);
}

#[test]
fn every_way_in_which_a_gateway_fails_has_a_code_and_a_cure() {
    let error = |kind| Error::new(kind, "what the adapter says");
    for (error, code) in [
        (error(ErrorKind::SessionConflict), "client_id_in_use"),
        (error(ErrorKind::Authentication), "login_dialog"),
        (
            error(ErrorKind::InvalidRequest).at_field("environment"),
            "live_paper_mismatch",
        ),
        (error(ErrorKind::PermissionDenied), "live_paper_mismatch"),
        (error(ErrorKind::NotFound), "account_missing"),
        (error(ErrorKind::Timeout), "gateway_localhost_only"),
        (error(ErrorKind::Disconnected), "port_closed"),
        (error(ErrorKind::Unsupported), "gateway_too_old"),
        (error(ErrorKind::Protocol), "other"),
    ] {
        let found = cures::of_ibkr(&error);
        assert_eq!(found.code, Some(code));
        assert_eq!(found.weight, Weight::Wrong);
        assert!(found.cure.is_some_and(|cure| !cure.is_empty()), "{code}");
        assert!(found.what.contains("what the adapter says"), "{code}");
    }
}

#[test]
fn every_way_in_which_tiger_fails_has_a_code_and_a_cure() {
    let error = |kind| Error::new(kind, "what the adapter says");
    for (error, code) in [
        (error(ErrorKind::TokenExpired), "token_expired"),
        (error(ErrorKind::Authentication), "keys_refused"),
        (
            error(ErrorKind::InvalidRequest).at_field("environment"),
            "live_paper_mismatch",
        ),
        (error(ErrorKind::PermissionDenied), "live_paper_mismatch"),
        (error(ErrorKind::NotFound), "account_missing"),
        (error(ErrorKind::Disconnected), "unreachable"),
        (error(ErrorKind::Timeout), "unreachable"),
        (error(ErrorKind::SessionConflict), "displaced"),
        (error(ErrorKind::Io), "other"),
    ] {
        let found = cures::of_tiger(&error);
        assert_eq!(found.code, Some(code));
        assert!(found.cure.is_some_and(|cure| !cure.is_empty()), "{code}");
    }
}

#[test]
fn a_gateway_that_takes_no_orders_works_for_the_rest() {
    let reason = "TWS is in read-only mode".into();
    let found = cures::of_session(&SessionState::Degraded { reason });
    assert_eq!(
        (found.code, found.weight),
        (Some("read_only_api"), Weight::Care)
    );
    let reason = "a farm is broken".into();
    let found = cures::of_session(&SessionState::Degraded { reason });
    assert_eq!(found.code, Some("degraded"));
}

#[test]
fn a_clock_may_be_a_little_off() {
    for (seconds, weight) in [
        (0, Weight::Fine),
        (5, Weight::Fine),
        (-5, Weight::Fine),
        (6, Weight::Wrong),
        (-60, Weight::Wrong),
    ] {
        let found = cures::of_clock(TimeDelta::seconds(seconds));
        assert_eq!(found.weight, weight, "{seconds}");
    }
    assert!(
        cures::of_clock(TimeDelta::seconds(-60))
            .what
            .contains("60 s behind")
    );
}

#[test]
fn a_token_that_ends_soon_is_told() {
    for (hours, code) in [
        (0, Some("token_expired")),
        (71, Some("token_expiring")),
        (73, None),
    ] {
        assert_eq!(
            cures::of_token(TimeDelta::hours(hours)).code,
            code,
            "{hours}"
        );
    }
}

/// What people read, and what the program says, have the same codes.
#[test]
fn every_code_is_explained_for_people() {
    let text = include_str!("../../../../docs/mcp/troubleshooting.md");
    let explained: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let source = include_str!("cures.rs");
    for line in source.lines() {
        let code = line
            .trim()
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix("\","));
        let is_code = |code: &&str| {
            code.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        };
        if let Some(code) = code.filter(is_code) {
            assert!(
                explained.contains(code),
                "{code} is not in troubleshooting.md"
            );
        }
    }
    assert!(explained.len() > 12);
}
