use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use serde::{Deserialize, Serialize};

use super::Fault;

/// When a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Trigger {
    /// With the n-th command after the script began, from 1.
    Command(u32),
    /// After the n-th report, from 1.
    Report(u32),
    /// So many milliseconds of the simulated clock after the script began.
    After(u32),
}

/// A fault and when it strikes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scheduled {
    /// When.
    pub when: Trigger,
    /// What.
    pub fault: Fault,
}

/// Faults in no particular order. Each strikes once.
///
/// ```
/// use broker_sim::fault::{Fault, FaultScript, Trigger};
/// let script = FaultScript::default()
///     .with(Trigger::Command(1), Fault::DropAfterWrite)
///     .with(Trigger::Report(3), Fault::DuplicateReports { count: 2 });
/// let text = script.to_json();
/// assert_eq!(FaultScript::from_json(&text).unwrap(), script);
/// assert_eq!(FaultScript::random(7, 5), FaultScript::random(7, 5));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultScript {
    faults: Vec<Scheduled>,
}

impl FaultScript {
    /// The same script with one more fault.
    #[must_use]
    pub fn with(mut self, when: Trigger, fault: Fault) -> Self {
        self.faults.push(Scheduled { when, fault });
        self
    }

    /// The faults.
    #[must_use]
    pub fn faults(&self) -> &[Scheduled] {
        &self.faults
    }

    /// The script as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Plain words and numbers always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a script.
    ///
    /// # Errors
    /// When the text is not a script; the message names line and column.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// A script of `count` faults drawn from a seed; the same seed draws the same script.
    #[must_use]
    pub fn random(seed: u64, count: u32) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |most: u32| rng.next_u32() % most.max(1);
        let faults = (0..count)
            .map(|_| {
                let fault = draw(&mut below);
                let when = match below(if fault.strikes_command() { 1 } else { 3 }) {
                    0 => Trigger::Command(1 + below(12)),
                    1 => Trigger::Report(1 + below(24)),
                    _ => Trigger::After(below(60_000)),
                };
                Scheduled { when, fault }
            })
            .collect();
        Self { faults }
    }
}

fn draw(below: &mut impl FnMut(u32) -> u32) -> Fault {
    match below(17) {
        0 => Fault::DropBeforeWrite,
        1 => Fault::DropMidFrame,
        2 => Fault::DropAfterWrite,
        3 => Fault::DropBeforeReply,
        4 => Fault::SilenceAfterAccept,
        5 => Fault::SilenceBeforeAccept,
        6 => Fault::FillBeforeAcknowledgement,
        7 => Fault::Reject {
            code: "201".into(),
            text: "Order rejected - reason: drill".into(),
        },
        8 => Fault::Warn {
            code: "399".into(),
            text: "Warning: drill".into(),
        },
        9 => Fault::DuplicateReports {
            count: 1 + below(4),
        },
        10 => Fault::ReorderReports {
            count: 2 + below(3),
        },
        11 => Fault::DelayReports {
            count: 1 + below(4),
            delay_ms: 1 + below(5_000),
        },
        12 => Fault::Disconnect {
            down_ms: 1 + below(20_000),
        },
        13 => Fault::NightlyReset {
            down_ms: 1_000 + below(60_000),
        },
        14 => Fault::RateLimitBan {
            ban_ms: 1 + below(5_000),
        },
        15 => Fault::BustLastFill,
        _ => Fault::CorrectLastFill,
    }
}
