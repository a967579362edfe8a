//! Every client reads the folder alike, whatever it makes of escapes.

use std::{collections::BTreeMap, fs};

use super::{CONFIG_FILE, License, TOKEN_FILE, TigerServer};

/// As the vendor's Rust crate reads a line: up to the first separator and after it, as it stands.
fn as_it_stands(line: &str) -> (String, String) {
    let at = line.find(['=', ':']).unwrap();
    (line[..at].to_owned(), line[at + 1..].to_owned())
}

/// As Java reads it, and the vendor's Python SDK: a backslash lets the next character stand.
fn as_java_does(line: &str) -> (String, String) {
    let (mut key, mut value, mut separated) = (String::new(), String::new(), false);
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if !separated && matches!(character, '=' | ':') {
            separated = true;
            continue;
        }
        let meant = if character == '\\' {
            characters.next().unwrap()
        } else {
            character
        };
        if separated { &mut value } else { &mut key }.push(meant);
    }
    (key, value)
}

fn read(text: &str, reads: impl Fn(&str) -> (String, String)) -> BTreeMap<String, String> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .map(reads)
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_read_alike_with_escapes_and_without() {
    let name = format!("tiger-folder-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let server = TigerServer::builder()
        .license(License::Tbhk)
        .secret_key("a=b:c");
    let server = server.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
    server.write_folder(&folder).unwrap();
    let (one, eight) = server.keys().client_lines().unwrap();
    let text = fs::read_to_string(folder.join(CONFIG_FILE)).unwrap();
    for settings in [read(&text, as_it_stands), read(&text, as_java_does)] {
        assert_eq!(settings["private_key_pk1"], one);
        assert_eq!(settings["private_key_pk8"], eight);
        let public = server.keys().broker_public_line().unwrap();
        assert_eq!(settings["tiger_public_key"], public);
        assert_eq!(settings["server_url"], server.url());
        assert_eq!(settings["secret_key"], "a=b:c");
    }
    let text = fs::read_to_string(folder.join(TOKEN_FILE)).unwrap();
    let token = server.token().unwrap();
    assert!(one.ends_with('=') || eight.ends_with('=') || token.ends_with('='));
    for settings in [read(&text, as_it_stands), read(&text, as_java_does)] {
        assert_eq!(settings["token"], token);
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_clients_read_differently_is_not_written() {
    let name = format!("tiger-folder-odd-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    for odd in ["a\\b", " a", "a\nprivate_key=x"] {
        let server = TigerServer::builder().secret_key(odd);
        let server = server.bind("127.0.0.1:0", "127.0.0.1:0").await.unwrap();
        let refused = server.write_folder(&folder).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::InvalidInput, "{odd:?}");
        assert!(!folder.join(CONFIG_FILE).exists());
    }
    fs::remove_dir_all(&folder).unwrap();
}
