//! What a broker behind the standard layers does, as a page for Prometheus.
//!
//! ```text
//! cargo run --example prometheus                          # a few calls, and the page
//! cargo run --example prometheus -- --serve 127.0.0.1:9600 # goes on until Ctrl-C
//! ```
//!
//! `docs/dashboard.json` draws these numbers in Grafana, `docs/alerts.yaml` wakes somebody. Needs no
//! network.

#![allow(clippy::print_stdout)]

use std::{error::Error, net::SocketAddr, sync::Arc, time::Duration};

use broker_core::{Broker, BrokerExt, dec};
use broker_runtime::{
    journal::SqliteStore,
    layer::Stack,
    risk::{Limits, RiskLimits},
};
use broker_sim::paper::PaperBroker;
use chrono::TimeDelta;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

/// What the times of calls are sorted into, in seconds.
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let serve = address()?;
    let builder = PrometheusBuilder::new();
    let builder = builder.set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &BUCKETS)?;
    let page = match serve {
        Some(address) => {
            let builder = builder.with_http_listener(address);
            let (recorder, listener) = builder.build()?;
            let page = recorder.handle();
            metrics::set_global_recorder(recorder)?;
            tokio::spawn(listener);
            println!("http://{address}/metrics");
            page
        }
        None => builder.install_recorder()?,
    };

    let file = std::env::temp_dir().join(format!("prometheus-{}.sqlite", std::process::id()));
    let paper = Arc::new(PaperBroker::builder().build()?);
    let mut limits = Limits::new();
    limits.max_order_notional = Some(dec!(25_000));
    let standing = Stack::standard()
        .journal(SqliteStore::open(&file)?)
        .limits(RiskLimits::each(limits))
        .over(paper.clone())
        .await?;
    loop {
        calls(&*standing.broker).await?;
        if serve.is_none() {
            break;
        }
        paper.world().advance(TimeDelta::seconds(5));
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
    }
    standing.broker.close().await?;
    page.run_upkeep();
    if serve.is_none() {
        print!("{}", page.render());
    }
    std::fs::remove_file(&file)?;
    Ok(())
}

/// What a program does all day: it asks, sends, takes back, and asks for too much.
async fn calls(broker: &dyn Broker) -> Result<(), Box<dyn Error>> {
    let accounts = broker.accounts().await?;
    let account = &accounts.first().ok_or("a login without accounts")?.id;
    let portfolio = broker.portfolio().ok_or("no portfolio service")?;
    portfolio.summary(account).await?;
    broker.quote("KO").await?;
    let (id, _) = broker.buy("KO", 100).limit(dec!(30)).submit().await?;
    assert!(broker.cancel(account, &id).await?.is_accepted());
    let refused = broker.buy("KO", 9_000).limit(dec!(30)).submit().await;
    refused.err().ok_or("the limits let everything through")?;
    Ok(())
}

/// Where to serve, if the arguments say so.
fn address() -> Result<Option<SocketAddr>, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => Ok(None),
        (Some("--serve"), Some(address)) => Ok(Some(address.parse()?)),
        _ => Err("usage: [--serve HOST:PORT]".into()),
    }
}
