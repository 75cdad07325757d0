//! Tests the places where a check decides by the cause of an earlier refusal: the reported finding, the offered repair,
//! and what is removed afterwards. Every branch of each place is one line of the snapshot.

use std::fmt::Write;

use http::Method;
use score_setup::{
    answers::target,
    score::{Scope, Version},
    store::probe::Route,
};

use crate::{
    checks::{
        OBJECT, SENTINEL, STATE, as_it_is, checked_by, good, listing, nothing, part, presigned, short, streamed, target,
    },
    store::{Answer, Asked, Store},
};

type Case = (&'static str, fn(&Store), fn(&mut target::S3Store));

const REGION: &str = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message></Error>";
const KNOWN_REGION: &str = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message><Region>eu-west-1</Region></Error>";

fn v2(store: &mut target::S3Store) {
    store.version = Version::V2;
}

fn signed_by_4(asked: &Asked) -> bool {
    asked.header("x-amz-date").is_some() || presigned(asked)
}

fn signed_by_2(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|it| it.starts_with("AWS ")) || asked.query("AWSAccessKeyId").is_some()
}

fn by_an_unknown_key(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|it| it.contains("NOBODY"))
}

/// Returns true for the document of the state, with either signature version.
fn document(asked: &Asked) -> bool {
    asked.method == Method::PUT && asked.key().ends_with("/.meta")
}

/// Returns true for the marker of a finished part, with either signature version.
fn marker(asked: &Asked) -> bool {
    asked.method == Method::PUT && asked.key().contains('|')
}

fn empty_marker(asked: &Asked) -> bool {
    let length = asked.header("x-amz-decoded-content-length").or(asked.header("content-length"));
    marker(asked) && length.is_none_or(|length| length == "0")
}

