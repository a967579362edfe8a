use std::{fs, path::Path, sync::Arc};

use broker_core::{dec, model::Order};
use rusqlite::Connection;

use super::{
    SqliteStore, schema,
    sqlite_tests::{place, submit},
    tail::log_of,
};
use crate::{
    journal::{Damage, Entry, JournalFilter, JournalStore},
    test_support::{buy, start},
};

/// What a crash leaves: the files as they are while the journal is open.
async fn crashed(intents: usize) -> (tempfile::TempDir, std::path::PathBuf) {
    let (directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    for n in 0..intents {
        store.begin(vec![submit(&format!("o{n}"))]).await.unwrap();
    }
    let copy = directory.path().join("crashed.sqlite");
    fs::copy(&path, &copy).unwrap();
    fs::copy(log_of(&path), log_of(&copy)).unwrap();
    drop(store);
    (directory, copy)
}

async fn names(store: &SqliteStore) -> Vec<String> {
    let intents = store.intents(&JournalFilter::default()).await.unwrap();
    let name =
        |intent: &crate::journal::Intent| intent.client_order_id.clone().unwrap().to_string();
    intents.iter().map(name).collect()
}

fn copy_to(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::copy(log_of(from), log_of(to)).unwrap();
}

#[tokio::test]
async fn a_log_that_is_cut_off_anywhere_loses_its_end_and_says_so() {
    let (directory, crash) = crashed(6).await;
    let whole = fs::read(log_of(&crash)).unwrap();
    let page = 4_096 + 24;
    let mut torn = 0;
    let mut seen = 0;
    // Around every frame, and in the middle of it.
    let cuts = (0..=whole.len())
        .filter(|cut| matches!((cut.wrapping_sub(32)) % page, 0 | 1 | 23 | 2_000 | 4_119));
    for cut in cuts {
        let path = directory.path().join("cut.sqlite");
        copy_to(&crash, &path);
        fs::write(log_of(&path), &whole[..cut]).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        let found = names(&store).await;
        let expected: Vec<String> = (0..found.len()).map(|n| format!("o{n}")).collect();
        assert_eq!(found, expected, "cut at {cut}");
        assert!(found.len() >= seen, "a longer log has less in it");
        seen = found.len();
        let damage = store.damage();
        if (cut.wrapping_sub(32)) % page != 0 && cut > 0 {
            assert!(
                matches!(damage[..], [Damage::TornTail { .. }]),
                "cut at {cut}: {damage:?}"
            );
            torn += 1;
        }
        // And it goes on.
        store.begin(vec![submit("next")]).await.unwrap();
        drop(store);
        for file in [path.clone(), log_of(&path)] {
            let _gone = fs::remove_file(file);
        }
    }
    assert!(torn > 20, "only {torn} cuts were torn ones");
    assert_eq!(seen, 6);
}

#[tokio::test]
async fn a_whole_log_is_no_damage() {
    let (_directory, crash) = crashed(6).await;
    let store = SqliteStore::open(&crash).unwrap();
    assert_eq!(store.damage(), []);
    assert_eq!(names(&store).await.len(), 6);
}

#[tokio::test]
async fn a_flipped_bit_at_the_end_of_the_log_is_a_torn_tail() {
    let (_directory, crash) = crashed(3).await;
    let mut log = fs::read(log_of(&crash)).unwrap();
    let last = log.len() - 100;
    log[last] ^= 1;
    fs::write(log_of(&crash), log).unwrap();
    let store = SqliteStore::open(&crash).unwrap();
    assert!(matches!(store.damage()[..], [Damage::TornTail { .. }]));
    assert_eq!(names(&store).await, ["o0", "o1"]);
}

/// A closed journal with so many intents.
async fn closed(intents: usize) -> (tempfile::TempDir, std::path::PathBuf) {
    let (directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    for n in 0..intents {
        store.begin(vec![submit(&format!("o{n}"))]).await.unwrap();
    }
    drop(store);
    (directory, path)
}

#[tokio::test]
async fn a_damaged_page_is_survived_and_what_can_be_read_is_taken_over() {
    let (_directory, path) = closed(200).await;
    let mut bytes = fs::read(&path).unwrap();
    // Somewhere in the rows, over the head of one page.
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 64].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let damage = store.damage();
    let Damage::Corrupt {
        set_aside, saved, ..
    } = &damage[0]
    else {
        panic!("{damage:?}");
    };
    assert!(Path::new(set_aside).exists());
    let kept = names(&store).await;
    assert_eq!(*saved, kept.len() as u64);
    assert!(
        (100..=200).contains(&kept.len()),
        "{} were saved",
        kept.len()
    );
    // The identifiers that were saved are still taken, and new ones can be begun.
    assert!(store.begin(vec![submit(&kept[0])]).await.is_err());
    store.begin(vec![submit("next")]).await.unwrap();
}

#[tokio::test]
async fn what_an_older_version_wrote_is_taken_over_from_a_damaged_file_too() {
    let (_directory, path) = place();
    let mut old = Connection::open(&path).unwrap();
    schema::migrate(&mut old, &schema::STEPS[..1]).unwrap();
    for n in 0..400 {
        let row = (format!("x{n:03}"), "{}".repeat(100));
        let sql = "INSERT INTO fills VALUES ('DU1', ?1, 0, ?2)";
        old.execute(sql, row).unwrap();
    }
    drop(old);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 64].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let damage = store.damage();
    assert!(
        matches!(damage[..], [Damage::Corrupt { saved: 200.., .. }]),
        "{damage:?}"
    );
}

