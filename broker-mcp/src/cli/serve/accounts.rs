//! Keeps accounts out that an administrator has taken out through another process with the same file.

use core::time::Duration;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::house::House;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Looks after them until it is aborted.
pub(super) fn watch(house: &House, stop: CancellationToken) -> JoinHandle<()> {
    let service = Arc::clone(&house.service);
    tokio::spawn(async move {
        let mut looks = tokio::time::interval(LOOK);
        let mut fails = false;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = looks.tick() => {}
            }
            let followed = service.follow_withdrawn().await;
            // Said once, and not every second.
            if let (false, Err(error)) = (fails, &followed) {
                tracing::warn!(%error, "nobody knows whether an account was taken out elsewhere");
            }
            fails = followed.is_err();
        }
    })
}
