use std::path::Path;

use broker_runtime::audit::{Finding, verify};

use super::{Failure, arguments::AuditCommand, check::whole, out};

pub(super) fn run(config: Option<&Path>, command: &AuditCommand) -> Result<(), Failure> {
    let AuditCommand::Verify { folder } = command;
    let folder = match folder {
        Some(folder) => folder.clone(),
        None => {
            let whole = whole(config, [])?;
            let Some(audit) = &whole.brokers.layers.audit else {
                return Err(Failure::new(
                    "there is no trail: give `[layers.audit]` a folder",
                ));
            };
            whole.at(&audit.folder)
        }
    };
    let verified = verify(&folder, None)?;
    let (rows, files) = (verified.rows, verified.files);
    out::say(format_args!(
        "{rows} rows in {files} files, up to {}",
        verified.head.hash
    ));
    for finding in &verified.findings {
        out::say(format_args!("  {}", words(finding)));
    }
    if verified.is_whole() {
        out::say("it is whole");
        Ok(())
    } else {
        Err(Failure::found("the trail has been changed"))
    }
}

fn words(finding: &Finding) -> String {
    match finding {
        Finding::NoRow { file, line } => format!("{}:{line}: no row", file.display()),
        Finding::Edited { file, line } => format!("{}:{line}: edited", file.display()),
        Finding::Unlinked { file, line } => {
            format!(
                "{}:{line}: it does not follow the row before",
                file.display()
            )
        }
        Finding::Missing { from, to } => format!("rows {from} to {to} are missing"),
        Finding::Moved { seq, file, line } => {
            format!("{}:{line}: row {seq} belongs elsewhere", file.display())
        }
        Finding::AnotherEnd { kept, found } => format!(
            "it ends at row {} and should end at row {}",
            found.seq, kept.seq
        ),
        other => format!("{other:?}"),
    }
}
