use std::sync::Arc;

use broker_core::gateway::GatewayControl;
use serde::{Deserialize, Serialize};

use super::Span;
use crate::supervisor::{Gateway, READY_WITHIN, SHUTDOWN_WITHIN, Timing};

/// How sessions are watched, restarted and ended; see [`supervisor`](crate::supervisor).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SupervisorConfig {
    /// Between two checks of a session.
    pub check_every: Span,
    /// Between the checks of two sessions.
    pub apart: Span,
    /// The answer to a check.
    pub answer_within: Span,
    /// Failed checks in a row before a session is restarted.
    pub failures: u32,
    /// How long an adapter may connect again by itself.
    pub patience: Span,
    /// Ending a session.
    pub close_within: Span,
    /// Making a new one.
    pub rebuild_within: Span,
    /// The pause after a restart that did not help; each one after it is twice as long.
    pub first_pause: Span,
    /// The longest of these pauses.
    pub longest_pause: Span,
    /// Between two checks while somebody waits for the session.
    pub recheck_every: Span,
    /// How long a program waits for a session.
    pub ready_within: Span,
    /// How long a program takes to end.
    pub shutdown_within: Span,
    /// How long an event of an order may take before that is trouble.
    pub lag_limit: Span,
    /// How long a slow event is remembered.
    pub lag_window: Span,
    /// When a gateway is restarted.
    pub gateway: GatewayConfig,
}

impl Default for SupervisorConfig {
    fn default() -> Self {
        let timing = Timing::default();
        Self {
            check_every: Span::of(timing.check_every),
            apart: Span::of(timing.apart),
            answer_within: Span::of(timing.answer_within),
            failures: timing.failures,
            patience: Span::of(timing.patience),
            close_within: Span::of(timing.close_within),
            rebuild_within: Span::of(timing.rebuild_within),
            first_pause: Span::of(timing.first_pause),
            longest_pause: Span::of(timing.longest_pause),
            recheck_every: Span::of(timing.recheck_every),
            ready_within: Span::of(READY_WITHIN),
            shutdown_within: Span::of(SHUTDOWN_WITHIN),
            lag_limit: Span::of(timing.lag_limit),
            lag_window: Span::of(timing.lag_window),
            gateway: GatewayConfig::default(),
        }
    }
}

impl SupervisorConfig {
    /// The same as a [`Supervisor`](crate::supervisor::Supervisor) takes it.
    #[must_use]
    pub const fn timing(&self) -> Timing {
        Timing {
            check_every: self.check_every.get(),
            apart: self.apart.get(),
            answer_within: self.answer_within.get(),
            failures: self.failures,
            patience: self.patience.get(),
            close_within: self.close_within.get(),
            rebuild_within: self.rebuild_within.get(),
            first_pause: self.first_pause.get(),
            longest_pause: self.longest_pause.get(),
            gateway_down_for: self.gateway.down_for.get(),
            gateway_every: self.gateway.every.get(),
            gateway_within: self.gateway.within.get(),
            recheck_every: self.recheck_every.get(),
            lag_limit: self.lag_limit.get(),
            lag_window: self.lag_window.get(),
        }
    }
}

/// When a gateway is restarted that none of its sessions works through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// How long every session has to be down before.
    pub down_for: Span,
    /// The shortest time between the end of a restart and the next one.
    pub every: Span,
    /// How long a restart is waited for.
    pub within: Span,
    /// Whether one that answers is restarted, too.
    pub even_if_it_answers: bool,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        let timing = Timing::default();
        Self {
            down_for: Span::of(timing.gateway_down_for),
            every: Span::of(timing.gateway_every),
            within: Span::of(timing.gateway_within),
            even_if_it_answers: false,
        }
    }
}

impl GatewayConfig {
    /// A gateway under this rule.
    #[must_use]
    pub fn gateway(&self, name: impl Into<String>, control: Arc<dyn GatewayControl>) -> Gateway {
        if self.even_if_it_answers {
            Gateway::restarted_even_if_it_answers(name, control)
        } else {
            Gateway::new(name, control)
        }
    }
}
