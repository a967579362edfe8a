use std::sync::Arc;

use super::table::{FillTime, Next, Progress, transition};
use crate::{
    model::{ExecutionKind, OrderStatus},
    test_support::{fill_of, order},
};

/// The whole table, written out.
///
/// A row is a report, how much is filled with it, and when its fill was executed; a column is the
/// status before. `PF` goes to `PartiallyFilled`, `!PF` goes there although the order had ended, `.`
/// keeps the status, `x` keeps it and warns of a contradiction.
const TABLE: &str = "
                             | PN  NW  PF  FI  PC  CA  PR  RE  EX  SU  DD  UN  OT
pending_new       any any    | PN  .   .   .   .   .   .   .   .   .   .   PN  .
new               none any   | NW  NW  NW  x   .   x   .   !NW x   NW  NW  NW  NW
new               part any   | PF  PF  PF  x   .   x   .   !PF x   PF  PF  PF  PF
new               full any   | FI  FI  FI  x   .   x   .   !FI x   FI  FI  FI  FI
triggered         none any   | NW  NW  NW  x   .   x   .   !NW x   NW  NW  NW  NW
triggered         part any   | PF  PF  PF  x   .   x   .   !PF x   PF  PF  PF  PF
triggered         full any   | FI  FI  FI  x   .   x   .   !FI x   FI  FI  FI  FI
trade             none any   | .   NW  NW  .   .   .   .   .   .   NW  NW  .   NW
trade             part before| PF  PF  PF  .   .   .   .   !PF .   PF  PF  PF  PF
trade             part after | PF  PF  PF  .   .   !PF .   !PF !PF PF  PF  PF  PF
trade             full any   | FI  FI  FI  .   FI  !FI FI  !FI !FI FI  FI  FI  FI
trade_correct     none any   | .   NW  NW  !NW .   .   .   .   .   NW  NW  .   NW
trade_correct     part before| PF  PF  PF  !PF .   .   .   !PF .   PF  PF  PF  PF
trade_correct     part after | PF  PF  PF  !PF .   !PF .   !PF !PF PF  PF  PF  PF
trade_correct     full any   | FI  FI  FI  FI  FI  !FI FI  !FI !FI FI  FI  FI  FI
trade_cancel      none any   | .   NW  NW  !NW .   .   .   .   .   NW  NW  .   NW
trade_cancel      part any   | PF  PF  PF  !PF .   .   .   .   .   PF  PF  PF  PF
trade_cancel      full any   | FI  FI  FI  FI  FI  .   FI  .   .   FI  FI  FI  FI
commission        any any    | .   .   .   .   .   .   .   .   .   .   .   .   .
pending_cancel    any any    | PC  PC  PC  x   PC  x   PC  x   x   PC  PC  PC  PC
canceled          none any   | CA  CA  CA  x   CA  .   CA  x   x   CA  CA  CA  CA
canceled          part any   | CA  CA  CA  x   CA  .   CA  x   x   CA  CA  CA  CA
canceled          full any   | FI  FI  FI  x   FI  .   FI  x   x   FI  FI  FI  FI
cancel_rejected   none any   | .   .   .   .   NW  .   .   .   .   .   .   .   .
cancel_rejected   part any   | .   .   .   .   PF  .   .   .   .   .   .   .   .
cancel_rejected   full any   | .   .   .   .   FI  .   .   .   .   .   .   .   .
pending_replace   any any    | PR  PR  PR  x   .   x   PR  x   x   PR  PR  PR  PR
replaced          none any   | NW  NW  NW  !NW .   x   NW  x   x   NW  NW  NW  NW
replaced          part any   | PF  PF  PF  !PF .   x   PF  x   x   PF  PF  PF  PF
replaced          full any   | FI  FI  FI  .   FI  x   FI  x   x   FI  FI  FI  FI
replace_rejected  none any   | .   .   .   .   .   .   NW  .   .   .   .   .   .
replace_rejected  part any   | .   .   .   .   .   .   PF  .   .   .   .   .   .
replace_rejected  full any   | .   .   .   .   .   .   FI  .   .   .   .   .   .
restated          none any   | .   NW  NW  !NW .   x   .   x   x   .   .   .   .
restated          part any   | .   PF  PF  !PF .   x   .   x   x   .   .   .   .
restated          full any   | FI  FI  FI  FI  FI  x   FI  x   x   FI  FI  FI  FI
rejected          none any   | RE  RE  RE  x   RE  x   RE  .   x   RE  RE  RE  RE
rejected          part any   | RE  RE  RE  x   RE  x   RE  .   x   RE  RE  RE  RE
rejected          full any   | FI  FI  FI  x   FI  x   FI  .   x   FI  FI  FI  FI
expired           none any   | EX  EX  EX  x   EX  x   EX  x   .   EX  EX  EX  EX
expired           part any   | EX  EX  EX  x   EX  x   EX  x   .   EX  EX  EX  EX
expired           full any   | FI  FI  FI  x   FI  x   FI  x   .   FI  FI  FI  FI
done_for_day      any any    | DD  DD  DD  x   DD  x   DD  x   x   DD  DD  DD  DD
suspended         any any    | SU  SU  SU  x   SU  x   SU  x   x   SU  SU  SU  SU
unconfirmed       any any    | UN  .   .   .   .   .   .   .   .   .   .   UN  .
unlisted          any any    | UN  UN  UN  .   UN  .   UN  .   .   UN  UN  UN  UN
proven_absent     none any   | RE  x   x   x   x   x   x   .   x   x   x   RE  x
proven_absent     part any   | x   x   x   x   x   x   x   .   x   x   x   x   x
proven_absent     full any   | x   x   x   x   x   x   x   .   x   x   x   x   x
status PN         any any    | .   .   .   .   .   .   .   .   .   .   .   PN  .
status NW         none any   | NW  NW  NW  x   NW  x   NW  !NW x   NW  NW  NW  NW
status NW         part any   | PF  PF  PF  x   PF  x   PF  !PF x   PF  PF  PF  PF
status NW         full any   | FI  FI  FI  x   FI  x   FI  !FI x   FI  FI  FI  FI
status PF         none any   | NW  NW  NW  x   NW  x   NW  !NW x   NW  NW  NW  NW
status PF         part any   | PF  PF  PF  x   PF  x   PF  !PF x   PF  PF  PF  PF
status PF         full any   | FI  FI  FI  x   FI  x   FI  !FI x   FI  FI  FI  FI
status FI         any any    | FI  FI  FI  .   FI  !FI FI  !FI !FI FI  FI  FI  FI
status PC         any any    | PC  PC  PC  x   .   x   PC  !PC x   PC  PC  PC  PC
status CA         none any   | CA  CA  CA  x   CA  .   CA  x   x   CA  CA  CA  CA
status CA         part any   | CA  CA  CA  x   CA  .   CA  x   x   CA  CA  CA  CA
status CA         full any   | FI  FI  FI  x   FI  .   FI  x   x   FI  FI  FI  FI
status PR         any any    | PR  PR  PR  x   PR  x   .   !PR x   PR  PR  PR  PR
status RE         none any   | RE  RE  RE  x   RE  x   RE  .   x   RE  RE  RE  RE
status RE         part any   | RE  RE  RE  x   RE  x   RE  .   x   RE  RE  RE  RE
status RE         full any   | FI  FI  FI  x   FI  x   FI  .   x   FI  FI  FI  FI
status EX         none any   | EX  EX  EX  x   EX  x   EX  x   .   EX  EX  EX  EX
status EX         part any   | EX  EX  EX  x   EX  x   EX  x   .   EX  EX  EX  EX
status EX         full any   | FI  FI  FI  x   FI  x   FI  x   .   FI  FI  FI  FI
status SU         any any    | SU  SU  SU  x   SU  x   SU  !SU x   .   SU  SU  SU
status DD         any any    | DD  DD  DD  x   DD  x   DD  !DD x   DD  .   DD  DD
status UN         any any    | .   .   .   .   .   .   .   .   .   .   .   .   .
status OT         any any    | OT  OT  OT  x   OT  x   OT  !OT x   OT  OT  OT  .
";

