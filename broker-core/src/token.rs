use core::{fmt, time::Duration};

use async_trait::async_trait;
use secrecy::SecretString;

use crate::Result;

/// Where the token of a login is kept between two starts of a program.
///
/// Several programs may use one login and so one store. Whoever wants to have a token renewed
/// [claims](Self::claim) the store, reads it again, because somebody else may have renewed it in the
/// meantime, and only then asks the broker.
///
/// An implementer must write all or nothing: a crash during [`save`](Self::save) leaves the old token
/// or the new one, never half of one.
#[async_trait]
pub trait TokenStore: Send + Sync + fmt::Debug + 'static {
    /// The token that is kept; `None` when there is none.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when it cannot be read, which is not the same as none.
    async fn load(&self) -> Result<Option<SecretString>>;

    /// Keeps this token instead of the one before.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io) when it cannot be written; the one before is still kept.
    async fn save(&self, token: &SecretString) -> Result<()>;

    /// Waits until nobody else, in this process or another one, has the store claimed, for at most
    /// `patience`, and keeps everyone else away until the claim is dropped.
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) when somebody else holds it for longer;
    /// [`Io`](crate::ErrorKind::Io) when it cannot be claimed at all.
    async fn claim(&self, patience: Duration) -> Result<TokenClaim>;
}

/// A claimed [`TokenStore`]; dropping it gives the store free.
#[must_use = "a claim that is dropped keeps nobody away"]
pub struct TokenClaim(
    #[expect(dead_code, reason = "held until it is dropped")] Box<dyn Send + Sync>,
);

impl TokenClaim {
    /// A claim that lasts until `held` is dropped with it, such as a locked file.
    pub fn new(held: impl Send + Sync + 'static) -> Self {
        Self(Box::new(held))
    }
}

impl fmt::Debug for TokenClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenClaim")
    }
}
