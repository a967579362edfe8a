use serde::{Deserialize, Serialize};

use crate::tiger::Form;

/// How a request that comes too fast is answered: the vendor's pages know both ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateLimitStyle {
    /// HTTP status 429 and code 5.
    #[default]
    TooManyRequests,
    /// HTTP status 200 and code 4.
    Forbidden,
}

/// What becomes of an order under an `order_id` that an earlier order has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateOrderId {
    /// It is refused.
    #[default]
    Refuse,
    /// It is a second order; the number stands for the newer one from then on.
    Accept,
}

/// What the simulated broker does beside the plain protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Habits {
    /// How answers are wrapped.
    pub form: Form,
    /// Seconds for which a fresh token is valid.
    pub token_life_s: u32,
    /// A refreshed token puts those before it out of force.
    pub refresh_revokes: bool,
    /// How many times the vendor's request limits are allowed, as a paid plan multiplies them.
    pub rate_factor: u32,
    /// How a request that comes too fast is answered.
    pub rate_limit_style: RateLimitStyle,
    /// Requests over a limit within a minute after which the developer is shut out.
    pub patience: u32,
    /// What becomes of an order under a number that is used already.
    pub duplicate_order_id: DuplicateOrderId,
    /// Milliseconds of the exchange's clock between an answer and the order, change or cancel
    /// reaching the exchange.
    pub desk_delay_ms: u32,
    /// Whatever the exchange refuses is refused after an answer that said success: the order is
    /// `Inactive`, the change `FAILED`. Otherwise only what cannot be known earlier is.
    pub late_refusals: bool,
    /// Answers to orders tell the two numbers only, without the order.
    pub short_answers: bool,
    /// Milliseconds within which a client of the push service is to say something; 0 for never.
    pub heartbeat_send_ms: u32,
    /// Milliseconds within which the push service says something; 0 for never.
    pub heartbeat_receive_ms: u32,
    /// The push service does not keep its word: it never sends heartbeats.
    pub silent_heart: bool,
    /// Subscriptions survive a connection that ends without a farewell.
    pub keeps_subscriptions: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            form: Form::default(),
            token_life_s: 30 * 24 * 3600,
            refresh_revokes: false,
            rate_factor: 1,
            rate_limit_style: RateLimitStyle::default(),
            patience: 200,
            duplicate_order_id: DuplicateOrderId::default(),
            desk_delay_ms: 0,
            late_refusals: false,
            short_answers: false,
            heartbeat_send_ms: 10_000,
            heartbeat_receive_ms: 10_000,
            silent_heart: false,
            keeps_subscriptions: true,
        }
    }
}
