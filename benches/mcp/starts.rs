use std::time::Duration;

use super::{
    Outcome,
    child::Running,
    http, stdio,
    summary::{at, median, print},
    who::{Home, Over, Who},
};

/// Starts of a program that is quick, and of one that is not.
const QUICK: usize = 20;
const SLOW: usize = 4;

/// Milliseconds from the start of the process to the first answer.
pub(super) fn table() -> Outcome {
    let home = Home::new()?;
    let runtime = super::calls::runtime()?;
    let mut rows = Vec::new();
    for who in Who::STARTED {
        let ours = matches!(who, Who::Ours | Who::OursAsItComes);
        let (mut over_stdio, mut over_http) = (Vec::new(), Vec::new());
        for _ in 0..if ours { QUICK } else { SLOW } {
            if let Some(command) = who.command(Over::Stdio, &home)? {
                over_stdio.push(millis(stdio::Client::start(command)?.first));
            }
            let port = http::free_port()?;
            if let Some(command) = who.command(Over::Http(port), &home)? {
                let server = Running::start(command, false)?;
                runtime.block_on(http::answers_at_all(port))?;
                over_http.push(millis(server.began.elapsed()));
            }
        }
        let shown = |value: Option<f64>| {
            value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.1}"))
        };
        rows.push(vec![
            who.name().to_owned(),
            shown(median(&over_stdio)),
            shown(at(&over_stdio, 100)),
            shown(median(&over_http)),
            shown(at(&over_http, 100)),
        ]);
    }
    print(
        "From the start of the process to the first answer, ms",
        &["", "stdio", "at most", "HTTP", "at most"],
        &rows,
    )
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
