use std::{
    io::Write as _,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use broker_core::{Broker as _, BrokerExt as _, model::Instrument};
use broker_sim::tiger::ROOT_FILE;
use broker_tiger::{TigerBroker, TigerConfig, Trust};

use super::{Outcome, requests::SYMBOL};

/// What the adapter's process does: reads what to do, a line at a time.
pub(super) async fn work(arguments: Vec<String>) -> Outcome {
    let [folder] = arguments.as_slice() else {
        return Err("which folder?".into());
    };
    let folder = Path::new(folder);
    let root = std::fs::read_to_string(folder.join(ROOT_FILE))?;
    let config = TigerConfig::builder()
        .environment([])
        .file(folder)
        .trust(Trust::Only(root.into()))
        .build()?;
    // The vendor's clients have no push connection here either.
    let broker = TigerBroker::builder(config)
        .without_push()
        .connect()
        .await?;
    broker.ensure_ready(Duration::from_secs(30)).await?;
    let share = broker.resolve(SYMBOL).await?;
    say("ready", &[])?;
    loop {
        let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await?;
        let Some(line) = line else {
            return Ok(());
        };
        let line = line?;
        let [what, times, wide] = line.split(' ').collect::<Vec<_>>()[..] else {
            return Err(format!("`{line}` is not clear").into());
        };
        let (times, wide): (usize, usize) = (times.parse()?, wide.parse()?);
        let mut tasks = Vec::new();
        for _ in 0..wide {
            let (broker, share, what) = (Arc::clone(&broker), share.clone(), what.to_owned());
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

fn say(word: &str, numbers: &[u64]) -> Outcome {
    let mut out = std::io::stdout().lock();
    write!(out, "{word}")?;
    for number in numbers {
        write!(out, " {number}")?;
    }
    writeln!(out)?;
    Ok(out.flush()?)
}