#[tokio::test]
async fn orders_that_had_no_number_yet_are_taken_over_from_a_damaged_file_too() {
    let (_directory, path) = place();
    let mut old = Connection::open(&path).unwrap();
    schema::migrate(&mut old, &schema::STEPS[..2]).unwrap();
    for n in 0..400 {
        let row = (format!("x{n:03}"), "{}".repeat(100));
        let sql = "INSERT INTO orders VALUES ('DU1', ?1, 1, 0, ?2)";
        old.execute(sql, row).unwrap();
    }
    drop(old);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2 / 4_096 * 4_096;
    bytes[middle..middle + 64].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let damage = store.damage();
    assert!(
        matches!(damage[..], [Damage::Corrupt { saved: 200.., .. }]),
        "{damage:?}"
    );
}

#[tokio::test]
async fn orders_are_taken_over_whole_when_only_their_index_is_damaged() {
    const ORDERS: usize = 50;
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    let order = |n| {
        let order = buy(&format!("o{n}"), 1, dec!(10));
        Entry::Order(Arc::new(Order::pending(Arc::new(order), start())))
    };
    store.record((0..ORDERS).map(order).collect());
    store.flush().await.unwrap();
    drop(store);
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'orders_identifier'";
    let file = Connection::open(&path).unwrap();
    let root: u32 = file.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(file);
    let mut bytes = fs::read(&path).unwrap();
    let page = (root as usize - 1) * 4_096;
    bytes[page..page + 64].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let damage = store.damage();
    assert!(
        matches!(damage[..], [Damage::Corrupt { saved: 50, .. }]),
        "{damage:?}"
    );
    let all = JournalFilter::default();
    assert_eq!(store.orders(&all).await.unwrap().len(), ORDERS);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_set_aside() {
    let (_directory, path) = place();
    fs::write(&path, vec![b'x'; 10_000]).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert!(matches!(
        store.damage()[..],
        [Damage::Corrupt { saved: 0, .. }]
    ));
    store.begin(vec![submit("next")]).await.unwrap();
}

#[tokio::test]
async fn an_intent_that_somebody_edited_is_not_believed() {
    let (_directory, path) = closed(3).await;
    Connection::open(&path)
        .unwrap()
        .execute(
            "UPDATE intents SET body = replace(body, '100', '900') WHERE id = 2",
            [],
        )
        .unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let named = Damage::Row {
        table: "intents",
        row: 2,
    };
    assert_eq!(store.damage(), [named]);
    assert_eq!(names(&store).await, ["o0", "o2"]);
    // Its identifier is taken all the same.
    assert!(store.begin(vec![submit("o1")]).await.is_err());
}

#[tokio::test]
async fn intents_that_somebody_removed_are_missed() {
    for (sql, rows) in [
        ("DELETE FROM intents WHERE id IN (2, 3)", 2),
        ("DELETE FROM intents WHERE id = 5", 1),
    ] {
        let (_directory, path) = closed(5).await;
        Connection::open(&path).unwrap().execute(sql, []).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        let named = Damage::Missing {
            table: "intents",
            rows,
        };
        assert_eq!(store.damage(), [named]);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_but_its_owner_reads_a_journal_or_what_is_set_aside_of_one() {
    let (directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    store.begin(vec![submit("a")]).await.unwrap();
    let modes = crate::test_support::modes::modes(directory.path());
    let names: Vec<&str> = modes.keys().map(String::as_str).collect();
    let all = [
        "journal.sqlite",
        "journal.sqlite-wal",
        "journal.sqlite.lock",
    ];
    assert_eq!(names, all);
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    assert_ne!(store.damage(), []);
    store.begin(vec![submit("b")]).await.unwrap();
    let modes = crate::test_support::modes::modes(directory.path());
    assert!(modes.contains_key("journal.sqlite.damaged-1"), "{modes:?}");
    assert!(modes.values().all(|mode| *mode == 0o600), "{modes:?}");
}
