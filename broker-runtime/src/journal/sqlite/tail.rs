//! Finds a torn end of the write-ahead log, before SQLite leaves it out without a word.
//!
//! The form of the log is fixed by <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>: a
//! header of 32 bytes, then frames of 24 bytes and a page. A frame counts when its salts are those of
//! the header and its checksum, which goes on from the frame before, is right; what counts is whole up
//! to the last frame that ends a transaction.

use std::path::{Path, PathBuf};

use crate::journal::Damage;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// The log that belongs to a database.
pub(super) fn log_of(path: &Path) -> PathBuf {
    with_suffix(path, "-wal")
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// What of the log will not count, if anything.
pub(super) fn torn(path: &Path) -> Option<Damage> {
    // A log that is not there or cannot be read is SQLite's to speak of.
    let log = std::fs::read(log_of(path)).ok()?;
    let bytes = torn_bytes(&log);
    (bytes > 0).then_some(Damage::TornTail { bytes })
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

/// Goes on with the checksum over whole pairs of words.
fn checksum((mut a, mut b): (u32, u32), bytes: &[u8], big_endian: bool) -> (u32, u32) {
    let read = |four: &[u8]| {
        let four: [u8; 4] = four.try_into().unwrap_or_default();
        if big_endian {
            u32::from_be_bytes(four)
        } else {
            u32::from_le_bytes(four)
        }
    };
    for pair in bytes.chunks_exact(8) {
        let (first, second) = pair.split_at(4);
        a = a.wrapping_add(read(first)).wrapping_add(b);
        b = b.wrapping_add(read(second)).wrapping_add(a);
    }
    (a, b)
}

fn torn_bytes(log: &[u8]) -> u64 {
    if log.is_empty() {
        return 0;
    }
    // A header that is not whole is the torn beginning of a log.
    let Some(end) = last_whole(log) else {
        return log.len() as u64;
    };
    let salts = log.get(16..24).unwrap_or_default();
    let rest = log.get(end..).unwrap_or_default();
    // Frames of an earlier round of the log lie behind the present ones and are nobody's loss.
    match rest.get(8..16) {
        None => rest.len() as u64,
        Some(theirs) if theirs == salts => rest.len() as u64,
        Some(_) => 0,
    }
}

/// Where the last transaction ends that is whole.
fn last_whole(log: &[u8]) -> Option<usize> {
    let magic = word(log, 0)?;
    let big_endian = match magic {
        0x377f_0683 => true,
        0x377f_0682 => false,
        _ => return None,
    };
    let page = usize::try_from(word(log, 8)?).ok()?;
    if !(512..=65_536).contains(&page) {
        return None;
    }
    let mut sum = checksum((0, 0), log.get(..24)?, big_endian);
    if sum != (word(log, 24)?, word(log, 28)?) {
        return None;
    }
    let salts = log.get(16..24)?;
    let (mut at, mut whole) = (HEADER, HEADER);
    while let Some(frame) = log.get(at..at + FRAME + page) {
        if frame.get(8..16) != Some(salts) {
            break;
        }
        sum = checksum(sum, frame.get(..8)?, big_endian);
        sum = checksum(sum, frame.get(FRAME..)?, big_endian);
        if sum != (word(frame, 16)?, word(frame, 20)?) {
            break;
        }
        at += FRAME + page;
        // A frame that ends a transaction says how large the database is after it.
        if word(frame, 4)? != 0 {
            whole = at;
        }
    }
    Some(whole)
}
