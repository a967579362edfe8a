use std::time::{Duration, Instant};

use broker_sim::tws::TwsServer;

use super::{
    Outcome,
    child::{Client, Who},
    summary::{float, median, per_second, print, ratio},
    world::serve,
};

const ROUNDS: usize = 9;
/// Ticks of a flood over all lines.
const TICKS: u64 = 300_000;
/// Ticks per second of a flood that has a pace, and how many.
const PACE: u32 = 20_000;
const PACED: u64 = 60_000;

/// What one client did in one flood.
struct Run {
    /// Ticks per second from the first until the last has been taken in.
    rate: f64,
    /// Microseconds of processor time per tick.
    cost: f64,
    /// What its user saw: updates or ticks.
    seen: u64,
    /// Losses that it announced.
    gaps: u64,
    /// Bytes.
    memory: u64,
    took: Duration,
}

async fn run(server: &TwsServer, who: Who, lines: u64, rate: Option<u32>) -> Outcome<Option<Run>> {
    let arguments = [lines.to_string()];
    let started = Client::start(who, "ticks", server.address(), &arguments).await?;
    let Some(mut client) = started else {
        return Ok(None);
    };
    let total = if rate.is_some() { PACED } else { TICKS };
    let before = client.processor()?;
    let began = Instant::now();
    let (sent, done) = tokio::join!(server.flood(total / lines, rate), client.expect("done"));
    let took = began.elapsed();
    let used = client.processor()?.saturating_sub(before);
    let memory = client.peak_memory()?;
    client.end().await?;
    let done = done?;
    let [seen, gaps] = done.as_slice() else {
        return Err("a client said too little".into());
    };
    Ok(Some(Run {
        rate: per_second(sent, took),
        cost: used.as_secs_f64() * 1e6 / float(sent),
        seen: *seen,
        gaps: *gaps,
        memory,
        took,
    }))
}

/// The runs of every client, one after another in every round.
async fn rounds(lines: u64, rate: Option<u32>, rounds: usize) -> Outcome<Vec<(Who, Vec<Run>)>> {
    let mut all: Vec<_> = Who::ALL.map(|who| (who, Vec::new())).into();
    for _ in 0..rounds {
        for (who, runs) in &mut all {
            // A fresh one each time, so that nothing of the client before is left in it.
            let server = serve().await?;
            runs.extend(run(&server, *who, lines, rate).await?);
        }
    }
    Ok(all)
}

fn of(runs: &[Run], value: impl Fn(&Run) -> f64) -> Vec<f64> {
    runs.iter().map(value).collect()
}

fn shown(runs: &[Run], value: impl Fn(&Run) -> f64, places: usize) -> String {
    median(&of(runs, value)).map_or_else(
        || "not measured".to_owned(),
        |value| format!("{value:.places$}"),
    )
}

/// Ticks as fast as they are read, and at a pace.
pub(super) async fn table() -> Outcome {
    for (lines, rate, count) in [
        (1, None, ROUNDS),
        (100, None, ROUNDS),
        (1, Some(PACE), 1),
        (100, Some(PACE), 3),
    ] {
        let all = rounds(lines, rate, count).await?;
        let rates = |wanted: Who| {
            let runs = all.iter().filter(|(who, _)| *who == wanted);
            runs.flat_map(|(_, runs)| of(runs, |run| run.rate))
                .collect::<Vec<_>>()
        };
        let rows: Vec<_> = all
            .iter()
            .map(|(who, runs)| {
                let own = of(runs, |run| run.rate);
                vec![
                    who.name().to_owned(),
                    shown(runs, |run| run.rate, 0),
                    shown(runs, |run| run.cost, 2),
                    ratio(&own, &rates(Who::Raw)),
                    ratio(&own, &rates(Who::IbAsync)),
                    shown(runs, |run| float(run.seen), 0),
                    shown(runs, |run| float(run.gaps), 0),
                    shown(runs, |run| float(run.memory) / 1e6, 1),
                    shown(runs, |run| run.took.as_secs_f64(), 2),
                ]
            })
            .collect();
        let pace = rate.map_or_else(|| "flat out".to_owned(), |rate| format!("{rate}/s"));
        let total = if rate.is_some() { PACED } else { TICKS };
        print(
            &format!("{total} ticks over {lines} lines, {pace}, median of {count}"),
            &[
                "",
                "ticks/s",
                "CPU µs/tick",
                "to ibapi",
                "to ib_async",
                "updates seen",
                "losses told",
                "peak MB",
                "seconds",
            ],
            &rows,
        )?;
    }
    Ok(())
}
