//! Kills a child, and holds what the next one says against what the exchange has.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    Deed, Point,
    exchange::{Exchange, Kept},
};

fn spawn(point: Point, deed: Deed, exchange: &Exchange, journal: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .env("KILL_NINE", format!("{:?}", (point, deed)))
        .env("KILL_NINE_PORT", exchange.port.to_string())
        .env("KILL_NINE_JOURNAL", journal)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn lines(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(std::io::Result::ok)
}

/// What a recovery said of an intent.
#[derive(Debug)]
struct Intent {
    id: String,
    action: String,
    outcome: String,
    /// Whether the recovery had to ask about it.
    asked: bool,
}

/// What a recovery said.
#[derive(Debug, Default)]
struct Said {
    intents: Vec<Intent>,
    /// Orders as the recovery has left them in the ledger: whether they are open, and their price.
    orders: BTreeMap<String, (bool, String)>,
    /// What sending an order again gave.
    again: BTreeMap<String, String>,
}

fn recover(exchange: &Exchange, journal: &Path) -> Said {
    let mut child = spawn(Point::Recovery, Deed::Submit, exchange, journal);
    let (mut said, mut done) = (Said::default(), false);
    for line in lines(&mut child) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["INTENT", id, action, outcome, asked] => said.intents.push(Intent {
                id: id.to_owned(),
                action: action.to_owned(),
                outcome: outcome.to_owned(),
                asked: asked == "true",
            }),
            ["ORDER", id, open, price] => {
                let order = (open == "true", price.to_owned());
                said.orders.insert(id.to_owned(), order);
            }
            ["AGAIN", id, answer] => drop(said.again.insert(id.to_owned(), answer.to_owned())),
            ["DONE"] => done = true,
            // What was being written when the process died is no news.
            ["DAMAGE", "TornTail", ..] => {}
            _ => panic!("the recovery said {line}"),
        }
    }
    assert!(
        child.wait().unwrap().success() && done,
        "the recovery ended without a word"
    );
    said
}

pub(crate) fn kill_once(point: Point, deed: Deed, number: u64) -> usize {
    let directory = tempfile::TempDir::new().unwrap();
    let journal = directory.path().join("journal.sqlite");
    let exchange = Exchange::open();
    let mut child = spawn(point, deed, &exchange, &journal);
    let at = lines(&mut child).next();
    let place = format!("{deed:?} {point:?}");
    assert_eq!(
        at.as_deref(),
        Some("AT"),
        "{place}: the child ended by itself"
    );
    if point == Point::AnyMoment {
        thread::sleep(Duration::from_micros(number.wrapping_mul(7_919) % 40_000));
    }
    // SIGKILL: the process gets no word in.
    child.kill().unwrap();
    child.wait().unwrap();
    exchange.quiet();
    let before = exchange.orders();
    let said = recover(&exchange, &journal);
    let after = exchange.orders();
    assert_eq!(before, after, "{place}: the recovery sent something");
    nothing_is_unintended(&place, &said, &before);
    for intent in &said.intents {
        let id = &intent.id;
        let real = before.get(id);
        intent_is_true(&place, intent, real);
        let known = said.orders.get(id);
        if intent.asked && intent.outcome == "found" {
            let (Some(real), Some(known)) = (real, known) else {
                panic!("{place}: {id} was found and nobody knows how it stands");
            };
            // The exits of a bracket that are stops have no price of their own to compare.
            let stands = (!real.canceled, real.price.clone());
            let same = *known == stands || real.price == "0";
            assert!(same, "{place}: {id} is {known:?}, really {stands:?}");
        }
    }
    for (id, again) in &said.again {
        assert_eq!(again, "duplicate", "{place}: {id} could be sent again");
    }
    if point != Point::AnyMoment {
        let expected = expected(point, deed);
        assert_eq!(counts(deed, &said, &before), expected, "{place}");
    }
    said.intents.len()
}

fn nothing_is_unintended(place: &str, said: &Said, arrived: &BTreeMap<String, Kept>) {
    for (id, order) in arrived {
        for (action, times) in [
            ("submit", order.submits),
            ("replace", order.replaces),
            ("cancel", order.cancels),
        ] {
            let intended = |intent: &&Intent| intent.id == *id && intent.action == action;
            let intents = said.intents.iter().filter(intended).count();
            assert!(
                times <= 1,
                "{place}: the {action} of {id} arrived {times} times"
            );
            assert!(
                times <= intents,
                "{place}: the {action} of {id} was never intended"
            );
        }
    }
}

/// An order's end says whether it is there; the end of a change or a cancel that it was looked up.
fn intent_is_true(place: &str, intent: &Intent, real: Option<&Kept>) {
    let Intent {
        id,
        action,
        outcome,
        ..
    } = intent;
    let fits: &[&str] = match (action.as_str(), real) {
        ("submit", None) => &["absent"],
        _ => &["accepted", "found"],
    };
    assert!(
        fits.contains(&outcome.as_str()),
        "{place}: the {action} of {id} is {outcome}, at the exchange: {real:?}"
    );
    let arrived = real.is_some_and(|real| match action.as_str() {
        "replace" => real.replaces == 1,
        "cancel" => real.cancels == 1,
        _ => real.submits == 1,
    });
    assert!(
        outcome != "accepted" || arrived,
        "{place}: the {action} of {id} is accepted and never arrived"
    );
}

/// The intents of the deed, and how many of them arrived.
fn counts(deed: Deed, said: &Said, arrived: &BTreeMap<String, Kept>) -> (usize, usize) {
    let action = match deed {
        Deed::Submit | Deed::Bracket => "submit",
        Deed::Replace => "replace",
        Deed::Cancel => "cancel",
    };
    let intents = said.intents.iter().filter(|intent| intent.action == action);
    let arrived = arrived.values().map(|order| match deed {
        Deed::Submit | Deed::Bracket => order.submits,
        Deed::Replace => order.replaces,
        Deed::Cancel => order.cancels,
    });
    (intents.count(), arrived.sum())
}

const fn expected(point: Point, deed: Deed) -> (usize, usize) {
    let all = match deed {
        Deed::Bracket => 3,
        Deed::Submit | Deed::Replace | Deed::Cancel => 1,
    };
    match point {
        Point::BeforeIntent => (0, 0),
        Point::AfterIntent => (all, 0),
        // The first order of a list is there whole, and nothing of a single command.
        Point::MidWrite => (all, all / 3),
        _ => (all, all),
    }
}
