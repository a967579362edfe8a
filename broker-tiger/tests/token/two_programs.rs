//! Two programs, each a process of its own, on one token file.
//!
//! The second process is this test program again, playing [`a_program`]: it reads what to do from its
//! input, a line at a time, and says what came of it.

use core::time::Duration;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
};

use broker_sim::tiger::TOKEN_FILE;
use broker_tiger::TokenState;
use chrono::{DateTime, Utc};

use super::{
    calendar::{Calendar, WallClock, breathe},
    relay::Trouble,
    tiger_of_hong_kong::{HOUR, Tiger, ask, noon, session},
};

const FOLDER: &str = "TOKEN_TEST_FOLDER";
const GATEWAY: &str = "TOKEN_TEST_GATEWAY";
/// What a program's lines begin with; the test harness prints lines, too.
const MARK: &str = "program: ";

/// A program in a process of its own.
struct Program {
    process: Child,
    input: ChildStdin,
    output: Option<BufReader<ChildStdout>>,
}

impl Program {
    fn start(folder: &Path, gateway: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "two_programs::a_program",
                "--ignored",
                "--nocapture",
            ])
            .env(FOLDER, folder)
            .env(GATEWAY, gateway)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = process.stdout.take().map(BufReader::new);
        Self {
            process,
            input,
            output,
        }
    }

    fn tell(&mut self, what: &str) {
        writeln!(self.input, "{what}").unwrap();
    }

    /// The next thing that it says, while this process goes on serving it.
    async fn said(&mut self) -> String {
        let mut output = self.output.take().unwrap();
        let (output, said) = tokio::task::spawn_blocking(move || {
            loop {
                let mut line = String::new();
                let read = output.read_line(&mut line).unwrap();
                assert!(read > 0, "a program ended");
                // The harness leaves its line open where the program's begins.
                if let Some((_, said)) = line.trim_end().split_once(MARK) {
                    return (output, said.to_owned());
                }
            }
        })
        .await
        .unwrap();
        self.output = Some(output);
        said
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _gone = self.process.wait();
    }
}

#[tokio::test]
#[ignore = "the second process of the tests below"]
async fn a_program() {
    let (Ok(folder), Ok(gateway)) = (std::env::var(FOLDER), std::env::var(GATEWAY)) else {
        return;
    };
    let calendar = Calendar::stopped();
    let clock = Arc::new(WallClock::showing(noon()));
    let broker = calendar
        .of(session(Path::new(&folder), &gateway, clock))
        .await;
    println!("{MARK}ready");
    // Not on this thread: a renewal that is under way goes on while the next line is waited for.
    let line = || tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    while let Some(line) = line().await.unwrap() {
        let line = line.unwrap();
        let (what, number) = line.split_once(' ').unwrap();
        assert_eq!(what, "pass");
        calendar
            .pass(Duration::from_secs(number.parse().unwrap()))
            .await;
        // What is due goes on beside the question.
        let answer = calendar.of(ask(&broker)).await;
        for _ in 0..5 {
            breathe().await;
        }
        let state = broker.token_state().borrow().clone();
        let expires_at = match &state {
            TokenState::Good { expires_at } | TokenState::Failing { expires_at, .. } => *expires_at,
            _ => None,
        };
        let expires_at = expires_at.map_or_else(String::new, |at| at.to_rfc3339());
        match answer {
            Ok(()) => println!("{MARK}answered|{expires_at}"),
            Err(error) => println!("{MARK}failed: {error} ({state:?})|{expires_at}"),
        }
    }
}

/// What two programs went through together.
async fn together(
    tiger: &Tiger,
    calendar: &Calendar,
    hours: u32,
    trouble: impl Fn(u32) -> Option<Trouble>,
) {
    let mut programs: Vec<Program> = (0..2)
        .map(|_| Program::start(tiger.folder.path(), &tiger.relay.url()))
        .collect();
    for program in &mut programs {
        assert_eq!(program.said().await, "ready");
    }
    for hour in 1..=hours {
        tiger.relay.trouble(trouble(hour));
        calendar.pass(HOUR).await;
        for program in &mut programs {
            program.tell(&format!("pass {}", HOUR.as_secs()));
        }
        let mut expiries: Vec<DateTime<Utc>> = Vec::new();
        for program in &mut programs {
            let said = program.said().await;
            let (answer, expires_at) = said.split_once('|').unwrap();
            assert_eq!(answer, "answered", "in hour {hour}");
            expiries.push(expires_at.parse().unwrap());
        }
        // Nobody is behind by more than one renewal, or by the hours in which renewals fail.
        let apart = (expiries[0] - expiries[1]).abs();
        assert!(apart.num_hours() <= 30, "in hour {hour}: {expiries:?}");
        tiger.quiet().await;
    }
}

#[tokio::test]
async fn two_processes_on_one_file_renew_it_once_each_time() {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(false).await;
    let days = 21;
    together(&tiger, &calendar, days * 24, |_| None).await;
    let passed = tiger.relay.passed();
    // Every 12 or 13 h, by one of them.
    let (least, most) = (days * 24 / 13 - 1, days * 24 / 12 + 1);
    assert!((least..=most).contains(&passed.renewals), "{passed:?}");
    assert_eq!(passed.renewing_at_most, 1);
    assert!(passed.refused.is_empty(), "{:?}", passed.refused);
    let text = std::fs::read_to_string(tiger.folder.path().join(TOKEN_FILE)).unwrap();
    assert!(text.starts_with("token="), "{}", text.len());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = std::fs::metadata(tiger.folder.path().join(TOKEN_FILE)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn two_processes_whose_tokens_are_revoked_by_each_other_answer_every_question() {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(true).await;
    together(&tiger, &calendar, 6 * 24, |_| None).await;
    let passed = tiger.relay.passed();
    assert!(passed.renewed >= 9, "{passed:?}");
    assert_eq!(passed.renewing_at_most, 1);
}

#[tokio::test]
async fn two_processes_get_over_renewals_that_fail_in_every_way() {
    let calendar = Calendar::stopped();
    let tiger = Tiger::open(false).await;
    let trouble = |hour: u32| {
        let all = [
            Trouble::HangUp,
            Trouble::Status503,
            Trouble::LoseAnswer,
            Trouble::BadToken,
        ];
        (hour % 24 < 20).then(|| all[(hour / 18) as usize % all.len()])
    };
    together(&tiger, &calendar, 10 * 24, trouble).await;
    let passed = tiger.relay.passed();
    assert!(passed.renewals > passed.renewed + 20, "{passed:?}");
    assert_eq!(passed.renewing_at_most, 1);
}
