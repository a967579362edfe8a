#![allow(clippy::unwrap_used, reason = "tests")]

use prost::bytes::BytesMut;

use super::frame::{Broken, LIMIT, take};

#[test]
fn frames_come_whole_however_they_are_cut() {
    let bytes = [3, 1, 2, 3, 0, 1, 9];
    let mut buffer = BytesMut::new();
    let mut found = Vec::new();
    for byte in bytes {
        buffer.extend_from_slice(&[byte]);
        while let Some(frame) = take(&mut buffer).unwrap() {
            found.push(frame.to_vec());
        }
    }
    assert_eq!(found, [vec![1, 2, 3], vec![], vec![9]]);
}

#[test]
fn a_length_of_four_gigabytes_is_refused_at_once() {
    let mut buffer = BytesMut::from(&[0xff, 0xff, 0xff, 0xff, 0x0f][..]);
    assert_eq!(take(&mut buffer), Err(Broken::TooLong(u64::from(u32::MAX))));
    const { assert!(LIMIT < 10 * 1024 * 1024) };
}

#[test]
fn a_length_that_does_not_end_is_refused() {
    let mut buffer = BytesMut::from(&[0xff; 5][..]);
    assert_eq!(take(&mut buffer), Err(Broken::NoLength));
}
