use std::io::{self, Read};

use proptest::prelude::*;

use super::DataErrorKind::{self, *};
use super::{BarTime, DataError, DataSet, ReadOptions, TickKind};

fn read(text: impl AsRef<[u8]>) -> Result<DataSet, DataError> {
    DataSet::from_reader("test.csv", text.as_ref(), &ReadOptions::new())
}

fn read_bars(text: impl AsRef<[u8]>) -> Result<DataSet, DataError> {
    DataSet::from_reader("test.csv", text.as_ref(), &ReadOptions::of_symbol("SPX"))
}

/// Kind, line, column number, column name, offending text.
type Place<'a> = (DataErrorKind, Option<u64>, Option<usize>, &'a str, &'a str);

fn place(error: &DataError) -> Place<'_> {
    let column = error.column();
    (
        error.kind(),
        error.line(),
        column.map(|column| column.number),
        column.map_or("", |column| &column.name),
        error.text(),
    )
}

#[track_caller]
fn refused(result: Result<DataSet, DataError>, expected: Place<'_>) -> DataError {
    let error = result.expect_err("the data was accepted");
    assert_eq!(place(&error), expected, "{error}");
    assert_eq!(error.file(), "test.csv");
    error
}

const BARS: &str = "date,open,high,low,close,volume\n2024-01-02,10,12,9,11,500\n";
const LONG: &str = "timestamp,symbol,open,high,low,close\n2024-01-02T14:30:00Z,AA,10,12,9,11\n";
const TRADES: &str = "timestamp,symbol,price,size\n2024-01-02T14:30:00Z,AA,10,1\n";
const QUOTES: &str = "timestamp,symbol,bid,ask,bid_size,ask_size\n";
const WIDE: &str = "date,AA,BB\n2024-01-02,10,20\n";

