use broker_core::dec;

use super::{fold_tests::listing, rt_volume::trade};

#[test]
fn a_trade_is_read_with_its_milliseconds() {
    let trade = trade(&listing(), "187.11;0.5;1768575600123;67854;187.0476;true").unwrap();
    assert_eq!(trade.price.get(), dec!(187.11));
    assert_eq!(trade.size, dec!(0.5));
    assert_eq!(trade.time.timestamp_millis(), 1_768_575_600_123);
}

#[test]
fn text_without_a_trade_is_none() {
    for text in [
        "",
        ";0;1768575600123;67854;187.0476;true",
        "187.11;0;1768575600123;1;1;true",
        "x;1;2",
        "187.11;1",
    ] {
        assert_eq!(trade(&listing(), text), None, "{text}");
    }
}
