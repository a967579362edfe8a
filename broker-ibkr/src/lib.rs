//! Interactive Brokers behind [`broker_core`]: mapping plus session.
//!
//! The wire is the crate `ibapi`, exactly pinned; none of its types is in a public signature.
