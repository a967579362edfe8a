use broker_core::model::{AlgoStrategy, OrderStatus, OrderTypeKind, TimeInForceKind};

use super::{
    BarSourceWord, BarWord, OrderTypeWord, RightWord, SecTypeWord, SessionWord, SideWord,
    StatusWord, TimeInForceWord,
};

#[track_caller]
fn reads<T>(spellings: &[(&str, T)])
where
    T: core::str::FromStr<Err = String> + PartialEq + core::fmt::Debug + Copy,
{
    for (text, word) in spellings {
        assert_eq!(text.parse::<T>().as_ref(), Ok(word), "{text}");
    }
}

#[test]
fn words_are_read_in_every_vendors_spelling() {
    reads(&[
        ("MKT", OrderTypeWord::Market),
        ("market", OrderTypeWord::Market),
        ("LMT", OrderTypeWord::Limit),
        ("STP", OrderTypeWord::Stop),
        ("STP_LMT", OrderTypeWord::StopLimit),
        ("STP LMT", OrderTypeWord::StopLimit),
        ("stop_limit", OrderTypeWord::StopLimit),
        ("TRAIL", OrderTypeWord::Trail),
        ("TRAIL LIMIT", OrderTypeWord::TrailLimit),
        ("MOC", OrderTypeWord::MarketOnClose),
    ]);
    reads(&[
        ("buy", SideWord::Buy),
        ("BOT", SideWord::Buy),
        ("SLD", SideWord::Sell),
        ("sell short", SideWord::SellShort),
    ]);
    reads(&[
        ("day", TimeInForceWord::Day),
        ("Gtc", TimeInForceWord::Gtc),
        ("ioc", TimeInForceWord::Ioc),
    ]);
    reads(&[
        ("Initial", StatusWord::Pending),
        ("PENDING", StatusWord::Pending),
        ("PreSubmitted", StatusWord::Submitted),
        ("Submitted", StatusWord::Submitted),
        ("PARTIAL_FILLED", StatusWord::PartiallyFilled),
        ("Filled", StatusWord::Filled),
        ("Cancelled", StatusWord::Cancelled),
        ("ApiCancelled", StatusWord::Cancelled),
        ("PendingCancel", StatusWord::PendingCancel),
        ("REJECTED", StatusWord::Rejected),
    ]);
    reads(&[
        ("STK", SecTypeWord::Stock),
        ("IOPT", SecTypeWord::Warrant),
        ("etf", SecTypeWord::Stock),
    ]);
    reads(&[("C", RightWord::Call), ("put", RightWord::Put)]);
    reads(&[
        ("RTH", SessionWord::Regular),
        ("extended hours", SessionWord::Extended),
    ]);
    reads(&[
        ("TRADES", BarSourceWord::Trades),
        ("MIDPOINT", BarSourceWord::Midpoint),
    ]);
}

#[test]
fn lengths_of_bars_are_read_in_every_vendors_spelling() {
    let spellings = [
        ("day", "1d"),
        ("1d", "1d"),
        ("1 day", "1d"),
        ("1D", "1d"),
        ("week", "1w"),
        ("1W", "1w"),
        ("month", "1M"),
        ("1M", "1M"),
        ("1 month", "1M"),
        ("1mo", "1M"),
        ("year", "1y"),
        ("1min", "1m"),
        ("1m", "1m"),
        ("1 min", "1m"),
        ("5 mins", "5m"),
        ("15min", "15m"),
        ("30min", "30m"),
        ("60min", "1h"),
        ("1 hour", "1h"),
        ("2h", "2h"),
        ("4 hours", "4h"),
        ("5 secs", "5s"),
    ];
    for (text, word) in spellings {
        assert_eq!(text.parse::<BarWord>().unwrap().as_str(), word, "{text}");
    }
    for text in ["", "7m", "1x", "0d", "m1", "1 d d", "-1d", "99999999999d"] {
        assert!(text.parse::<BarWord>().is_err(), "{text}");
    }
}

#[test]
fn every_word_is_written_in_one_spelling_that_reads_back() {
    for word in OrderTypeWord::ALL {
        let text = serde_json::to_string(word).unwrap();
        assert_eq!(serde_json::from_str::<OrderTypeWord>(&text).unwrap(), *word);
    }
    for word in StatusWord::ALL {
        assert_eq!(word.as_str().parse::<StatusWord>().as_ref(), Ok(word));
    }
}

#[test]
fn every_order_type_of_the_model_has_a_word() {
    for kind in OrderTypeKind::ALL {
        let word = kind.as_str().parse::<OrderTypeWord>();
        assert!(
            word.is_ok_and(|word| word != OrderTypeWord::Other),
            "{kind}"
        );
    }
    for strategy in AlgoStrategy::ALL {
        assert!(
            strategy.as_str().parse::<OrderTypeWord>().is_ok(),
            "{strategy}"
        );
    }
    for kind in TimeInForceKind::ALL {
        assert!(kind.as_str().parse::<TimeInForceWord>().is_ok(), "{kind}");
    }
}

#[test]
fn what_nobody_knows_about_an_order_is_unknown() {
    assert_eq!(
        StatusWord::from(&OrderStatus::Unconfirmed),
        StatusWord::Unknown
    );
    let odd = OrderStatus::Other("Strange".into());
    assert_eq!(StatusWord::from(&odd), StatusWord::Unknown);
}

#[test]
fn no_spelling_means_two_words() {
    fn check<T: core::str::FromStr<Err = String> + PartialEq + core::fmt::Debug + Copy>(
        all: &[T],
        text: fn(&T) -> &'static str,
    ) {
        for word in all {
            assert_eq!(text(word).parse::<T>().as_ref(), Ok(word));
        }
    }
    check(SideWord::ALL, |word| word.as_str());
    check(SecTypeWord::ALL, |word| word.as_str());
    check(SessionWord::ALL, |word| word.as_str());
    check(TimeInForceWord::ALL, |word| word.as_str());
}

#[test]
fn a_word_that_is_not_known_is_answered_with_those_that_are() {
    let error = "LIMT\u{202e}".parse::<OrderTypeWord>().unwrap_err();
    assert!(error.contains("`LIMT` is none of MARKET, LIMIT"), "{error}");
}
