//! Tests faults between this machine and the store: names, certificates, ports, proxies. Each finding states its cause
//! and its fix.

use http::{HeaderValue, Method, Uri};
use score_setup::{
    answers::target,
    score::{Id, Scope, Version},
    store::{
        checks::{Repair, engine::Board},
        probe::Route,
    },
};

use crate::{
    checks::{
        Case, OBJECT, SENTINEL, STATE, as_it_is, checked, checked_by, good, kept, listing, meta, nothing, part,
        presigned, seen, streamed, target, tell,
    },
    sender::over_tls,
    store::{Answer, Asked, Store},
};

fn length(asked: &Asked) -> u64 {
    asked.header("content-length").map_or(0, |length| length.parse().unwrap())
}

/// The table of faults, in the form of that in [`crate::checks`].
const WAYS: &[Case] = &[
    (
        "nginx as it comes: Host is that of the store",
        |s| {
            let inner = HeaderValue::from_static("10.0.0.7:9000");
            s.on_the_way(move |head| drop(head.headers.insert("host", inner.clone())));
        },
        as_it_is,
        &["sign-in P33 Ping Some(\"s3.sigV4Enabled\")"],
    ),
    (
        "version 2 does not sign Host",
        |s| s.on_the_way(|head| drop(head.headers.insert("host", HeaderValue::from_static("10.0.0.7:9000")))),
        |s| s.version = Version::V2,
        &[],
    ),
    (
        "Authorization dropped",
        |s| s.on_the_way(|head| drop(head.headers.remove("authorization"))),
        as_it_is,
        &["sign-in P33 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "Authorization dropped, version 2",
        |s| s.on_the_way(|head| drop(head.headers.remove("authorization"))),
        |s| s.version = Version::V2,
        &["sign-in P33 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "a path taken away",
        |s| {
            s.on_the_way(|head| {
                let rest = head.uri.to_string().strip_prefix("/s3").map(str::to_owned);
                head.uri = rest.and_then(|rest| rest.parse::<Uri>().ok()).unwrap_or(head.uri.clone());
            });
        },
        |s| s.endpoint.push_str("/s3"),
        &["sign-in P27 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "a path taken for a bucket",
        |s| {
            let body = "<Error><Code>NoSuchBucket</Code><Message/><BucketName>s3</BucketName></Error>";
            s.answer(|a| a.bucket() == "s3", Answer::new(404).body(body));
        },
        |s| s.endpoint.push_str("/s3"),
        &["object-bucket P27 Ping Some(\"s3.endpoint\")", "state-bucket P27 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "to https, please",
        |s| {
            s.answer(
                |_| true,
                Answer::new(301).header("location", "https://store.example/").body("<html>moved</html>"),
            );
        },
        as_it_is,
        &["service P79 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "a login page",
        |s| s.answer(|_| true, Answer::new(302).header("location", "/login").body("<html>moved</html>")),
        as_it_is,
        &["service P79 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "bodies of ten mebibytes pass",
        |s| s.answer(|a| length(a) > 10 << 20, Answer::new(413).body("<html>413</html>")),
        |s| s.part_size = 20 << 20,
        &["part P54 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "bodies of fifty mebibytes pass",
        |s| s.answer(|a| length(a) > 50 << 20, Answer::new(413).body("<html>413</html>")),
        as_it_is,
        &["part P54 Transfer Some(\"upload.partsize\")"],
    ),
    (
        "a proxy that compresses",
        |s| {
            s.alter(
                |a| a.key() == SENTINEL && presigned(a) && a.header("range").is_none(),
                |reply| {
                    reply.headers.insert("content-encoding", HeaderValue::from_static("gzip"));
                    reply.body = "compressed".into();
                },
            );
        },
        as_it_is,
        &[],
    ),
    (
        "a proxy that writes paths anew",
        |s| s.refuse(|a| a.path.contains("%7C"), 403, "SignatureDoesNotMatch"),
        |s| s.version = Version::V2,
        &["state-marker P33 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "HEAD refused",
        |s| s.answer(|a| a.method == Method::HEAD, Answer::new(405)),
        as_it_is,
        &["absent-key P88 Transfer Some(\"s3.endpoint\")", "state-read P88 Transfer Some(\"bucket.name.state\")"],
    ),
    (
        "a store that hangs up",
        |s| s.hang_up(|a| listing(a, OBJECT)),
        as_it_is,
        &["object-bucket P85 Ping Some(\"s3.endpoint\")"],
    ),
    (
        "a refusal of the store's own",
        |s| s.refuse(|a| listing(a, OBJECT), 409, "OperationAborted"),
        as_it_is,
        &["object-bucket P88 Ping Some(\"bucket.name.object\")"],
    ),
    (
        "a name that nobody knows",
        nothing,
        |s| s.endpoint = "http://no-such-host.invalid".into(),
        &["address P20 Ping Some(\"s3.endpoint\")"],
    ),
    ("version 2 sends no chunks", |s| s.refuse(streamed, 501, "NotImplemented"), |s| s.version = Version::V2, &[]),
    (
        "keys with odd characters refused",
        |s| s.refuse(|a| a.key().contains('|'), 400, "InvalidArgument"),
        as_it_is,
        &["state-marker P80 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "keys listed otherwise",
        |s| {
            s.alter(
                |a| listing(a, STATE),
                |reply| reply.body = String::from_utf8_lossy(&reply.body).replace("%7C", "_").into(),
            );
        },
        as_it_is,
        &["state-list P80 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "a cache that answers with something older",
        |s| s.answer(|a| a.method == Method::GET && a.key().ends_with("/.meta"), Answer::new(200).body("older")),
        as_it_is,
        &["state-read P81 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "written and not there",
        |s| s.refuse(|a| a.method == Method::GET && a.key().ends_with("/.meta"), 404, "NoSuchKey"),
        as_it_is,
        &["state-read P81 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "another ETag in the list of parts",
        |s| {
            s.alter(
                |a| a.query("max-parts").is_some(),
                |reply| {
                    let body = String::from_utf8_lossy(&reply.body).into_owned();
                    let (before, rest) = body.split_once("<ETag>").unwrap();
                    let (_, after) = rest.split_once("</ETag>").unwrap();
                    reply.body = format!("{before}<ETag>&quot;0123&quot;</ETag>{after}").into();
                },
            );
        },
        as_it_is,
        &["parts-listed P91 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "deleted and still there",
        |s| s.answer(|a| a.method == Method::DELETE && meta(a), Answer::new(204)),
        as_it_is,
        &["state-delete P92 Note Some(\"bucket.name.state\")"],
    ),
    (
        "an absent object is there",
        |s| s.answer(|a| a.method == Method::HEAD && meta(a) && a.key().starts_with("data/"), Answer::new(200)),
        as_it_is,
        &["absent-key P87 Transfer Some(\"s3.endpoint\")"],
    ),
    (
        "a sentinel that does not come",
        |s| s.silent(|a| a.key() == SENTINEL && presigned(a)),
        as_it_is,
        &["sentinel P51 Ping Some(\"s3.endpoint\")"],
    ),
];

#[tokio::test]
async fn each_change_on_the_way_is_told_by_its_name() {
    tell(WAYS).await;
}

fn repair(board: &Board, id: Id) -> Option<Repair> {
    board.findings().into_iter().find(|(_, finding)| finding.id == id).unwrap().1.repair.clone()
}

#[expect(clippy::unnecessary_wraps, reason = "as findings have it, to be compared")]
fn answer(key: &'static str, value: &str) -> Option<Repair> {
    Some(Repair::Answer { key, value: value.into() })
}

fn through(store: &Store) -> Route {
    Route { connect_to: Some(store.address().to_string()), ca: None, ..crate::checks::short() }
}

#[tokio::test]
async fn a_redirect_offers_the_address_it_leads_to() {
    let store = good().await;
    for (location, wanted) in [
        ("https://store.example/", answer("s3.endpoint", "https://store.example")),
        ("https://store.example:8443/", answer("s3.endpoint", "https://store.example:8443")),
        ("https://store.example/login", None),
        ("/", None),
    ] {
        store.answer(|_| true, Answer::new(308).header("location", location));
        let board = checked(target(&store.endpoint()), Scope::Reach).await;
        assert_eq!(repair(&board, Id::P79), wanted, "{location}");
    }
}

#[tokio::test]
async fn smaller_parts_are_offered_where_they_pass() {
    for (passes, wanted) in [(50 << 20, answer("upload.partsize", "20971520")), (10 << 20, None)] {
        let store = good().await;
        store.answer(move |asked| length(asked) > passes, Answer::new(413));
        let board = checked(target(&store.endpoint()), Scope::All).await;
        assert_eq!(repair(&board, Id::P54), wanted, "{passes}");
        assert!(
            store
                .requests()
                .iter()
                .filter(|asked| part(asked))
                .all(|asked| length(asked) != 64 << 20 || asked.header("expect").is_some())
        );
        assert_eq!(kept(&store, OBJECT), [SENTINEL]);
    }
}

#[tokio::test]
async fn a_limit_of_a_proxy_does_not_hide_that_the_other_version_passes() {
    let store = good().await;
    store.refuse(streamed, 501, "NotImplemented");
    store.answer(|asked| length(asked) > 10 << 20, Answer::new(413));
    let board = checked(target(&store.endpoint()), Scope::All).await;
    assert_eq!(repair(&board, Id::P72), answer("s3.sigV4Enabled", "false"));
}

#[tokio::test]
async fn the_region_and_the_port_that_are_meant_are_offered() {
    let store = good().await;
    let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message><Region>eu-west-1</Region></Error>";
    store.answer(|asked| asked.query("prefix").is_some(), Answer::new(400).body(body));
    let board = checked_by(through(&store), target("http://s3.amazonaws.com"), Scope::All).await;
    assert_eq!(repair(&board, Id::P37), answer("s3.endpoint", "https://s3.eu-west-1.amazonaws.com"));

    store.answer(|_| true, Answer::new(200).header("server", "MinIO Console").body("<!doctype html>"));
    let board = checked_by(through(&store), target("http://minio.example:9001"), Scope::All).await;
    assert_eq!(repair(&board, Id::P19), answer("s3.endpoint", "http://minio.example:9000"));

    store.answer(|_| true, Answer::new(400).body("Client sent an HTTP request to an HTTPS server.\n"));
    let board = checked_by(through(&store), target("http://minio.example:9000"), Scope::All).await;
    assert_eq!(repair(&board, Id::P17), answer("s3.endpoint", "https://minio.example:9000"));
}

#[tokio::test]
async fn version_2_is_offered_where_only_the_region_is_wrong() {
    let store = good().await;
    let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region is wrong</Message></Error>";
    store.answer(|asked| asked.header("x-amz-date").is_some() || presigned(asked), Answer::new(400).body(body));
    let board = checked(target(&store.endpoint()), Scope::All).await;
    assert_eq!(repair(&board, Id::P37), answer("s3.sigV4Enabled", "false"));
}

#[tokio::test]
async fn a_port_with_tls_is_known_by_its_greeting_where_it_says_nothing_to_http() {
    let (server, _) = over_tls(&["localhost"]).await;
    let board = checked(target(&server.endpoint), Scope::Reach).await;
    assert_eq!(seen(&board)[1..], ["service P17 Ping Some(\"s3.endpoint\")"]);
    assert_eq!(repair(&board, Id::P17), answer("s3.endpoint", &server.endpoint.replace("http:", "https:")));
}

#[tokio::test]
async fn certificates_are_told_by_what_is_wrong_with_them() {
    let (server, ca) = over_tls(&["store.example"]).await;
    let connect_to = Some(server.endpoint.trim_start_matches("http://").to_owned());
    for (ca, host, wanted) in [(None, "store.example", Id::P29), (Some(ca), "other.example", Id::P30)] {
        let route = Route { connect_to: connect_to.clone(), ca, ..Route::default() };
        let board = checked_by(route, target(&format!("https://{host}")), Scope::Reach).await;
        assert_eq!(seen(&board), [format!("tls {wanted} Ping Some(\"s3.endpoint\")")]);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_none_is_told_and_nothing_is_sent() {
    let board = checked(target("http://my_store"), Scope::All).await;
    assert_eq!(seen(&board)[0], "address P21 Ping Some(\"s3.endpoint\")");
    let route = Route { connect_to: Some("nowhere".into()), ca: None, ..Route::default() };
    let board = checked_by(route, target("http://store.example"), Scope::All).await;
    assert_eq!(seen(&board)[0], "address P89 Ping None");
}

/// Clients use a different address. `--connect-to` replaces the endpoint only.
#[tokio::test]
async fn connect_to_counts_for_the_endpoint_and_not_for_the_override() {
    let store = good().await;
    let with = |host: &str, version| target::S3Store {
        override_host: Some(host.into()),
        version,
        ..target("http://store.example:9000")
    };
    let told = async |store_: target::S3Store| {
        let board = checked_by(through(&store), store_, Scope::All).await;
        seen(&board).into_iter().filter(|line| line.contains(" P") && !line.contains("P31")).collect::<Vec<_>>()
    };
    assert_eq!(told(with("http://store.example:9000", Version::V4)).await, Vec::<String>::new());
    assert_eq!(told(with(&store.endpoint(), Version::V2)).await, Vec::<String>::new());
    let refused = told(with(&store.endpoint(), Version::V4)).await;
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused.iter().all(|line| line.contains("P32")), "{refused:?}");
}

#[tokio::test]
async fn what_may_not_be_listed_is_aborted_all_the_same() {
    let store = good().await;
    store.refuse(|asked| asked.method == Method::GET && asked.query("uploads").is_some(), 403, "AccessDenied");
    let board = checked(target(&store.endpoint()), Scope::All).await;
    let aborts = |asked: &Asked| asked.method == Method::DELETE && asked.bucket() == OBJECT;
    // The check removed it, so the clean-up had nothing to do.
    assert_eq!(store.requests().iter().filter(|asked| aborts(asked)).count(), 1);
    assert_eq!(board.end.unwrap().leftovers, []);
}
