//! What is stored of a key.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{
    KeyError,
    text::{Secret, random},
};

/// What one attempt at a key costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Cost {
    /// Memory, KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Cost {
    /// So much memory in KiB, so many passes over it.
    #[must_use]
    pub const fn new(memory: u32, passes: u32) -> Self {
        Self { memory, passes }
    }
}

impl Default for Cost {
    /// 19 MiB, two passes: what OWASP asks for.
    fn default() -> Self {
        Self::new(19 * 1024, 2)
    }
}

/// The Argon2id hash of a key's secret, with its salt and its cost.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretHash {
    algorithm: Named,
    cost: Cost,
    salt: String,
    hash: String,
}

// Nobody needs it in a log, and it is what an attacker would want to have.
impl core::fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("SecretHash").field(&"***").finish()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Named {
    #[serde(rename = "argon2id")]
    Argon2id,
}

type Output = Zeroizing<[u8; 32]>;

fn stretch(secret: &Secret, salt: &[u8], cost: Cost) -> Result<Output, KeyError> {
    let params = Params::new(cost.memory, cost.passes, 1, Some(32)).map_err(|_| KeyError::Cost)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = Zeroizing::new([0; 32]);
    argon2
        .hash_password_into(secret.as_slice(), salt, output.as_mut())
        .map_err(|_| KeyError::Cost)?;
    Ok(output)
}

impl SecretHash {
    pub(super) fn of(secret: &Secret, cost: Cost) -> Result<Self, KeyError> {
        let salt = random::<16>()?;
        let hash = stretch(secret, salt.as_slice(), cost)?;
        Ok(Self {
            algorithm: Named::Argon2id,
            cost,
            salt: STANDARD_NO_PAD.encode(salt.as_slice()),
            hash: STANDARD_NO_PAD.encode(hash.as_slice()),
        })
    }

    /// Whether it is the hash of this secret. How long that takes does not depend on how much of it is
    /// right.
    pub(super) fn is_of(&self, secret: &Secret) -> bool {
        let is_it = || {
            let salt = STANDARD_NO_PAD.decode(&self.salt).ok()?;
            let mine = STANDARD_NO_PAD.decode(&self.hash).ok()?;
            let theirs = stretch(secret, &salt, self.cost).ok()?;
            Some(bool::from(mine.as_slice().ct_eq(theirs.as_slice())))
        };
        is_it().unwrap_or(false)
    }

    /// Takes as long as a real attempt, for a prefix that nobody has.
    pub(super) fn of_nobody(secret: &Secret, cost: Cost) {
        let spent = stretch(secret, &[0; 16], cost);
        drop(core::hint::black_box(spent));
    }
}
