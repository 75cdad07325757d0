//! Plays answers of real stores in front of the good store: to unsigned requests, to an unknown key, and to the case in
//! question.

use http::Method;

use crate::{
    checks::{STATE, listing},
    store::{Answer, Asked, Store},
};

const ANSWERS: &str = include_str!("../data/answers.tsv");

/// Returns the recorded answer. `None` if the store does not refuse the case.
fn answer(store: &str, case: &str) -> Option<Answer> {
    let line = ANSWERS.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[0] == store && fields[1] == case).then_some(fields)
    })?;
    let [_, _, status, kind, code, server, details, message] = line[..] else { panic!("eight fields: {line:?}") };
    let answer = Answer::new(status.parse().unwrap());
    let details: Vec<(&str, &str)> = details.split(';').filter_map(|pair| pair.split_once('=')).collect();
    let id = details.iter().find(|(name, _)| *name == "RequestId").map_or("test-request", |(_, id)| id);
    let answer = if server == "-" { answer } else { answer.header("server", server) };
    let xml = |body: String| {
        answer.clone().header("content-type", "application/xml").header("x-amz-request-id", id).body(body)
    };
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    Some(match kind {
        "page" => answer.header("content-type", "text/html").body("<html><h1>Not Found</h1></html>"),
        "buckets" => xml("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>".to_owned()),
        _ => {
            let more: Vec<_> =
                details.iter().map(|(name, text)| format!("<{name}>{}</{name}>", escaped(text))).collect();
            let more = more.concat();
            xml(format!("<Error><Code>{code}</Code><Message>{}</Message>{more}</Error>", escaped(message)))
        }
    })
}

fn signed(asked: &Asked) -> bool {
    asked.header("authorization").is_some()
        || ["X-Amz-Signature", "Signature"].iter().any(|name| asked.query(name).is_some())
}

fn by_nobody(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|header| header.contains("NOBODY"))
}

fn in_version_2(asked: &Asked) -> bool {
    asked.header("authorization").is_some_and(|header| header.starts_with("AWS "))
        || asked.query("AWSAccessKeyId").is_some()
}

/// Adds rules for the case. The newest rule applies.
pub(super) fn play(store: &Store, name: &'static str, case: &'static str) {
    let said = answer(name, case).unwrap_or_else(|| panic!("{name} never said anything about {case}"));
    match case {
        "no-bucket" => store.answer(|asked| listing(asked, STATE), said),
        "read-only" | "quota" => store.answer(|a| matches!(a.method, Method::PUT | Method::POST), said),
        "version-2" => store.answer(in_version_2, said),
        _ => store.answer(signed, said),
    }
    if let Some(refused) = answer(name, "version-2").filter(|_| case != "version-2") {
        store.answer(in_version_2, refused);
    }
    if let Some(unknown) = answer(name, "unknown-key") {
        store.answer(by_nobody, unknown);
    }
    if let Some(stranger) = answer(name, "anonymous") {
        store.answer(|asked| !signed(asked), stranger);
    }
}
