use std::{
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use broker_core::{Broker as _, BrokerExt as _, model::Instrument};
use broker_sim::tiger::ROOT_FILE;
use broker_tiger::{TigerBroker, TigerConfig, Trust};

use super::{Outcome, child::Table, listener, requests::SYMBOL};

/// What the adapter's process does: reads what to do, a line at a time.
pub(super) async fn work(arguments: Vec<String>) -> Outcome {
    let [folder, table] = arguments.as_slice() else {
        return Err("which folder, and what?".into());
    };
    let folder = Path::new(folder);
    let root = std::fs::read_to_string(folder.join(ROOT_FILE))?;
    let config = TigerConfig::builder()
        .environment([])
        .file(folder)
        .trust(Trust::Only(root.into()))
        .build()?;
    match Table::named(table).ok_or("no such table")? {
        Table::Requests => requests(config).await,
        Table::Pushes => listener::listen(config).await,
    }
}

async fn requests(config: TigerConfig) -> Outcome {
    // The vendor's clients have no push connection here either.
    let broker = TigerBroker::builder(config)
        .without_push()
        .connect()
        .await?;
    broker.ensure_ready(Duration::from_secs(30)).await?;
    let share = broker.resolve(SYMBOL).await?;
    say("ready", &[])?;
    while let Some((what, times, wide)) = told().await? {
        let (times, wide): (usize, usize) = (times.try_into()?, wide.try_into()?);
        let mut tasks = Vec::new();
        for _ in 0..wide {
            let (broker, share, what) = (Arc::clone(&broker), share.clone(), what.clone());
            tasks.push(tokio::spawn(async move {
                let mut took = Vec::new();
                for _ in 0..times / wide {
                    let began = Instant::now();
                    once(&broker, &share, &what).await?;
                    took.push(u64::try_from(began.elapsed().as_nanos())?);
                }
                Outcome::Ok(took)
            }));
        }
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await??);
        }
        say("done", &took)?;
    }
    Ok(())
}

async fn once(broker: &TigerBroker, share: &Instrument, what: &str) -> Outcome {
    match what {
        "assets" => {
            let account = broker.account_ids().swap_remove(0);
            let portfolio = broker.portfolio().ok_or("no portfolio service")?;
            portfolio
                .summary(&account)
                .await?
                .net_liquidation
                .ok_or("no worth")?;
        }
        "quote" => {
            broker.quote_of(share).await?.ask.ok_or("no ask")?;
        }
        other => return Err(format!("`{other}` is not known").into()),
    }
    Ok(())
}

/// What to do next, with its two numbers; `None` at the end.
pub(super) async fn told() -> Outcome<Option<(String, u64, u64)>> {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await?;
    let Some(line) = line.transpose()? else {
        return Ok(None);
    };
    let [what, one, other] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(format!("`{line}` is not clear").into());
    };
    Ok(Some((what.to_owned(), one.parse()?, other.parse()?)))
}

pub(super) fn say(word: &str, numbers: &[u64]) -> Outcome {
    let mut out = std::io::stdout().lock();
    write!(out, "{word}")?;
    for number in numbers {
        write!(out, " {number}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}
