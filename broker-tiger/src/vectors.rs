//! The recorded exchanges, for tests.

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) const CLIENT_KEY: &str = include_str!("../tests/vectors/keys/test_rsa_1024_pkcs1.pem");
pub(crate) const CLIENT_KEY_PKCS8: &str =
    include_str!("../tests/vectors/keys/test_rsa_1024_pkcs8.pem");
pub(crate) const SERVER_PUBLIC_KEY: &str =
    include_str!("../tests/vectors/keys/test_server_rsa_1024_pub.pem");
const HTTP: &str = include_str!("../tests/vectors/http.json");

#[derive(Deserialize)]
pub(crate) struct Vector {
    pub(crate) number: u32,
    pub(crate) name: String,
    pub(crate) members: Option<BTreeMap<String, String>>,
    pub(crate) string_to_sign: Option<String>,
    pub(crate) sign: Option<String>,
    pub(crate) authorization: Option<String>,
    pub(crate) response: Response,
}

#[derive(Deserialize)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
}

pub(crate) fn http() -> Vec<Vector> {
    serde_json::from_str(HTTP).unwrap()
}

pub(crate) fn numbered(number: u32) -> Vector {
    http()
        .into_iter()
        .find(|vector| vector.number == number)
        .unwrap()
}
