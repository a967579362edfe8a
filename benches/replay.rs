//! All of the shipped data in step mode, from the first recorded date to the last price.

use std::error::Error;

use broker_benches::{median, section};
use broker_core::Result;
use broker_sim::{
    data::DataSet,
    paper::{PaperBroker, PaperBuilder},
};

const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let data = DataSet::shipped()?;
    let first = data.first_date().ok_or("the data set is empty")?;
    let start = first.and_hms_opt(0, 0, 0).ok_or("no midnight")?.and_utc();
    let whole = || PaperBroker::builder().start_at(start).points_per_day(4);
    let points = whole().build_world()?.remaining_points();
    let points = u32::try_from(points)?;
    let replay = |builder: fn(PaperBuilder) -> PaperBuilder| {
        median(
            RUNS,
            points,
            || builder(whole()).build(),
            |broker| {
                let broker = broker?;
                let world = broker.world();
                if let Some(last) = world.last_point_at() {
                    world.advance_to(last);
                }
                Ok::<_, broker_core::Error>(broker)
            },
        )
    };
    let building = median(RUNS, 1, || (), |()| whole().recorded_only().build());
    let recorded = replay(PaperBuilder::recorded_only);
    let seeded = replay(|builder| builder);
    let time =
        |measured: broker_benches::Measured| format!("{:.3} s", measured.time().as_secs_f64());
    section(
        "Replay of the shipped data, four prices a day",
        &[
            ("recorded prices", points.to_string()),
            ("reading the data and building the world", time(building)),
            ("replay, recorded only (target: below 1 s)", time(recorded)),
            ("replay, with the seeded instruments", time(seeded)),
            ("ratio", format!("{:.2}", seeded.ratio_to(&recorded))),
        ],
    )?;
    Ok(())
}
