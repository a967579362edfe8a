use std::path::Path;

use broker_core::{Broker as _, model::BrokerId};
use broker_tiger::{TigerBroker, TokenState};
use chrono::{DateTime, Utc};

use super::{Failure, arguments::TokenCommand, check::whole, out};
use crate::{
    connect::{Handle, Handles, kinds_for_a_look},
    settings::Whole,
};

pub(super) async fn run(config: Option<&Path>, command: TokenCommand) -> Result<(), Failure> {
    let whole = whole(config, [])?;
    let all = whole.brokers.brokers.iter();
    let tigers: Vec<&String> = all
        .filter(|(_, broker)| broker.enabled && broker.kind == "tiger")
        .map(|(id, _)| id)
        .collect();
    match command {
        TokenCommand::Status => {
            if tigers.is_empty() {
                out::say("no connection of the configuration has a token");
            }
            let mut wrong = false;
            for id in tigers {
                wrong |= !status(&whole, id).await;
            }
            if wrong {
                return Err(Failure::found(
                    "`broker-mcp doctor` says what to do about it",
                ));
            }
            Ok(())
        }
        TokenCommand::Refresh { connection } => {
            let id = match (connection, tigers.as_slice()) {
                (Some(named), _) => named,
                (None, [one]) => (*one).clone(),
                (None, _) => return Err(Failure::new("name the connection")),
            };
            refresh(&whole, &id).await
        }
    }
}

/// A login of its own, for as long as `work` takes.
async fn tiger(whole: &Whole, id: &str) -> Result<std::sync::Arc<TigerBroker>, Failure> {
    let handles = Handles::new();
    let connected = whole
        .brokers
        .only(id)
        .connect(&kinds_for_a_look(&handles))
        .await?;
    let id = BrokerId::new(id)?;
    drop(connected);
    match handles.adapter(&id) {
        Some(Handle::Tiger(tiger)) => Ok(tiger),
        _ => Err(Failure::new(format!(
            "{id} is no connection to Tiger Brokers"
        ))),
    }
}

async fn status(whole: &Whole, id: &str) -> bool {
    match tiger(whole, id).await {
        Ok(tiger) => {
            let state = tiger.token_state().borrow().clone();
            out::say(format_args!("{id}: {}", words(&state, Utc::now())));
            end(&tiger).await;
            matches!(state, TokenState::Good { .. } | TokenState::NotNeeded)
        }
        Err(failure) => {
            out::say(format_args!("{id}: {failure}"));
            false
        }
    }
}

async fn refresh(whole: &Whole, id: &str) -> Result<(), Failure> {
    let tiger = tiger(whole, id).await?;
    let before = tiger.token_state().borrow().time_left(Utc::now());
    let renewed = tiger.client().renew_token().await;
    let state = tiger.token_state().borrow().clone();
    end(&tiger).await;
    renewed?;
    let after = state.time_left(Utc::now());
    out::say(format_args!("{id}: {}", words(&state, Utc::now())));
    // A renewal that changed nothing is none.
    if let (Some(before), Some(after)) = (before, after)
        && after <= before
    {
        return Err(Failure::found(
            "the token that came back is not newer than the one before",
        ));
    }
    Ok(())
}

async fn end(tiger: &TigerBroker) {
    if let Err(error) = tiger.close().await {
        out::complain(&error);
    }
}

/// How a token is, in one line.
pub(super) fn words(state: &TokenState, now: DateTime<Utc>) -> String {
    let left = |expires: &Option<DateTime<Utc>>| match expires {
        Some(at) => {
            let hours = (*at - now).num_hours().max(0);
            format!(
                "good for {} days and {} hours, until {at}",
                hours / 24,
                hours % 24
            )
        }
        None => "good; it does not say how long".to_owned(),
    };
    match state {
        TokenState::NotNeeded => "this licence needs no token".to_owned(),
        TokenState::Good { expires_at } => left(expires_at),
        TokenState::Failing {
            expires_at,
            failures,
            reason,
            ..
        } => format!(
            "{}; {failures} renewals have failed: {reason}",
            left(expires_at)
        ),
        TokenState::AuthRequired { instructions } => format!("not taken any more: {instructions}"),
        other => format!("{other:?}"),
    }
}
