//! A bounded run of what the fuzz targets do without end: recorded frames and answers, cut and bent.

use crate::{fuzz, push, vectors};

/// A small generator of its own: the same seed, the same bytes.
struct Bender(u64);

impl Bender {
    fn next(&mut self) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most.max(1)).unwrap();
        usize::try_from(self.next() % most).unwrap()
    }

    /// Cuts, flips, doubles and inserts bytes.
    fn bend(&mut self, bytes: &mut Vec<u8>, favourites: &[u8]) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                2 => {
                    let tail = bytes.split_off(at);
                    bytes.extend_from_slice(&tail);
                    bytes.extend_from_slice(&tail);
                }
                3 => bytes.insert(at.min(bytes.len()), self.next().to_le_bytes()[0]),
                4 => bytes.splice(at..at, [0xFF; 9]).for_each(drop),
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte = favourites[self.below(favourites.len())];
                    }
                }
            }
        }
    }
}

#[test]
fn bent_frames_are_read_or_refused() {
    let mut bender = Bender(1);
    let frames: Vec<Vec<u8>> = push::recorded_frames()
        .into_iter()
        .map(|(_, bytes)| bytes)
        .collect();
    for _ in 0..4_000 {
        let mut bytes = vec![bender.next().to_le_bytes()[0]];
        for _ in 0..=bender.below(3) {
            let mut frame = frames[bender.below(frames.len())].clone();
            if bender.below(4) == 0 {
                bender.bend(&mut frame, &[0x00, 0xFF, 0x7F, 0x80]);
            } else {
                // The length stays true, so that the next frame is found.
                let mut body = frame.split_off(if frame.len() > 129 { 2 } else { 1 });
                bender.bend(&mut body, &[0x00, 0xFF, 0x7F, 0x80]);
                frame = Vec::new();
                prost::encoding::encode_varint(u64::try_from(body.len()).unwrap(), &mut frame);
                frame.extend_from_slice(&body);
            }
            bytes.extend_from_slice(&frame);
        }
        fuzz::push_bytes(&bytes);
    }
}

#[test]
fn bent_answers_are_read_or_refused() {
    let mut bender = Bender(2);
    let answers: Vec<String> = vectors::http()
        .into_iter()
        .map(|one| one.response.body)
        .collect();
    for _ in 0..4_000 {
        let mut body = answers[bender.below(answers.len())].clone().into_bytes();
        bender.bend(&mut body, b"\0\"{}[],:-9eE.nt\\");
        let mut bytes = vec![0, 200];
        bytes.extend_from_slice(&body);
        fuzz::answer(&bytes);
    }
}

#[test]
fn a_length_of_four_gigabytes_and_an_answer_of_ten_megabytes_hold_nobody_up() {
    let began = std::time::Instant::now();
    fuzz::push_bytes(&[255, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 8, 7]);
    let mut long = b"\0\xC8{\"code\":0,\"data\":[".to_vec();
    for _ in 0..500_000 {
        long.extend_from_slice(b"{\"id\":\"?\"},");
    }
    long.extend_from_slice(b"{}]}");
    fuzz::answer(&long);
    assert!(began.elapsed() < std::time::Duration::from_secs(60));
}
