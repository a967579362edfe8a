//! Instruments: contracts, search, resolution, option chains, option calculators.

use broker_core::{
    BrokerExt as _, ErrorKind, Reference, dec,
    model::{ChainQuery, Instrument, OptionGiven, OptionQuery, Price},
};
use rust_decimal::Decimal;

use crate::conformance::{
    Harness,
    compare::expect_kind,
    outcome::{Verdict, ensure, fail, skip},
    scene::Scene,
};

fn service(scene: &Scene) -> Verdict<&dyn Reference> {
    match scene.broker.reference() {
        Some(reference) => Ok(reference),
        None => skip!("the broker has no reference service"),
    }
}

fn symbol(instrument: &Instrument) -> Verdict<String> {
    match instrument {
        Instrument::Equity(equity) => Ok(equity.symbol.to_string()),
        other => fail!("the world's share is {other}"),
    }
}

pub(in crate::conformance) async fn c_contract(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let reference = service(&scene)?;
    for instrument in core::iter::once(&scene.equity).chain(&scene.world.others) {
        let call = reference.contract(instrument);
        let contract = scene.drive("contract", call).await??;
        ensure!(
            contract.instrument == *instrument,
            "the contract of {instrument} is of {}",
            contract.instrument
        );
        ensure!(
            contract.multiplier > Decimal::ZERO,
            "{instrument} is worth nothing"
        );
        ensure!(contract.tradable, "{instrument} cannot be traded");
        ensure!(
            contract.time_zone.parse::<chrono_tz::Tz>().is_ok(),
            "{:?} is not an IANA time zone",
            contract.time_zone
        );
        ensure!(
            instrument
                .currency()
                .is_none_or(|own| own == contract.currency),
            "{instrument} is priced in {}",
            contract.currency
        );
    }
    Ok(())
}

pub(in crate::conformance) async fn c_search(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let reference = service(&scene)?;
    let text = symbol(&scene.equity)?;
    let call = reference.search(&text, 10);
    let found = match scene.drive("search", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("no search: {error}"),
        answer => answer?,
    };
    ensure!(
        found.len() <= 10,
        "ten were asked for, {} came",
        found.len()
    );
    ensure!(
        found.iter().any(|found| found.instrument == scene.equity),
        "a search for {text} does not find it"
    );
    let call = reference.search(&scene.world.unknown_symbol, 10);
    let found = scene.drive("search", call).await??;
    ensure!(found.is_empty(), "a search for nothing finds {found:?}");
    Ok(())
}

pub(in crate::conformance) async fn c_resolve(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    service(&scene)?;
    let call = scene.broker.resolve(symbol(&scene.equity)?);
    let found = scene.drive("resolve", call).await??;
    ensure!(
        found == scene.equity,
        "{} resolves to {found}",
        scene.equity
    );
    let call = scene.broker.resolve(scene.world.unknown_symbol.clone());
    let answer = scene.drive("resolve", call).await?;
    expect_kind("resolve of nothing", answer, &[ErrorKind::NotFound])
}

pub(in crate::conformance) async fn c_resolve_ambiguity(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    service(&scene)?;
    let Some(text) = scene.world.ambiguous_symbol.clone() else {
        skip!("no symbol of the world is ambiguous");
    };
    let call = scene.broker.resolve(text.clone());
    match scene.drive("resolve", call).await? {
        Err(error) if error.kind() == ErrorKind::Ambiguous => {
            let count = error.candidates().len();
            ensure!(count >= 2, "{text} is ambiguous and has {count} candidates");
            Ok(())
        }
        other => fail!("{text} is ambiguous, resolve says {other:?}"),
    }
}

pub(in crate::conformance) async fn c_option_chain(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let reference = service(&scene)?;
    let Some(underlying) = scene.world.underlying.clone() else {
        skip!("nothing in the world has options");
    };
    let call = reference.option_expirations(&underlying);
    let dates = match scene.drive("option_expirations", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("no chains: {error}"),
        answer => answer?,
    };
    ensure!(
        dates.windows(2).all(|pair| matches!(pair, [a, b] if a < b)),
        "the expiry dates do not ascend"
    );
    let Some(expiry) = dates.first().copied() else {
        fail!("{underlying} has no expiry dates");
    };
    let query = ChainQuery::new(underlying.clone(), expiry);
    let call = reference.option_chain(&query);
    let chain = scene.drive("option_chain", call).await??;
    ensure!(!chain.options.is_empty(), "an expiry without options");
    let order = |option: &broker_core::model::OptionQuote| (option.strike, option.right);
    ensure!(
        chain
            .options
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if order(a) < order(b))),
        "the options are not sorted by strike, calls before puts"
    );
    for option in &chain.options {
        ensure!(
            option.instrument.expiry() == Some(expiry),
            "{} is in the chain of {expiry}",
            option.instrument
        );
    }
    let mut query = ChainQuery::new(underlying, expiry);
    query.strikes_each_side = Some(1);
    let call = reference.option_chain(&query);
    let few = scene.drive("option_chain", call).await??;
    ensure!(
        few.options.len() <= 6,
        "one strike each side is {}",
        few.options.len()
    );
    Ok(())
}

pub(in crate::conformance) async fn c_greeks(harness: &dyn Harness) -> Verdict {
    let scene = Scene::open(harness).await?;
    let reference = service(&scene)?;
    let options = scene.world.others.iter().chain(&scene.world.held_option);
    let mut options = options.filter(|one| matches!(one, Instrument::Option(_)));
    let Some(option) = options.next().cloned() else {
        skip!("the world has no option");
    };
    let Instrument::Option(listed) = &option else {
        skip!("the world has no option");
    };
    let given = dec!(0.3);
    let mut query = OptionQuery {
        instrument: option.clone(),
        underlying_price: Price::new(listed.symbol.strike())?,
        given: OptionGiven::Volatility(given),
    };
    let call = reference.compute_option(&query);
    let priced = match scene.drive("compute_option", call).await? {
        Err(error) if error.kind() == ErrorKind::Unsupported => skip!("no calculator: {error}"),
        answer => answer?,
    };
    query.given = OptionGiven::Price(priced.price);
    let call = reference.compute_option(&query);
    let back = scene.drive("compute_option", call).await??;
    let apart = (back.greeks.implied_volatility - given).abs();
    ensure!(
        apart < dec!(0.02),
        "priced at a volatility of {given}, {} implies {}",
        priced.price,
        back.greeks.implied_volatility
    );
    query.given = OptionGiven::Price(Price::new(dec!(100_000_000))?);
    let call = reference.compute_option(&query);
    let answer = scene.drive("compute_option", call).await?;
    expect_kind(
        "an impossible option price",
        answer,
        &[ErrorKind::InvalidRequest],
    )
}
