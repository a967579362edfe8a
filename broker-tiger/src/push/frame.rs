//! A frame: a length as a protobuf varint of 32 bits, then so many bytes.

use broker_core::{Error, ErrorKind, Result};
use prost::{Message, encoding::decode_varint};

/// The longest frame that is read; the longest known one has some thousand bytes.
const LIMIT: usize = 4 * 1024 * 1024;
/// The longest form of a length of 32 bits.
const LENGTH: usize = 5;

/// The first whole frame of what has been read, and how many bytes it takes up there with its length;
/// `None` when more has to be read.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) for a length that does not end or is too long: what follows
/// cannot be told apart any more.
pub(super) fn first(read: &[u8]) -> Result<Option<(&[u8], usize)>> {
    let ends = read.iter().take(LENGTH).position(|byte| byte & 0x80 == 0);
    let Some(last) = ends else {
        if read.len() >= LENGTH {
            return Err(broken("the length of a frame does not end"));
        }
        return Ok(None);
    };
    let (mut head, rest) = read.split_at_checked(last + 1).unwrap_or_default();
    let length = decode_varint(&mut head).map_err(|_| broken("a frame without a length"))?;
    let size = usize::try_from(length).ok().filter(|size| *size <= LIMIT);
    let size = size.ok_or_else(|| broken(&format!("a frame of {length} bytes")))?;
    Ok(rest.get(..size).map(|frame| (frame, last + 1 + size)))
}

fn broken(what: &str) -> Error {
    let message = format!("what the push service sent is not its protocol: {what}");
    Error::new(ErrorKind::Protocol, message)
}

/// A message as a frame. Never an empty one, which no parser of the vendor's gets over.
pub(super) fn frame(message: &impl Message) -> Vec<u8> {
    message.encode_length_delimited_to_vec()
}
