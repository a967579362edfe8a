//! The JSON form of the model, which others store and send.

use std::{fmt::Debug, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{sample::*, *};
use crate::{
    Acknowledgement, Covered, SessionState, UnconfirmedCause, dec,
    event::{self, Event, EventBody, GapCause, Notice, Severity},
    order_state::OrderWarning,
    test_support::{account, apple, id, limit, listed, order, price, quantity, time},
};

/// Comes back from JSON as it was, and with a field too many not at all.
#[track_caller]
fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let json = loose(value);
    if let Value::Object(mut fields) = json.clone() {
        fields.insert("surprise".into(), json!(1));
        let read = serde_json::from_value::<T>(Value::Object(fields));
        assert!(read.is_err(), "an unknown field was taken: {value:?}");
    }
    json
}

/// The same for a type that readers of newer versions may find fields in.
#[track_caller]
fn loose<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> Value {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{text}");
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        &serde_json::from_value::<T>(json.clone()).unwrap(),
        value,
        "{text}"
    );
    json
}

#[track_caller]
fn is<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, text: &str) {
    comes_back(value);
    assert_eq!(serde_json::to_string(value).unwrap(), text);
}

const APPLE: &str = r#"{"type":"equity","symbol":"AAPL","primary":"XNAS","currency":"USD"}"#;

/// Where the day that the tests use as the present begins.
const DAY: &str = "2024-10-04";

#[test]
fn a_trade_in_json() {
    let report = ExecutionReport::trade(fill());
    is(
        &report,
        &format!(
            r#"{{"client_order_id":"a-1","broker_order_id":"77","kind":{{"type":"trade","fill":{{"execution_id":"x-1","account":"DU1","client_order_id":"a-1","broker_order_id":"77","instrument":{APPLE},"side":"buy","price":"187.49","quantity":"40","executed_at":"{DAY}T00:00:01Z","venue":"XNAS","liquidity":"added","commission":{{"amount":"1.05","currency":"USD"}},"realized_pnl":{{"amount":"-3","currency":"USD"}}}}}},"event_time":"{DAY}T00:00:01Z"}}"#
        ),
    );
    comes_back(&full_report());
    comes_back(&fill());
    for kind in kinds() {
        comes_back(&kind);
    }
}

#[test]
fn an_order_as_it_stands_in_json() {
    is(
        &stored_order(),
        &format!(
            r#"{{"terms":{{"client_order_id":"a-1","account":"DU1","instrument":{APPLE},"side":"buy","amount":{{"quantity":"100"}},"order_type":{{"type":"limit","price":"187.50"}},"time_in_force":"day","session":"regular"}},"status":"partially_filled","cumulative_quantity":"40","leaves_quantity":"60","average_price":"187.49","broker_order_ids":["77"],"origin":"client","created_at":"{DAY}T00:00:00Z","updated_at":"{DAY}T00:00:00Z","version":3}}"#
        ),
    );
    let mut whole = stored_order();
    whole.list = Some(link());
    whole.reason = Some(BrokerText::text("late"));
    comes_back(&whole);
}

