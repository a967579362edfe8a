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

/// Times until acknowledged and until filled.
type Times = [Vec<f64>; 2];

/// From submit to the acknowledgement and to the fill.
pub(super) async fn table() -> Outcome {
    let mut all: Vec<(Who, Times)> = Who::ALL.map(|who| (who, Times::default())).into();
    let server = serve().await?;
    let arguments = [ORDERS.to_string(), resting(&server)?];
    for _ in 0..ROUNDS {
        for (who, times) in &mut all {
            let started = Client::start(*who, "orders", server.address(), &arguments).await?;
            let Some(mut client) = started else {
                continue;
            };
            for (word, times) in ["acknowledged", "filled"].into_iter().zip(times) {
                let told = client.expect(word).await?;
                times.extend(told.into_iter().map(|time| float(time) / 1e3));
            }
            client.end().await?;
        }
    }
    for (place, title) in ["acknowledged", "filled"].into_iter().enumerate() {
        let times = |wanted: Who| -> Vec<f64> {
            let own = all.iter().find(|(who, _)| *who == wanted);
            own.and_then(|(_, times)| times.get(place))
                .cloned()
                .unwrap_or_default()
        };
        let raw = times(Who::Raw);
        let rows: Vec<_> = Who::ALL
            .into_iter()
            .map(|who| {
                let own = times(who);
                let shown = |value: Option<f64>| {
                    value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.0}"))
                };
                vec![
                    who.name().to_owned(),
                    own.len().to_string(),
                    shown(median(&own)),
                    shown(at(&own, 99)),
                    ratio(&own, &raw),
                ]
            })
            .collect();
        print(
            &format!("Submitted to {title}, microseconds"),
            &["", "orders", "median", "99 of 100", "to ibapi"],
            &rows,
        )?;
    }
    Ok(())
}
