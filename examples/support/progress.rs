use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, one step per item. Shows nothing when that is no terminal.
#[must_use]
pub fn progress_bar(label: &str, steps: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let style = "{prefix} {bar:40.blue/white.dim} {pos}/{len} {msg}";
    if let Ok(style) = ProgressStyle::with_template(style) {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar.with_prefix(label.to_owned())
}

/// Prints a line above the bar.
#[expect(clippy::print_stdout, reason = "examples speak to the terminal")]
pub fn say(bar: &ProgressBar, line: &str) {
    bar.suspend(|| println!("{line}"));
}
