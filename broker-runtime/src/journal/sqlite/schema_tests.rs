use broker_core::ErrorKind;
use rusqlite::Connection;

use super::{SqliteStore, rows, schema, sqlite_tests::place};

fn version(connection: &Connection) -> i64 {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[test]
fn an_older_journal_is_brought_forward_step_by_step_and_keeps_its_rows() {
    let mut connection = Connection::open_in_memory().unwrap();
    let first = "CREATE TABLE notes (text TEXT)";
    let second = "ALTER TABLE notes ADD COLUMN at INTEGER NOT NULL DEFAULT 7";
    schema::migrate(&mut connection, &[first]).unwrap();
    connection
        .execute("INSERT INTO notes VALUES ('kept')", [])
        .unwrap();
    schema::migrate(&mut connection, &[first, second]).unwrap();
    assert_eq!(version(&connection), 2);
    let row: (String, i64) = connection
        .query_row("SELECT text, at FROM notes", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(row, ("kept".to_owned(), 7));
    // Again: nothing is left to do.
    schema::migrate(&mut connection, &[first, second]).unwrap();
}

#[test]
fn a_step_that_fails_leaves_the_journal_as_it_was() {
    let mut connection = Connection::open_in_memory().unwrap();
    let first = "CREATE TABLE notes (text TEXT)";
    schema::migrate(&mut connection, &[first]).unwrap();
    let broken = "CREATE TABLE half (x TEXT); CREATE TABLE notes (again TEXT)";
    schema::migrate(&mut connection, &[first, broken]).unwrap_err();
    assert_eq!(version(&connection), 1);
    let half: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'half'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(half, 0);
}

#[test]
fn a_journal_of_a_newer_version_is_refused_and_not_touched() {
    let (_directory, path) = place();
    drop(SqliteStore::open(&path).unwrap());
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("99"), "{error}");
    assert_eq!(version(&Connection::open(&path).unwrap()), 99);
}

#[test]
fn somebody_elses_database_is_refused_and_not_touched() {
    for sql in [
        "CREATE TABLE theirs (x)",
        "CREATE TABLE theirs (x); PRAGMA user_version = 1",
    ] {
        let (_directory, path) = place();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        let tables: i64 = Connection::open(&path)
            .unwrap()
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .unwrap();
        assert_eq!(tables, 1);
    }
}

#[test]
fn orders_of_the_second_version_are_there_in_the_third_each_once() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, &schema::STEPS[..2]).unwrap();
    let insert = "INSERT INTO orders (account, client_order_id, open, updated_at, body)
        VALUES (?1, ?2, 1, 7, ?2)";
    for order in [["DU1", "b"], ["DU1", "a"], ["DU2", "a"]] {
        connection.execute(insert, order).unwrap();
    }
    schema::migrate(&mut connection, schema::STEPS).unwrap();
    assert!(connection.execute(insert, ["DU2", "a"]).is_err());
    connection.execute(insert, ["DU2", "b"]).unwrap();
    let mut all = connection
        .prepare("SELECT account || body FROM orders ORDER BY account, client_order_id")
        .unwrap();
    let all = all.query_map([], |row| row.get(0)).unwrap();
    let all: Vec<String> = all.collect::<Result<_, _>>().unwrap();
    assert_eq!(all, ["DU1a", "DU1b", "DU2a", "DU2b"]);
}

#[test]
fn what_an_event_ends_is_found_without_reading_every_intent() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrate(&mut connection, schema::STEPS).unwrap();
    let plan = format!("EXPLAIN QUERY PLAN {}", rows::SETTLE);
    let mut steps = connection.prepare(&plan).unwrap();
    let steps = steps
        .query_map(rusqlite::params_from_iter([""; 6]), |row| row.get(3))
        .unwrap();
    let steps: Vec<String> = steps.collect::<Result<_, _>>().unwrap();
    let whole = "SEARCH intents USING INDEX intents_open (account=? AND client_order_id=?)";
    assert_eq!(steps, [whole]);
}

#[test]
fn the_memory_for_pages_does_not_grow_with_the_journal() {
    let (_folder, path) = place();
    let connection = Connection::open(path).unwrap();
    schema::configure(&connection).unwrap();
    let kept: i64 = connection
        .pragma_query_value(None, "cache_size", |row| row.get(0))
        .unwrap();
    // In KiB when negative.
    assert_eq!(kept, -256);
}
