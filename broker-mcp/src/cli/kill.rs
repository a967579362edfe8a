use std::path::Path;

use broker_runtime::risk::{KillState, KillSwitch};
use chrono::Utc;

use super::{Failure, arguments::KillCommand, check::whole, out};

/// Changes the file of the kill switch. A server that runs looks at it every second.
pub(super) fn run(config: Option<&Path>, command: KillCommand) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    let Some(path) = &whole.brokers.layers.risk.kill_switch else {
        let message = "the kill switch has no file: give `kill_switch` in `[layers.risk]`, or a server \
                       that runs does not hear of it";
        return Err(Failure::new(message));
    };
    let switch = KillSwitch::at(whole.at(path));
    match command {
        KillCommand::Engage { reason } => switch.engage(&reason, Utc::now())?,
        KillCommand::Release => switch.release()?,
        KillCommand::Status => {}
    }
    match switch.state() {
        KillState::Released => out::say("released: orders pass"),
        KillState::Engaged { reason, at } => {
            out::say(format_args!("engaged since {at}: {reason}"));
        }
        other => out::say(format_args!("{other:?}")),
    }
    Ok(())
}
