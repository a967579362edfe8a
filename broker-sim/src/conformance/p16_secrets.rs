//! P16: secrets never print.

use broker_core::{BrokerExt as _, model::ClientOrderId};
use chrono::TimeDelta;

use super::{
    Harness,
    outcome::{Stop, Verdict, fail, skip},
    p07_sequence::busy,
    scene::Scene,
    watch::Watch,
};
use crate::fault::Fault;

struct Secrets(Vec<String>);

impl Secrets {
    fn of(scene: &Scene) -> Verdict<Self> {
        let mut secrets = scene.rig.secrets();
        secrets.retain(|secret| !secret.is_empty());
        if secrets.is_empty() {
            skip!("the broker has no secrets");
        }
        Ok(Self(secrets))
    }

    fn absent(&self, place: &str, text: &str) -> Verdict {
        // Which secret it was is not said: this message is printed too.
        match self.0.iter().position(|secret| text.contains(secret)) {
            Some(index) => fail!("secret number {index} is printed by {place}"),
            None => Ok(()),
        }
    }

    fn no_error<T>(&self, place: &str, answer: &broker_core::Result<T>) -> Verdict {
        let Err(error) = answer else { return Ok(()) };
        self.absent(place, &format!("{error} {error:?} {error:#?}"))?;
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            self.absent(place, &format!("{inner} {inner:?}"))?;
            cause = inner.source();
        }
        Ok(())
    }
}

pub(super) async fn p16_1_the_broker(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let secrets = Secrets::of(&scene)?;
    let broker = &scene.broker;
    secrets.absent("Debug of the broker", &format!("{broker:?} {broker:#?}"))?;
    if let Some(trading) = broker.trading() {
        secrets.absent("Debug of the trading service", &format!("{trading:?}"))?;
    }
    if let Some(data) = broker.market_data() {
        secrets.absent("Debug of the market data service", &format!("{data:?}"))?;
    }
    let accounts = scene.drive("accounts", broker.accounts()).await??;
    secrets.absent("Debug of the accounts", &format!("{accounts:?}"))?;
    let capabilities = scene.capabilities().await?;
    secrets.absent("Debug of the capabilities", &format!("{capabilities:?}"))
}

pub(super) async fn p16_2_errors_and_events(harness: &dyn Harness) -> Verdict {
    let faults = [
        Fault::DropBeforeWrite,
        Fault::SilenceBeforeAccept,
        Fault::HttpStatus { status: 401 },
        Fault::HttpStatus { status: 500 },
        Fault::Garbage,
        Fault::RateLimitBan { ban_ms: 1_000 },
        Fault::TokenExpired,
        Fault::CompetingSession,
    ];
    for fault in faults {
        let scene = Scene::trading(harness).await?;
        let secrets = Secrets::of(&scene)?;
        let mut watch = Watch::new(scene.broker.events(&scene.account)?);
        busy(&scene).await?;
        let order = scene.resting(1).await?;
        match scene.inject(fault.clone()).await {
            Ok(()) => {}
            Err(Stop::Skip(_)) => continue,
            Err(stop) => return Err(stop),
        }
        let answer = scene.submit(&order).await?;
        secrets.no_error("an error of submit", &answer)?;
        let id = ClientOrderId::new("nobody-3")?;
        let answer = scene.cancel(&id).await?;
        secrets.no_error("an error of cancel", &answer)?;
        let call = scene.broker.lookup(&scene.account, &id);
        let answer = scene.drive("lookup", call).await?;
        secrets.no_error("an error of lookup", &answer)?;
        scene.advance(TimeDelta::seconds(10)).await;
        watch.read()?;
        for event in &watch.events {
            secrets.absent("an event", &format!("{event:?}"))?;
        }
        let state = scene.broker.session().borrow().clone();
        secrets.absent("the session state", &format!("{state:?}"))?;
    }
    Ok(())
}
