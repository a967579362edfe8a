//! What real clients send, and how it is read.
//!
//! `vectors/ib_async.txt` and `vectors/stoqey.txt` hold the messages that `ib_async` 2.1.0 and
//! `@stoqey/ib` 1.6.10 wrote for each of their calls, at every server version that changes a
//! byte, with `|` for NUL. Below each stands the request that it means, without unset fields.

use std::fmt::Debug;

use super::{Malformed, decode};
use crate::tws::message::Request;

const FILES: [(&str, &str); 2] = [
    ("ib_async", include_str!("vectors/ib_async.txt")),
    ("@stoqey/ib", include_str!("vectors/stoqey.txt")),
];

/// A client's call, from one server version to another.
struct Vector<'a> {
    client: &'a str,
    first: u32,
    last: u32,
    call: &'a str,
    message: &'a str,
    meaning: &'a str,
}

impl Vector<'_> {
    fn body(&self) -> Vec<u8> {
        self.message.replace('|', "\0").into_bytes()
    }

    fn decode(&self, version: u32) -> Result<Request, Malformed> {
        decode(version, &self.body())
    }
}

fn vectors() -> Vec<Vector<'static>> {
    let of_file = |(client, text): (&'static str, &'static str)| {
        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let read = lines.chunks(2).map(|pair| {
            let [sent, meaning] = pair else {
                panic!("a call without its meaning: {pair:?}")
            };
            let (versions, rest) = sent.split_once(' ').expect("versions");
            let (first, last) = versions.split_once('-').expect("a range of versions");
            let (call, message) = rest.split_once(' ').expect("a call and its message");
            let (first, last) = (first.parse().unwrap(), last.parse().unwrap());
            Vector {
                client,
                first,
                last,
                call,
                message,
                meaning: meaning.trim_start(),
            }
        });
        read.collect::<Vec<_>>()
    };
    FILES.into_iter().flat_map(of_file).collect()
}

/// A request without its unset fields and without the `Some` around the others.
fn shown(request: &impl Debug) -> String {
    let text = format!("{request:?}");
    let mut shown = String::new();
    let (mut open, mut quoted, mut escaped) = (Vec::new(), false, false);
    let mut rest = text.as_str();
    while let Some(next) = rest.chars().next() {
        if !quoted && let Some(inner) = rest.strip_prefix("Some(") {
            open.push(false);
            rest = inner;
            continue;
        }
        match next {
            '"' if !escaped => quoted = !quoted,
            '(' if !quoted => open.push(true),
            ')' if !quoted && open.pop() == Some(false) => {
                rest = &rest[1..];
                continue;
            }
            _ => {}
        }
        escaped = next == '\\' && !escaped;
        shown.push(next);
        rest = &rest[next.len_utf8()..];
    }
    without_unset(&shown)
}

fn without_unset(text: &str) -> String {
    let mut kept = text.to_owned();
    for unset in [": None", ": {}", ": []"] {
        while let Some(end) = kept.find(unset) {
            let start = kept[..end].rfind([' ', '{']).map_or(0, |at| at + 1);
            let after = end + unset.len();
            let comma = if kept[after..].starts_with(", ") {
                2
            } else {
                0
            };
            kept.replace_range(start..after + comma, "");
        }
    }
    kept.replace(",  }", " }")
        .replace(", }", " }")
        .replace("{  }", "{}")
}

#[test]
fn what_the_clients_send_is_read_as_what_they_mean() {
    let mut wrong = Vec::new();
    for vector in vectors() {
        for version in [vector.first, vector.last] {
            let actual = match vector.decode(version) {
                Ok(request) => shown(&request),
                Err(malformed) => malformed.to_string(),
            };
            if actual != vector.meaning {
                let Vector {
                    client,
                    call,
                    message,
                    meaning,
                    ..
                } = vector;
                wrong.push(format!(
                    "{client} {call} at {version}\n  sent {message}\n  read {actual}\n  want {meaning}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_message_of_the_dialect_is_sent_by_a_client() {
    let mut sent: Vec<u32> = vectors()
        .iter()
        .filter_map(|vector| vector.decode(vector.last).ok())
        .map(|r| r.id())
        .collect();
    sent.sort_unstable();
    sent.dedup();
    let dialect: Vec<u32> = [1..=25, 49..=59, 61..=71, 74..=104]
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(sent, dialect);
}

#[test]
fn a_message_cut_short_anywhere_is_malformed() {
    for vector in vectors() {
        let body = vector.body();
        for length in 0..body.len() {
            let cut = decode(vector.last, &body[..length]);
            assert!(cut.is_err(), "{} of {}: {cut:?}", length, vector.message);
        }
    }
}

#[test]
fn a_message_with_a_field_more_is_malformed() {
    for vector in vectors() {
        let mut body = vector.body();
        body.extend_from_slice(b"1\0");
        // Options may come with their number in front: there one more field is one that belongs.
        if ["52", "54", "55"]
            .iter()
            .any(|id| vector.message.starts_with(&format!("{id}|")))
        {
            body.extend_from_slice(b"1\0");
        }
        let longer = decode(vector.last, &body);
        assert!(longer.is_err(), "{}: {longer:?}", vector.message);
    }
}

#[test]
fn a_message_of_another_version_of_the_server_does_not_pass_for_this_one() {
    let differ = vectors().into_iter().filter(|vector| vector.first > 157);
    for vector in differ.filter(|vector| vector.call != "placeOrder" || vector.first != 177) {
        let older = vector.decode(vector.first - 1);
        assert!(
            older.is_err(),
            "{} at {}: {older:?}",
            vector.message,
            vector.first - 1
        );
    }
}

#[test]
fn no_change_of_one_byte_makes_reading_panic() {
    for vector in vectors() {
        let body = vector.body();
        for at in 0..body.len() {
            for byte in [0, b'-', b'9', b'|', 0xff] {
                let mut changed = body.clone();
                changed[at] = byte;
                let _ = decode(vector.last, &changed);
            }
        }
    }
}
