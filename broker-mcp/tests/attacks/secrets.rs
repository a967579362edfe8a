use std::{fs, path::Path};

use serde_json::json;

use super::{
    session::{Session, bare},
    stand::{PAPER, Stand, resting},
};

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for place in fs::read_dir(folder).unwrap() {
        let path = place.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn no_secret_of_a_run_is_left_on_the_disk_or_in_the_log() {
    let mut stand = Stand::of(PAPER, "trace");
    for key in ["reader", "bot", "asked", "client", "anna", "boss", "other"] {
        stand.get("/v1/get_positions", key);
        stand.post("/v1/place_order", key, &resting("secret"));
        bare(&stand, key, "get_quotes", &json!({ "symbols": ["AAPL"] }));
        Session::open(&stand, key, "secret").call("list_accounts", &json!({}));
        // A person may paste a key anywhere.
        let key_text = stand.keys[key].clone();
        stand.send(
            ("GET", &format!("/v1/get_positions?access_token={key_text}")),
            "",
            &[],
            "",
        );
        stand.send(
            ("GET", "/v1/get_positions"),
            "",
            &[("X-Api-Key", &key_text)],
            "",
        );
        let wrong = format!("Bearer {key_text}x");
        stand.send(
            ("GET", "/v1/get_positions"),
            "",
            &[("Authorization", &wrong)],
            "",
        );
        let account = json!({
            "alias": "more", "broker": "paper", "kind": "paper", "credentials_ref": key_text,
        });
        stand.post("/v1/add_account", key, &account);
        let named = json!({ "order_id": "x", "password": key_text, "reason": key_text });
        stand.post("/v1/cancel_order", key, &named);
    }
    stand.kill();
    let mut all = vec![("the log".to_owned(), stand.said().into_bytes())];
    files(stand.folder.path(), &mut all);
    assert!(all.len() > 5, "there is a journal, a trail, a store");
    assert!(all[0].1.len() > 10_000, "it was told to say everything");
    for (name, key) in &stand.keys {
        // What follows the prefix that lists show.
        let secret = &key[key.len() - 43..];
        for (place, bytes) in &all {
            let there = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!there, "the key of {name} is in {place}");
        }
    }
}
