use std::collections::BTreeMap;

use serde::Deserialize;

use super::{AnswerKey, AnswerPolicy, Proof, Signer, joined, key_text, rsa_key_signer::RsaSigner};
use crate::vectors::{self, Vector};

fn pure_rust(key: &str) -> RsaSigner {
    RsaSigner::new(&key_text::der(key).unwrap()).unwrap()
}

fn signed() -> impl Iterator<Item = (String, BTreeMap<String, String>, String, String)> {
    vectors::http().into_iter().filter_map(|vector: Vector| {
        Some((
            vector.name,
            vector.members?,
            vector.string_to_sign?,
            vector.sign?,
        ))
    })
}

fn reproduces_all(signer: &dyn Signer) {
    let mut count = 0;
    for (name, members, text, sign) in signed() {
        let joined = joined(members.iter().map(|(name, value)| (&**name, &**value)));
        assert_eq!(joined, text, "{name}");
        assert_eq!(signer.sign(&joined).unwrap(), sign, "{name}");
        count += 1;
    }
    assert_eq!(count, 92);
}

#[test]
fn every_recorded_request_is_signed_byte_for_byte() {
    reproduces_all(&pure_rust(vectors::CLIENT_KEY));
    reproduces_all(&pure_rust(vectors::CLIENT_KEY_PKCS8));
}

#[cfg(feature = "openssl")]
#[test]
fn openssl_signs_the_same() {
    let der = key_text::der(vectors::CLIENT_KEY).unwrap();
    reproduces_all(&super::openssl_signer::OpensslSigner::new(&der).unwrap());
    let der = key_text::der(vectors::CLIENT_KEY_PKCS8).unwrap();
    reproduces_all(&super::openssl_signer::OpensslSigner::new(&der).unwrap());
}

#[test]
fn a_signature_in_the_members_is_not_signed() {
    assert_eq!(
        joined([("sign", "x"), ("b", "2"), ("a", "1&=")]),
        "a=1&=&b=2"
    );
}

#[derive(Deserialize)]
struct Signed {
    sign: Option<String>,
}

#[test]
fn every_recorded_answer_proves_what_it_should() {
    let key = AnswerKey::from_text(vectors::SERVER_PUBLIC_KEY).unwrap();
    let (mut good, mut bad, mut none) = (0, 0, 0);
    for vector in vectors::http() {
        let Some(members) = &vector.members else {
            continue;
        };
        let Ok(answer) = serde_json::from_str::<Signed>(&vector.response.body) else {
            continue;
        };
        let sign = answer.sign.as_deref();
        match key.check(AnswerPolicy::WhenPresent, &members["timestamp"], sign) {
            Proof::Good => good += 1,
            Proof::Bad => bad += 1,
            Proof::NotAsked => none += 1,
            Proof::Missing => panic!("{}", vector.name),
        }
        if sign.is_none() {
            let strict = key.check(AnswerPolicy::Required, &members["timestamp"], sign);
            assert_eq!(strict, Proof::Missing);
        }
    }
    assert!(good > 80, "{good}");
    assert_eq!(bad, 1, "number 108");
    assert!(none >= 1, "number 107");
}

#[test]
fn an_answer_to_another_request_proves_nothing() {
    let key = AnswerKey::from_text(vectors::SERVER_PUBLIC_KEY).unwrap();
    let vector = vectors::http().swap_remove(0);
    let answer: Signed = serde_json::from_str(&vector.response.body).unwrap();
    let sign = answer.sign.as_deref();
    let other = key.check(AnswerPolicy::WhenPresent, "2025-08-13 10:30:01", sign);
    assert_eq!(other, Proof::Bad);
    let garbage = key.check(
        AnswerPolicy::WhenPresent,
        "2025-08-13 10:30:00",
        Some("%%%"),
    );
    assert_eq!(garbage, Proof::Bad);
}

#[test]
fn the_published_keys_are_keys() {
    for stage in [crate::Stage::Production, crate::Stage::Sandbox] {
        assert!(AnswerKey::from_text(AnswerKey::standard(stage)).is_ok());
    }
}
