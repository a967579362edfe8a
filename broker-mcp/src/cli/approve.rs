use std::{path::Path, sync::Arc};

use broker_runtime::{audit::acting_as, registry::Registry};

use super::{Failure, check::whole, out};
use crate::{
    BrokerService, Call, Principal,
    principal::Role,
    settings::{Place, Whole},
    store::{Approval, ApprovalState, Store},
};

/// Lists what waits for a person.
pub(super) async fn list(config: Option<&Path>) -> Result<(), Failure> {
    let (service, call) = operator(&whole(config, [])?)?;
    let pending = service.pending_approvals(&call).await?;
    if pending.is_empty() {
        out::say("nothing waits");
    }
    for approval in pending {
        show(&approval);
    }
    Ok(())
}

/// Agrees to what somebody has asked for, or declines it.
pub(super) async fn decide(config: Option<&Path>, id: &str, agreed: bool) -> Result<(), Failure> {
    let (service, call) = operator(&whole(config, [])?)?;
    let decided = acting_as("operator", service.decide(&call, id, agreed)).await?;
    show(&decided);
    let said = match decided.state {
        ApprovalState::Approved => "approved: the same call is let through once",
        ApprovalState::Declined => "declined",
        _ => "it is as it was",
    };
    out::say(said);
    Ok(())
}

/// Whoever can write to the server's file is the operator of this machine.
fn operator(whole: &Whole) -> Result<(BrokerService, Call), Failure> {
    if whole.place == Place::BuiltIn {
        let message = "without a configuration a server keeps what it asks to itself: use the key to \
                       approve that it has printed, with POST /v1/approvals/ID";
        return Err(Failure::new(message));
    }
    let path = whole.at(&whole.server.store);
    if !path.exists() {
        return Err(Failure::new(format!(
            "there is no {}: no server has run yet",
            path.display()
        )));
    }
    let service = BrokerService::over(Registry::new()).with_store(Store::open(path)?);
    let principal = Principal::new("operator", [Role::Approver]);
    Ok((service, Call::by(Arc::new(principal), "cli")))
}

fn show(approval: &Approval) {
    out::say(format_args!(
        "{}  asked by {} until {}",
        approval.id, approval.principal, approval.expires_at
    ));
    out::say(format_args!("  {}", approval.sentence));
    for (name, value) in &approval.lines {
        out::say(format_args!("    {name}: {value}"));
    }
}
