use broker_core::async_trait;
use rmcp::{
    RoleServer,
    model::{ProgressNotificationParam, ProgressToken},
    service::Peer,
};

use crate::service::Progress;

/// Tells the client of a call how far it is.
#[derive(Debug)]
pub(super) struct Notifying {
    pub(super) peer: Peer<RoleServer>,
    pub(super) token: ProgressToken,
}

#[async_trait]
impl Progress for Notifying {
    async fn report(&self, done: u32, total: u32, message: String) {
        let report = ProgressNotificationParam::new(self.token.clone(), f64::from(done))
            .with_total(f64::from(total))
            .with_message(message);
        // Whoever does not listen any more misses a report; the call goes on.
        if let Err(error) = self.peer.notify_progress(report).await {
            tracing::debug!(%error, "a report of progress did not get through");
        }
    }
}
