use core::ops::Deref;

use super::{dialect::Dialect, message::Reply};
pub(super) use crate::outbox::Closing;

/// What is on its way to one client, in the client's dialect.
#[derive(Debug)]
pub(super) struct Outbox {
    bytes: crate::outbox::Outbox,
    dialect: Dialect,
}

impl Outbox {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            bytes: crate::outbox::Outbox::new(),
            dialect,
        }
    }

    pub(super) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Puts a reply in; `false` when the client's dialect has no form for it.
    pub(super) fn send(&self, reply: &Reply) -> bool {
        let written = self.bytes.write(|bytes| self.dialect.encode(reply, bytes));
        written.unwrap_or(true)
    }
}

impl Deref for Outbox {
    type Target = crate::outbox::Outbox;

    fn deref(&self) -> &Self::Target {
        &self.bytes
    }
}
