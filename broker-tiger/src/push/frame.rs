//! A frame: a length as a protobuf varint of 32 bits, then so many bytes.

use broker_core::{Error, ErrorKind, Result};
use prost::{
    Message,
    bytes::{Buf as _, BytesMut},
    encoding::decode_varint,
};

/// The longest frame that is read; the longest known one has some thousand bytes.
const LIMIT: usize = 4 * 1024 * 1024;
/// The longest form of a length of 32 bits.
const LENGTH: usize = 5;

/// Takes the next whole frame out of what has been read; `None` when more has to be read.
///
/// # Errors
/// [`Protocol`](ErrorKind::Protocol) for a length that does not end or is too long: what follows
/// cannot be told apart any more.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<BytesMut>> {
    let ends = buffer.iter().take(LENGTH).position(|byte| byte & 0x80 == 0);
    let Some(last) = ends else {
        if buffer.len() >= LENGTH {
            return Err(broken("the length of a frame does not end"));
        }
        return Ok(None);
    };
    let mut head = buffer.get(..=last).unwrap_or_default();
    let length = decode_varint(&mut head).map_err(|_| broken("a frame without a length"))?;
    let size = usize::try_from(length).ok().filter(|size| *size <= LIMIT);
    let size = size.ok_or_else(|| broken(&format!("a frame of {length} bytes")))?;
    if buffer.len() < last + 1 + size {
        return Ok(None);
    }
    buffer.advance(last + 1);
    Ok(Some(buffer.split_to(size)))
}

fn broken(what: &str) -> Error {
    let message = format!("what the push service sent is not its protocol: {what}");
    Error::new(ErrorKind::Protocol, message)
}

/// A message as a frame. Never an empty one, which no parser of the vendor's gets over.
pub(super) fn frame(message: &impl Message) -> Vec<u8> {
    message.encode_length_delimited_to_vec()
}
