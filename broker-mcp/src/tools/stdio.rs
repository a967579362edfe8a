use rmcp::{RmcpError, ServiceExt as _};

use super::{BrokerTools, sift::Sifted, streams};

/// Serves one client over standard input and output until it closes them. Nothing else may write to
/// standard output meanwhile: logs belong on standard error.
///
/// A message that says one thing twice is refused: `{"quantity": 1, "quantity": 100}` is neither.
///
/// The caller is the one that the tools [speak for](BrokerTools::speaking_for).
///
/// # Errors
/// When the client does not speak the protocol, or the streams fail.
pub async fn serve_stdio(tools: BrokerTools) -> Result<(), RmcpError> {
    let (input, output) = streams::standard();
    let running = tools.serve(Sifted::of(input, output)).await?;
    running.waiting().await?;
    Ok(())
}
