//! Tells a program of the operator's choice what a person should know at once.

use core::time::Duration;
use std::{process::Stdio, sync::Arc};

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, process::Command, sync::Semaphore, time::timeout};

use crate::auth::{Alarm, Alert, LogAlarm};

/// How long the program may take.
const WITHIN: Duration = Duration::from_secs(30);
/// Most of them at a time: whoever causes alerts must not be able to fill the machine.
const MOST: usize = 4;

/// The log, and a program that is given the alert as JSON on its standard input.
#[derive(Debug)]
pub(super) struct Told {
    command: Arc<[String]>,
    room: Arc<Semaphore>,
}

impl Told {
    pub(super) fn new(command: &[String]) -> Self {
        Self {
            command: command.into(),
            room: Arc::new(Semaphore::new(MOST)),
        }
    }
}

impl Alarm for Told {
    fn raise(&self, alert: &Alert) {
        LogAlarm.raise(alert);
        if self.command.is_empty() {
            return;
        }
        let Ok(place) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::warn!("an alert was written to the log only: too many at a time");
            return;
        };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let (command, text) = (Arc::clone(&self.command), text(alert).to_string());
        runtime.spawn(async move {
            let told = timeout(WITHIN, tell(&command, &text)).await;
            match told {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "the program for alerts failed"),
                Err(_) => tracing::warn!("the program for alerts has not ended in time"),
            }
            drop(place);
        });
    }
}

async fn tell(command: &[String], text: &str) -> std::io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Ok(());
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text.as_bytes()).await?;
    }
    let status = child.wait().await?;
    if status.success() {
        Ok(())
    } else {
        Err(std::io::Error::other(format!("it ended with {status}")))
    }
}

/// An alert as its reader gets it.
fn text(alert: &Alert) -> Value {
    match alert {
        Alert::WrongKeys {
            peer,
            failures,
            wait,
        } => json!({
            "alert": "wrong_keys",
            "peer": peer,
            "failures": failures,
            "wait_seconds": wait.as_secs(),
        }),
        Alert::KeysUnreadable { why } => json!({ "alert": "keys_unreadable", "why": why }),
        Alert::ForeignSession { principal } => {
            json!({ "alert": "foreign_session", "principal": principal })
        }
        Alert::Stopped { reason } => json!({ "alert": "kill_switch", "reason": reason }),
    }
}
