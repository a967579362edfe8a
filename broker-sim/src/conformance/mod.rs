//! The promises as numbered checks that any adapter can run.
