use broker_sim::tws::TwsServer;

use super::{
    Outcome,
    child::{Client, Who},
    summary::{at, float, median, print, ratio},
    world::{serve, share},
};

const ROUNDS: usize = 5;
/// Resting orders per round; twice as many are filled.
const ORDERS: usize = 200;

/// A price below the market at which nothing trades.
fn resting(server: &TwsServer) -> Outcome<String> {
    let share = share("SAA")?;
    let quote = server
        .world()
        .with_exchange(|exchange| exchange.quote(&share))
        .map_err(|refusal| format!("{refusal:?}"))?;
    let bid = quote.bid.ok_or("no bid")?;
    Ok((bid.get() * broker_core::dec!(0.9)).round_dp(2).to_string())
}

/// Who sends orders.
const CLIENTS: [Who; 4] = [Who::Adapter, Who::Raw, Who::RawFollowing, Who::IbAsync];

/// The times of one kind that each client needed, by round.
type Rounds = Vec<(Who, Vec<Vec<f64>>)>;

fn row(who: Who, all: &Rounds) -> Vec<String> {
    let rounds = |wanted: Who| {
        let found = all.iter().find(|(who, _)| *who == wanted);
        found.map_or(&[][..], |(_, rounds)| rounds.as_slice())
    };
    let medians = |wanted: Who| -> Vec<f64> {
        let rounds = rounds(wanted).iter();
        rounds.filter_map(|times| median(times)).collect()
    };
    let times = rounds(who).concat();
    let shown = |value: Option<f64>| {
        value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.0}"))
    };
    vec![
        who.name().to_owned(),
        times.len().to_string(),
        shown(median(&times)),
        shown(at(&times, 99)),
        ratio(&medians(who), &medians(Who::Raw)),
        ratio(&medians(who), &medians(Who::RawFollowing)),
        ratio(&medians(who), &medians(Who::IbAsync)),
    ]
}

/// From submit to the acknowledgement and to the fill.
pub(super) async fn table() -> Outcome {
    let mut tables: [(&str, Rounds); 2] =
        ["acknowledged", "filled"].map(|word| (word, CLIENTS.map(|who| (who, Vec::new())).into()));
    let mut costs: Vec<(Who, Vec<f64>)> = CLIENTS.map(|who| (who, Vec::new())).into();
    for _ in 0..ROUNDS {
        for (place, who) in CLIENTS.into_iter().enumerate() {
            // A fresh one, so that nobody has the orders of those before.
            let server = serve().await?;
            let arguments = [ORDERS.to_string(), resting(&server)?];
            let started = Client::start(who, "orders", server.address(), &arguments).await?;
            let Some(mut client) = started else {
                continue;
            };
            let before = client.processor()?;
            for (word, table) in &mut tables {
                let told = client.expect(word).await?;
                let times = told.into_iter().map(|time| float(time) / 1e3).collect();
                if let Some((_, rounds)) = table.get_mut(place) {
                    rounds.push(times);
                }
            }
            let spent = client.processor()?.saturating_sub(before);
            if let Some((_, costs)) = costs.get_mut(place) {
                costs.push(spent.as_secs_f64() * 1e6 / float(u64::try_from(3 * ORDERS)?));
            }
            client.end().await?;
        }
    }
    for (word, table) in &tables {
        let rows: Vec<_> = CLIENTS.into_iter().map(|who| row(who, table)).collect();
        print(
            &format!("From submit to {word}, microseconds"),
            &[
                "",
                "orders",
                "median",
                "99 of 100",
                "to ibapi",
                "to ibapi-f.",
                "to ib_async",
            ],
            &rows,
        )?;
    }
    let rows: Vec<_> = costs
        .iter()
        .map(|(who, costs)| {
            let cost = median(costs);
            let cost = cost.map_or_else(|| "not measured".to_owned(), |cost| format!("{cost:.0}"));
            vec![who.name().to_owned(), cost]
        })
        .collect();
    print(
        "Processor time per order, microseconds",
        &["", "median of rounds"],
        &rows,
    )?;
    Ok(())
}
