use super::{Signer as _, key_text, rsa_key_signer::RsaSigner, rsa_signer};
use crate::vectors;

/// The key without its armour, on one line.
fn bare(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

fn wrapped(pem: &str, width: usize, end: &str) -> String {
    let label = pem.lines().next().unwrap();
    let bare = bare(pem);
    let lines: Vec<&str> = (0..bare.len())
        .step_by(width)
        .map(|at| &bare[at..bare.len().min(at + width)])
        .collect();
    let body = lines.join(end);
    format!(
        "{label}{end}{body}{end}{}{end}",
        label.replace("BEGIN", "END")
    )
}

#[test]
fn every_form_in_which_people_have_a_key_signs_the_same() {
    let expected = rsa_signer(vectors::CLIENT_KEY)
        .unwrap()
        .sign("text")
        .unwrap();
    for pem in [vectors::CLIENT_KEY, vectors::CLIENT_KEY_PKCS8] {
        let forms = [
            pem.to_owned(),
            bare(pem),
            bare(pem).trim_end_matches('=').to_owned(),
            format!("  {}\n", bare(pem)),
            wrapped(pem, 76, "\r\n"),
            wrapped(pem, 5, "\n   "),
            wrapped(pem, 1000, " "),
            wrapped(pem, 64, "\\n"),
            // The Python SDK strips the armour of PKCS#1 only, so people change it by hand.
            pem.replace("RSA PRIVATE", "PRIVATE"),
        ];
        for form in forms {
            let der = key_text::der(&form).unwrap();
            assert_eq!(
                RsaSigner::new(&der).unwrap().sign("text").unwrap(),
                expected,
                "{form}"
            );
        }
    }
}

#[test]
fn what_is_no_private_key_says_so_without_showing_it() {
    let public = include_str!("../../tests/vectors/keys/test_rsa_1024_pub.pem");
    let cases = [
        ("", "empty"),
        ("not base64!", "base64"),
        ("QUJD", "not an RSA private key"),
        (public, "not an RSA private key"),
        (
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nQUJD\n-----END ENCRYPTED PRIVATE KEY-----",
            "encrypted",
        ),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nQUJD\n-----END OPENSSH PRIVATE KEY-----",
            "OPENSSH",
        ),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nQUJD\n-----END RSA PRIVATE KEY-----",
            "encrypted",
        ),
    ];
    for (text, why) in cases {
        let error = rsa_signer(text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
        assert!(!error.contains("QUJD"), "{error}");
    }
}

#[test]
fn a_damaged_key_is_refused() {
    let mut der = key_text::der(vectors::CLIENT_KEY).unwrap();
    let middle = der.len() / 2;
    der[middle] ^= 0x10;
    assert!(RsaSigner::new(&der).is_err());
}
