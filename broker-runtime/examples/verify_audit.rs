//! Checks an audit trail; without a folder it makes a small one, checks it, changes it and checks again.
//!
//! ```text
//! cargo run -p broker-runtime --example verify_audit [-- FOLDER]
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to a person")]

use std::{env, error::Error, fs, sync::Arc};

use broker_core::{Broker, BrokerExt, dec};
use broker_runtime::{
    audit::{acting_as, verify},
    layer::{Audit, Stack},
};
use broker_sim::paper::PaperBroker;

fn check(folder: &std::path::Path) -> Result<bool, broker_core::Error> {
    let verified = verify(folder, None)?;
    println!(
        "{} rows in {} files, up to {}",
        verified.rows, verified.files, verified.head.hash
    );
    for finding in &verified.findings {
        println!("  {finding:?}");
    }
    println!(
        "{}",
        if verified.is_whole() {
            "whole"
        } else {
            "changed"
        }
    );
    Ok(verified.is_whole())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(folder) = env::args().nth(1) {
        return if check(folder.as_ref())? {
            Ok(())
        } else {
            Err("the trail has been changed".into())
        };
    }
    let folder = tempfile::TempDir::new()?;
    let audit = Audit::in_folder(folder.path()).open()?;
    let paper: Arc<dyn Broker> = Arc::new(PaperBroker::builder().build()?);
    let broker = Stack::over(paper).layer(Arc::clone(&audit))?.build();
    for quantity in [100, 200, 300] {
        let order = broker.buy("AAPL", quantity).limit(dec!(150.00));
        let _ = acting_as("example", order.submit()).await?;
    }
    audit.flush().await?;
    assert!(check(folder.path())?);
    for entry in fs::read_dir(folder.path())? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "jsonl") {
            let text = fs::read_to_string(&path)?;
            println!("\nsomebody makes 200 into 2 …");
            fs::write(&path, text.replacen("\"200\"", "\"2\"", 1))?;
        }
    }
    assert!(!check(folder.path())?);
    Ok(())
}
