use broker_core::model::Environment;
use broker_runtime::{registry::Seat, risk::KillState};

use crate::{BrokerService, Fault, FaultCode, service::NamedAccount};

/// Refuses what moves real money where the operator has not allowed it, and what is not what it was when
/// the account was set up.
///
/// The environment is asked of the broker each time: a session may come back as another one.
pub(super) fn money(account: &NamedAccount, seat: &Seat) -> Result<Environment, Fault> {
    let proven = seat.broker.environment();
    if account
        .environment
        .is_some_and(|expected| expected != proven)
    {
        let message = format!(
            "account {} is set up as {}, and its session is {proven}: nothing is sent before the operator \
             has looked at it",
            account.name,
            account.environment.map_or("unknown", Environment::as_str),
        );
        return Err(Fault::new(FaultCode::Forbidden, message));
    }
    if !is_play(proven) && !account.allow_live {
        let message = format!(
            "account {} moves real money, and the operator has not set `allow_live` for it in the \
             configuration; no argument can change that",
            account.name
        );
        return Err(Fault::new(FaultCode::Forbidden, message));
    }
    Ok(proven)
}

/// Whatever is not known to be play money is real.
pub(super) const fn is_play(money: Environment) -> bool {
    matches!(money, Environment::Paper | Environment::Simulated)
}

impl BrokerService {
    /// Refuses everything but cancels while the kill switch is engaged.
    pub(super) fn not_killed(&self, seat: &Seat) -> Result<(), Fault> {
        let own = self.standings.get(&seat.key.broker);
        let own = own.map(|standing| standing.risk.kill_switch().state());
        let engaged = [Some(self.kill_switch()), own]
            .into_iter()
            .flatten()
            .find(|state| !matches!(state, KillState::Released));
        let Some(state) = engaged else {
            return Ok(());
        };
        let reason = match state {
            KillState::Engaged { reason, at } => {
                format!(" since {} ({reason})", at.format("%F %T UTC"))
            }
            _ => String::new(),
        };
        let message = format!(
            "the kill switch is engaged{reason}: only cancels pass. Only the operator releases it"
        );
        Err(Fault::new(FaultCode::KillSwitch, message))
    }
}
