//! The program `broker-mcp`; everything that it does is in [`broker_mcp::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    broker_mcp::cli::main()
}
