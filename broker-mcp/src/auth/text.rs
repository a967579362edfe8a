//! What a key looks like: `bk_<prefix>_<secret>`. The prefix finds it and may be shown; the secret is
//! 256 random bits.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use broker_core::SecretString;
use zeroize::Zeroizing;

use super::KeyError;

const MARK: &str = "bk_";
/// Hexadecimal digits of a prefix.
const PREFIX: usize = 16;

/// So many random bytes.
pub(super) fn random<const N: usize>() -> Result<Zeroizing<[u8; N]>, KeyError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut()).map_err(|_| KeyError::Random)?;
    Ok(bytes)
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A secret without its text.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// A new prefix and a new secret.
pub(super) fn fresh() -> Result<(String, Secret), KeyError> {
    let prefix = hexadecimal(random::<{ PREFIX / 2 }>()?.as_slice());
    Ok((prefix, random::<32>()?))
}

/// What the caller is given, once.
pub(super) fn write(prefix: &str, secret: &Secret) -> SecretString {
    // As long as it gets, so that no copy is left behind.
    let mut text = String::with_capacity(MARK.len() + PREFIX + 1 + 44);
    text.push_str(MARK);
    text.push_str(prefix);
    text.push('_');
    URL_SAFE_NO_PAD.encode_string(secret.as_slice(), &mut text);
    SecretString::from(text)
}

/// The part of a key that may be shown; nothing when it is none.
#[cfg(any(feature = "http", test))]
pub(crate) fn prefix(text: &str) -> Option<&str> {
    read(text).map(|(prefix, _)| prefix)
}

/// The prefix and the secret of a key; nothing when it is none.
pub(super) fn read(text: &str) -> Option<(&str, Secret)> {
    let (prefix, secret) = text.strip_prefix(MARK)?.split_at_checked(PREFIX)?;
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if !prefix.bytes().all(digit) {
        return None;
    }
    let mut bytes = Zeroizing::new([0; 32]);
    let read = URL_SAFE_NO_PAD.decode_slice(secret.strip_prefix('_')?, bytes.as_mut());
    (read == Ok(32)).then_some((prefix, bytes))
}
