//! A connection that has been let in: what is said on it, and what is heard.

use std::collections::{HashMap, HashSet};

use broker_core::Result;
use tokio::time::{Instant, timeout_at};

use super::{
    client::PushEvent,
    connection::{End, Wire, silent},
    inbox::Outlet,
    lines::{Lines, Ticket},
    message::{Command, Response, Subscribe},
    pushed::pushed,
    topic::Market,
};
use crate::error::line_refusal;

/// The code of an answer to a subscription that was refused.
const REFUSED: i32 = 200;
/// The code of an answer to a subscription that was taken.
const SUBSCRIBED: i32 = 112;
/// The code of the farewell to a connection that a newer one displaces.
const KICKED_OUT: i32 = 4001;

/// A connection that has been let in.
pub(super) struct Talk<'a> {
    pub(super) wire: Wire,
    pub(super) events: &'a Outlet,
    pub(super) lines: &'a Lines,
    /// The numbers under which the accounts' affairs were asked for.
    pub(super) own: HashSet<u32>,
    /// The lines that were asked for and not answered, by the numbers of their requests.
    pub(super) tickets: HashMap<u32, Ticket>,
}

impl Talk<'_> {
    /// Says what there is to say about market data.
    pub(super) async fn say(&mut self, until: Instant) -> Result<()> {
        for step in self.lines.next_steps() {
            let subscribe = Subscribe {
                data_type: step.topic.kind.into(),
                symbols: Some(step.topic.symbol),
                ..Subscribe::default()
            };
            let saying = self.wire.change(step.wanted, subscribe);
            let id = timeout_at(until, saying).await.map_err(|_| silent())??;
            if step.wanted {
                self.tickets.insert(id, step.ticket);
            }
        }
        Ok(())
    }

    /// Takes all that has been read; the end of the connection if it is in it.
    pub(super) fn hear(&mut self) -> Result<Option<End>> {
        let end = self.take_all();
        // Also what came before an end or something unreadable.
        self.lines.settle();
        end
    }

    fn take_all(&mut self) -> Result<Option<End>> {
        while let Some(said) = self.wire.heard()? {
            if let Some(end) = self.take(&said) {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Takes one message; the end of the connection if it is that.
    fn take(&mut self, said: &Response) -> Option<End> {
        match Command::try_from(said.command) {
            Ok(Command::Error) => return Some(farewell(said)),
            Ok(Command::Message) => {}
            Ok(_) => return None,
            Err(_) => {
                let command = said.command;
                tracing::debug!(command, "the push service sent a new command");
                return None;
            }
        }
        let words = said.msg.as_deref().unwrap_or_default();
        match said.code {
            Some(SUBSCRIBED) => {
                if let Some(ticket) = self.ticket(said) {
                    let taken = match not_taken(words) {
                        Some(why) => Err(line_refusal(&why)),
                        None => Ok(()),
                    };
                    self.lines.answered(&ticket, taken);
                }
                return None;
            }
            Some(REFUSED) => {
                if let Some(ticket) = self.ticket(said) {
                    self.lines.answered(&ticket, Err(line_refusal(words)));
                    return None;
                }
                if said.id.is_some_and(|id| id != 0 && !self.own.contains(&id)) {
                    tracing::debug!(%words, "the push service could not let a subscription go");
                    return None;
                }
                let why = format!("a subscription was refused: {words}");
                return self.tell(PushEvent::Trouble(why));
            }
            _ => {}
        }
        let data = said.body.as_ref()?;
        if let Some((feed, name, market)) = Market::of(data) {
            self.lines.deliver(feed, &name, market);
            return None;
        }
        self.tell(PushEvent::Data(pushed(data)?))
    }

    fn ticket(&mut self, said: &Response) -> Option<Ticket> {
        self.tickets.remove(&said.id?)
    }

    fn tell(&self, event: PushEvent) -> Option<End> {
        self.events.send(event).is_err().then_some(End::Deserted)
    }
}

/// What the answer to a subscription says was not taken. Each line is asked for by itself, so whatever is
/// named there is the line. An answer in other words says nothing of the kind.
pub(super) fn not_taken(words: &str) -> Option<String> {
    let told: serde_json::Map<String, serde_json::Value> = serde_json::from_str(words).ok()?;
    let failed = told.iter().find(|(name, value)| {
        let nothing = value.is_null() || value.as_str() == Some("");
        name.to_ascii_lowercase().contains("fail") && !nothing
    });
    failed.map(|(name, value)| format!("{name}: {value} does not exist or cannot be subscribed to"))
}

pub(super) fn farewell(said: &Response) -> End {
    let code = said.code.unwrap_or_default();
    let words = said.msg.as_deref().unwrap_or("no reason given");
    if code == KICKED_OUT {
        End::Displaced(format!("[{code}] {words}"))
    } else {
        End::Lost(format!("the push service ended it: [{code}] {words}"))
    }
}
