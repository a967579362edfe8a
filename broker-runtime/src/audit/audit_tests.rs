use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use broker_core::{
    Broker, BrokerExt, Error, ErrorKind, UnconfirmedCause, dec,
    model::{BrokerText, OrderExtension},
};
use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use super::{Decision, Finding, Remark, acting_as, verify};
use crate::{
    layer::{Audit, Risk, Stack},
    risk::{Limits, RiskLimits},
    test_support::{Step, Stub, account, buy, id},
};

async fn over(stub: &Arc<Stub>, folder: &Path) -> (Arc<Audit>, Arc<dyn Broker>) {
    let mut limits = Limits::new();
    limits.max_order_quantity = Some(dec!(100));
    let audit = Audit::in_folder(folder)
        .rotate_at(2_000)
        .hide("tiger\"s-token")
        .open()
        .unwrap();
    let stack = Stack::over(stub.dynamic())
        .layer(Risk::new(RiskLimits::each(limits)))
        .unwrap()
        .layer(Arc::clone(&audit))
        .unwrap();
    (audit, stack.build())
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    super::writer::files(folder)
        .unwrap()
        .into_iter()
        .map(|(_, path)| path)
        .collect()
}

fn rows(folder: &Path) -> Vec<Value> {
    let text: String = paths(folder)
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A trail of several files.
async fn trail(count: usize) -> TempDir {
    let folder = TempDir::new().unwrap();
    let (audit, broker) = over(&Stub::new(), folder.path()).await;
    for n in 0..count {
        let _ = broker
            .submit(&buy(&format!("o{n}"), 1, dec!(10)))
            .await
            .unwrap();
    }
    audit.flush().await.unwrap();
    assert_eq!(audit.head().seq, count as u64);
    folder
}

#[tokio::test]
async fn a_row_says_who_what_which_account_what_was_decided_and_why() {
    let folder = TempDir::new().unwrap();
    let stub = Stub::new();
    let (audit, broker) = over(&stub, folder.path()).await;
    let _ = acting_as("bot-7", broker.submit(&buy("a", 1, dec!(10))))
        .await
        .unwrap();
    broker.submit(&buy("b", 101, dec!(10))).await.unwrap_err();
    stub.then("submit", Step::Unconfirmed(UnconfirmedCause::Timeout));
    let _ = broker.submit(&buy("c", 1, dec!(10))).await.unwrap();
    let words = BrokerText::new("201", "the token tiger\"s-token has no margin");
    let refused = Error::new(ErrorKind::Rejected, "tiger\"s-token").with_broker(words);
    stub.then("submit", Step::Fail(refused));
    broker.submit(&buy("d", 1, dec!(10))).await.unwrap_err();
    let _ = broker.cancel(&account(), &id("a")).await.unwrap();
    stub.then("submit", Step::Hang);
    let order = buy("e", 1, dec!(10));
    let dropped = tokio::time::timeout(core::time::Duration::ZERO, broker.submit(&order)).await;
    assert!(dropped.is_err());
    audit.flush().await.unwrap();
    let rows = rows(folder.path());
    assert_eq!(rows[0]["actor"], "bot-7");
    assert_eq!(
        (&rows[0]["broker"], &rows[0]["account"]),
        (&"stub".into(), &"DU1".into())
    );
    assert_eq!(rows[0]["request"]["client_order_id"], "a");
    assert_eq!(rows[0]["request"]["order_type"]["price"], "10");
    assert!(rows[0]["latency_us"].is_u64());
    let decisions: Vec<_> = rows
        .iter()
        .map(|row| row["decision"].as_str().unwrap())
        .collect();
    let expected = [
        "accepted",
        "refused",
        "unconfirmed",
        "refused",
        "accepted",
        "dropped",
    ];
    assert_eq!(decisions, expected);
    assert_eq!(rows[1]["outcome"]["risk"]["rule"], "max_order_quantity");
    assert_eq!(rows[1]["outcome"]["risk"]["value"], "101");
    assert_eq!(rows[3]["outcome"]["broker"]["code"], "201");
    assert_eq!(rows[3]["outcome"]["message"], "[hidden]");
    assert_eq!(rows[4]["operation"], "cancel");
    let text: String = paths(folder.path())
        .iter()
        .map(|p| fs::read_to_string(p).unwrap())
        .collect();
    assert!(!text.contains("s-token"));
    assert!(verify(folder.path(), None).unwrap().is_whole());
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Memo(String);
impl OrderExtension for Memo {
    const NAMESPACE: &'static str = "acme";
}

#[tokio::test]
async fn a_field_of_one_broker_is_named_without_its_value() {
    let folder = TempDir::new().unwrap();
    let (audit, broker) = over(&Stub::new(), folder.path()).await;
    let mut order = buy("a", 1, dec!(10));
    order.extensions.set(&Memo("pin 1234".into())).unwrap();
    let _ = broker.submit(&order).await.unwrap();
    audit.flush().await.unwrap();
    assert_eq!(
        rows(folder.path())[0]["request"]["extensions"],
        serde_json::json!([Memo::NAMESPACE])
    );
}

#[tokio::test]
async fn what_a_program_above_the_layers_says_is_in_the_same_chain() {
    let folder = TempDir::new().unwrap();
    let (audit, broker) = over(&Stub::new(), folder.path()).await;
    let _ = broker.submit(&buy("1", 1, dec!(10))).await.unwrap();
    audit.remark(Remark {
        at: chrono::DateTime::UNIX_EPOCH,
        actor: "bot via rest".to_owned(),
        broker: None,
        account: Some("main".to_owned()),
        operation: "place_order",
        request: serde_json::json!({ "digest": "d" }),
        decision: Decision::Refused,
        outcome: serde_json::json!({ "code": "limit_exceeded" }),
        latency: core::time::Duration::from_millis(2),
    });
    audit.flush().await.unwrap();
    let rows = rows(folder.path());
    let row = rows.last().unwrap();
    assert_eq!(row["actor"], "bot via rest");
    assert_eq!(
        (&row["operation"], &row["decision"]),
        (&"place_order".into(), &"refused".into())
    );
    assert_eq!(row["latency_us"], 2_000);
    assert_eq!(row["prev"], rows[rows.len() - 2]["hash"]);
}

#[tokio::test]
async fn a_trail_goes_on_over_files_and_restarts() {
    let folder = trail(20).await;
    assert!(paths(folder.path()).len() > 3);
    let (audit, broker) = over(&Stub::new(), folder.path()).await;
    let _ = broker.submit(&buy("again", 1, dec!(10))).await.unwrap();
    audit.flush().await.unwrap();
    let verified = verify(folder.path(), Some(&audit.head())).unwrap();
    assert_eq!(
        (verified.rows, verified.is_whole()),
        (21, true),
        "{verified:?}"
    );
}

#[tokio::test]
async fn a_row_that_a_crash_has_torn_is_cut_away_and_the_trail_says_so() {
    let folder = trail(5).await;
    let last = paths(folder.path()).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    fs::write(&last, &whole[..whole.len() - 10]).unwrap();
    let (audit, broker) = over(&Stub::new(), folder.path()).await;
    let _ = broker.submit(&buy("again", 1, dec!(10))).await.unwrap();
    audit.flush().await.unwrap();
    let verified = verify(folder.path(), None).unwrap();
    assert!(verified.is_whole(), "{verified:?}");
    let rows = rows(folder.path());
    assert_eq!(rows[4]["operation"], "recovered");
    assert_eq!(rows[4]["outcome"]["missing_rows"], 1);
    assert!(rows[4]["outcome"]["torn_bytes"].as_u64().unwrap() > 0);
}

// ---- what verify finds ------------------------------------------------------------------------

fn lines_of(path: &Path) -> Vec<String> {
    fs::read_to_string(path)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

fn write(path: &Path, lines: &[String]) {
    fs::write(path, lines.join("\n") + "\n").unwrap();
}

#[tokio::test]
async fn an_edit_a_cut_and_a_swap_are_found_and_named() {
    let whole = trail(12).await;
    let first = paths(whole.path())[0].clone();
    let lines = lines_of(&first);
    assert!(lines.len() >= 3);
    let check = |change: &dyn Fn(&mut Vec<String>)| {
        let mut changed = lines.clone();
        change(&mut changed);
        write(&first, &changed);
        let findings = verify(whole.path(), None).unwrap().findings;
        write(&first, &lines);
        findings
    };
    let edited = check(&|lines| lines[1] = lines[1].replace("\"o1\"", "\"o9\""));
    assert_eq!(
        edited,
        [Finding::Edited {
            file: first.clone(),
            line: 2
        }]
    );
    let cut = check(&|lines| drop(lines.remove(1)));
    let unlinked = Finding::Unlinked {
        file: first.clone(),
        line: 2,
    };
    assert_eq!(cut, [Finding::Missing { from: 2, to: 2 }, unlinked]);
    let swapped = check(&|lines| lines.swap(0, 1));
    assert!(
        swapped
            .iter()
            .any(|f| matches!(f, Finding::Moved { seq: 1, .. })),
        "{swapped:?}"
    );
    let put_in = check(&|lines| lines.insert(1, "{\"seq\":2}".to_owned()));
    assert!(
        matches!(put_in[..], [Finding::NoRow { line: 2, .. }]),
        "{put_in:?}"
    );
    assert_eq!(check(&|_| {}), []);
}

#[tokio::test]
async fn a_row_that_is_sealed_anew_does_not_fit_the_next_one_or_the_end() {
    let whole = trail(4).await;
    for path in paths(whole.path()) {
        for at in 0..lines_of(&path).len() {
            let lines = lines_of(&path);
            let mut changed = lines.clone();
            let body = changed[at]
                .rsplit_once(",\"hash\"")
                .unwrap()
                .0
                .replace("\"1\"", "\"9\"");
            let hash = {
                use sha2::Digest as _;
                let digest = sha2::Sha256::digest(format!("{body}}}").as_bytes());
                digest
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect::<String>()
            };
            changed[at] = format!("{body},\"hash\":\"{hash}\"}}");
            assert_ne!(changed[at], lines[at]);
            write(&path, &changed);
            let findings = verify(whole.path(), None).unwrap().findings;
            assert!(
                matches!(
                    findings[..],
                    [Finding::Unlinked { .. } | Finding::AnotherEnd { .. }]
                ),
                "{findings:?}"
            );
            write(&path, &lines);
        }
    }
}

#[tokio::test]
async fn a_trail_without_its_end_or_without_a_file_is_found() {
    let whole = trail(12).await;
    let last = paths(whole.path()).pop().unwrap();
    let lines = lines_of(&last);
    write(&last, &lines[..lines.len() - 1]);
    let findings = verify(whole.path(), None).unwrap().findings;
    assert!(
        matches!(findings[..], [Finding::AnotherEnd { .. }]),
        "{findings:?}"
    );
    write(&last, &lines);
    fs::remove_file(&paths(whole.path())[1]).unwrap();
    let findings = verify(whole.path(), None).unwrap().findings;
    assert!(
        matches!(findings[0], Finding::Missing { .. }),
        "{findings:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_byte_can_be_changed_unseen(place in 0.0_f64..1.0, xor in 1_u8..=255) {
        let folder = tokio::runtime::Runtime::new().unwrap().block_on(trail(6));
        let all = paths(folder.path());
        let sizes: Vec<usize> = all.iter().map(|path| fs::read(path).unwrap().len()).collect();
        let total: usize = sizes.iter().sum();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let mut at = (place * total as f64) as usize;
        for (path, size) in all.iter().zip(sizes) {
            if at >= size {
                at -= size;
                continue;
            }
            let mut bytes = fs::read(path).unwrap();
            bytes[at] ^= xor;
            fs::write(path, bytes).unwrap();
            break;
        }
        prop_assert!(!verify(folder.path(), None).unwrap().is_whole());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_but_its_owner_reads_a_trail() {
    let folder = trail(10).await;
    let modes = crate::test_support::modes::modes(folder.path());
    assert!(
        modes.len() > 2 && modes.contains_key("head.json"),
        "{modes:?}"
    );
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
}
