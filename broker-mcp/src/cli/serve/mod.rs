//! The server: connections, the service over them, and its faces.
//!
//! `house.rs` puts the service together, `keys.rs` the keys, `http.rs` the port, `mcp.rs` the tools on it,
//! `people.rs` joins approvals and the kill switch to the REST face, `alarm.rs` tells a person what they should
//! know, `banner.rs` is what they read first, `switch.rs` looks after the file of the kill switch, `accounts.rs`
//! after accounts that were taken out elsewhere, `signals.rs` is how it ends.

mod accounts;
mod alarm;
mod banner;
mod house;
mod http;
mod keys;
#[cfg(feature = "mcp")]
mod mcp;
mod people;
mod signals;
mod switch;

#[cfg(test)]
mod switch_tests;

use std::{net::SocketAddr, path::Path};

use tokio_util::sync::CancellationToken;

use super::{Failure, check::whole_to_serve, log, out};
use crate::{
    Principal,
    http::Server,
    settings::{ProfileName, Whole},
};

/// How it was started.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// Over standard input and output, for the program that has started this one.
    pub(super) stdio: bool,
    /// On this port.
    pub(super) address: Option<SocketAddr>,
    /// Whose names are spoken.
    pub(super) profiles: Vec<ProfileName>,
    /// How much is written to standard error.
    pub(super) log_level: Option<String>,
}

impl Options {
    /// What they are as settings.
    fn overrides(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        if let Some(address) = self.address {
            all.push(("server.listen".to_owned(), address.to_string()));
        }
        if !self.profiles.is_empty() {
            let names: Vec<String> = self
                .profiles
                .iter()
                .map(|one| format!("\"{one}\""))
                .collect();
            all.push((
                "server.profiles".to_owned(),
                format!("[{}]", names.join(", ")),
            ));
        }
        if let Some(level) = &self.log_level {
            all.push(("server.log.level".to_owned(), level.clone()));
        }
        all
    }
}

/// Serves until it is told to end.
pub(super) async fn run(config: Option<&Path>, options: &Options) -> Result<(), Failure> {
    let whole = whole_to_serve(config, options.overrides())?;
    log::begin(&whole.server.log);
    let house = house::open(&whole).await?;
    let stop = CancellationToken::new();
    let switch = switch::watch(&whole, &house, stop.clone());
    let accounts = accounts::watch(&house, stop.clone());
    let served = if options.stdio {
        over_stdio(&whole, &house, &stop).await
    } else {
        on_a_port(&whole, &house, &stop).await
    };
    stop.cancel();
    switch.abort();
    accounts.abort();
    let ended = house
        .sessions
        .shutdown(whole.server.shutdown_within.get())
        .await;
    for (broker, left) in &ended.on_their_way {
        out::complain(&format_args!(
            "{broker}: {left} commands had not ended; the next start looks them up"
        ));
    }
    for (broker, error) in ended.not_closed.iter().chain(&ended.not_flushed) {
        out::complain(&format_args!("{broker}: {error}"));
    }
    served
}

#[cfg(feature = "mcp")]
async fn over_stdio(
    whole: &Whole,
    house: &house::House,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let tools = mcp::tools(whole, house)
        .await?
        .speaking_for(whoever_started_us(whole));
    tokio::select! {
        served = crate::tools::serve_stdio(tools) => served.map_err(Failure::new),
        () = signals::end() => Ok(()),
        () = stop.cancelled() => Ok(()),
    }
}

#[cfg(not(feature = "mcp"))]
async fn over_stdio(whole: &Whole, _: &house::House, _: &CancellationToken) -> Result<(), Failure> {
    let principal = whoever_started_us(whole);
    let message = format!(
        "{} cannot be served: this program was built without `mcp`",
        principal.name
    );
    Err(Failure::new(message))
}

/// Who speaks over standard input.
fn whoever_started_us(whole: &Whole) -> Principal {
    let own = &whole.server.stdio;
    let mut principal = Principal::new("standard-input", own.roles.iter().copied());
    if let Some(accounts) = &own.accounts {
        principal.accounts = crate::principal::Access::Only(accounts.clone());
    }
    let toolsets = own.toolsets.as_ref().unwrap_or(&whole.server.toolsets);
    principal.toolsets = toolsets
        .intersection(&whole.server.toolsets)
        .copied()
        .collect();
    principal.confirm = own.confirm.unwrap_or(whole.server.confirm);
    principal
}

async fn on_a_port(
    whole: &Whole,
    house: &house::House,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let keys = keys::open(whole)?;
    let app = http::app(whole, house, &keys, stop).await?;
    let server = Server::bind(app).await?;
    banner::show(whole, server.address(), &keys);
    let running = server.run(stop.clone());
    tokio::pin!(running);
    tokio::select! {
        () = running.as_mut() => return Ok(()),
        () = signals::end() => {}
    }
    out::tell("broker-mcp: ending; once more to end at once");
    stop.cancel();
    tokio::select! {
        () = running => Ok(()),
        () = signals::end() => Err(Failure::new("ended at once; the next start looks up what was on its way")),
    }
}
