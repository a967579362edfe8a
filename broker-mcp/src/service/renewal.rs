//! A caller once more, after it has waited: what it may do is what its key says now.

use super::{BrokerService, Call};
use crate::{Fault, FaultCode, operation::About};

/// Ends what a person was asked about and what may not be done any more.
const NOTHING: &str = "while a person was asked; nothing was sent";

impl BrokerService {
    /// The call with its caller as it stands now: with the limits, accounts and roles that its key has at
    /// this moment.
    ///
    /// # Errors
    /// [`Unauthenticated`](FaultCode::Unauthenticated) when the key was taken away or has ended;
    /// [`Forbidden`](FaultCode::Forbidden) when it may not do this any more;
    /// [`Conflict`](FaultCode::Conflict) when its commands are to be confirmed in another way now.
    pub(crate) fn renewed(&self, call: &Call, about: &About) -> Result<Call, Fault> {
        let Some(principal) = call.proof.now(&call.principal) else {
            let message = format!("this key was taken away or has ended {NOTHING}");
            return Err(Fault::new(FaultCode::Unauthenticated, message));
        };
        self.may(&principal, about)?;
        if principal.confirm != call.principal.confirm {
            let message = format!(
                "how this key's commands are confirmed was changed {NOTHING}. Make the same call again"
            );
            return Err(Fault::new(FaultCode::Conflict, message).retry_safe(None));
        }
        let mut renewed = call.clone();
        renewed.principal = principal;
        Ok(renewed)
    }
}
