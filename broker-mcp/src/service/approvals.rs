//! What people with the role of an approver see and say. No operation does this: a model has no part in
//! it.

use super::{BrokerService, Call};
use crate::{
    Fault, FaultCode,
    principal::Role,
    store::{Approval, ApprovalState},
};

impl BrokerService {
    /// Questions that wait for somebody, the oldest first.
    ///
    /// # Errors
    /// [`Forbidden`](FaultCode::Forbidden) without the role of an approver.
    pub async fn pending_approvals(&self, call: &Call) -> Result<Vec<Approval>, Fault> {
        self.approver(call)?;
        Ok(self.store()?.pending_approvals(self.clock.now()).await?)
    }

    /// Agrees to what somebody else has asked for, or declines it.
    ///
    /// # Errors
    /// [`Forbidden`](FaultCode::Forbidden) without the role of an approver and for what the same key has
    /// asked for; [`NotFound`](FaultCode::NotFound); [`TooLate`](FaultCode::TooLate) for a question that
    /// is void or answered.
    pub async fn decide(&self, call: &Call, id: &str, agreed: bool) -> Result<Approval, Fault> {
        let open = self.begin_trail(call, "approve", None);
        let decided = match self.approver(call) {
            Ok(()) => {
                let (store, now) = (self.store()?, self.clock.now());
                let by = &call.principal.id;
                store.decide(id, agreed, by, now).await.map_err(Fault::from)
            }
            Err(fault) => Err(fault),
        };
        let outcome = decided.as_ref().map(|approval| {
            serde_json::json!({
                "approval_id": approval.id,
                "digest": approval.digest,
                "asked_by": approval.principal,
                "agreed": approval.state == ApprovalState::Approved,
            })
        });
        open.end(&outcome.map_err(Clone::clone));
        decided
    }

    pub(super) fn approver(&self, call: &Call) -> Result<(), Fault> {
        let principal = &*call.principal;
        if principal
            .expires_at
            .is_some_and(|end| end <= self.clock.now())
        {
            return Err(Fault::new(
                FaultCode::Unauthenticated,
                "this key has expired",
            ));
        }
        if !principal.may(Role::Approver) {
            let message = "this needs the role approver";
            return Err(Fault::new(FaultCode::Forbidden, message));
        }
        Ok(())
    }
}