#[test]
fn a_bad_value_is_refused_with_its_line_and_column() {
    let bars = |row: &str| read_bars(format!("{BARS}{row}\n"));
    let long = "x".repeat(60);
    let cases: [(&str, Place<'_>); 19] = [
        (
            "2024-01-03,abc,12,9,11,5",
            (BadNumber, Some(3), Some(2), "open", "abc"),
        ),
        (
            "2024-01-03,10,NaN,9,11,5",
            (BadNumber, Some(3), Some(3), "high", "NaN"),
        ),
        (
            "2024-01-03,10,12,inf,11,5",
            (BadNumber, Some(3), Some(4), "low", "inf"),
        ),
        (
            "2024-01-03,10,12,9,1e400,5",
            (BadNumber, Some(3), Some(5), "close", "1e400"),
        ),
        (
            &format!("2024-01-03,{long},12,9,11,5"),
            (BadNumber, Some(3), Some(2), "open", &long[..40]),
        ),
        (
            "2024-01-03,10,12,9,11,-5",
            (NotPositive, Some(3), Some(6), "volume", "-5"),
        ),
        (
            "2024-01-03,10,12,0,11,5",
            (NotPositive, Some(3), Some(4), "low", "0"),
        ),
        (
            "2024-01-03,10,2000000000,9,11,5",
            (TooLarge, Some(3), Some(3), "high", "2000000000"),
        ),
        (
            "2024-01-03,10,12,9,,5",
            (MissingColumn, Some(3), Some(5), "close", ""),
        ),
        (
            "2024-01-03,10,12",
            (MissingColumn, Some(3), Some(4), "low", ""),
        ),
        (
            "2024-01-03,10,12,9,11,5,6",
            (ExtraColumn, Some(3), Some(7), "", "6"),
        ),
        (
            "0000-00-00,10,12,9,11,5",
            (BadDate, Some(3), Some(1), "date", "0000-00-00"),
        ),
        (
            "9999-01-03,10,12,9,11,5",
            (BadDate, Some(3), Some(1), "date", "9999-01-03"),
        ),
        (
            ",10,12,9,11,5",
            (MissingColumn, Some(3), Some(1), "date", ""),
        ),
        (
            "2024-01-01,10,12,9,11,5",
            (OutOfOrder, Some(3), Some(1), "date", "2024-01-01"),
        ),
        (
            "2024-01-02,10,12,9,11,5",
            (Duplicate, Some(3), Some(1), "date", "2024-01-02"),
        ),
        (
            "2024-01-03,10,9,12,11,5",
            (HighBelowLow, Some(3), Some(3), "high", "9"),
        ),
        (
            "2024-01-03,13,12,9,11,5",
            (InconsistentBar, Some(3), Some(2), "open", "13"),
        ),
        (
            "2024-01-03,10,12,9,8,5",
            (InconsistentBar, Some(3), Some(5), "close", "8"),
        ),
    ];
    for (row, expected) in cases {
        refused(bars(row), expected);
    }
}

#[test]
fn the_other_layouts_point_at_their_columns_too() {
    let wide = |row: &str| read(format!("{WIDE}{row}\n"));
    refused(
        wide("2024-01-03,11,x"),
        (BadNumber, Some(3), Some(3), "BB", "x"),
    );
    refused(
        wide("2024-01-03,-1,2"),
        (NotPositive, Some(3), Some(2), "AA", "-1"),
    );
    refused(
        wide("2024-01-03,1"),
        (MissingColumn, Some(3), Some(3), "BB", ""),
    );
    refused(
        wide("2024-01-02,1,2"),
        (Duplicate, Some(3), Some(1), "date", "2024-01-02"),
    );

    let long = |row: &str| read(format!("{LONG}{row}\n"));
    refused(
        long("2024-01-02,AA,10,12,9,11"),
        (BadDate, Some(3), Some(1), "timestamp", "2024-01-02"),
    );
    let naive = "2024-01-02T14:31:00";
    refused(
        long(&format!("{naive},AA,1,1,1,1")),
        (BadDate, Some(3), Some(1), "timestamp", naive),
    );
    let same = "2024-01-02T15:30:00+01:00";
    refused(
        long(&format!("{same},AA,1,1,1,1")),
        (Duplicate, Some(3), Some(1), "timestamp", same),
    );
    let next = "2024-01-02T14:31:00Z";
    refused(
        long(&format!("{next},A\u{7}A,1,1,1,1")),
        (BadSymbol, Some(3), Some(2), "symbol", "A\u{7}A"),
    );

    let early = "2024-01-02T14:29:59Z";
    let trade = read(format!("{TRADES}{early},AA,10,1\n"));
    refused(trade, (OutOfOrder, Some(3), Some(1), "timestamp", early));
    let quote = read(format!("{QUOTES}{next},AA,10.02,10.01,,\n"));
    refused(quote, (CrossedQuote, Some(2), Some(4), "ask", "10.01"));
    let quote = read(format!("{QUOTES}{next},AA,10.01,10.02,x,\n"));
    refused(quote, (BadNumber, Some(2), Some(5), "bid_size", "x"));
}

#[test]
fn a_header_that_fits_no_layout_is_refused_with_a_suggestion() {
    let cases: [(&str, Option<usize>, &str, &str); 9] = [
        ("dtae,AA", Some(1), "dtae", "did you mean `date`?"),
        (
            "date,open,hihg,low,close",
            Some(3),
            "hihg",
            "did you mean `high`?",
        ),
        (
            "timestamp,symbol,bid,askk",
            Some(4),
            "askk",
            "did you mean `ask`?",
        ),
        (
            "timestamp,symbol,price,qty",
            Some(4),
            "qty",
            "one of timestamp, symbol, price, size",
        ),
        ("date,open,high,low", None, "", "a column `close`"),
        ("timestamp,symbol,price", None, "", "a column `size`"),
        ("date,AA,BB,aa", Some(4), "aa", "it is column 2 already"),
        ("date,AA,,BB", Some(3), "", "a column name"),
        ("date", None, "", "a column of closes per symbol"),
    ];
    for (header, column, name, words) in cases {
        // The header stands on line 2, below a comment.
        let error = read(format!("# note\n{header}\n")).expect_err(header);
        assert_eq!(
            place(&error),
            (Header, Some(2), column, name, name),
            "{error}"
        );
        assert!(error.expected().contains(words), "{error}");
    }
    let error = refused(
        read_bars("date,opne,high,low,close\n"),
        (Header, Some(1), Some(2), "opne", "opne"),
    );
    let message = "test.csv:1: column 2 `opne`: header not understood: `opne`; expected one of date, \
                   open, high, low, close, volume; did you mean `open`?";
    assert_eq!(error.to_string(), message);
    refused(read_bars(TRADES), (Header, Some(1), None, "", ""));
}

#[test]
fn bars_of_one_symbol_need_to_be_told_which() {
    refused(read(BARS), (SymbolNeeded, Some(1), None, "", ""));
    let control = ReadOptions::of_symbol("\n");
    refused(
        DataSet::from_reader("test.csv", BARS.as_bytes(), &control),
        (BadSymbol, Some(1), None, "", ""),
    );
}

#[test]
fn files_without_data_or_text_are_refused() {
    for text in ["", "\n\n", "# only a comment\n", "\u{feff}"] {
        refused(read(text), (Empty, Some(1), None, "", ""));
    }
    refused(
        read("# note\n\ndate,AA\n\n,\n"),
        (Empty, Some(3), None, "", ""),
    );
    refused(
        read(b"date,AA\n2024-01-02,\xff\n"),
        (Encoding, Some(2), None, "", ""),
    );
    refused(
        read(b"\xff\xfed\0a\0t\0e\0"),
        (Encoding, Some(1), None, "", ""),
    );
    refused(
        read("date,AA\n2024-01-02,1\r2024-01-03,2\n"),
        (Encoding, Some(2), None, "", ""),
    );
}

#[test]
fn a_source_that_cannot_be_read_is_refused_with_its_cause() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the line went dead"))
        }
    }
    let result = DataSet::from_reader("test.csv", Broken, &ReadOptions::new());
    let error = refused(result, (Io, None, None, "", "the line went dead"));
    assert!(std::error::Error::source(&error).is_some());

    let error = DataSet::from_path("no/such/file.csv", &ReadOptions::new()).unwrap_err();
    assert_eq!((error.kind(), error.file()), (Io, "no/such/file.csv"));
}

