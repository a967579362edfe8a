//! What clients are sent: every kind of reply, at every server version that changes a byte.
//!
//! `vectors/replies.txt` was read by the decoders of `ib_async` 2.1.0 and `@stoqey/ib` 1.6.10,
//! as the values of the samples. They differ from each other in this: the latter has no reader
//! for 65 and 66, misses the advisor's profile in completed orders before version 177, and
//! takes the attributes' bits of 97 the other way round; the official clients agree with the
//! former on the last two.

use super::{encode, sample_prices, sample_replies::*};
use crate::tws::message::*;

const WRITTEN: &str = include_str!("vectors/replies.txt");

fn samples() -> Vec<Reply> {
    [
        of_accounts(),
        of_orders(),
        sample_prices::live(),
        sample_prices::recorded(),
        sample_prices::reference(),
        sample_prices::research(),
    ]
    .concat()
}

/// A reply's fields, each with `¦` after it, as some of them contain a `|`.
fn written(version: u32, reply: &Reply) -> Option<String> {
    let mut body = Vec::new();
    let sent = encode(version, reply, &mut body);
    assert_eq!(sent, !body.is_empty(), "{reply:?}");
    sent.then(|| String::from_utf8(body).expect("text").replace('\0', "¦"))
}

fn fields(version: u32, reply: &Reply) -> Vec<String> {
    let text = written(version, reply).expect("a reply of this version");
    text.strip_suffix('¦')
        .expect("a last NUL")
        .split('¦')
        .map(str::to_owned)
        .collect()
}

/// The lines of the file, as they should be: the range of versions, then the fields.
fn all_written() -> Vec<String> {
    let mut lines = Vec::new();
    for reply in samples() {
        let mut ranges: Vec<(u32, u32, String)> = Vec::new();
        for version in 157..=178 {
            let Some(text) = written(version, &reply) else {
                continue;
            };
            match ranges.last_mut() {
                Some((_, last, same)) if *same == text => *last = version,
                _ => ranges.push((version, version, text)),
            }
        }
        lines.extend(
            ranges
                .into_iter()
                .map(|(a, b, text)| format!("{a}-{b} {text}")),
        );
    }
    lines
}

#[test]
fn every_reply_is_written_as_the_clients_read_it() {
    let expected: Vec<_> = WRITTEN
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let actual = all_written();
    for (actual, expected) in actual.iter().zip(&expected) {
        assert_eq!(actual, expected);
    }
    assert_eq!(actual.len(), expected.len());
}

#[test]
fn what_is_no_option_has_another_right_in_the_portfolio_than_in_positions() {
    let held = Reply::PortfolioValue(PortfolioValue::default());
    assert_eq!(fields(178, &held)[7], "0");
    let position = Reply::Position(Position::default());
    assert_eq!(fields(178, &position)[8], "");
}

#[test]
fn there_is_a_sample_of_every_reply_that_the_dialect_has() {
    let mut sent: Vec<u32> = samples().iter().map(Reply::id).collect();
    sent.sort_unstable();
    sent.dedup();
    // 47, 56, 69 and 70 have no message: exchange for physical, validation, authentication.
    let dialect: Vec<u32> = [1..=21, 45..=46, 49..=55, 57..=59, 61..=68, 71..=107]
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(sent, dialect);
}

#[test]
fn what_came_after_the_dialect_is_not_written() {
    for reply in [
        Reply::CurrentTimeInMillis(CurrentTimeInMillis::default()),
        Reply::HistoricalDataEnd(HistoricalDataEnd::default()),
        Reply::HistoricalData(HistoricalData::default()),
        Reply::Config(ConfigResponse::default()),
        Reply::UpdateConfig(UpdateConfigResponse::default()),
        Reply::TickByTick(TickByTickData::default()),
    ] {
        assert_eq!(written(178, &reply), None, "{reply:?}");
    }
}

#[test]
fn bars_and_their_end_are_one_frame_of_text_and_two_of_protobuf() {
    let bars = HistoricalBars {
        data: HistoricalData {
            req_id: Some(1),
            historical_data_bars: Vec::new(),
        },
        end: HistoricalDataEnd {
            req_id: Some(1),
            start_date_str: s("a"),
            end_date_str: s("b"),
        },
    };
    let reply = Reply::HistoricalBars(bars.clone());
    assert_eq!(written(178, &reply).as_deref(), Some("17¦1¦a¦b¦0¦"));

    let mut frames = Vec::new();
    assert!(reply.write_proto_frames(&mut frames));
    let mut parts = Vec::new();
    let mut rest = frames.as_slice();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (frame, after) = after.split_at(u32::from_be_bytes(*length) as usize);
        let (id, payload) = frame.split_first_chunk::<4>().expect("a number");
        parts.push((u32::from_be_bytes(*id) - 200, payload));
        rest = after;
    }
    let read = parts
        .into_iter()
        .map(|(id, payload)| Reply::from_proto(id, payload).unwrap().unwrap());
    assert_eq!(
        read.collect::<Vec<_>>(),
        [
            Reply::HistoricalData(bars.data),
            Reply::HistoricalDataEnd(bars.end)
        ]
    );
}

#[test]
fn a_text_that_holds_the_separator_does_not_end_its_field() {
    let error = Reply::Error(ErrorMessage {
        id: Some(1),
        error_code: Some(321),
        error_msg: s("a\0b"),
        ..ErrorMessage::default()
    });
    assert_eq!(fields(178, &error), ["4", "2", "1", "321", "a b", ""]);
}

#[test]
fn unknown_money_is_not_written_as_zero() {
    let pnl = Reply::PnL(PnL {
        req_id: Some(1),
        ..PnL::default()
    });
    let unset = "1.7976931348623157e+308";
    assert_eq!(fields(178, &pnl), ["94", "1", unset, unset, unset]);
    let nan = Reply::PnL(PnL {
        req_id: Some(1),
        daily_pnl: Some(f64::NAN),
        ..PnL::default()
    });
    assert_eq!(fields(178, &nan)[2], unset);
}

#[test]
fn prices_round_trip_to_the_same_bits() {
    for price in [0.1 + 0.2, 1e-9, 1e21, -37.63, 187.0, 123_456_789.125] {
        let tick = Reply::TickPrice(TickPrice {
            req_id: Some(1),
            tick_type: Some(1),
            price: Some(price),
            ..TickPrice::default()
        });
        let read: f64 = fields(178, &tick)[4].parse().expect("a number");
        assert_eq!(read.to_bits(), price.to_bits());
    }
}
