//! Trader Workstation's wire server.

mod message;
mod text;
