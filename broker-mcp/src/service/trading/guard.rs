use broker_core::model::{Environment, NewOrder};
use broker_runtime::{
    registry::{Permission, Seat},
    risk::KillState,
};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::OwnedMutexGuard;

use super::send::SALES;
use crate::{
    BrokerService, Call, Fault, FaultCode, operation::About, policy::needs_holdings,
    service::NamedAccount,
};

/// How long what was looked at is believed while other commands are waited for.
const FRESH: TimeDelta = TimeDelta::seconds(10);

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
    /// Waits until an order may be sent, and looks once more at everything that is not a limit of the order:
    /// the caller's key, the account, the money, the kill switch. The limits of the answer are those that
    /// the key has now. What is waited for is put with what is `held`.
    pub(super) async fn ready(
        &self,
        call: &Call,
        about: &About,
        account: &NamedAccount,
        order: &NewOrder,
        held: &mut Vec<OwnedMutexGuard<()>>,
    ) -> Result<Call, Fault> {
        let (renewed, seat) = self.still(call, about, account)?;
        if !needs_holdings(&renewed.principal.limits, order) {
            return Ok(renewed);
        }
        // Two sales that each fit what is held are not looked at side by side.
        held.push(self.turn(&seat, SALES).await);
        self.still(call, about, account).map(|(renewed, _)| renewed)
    }

    fn still(
        &self,
        call: &Call,
        about: &About,
        account: &NamedAccount,
    ) -> Result<(Call, Seat), Fault> {
        let renewed = self.renewed(call, about)?;
        if !renewed.principal.accounts.allows(&account.name) {
            let message = format!(
                "account: there is no account `{}` any more; nothing was sent",
                account.name
            );
            return Err(Fault::new(FaultCode::NotFound, message));
        }
        let seat = self.registry.seat(&account.key, Permission::Trade)?;
        self.not_killed(&seat)?;
        money(account, &seat)?;
        Ok((renewed, seat))
    }

    /// Whether what was looked at for a call has to be looked at again: long ago, or for other limits.
    pub(super) fn is_old(&self, looked: DateTime<Utc>, then: &Call, now: &Call) -> bool {
        self.clock.now() - looked > FRESH || then.principal.limits != now.principal.limits
    }

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
