//! Log lines, on standard error.

use std::io::IsTerminal as _;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt;

use crate::settings::{LogConfig, LogForm};

/// Writes log lines to standard error from now on.
pub(super) fn begin(config: &LogConfig) {
    let level = config.level.parse().unwrap_or(LevelFilter::INFO);
    let lines = fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal());
    let begun = match config.form {
        LogForm::Text => lines.try_init(),
        LogForm::Json => lines.json().try_init(),
    };
    if let Err(error) = begun {
        super::out::complain(&error);
    }
}
