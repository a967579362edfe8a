use chrono::{TimeZone as _, Utc};
use proptest::prelude::*;

use super::{Frames, Greeting, GreetingError, answer};
use crate::tws::dialect::Dialect;

fn greeting(text: &str) -> Vec<u8> {
    let mut bytes = b"API\0".to_vec();
    bytes.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn chosen(text: &str) -> Option<Dialect> {
    let (greeting, _) = Greeting::read(&greeting(text)).unwrap().unwrap();
    Dialect::choose(greeting.least, greeting.most)
}

#[test]
fn each_known_client_gets_the_dialect_it_can_read() {
    assert_eq!(chosen("v213..226"), Some(Dialect::Proto(226)));
    assert_eq!(chosen("v157..178"), Some(Dialect::Text(178)));
    assert_eq!(chosen("v100..193"), Some(Dialect::Text(178)));
    assert_eq!(chosen("v100..170"), Some(Dialect::Text(170)));
    assert_eq!(chosen("v100..219"), Some(Dialect::Proto(219)));
    assert_eq!(chosen("v213..300 +PACEAPI"), Some(Dialect::Proto(226)));
}

#[test]
fn versions_that_nobody_serves_are_refused() {
    // Between 179 and 212 the families of messages move to protobuf one by one.
    assert_eq!(chosen("v179..212"), None);
    assert_eq!(chosen("v100..150"), None);
    assert_eq!(chosen("v300..400"), None);
}

#[test]
fn a_greeting_is_taken_only_whole() {
    let whole = greeting("v157..178");
    for end in 0..whole.len() {
        assert_eq!(Greeting::read(&whole[..end]), Ok(None), "{end} bytes");
    }
    let (_, used) = Greeting::read(&whole).unwrap().unwrap();
    assert_eq!(used, whole.len());
}

#[test]
fn what_is_no_greeting_is_refused_at_its_first_wrong_byte() {
    assert_eq!(Greeting::read(b"G"), Err(GreetingError::NoMagic));
    assert_eq!(Greeting::read(b"APIx"), Err(GreetingError::NoMagic));
    let endless = Greeting::read(b"API\0\xff\xff\xff\xff");
    assert_eq!(endless, Err(GreetingError::Length(u32::MAX)));
    assert!(matches!(
        Greeting::read(&greeting("v9..1")),
        Err(GreetingError::Versions(_))
    ));
    assert!(matches!(
        Greeting::read(&greeting("226")),
        Err(GreetingError::Versions(_))
    ));
}

#[test]
fn the_answer_names_the_time_of_new_york_by_the_abbreviation_in_force() {
    let winter = Utc.with_ymd_and_hms(2022, 1, 3, 15, 0, 0).unwrap();
    let bytes = answer(Dialect::Text(178), winter);
    assert_eq!(&bytes[4..], b"178\x0020220103 10:00:00 EST\0");
    let summer = Utc.with_ymd_and_hms(2022, 7, 5, 14, 0, 0).unwrap();
    let bytes = answer(Dialect::Proto(226), summer);
    assert_eq!(&bytes[4..], b"226\x0020220705 10:00:00 EDT\0");
}

#[test]
fn an_impossible_length_ends_the_stream() {
    for length in [0, 0x0100_0000, u32::MAX] {
        let mut frames = Frames::default();
        frames.push(&length.to_be_bytes());
        assert!(frames.next().is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in_however_the_bytes_are_cut(
        bodies in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..200), 0..20),
        cuts in prop::collection::vec(1_usize..97, 1..50),
    ) {
        let mut stream = Vec::new();
        for body in &bodies {
            stream.extend_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
            stream.extend_from_slice(body);
        }
        let mut frames = Frames::default();
        let mut seen: Vec<Vec<u8>> = Vec::new();
        let mut rest = stream.as_slice();
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, left) = rest.split_at((*cut).min(rest.len()));
            frames.push(piece);
            rest = left;
            while let Some(body) = frames.next().unwrap() {
                seen.push(body.to_vec());
            }
        }
        prop_assert_eq!(seen, bodies);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Greeting::read(&bytes);
        let mut frames = Frames::default();
        frames.push(&bytes);
        while let Ok(Some(_)) = frames.next() {}
    }
}
