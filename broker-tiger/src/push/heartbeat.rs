//! How often the two sides of a connection say that they are there.

use core::time::Duration;

use serde::Deserialize;

/// What the vendor's SDK proposes for both directions, in milliseconds.
pub(super) const INTERVAL: u32 = 10_000;
/// Far enough away to be never.
pub(super) const NEVER: Duration = Duration::from_secs(10 * 365 * 24 * 3_600);

/// How often something is to be sent, and how soon something is to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heartbeat {
    pub(super) send: Option<Duration>,
    pub(super) hear: Option<Duration>,
}

#[derive(Deserialize)]
struct Greeting {
    #[serde(rename = "heart-beat")]
    pair: String,
}

impl Heartbeat {
    /// Out of the text of the greeting; the proposed one when it says nothing that can be read.
    pub(super) fn agreed(greeting: &str) -> Self {
        let pair = serde_json::from_str::<Greeting>(greeting).ok();
        let pair = pair.and_then(|greeting| {
            let (send, hear) = greeting.pair.split_once(',')?;
            Some((send.trim().parse().ok()?, hear.trim().parse().ok()?))
        });
        let (send, hear): (u64, u64) = pair.unwrap_or((INTERVAL.into(), INTERVAL.into()));
        let span = |ms: u64| (ms > 0).then(|| Duration::from_millis(ms));
        Self {
            send: span(send),
            // As patient as the vendor's SDK.
            hear: span(hear.saturating_mul(3) / 2),
        }
    }
}
