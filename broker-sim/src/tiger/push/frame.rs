//! A frame: a length as a protobuf varint of 32 bits, then so many bytes.

use prost::{
    bytes::{Buf as _, BytesMut},
    encoding::decode_varint,
};

/// The longest frame that is read.
pub(super) const LIMIT: usize = 4 * 1024 * 1024;

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// More than [`LIMIT`] bytes are announced.
    TooLong(u64),
    /// The length does not end.
    NoLength,
}

/// Takes the next whole frame out of what has been read.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<BytesMut>, Broken> {
    let ends = buffer.iter().take(5).position(|byte| byte & 0x80 == 0);
    let Some(last) = ends else {
        return if buffer.len() >= 5 {
            Err(Broken::NoLength)
        } else {
            Ok(None)
        };
    };
    let mut head = buffer.get(..=last).unwrap_or_default();
    let length = decode_varint(&mut head).map_err(|_| Broken::NoLength)?;
    let size = usize::try_from(length).ok().filter(|size| *size <= LIMIT);
    let size = size.ok_or(Broken::TooLong(length))?;
    if buffer.len() < last + 1 + size {
        return Ok(None);
    }
    buffer.advance(last + 1);
    Ok(Some(buffer.split_to(size)))
}
