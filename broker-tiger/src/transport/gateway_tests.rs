use core::time::Duration;
use std::sync::Arc;

use broker_core::{
    Error, ErrorKind, ManualClock, Result, SecretString, UnconfirmedCause, model::AccountId,
};
use chrono::{TimeZone as _, Utc};

use super::{
    Call, Gateway, Http, Method, Parameters, Written,
    scripted_server::{Heard, ScriptedServer, Step},
};
use crate::{
    Deadlines, RequestLimits, TigerConfig, TigerConfigBuilder,
    budget::Budget,
    token::{Token, TokenCell},
    vectors,
};

/// Settings for a server on this machine with the keys of the recorded exchanges.
fn settings(url: &str) -> TigerConfigBuilder {
    let clock = ManualClock::at(Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap());
    let deadlines = Deadlines {
        command: Duration::from_millis(1_500),
        request: Duration::from_secs(5),
        ..Deadlines::default()
    };
    TigerConfig::builder()
        .environment([])
        .tiger_id("20150001")
        .private_key(SecretString::from(vectors::CLIENT_KEY))
        .tiger_public_key(vectors::SERVER_PUBLIC_KEY)
        .device_id(Some("02:00:5e:00:00:01".to_owned()))
        .server_url(url)
        .deadlines(deadlines)
        .clock(Arc::new(clock))
}

fn gateway_with(url: &str, cell: TokenCell) -> Gateway {
    let config = settings(url).build().unwrap();
    let http = Http::new(&config.trust, config.deadlines.connect).unwrap();
    Gateway::new(&config, http, Budget::new(RequestLimits::default()), cell)
}

fn gateway(url: &str) -> Gateway {
    gateway_with(url, TokenCell::new(None))
}

fn account() -> AccountId {
    AccountId::new("12345678").unwrap()
}

fn order() -> Call {
    Call::new(Method::PLACE_ORDER, Parameters::default()).of(&account())
}

fn question() -> Call {
    Call::new(Method::POSITIONS, Parameters::default()).of(&account())
}

async fn commanded(step: Step) -> (Result<Written>, usize) {
    let server = ScriptedServer::start([step]).await;
    let written = gateway(&server.url()).command(&order()).await;
    (written, server.heard().len())
}

