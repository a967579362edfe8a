//! What cannot be read, and whom the answer goes to; what stands for "no value".

use proptest::prelude::*;

use super::{Malformed, Reason, decode};
use crate::tws::message::*;

fn body(fields: &[&str]) -> Vec<u8> {
    fields
        .iter()
        .flat_map(|field| [field.as_bytes(), b"\0"].concat())
        .collect()
}

fn malformed(fields: &[&str]) -> Malformed {
    decode(178, &body(fields)).expect_err("malformed")
}

/// A market order as `ib_async` writes it, with some of its fields changed.
fn order(change: impl FnOnce(&mut Vec<String>)) -> Result<Order, Malformed> {
    let file = include_str!("vectors/ib_async.txt");
    let line = file
        .lines()
        .find(|line| line.starts_with("177-178 placeOrder"))
        .expect("an order");
    let message = line
        .splitn(3, ' ')
        .nth(2)
        .expect("a message")
        .replace('|', "\0");
    let mut fields: Vec<String> = message.split('\0').map(str::to_owned).collect();
    fields.pop();
    change(&mut fields);
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    match decode(178, &body(&fields))? {
        Request::PlaceOrder(request) => Ok(request.order.expect("an order")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_answer_goes_to_the_request_that_could_not_be_read() {
    let error = malformed(&["97", "1006", "x", "AAPL"]);
    assert_eq!(
        error,
        Malformed {
            id: Some(1006),
            index: 2,
            field: "conId",
            reason: Reason::NotANumber("x".to_owned())
        }
    );
    assert_eq!(error.code(), 320);
    assert_eq!(error.to_string(), r#"field 2 (conId) is not a number: "x""#);
}

#[test]
fn a_request_without_a_number_has_nobody_to_answer() {
    let error = malformed(&["98", ""]);
    assert_eq!((error.id, error.index, error.field), (None, 1, "reqId"));
}

#[test]
fn a_missing_field_is_named() {
    let error = malformed(&["92", "7", "DU1"]);
    assert_eq!(
        (error.id, error.index, error.field),
        (Some(7), 3, "modelCode")
    );
    assert_eq!(error.reason, Reason::Missing);
}

#[test]
fn fields_too_many_are_counted() {
    let error = malformed(&["93", "7", "a", "b"]);
    assert_eq!((error.id, error.index, error.field), (Some(7), 2, "reqId"));
    assert_eq!(error.reason, Reason::Trailing(2));
}

#[test]
fn a_field_that_does_not_end_is_told_from_one_that_is_missing() {
    let error = decode(178, b"93\x007").expect_err("malformed");
    assert_eq!((error.index, error.reason), (1, Reason::Unterminated));
}

#[test]
fn bytes_that_are_not_text_are_refused_where_they_stand() {
    let error = decode(178, b"81\x007\x00\xff\xfe\x00").expect_err("malformed");
    assert_eq!(
        (error.id, error.index, error.reason),
        (Some(7), 2, Reason::NotText)
    );
}

#[test]
fn a_number_without_a_message_is_an_error_of_its_own() {
    for unknown in [0, 26, 48, 60, 72, 73, 105, 106, 107, 108, 109, 271] {
        let error = malformed(&[&unknown.to_string(), "1"]);
        assert_eq!(error.reason, Reason::UnknownMessage(unknown));
    }
}

#[test]
fn a_message_is_unknown_before_the_version_that_brought_it() {
    let calendar = body(&["100", "7"]);
    assert_eq!(
        decode(160, &calendar).expect_err("too old").reason,
        Reason::UnknownMessage(100)
    );
    assert!(decode(161, &calendar).is_ok());
    let user = body(&["104", "7"]);
    assert_eq!(
        decode(166, &user).expect_err("too old").reason,
        Reason::UnknownMessage(104)
    );
    assert!(decode(167, &user).is_ok());
}

#[test]
fn a_version_whose_fields_are_not_known_is_refused() {
    let error = malformed(&["25", "2", "7"]);
    assert_eq!(
        (error.index, error.reason.clone()),
        (1, Reason::NotAllowed("2".to_owned()))
    );
    assert_eq!(error.code(), 321);
}

#[test]
fn the_clients_words_for_no_value_read_as_none() {
    for unset in ["", "1.7976931348623157e+308", "1.7976931348623157E308"] {
        let read = order(|fields| fields[19] = unset.to_owned()).expect("an order");
        assert_eq!(read.lmt_price, None, "{unset}");
    }
    for unset in ["", "2147483647"] {
        let read = order(|fields| fields[31] = unset.to_owned()).expect("an order");
        assert_eq!(read.display_size, None, "{unset}");
    }
    for unset in [
        "",
        "1.7976931348623157e+308",
        "170141183460469231731687303715884105727",
    ] {
        let read = order(|fields| fields[17] = unset.to_owned()).expect("an order");
        assert_eq!(read.total_quantity, None, "{unset}");
    }
}

#[test]
fn a_quantity_stays_the_text_that_was_sent() {
    for text in ["100", "100.0", "0.00000001", "1E+2"] {
        let read = order(|fields| fields[17] = text.to_owned()).expect("an order");
        assert_eq!(read.total_quantity.as_deref(), Some(text));
    }
}

#[test]
fn infinity_and_nonsense_are_no_price_and_no_quantity() {
    for nonsense in ["inf", "Infinity", "NaN", "1,5", "0x10", " 5", "abc"] {
        assert!(
            order(|fields| fields[19] = nonsense.to_owned()).is_err(),
            "{nonsense}"
        );
        assert!(
            order(|fields| fields[17] = nonsense.to_owned()).is_err(),
            "{nonsense}"
        );
    }
}

#[test]
fn an_order_sent_back_as_it_was_reported_has_no_hedge_and_no_adjustment() {
    // "?" is the right in an order, "0" in the portfolio.
    for right in ["?", "0"] {
        let read = order(|fields| {
            fields[7] = right.to_owned();
            fields[90] = "None".to_owned();
            fields[64] = "None".to_owned();
            let block = ["0", "", "", "", "?", "0", "0", ""].map(str::to_owned);
            fields.splice(66..66, block);
        });
        assert_eq!(read, order(|_| {}));
    }
}

#[test]
fn an_attribute_that_is_no_longer_supported_is_refused_with_its_code() {
    let attributes = [
        ("eTradeOnly", 10268),
        ("firmQuoteOnly", 10269),
        ("nbboPriceCap", 10270),
        ("auctionStrategy", 321),
    ];
    for (at, (name, code)) in (52..).zip(attributes) {
        let error = order(|fields| fields[at] = "1".to_owned()).expect_err("refused");
        assert_eq!(
            (error.id, error.index, error.field, error.code()),
            (Some(50), at, name, code)
        );
        for unset in ["", "0", "0.0", "1.7976931348623157e+308"] {
            assert!(
                order(|fields| fields[at] = unset.to_owned()).is_ok(),
                "{name} {unset}"
            );
        }
    }
}

#[test]
fn a_count_larger_than_the_message_is_refused_before_room_is_made() {
    let legs = [
        "1",
        "11",
        "7",
        "",
        "",
        "BAG",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "2000000000",
    ];
    let error = malformed(&legs);
    assert_eq!((error.field, error.id), ("comboLegs", Some(7)));
}

#[test]
fn an_option_without_a_value_is_refused() {
    let error = malformed(&["84", "7", "BZ", "1", "tag"]);
    assert_eq!(error.reason, Reason::NotAllowed("tag".to_owned()));
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(version in 100_u32..230, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = decode(version, &bytes);
    }

    #[test]
    fn no_fields_make_reading_panic(
        id in 0_u32..110,
        fields in prop::collection::vec("(|0|1|2|5|-1|BAG|PEG BEST|Infinity|[a-z=;]{0,6}|[0-9]{1,12})", 0..130),
    ) {
        let id = id.to_string();
        let fields: Vec<&str> =
            std::iter::once(id.as_str()).chain(fields.iter().map(String::as_str)).collect();
        let _ = decode(178, &body(&fields));
    }
}
