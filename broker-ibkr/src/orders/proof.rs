//! Proof that TWS has read what was sent before.

use broker_core::Result;
use ibapi::orders::ExecutionFilter;
use tokio::time::Instant;

use super::blotter::Blotter;

/// A client id of which there are no executions. The highest number means none at all to TWS.
const NOBODY: i32 = i32::MAX - 1;

impl Blotter {
    /// Comes back when TWS has answered a question that is asked now. TWS reads in order, so it has
    /// read what was sent before, and said what it had to say about that at once.
    ///
    /// The question is one whose answer carries its number. The answer to a question for the time
    /// does not: it may be that to an older one, such as a heartbeat.
    ///
    /// # Errors
    /// What asking can fail with, and `Timeout` when no answer comes by then.
    pub(super) async fn prove_read(&self, operation: &'static str, until: Instant) -> Result<()> {
        let question = ExecutionFilter {
            client_id: Some(NOBODY),
            ..ExecutionFilter::default()
        };
        let patience = until.saturating_duration_since(Instant::now());
        let answer = self.link.ask(operation, move |client| async move {
            let mut nothing = client.executions(question).await?;
            nothing.collect_to_end_within(patience).await
        });
        match tokio::time::timeout_at(until, answer).await {
            Ok(answer) => answer.map(drop),
            Err(_) => {
                let message = "TWS did not say in time that it has read what was sent";
                Err(broker_core::Error::new(
                    broker_core::ErrorKind::Timeout,
                    message,
                ))
            }
        }
    }
}
