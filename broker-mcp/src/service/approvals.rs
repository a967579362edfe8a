//! What people with the role of an approver see and say. No operation does this: a model has no part in
//! it.

use super::{BrokerService, Call};
use crate::{
    Fault, FaultCode,
    principal::Role,
    store::{Approval, ApprovalState},
};

/// Whether somebody may know of a question: one about an account that they may use, or about none.
fn may_know(call: &Call, asked: &Approval) -> bool {
    let account = asked.lines.iter().find(|(name, _)| name == "account");
    account.is_none_or(|(_, account)| call.principal.accounts.allows(account))
}

impl BrokerService {
    /// Questions that wait for somebody, the oldest first: those about accounts that this person may use, and
    /// those about none.
    ///
    /// # Errors
    /// [`Forbidden`](FaultCode::Forbidden) without the role of an approver.
    pub async fn pending_approvals(&self, call: &Call) -> Result<Vec<Approval>, Fault> {
        self.approver(call)?;
        let mut pending = self.store()?.pending_approvals(self.clock.now()).await?;
        pending.retain(|asked| may_know(call, asked));
        Ok(pending)
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
            Ok(()) => self.decided(call, id, agreed).await,
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

    async fn decided(&self, call: &Call, id: &str, agreed: bool) -> Result<Approval, Fault> {
        let (store, now) = (self.store()?, self.clock.now());
        let asked = store.approval(id).await?;
        // What is about another account does not exist.
        if asked.is_some_and(|asked| !may_know(call, &asked)) {
            let message = format!("there is no question {id}");
            return Err(Fault::new(FaultCode::NotFound, message));
        }
        let by = &call.principal.id;
        Ok(store.decide(id, agreed, by, now).await?)
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
