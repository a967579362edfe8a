//! The connection.

pub(crate) mod link;