const CASES: &[Case] = &[
    // sign-in: the region
    ("region not named, version 2 passes", |s| s.answer(signed_by_4, Answer::new(400).body(REGION)), as_it_is),
    (
        "region not named, version 2 does not pass",
        |s| s.answer(|a| a.query("prefix").is_some(), Answer::new(400).body(REGION)),
        as_it_is,
    ),
    ("region named, version 2 passes", |s| s.answer(signed_by_4, Answer::new(400).body(KNOWN_REGION)), as_it_is),
    (
        "region named on AWS, version 2 passes",
        |s| s.answer(signed_by_4, Answer::new(400).body(KNOWN_REGION)),
        |s| {
            s.endpoint = "http://s3.amazonaws.com".into();
        },
    ),
    // sign-in: the answer to an unknown key
    ("wrong secret, unknown keys are told apart", nothing, |s| {
        s.secret_key = score_setup::text::secret::Secret::new("another");
    }),
    (
        "wrong secret, unknown keys get the same",
        |s| s.refuse(|a| a.query("prefix").is_some(), 403, "SignatureDoesNotMatch"),
        as_it_is,
    ),
    (
        "wrong secret with version 4 only",
        |s| s.refuse(|a| signed_by_4(a) && a.query("prefix").is_some(), 403, "SignatureDoesNotMatch"),
        as_it_is,
    ),
    (
        "refused without a code, unknown keys too",
        |s| s.answer(|a| a.query("prefix").is_some(), Answer::new(403)),
        as_it_is,
    ),
    (
        "refused without a code, unknown keys otherwise",
        |s| s.answer(|a| a.query("prefix").is_some() && !by_an_unknown_key(a), Answer::new(403)),
        as_it_is,
    ),
    (
        "refused with a code of the store, unknown keys too",
        |s| s.refuse(|a| a.query("prefix").is_some(), 403, "Custom"),
        as_it_is,
    ),
    (
        "denied, unknown keys too, no sentinel",
        |s| s.refuse(|a| a.query("prefix").is_some() || a.key() == SENTINEL, 403, "AccessDenied"),
        as_it_is,
    ),
    // the document of the state: causes that depend on how the body is sent
    ("document: signature, version 4", |s| s.refuse(document, 403, "SignatureDoesNotMatch"), as_it_is),
    ("document: signature, version 2", |s| s.refuse(document, 403, "SignatureDoesNotMatch"), v2),
    (
        "document: signature, version 2 only",
        |s| s.refuse(|a| document(a) && signed_by_2(a), 403, "SignatureDoesNotMatch"),
        v2,
    ),
    ("document: 503, version 4", |s| s.refuse(document, 503, "ServiceUnavailable"), as_it_is),
    ("document: 503 without a code, version 4", |s| s.answer(document, Answer::new(503)), as_it_is),
    ("document: 503 SlowDown, version 4", |s| s.refuse(document, 503, "SlowDown"), as_it_is),
    ("document: 503 not ready, version 4", |s| s.refuse(document, 503, "XMinioServerNotInitialized"), as_it_is),
    ("document: 502 without a code, version 4", |s| s.answer(document, Answer::new(502)), as_it_is),
    ("document: 500, version 4", |s| s.refuse(document, 500, "InternalError"), as_it_is),
    ("document: 500, version 4 only", |s| s.refuse(|a| document(a) && signed_by_4(a), 500, "InternalError"), as_it_is),
    ("document: 500, version 2", |s| s.refuse(document, 500, "InternalError"), v2),
    ("document: own reason, version 4", |s| s.refuse(document, 409, "OperationAborted"), as_it_is),
    ("document: own reason, version 2", |s| s.refuse(document, 409, "OperationAborted"), v2),
    (
        "document: own reason, version 2 only",
        |s| s.refuse(|a| document(a) && signed_by_2(a), 409, "OperationAborted"),
        v2,
    ),
    (
        "document: own reason, a KMS key",
        |s| s.refuse(document, 409, "OperationAborted"),
        |s| s.kms_key = Some("key".into()),
    ),
    (
        "document: not implemented, version 4 only",
        |s| s.refuse(|a| document(a) && signed_by_4(a), 501, "NotImplemented"),
        as_it_is,
    ),
    ("document: quota, version 4", |s| s.refuse(document, 403, "QuotaExceeded"), as_it_is),
    ("document: denied, version 2", |s| s.refuse(document, 403, "AccessDenied"), v2),
    // the marker: is the cause the key, or the empty body?
    ("empty marker: signature, version 4", |s| s.refuse(empty_marker, 403, "SignatureDoesNotMatch"), as_it_is),
    ("empty marker: signature, version 2", |s| s.refuse(empty_marker, 403, "SignatureDoesNotMatch"), v2),
    ("empty marker: 500, version 4", |s| s.refuse(empty_marker, 500, "InternalError"), as_it_is),
    ("empty marker: 500, version 2", |s| s.refuse(empty_marker, 500, "InternalError"), v2),
    ("empty marker: own reason, version 2", |s| s.refuse(empty_marker, 409, "OperationAborted"), v2),
    ("empty marker: 503", |s| s.answer(empty_marker, Answer::new(503)), as_it_is),
    ("every marker: signature, version 4", |s| s.refuse(marker, 403, "SignatureDoesNotMatch"), as_it_is),
    ("every marker: signature, version 2", |s| s.refuse(marker, 403, "SignatureDoesNotMatch"), v2),
    ("every marker: own reason", |s| s.refuse(marker, 400, "InvalidArgument"), as_it_is),
    ("every marker: denied", |s| s.refuse(marker, 403, "AccessDenied"), as_it_is),
    // a missing bucket may have a similar name
    ("state bucket missing, a similar one is there", nothing, |s| s.state_bucket = "score-stat".into()),
    ("state bucket missing, none is similar", nothing, |s| s.state_bucket = "elsewhere".into()),
    (
        "object bucket missing, the key sees no list",
        |s| s.refuse(|a| a.path == "/" && a.header("authorization").is_some(), 403, "AccessDenied"),
        |s| s.object_bucket = "score-objec".into(),
    ),
    ("object bucket refused otherwise", |s| s.refuse(|a| listing(a, OBJECT), 400, "InvalidBucketName"), as_it_is),
    // results of the whole upload with the other version
    (
        "chunks refused, sentinel missing",
        |s| s.refuse(streamed, 501, "NotImplemented"),
        |s| s.sentinel = "lighthouse".into(),
    ),
    (
        "chunks refused, sentinel denied",
        |s| {
            s.refuse(streamed, 501, "NotImplemented");
            s.refuse(|a| a.key() == SENTINEL, 403, "AccessDenied");
        },
        as_it_is,
    ),
    (
        "chunks refused, parts too large",
        |s| {
            s.refuse(streamed, 501, "NotImplemented");
            s.answer(|a| part(a) && a.bucket() == OBJECT, Answer::new(413));
        },
        as_it_is,
    ),
    (
        "chunks refused, parts denied",
        |s| {
            s.refuse(streamed, 501, "NotImplemented");
            s.refuse(|a| part(a) && a.bucket() == OBJECT, 403, "AccessDenied");
        },
        as_it_is,
    ),
    (
        "parts too large by the store's code",
        |s| s.refuse(|a| part(a) && a.bucket() == OBJECT, 400, "EntityTooLarge"),
        as_it_is,
    ),
    // a missing sentinel is looked for in other places
    ("sentinel at the root", |s| s.memory.put(OBJECT, "lighthouse", "x"), |s| s.sentinel = "lighthouse".into()),
    (
        "sentinel beside the state",
        |s| s.memory.put(STATE, "data/lighthouse", "x"),
        |s| s.sentinel = "lighthouse".into(),
    ),
    ("sentinel nowhere", nothing, |s| s.sentinel = "lighthouse".into()),
    (
        "sentinel denied, and one at the root",
        |s| {
            s.memory.put(OBJECT, "heliograph", "x");
            s.refuse(|a| a.key() == SENTINEL, 403, "AccessDenied");
        },
        as_it_is,
    ),
    // pre-signed requests only, with and without a slash at the end of the endpoint
    ("pre-signed refused", |s| s.answer(presigned, Answer::new(500)), as_it_is),
    (
        "pre-signed refused, the endpoint ends with a slash",
        |s| s.answer(presigned, Answer::new(500)),
        |s| s.endpoint.push('/'),
    ),
    ("ranges refused", |s| s.answer(|a| a.header("range").is_some(), Answer::new(500)), as_it_is),
    (
        "denied, the endpoint ends with a slash",
        |s| s.refuse(|a| a.key() == SENTINEL, 403, "AccessDenied"),
        |s| s.endpoint.push('/'),
    ),
];

