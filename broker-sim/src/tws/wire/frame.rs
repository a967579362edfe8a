use core::fmt;

/// Cuts a stream of bytes into the bodies of frames.
#[derive(Debug, Default)]
pub(in crate::tws) struct Frames {
    buffer: Vec<u8>,
    /// Where the bytes begin that are not used yet.
    start: usize,
}

/// Why a stream of bytes is no stream of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tws) struct FrameError {
    length: usize,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (length, limit) = (self.length, Frames::LIMIT);
        write!(f, "a frame of {length} bytes is not between 1 and {limit}")
    }
}

impl Frames {
    /// The longest body that TWS takes.
    pub(in crate::tws) const LIMIT: usize = 0x00FF_FFFF;

    /// Adds bytes as they come.
    pub(in crate::tws) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 && self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
        } else if self.start > 64 * 1024 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole body, or `None` until more bytes come.
    ///
    /// # Errors
    /// [`FrameError`] when the length is impossible: nothing after it can be understood.
    pub(in crate::tws) fn next(&mut self) -> Result<Option<&[u8]>, FrameError> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let Some((length, _)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length == 0 || length > Self::LIMIT {
            return Err(FrameError { length });
        }
        let body = self.start + 4..self.start + 4 + length;
        if self.buffer.len() < body.end {
            return Ok(None);
        }
        self.start = body.end;
        Ok(self.buffer.get(body))
    }
}
