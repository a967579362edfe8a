use std::{path::PathBuf, time::Instant};

use broker_core::{
    dec,
    model::{AccountKind, Currency, Money},
};
use broker_sim::{
    paper::PaperBroker,
    tiger::{CONFIG_FILE, TigerServer},
};

use super::{
    Outcome,
    child::{Client, Table, Who},
    summary::{at, float, median, per_second, print, ratio},
};

/// What is asked about.
pub(super) const SYMBOL: &str = "AAPL";
pub(super) const ACCOUNT: &str = "21000000000000001";
const ROUNDS: usize = 5;
/// Requests of a kind in a round, one after another.
const TIMES: usize = 300;
/// Requests of a kind in a round, several at a time.
const MANY: usize = 800;
const WIDE: usize = 8;

/// A simulated Tiger that stands still and has no limits to speak of.
pub(super) async fn serve() -> Outcome<(TigerServer, Folder)> {
    let cash = vec![Money::new(dec!(1_000_000), Currency::USD)];
    let world =
        PaperBroker::builder().account_of_kind(ACCOUNT, AccountKind::Margin, Currency::USD, cash);
    let server = TigerServer::builder()
        .world_of(world)
        .bind("127.0.0.1:0", "127.0.0.1:0")
        .await?;
    server.set_habits(|habits| habits.rate_factor = 1_000_000);
    let name = format!("broker-benches-tiger-{}", std::process::id());
    let folder = Folder(std::env::temp_dir().join(name));
    server.write_folder(&folder.0)?;
    // The vendor's Rust crate takes the backslashes of escaped values for parts of them.
    let settings = folder.0.join(CONFIG_FILE);
    let text = std::fs::read_to_string(&settings)?;
    std::fs::write(&settings, text.replace('\\', ""))?;
    Ok((server, folder))
}

/// A folder that is removed again.
pub(super) struct Folder(pub(super) PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind harms nobody.
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// What one client did, by round.
#[derive(Default)]
struct Runs {
    /// Microseconds of each request.
    times: Vec<f64>,
    medians: Vec<f64>,
    /// Microseconds of processor time per request, one after another.
    costs: Vec<f64>,
    /// Requests per second, several at a time.
    rates: Vec<f64>,
}

async fn round(client: &mut Client, what: &str, runs: &mut Runs) -> Outcome {
    let before = client.processor()?;
    let took = client.run(what, TIMES, 1).await?;
    let spent = client.processor()?.saturating_sub(before);
    let times: Vec<f64> = took.iter().map(|time| float(*time) / 1e3).collect();
    let count = float(u64::try_from(took.len())?);
    runs.costs.push(spent.as_secs_f64() * 1e6 / count);
    runs.medians.extend(median(&times));
    runs.times.extend(times);
    let began = Instant::now();
    let many = client.run(what, MANY, WIDE).await?;
    let rate = per_second(u64::try_from(many.len())?, began.elapsed());
    runs.rates.push(rate);
    Ok(())
}

/// Signed requests and their answers as the client's own values.
pub(super) async fn table() -> Outcome {
    for (what, title) in [("assets", "prime_assets"), ("quote", "quote_real_time")] {
        let mut all: Vec<(Who, Runs)> = Who::ALL.map(|who| (who, Runs::default())).into();
        for _ in 0..ROUNDS {
            for (who, runs) in &mut all {
                let (_server, folder) = serve().await?;
                let Some(mut client) = Client::start(*who, &folder.0, Table::Requests).await?
                else {
                    continue;
                };
                // Connections are there, and what is asked once has been asked.
                client.run(what, 40, WIDE).await?;
                round(&mut client, what, runs).await?;
                client.end().await?;
            }
        }
        let costs = |wanted: Who| {
            let runs = all.iter().find(|(who, _)| *who == wanted);
            runs.map_or(&[][..], |(_, runs)| &runs.costs)
        };
        let shown = |value: Option<f64>| {
            value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.0}"))
        };
        let rows: Vec<_> = all
            .iter()
            .map(|(who, runs)| {
                vec![
                    who.name().to_owned(),
                    shown(median(&runs.rates)),
                    shown(median(&runs.times)),
                    shown(at(&runs.times, 99)),
                    shown(median(&runs.costs)),
                    ratio(&runs.costs, costs(Who::VendorRust)),
                    ratio(&runs.costs, costs(Who::VendorPython)),
                ]
            })
            .collect();
        print(
            &format!(
                "{title}, {ROUNDS} rounds; requests/s with {WIDE} at a time, the rest one by one"
            ),
            &[
                "",
                "requests/s",
                "p50 µs",
                "p99 µs",
                "CPU µs/request",
                "CPU to Rust",
                "CPU to Python",
            ],
            &rows,
        )?;
    }
    Ok(())
}