#[test]
fn lines_are_counted_as_an_editor_shows_them() {
    let body = [
        "\u{feff}# a comment, with \"one quote",
        "",
        "Date,AA",
        "  ",
        "2024-01-02,1",
        "",
        "# x",
        "2024-01-03,oops",
    ];
    for end in ["\n", "\r\n"] {
        let header = ["\u{feff}# a comment", "dtae,AA"].join(end);
        refused(read(header), (Header, Some(2), Some(1), "dtae", "dtae"));
        refused(
            read(body.join(end)),
            (BadNumber, Some(8), Some(2), "AA", "oops"),
        );
    }
}

#[test]
fn crlf_byte_order_mark_quotes_comments_and_empty_lines_are_accepted() {
    let text = "\u{feff}# origin\r\nDATE,Open,\"HIGH\",low,Close\r\n\r\n\"2024-01-02\", 10 ,12,9,\"11.50\"\r\n# end\r\n\r\n,,,,\r\n\r\n";
    let data = read_bars(text).unwrap();
    let bars = data.series("SPX").unwrap().bars();
    assert_eq!(bars.len(), 1);
    assert_eq!(bars[0].close().to_string(), "11.50");
    assert_eq!(bars[0].volume(), None);
}

#[test]
fn an_empty_cell_of_wide_closes_is_a_day_without_a_price() {
    let data = read("date,AA,LOW,OPEN\n2024-01-02,1,,3\n2024-01-03,,2,3.5\n").unwrap();
    assert_eq!(data.symbols().collect::<Vec<_>>(), ["AA", "LOW", "OPEN"]);
    let dates = |symbol: &str| -> Vec<String> {
        data.series(symbol)
            .unwrap()
            .bars()
            .iter()
            .map(|bar| bar.at().date().to_string())
            .collect()
    };
    assert_eq!(dates("AA"), ["2024-01-02"]);
    assert_eq!(dates("LOW"), ["2024-01-03"]);
    assert_eq!(dates("OPEN"), ["2024-01-02", "2024-01-03"]);
}

#[test]
fn long_bars_may_be_sorted_by_symbol_or_by_time_and_columns_may_move() {
    let text = "timestamp,close,low,high,open,symbol,volume\n\
                2024-01-02T14:30:00Z,11,9,12,10,AA,7\n2024-01-02T14:31:00Z,11,9,12,10,AA,\n\
                2024-01-02T14:30:00Z,11,9,12,10,BB,7\n";
    let data = read(text).unwrap();
    let bars = data.series("AA").unwrap().bars();
    assert_eq!(bars[0].open_high_low().unwrap().open.to_string(), "10");
    assert_eq!(bars[0].volume().unwrap().to_string(), "7");
    assert_eq!(bars[1].volume(), None);
    assert!(matches!(bars[1].at(), BarTime::Start(_)));
    assert_eq!(data.series("BB").unwrap().len(), 1);

    let daily = read("timestamp,symbol,open,high,low,close\n2024-01-02,AA,1,1,1,1\n").unwrap();
    assert!(matches!(
        daily.series("AA").unwrap().bars()[0].at(),
        BarTime::Date(_)
    ));
}

#[test]
fn trades_and_quotes_keep_equal_times_in_the_order_of_the_file() {
    let data = read(format!("{TRADES}2024-01-02T14:30:00Z,AA,10.01,2\n")).unwrap();
    let prices: Vec<String> = data
        .series("AA")
        .unwrap()
        .ticks()
        .iter()
        .map(|tick| match tick.kind() {
            TickKind::Trade { price, size } => format!("{size}@{price}"),
            TickKind::Quote { .. } => "a quote".to_owned(),
        })
        .collect();
    assert_eq!(prices, ["1@10", "2@10.01"]);

    let data = read(format!("{QUOTES}2024-01-02T14:30:00Z,AA,10,10,,5\n")).unwrap();
    let TickKind::Quote {
        bid_size, ask_size, ..
    } = data.series("AA").unwrap().ticks()[0].kind()
    else {
        panic!("a trade");
    };
    assert_eq!(
        (bid_size, ask_size.unwrap().to_string().as_str()),
        (None, "5")
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
        let _ = read_bars(&bytes);
    }

    #[test]
    fn arbitrary_rows_never_panic_and_errors_stay_inside_the_file(
        header in prop::sample::select(vec![BARS, LONG, TRADES, QUOTES, WIDE]),
        rows in prop::collection::vec("[-0-9a-zA-Z.,:+\"#\r\n ]{0,40}|2024-01-0[3-9](T10:00:00Z)?,[A0-9.,-]{0,20}", 0..8),
    ) {
        let text = format!("{header}{}", rows.join("\n"));
        let lines = text.split('\n').count() as u64;
        for result in [read(&text), read_bars(&text)] {
            if let Err(error) = result {
                let line = error.line().unwrap();
                prop_assert!((1..=lines).contains(&line), "{}", error);
                prop_assert!(error.text().chars().count() <= 40);
            }
        }
    }
}
