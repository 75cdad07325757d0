//! Tests replies that are made to cost time or memory: the first reply of a server, and each later one.

use std::time::{Duration, Instant};

use score_setup::{score::Scope, store::checks::Outcome};

use crate::{
    checks::{checked, good, target},
    store::{Answer, Asked},
};

const MOST: usize = 1 << 20;

fn filled(front: &str, unit: &str, back: &str) -> String {
    format!("{front}{}{back}", unit.repeat((MOST - front.len() - back.len()) / unit.len()))
}

fn bodies() -> Vec<(&'static str, String)> {
    let numbered = |front: &str, unit: &dyn Fn(usize) -> String, back: &str| {
        let units: String = (0..40_000).map(unit).collect();
        format!("{front}{units}{back}")
    };
    vec![
        ("attributes", numbered("<Error ", &|at| format!("a{at}=\"\" "), "/>")),
        ("namespaces", numbered("<Error ", &|at| format!("xmlns:a{at}=\"u\" "), "/>")),
        ("namespaces inside each other", numbered("<Error>", &|at| format!("<a xmlns:a{at}=\"u\">"), "")),
        ("elements inside each other", filled("<ListBucketResult>", "<a>", "")),
        ("elements beside each other", filled("<ListBucketResult>", "<a/>", "</ListBucketResult>")),
        ("entities", format!("<!DOCTYPE l [<!ENTITY a \"{}\">]><Error>&a;</Error>", "a".repeat(1000))),
        ("longer than any reply", filled("<ListBucketResult>", " ", "</ListBucketResult>  ") + "more"),
        ("not XML", filled("", "\u{202e}", "")),
    ]
}

/// Each hostile reply ends the check that got it, soon, with a finding that names the request. Nothing is left over that
/// the store would have removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hostile_reply_is_named_at_every_request() {
    for (name, body) in bodies() {
        for status in [200, 403] {
            for number in [0, 1, 2, 4, 8, 12, 16, 20, 24] {
                let store = good().await;
                store.answer_nth(|_: &Asked| true, number, Answer::new(status).body(body.clone()));
                let begun = Instant::now();
                let board = checked(target(&store.endpoint()), Scope::All).await;
                let took = begun.elapsed();
                assert!(took < Duration::from_secs(20), "{name} at {number}: {took:?}");
                let failed = board.outcomes().filter_map(|(row, outcome)| match outcome {
                    Outcome::Fail(finding) => Some((row, finding)),
                    _ => None,
                });
                for (row, finding) in failed {
                    let named = finding.evidence.iter().any(|line| {
                        ["GET /", "HEAD /", "PUT /", "POST /", "DELETE /"].iter().any(|method| line.contains(method))
                    });
                    let shown = finding.evidence.iter().all(|line| line.chars().count() < 1200);
                    assert!(named && shown, "{name} at {number}: {} {:?}", row.id, finding.evidence);
                }
            }
        }
    }
}
