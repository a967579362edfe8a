use super::{Bug, Testbed};
use crate::conformance::{CHECKS, Outcome, drill, find, run, run_all};

mod honest {
    crate::conformance_tests!(super::Testbed(super::Bug::None));
}

/// For every bug a check that has to see it.
const SEEN_BY: &[(Bug, &str)] = &[
    (Bug::TimeoutIsError, "P1.5"),
    (Bug::DropIsError, "P1.4"),
    (Bug::LosesWhatItAccepted, "P1.5"),
    (Bug::ReplaceLies, "P1.8"),
    (Bug::CancelLies, "P1.9"),
    (Bug::ForgetsDroppedCalls, "P1.10"),
    (Bug::Resends, "P2.3"),
    (Bug::ForgetsAfterRestart, "P2.5"),
    (Bug::InventsStatus, "P3.9"),
    (Bug::LosesFills, "P3.1"),
    (Bug::RenamesExecutions, "P3.3"),
    (Bug::LosesBusts, "P3.6"),
    (Bug::HidesLostBusts, "P3.10"),
    (Bug::DropsRejects, "P4.1"),
    (Bug::RewordsRejects, "P4.1"),
    (Bug::WarningEnds, "P4.2"),
    (Bug::UnknownOrderIsInternal, "P6.8"),
    (Bug::DeclaresTooMuch, "P6.20"),
    (Bug::TakesTooMuch, "P6.22"),
    (Bug::NoSnapshot, "P7.2"),
    (Bug::NoSnapshot, "P7.3"),
    (Bug::KeepsHoldings, "P7.4"),
    (Bug::StaleSnapshot, "P7.5"),
    (Bug::ClosesSilently, "P7.7"),
    (Bug::NoGap, "P8.1"),
    (Bug::EmptyWhileDown, "P9.1"),
    (Bug::EmptyWhileDown, "P9.2"),
    (Bug::AbsentWhileDown, "P9.3"),
    (Bug::ClaimsOldDays, "P9.6"),
    (Bug::NoGap, "P9.4"),
    (Bug::LeaksLine, "P10.1"),
    (Bug::LineEach, "P10.2"),
    (Bug::ForgetsLines, "P10.3"),
    (Bug::Hangs, "P11.1"),
    (Bug::SendsWhileBanned, "P12.1"),
    (Bug::StaysAway, "P12.2"),
    (Bug::Fights, "P12.3"),
    (Bug::StaysAway, "P12.4"),
    (Bug::RoundsPrices, "P14.1"),
    (Bug::Sentinels, "P14.3"),
    (Bug::FixedSchedule, "P15.1"),
    (Bug::LocalTimes, "P15.3"),
    (Bug::PrintsSecret, "P16.1"),
    (Bug::SecretInErrors, "P16.2"),
    (Bug::PanicsOnUnknown, "C-QUOTES"),
    (Bug::MixesAccounts, "C-ACCOUNT-ISOLATION"),
    (Bug::DayForEver, "C-DAY"),
    (Bug::IocRests, "C-IOC"),
    (Bug::FokInPart, "C-FOK"),
    (Bug::PreviewPlaces, "C-PREVIEW"),
    (Bug::CrossesLimit, "C-LIMIT"),
    (Bug::WrongQuote, "C-QUOTES"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bug_is_seen_by_its_check() {
    let mut unseen = Vec::new();
    for (bug, id) in SEEN_BY {
        let outcome = run(find(id).unwrap(), &Testbed(*bug)).await;
        println!("{bug:?} {id}: {outcome}");
        if !outcome.is_failed() {
            unseen.push(format!("{bug:?} by {id}: {outcome}"));
        }
    }
    assert!(unseen.is_empty(), "{unseen:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_is_a_table_of_every_check() {
    let report = run_all(&Testbed(Bug::None)).await;
    println!("{report}");
    assert_eq!(report.rows().len(), CHECKS.len());
    assert!(report.is_conformant(), "{report}");
    let text = report.to_string();
    assert!(CHECKS.iter().all(|check| text.contains(check.title)));
    assert!(
        report
            .rows()
            .iter()
            .any(|(_, outcome, _)| matches!(outcome, Outcome::Skipped(_)))
    );
}

#[test]
fn numbers_and_names_are_unique_and_belong_together() {
    let mut ids: Vec<_> = CHECKS.iter().map(|check| check.id).collect();
    let mut names: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
    ids.sort_unstable();
    ids.dedup();
    names.sort_unstable();
    names.dedup();
    assert_eq!((ids.len(), names.len()), (CHECKS.len(), CHECKS.len()));
    for check in CHECKS {
        let from_id = check.id.to_lowercase().replace(['.', '-'], "_");
        assert!(check.name.starts_with(&from_id), "{check:?}");
        assert!(check.title.ends_with('.'), "{check:?}");
    }
}

/// Whether some drill of the first forty goes red.
async fn drill_sees(bug: Bug) -> bool {
    for seed in 0..40 {
        if drill(&Testbed(bug), seed).await.is_failed() {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_goes_red_for_what_would_cost_money() {
    for bug in [
        Bug::TimeoutIsError,
        Bug::DropIsError,
        Bug::Resends,
        Bug::LosesFills,
        Bug::RenamesExecutions,
        Bug::AbsentWhileDown,
        Bug::StaleSnapshot,
        Bug::LeavesHalfLists,
    ] {
        assert!(drill_sees(bug).await, "{bug:?} is not seen");
    }
    let honest = drill(&Testbed(Bug::None), 1).await;
    assert!(!honest.is_failed(), "{honest}");
}