#[test]
fn an_event_in_json() {
    let mut event = Event {
        account: account(),
        position: event::Position { epoch: 2, seq: 7 },
        event_time: None,
        received_at: time(5),
        body: EventBody::Gap {
            cause: GapCause::ReaderLagged { dropped: 3 },
            since: time(4),
        },
    };
    loose(&event);
    assert_eq!(
        serde_json::to_string(&event).unwrap(),
        format!(
            r#"{{"account":"DU1","position":{{"epoch":2,"seq":7}},"received_at":"{DAY}T00:00:05Z","body":{{"type":"gap","cause":{{"cause":"reader_lagged","dropped":3}},"since":"{DAY}T00:00:04Z"}}}}"#
        )
    );
    let report = Arc::new(listed(&order("a-1"), OrderStatus::New, dec!(0)));
    let order = Arc::new(stored_order());
    let snapshot = event::Snapshot {
        orders: Covered::Complete(vec![Arc::clone(&order)]),
        fills: Covered::Partial {
            value: vec![Arc::new(fill())],
            missing: "yesterday's".into(),
        },
        positions: Covered::Complete(vec![]),
        summary: Covered::Unavailable("not sent yet".into()),
        as_of: time(0),
    };
    let session = |session| EventBody::Session { session };
    let warned = |warning| EventBody::Execution {
        report: Arc::clone(&report),
        order: Arc::clone(&order),
        warning,
    };
    let gap = |cause| EventBody::Gap {
        cause,
        since: time(0),
    };
    for body in [
        session(SessionState::Connecting),
        session(SessionState::Ready),
        session(SessionState::Degraded {
            reason: "slow".into(),
        }),
        session(SessionState::Maintenance {
            until: Some(time(9)),
        }),
        session(SessionState::Displaced { by: "phone".into() }),
        session(SessionState::AuthRequired {
            instructions: "log in".into(),
        }),
        session(SessionState::Closed),
        EventBody::Snapshot {
            snapshot: Arc::new(snapshot),
        },
        warned(None),
        warned(Some(OrderWarning::LateFill {
            was: OrderStatus::Canceled,
        })),
        warned(Some(OrderWarning::Reopened {
            was: OrderStatus::Rejected,
        })),
        warned(Some(OrderWarning::Contradiction {
            kept: OrderStatus::Filled,
        })),
        warned(Some(OrderWarning::Overfilled {
            cumulative: dec!(120),
        })),
        warned(Some(OrderWarning::FillsMissing {
            stated: dec!(4),
            known: dec!(0),
        })),
        warned(Some(OrderWarning::Unlisted {
            was: OrderStatus::New,
        })),
        warned(Some(OrderWarning::UnreportedBust {
            fill: Arc::new(fill()),
        })),
        warned(Some(OrderWarning::SecondBrokerOrder {
            id: BrokerOrderId::new("2").unwrap(),
        })),
        EventBody::Position {
            holding: Arc::new(position()),
        },
        EventBody::Account {
            summary: Arc::new(summary()),
        },
        EventBody::ProfitAndLoss {
            figures: Arc::new(ProfitAndLoss::new(account(), time(0))),
        },
        gap(GapCause::Disconnected),
        gap(GapCause::BrokerReset),
        gap(GapCause::BrokerLost {
            notice: BrokerText::new("1101", "data lost"),
        }),
        EventBody::Notice {
            notice: Arc::new(Notice {
                severity: Severity::Error,
                message: BrokerText::text("odd"),
                client_order_id: Some(id("a-1")),
            }),
        },
    ] {
        event.body = body;
        loose(&event);
    }
}

