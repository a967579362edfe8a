//! The text dialect.

use super::{
    dialect::Unreadable,
    message::{Reply, Request},
};

pub(super) fn decode(_version: u32, _body: &[u8]) -> Result<Request, Unreadable> {
    Err(Unreadable {
        id: -1,
        why: String::new(),
    })
}

pub(super) fn encode(_version: u32, _reply: &Reply, _out: &mut Vec<u8>) -> bool {
    false
}
