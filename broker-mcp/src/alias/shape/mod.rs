//! Answers as other servers shape them.
//!
//! `field.rs` picks fields, `tiger.rs` and `tws.rs` are the shapes of those servers, `markdown.rs` is
//! the text of the third.

mod field;
pub(super) mod markdown;
pub(super) mod tiger;
pub(crate) mod tws;
