use tokio::io::{AsyncReadExt as _, BufReader, repeat};

use super::output::next_line;

#[tokio::test]
async fn a_line_that_is_no_text_is_read_like_any_other() {
    let told: &[u8] = b"one\r\ncaf\xe9\n\nlast";
    let mut reader = BufReader::new(told);
    let mut lines = Vec::new();
    while let Some(line) = next_line(&mut reader).await.unwrap() {
        lines.push(line);
    }
    assert_eq!(lines, ["one", "caf\u{fffd}", "", "last"]);
}

#[tokio::test]
async fn a_line_without_an_end_takes_no_more_room_than_a_long_one() {
    let endless = repeat(b'x').take(5_000_000);
    let rest: &[u8] = b"\nafter\n";
    let mut reader = BufReader::new(endless.chain(rest));
    let line = next_line(&mut reader).await.unwrap().unwrap();
    assert!(line.len() < 20_000, "{}", line.len());
    let after = next_line(&mut reader).await.unwrap();
    assert_eq!(after.as_deref(), Some("after"));
}
