use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::{
    Outcome,
    child::{Running, on_second_core},
    http, stdio,
    summary::{at, float, median, per_second, print, ratio},
    who::{Home, Over, Who},
};

const ROUNDS: usize = 3;
/// How long each is asked before anything counts.
const WARM: Duration = Duration::from_millis(300);
const SPAN: Duration = Duration::from_millis(1_500);
const WIDE: usize = 64;
/// Calls at the same time over one pair of standard streams.
const TOGETHER: u64 = 16;
/// How long a server rests before its memory is looked at.
const REST: Duration = Duration::from_millis(500);

/// One way to ask, by round.
#[derive(Default)]
struct Runs {
    /// Calls per second.
    rates: Vec<f64>,
    /// Microseconds of each call.
    times: Vec<f64>,
    medians: Vec<f64>,
    /// Microseconds of processor time per call.
    costs: Vec<f64>,
}

impl Runs {
    fn add(&mut self, times: Vec<f64>, took: Duration, spent: Duration) -> Outcome {
        let count = u64::try_from(times.len())?;
        self.rates.push(per_second(count, took));
        self.medians.extend(median(&times));
        self.costs
            .push(spent.as_secs_f64() * 1e6 / float(count.max(1)));
        self.times.extend(times);
        Ok(())
    }
}

#[derive(Default)]
struct Measured {
    stdio: Runs,
    together: Runs,
    one: Runs,
    wide: Runs,
    /// KiB of the server over HTTP, after its start and after all calls.
    idle: Vec<u64>,
    after: Vec<u64>,
    idle_stdio: Vec<u64>,
}

pub(super) fn runtime() -> Outcome<Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?)
}

/// The same call, everybody in every round.
pub(super) fn table() -> Outcome {
    let home = Home::new()?;
    let mut all: Vec<(Who, Measured)> = Who::CALLED.map(|who| (who, Measured::default())).into();
    for _ in 0..ROUNDS {
        for (who, measured) in &mut all {
            let named = |error| format!("{}: {error}", who.name());
            over_stdio(*who, &home, measured).map_err(named)?;
            over_http(*who, &home, measured).map_err(named)?;
        }
    }
    let ours = all.iter().find(|(who, _)| *who == Who::Ours);
    let ours = ours.map(|(_, measured)| measured).ok_or("nobody")?;
    type Way = fn(&Measured) -> &Runs;
    let ways: [(&str, Way); 4] = [
        ("stdio, one at a time", |all| &all.stdio),
        ("stdio, 16 at the same time", |all| &all.together),
        ("HTTP with a session, one at a time", |all| &all.one),
        ("HTTP, 64 sessions at the same time", |all| &all.wide),
    ];
    for (title, way) in ways {
        let row = |(who, measured): &(Who, Measured)| {
            let runs = way(measured);
            let shown = |value: Option<f64>, places: usize| {
                let text = value.map(|value| format!("{value:.places$}"));
                text.unwrap_or_else(|| "not measured".to_owned())
            };
            let millis = |value: Option<f64>| shown(value.map(|value| value / 1e3), 3);
            vec![
                who.name().to_owned(),
                shown(median(&runs.rates), 0),
                millis(median(&runs.times)),
                millis(at(&runs.times, 99)),
                shown(median(&runs.costs), 0),
                ratio(&way(ours).rates, &runs.rates),
                ratio(&runs.medians, &way(ours).medians),
            ]
        };
        let rows: Vec<_> = all.iter().map(row).collect();
        print(
            &format!("{title}; {ROUNDS} rounds of {} s", SPAN.as_secs_f64()),
            &[
                "",
                "calls/s",
                "p50 ms",
                "p99 ms",
                "CPU µs/call",
                "ours, calls",
                "to our p50",
            ],
            &rows,
        )?;
    }
    let mebibytes = |values: &[u64]| {
        let middle = median(values);
        middle.map_or_else(
            || "not measured".to_owned(),
            |kibibytes| format!("{:.1}", float(kibibytes) / 1024.0),
        )
    };
    let rows = all.iter().map(|(who, all)| {
        vec![
            who.name().to_owned(),
            mebibytes(&all.idle_stdio),
            mebibytes(&all.idle),
            mebibytes(&all.after),
        ]
    });
    print(
        "Memory, MiB",
        &["", "stdio, idle", "HTTP, idle", "after all calls"],
        &rows.collect::<Vec<_>>(),
    )
}

fn over_stdio(who: Who, home: &Home, measured: &mut Measured) -> Outcome {
    let Some(command) = who.command(Over::Stdio, home)? else {
        return Ok(());
    };
    let mut client = stdio::Client::start(on_second_core(command))?;
    std::thread::sleep(REST);
    measured.idle_stdio.push(client.server.memory()?);
    client.run(WARM, 1)?;
    for (width, runs) in [(1, &mut measured.stdio), (TOGETHER, &mut measured.together)] {
        let (began, before) = (Instant::now(), client.server.processor()?);
        let times = client.run(SPAN, width)?;
        let took = began.elapsed();
        let spent = client.server.processor()?.saturating_sub(before);
        runs.add(times, took, spent)?;
    }
    Ok(())
}

fn over_http(who: Who, home: &Home, measured: &mut Measured) -> Outcome {
    let port = http::free_port()?;
    let Some(command) = who.command(Over::Http(port), home)? else {
        return Ok(());
    };
    let server = Running::start(on_second_core(command), false)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        http::answers_at_all(port).await?;
        tokio::time::sleep(REST).await;
        measured.idle.push(server.memory()?);
        let mut clients = vec![http::Client::begin(port, who.path(), &home.key).await?];
        clients = asked(clients, &server, &mut Runs::default(), WARM).await?;
        clients = asked(clients, &server, &mut measured.one, SPAN).await?;
        for _ in 1..WIDE {
            clients.push(http::Client::begin(port, who.path(), &home.key).await?);
        }
        clients = asked(clients, &server, &mut Runs::default(), WARM).await?;
        drop(asked(clients, &server, &mut measured.wide, SPAN).await?);
        tokio::time::sleep(REST).await;
        measured.after.push(server.memory()?);
        Ok(())
    })
}

/// Has all of them call for so long.
async fn asked(
    clients: Vec<http::Client>,
    server: &Running,
    runs: &mut Runs,
    span: Duration,
) -> Outcome<Vec<http::Client>> {
    let (began, before) = (Instant::now(), server.processor()?);
    let asking = clients.into_iter().map(|client| client.run(began + span));
    let done = futures_util::future::try_join_all(asking).await?;
    let took = began.elapsed();
    let spent = server.processor()?.saturating_sub(before);
    let (times, clients): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    runs.add(times.concat(), took, spent)?;
    Ok(clients)
}
