//! Where people decide, for the REST face: the service knows who may.

use std::sync::Arc;

use broker_core::async_trait;
use broker_runtime::risk::KillState;

use crate::{
    BrokerService, Call, Fault, FaultCode,
    rest::{self, Approvals, Halt, Halted, Verdict},
    store::ApprovalState,
};

/// Approvals and the kill switch of a service.
#[derive(Debug)]
pub(super) struct People {
    service: Arc<BrokerService>,
}

impl People {
    pub(super) const fn of(service: Arc<BrokerService>) -> Self {
        Self { service }
    }

    fn halted(&self) -> Halted {
        match self.service.kill_switch() {
            KillState::Released => Halted::new(false, None, None),
            KillState::Engaged { reason, at } => Halted::new(true, Some(reason), Some(at)),
            // A state that came later stops everything.
            _ => Halted::new(true, None, None),
        }
    }
}

fn shown(approval: crate::store::Approval) -> rest::Approval {
    let mut shown = rest::Approval::new(
        approval.id,
        approval.operation,
        approval.principal,
        approval.sentence,
        approval.created_at,
        approval.expires_at,
    );
    let account = approval.lines.iter().find(|(name, _)| name == "account");
    shown.account = account.map(|(_, value)| value.clone());
    shown.lines = approval.lines;
    shown.verdict = match approval.state {
        ApprovalState::Approved | ApprovalState::Used => Some(Verdict::Approve),
        ApprovalState::Declined => Some(Verdict::Decline),
        _ => None,
    };
    shown
}

#[async_trait]
impl Approvals for People {
    async fn pending(&self, call: &Call) -> Result<Vec<rest::Approval>, Fault> {
        let pending = self.service.pending_approvals(call).await?;
        Ok(pending.into_iter().map(shown).collect())
    }

    async fn decide(
        &self,
        call: &Call,
        id: &str,
        verdict: Verdict,
    ) -> Result<rest::Approval, Fault> {
        let agreed = verdict == Verdict::Approve;
        self.service.decide(call, id, agreed).await.map(shown)
    }
}

#[async_trait]
impl Halt for People {
    async fn state(&self) -> Result<Halted, Fault> {
        Ok(self.halted())
    }

    async fn engage(
        &self,
        call: &Call,
        reason: Option<String>,
        cancel_orders: bool,
    ) -> Result<Halted, Fault> {
        let (service, call) = (Arc::clone(&self.service), call.clone());
        // Whoever hangs up does not leave half of it undone.
        let stopping = tokio::spawn(async move {
            let reason = reason.as_deref();
            service.stop_everything(&call, reason, cancel_orders).await
        });
        let ended = || {
            Fault::new(
                FaultCode::OutcomeUnknown,
                "the server ended while it stopped",
            )
        };
        let stopped = stopping.await.map_err(|_| ended())??;
        let mut halted = self.halted();
        halted.warnings = stopped.meta.warnings;
        Ok(halted)
    }
}
