use std::{fmt::Write as _, sync::Arc};

use broker_core::{
    dec,
    model::{Currency, Instrument, Mic},
};
use broker_sim::{
    data::{DataSet, ReadOptions},
    paper::{PaperBroker, PaperWorld},
    tws::{Habits, TwsServer},
};

use super::Outcome;

/// The account that trades.
pub(super) const ACCOUNT: &str = "DU1";
/// The size of the last tick that a line gets in a flood; nothing else has it.
pub(super) const LAST: u32 = 999_999;

/// The symbols of a hundred listed shares: `SAA`, `SAB` and so on.
pub(super) fn symbols(count: usize) -> Vec<String> {
    let letters = || 'A'..='Z';
    letters()
        .flat_map(|first| letters().map(move |second| format!("S{first}{second}")))
        .take(count)
        .collect()
}

/// The share with this symbol.
pub(super) fn share(symbol: &str) -> broker_core::Result<Instrument> {
    Ok(Instrument::equity(symbol, Mic::XNAS, Currency::USD)?)
}

/// A hundred shares at about 100 dollars, where nothing moves by itself.
pub(super) fn still() -> Outcome<Arc<PaperWorld>> {
    let symbols = symbols(100);
    let mut text = format!("date,{}\n", symbols.join(","));
    for day in [
        "2021-12-30",
        "2021-12-31",
        "2022-01-03",
        "2022-01-04",
        "2022-01-05",
    ] {
        text.push_str(day);
        for number in 0..symbols.len() {
            write!(text, ",{}.5", 100 + number)?;
        }
        text.push('\n');
    }
    let data = DataSet::from_reader("shares", text.as_bytes(), &ReadOptions::new())?;
    Ok(PaperBroker::builder()
        .data(data)
        .recorded_only()
        .account(ACCOUNT, dec!(1_000_000_000))
        .build_world()?)
}

/// A server over such a world, without limits.
pub(super) async fn serve() -> Outcome<TwsServer> {
    Ok(TwsServer::builder()
        .world(still()?)
        .habits(Habits::unlimited())
        .bind("127.0.0.1:0")
        .await?)
}