#[test]
fn coverage_in_json() {
    let texts = [
        (
            Covered::Complete(vec![1]),
            r#"{"coverage":"complete","value":[1]}"#,
        ),
        (
            Covered::Since {
                value: vec![1],
                from: time(1),
            },
            &format!(r#"{{"coverage":"since","value":[1],"from":"{DAY}T00:00:01Z"}}"#),
        ),
        (
            Covered::Partial {
                value: vec![],
                missing: "old ones".into(),
            },
            r#"{"coverage":"partial","value":[],"missing":"old ones"}"#,
        ),
        (
            Covered::Unavailable("no session".into()),
            r#"{"coverage":"unavailable","missing":"no session"}"#,
        ),
    ];
    for (covered, text) in texts {
        loose::<Covered<Vec<i32>>>(&covered);
        assert_eq!(serde_json::to_string(&covered).unwrap(), text);
    }
    for wrong in [
        r#"{"coverage":"complete"}"#,
        "[]",
        r#"{"coverage":"all","value":[]}"#,
    ] {
        assert!(
            serde_json::from_str::<Covered<Vec<i32>>>(wrong).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn what_a_command_gives_back_in_json() {
    let broker_order_id = BrokerOrderId::new("77").ok();
    loose(&Acknowledgement::Accepted { broker_order_id });
    let unknown = Acknowledgement::unconfirmed(UnconfirmedCause::Timeout);
    loose(&unknown);
    let text = r#"{"outcome":"unconfirmed","cause":"timeout","detail":null}"#;
    assert_eq!(serde_json::to_string(&unknown).unwrap(), text);
}

#[test]
fn everything_else_comes_back() {
    for list in lists() {
        comes_back(&list);
        comes_back(list.contingency());
    }
    comes_back(&link());
    comes_back(&replace());
    comes_back(&CancelOrder {
        account: account(),
        client_order_id: id("a"),
    });
    comes_back(&ExerciseOption {
        client_order_id: id("a"),
        account: account(),
        instrument: option(),
        quantity: quantity("1"),
        action: ExerciseAction::Lapse,
    });
    let (instrument, since) = (Some(apple()), Some(time(0)));
    let mut filter = OrderFilter::open();
    (filter.instrument, filter.since) = (instrument.clone(), since);
    comes_back(&filter);
    let mut filter = FillFilter::of(id("a"));
    (filter.instrument, filter.since) = (instrument, since);
    comes_back(&filter);
    assert_eq!(
        serde_json::from_str::<OrderFilter>("{}").unwrap(),
        OrderFilter::default()
    );
    comes_back(&BrokerText::new("1", "x"));
    comes_back(&money(dec!(1.50)));
    comes_back(&position());
    comes_back(&summary());
    let (kind, environment) = (AccountKind::Other("trust".into()), Environment::Live);
    comes_back(&AccountInfo::new(
        account(),
        kind,
        Currency::USD,
        environment,
    ));
    let mut figures = ProfitAndLoss::new(account(), time(0));
    figures.daily = Some(money(dec!(-1)));
    comes_back(&figures);
    let mut preview = OrderPreview::new(false);
    preview.commission = Some(money(dec!(1)));
    preview.messages.push(BrokerText::text("no"));
    comes_back(&preview);
}

#[test]
fn market_data_comes_back() {
    comes_back(&quote());
    let level = DepthLevel {
        price: price("1"),
        size: dec!(5),
        orders: Some(2),
    };
    let mut depth = Depth::new(apple(), time(0));
    depth.bids.push(level);
    comes_back(&depth);
    comes_back(&level);
    let mut trade = Trade::new(apple(), price("1"), dec!(5), time(0));
    (trade.aggressor, trade.venue) = (Some(Side::Sell), Some(Mic::ARCX));
    comes_back(&trade);
    let mut bar = Bar::new(time(0), price("1"));
    (bar.volume, bar.vwap, bar.trades) = (Some(dec!(5)), Some(price("1")), Some(3));
    comes_back(&bar);
    comes_back(&BarQuery::new(apple(), BarInterval::Month1));
    let instrument = apple();
    comes_back(&Subscription::Quotes {
        instrument: instrument.clone(),
    });
    comes_back(&Subscription::Depth {
        instrument: instrument.clone(),
        levels: 5,
    });
    comes_back(&Subscription::Trades {
        instrument: instrument.clone(),
    });
    comes_back(&Subscription::Bars {
        instrument,
        interval: BarInterval::Second5,
    });
}

#[test]
fn reference_and_research_come_back() {
    comes_back(
        &InstrumentQuery::from(" AAPL ")
            .on(Mic::XNAS)
            .in_currency(Currency::USD),
    );
    comes_back(&InstrumentMatch {
        instrument: apple(),
        name: "Apple".into(),
    });
    comes_back(&contract());
    comes_back(&contract().quantities);
    comes_back(&greeks());
    comes_back(&chain());
    let mut query = ChainQuery::new(apple(), time(0).date_naive());
    (query.right, query.strikes_each_side) = (Some(Right::Call), Some(5));
    comes_back(&query);
    for given in [
        OptionGiven::Price(price("1")),
        OptionGiven::Volatility(dec!(0.25)),
    ] {
        comes_back(&OptionQuery {
            instrument: option(),
            underlying_price: price("187"),
            given,
        });
    }
    comes_back(&OptionComputation {
        price: price("1"),
        greeks: greeks(),
    });
    comes_back(&schedule());
    for action in corporate_actions() {
        comes_back(&action);
        comes_back(&action.event);
    }
    comes_back(&NewsArticle {
        headline: headline(),
        text: "…".into(),
    });
    let mut query = ResearchQuery::new(apple());
    query.from = Some(time(0).date_naive());
    comes_back(&query);
    let fact = FundamentalFact {
        name: "revenue".into(),
        value: dec!(1),
        currency: Some(Currency::USD),
        period_end: Some(time(0).date_naive()),
    };
    comes_back(&Fundamentals {
        instrument: apple(),
        kind: FundamentalKind::Statements,
        facts: vec![fact],
        text: None,
    });
    let price_above = Some(price("5"));
    comes_back(&ScannerQuery {
        ranking: ScannerRanking::TopGainers,
        limit: 5,
        price_above,
    });
    comes_back(&ScannerRow {
        rank: 1,
        instrument: apple(),
        last: None,
        change_percent: Some(dec!(12.5)),
        volume: None,
    });
    assert_eq!(limit("a", "1").order_type.limit_price(), Some(price("1")));
}
