//! The ways in which a connection fails, and what helps. The adapters tell them apart by kind and by
//! sentence; the codes here are for programs and do not change.

use broker_core::{Error, ErrorKind, SessionState, gateway::GatewayStatus};
use chrono::TimeDelta;

use super::finding::Finding;

const PORTS: &str = "TWS listens on 7496 (live) or 7497 (paper), IB Gateway on 4001 (live) or 4002 (paper); \
                     a container may have another port outside";

/// What the port of a gateway says, before anybody has connected.
pub(super) fn of_port(status: &GatewayStatus) -> Finding {
    let reason = |fact: &broker_core::gateway::Fact| fact.reason.clone();
    if !status.port_open.holds {
        let cure = format!(
            "start TWS or IB Gateway and log in; check `Enable ActiveX and Socket Clients` in its API \
             settings, and the port: {PORTS}"
        );
        return Finding::wrong("port_closed", reason(&status.port_open), cure);
    }
    if !status.answering.holds {
        let what = format!(
            "{}, but {}",
            status.port_open.reason, status.answering.reason
        );
        let cure = "the port is open and the API says nothing. Either `Allow connections from localhost \
                    only` is checked: uncheck it in the window of the gateway (Configure, Settings, API, \
                    Settings), apply, and leave the window in the proper way, because the setting is only \
                    written then; or run this program beside the gateway. Or a dialog is open: look at the \
                    gateway's window (with VNC, if it is a container) and finish the log-in";
        return Finding::wrong("gateway_localhost_only", what, cure);
    }
    Finding::fine(reason(&status.answering))
}

/// What kept a connection to Interactive Brokers from being made.
pub(super) fn of_ibkr(error: &Error) -> Finding {
    let what = error.message().to_owned();
    let (code, cure) = match error.kind() {
        ErrorKind::SessionConflict => (
            "client_id_in_use",
            "another program has this client id: a server of this configuration that runs, or a foreign \
             one; give `client_id` another number, or end the other program. After a crash TWS may hold \
             it for a minute",
        ),
        ErrorKind::Authentication => (
            "login_dialog",
            "the gateway is not finished logging in: look at its window, confirm the second factor on the \
             phone, and close what asks something",
        ),
        ErrorKind::InvalidRequest if error.field() == Some("environment") => (
            "live_paper_mismatch",
            "nothing was sent. The login is of the other kind than `environment` says: log in with the \
             paper user (its accounts begin with DU), or change `environment`; real money needs \
             `allow_live = true` in the file as well",
        ),
        ErrorKind::PermissionDenied => (
            "live_paper_mismatch",
            "nothing was sent. `environment` of the account and the login do not agree",
        ),
        ErrorKind::NotFound => (
            "account_missing",
            "`account` is not one of this login: compare it with what the window of TWS shows",
        ),
        ErrorKind::Timeout => (
            "gateway_localhost_only",
            "the port is open and the API says nothing: uncheck `Allow connections from localhost only`, \
             or finish the dialog that is open in the gateway's window",
        ),
        ErrorKind::Disconnected => (
            "port_closed",
            "start the gateway, or correct `address`; if it closes the connection, add this machine to \
             `Trusted IPs` in its API settings",
        ),
        ErrorKind::Unsupported => (
            "gateway_too_old",
            "install TWS or IB Gateway 10.40 or later",
        ),
        _ => return of_anything(error),
    };
    Finding::wrong(code, what, cure)
}

