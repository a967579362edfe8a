//! Stacks and adapters that are broken on purpose: a campaign that does not find them out proves
//! nothing.

use broker_core::{
    Acknowledgement, BrokerExt as _, Error, ErrorKind, Result, model::ClientOrderId,
};
use broker_runtime::layer::{Command, Confirmation as _, Layer, Next, Outgoing};
use broker_sim::{conformance::Tally, paper::PaperHarness};

use crate::play;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// An adapter that sends an order again under another identifier.
    SendsTwice,
    /// An adapter that calls an order absent that it has sent.
    LiesAboutAbsence,
    /// A stack whose journal was forgotten.
    NoJournal,
    /// A stack whose budget was forgotten.
    NoBudget,
    /// A trail of which somebody has changed a letter.
    EditedTrail,
    /// A program that never gives its quotes back.
    LeaksLine,
    /// A program that leaves a task behind.
    LeaksTask,
}

/// An adapter with a bug.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) Option<Bug>);

impl Layer for Broken {
    async fn command<O: Outgoing>(&self, request: O, next: Next<'_>) -> Result<O::Answer> {
        let order = match request.command() {
            Command::Submit(order) => Some(order.clone()),
            _ => None,
        };
        let answer = next.send(request).await;
        let (Some(mut order), Ok(done)) = (order, &answer) else {
            return answer;
        };
        match self.0 {
            Some(Bug::SendsTwice) => {
                order.client_order_id = ClientOrderId::generate();
                drop(next.broker().submit(&order).await);
            }
            Some(Bug::LiesAboutAbsence)
                if !done.each().iter().all(Acknowledgement::is_accepted) =>
            {
                return Err(Error::new(ErrorKind::Disconnected, "not sent"));
            }
            _ => {}
        }
        answer
    }
}

/// Seeds within which every bug has to be found.
const SEEDS: u64 = 60;

fn is_found_out(bug: Bug, words: &[&str]) {
    let mut tally = Tally::default();
    let found = (0..SEEDS)
        .find_map(|seed| play::attempt(PaperHarness::default(), Some(bug), seed, &mut tally).err());
    let found = found.expect("nothing was found");
    assert!(
        words.iter().any(|word| found.contains(word)),
        "{bug:?} was found for another reason: {found}"
    );
}

#[test]
fn an_order_that_was_sent_twice_is_found() {
    is_found_out(Bug::SendsTwice, &["nobody sent it", "sent it"]);
}

#[test]
fn an_error_about_an_order_that_exists_is_found() {
    is_found_out(Bug::LiesAboutAbsence, &["does not exist, said the adapter"]);
}

#[test]
fn orders_that_nobody_wrote_down_are_found() {
    is_found_out(Bug::NoJournal, &["was never intended"]);
}

#[test]
fn calls_beyond_the_budget_are_found() {
    is_found_out(Bug::NoBudget, &["calls in a span"]);
}

#[test]
fn a_trail_that_was_edited_is_found() {
    is_found_out(Bug::EditedTrail, &["the trail is not whole"]);
}

#[test]
fn a_line_that_nobody_reads_any_more_is_found() {
    is_found_out(Bug::LeaksLine, &["lines, 0 readers"]);
}

#[test]
fn a_task_that_was_left_behind_is_found() {
    is_found_out(Bug::LeaksTask, &["tasks are left behind"]);
}
