use rmcp::{
    ErrorData,
    model::{ReadResourceResult, Resource, ResourceContents, ResourceTemplate},
};
use serde_json::{Value, json};

use super::Place;
use crate::{
    Call, Fault, FaultCode, Principal,
    alias::Profile,
    tools::{BrokerTools, outcome},
};

const JSON: &str = "application/json";

/// Whether a caller may read a place, as far as the kind of it says.
pub(super) fn allowed(tools: &BrokerTools, principal: &Principal, place: &Place) -> bool {
    let Some((operation, _)) = place.question() else {
        return true;
    };
    let operation = tools.listing.get(operation);
    operation.is_some_and(|(operation, _)| operation.is_for(principal))
}

pub(crate) fn list(tools: &BrokerTools, call: &Call) -> Vec<Resource> {
    let mut all = vec![
        (Place::Status, "status", "Connections and this server"),
        (Place::Accounts, "accounts", "Accounts"),
        (
            Place::Limits,
            "limits",
            "What this key may do, and how much of it",
        ),
    ]
    .into_iter()
    .map(|(place, name, title)| (place, name.to_owned(), title.to_owned()))
    .collect::<Vec<_>>();
    for account in tools.service.accounts_of(call) {
        let name = &account.name;
        all.push((
            Place::Positions(name.clone()),
            format!("positions of {name}"),
            format!("Positions of {name}"),
        ));
        all.push((
            Place::Orders(name.clone()),
            format!("orders of {name}"),
            format!("Working orders of {name}"),
        ));
    }
    let ours = all
        .into_iter()
        .filter(|(place, ..)| allowed(tools, &call.principal, place))
        .map(|(place, name, title)| (place.uri(), name, title));
    let status = speaks_tiger(tools) && allowed(tools, &call.principal, &Place::Status);
    let theirs = OF_TIGER.iter().filter(|_| status).map(|(uri, name)| {
        let title = "Connections and this server".to_owned();
        ((*uri).to_owned(), (*name).to_owned(), title)
    });
    ours.chain(theirs)
        .map(|(uri, name, title)| {
            Resource::new(uri, name)
                .with_title(title)
                .with_mime_type(JSON)
        })
        .collect()
}

pub(crate) fn templates(tools: &BrokerTools, principal: &Principal) -> Vec<ResourceTemplate> {
    let all = [
        (
            Place::Positions("account".into()),
            "broker://positions/{account}",
            "positions",
            "Positions of an account",
        ),
        (
            Place::Orders("account".into()),
            "broker://orders/{account}",
            "orders",
            "Working orders of an account",
        ),
        (
            Place::Quotes("symbol".into()),
            "broker://quotes/{symbol}",
            "quotes",
            "Best prices of an instrument",
        ),
    ];
    all.into_iter()
        .filter(|(place, ..)| allowed(tools, principal, place))
        .map(|(_, template, name, title)| {
            ResourceTemplate::new(template, name)
                .with_title(title)
                .with_mime_type(JSON)
        })
        .collect()
}

/// Addresses that clients of the server for Tiger Brokers read: both say how everything is.
const OF_TIGER: [(&str, &str); 2] = [("tiger://health", "health"), ("tiger://info", "info")];

fn speaks_tiger(tools: &BrokerTools) -> bool {
    let mut aliases = tools.aliases.iter();
    aliases.any(|alias| alias.profile() == Profile::Tiger)
}

fn of_tiger(tools: &BrokerTools, uri: &str) -> Option<Place> {
    let known = OF_TIGER.iter().any(|(known, _)| *known == uri);
    (known && speaks_tiger(tools)).then_some(Place::Status)
}

/// Where an address leads a caller; what they may not read is not there.
pub(super) fn find(
    tools: &BrokerTools,
    principal: &Principal,
    uri: &str,
) -> Result<Place, ErrorData> {
    let place = Place::parse(uri).or_else(|| of_tiger(tools, uri));
    let place = place.filter(|place| allowed(tools, principal, place));
    let none = || {
        let fault = Fault::new(FaultCode::NotFound, "resource not found");
        outcome::protocol_error(&fault, Some(uri))
    };
    place.ok_or_else(none)
}

pub(crate) async fn read(
    tools: &BrokerTools,
    call: &Call,
    uri: &str,
) -> Result<ReadResourceResult, ErrorData> {
    let place = find(tools, &call.principal, uri)?;
    let content = match place.question() {
        Some((operation, arguments)) => tools.service.call(call, operation, arguments).await,
        None => limits(tools, call).await,
    };
    let content = content.map_err(|fault| outcome::protocol_error(&fault, Some(uri)))?;
    // A price that is missing is an answer to a tool; here there is nothing else.
    if let Place::Quotes(_) = place
        && content
            .pointer("/data/quotes")
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty)
    {
        let fault = Fault::new(FaultCode::NotFound, "resource not found");
        return Err(outcome::protocol_error(&fault, Some(uri)));
    }
    let content = ResourceContents::text(content.to_string(), uri).with_mime_type(JSON);
    Ok(ReadResourceResult::new(vec![content]))
}

/// What holds for a caller: what their key says, and what the policy adds.
async fn limits(tools: &BrokerTools, call: &Call) -> Result<Value, Fault> {
    let principal = &call.principal;
    let policy = match &tools.limits {
        Some(limits) => Some(limits.of(call).await?),
        None => None,
    };
    Ok(json!({
        "roles": principal.roles,
        "toolsets": principal.toolsets,
        "confirm": principal.confirm,
        "requests_per_minute": principal.requests_per_minute,
        "expires_at": principal.expires_at,
        "accounts": tools.service.accounts_of(call).map(|one| &one.name).collect::<Vec<_>>(),
        "limits": principal.limits,
        "policy": policy,
    }))
}