fn statuses() -> [(&'static str, OrderStatus); 13] {
    use OrderStatus as S;
    [
        ("PN", S::PendingNew),
        ("NW", S::New),
        ("PF", S::PartiallyFilled),
        ("FI", S::Filled),
        ("PC", S::PendingCancel),
        ("CA", S::Canceled),
        ("PR", S::PendingReplace),
        ("RE", S::Rejected),
        ("EX", S::Expired),
        ("SU", S::Suspended),
        ("DD", S::DoneForDay),
        ("UN", S::Unconfirmed),
        ("OT", S::Other("odd".into())),
    ]
}

fn status(short: &str) -> OrderStatus {
    let found = statuses().into_iter().find(|(name, _)| *name == short);
    found.unwrap_or_else(|| panic!("no status {short}")).1
}

/// Every report there is, by the name of its rows.
fn reports() -> Vec<(String, ExecutionKind)> {
    use ExecutionKind as K;
    let terms = Arc::new(order("a"));
    let fill = Arc::new(fill_of(&terms, "x", "1", "1", 0));
    let execution_id = fill.execution_id.clone();
    let replaces = execution_id.clone();
    let trade = Arc::clone(&fill);
    let commission = K::Commission {
        execution_id: execution_id.clone(),
        commission: None,
        realized_pnl: None,
    };
    let named = [
        ("pending_new", K::PendingNew),
        ("new", K::New),
        ("triggered", K::Triggered),
        ("trade", K::Trade { fill: trade }),
        ("trade_correct", K::TradeCorrect { replaces, fill }),
        ("trade_cancel", K::TradeCancel { execution_id }),
        ("commission", commission),
        ("pending_cancel", K::PendingCancel),
        ("canceled", K::Canceled),
        ("cancel_rejected", K::CancelRejected),
        ("pending_replace", K::PendingReplace),
        (
            "replaced",
            K::Replaced {
                terms: terms.clone(),
            },
        ),
        ("replace_rejected", K::ReplaceRejected),
        ("restated", K::Restated { terms }),
        ("rejected", K::Rejected),
        ("expired", K::Expired),
        ("done_for_day", K::DoneForDay),
        ("suspended", K::Suspended),
        ("unconfirmed", K::Unconfirmed),
        ("unlisted", K::Unlisted),
        ("proven_absent", K::ProvenAbsent),
    ];
    let named = named
        .into_iter()
        .map(|(name, kind)| (name.to_owned(), kind));
    let stated = statuses().map(|(name, status)| (format!("status {name}"), K::Status { status }));
    named.chain(stated).collect()
}

fn next(cell: &str) -> Next {
    match cell {
        "." => Next::Keep,
        "x" => Next::Stale,
        _ => match cell.strip_prefix('!') {
            Some(to) => Next::Reopen(status(to)),
            None => Next::To(status(cell)),
        },
    }
}

#[test]
fn every_report_does_to_every_status_what_the_table_says() {
    let mut lines = TABLE.lines().filter(|line| !line.is_empty());
    let header = lines
        .next()
        .and_then(|line| line.split('|').nth(1))
        .unwrap();
    let columns: Vec<_> = header.split_whitespace().collect();
    let rows: Vec<_> = lines.map(|line| line.split_once('|').unwrap()).collect();
    let mut checked = 0;
    for (name, kind) in reports() {
        for (progress, filled) in [
            (Progress::None, "none"),
            (Progress::Partial, "part"),
            (Progress::Full, "full"),
        ] {
            for (time, when) in [
                (FillTime::BeforeEnd, "before"),
                (FillTime::AfterEnd, "after"),
            ] {
                let fits = |label: &str| {
                    let mut words: Vec<_> = label.split_whitespace().collect();
                    let (row_when, row_filled) = (words.pop().unwrap(), words.pop().unwrap());
                    words.join(" ") == name
                        && [filled, "any"].contains(&row_filled)
                        && [when, "any"].contains(&row_when)
                };
                let of_report: Vec<_> = rows.iter().filter(|(label, _)| fits(label)).collect();
                let [(_, cells)] = of_report.as_slice() else {
                    panic!("{name} {filled} {when} must have one row");
                };
                let cells: Vec<_> = cells.split_whitespace().collect();
                assert_eq!(cells.len(), columns.len(), "{name} {filled} {when}");
                for (column, cell) in columns.iter().zip(cells) {
                    let got = transition(&status(column), &kind, progress, time);
                    assert_eq!(got, next(cell), "{name} {filled} {when} from {column}");
                    checked += 1;
                }
            }
        }
    }
    assert_eq!(checked, 34 * 3 * 2 * 13);
}

#[test]
fn fills_that_reach_the_quantity_end_the_order_wherever_it_stood() {
    let trade = reports()
        .into_iter()
        .find(|(name, _)| name == "trade")
        .unwrap()
        .1;
    for (name, from) in statuses() {
        let to = match transition(&from, &trade, Progress::Full, FillTime::AfterEnd) {
            Next::To(to) | Next::Reopen(to) => to,
            Next::Keep => from,
            Next::Stale => panic!("{name}"),
        };
        assert_eq!(to, OrderStatus::Filled, "{name}");
    }
}

#[test]
fn no_report_but_a_lookup_and_the_brokers_own_leaves_unconfirmed() {
    for (name, kind) in reports() {
        let next = transition(
            &OrderStatus::Unconfirmed,
            &kind,
            Progress::None,
            FillTime::AfterEnd,
        );
        let stays =
            matches!(&next, Next::Keep | Next::Stale) || next == Next::To(OrderStatus::Unconfirmed);
        let silent = [
            "unconfirmed",
            "unlisted",
            "status UN",
            "commission",
            "trade",
            "trade_correct",
            "trade_cancel",
            "cancel_rejected",
            "replace_rejected",
            "restated",
        ];
        assert_eq!(stays, silent.contains(&name.as_str()), "{name}");
    }
}
