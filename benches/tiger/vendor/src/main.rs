//! The same work with the vendor's Rust crate: `FOLDER TABLE`, then lines of `WHAT TIMES WIDE` on the input.

mod pushes;

use std::{error::Error, io::Write as _, sync::Arc, time::Instant};

use tigeropen::{
    client::http_client::HttpClient,
    config::ClientConfig,
    model::{quote_requests::BriefRequest, trade_requests::AssetsRequest},
    quote::QuoteClient,
    trade::TradeClient,
};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const SYMBOL: &str = "AAPL";

struct Clients {
    quote: QuoteClient,
    trade: TradeClient,
}

impl Clients {
    async fn once(&self, what: &str) -> Outcome {
        if what == "assets" {
            let assets = self
                .trade
                .get_prime_assets(AssetsRequest::default())
                .await?;
            assets.ok_or("no assets")?;
        } else {
            let asked = BriefRequest {
                symbols: Some(vec![SYMBOL.to_owned()]),
                ..BriefRequest::default()
            };
            self.quote
                .get_real_time_quote(asked)
                .await?
                .first()
                .ok_or("no quote")?;
        }
        Ok(())
    }
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

/// What to do next, with its two numbers; `None` at the end.
async fn told() -> Outcome<Option<(String, u64, u64)>> {
    let line = tokio::task::spawn_blocking(|| std::io::stdin().lines().next()).await?;
    let Some(line) = line.transpose()? else {
        return Ok(None);
    };
    let [what, one, other] = line.split(' ').collect::<Vec<_>>()[..] else {
        return Err(format!("`{line}` is not clear").into());
    };
    Ok(Some((what.to_owned(), one.parse()?, other.parse()?)))
}

async fn work(folder: String, table: String) -> Outcome {
    let settings = format!("{folder}/tiger_openapi_config.properties");
    // Its builder asks the vendor's directory of servers with a blocking client unless told not to.
    let config = tokio::task::spawn_blocking(move || {
        ClientConfig::builder()
            .properties_file(&settings)
            .enable_dynamic_domain(false)
            .build()
    })
    .await??;
    if table == "pushes" {
        return pushes::listen(&folder, config).await;
    }
    let account = config.account.clone();
    let clients = Arc::new(Clients {
        quote: QuoteClient::new(HttpClient::with_quote_server(config.clone())),
        trade: TradeClient::new(HttpClient::new(config), account),
    });
    say("ready", &[])?;
    while let Some((what, times, wide)) = told().await? {
        let (times, wide): (usize, usize) = (times.try_into()?, wide.try_into()?);
        let mut tasks = Vec::new();
        for _ in 0..wide {
            let (clients, what) = (Arc::clone(&clients), what.clone());
            tasks.push(tokio::spawn(async move {
                let mut took = Vec::new();
                for _ in 0..times / wide {
                    let began = Instant::now();
                    clients.once(&what).await?;
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

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder?")?;
    let table = arguments.next().ok_or("which table?")?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    // On a worker, where a program's own tasks run.
    runtime.block_on(async { tokio::spawn(work(folder, table)).await? })
}