/// What kept a connection to Tiger Brokers from being made.
pub(super) fn of_tiger(error: &Error) -> Finding {
    let what = error.message().to_owned();
    let (code, cure) = match error.kind() {
        ErrorKind::TokenExpired => (
            "token_expired",
            "make a new token on Tiger's developer page, download the file tiger_openapi_token.properties \
             and put it into the folder; a server that runs reads it within five minutes",
        ),
        ErrorKind::Authentication => (
            "keys_refused",
            "compare tiger_id and private key with Tiger's developer page; if both are right, compare the \
             clock of this machine with the time: requests are signed with it",
        ),
        ErrorKind::InvalidRequest if error.field() == Some("environment") => (
            "live_paper_mismatch",
            "nothing was sent. The account is of the other kind than `environment` says: a paper account \
             has 17 digits",
        ),
        ErrorKind::PermissionDenied => (
            "live_paper_mismatch",
            "nothing was sent. `environment` of the account and what it is do not agree",
        ),
        ErrorKind::NotFound => (
            "account_missing",
            "`account` is not one of this developer: compare it with Tiger's developer page",
        ),
        ErrorKind::Disconnected | ErrorKind::Timeout => (
            "unreachable",
            "check the network, the proxy and the firewall of this machine; Tiger answers at \
             openapi.tigerfintech.com",
        ),
        ErrorKind::SessionConflict => (
            "displaced",
            "another program has the push connection of this developer, or another device its quotes",
        ),
        _ => return of_anything(error),
    };
    Finding::wrong(code, what, cure)
}

/// What nobody has foreseen, in the words of the adapter.
pub(super) fn of_anything(error: &Error) -> Finding {
    let cure = "the sentence says what is known; `broker-mcp --config FILE check` says whether the settings are in order";
    Finding::wrong("other", error.to_string(), cure)
}

/// What a session says of itself.
pub(super) fn of_session(session: &SessionState) -> Finding {
    match session {
        SessionState::Ready => Finding::fine("the session is ready"),
        SessionState::Degraded { reason } => {
            let what = reason.to_string();
            if what.to_ascii_lowercase().contains("read-only") {
                let cure = "uncheck `Read-Only API` in the API settings of TWS or IB Gateway, and apply; \
                            leave it as it is if nothing is to be sent";
                return Finding::care("read_only_api", what, cure);
            }
            Finding::care(
                "degraded",
                what,
                "it works for the rest; look again in a while",
            )
        }
        SessionState::AuthRequired { instructions } => {
            Finding::wrong("login_needed", "a person has to log in", &**instructions)
        }
        SessionState::Displaced { by } => Finding::wrong(
            "displaced",
            format!("another session has taken the login: {by}"),
            "end the other one, or wait until it is not needed any more",
        ),
        SessionState::Maintenance { .. } => Finding::care(
            "maintenance",
            "the broker is in maintenance",
            "wait; it comes back by itself",
        ),
        other => Finding::care("not_ready", format!("{other:?}"), "look again in a while"),
    }
}

/// How far the clock of this machine may be from the broker's.
const SKEW: TimeDelta = TimeDelta::seconds(5);

/// What two clocks say of each other.
pub(super) fn of_clock(ahead: TimeDelta) -> Finding {
    let seconds = ahead.num_seconds();
    if ahead.abs() <= SKEW {
        return Finding::fine("the clock of this machine agrees with the broker's");
    }
    let word = if seconds > 0 { "ahead of" } else { "behind" };
    let what = format!(
        "the clock of this machine is {} s {word} the broker's",
        seconds.abs()
    );
    let cure = "let the machine keep its clock (timedatectl set-ntp true); quotes look old, and signed \
                requests are refused, when it is wrong";
    Finding::wrong("clock_skew", what, cure)
}

/// How long a token is good.
pub(super) fn of_token(left: TimeDelta) -> Finding {
    let what = format!(
        "the token is good for {} days and {} hours",
        left.num_days(),
        left.num_hours() % 24
    );
    if left <= TimeDelta::zero() {
        let cure = "make a new one on Tiger's developer page and put the file into the folder";
        return Finding::wrong("token_expired", "the token has lapsed", cure);
    }
    if left < TimeDelta::days(3) {
        let cure = "`broker-mcp token refresh` renews it now; a server that runs does it by itself twice a day";
        return Finding::care("token_expiring", what, cure);
    }
    Finding::fine(what)
}
