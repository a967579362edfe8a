//! What changes a resource.

use std::sync::Arc;

use broker_core::{Broker, BrokerExt as _, event::EventBody, model::Subscription};
use broker_runtime::registry::Permission;
use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream},
};

use super::Place;
use crate::{Call, Fault, service::Scope, tools::BrokerTools};

/// Something for each time that a place may read differently; ends when nothing more is to be heard.
pub(super) async fn changes(
    tools: &BrokerTools,
    call: &Call,
    place: &Place,
) -> Result<BoxStream<'static, ()>, Fault> {
    match place {
        Place::Status | Place::Accounts => Ok(sessions(tools, call)),
        Place::Limits => Ok(orders_of_all(tools, call)),
        Place::Positions(account) => events(tools, call, account, |body| {
            matches!(
                body,
                EventBody::Position { .. } | EventBody::Snapshot { .. } | EventBody::Gap { .. }
            )
        }),
        Place::Orders(account) => events(tools, call, account, changes_orders),
        Place::Quotes(symbol) => quotes(tools, call, symbol).await,
    }
}

const fn changes_orders(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Execution { .. } | EventBody::Snapshot { .. } | EventBody::Gap { .. }
    )
}

fn scope(account: Option<&str>) -> Scope {
    Scope {
        account: account.map(str::to_owned),
        broker: None,
    }
}

fn events(
    tools: &BrokerTools,
    call: &Call,
    account: &str,
    concerns: fn(&EventBody) -> bool,
) -> Result<BoxStream<'static, ()>, Fault> {
    let (named, seat) =
        tools
            .service
            .seat_among(call, &scope(Some(account)), None, Permission::Read)?;
    let reader = seat.broker.events(&named.key.account)?;
    // It begins with how things are, which nobody has to be told.
    let later = reader.into_stream().skip(1);
    let concerned = later.filter_map(move |event| {
        let concerns = concerns(&event.body);
        async move { concerns.then_some(()) }
    });
    Ok(concerned.boxed())
}

fn orders_of_all(tools: &BrokerTools, call: &Call) -> BoxStream<'static, ()> {
    let names = tools.service.accounts_of(call).map(|one| one.name.clone());
    let streams = names.filter_map(|name| events(tools, call, &name, changes_orders).ok());
    stream::select_all(streams.collect::<Vec<_>>()).boxed()
}

fn sessions(tools: &BrokerTools, call: &Call) -> BoxStream<'static, ()> {
    let names = tools.service.accounts_of(call).map(|one| one.name.clone());
    let mut brokers: Vec<Arc<dyn Broker>> = Vec::new();
    for name in names.collect::<Vec<_>>() {
        let seat = tools
            .service
            .seat_among(call, &scope(Some(&name)), None, Permission::Read);
        if let Ok((_, seat)) = seat
            && !brokers.iter().any(|known| known.id() == seat.broker.id())
        {
            brokers.push(Arc::clone(&seat.broker));
        }
    }
    let streams = brokers.into_iter().map(|broker| {
        stream::unfold(broker.session(), |mut session| async move {
            session.changed().await.ok()?;
            Some(((), session))
        })
        .boxed()
    });
    stream::select_all(streams.collect::<Vec<_>>()).boxed()
}

async fn quotes(
    tools: &BrokerTools,
    call: &Call,
    symbol: &str,
) -> Result<BoxStream<'static, ()>, Fault> {
    let (_, seat) = tools
        .service
        .seat(call, &scope(None), Permission::Read)
        .await?;
    let instrument = seat.broker.resolve(symbol).await?;
    let wanted = Subscription::Quotes { instrument };
    let line = seat.broker.subscribe(&wanted).await?;
    Ok(line.into_stream().map(|_| ()).boxed())
}