#[tokio::test]
async fn each_cause_of_a_refusal_leads_to_its_finding() {
    let mut lines = String::new();
    for (name, fault, change) in CASES {
        let store = good().await;
        fault(&store);
        let mut target = target(&store.endpoint());
        change(&mut target);
        let route = Route { connect_to: Some(store.address().to_string()), ..short() };
        let board = checked_by(route, target, Scope::All).await;
        let deletes = |asked: &Asked| asked.method == Method::DELETE && asked.bucket() == STATE;
        let deletes = store.requests().into_iter().filter(deletes).count();
        writeln!(lines, "{name}: {deletes} removals of state").unwrap();
        let findings = board.outcomes().filter_map(|(row, outcome)| outcome.finding().map(|finding| (row, finding)));
        for (row, finding) in findings.filter(|(row, _)| row.id != "client-address") {
            let (hints, repair) = (finding.hints.len(), finding.repair.as_ref());
            let repair = repair.map(|repair| format!(" {repair:?}").replace(&store.endpoint(), "STORE"));
            let id = format!("{:?}", finding.id).trim_matches('"').to_owned();
            writeln!(
                lines,
                "    {} {id} {:?} {:?} {hints} hints{}",
                row.id,
                finding.severity,
                finding.settings,
                repair.unwrap_or_default()
            )
            .unwrap();
        }
    }
    insta::assert_snapshot!("each_cause_of_a_refusal_leads_to_its_finding", lines);
}

/// Both results are P34: the words show whether the store distinguishes a wrong secret from an unknown key.
#[tokio::test]
async fn a_store_that_says_the_same_of_both_keys_is_told_so() {
    let summary = async |same: bool| {
        let store = good().await;
        let refused = move |asked: &Asked| asked.query("prefix").is_some() && (same || !by_an_unknown_key(asked));
        store.refuse(refused, 403, "SignatureDoesNotMatch");
        let board = checked_by(short(), target(&store.endpoint()), Scope::SignIn).await;
        board.findings().first().map(|(_, finding)| finding.summary.clone())
    };
    assert_ne!(summary(true).await, summary(false).await);
}