#[track_caller]
fn cause(written: Result<Written>) -> UnconfirmedCause {
    match written {
        Ok(Written::Unconfirmed { cause, .. }) => cause,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refusal(written: Result<Written>) -> Error {
    match written {
        Err(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_request_on_the_wire_is_the_recorded_one() {
    let recorded = vectors::numbered(26);
    let server = ScriptedServer::start([Step::Answer(200, recorded.response.body)]).await;
    let parameters = Parameters::default()
        .with("id", 41_000_000_000_000_002_i64)
        .unwrap();
    let call = Call::new(Method::CANCEL_ORDER, parameters).of(&account());
    let written = gateway(&server.url()).command(&call).await.unwrap();
    let Written::Done(data) = written else {
        panic!("{written:?}");
    };
    assert_eq!(data.json(), r#"{"id":41000000000000002}"#);
    let heard = server.heard().swap_remove(0);
    let mut expected = serde_json::to_value(recorded.members.unwrap()).unwrap();
    expected["sign"] = recorded.sign.unwrap().into();
    assert_eq!(heard.body, expected);
    let head = heard.head.to_ascii_lowercase();
    assert!(head.starts_with("post /gateway http/1.1"), "{head}");
    assert!(
        head.contains("content-type: application/json;charset=utf-8"),
        "{head}"
    );
    assert!(!head.contains("authorization"), "{head}");
}

#[tokio::test]
async fn a_token_travels_bare_and_the_connection_is_kept() {
    let server = ScriptedServer::start([]).await;
    let token = Token::new(&SecretString::from("YWJj"));
    let gateway = gateway_with(&server.url(), TokenCell::new(Some(token)));
    for _ in 0..3 {
        gateway.ask(&question()).await.unwrap();
    }
    let heard = server.heard();
    assert!(heard.iter().all(|heard| heard.connection == 0));
    let sent = heard[0]
        .head
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("authorization"));
    assert_eq!(sent.unwrap().split_once(": ").unwrap().1, "YWJj");
}

#[tokio::test]
async fn a_command_without_an_answer_is_unconfirmed_and_sent_once() {
    for (step, expected) in [
        (Step::Drop, UnconfirmedCause::Disconnected),
        (Step::CutOff, UnconfirmedCause::Disconnected),
        (
            Step::Late(Duration::from_secs(9), String::new()),
            UnconfirmedCause::Timeout,
        ),
        (
            Step::Answer(500, String::new()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::Answer(502, "<html>".to_owned()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::Answer(200, "<html>".to_owned()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::Answer(302, String::new()),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::code(1, "server error"),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::code(2, "network read time-out"),
            UnconfirmedCause::Timeout,
        ),
        (
            Step::Answer(200, vectors::numbered(108).response.body),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::data(r#"{"code":"1100","message":"TRADE DUPLICATE ORDER ID"}"#),
            UnconfirmedCause::UnreadableAnswer,
        ),
        (
            Step::Endless(11 * 1024 * 1024),
            UnconfirmedCause::UnreadableAnswer,
        ),
    ] {
        let shown = format!("{step:?}").chars().take(80).collect::<String>();
        let (written, requests) = commanded(step).await;
        assert_eq!(cause(written), expected, "{shown}");
        assert_eq!(requests, 1, "{shown}");
    }
}

#[tokio::test]
async fn a_clear_no_is_proof_and_is_sent_once() {
    for (step, expected) in [
        (
            Step::code(1200, "bad_request:insufficient buying power"),
            ErrorKind::InsufficientFunds,
        ),
        (
            Step::code(1010, "biz param error(x)"),
            ErrorKind::InvalidRequest,
        ),
        (
            Step::code(1000, "common param error(signature)"),
            ErrorKind::Authentication,
        ),
        (
            Step::code(2400, "user token expired invalid"),
            ErrorKind::TokenExpired,
        ),
        (
            Step::code(4, "access forbidden(x)"),
            ErrorKind::PermissionDenied,
        ),
        (Step::Answer(429, String::new()), ErrorKind::RateLimited),
        (
            Step::data(r#"{"code":"1100","message":"TRADE ORDER NOT ALLOWED"}"#),
            ErrorKind::Rejected,
        ),
    ] {
        let (written, requests) = commanded(step).await;
        let error = refusal(written);
        assert_eq!((error.kind(), requests), (expected, 1));
        // The method is not what the caller wanted; that is added further up.
        assert_eq!(error.operation(), "");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_proves_that_nothing_was_sent() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/gateway", listener.local_addr().unwrap());
    drop(listener);
    let error = refusal(gateway(&url).command(&order()).await);
    assert_eq!(error.kind(), ErrorKind::Disconnected);
}

#[tokio::test]
async fn a_question_is_asked_again_and_signed_anew() {
    let steps = [
        Step::Drop,
        Step::Answer(500, "<html>".to_owned()),
        Step::code(1, "server error"),
        Step::data("[7]"),
    ];
    let server = ScriptedServer::start(steps).await;
    let config = settings(&server.url());
    let clock = ManualClock::at(Utc.with_ymd_and_hms(2025, 8, 13, 2, 30, 0).unwrap());
    let config = config.clock(Arc::new(clock.clone())).build().unwrap();
    let http = Http::new(&config.trust, config.deadlines.connect).unwrap();
    let budget = Budget::new(RequestLimits::default());
    let gateway = Gateway::new(&config, http, budget, TokenCell::new(None));
    let asking = tokio::spawn(async move { gateway.ask(&question()).await });
    while server.heard().is_empty() {
        tokio::task::yield_now().await;
    }
    clock.advance(chrono::TimeDelta::seconds(9));
    assert_eq!(asking.await.unwrap().unwrap().json(), "[7]");
    let heard = server.heard();
    assert_eq!(heard.len(), 4);
    assert_eq!(heard[0].body["timestamp"], "2025-08-13 10:30:00");
    assert_eq!(heard[3].body["timestamp"], "2025-08-13 10:30:09");
    assert_ne!(heard[0].body["sign"], heard[3].body["sign"]);
}

#[tokio::test]
async fn a_question_gives_up_in_the_end_and_never_asks_what_cannot_work() {
    let server = ScriptedServer::start([Step::Drop, Step::Drop, Step::Drop, Step::Drop]).await;
    let error = gateway(&server.url()).ask(&question()).await.unwrap_err();
    assert_eq!(
        (error.kind(), server.heard().len()),
        (ErrorKind::Disconnected, 4)
    );
    let server = ScriptedServer::start([Step::code(1010, "biz param error(x)")]).await;
    let error = gateway(&server.url()).ask(&question()).await.unwrap_err();
    assert_eq!(
        (error.kind(), server.heard().len()),
        (ErrorKind::InvalidRequest, 1)
    );
}

#[tokio::test]
async fn a_command_cannot_be_asked_as_a_question() {
    let server = ScriptedServer::start([]).await;
    let error = gateway(&server.url()).ask(&order()).await.unwrap_err();
    assert_eq!(
        (error.kind(), server.heard().len()),
        (ErrorKind::InvalidRequest, 0)
    );
}

#[tokio::test]
async fn too_many_requests_make_the_budget_wait_before_asking_again() {
    let server = ScriptedServer::start([Step::Answer(
        429,
        r#"{"code":5,"message":"rate limit error(current limiting interface:positions, up to 60 times per minute)"}"#
            .to_owned(),
    )])
    .await;
    let gateway = gateway(&server.url());
    let began = tokio::time::Instant::now();
    gateway.ask(&question()).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
    assert_eq!(server.heard().len(), 2);
    assert_eq!(gateway.budget().counters().complaints, 1);
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_a_typed_error() {
    let server = ScriptedServer::start([Step::Endless(11 * 1024 * 1024), Step::data("1")]).await;
    // Asked again, because a shorter one may come; here it does.
    assert_eq!(
        gateway(&server.url())
            .ask(&question())
            .await
            .unwrap()
            .json(),
        "1"
    );
    let call = question();
    let server = ScriptedServer::start([Step::Endless(11 * 1024 * 1024)]).await;
    let error = gateway(&server.url())
        .ask_once(&call, &super::Login::Current)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert!(error.to_string().contains("bytes"));
}

#[tokio::test]
async fn a_refused_token_is_reported_and_a_newer_one_used() {
    let server =
        ScriptedServer::start([Step::code(2400, "user token invalid"), Step::data("1")]).await;
    let cell = TokenCell::new(Some(Token::new(&SecretString::from("old"))));
    let gateway = gateway_with(&server.url(), cell.clone());
    let renewing = tokio::spawn({
        let cell = cell.clone();
        async move {
            cell.refused().await;
            cell.set(Arc::new(Token::new(&SecretString::from("new"))));
        }
    });
    assert_eq!(gateway.ask(&question()).await.unwrap().json(), "1");
    renewing.await.unwrap();
    let heard = server.heard();
    assert!(heard[0].head.contains("old") && heard[1].head.contains("new"));
}

fn token(text: &str) -> Token {
    Token::new(&SecretString::from(text))
}

/// What becomes of an order that goes with a token, in whose place another one counts as soon as it is
/// refused; and what the server heard.
async fn commanded_with_a_token(
    steps: impl IntoIterator<Item = Step>,
    renews: bool,
) -> (Result<Written>, Vec<Heard>) {
    let server = ScriptedServer::start(steps).await;
    let cell = TokenCell::new(Some(token("old")));
    let gateway = gateway_with(&server.url(), cell.clone());
    let renewing = tokio::spawn(async move {
        cell.refused().await;
        if renews {
            cell.set(Arc::new(token("new")));
        }
    });
    let written = gateway.command(&order()).await;
    renewing.abort();
    (written, server.heard())
}

#[tokio::test]
async fn a_command_whose_token_was_refused_goes_once_more_with_another_one() {
    let no = || Step::code(2400, "user token expired invalid");
    let (written, heard) = commanded_with_a_token([no(), Step::data("1")], true).await;
    assert!(matches!(written, Ok(Written::Done(_))), "{written:?}");
    assert_eq!(heard.len(), 2);
    assert!(heard[0].head.contains("old") && heard[1].head.contains("new"));
    assert_eq!(heard[0].body["biz_content"], heard[1].body["biz_content"]);

    // No more than that.
    let (written, heard) = commanded_with_a_token([no(), no(), Step::data("1")], true).await;
    assert_eq!(refusal(written).kind(), ErrorKind::TokenExpired);
    assert_eq!(heard.len(), 2);

    // What is lost on the second way is lost.
    let (written, heard) = commanded_with_a_token([no(), Step::Drop, Step::data("1")], true).await;
    assert_eq!(cause(written), UnconfirmedCause::Disconnected);
    assert_eq!(heard.len(), 2);

    // Without another token the refusal is what it is.
    let (written, heard) = commanded_with_a_token([no(), Step::data("1")], false).await;
    assert_eq!(refusal(written).kind(), ErrorKind::TokenExpired);
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_command_whose_answer_was_lost_is_not_sent_again_whatever_is_said_about_the_token() {
    let words = "user token expired invalid";
    let broken = format!(r#"{{"code":2400,"message":"{words}"}}"#);
    let forged = format!(r#"{{"code":2400,"message":"{words}","sign":"YWJj"}}"#);
    let lost = [
        Step::Drop,
        Step::CutOff,
        Step::code(1, words),
        // A server that breaks may have broken after it did what was asked.
        Step::Answer(500, broken),
        // Nobody knows who says this.
        Step::Answer(200, forged),
        Step::Answer(200, words.to_owned()),
    ];
    for step in lost {
        let said = format!("{step:?}");
        let server = ScriptedServer::start([step, Step::data("1")]).await;
        let cell = TokenCell::new(Some(token("old")));
        let gateway = gateway_with(&server.url(), cell.clone());
        let call = order();
        let command = gateway.command(&call);
        let renewing = async {
            while server.heard().is_empty() {
                tokio::task::yield_now().await;
            }
            cell.set(Arc::new(token("new")));
        };
        let (written, ()) = tokio::join!(command, renewing);
        assert!(matches!(written, Ok(Written::Unconfirmed { .. })), "{said}");
        assert_eq!(server.heard().len(), 1, "{said}");
    }
    // The same code about something else.
    let other = [Step::code(2400, "no such coin"), Step::data("1")];
    let (written, heard) = commanded_with_a_token(other, true).await;
    assert_eq!(refusal(written).kind(), ErrorKind::TokenExpired);
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn errors_show_no_secret_and_no_signature() {
    let server = ScriptedServer::start([Step::Answer(200, "<html>".to_owned())]).await;
    let token = Token::new(&SecretString::from("SECRETTOKEN"));
    let gateway = gateway_with(&server.url(), TokenCell::new(Some(token)));
    let error = gateway
        .ask_once(&question(), &super::Login::Current)
        .await
        .unwrap_err();
    let shown = format!("{error} {error:?} {gateway:?}");
    let sign = server.heard()[0].body["sign"].as_str().unwrap().to_owned();
    assert!(
        !shown.contains("SECRETTOKEN") && !shown.contains(&sign),
        "{shown}"
    );
}
