use std::time::Instant;

use broker_sim::tiger::{CONFIG_FILE, TigerServer};

use super::{
    Outcome,
    child::{Client, Table, Who},
    flood::Flood,
    requests::{ACCOUNT, Folder, serve},
    summary::{float, median, per_second, print, ratio},
};

const ROUNDS: usize = 5;
/// Pushes before anything is measured, and in a round.
const WARM_UP: u64 = 20_000;
const PUSHES: u64 = 100_000;
/// After how many pushes a client that gets all of them is weighed.
const WEIGHED: [u64; 2] = [100_000, 1_000_000];

/// How many pushes: the hundredth part with `BROKER_BENCH_QUICK`, which only shows that everything works.
fn pushes(count: u64) -> u64 {
    if std::env::var_os("BROKER_BENCH_QUICK").is_some() {
        count / 100
    } else {
        count
    }
}

/// A client, the simulated Tiger that it asks, and the flood that it listens to.
struct Scene {
    client: Client,
    flood: Flood,
    /// Pushes so far.
    total: u64,
    _server: TigerServer,
    _folder: Folder,
}

impl Scene {
    async fn set(who: Who) -> Outcome<Option<Self>> {
        let (server, folder) = serve().await?;
        let certificate = server.keys().push_certificate().to_owned();
        let flood = Flood::listen(&folder.0, &certificate, ACCOUNT).await?;
        // The folder sends requests to the simulated Tiger and listens to the flood.
        let settings = folder.0.join(CONFIG_FILE);
        let text = std::fs::read_to_string(&settings)?;
        let (there, here) = (server.push_address().port(), flood.address().port());
        let moved = text.replace(&format!("127.0.0.1,{there}"), &format!("127.0.0.1,{here}"));
        if moved == text {
            return Err("the settings do not say where pushes come from".into());
        }
        std::fs::write(&settings, moved)?;
        let client = Client::start(who, &folder.0, Table::Pushes).await?;
        Ok(client.map(|client| Self {
            client,
            flood,
            total: 0,
            _server: server,
            _folder: folder,
        }))
    }

    /// Pushes so many and waits until the client has all of them; what it has seen so far.
    async fn push(&mut self, count: u64) -> Outcome<Vec<u64>> {
        let whole = self.flood.push(count).await?;
        self.total += count;
        self.client.tell("push", self.total, whole).await
    }

    async fn end(self) -> Outcome {
        self.client.end().await?;
        self.flood.end().await
    }
}

/// What one client did, by round.
#[derive(Default)]
struct Runs {
    /// Pushes per second.
    rates: Vec<f64>,
    /// Microseconds of processor time per push.
    costs: Vec<f64>,
    /// What it had seen at the end of the last round.
    seen: Vec<u64>,
}

async fn round(who: Who, runs: &mut Runs) -> Outcome {
    let Some(mut scene) = Scene::set(who).await? else {
        return Ok(());
    };
    scene.push(pushes(WARM_UP)).await?;
    let before = scene.client.processor()?;
    let began = Instant::now();
    runs.seen = scene.push(pushes(PUSHES)).await?;
    let took = began.elapsed();
    let spent = scene.client.processor()?.saturating_sub(before);
    let count = pushes(PUSHES);
    runs.rates.push(per_second(count, took));
    runs.costs.push(spent.as_secs_f64() * 1e6 / float(count));
    scene.end().await
}

/// The megabytes that the adapter occupies before a flood and in its course, and how much it grew in
/// hundredths between the last two.
async fn weigh(who: Who) -> Outcome<Option<Vec<f64>>> {
    let Some(mut scene) = Scene::set(who).await? else {
        return Ok(None);
    };
    let mut weights = vec![float(scene.client.memory()?) / 1e6];
    for weighed in WEIGHED {
        scene.push(pushes(weighed) - scene.total).await?;
        weights.push(float(scene.client.memory()?) / 1e6);
    }
    scene.end().await?;
    if let [.., early, late] = weights[..] {
        weights.push((late / early - 1.0) * 100.0);
    }
    Ok(Some(weights))
}

/// Pushes, as fast as a client takes them.
pub(super) async fn table() -> Outcome {
    let mut all: Vec<(Who, Runs)> = Who::ALL.map(|who| (who, Runs::default())).into();
    for _ in 0..ROUNDS {
        for (who, runs) in &mut all {
            round(*who, runs).await?;
        }
    }
    let rates = |wanted: Who| {
        let runs = all.iter().find(|(who, _)| *who == wanted);
        runs.map_or(&[][..], |(_, runs)| &runs.rates)
    };
    let shown = |value: Option<f64>, places: usize| {
        value.map_or_else(
            || "not measured".to_owned(),
            |value| format!("{value:.places$}"),
        )
    };
    let rows: Vec<_> = all
        .iter()
        .map(|(who, runs)| {
            let seen: Vec<String> = runs.seen.iter().map(u64::to_string).collect();
            vec![
                who.name().to_owned(),
                shown(median(&runs.rates), 0),
                shown(median(&runs.costs), 2),
                ratio(&runs.rates, rates(Who::VendorRust)),
                ratio(&runs.rates, rates(Who::VendorPython)),
                seen.join(" "),
            ]
        })
        .collect();
    print(
        &format!("{} pushes, {ROUNDS} rounds", pushes(PUSHES)),
        &[
            "",
            "pushes/s",
            "CPU µs/push",
            "to Rust",
            "to Python",
            "  events seen by kind",
        ],
        &rows,
    )?;
    let mut rows = Vec::new();
    for who in [Who::Adapter, Who::AdapterOpenssl, Who::VendorRust] {
        let weights = weigh(who).await?.unwrap_or_default();
        let mut row = vec![who.name().to_owned()];
        row.extend((0..4).map(|place| shown(weights.get(place).copied(), 1)));
        rows.push(row);
    }
    print(
        &format!("Memory, up to {} pushes", pushes(WEIGHED[1])),
        &["", "MB before", "MB early", "MB at the end", "growth %"],
        &rows,
    )
}
