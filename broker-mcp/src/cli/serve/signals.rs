//! How the operating system says that it is over.

/// Waits for Ctrl-C or SIGTERM.
#[cfg(unix)]
pub(super) async fn end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            () = interrupt() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "SIGTERM is not heard");
            interrupt().await;
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn end() {
    interrupt().await;
}

async fn interrupt() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C is not heard");
        core::future::pending::<()>().await;
    }
}

/// Waits for SIGUSR1, which engages the kill switch. It is heard from now on, and not only once somebody
/// waits: unheard, it ends the process.
#[cfg(unix)]
pub(super) fn kill() -> impl Future<Output = ()> + Send {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = signal(SignalKind::user_defined1());
    async move {
        match heard {
            Ok(mut asked) => {
                if asked.recv().await.is_some() {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, "SIGUSR1 is not heard"),
        }
        core::future::pending::<()>().await;
    }
}

/// There is no such signal here.
#[cfg(not(unix))]
pub(super) fn kill() -> impl Future<Output = ()> + Send {
    core::future::pending::<()>()
}
