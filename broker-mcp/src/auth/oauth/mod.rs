//! Access tokens of an OAuth authorization server, of which this is a resource server only: it gives no
//! tokens, and passes none on.
//!
//! `settings.rs` is what an operator says, `jwks.rs` the keys that tokens are signed with, `tokens.rs` what a
//! token proves, `metadata.rs` where clients learn who gives them (RFC 9728).

mod jwks;
mod metadata;
mod settings;
mod tokens;

#[cfg(test)]
mod tokens_tests;

pub(crate) use metadata::METADATA;
pub use settings::{JwksSource, OauthError, OauthSettings};
pub use tokens::Tokens;
