//! Keys as people have them: PEM with any armour and any wrapping, or bare base64.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::zeroize::Zeroizing;

/// People lose the padding when they copy keys.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of a key; which kind of key they are is not looked at.
pub(super) fn der(text: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
    // Environment files often hold the line ends as `\n`.
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let mut armoured = false;
    for part in text.split("-----").enumerate() {
        match part {
            // `-----BEGIN x-----` and `-----END x-----` stand between the dashes.
            (index, label) if index % 2 == 1 => {
                armoured = true;
                if label.contains("ENCRYPTED") {
                    return Err("is encrypted with a password: give the plain key".to_owned());
                }
                if label.contains("OPENSSH") || label.contains("CERTIFICATE") {
                    return Err(format!("is no RSA key but: {}", label.trim()));
                }
            }
            (_, body) => {
                if body.contains("Proc-Type") {
                    return Err("is encrypted with a password: give the plain key".to_owned());
                }
                base64.extend(body.chars().filter(|c| !c.is_whitespace()));
            }
        }
    }
    let bytes = LENIENT.decode(base64.as_bytes()).map_err(|_| {
        let form = if armoured {
            "PEM"
        } else {
            "base64 on one line"
        };
        format!("is not a key: {form} was expected")
    })?;
    if bytes.is_empty() && armoured {
        let why = "begins here and goes on elsewhere: in a file of settings a key has to stand on one line";
        return Err(why.to_owned());
    }
    if bytes.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(Zeroizing::new(bytes))
}
