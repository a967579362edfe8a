use rmcp::{RmcpError, ServiceExt as _};

use super::{BrokerTools, streams};

/// Serves one client over standard input and output until it closes them. Nothing else may write to
/// standard output meanwhile: logs belong on standard error.
///
/// The caller is the one that the tools [speak for](BrokerTools::speaking_for).
///
/// # Errors
/// When the client does not speak the protocol, or the streams fail.
pub async fn serve_stdio(tools: BrokerTools) -> Result<(), RmcpError> {
    let running = tools.serve(streams::standard()).await?;
    running.waiting().await?;
    Ok(())
}
