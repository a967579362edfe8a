use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use chrono::{TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};

use super::{JwksSource, OauthSettings, Tokens};
use crate::{
    auth::Refusal,
    http::test_support::{Bench, settings},
    principal::{Access, Role},
};

const ISSUER: &str = "https://login.example";
const AUDIENCE: &str = "https://broker.example/mcp";

struct Issuer {
    key: EncodingKey,
    name: &'static str,
}

impl Issuer {
    fn new(name: &'static str) -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        Self { key, name }
    }

    fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(self.name.to_owned());
        serde_json::to_value(jwk).unwrap()
    }

    fn token(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "somebody",
            "exp": (Utc::now() + TimeDelta::minutes(5)).timestamp(),
            "scope": "openid broker:read broker:trade",
        });
        change(&mut claims);
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.name.to_owned());
        encode(&header, &claims, &self.key).unwrap()
    }
}

fn tokens(folder: &Path, issuer: &Issuer) -> Tokens {
    let path = folder.join("jwks.json");
    let set = json!({ "keys": [issuer.jwk()] });
    fs::write(&path, set.to_string()).unwrap();
    let accounts = Access::Only(["PAPER-1".to_owned()].into());
    let jwks = JwksSource::File(path);
    Tokens::new(OauthSettings::new(ISSUER, AUDIENCE, jwks, accounts)).unwrap()
}

#[tokio::test]
async fn a_token_says_who_somebody_is_and_its_scopes_what_they_may_do() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new("one");
    let tokens = tokens(folder.path(), &issuer);
    let token = issuer.token(|_| {});
    assert!(tokens.looks_like_one(&token));
    let owner = tokens.admit(&token).await.unwrap();
    assert_eq!(&*owner.id, "oauth:somebody");
    assert_eq!(owner.roles, BTreeSet::from([Role::Read, Role::Trade]));
    assert!(owner.accounts.allows("PAPER-1") && !owner.accounts.allows("PAPER-2"));
    assert!(owner.expires_at.is_some());
}

#[tokio::test]
async fn nobody_becomes_an_approver_by_a_token() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new("one");
    let tokens = tokens(folder.path(), &issuer);
    let token = issuer.token(|claims| claims["scope"] = json!("broker:approver broker:admin"));
    let owner = tokens.admit(&token).await.unwrap();
    assert_eq!(owner.roles, BTreeSet::from([Role::Admin]));
}

#[tokio::test]
async fn a_token_for_somebody_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new("one");
    let tokens = tokens(folder.path(), &issuer);
    let past = (Utc::now() - TimeDelta::minutes(5)).timestamp();
    let future = (Utc::now() + TimeDelta::minutes(5)).timestamp();
    type Change = Box<dyn FnOnce(&mut Value)>;
    let wrong: Vec<(&str, Change)> = vec![
        (
            "audience",
            Box::new(|claims| claims["aud"] = json!("https://other.example")),
        ),
        (
            "issuer",
            Box::new(|claims| claims["iss"] = json!("https://evil.example")),
        ),
        (
            "not yet",
            Box::new(move |claims| claims["nbf"] = json!(future)),
        ),
        (
            "no audience",
            Box::new(|claims| drop(claims.as_object_mut().unwrap().remove("aud"))),
        ),
        (
            "no end",
            Box::new(|claims| drop(claims.as_object_mut().unwrap().remove("exp"))),
        ),
        ("nobody", Box::new(|claims| claims["sub"] = json!(""))),
    ];
    for (what, change) in wrong {
        let refusal = tokens.admit(&issuer.token(change)).await;
        assert_eq!(refusal.unwrap_err(), Refusal::Unknown, "{what}");
    }
    let late = issuer.token(|claims| claims["exp"] = json!(past));
    assert_eq!(tokens.admit(&late).await.unwrap_err(), Refusal::Expired);
}

#[tokio::test]
async fn a_token_that_somebody_else_has_signed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let issuer = Issuer::new("one");
    let tokens = tokens(folder.path(), &issuer);
    let forged = Issuer::new("one").token(|_| {});
    assert_eq!(tokens.admit(&forged).await.unwrap_err(), Refusal::Unknown);
    let stranger = Issuer::new("two").token(|_| {});
    assert_eq!(tokens.admit(&stranger).await.unwrap_err(), Refusal::Unknown);
    // With a key that everybody can read, or with none.
    let claims = json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": 9_999_999_999_u64 });
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("one".to_owned());
    let public = issuer.jwk().to_string();
    let shared = EncodingKey::from_secret(public.as_bytes());
    let token = encode(&header, &claims, &shared).unwrap();
    assert_eq!(tokens.admit(&token).await.unwrap_err(), Refusal::Unknown);
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.";
    assert_eq!(tokens.admit(unsigned).await.unwrap_err(), Refusal::Unknown);
}

#[test]
fn keys_come_from_this_machine_or_over_tls() {
    for (address, fine) in [
        ("https://login.example/jwks", true),
        ("http://localhost:8080/jwks", true),
        ("http://login.example/jwks", false),
        ("ftp://login.example/jwks", false),
        ("nonsense", false),
    ] {
        let jwks = JwksSource::Url(address.to_owned());
        let settings = OauthSettings::new(ISSUER, AUDIENCE, jwks, Access::All);
        assert_eq!(Tokens::new(settings).is_ok(), fine, "{address}");
    }
}

#[tokio::test]
async fn whoever_has_no_token_is_told_where_tokens_are_from_in_configured_words() {
    let folder = tempfile::tempdir().unwrap();
    let tokens = tokens(folder.path(), &Issuer::new("one"));
    let mut public = settings();
    public.behind_proxy = true;
    public.public_address = Some("https://broker.example".to_owned());
    let bench = Bench::with(public, |app| app.with_tokens(Arc::new(tokens)), |rest| rest);
    let place = "https://broker.example/.well-known/oauth-protected-resource";
    let mut asked = bench.request("GET", "/v1/get_positions", "");
    // What a request says of the server is not repeated.
    let elsewhere = "evil.example".parse().unwrap();
    asked.headers_mut().insert("x-forwarded-host", elsewhere);
    let refused = bench.send(asked).await;
    assert_eq!(refused.status, 401);
    let told = refused.headers["www-authenticate"].to_str().unwrap();
    let wanted = format!("resource_metadata=\"{place}");
    assert!(
        told.starts_with("Bearer ") && told.contains(&wanted),
        "{told}"
    );
    for (path, part) in [("", ""), ("/mcp", "/mcp")] {
        let path = format!("/.well-known/oauth-protected-resource{path}");
        let answer = bench.get(&path, "").await;
        assert_eq!(answer.status, 200, "{path}");
        let resource = format!("https://broker.example{part}");
        assert_eq!(answer.body["resource"], resource.as_str());
        assert_eq!(answer.body["authorization_servers"], json!([ISSUER]));
        assert!(
            !answer.body["scopes_supported"]
                .to_string()
                .contains("approver")
        );
    }
}
