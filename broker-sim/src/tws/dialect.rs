use super::{
    message::{Reply, Request},
    text,
};

/// The way in which one connection writes messages, fixed by its handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Fields that end with NUL, at a server version from 157 to 178.
    Text(u32),
    /// Protobuf bodies after a four-byte number, at a server version from 213 to 226.
    Proto(u32),
}

/// Why a body is not a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// The request or order that it seems to be about; −1 when that cannot be told.
    pub(super) id: i32,
    /// TWS's code for what is wrong.
    pub(super) code: i32,
    /// What is wrong with it.
    pub(super) why: String,
}

/// What is added to a message's number when its body is protobuf.
const PROTO_OFFSET: u32 = 200;

impl Dialect {
    /// The lowest version that is served as text.
    const TEXT_FLOOR: u32 = 157;
    /// The highest version that is served as text: families of messages move to protobuf above it.
    const TEXT_CEILING: u32 = 178;
    /// The lowest version at which every message is protobuf.
    const PROTO_FLOOR: u32 = 213;
    /// The newest version that is known.
    const PROTO_CEILING: u32 = 226;

    /// The dialect for a client that speaks the versions from `least` to `most`; `None` when there
    /// is none that both understand.
    pub(super) fn choose(least: u32, most: u32) -> Option<Self> {
        let proto = most.min(Self::PROTO_CEILING);
        let text = most.min(Self::TEXT_CEILING);
        if proto >= Self::PROTO_FLOOR && proto >= least {
            Some(Self::Proto(proto))
        } else if text >= Self::TEXT_FLOOR && text >= least {
            Some(Self::Text(text))
        } else {
            None
        }
    }

    /// The server version that is announced.
    pub(super) const fn version(self) -> u32 {
        match self {
            Self::Text(version) | Self::Proto(version) => version,
        }
    }

    /// Reads the body of a frame.
    ///
    /// # Errors
    /// [`Unreadable`] for a number that is not known and for a body that does not fit its number.
    pub(super) fn decode(self, body: &[u8]) -> Result<Request, Unreadable> {
        let unreadable = |why: String| Unreadable {
            id: -1,
            code: 320,
            why,
        };
        match self {
            Self::Text(version) => text::decode(version, body).map_err(|malformed| Unreadable {
                id: malformed.id.unwrap_or(-1),
                code: malformed.code(),
                why: malformed.to_string(),
            }),
            Self::Proto(_) => {
                let (number, payload) = body
                    .split_first_chunk::<4>()
                    .ok_or_else(|| unreadable(format!("{} bytes are no message", body.len())))?;
                let number = u32::from_be_bytes(*number);
                let id = number.checked_sub(PROTO_OFFSET).ok_or_else(|| {
                    unreadable(format!("message {number} is not protobuf at this version"))
                })?;
                match Request::from_proto(id, payload) {
                    Some(Ok(request)) => Ok(request),
                    Some(Err(error)) => Err(unreadable(format!("message {id}: {error}"))),
                    None => Err(unreadable(format!("message {id} is not known"))),
                }
            }
        }
    }

    /// Appends a reply's frames; `false` when the dialect has no form for it.
    pub(super) fn encode(self, reply: &Reply, buffer: &mut Vec<u8>) -> bool {
        let version = match self {
            Self::Text(version) => version,
            Self::Proto(_) => return reply.write_proto_frames(buffer),
        };
        let start = buffer.len();
        buffer.extend_from_slice(&[0; 4]);
        if !text::encode(version, reply, buffer) {
            buffer.truncate(start);
            return false;
        }
        let length = u32::try_from(buffer.len() - start - 4).unwrap_or(u32::MAX);
        if let Some(place) = buffer.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        true
    }
}
