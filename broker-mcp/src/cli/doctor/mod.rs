//! Tries every connection and file, and says what to do about what is wrong.
//!
//! `finding.rs` is what comes of it, `cures.rs` the ways in which a connection fails with what helps,
//! `files.rs` looks at files, `connection.rs` at one connection.

mod connection;
mod cures;
mod files;
mod finding;

#[cfg(test)]
mod cures_tests;
#[cfg(test)]
mod files_tests;

use std::path::Path;

use super::{Failure, check::whole, out};
use finding::{Finding, Weight};

pub(super) async fn run(config: Option<&Path>, only: Option<String>) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    if let Some(only) = only
        .as_ref()
        .filter(|only| !whole.brokers.brokers.contains_key(*only))
    {
        return Err(Failure::new(format!("there is no connection `{only}`")));
    }
    let mut wrong = tell("files", &files::look(&whole));
    for (id, broker) in &whole.brokers.brokers {
        if only.as_ref().is_some_and(|only| only != id) {
            continue;
        }
        let findings = if broker.enabled {
            connection::look(&whole, id, broker).await
        } else {
            vec![Finding::fine("it is disabled")]
        };
        wrong |= tell(id, &findings);
    }
    if wrong {
        return Err(Failure::found(
            "something is wrong; what to do stands below each `wrong`",
        ));
    }
    Ok(())
}

/// Prints what was found; whether anything of it is wrong.
fn tell(about: &str, findings: &[Finding]) -> bool {
    out::say(about);
    for finding in findings {
        let code = finding
            .code
            .map_or_else(String::new, |code| format!(" [{code}]"));
        out::say(format_args!(
            "  {:<6}{}{code}",
            finding.weight.word(),
            finding.what
        ));
        if let Some(cure) = &finding.cure {
            out::say(format_args!("        → {cure}"));
        }
    }
    findings
        .iter()
        .any(|finding| finding.weight == Weight::Wrong)
}
