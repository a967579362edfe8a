use broker_core::ExposeSecret as _;
use proptest::prelude::*;

use super::properties::{Malformed, read};

fn all(text: &str) -> Vec<(String, String, usize)> {
    read(text)
        .map(|property| {
            let property = property.unwrap();
            (
                property.key,
                property.value.expose_secret().to_owned(),
                property.line,
            )
        })
        .collect()
}

fn one(text: &str) -> (String, String) {
    let (key, value, _) = all(text).swap_remove(0);
    (key, value)
}

#[test]
fn separators_are_equals_colons_and_blanks() {
    for text in ["a=b", "a:b", "a b", "a = b", " a\t:  b", "a=b  "] {
        assert_eq!(one(text), ("a".to_owned(), "b".to_owned()), "{text:?}");
    }
    assert_eq!(one("a=b=c"), ("a".to_owned(), "b=c".to_owned()));
    assert_eq!(one("a"), ("a".to_owned(), String::new()));
}

#[test]
fn escapes_are_undone() {
    assert_eq!(one(r"token=YWJj\=\=").1, "YWJj==");
    assert_eq!(one(r"server_url=https\://a.b/c").1, "https://a.b/c");
    assert_eq!(one(r"a=\u6d4b\t\\").1, "测\t\\");
    assert_eq!(one(r"a\ b=c").0, "a b");
}

#[test]
fn comments_and_blank_lines_are_skipped_and_lines_are_counted() {
    let text = "\u{feff}# one\r\n\r\n! two\r\na=1\r\n  # three\r\nb=2";
    assert_eq!(
        all(text),
        [
            ("a".to_owned(), "1".to_owned(), 4),
            ("b".to_owned(), "2".to_owned(), 6)
        ]
    );
}

#[test]
fn a_backslash_at_the_end_goes_on_with_the_next_line() {
    let text = "key=AB\\\n    CD\\\n    EF\nnext=1";
    assert_eq!(
        all(text),
        [
            ("key".to_owned(), "ABCDEF".to_owned(), 1),
            ("next".to_owned(), "1".to_owned(), 4)
        ]
    );
    assert_eq!(
        all("a=b\\\\\nc=d").len(),
        2,
        "two backslashes are one character"
    );
}

#[test]
fn a_bad_escape_names_its_line() {
    let bad = read("a=1\nb=\\uZZZZ").nth(1).unwrap().unwrap_err();
    assert!(matches!(bad, Malformed { line: 2, .. }));
    assert!(read("a=\\ud800").next().unwrap().is_err());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*|[a=\\\\:#\n\r u0]{0,40}") {
        for property in read(&text) {
            let _ = property;
        }
    }
}
