//! Tests stores that work and are slow or busy, and stores that only seem to do what they confirm.

use std::time::Duration;

use http::Method;
use score_setup::{
    answers::target::S3Store,
    score::{Scope, Version},
    store::{
        checks::{
            Outcome,
            engine::{Board, Verdict},
        },
        probe::Route,
    },
};

use super::{lines, timed};
use crate::{
    checks::{OBJECT, SENTINEL, STATE, checked_by, good, kept, short, streamed, target},
    store::{Answer, Asked, Store},
};

fn refusal(status: u16, code: &str) -> Answer {
    Answer::new(status).body(format!("<Error><Code>{code}</Code></Error>"))
}

async fn told(store: &Store, target: S3Store) -> (Board, Vec<String>) {
    let (board, _) = timed(target, short()).await;
    let lines = lines(&board, &store.address().to_string());
    (board, lines)
}

/// The SDK repeats 500, 502, 503, 504 and throttling, up to `upload.retry.limit` times; the client up to 10.
#[tokio::test]
async fn a_store_that_is_busy_once_for_each_request_works_slowly() {
    for (status, code) in [(503, "SlowDown"), (503, "ServiceUnavailable"), (500, "InternalError"), (502, ""), (504, "")]
    {
        for version in [Version::V4, Version::V2] {
            let store = good().await;
            store.answer_once_each(refusal(status, code));
            let (board, lines) = told(&store, S3Store { version, ..target(&store.endpoint()) }).await;
            assert_eq!(board.verdict(), Some(Verdict::Warn), "{status} {code}: {lines:#?}");
            assert!(lines.iter().all(|line| line.contains(" P122 note ")) && lines.len() > 10, "{lines:#?}");
            assert_eq!(board.end.unwrap().leftovers, []);
            assert_eq!((kept(&store, OBJECT), kept(&store, STATE)), (vec![SENTINEL.to_owned()], vec![]));
        }
    }
}

/// A reply to HEAD has no code, and the client repeats only errors of the server.
#[tokio::test]
async fn a_code_that_asks_for_fewer_requests_is_enough_for_the_server() {
    for (status, code) in [(400, "RequestLimitExceeded"), (429, "TooManyRequestsException")] {
        let store = good().await;
        let lists = |asked: &Asked| asked.header("authorization").is_some() && asked.query("max-keys").is_some();
        store.answer_nth(lists, 1, refusal(status, code));
        let (board, lines) = told(&store, target(&store.endpoint())).await;
        assert_eq!(board.verdict(), Some(Verdict::Warn), "{lines:#?}");
    }
}

#[tokio::test]
async fn a_request_is_repeated_as_often_as_the_setting_says() {
    for (retry_limit, wanted) in [(1, "state-meta P122 note upload.retry.limit"), (0, "state-meta P78 transfer -")] {
        let store = good().await;
        store.answer_nth(streamed, 0, refusal(503, "SlowDown"));
        let (_, lines) = told(&store, S3Store { retry_limit, ..target(&store.endpoint()) }).await;
        assert_eq!(lines, [wanted]);
    }
}

#[tokio::test]
async fn a_store_that_stays_busy_is_called_busy_and_nothing_else() {
    for (status, code) in [(503, "SlowDown"), (500, "InternalError"), (503, "ServiceUnavailable")] {
        let store = good().await;
        store.refuse(|asked| asked.method == Method::PUT && asked.bucket() == STATE, status, code);
        let (board, lines) = told(&store, target(&store.endpoint())).await;
        assert_eq!(lines, ["state-meta P78 transfer -"], "{status} {code}");
        let (_, finding) = &board.findings()[0];
        assert!(finding.evidence.iter().any(|line| line.contains("sent 6 times")), "{:?}", finding.evidence);
    }
}

#[tokio::test]
async fn a_late_reply_to_one_request_is_a_note_of_its_check() {
    let store = good().await;
    let completes = |asked: &Asked| asked.method == Method::POST && asked.query("uploadId").is_some();
    store.slow(completes, Duration::from_millis(2100));
    let board = checked_by(short(), target(&store.endpoint()), Scope::All).await;
    assert_eq!(lines(&board, &store.address().to_string()), ["complete P122 note upload.retry.limit"]);
    assert_eq!(board.verdict(), Some(Verdict::Warn));
}

/// The first requests of a connection that breaks are repeated too: an `IOException` in Java.
#[tokio::test]
async fn a_connection_that_breaks_now_and_then_is_no_fault() {
    let store = good().await;
    store.hang_up_nth(|asked| asked.header("authorization").is_some(), 5);
    let (board, lines) = told(&store, target(&store.endpoint())).await;
    assert!(lines.iter().all(|line| line.contains(" P122 note ")), "{lines:#?}");
    assert!(matches!(board.verdict(), Some(Verdict::Warn)));
}

/// The only request that this store does not answer is one that Score never sends.
#[tokio::test]
async fn a_store_that_is_silent_to_unsigned_requests_works() {
    let store = good().await;
    store.silent(|asked| asked.path == "/");
    let board = checked_by(short(), target(&store.endpoint()), Scope::All).await;
    assert!(!board.failed(), "{:?}", lines(&board, ""));
}

#[tokio::test]
async fn what_is_confirmed_as_removed_and_kept_is_told_and_left_over() {
    let store = good().await;
    store.answer(|asked| asked.method == Method::DELETE, Answer::new(204));
    let (board, lines) = told(&store, target(&store.endpoint())).await;
    assert_eq!(lines, ["state-delete P92 note bucket.name.state", "abort P92 note bucket.name.object"],);
    let left = board.end.as_ref().unwrap().leftovers.clone();
    let uploads = left.iter().filter(|left| left.upload.is_some()).count();
    assert_eq!((left.len(), uploads), (4, 1), "{left:?}");
    assert_eq!(board.verdict(), Some(Verdict::Warn));
}

/// Each check is judged by its own requests: the announcement of a part belongs to no part that is listed.
#[tokio::test]
async fn no_check_touches_what_another_reads() {
    let store = good().await;
    checked_by(Route::default(), target(&store.endpoint()), Scope::All).await;
    let parts: Vec<_> = store
        .requests()
        .into_iter()
        .filter(|asked| asked.method == Method::PUT && asked.bucket() == OBJECT)
        .map(|asked| (asked.query("partNumber").unwrap().to_owned(), asked.header("expect").is_some()))
        .collect();
    assert_eq!(parts.iter().filter(|part| **part == ("1".to_owned(), false)).count(), 1, "{parts:?}");
    assert!(parts.iter().all(|(number, announced)| (number == "1") != *announced), "{parts:?}");
}

/// A store that keeps an empty part for every announced one, unless the connection is reset or the number differs
/// (observed on `SeaweedFS`).
#[tokio::test]
async fn every_outcome_of_a_good_store_is_a_pass() {
    let store = good().await;
    let board = checked_by(Route::default(), target(&store.endpoint()), Scope::All).await;
    let passed = board.outcomes().filter(|(_, outcome)| matches!(outcome, Outcome::Pass(_))).count();
    assert_eq!(board.entries.len() - passed, 2, "{:?}", lines(&board, ""));
}
