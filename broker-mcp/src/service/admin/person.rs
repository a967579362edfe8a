use broker_core::model::BrokerId;
use serde::Serialize;

use crate::{
    BrokerService, Call, Fault, FaultCode,
    operation::{About, Effect},
    principal::{Role, Toolset},
    service::agree::{Wanted, digest_of},
};

/// What all operations of this room have in common.
pub(super) const fn about(
    name: &'static str,
    title: &'static str,
    summary: &'static str,
    effect: Effect,
) -> About {
    About {
        name,
        title,
        summary,
        toolset: Toolset::Admin,
        role: Role::Admin,
        effect,
        open_world: true,
    }
}

/// Changes something, and once is the same as twice.
pub(super) const IDEMPOTENT: Effect = Effect::Write {
    destructive: false,
    idempotent: true,
};

/// Takes something away.
pub(super) const DESTRUCTIVE: Effect = Effect::Write {
    destructive: true,
    idempotent: true,
};

impl BrokerService {
    /// Has a person agree to an administrator's request.
    pub(super) async fn person_agrees(
        &self,
        call: &Call,
        operation: &'static str,
        arguments: &impl Serialize,
        sentence: String,
    ) -> Result<(), Fault> {
        let wanted = Wanted {
            operation,
            digest: digest_of(call, operation, arguments),
            lines: vec![
                ("operation".to_owned(), operation.to_owned()),
                ("asked by".to_owned(), call.principal.name.clone()),
            ],
            sentence,
            within_limits: true,
        };
        let agreement = self.agree(call, wanted).await?;
        if agreement.waited
            && let Some(known) = self.table.get(operation)
        {
            self.renewed(call, &known.about)?;
        }
        Ok(())
    }

    /// The connection that is named, or the only one; those of foreign accounts do not exist.
    pub(super) fn one_broker(&self, call: &Call, named: Option<&str>) -> Result<BrokerId, Fault> {
        let brokers: Vec<&BrokerId> = self.brokers_of(call).collect();
        if let Some(name) = named {
            let found = brokers.iter().find(|broker| broker.as_str() == name);
            let message = format!("broker: there is no connection `{name}`");
            let none = || Fault::new(FaultCode::NotFound, message);
            return found.map(|found| (*found).clone()).ok_or_else(none);
        }
        match brokers.as_slice() {
            [one] => Ok((*one).clone()),
            [] => Err(Fault::new(
                FaultCode::NotFound,
                "broker: there is no connection",
            )),
            several => {
                let names: Vec<&str> = several.iter().map(|one| one.as_str()).collect();
                let message = format!("broker: name one of {}", names.join(", "));
                Err(Fault::new(FaultCode::Ambiguous, message))
            }
        }
    }
}
