//! Tests the sender with good and bad servers.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::Method;
use score_setup::{
    score::Version,
    store::probe::{self, Body, Distrust, Failure, Phase, Request, Route, RouteError, Sender, Signed, Signer},
    text::Endpoint,
};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::Instant,
};
use tokio_util::task::AbortOnDropHandle;

use crate::store::{Answer, Store};

const LIMIT: Duration = Duration::from_secs(10);

fn sender() -> Sender {
    Sender::new(&Route::default()).unwrap()
}

fn anonymous(endpoint: &str) -> Signed {
    Signed::unsigned(&Endpoint::parse(endpoint).unwrap(), &Request::new(Method::GET, "", ""))
}

fn signed(store: &Store, request: &Request) -> Signed {
    store.signer(Version::V4).by_header(request, OffsetDateTime::now_utc())
}

fn acl() -> Request {
    Request::new(Method::GET, "object", "").query("acl", "")
}

/// A server that does the same with every connection.
pub(crate) struct Raw {
    pub(crate) endpoint: String,
    _serving: AbortOnDropHandle<()>,
}

impl Raw {
    pub(crate) async fn start<F, W>(work: F) -> Self
    where
        F: Fn(TcpStream) -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let mut all = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                all.spawn(work(stream));
            }
        });
        Self { endpoint, _serving: AbortOnDropHandle::new(serving) }
    }

    /// Starts a server that answers `ok` to every request.
    pub(crate) async fn over_tls(config: rustls::ServerConfig) -> Self {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        Self::start(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    head.push(byte);
                }
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await);
                drop(stream.shutdown().await);
            }
        })
        .await
    }

    /// Starts a server that reads the head of a request and then sends these bytes.
    async fn saying(answer: impl Into<Bytes>) -> Self {
        let answer = answer.into();
        Self::start(move |mut stream| {
            let answer = answer.clone();
            async move {
                read_head(&mut stream).await;
                drop(stream.write_all(&answer).await);
                drop(stream.shutdown().await);
            }
        })
        .await
    }

    async fn ask(&self) -> Result<probe::Reply, Failure> {
        sender().send(anonymous(&self.endpoint), LIMIT).await
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

#[tokio::test]
async fn connections_are_kept_and_used_again() {
    let store = Store::with(&["object"]).await;
    let sender = sender();
    for _ in 0..5 {
        assert_eq!(sender.send(signed(&store, &acl()), LIMIT).await.unwrap().status, 200);
    }
    assert_eq!((store.requests().len(), store.connections()), (5, 1));
}

#[tokio::test]
async fn connections_that_were_opened_ahead_are_used() {
    let store = Store::with(&["object"]).await;
    let sender = sender();
    sender.open_ahead(&Endpoint::parse(&store.endpoint()).unwrap(), 3, LIMIT);
    let ask = || sender.send(signed(&store, &acl()), LIMIT);
    let (one, two, three) = tokio::join!(ask(), ask(), ask());
    assert_eq!([one, two, three].map(|reply| reply.unwrap().status.as_u16()), [200; 3]);
    assert_eq!(store.connections(), 3);
    // a server that takes no connection ahead is asked anyway
    sender.open_ahead(&Endpoint::parse("http://127.0.0.1:1").unwrap(), 3, LIMIT);
    assert!(matches!(sender.send(anonymous("http://127.0.0.1:1"), LIMIT).await, Err(Failure::Refused)));
}

/// `SeaweedFS` stores an empty part if the connection of an announced part is closed, and none if it is reset.
#[tokio::test]
async fn an_announcement_ends_with_a_reset() {
    let (tell, told) = std::sync::mpsc::channel();
    let server = Raw::start(move |mut stream| {
        let tell = tell.clone();
        async move {
            let head = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
            tell.send((head, stream.read_u8().await.map_err(|error| error.kind()))).unwrap();
        }
    })
    .await;
    let store = Store::start().await;
    let signer = Signer { endpoint: Endpoint::parse(&server.endpoint).unwrap(), ..store.signer(Version::V4) };
    let part = Request::new(Method::PUT, "object", "key").query("partNumber", 2);
    let url = signer.by_query(&part, time::Duration::MINUTE, OffsetDateTime::now_utc());
    assert!(sender().announce(&url, 5 << 20, LIMIT).await.unwrap().is_none());
    let (head, end) = tokio::task::spawn_blocking(move || told.recv_timeout(LIMIT).unwrap()).await.unwrap();
    assert!(head.contains("content-length: 5242880"), "{head}");
    assert_eq!(end, Err(std::io::ErrorKind::ConnectionReset));
}

/// Ceph sends 100 Continue before it compares the size with a quota (observed on Ceph 16.2.15).
#[tokio::test]
async fn a_refusal_right_after_100_continue_is_the_answer_to_an_announcement() {
    let server = Raw::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.unwrap();
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nfull").await.unwrap();
        drop(stream.read_u8().await);
    })
    .await;
    let store = Store::start().await;
    let signer = Signer { endpoint: Endpoint::parse(&server.endpoint).unwrap(), ..store.signer(Version::V4) };
    let part = Request::new(Method::PUT, "object", "key").query("partNumber", 2);
    let url = signer.by_query(&part, time::Duration::MINUTE, OffsetDateTime::now_utc());
    let refused = sender().announce(&url, 5 << 20, LIMIT).await.unwrap().unwrap();
    assert_eq!((refused.status.as_u16(), &refused.body[..]), (403, &b"full"[..]));
}

/// Java's clients take Host from the text of the URL. Score signs it without the port that the scheme implies.
#[tokio::test]
async fn clients_send_the_port_that_is_written_in_the_url() {
    for (endpoint, server, client) in [
        ("http://store.example:80", "store.example", "store.example:80"),
        ("http://store.example", "store.example", "store.example"),
        ("http://Store.example:8080", "Store.example:8080", "Store.example:8080"),
    ] {
        let store = Store::with(&["object"]).await;
        let route = Route { connect_to: Some(store.address().to_string()), ..Route::default() };
        let sender = Sender::new(&route).unwrap();
        let signer = Signer { endpoint: Endpoint::parse(endpoint).unwrap(), ..store.signer(Version::V4) };
        let now = OffsetDateTime::now_utc();
        assert_eq!(sender.send(signer.by_header(&acl(), now), LIMIT).await.unwrap().status, 200);
        let url = signer.by_query(&acl(), time::Duration::MINUTE, now);
        let reply = sender.fetch(&url, LIMIT).await.unwrap();
        assert_eq!(reply.status.as_u16(), if server == client { 200 } else { 403 });
        let hosts: Vec<_> = store.requests().iter().map(|asked| asked.header("host").unwrap().to_owned()).collect();
        assert_eq!(hosts, [server, client]);
    }
}

#[tokio::test]
async fn hundreds_of_requests_run_side_by_side() {
    let store = Arc::new(Store::with(&["object"]).await);
    store.delay(Duration::from_millis(20));
    let sender = sender();
    let started = Instant::now();
    let all: Vec<_> = (0..200)
        .map(|_| {
            let (sender, request) = (sender.clone(), signed(&store, &acl()));
            tokio::spawn(async move { sender.send(request, LIMIT).await.unwrap().status })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), 200);
    }
    assert!(store.most_at_once() > 50, "{}", store.most_at_once());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced_once() {
    // The server answers one request on each connection, promises to keep it, and hangs up.
    let server = Raw::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok").await;
    let sender = sender();
    for _ in 0..3 {
        let reply = sender.send(anonymous(&server.endpoint), LIMIT).await.unwrap();
        assert_eq!((reply.status.as_u16(), &reply.body[..]), (200, &b"ok"[..]));
    }
}

#[tokio::test]
async fn a_body_waits_until_the_server_wants_it() {
    let store = Store::with(&["object"]).await;
    let put = Request::new(Method::PUT, "object", "key").body(Body::Streamed("hello".into()));
    let started = Instant::now();
    assert_eq!(sender().send(signed(&store, &put), LIMIT).await.unwrap().status, 200);
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(store.memory.object("object", "key").unwrap(), "hello");
}

#[tokio::test]
async fn a_refusal_instead_of_100_is_read_without_sending_the_body() {
    let store = Store::with(&["object"]).await;
    store.refuse(|asked| asked.method == Method::PUT, 501, "NotImplemented");
    let put = Request::new(Method::PUT, "object", "key").body(Body::Streamed("hello".into()));
    let sender = sender();
    let started = Instant::now();
    for _ in 0..2 {
        let reply = sender.send(signed(&store, &put), LIMIT).await.unwrap();
        assert_eq!(reply.status, 501);
        assert_eq!(probe::xml::fault(&reply.body).unwrap().code, "NotImplemented");
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    // The body of the first reply would still have come on the first connection.
    assert_eq!(store.connections(), 2);
}

#[tokio::test]
async fn a_server_that_never_says_100_gets_the_body_after_three_seconds() {
    let server = Raw::start(|mut stream| async move {
        read_head(&mut stream).await;
        let mut body = vec![0; 86];
        stream.read_exact(&mut body).await.unwrap();
        assert!(body.starts_with(b"0;chunk-signature="));
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.unwrap();
    })
    .await;
    let endpoint = Endpoint::parse(&server.endpoint).unwrap();
    let signer = Signer {
        version: Version::V4,
        endpoint,
        region: "us-east-1".into(),
        access_key: "a".into(),
        secret: score_setup::text::secret::Secret::new("s"),
        unescapes_paths: false,
    };
    let put = Request::new(Method::PUT, "object", "key").body(Body::Streamed(Bytes::new()));
    let reply = sender().send(signer.by_header(&put, OffsetDateTime::now_utc()), LIMIT).await.unwrap();
    assert_eq!(reply.status, 200);
    assert!(reply.elapsed >= Duration::from_secs(3), "{:?}", reply.elapsed);
}

#[tokio::test]
async fn what_is_no_reply_is_told_apart() {
    let refused = sender().send(anonymous("http://127.0.0.1:1"), LIMIT).await.unwrap_err();
    assert!(matches!(refused, Failure::Refused), "{refused:?}");

    let silent = Raw::start(|mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    });
    let limit = Duration::from_millis(100);
    let silent = sender().send(anonymous(&silent.await.endpoint), limit).await.unwrap_err();
    assert!(matches!(silent, Failure::Timeout { phase: Phase::Reply, limit: of } if of == limit), "{silent:?}");

    let half = Raw::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").await.unwrap();
        std::future::pending::<()>().await;
    });
    let half = sender().send(anonymous(&half.await.endpoint), limit).await.unwrap_err();
    assert!(matches!(half, Failure::Timeout { phase: Phase::Body, .. }), "{half:?}");

    for (said, what) in [
        (&b""[..], "Closed(Reply)"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "CutOff"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "CutOff"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "NotHttp(\"SSH-2.0-OpenSSH_9.2\\r\\n\")"),
        (b"\x15\x03\x03\x00\x02\x02\x46", "NotHttp(\"\\u{15}\\u{3}\\u{3}\\0\\u{2}\\u{2}F\")"),
    ] {
        let failure = Raw::saying(said).await.ask().await.unwrap_err();
        let seen = match &failure {
            Failure::NotHttp(first) => format!("NotHttp({:?})", String::from_utf8_lossy(first)),
            other => format!("{other:?}"),
        };
        assert_eq!(seen, what);
        assert_eq!(failure.mixed_up(), said.starts_with(b"\x15"));
    }
}

#[tokio::test]
async fn a_reply_without_end_is_given_up() {
    let endless = |head: &'static str| {
        Raw::start(move |mut stream| async move {
            read_head(&mut stream).await;
            drop(stream.write_all(head.as_bytes()).await);
            while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
        })
    };
    for (head, status) in [
        ("HTTP/1.1 200 OK\r\n\r\n", Some(200)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", Some(200)),
        ("HTTP/1.1 200 OK\r\nX-Long: ", None),
    ] {
        let failure = endless(head).await.ask().await.unwrap_err();
        assert!(matches!(failure, Failure::TooLong { status: seen } if seen == status), "{head:?} {failure:?}");
    }
    let continued = Raw::start(|mut stream| async move {
        read_head(&mut stream).await;
        while stream.write_all(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(100)).await.is_ok() {}
    });
    let failure = continued.await.ask().await.unwrap_err();
    assert!(matches!(failure, Failure::TooLong { status: None }), "{failure:?}");
    let many = (0..200).fold("HTTP/1.1 200 OK\r\n".to_owned(), |head, at| format!("{head}X-{at}: 1\r\n"));
    let failure = Raw::saying(many + "\r\n").await.ask().await.unwrap_err();
    assert!(matches!(failure, Failure::TooLong { .. }), "{failure:?}");
}

#[tokio::test]
async fn a_redirect_is_a_reply_like_any_other() {
    let store = Store::with(&["object"]).await;
    store.answer(|_| true, Answer::new(301).header("location", "http://127.0.0.1:1/"));
    let reply = sender().send(anonymous(&store.endpoint()), LIMIT).await.unwrap();
    assert_eq!((reply.status.as_u16(), store.lines()), (301, vec!["GET /".to_owned()]));
}

#[tokio::test]
async fn another_address_changes_nothing_but_the_connection() {
    let store = Store::with(&["object"]).await;
    let route = Route { connect_to: Some(store.address().to_string()), ca: None, ..Route::default() };
    let sender = Sender::new(&route).unwrap();
    let endpoint = Endpoint::parse("http://s3.eu-central-1.store.example:9000").unwrap();
    let signer = Signer { endpoint, region: "eu-central-1".into(), ..store.signer(Version::V4) };
    let now = OffsetDateTime::now_utc();
    let reply = sender.send(signer.by_header(&acl(), now), LIMIT).await.unwrap();
    assert_eq!(reply.status, 200);
    let url = signer.by_query(&acl(), time::Duration::MINUTE, now);
    assert_eq!(sender.fetch(&url, LIMIT).await.unwrap().status, 200);
    for asked in store.requests() {
        assert_eq!(asked.header("host"), Some("s3.eu-central-1.store.example:9000"));
    }
    for bad in ["", "host", "host:", ":9000", "host:0", "http://host:9000"] {
        let route = Route { connect_to: Some(bad.to_owned()), ca: None, ..Route::default() };
        assert_eq!(Sender::new(&route).unwrap_err(), RouteError::ConnectTo(bad.to_owned()));
    }
}

#[tokio::test]
async fn an_override_is_asked_under_its_own_name() {
    let store = Store::with(&["object"]).await;
    let outside = Store::with(&["object"]).await;
    let url = store.signer(Version::V4).by_query(&acl(), time::Duration::MINUTE, OffsetDateTime::now_utc());
    let reply = sender().fetch(&url.through(&outside.endpoint()), LIMIT).await.unwrap();
    // The signature covers the host of the endpoint.
    assert_eq!((reply.status.as_u16(), store.requests().len()), (403, 0));
    assert_eq!(outside.requests()[0].header("host"), Some(outside.address().to_string().as_str()));
}

#[tokio::test]
async fn evidence_shows_no_signature() {
    let store = Store::with(&["object"]).await;
    let url = store.signer(Version::V2).by_query(&acl(), time::Duration::MINUTE, OffsetDateTime::now_utc());
    let reply = sender().fetch(&url, LIMIT).await.unwrap();
    assert_eq!(reply.sent, "GET /object/?acl&AWSAccessKeyId&Expires&Signature");
}

#[tokio::test]
async fn what_has_no_form_on_the_wire_is_not_sent() {
    let store = Store::with(&[]).await;
    let signer = Signer { access_key: "line\nbreak".into(), ..store.signer(Version::V2) };
    let failure = sender().send(signer.by_header(&acl(), OffsetDateTime::now_utc()), LIMIT).await.unwrap_err();
    assert!(matches!(failure, Failure::Unsendable(_)), "{failure:?}");
    let url = signer.by_query(&acl(), time::Duration::MINUTE, OffsetDateTime::now_utc());
    for (other, what) in [("", "Unsendable"), ("nonsense", "Unsendable"), ("http://[", "Unsendable")] {
        let failure = sender().fetch(&url.clone().through(other), LIMIT).await.unwrap_err();
        assert!(format!("{failure:?}").starts_with(what), "{failure:?}");
    }
    assert_eq!(store.requests().len(), 0);
}

/// Starts a TLS server with a certificate for these names. Returns it and its PEM.
pub(crate) async fn over_tls(names: &[&str]) -> (Raw, Vec<u8>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let params = rcgen::CertificateParams::new(names).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Raw::over_tls(config).await, cert.pem().into_bytes())
}

#[tokio::test]
async fn certificates_are_checked_against_the_endpoints_name() {
    let (server, ca) = over_tls(&["store.example"]).await;
    let address = server.endpoint.trim_start_matches("http://").to_owned();
    let route = |ca| Route { connect_to: Some(address.clone()), ca, ..Route::default() };
    let trusting = Sender::new(&route(Some(ca.clone()))).unwrap();
    assert_eq!(trusting.send(anonymous("https://store.example"), LIMIT).await.unwrap().status, 200);

    let other = trusting.send(anonymous("https://other.example"), LIMIT).await.unwrap_err();
    assert!(matches!(&other, Failure::Certificate(refusal) if refusal.why == Distrust::Name), "{other:?}");

    let strange = Sender::new(&route(None)).unwrap().send(anonymous("https://store.example"), LIMIT).await.unwrap_err();
    assert!(matches!(&strange, Failure::Certificate(refusal) if refusal.why == Distrust::Unknown), "{strange:?}");
}

#[tokio::test]
async fn tls_and_plain_mixed_up_is_seen_from_both_sides() {
    let plain = Store::with(&[]).await;
    let https = plain.endpoint().replace("http:", "https:");
    let failure = sender().send(anonymous(&https), LIMIT).await.unwrap_err();
    assert!(failure.mixed_up(), "{failure:?}");

    let (tls, _) = over_tls(&["localhost"]).await;
    let failure = tls.ask().await.unwrap_err();
    assert!(failure.mixed_up(), "{failure:?}");
}

#[tokio::test]
async fn the_stages_can_be_gone_one_by_one() {
    let (server, ca) = over_tls(&["localhost"]).await;
    let endpoint = Endpoint::parse(&server.endpoint.replace("http://127.0.0.1", "https://localhost")).unwrap();
    let sender = Sender::new(&Route { connect_to: None, ca: Some(ca), ..Route::default() }).unwrap();
    let (host, port) = sender.address_of(&endpoint);
    let addresses = probe::resolve(host, port, LIMIT).await.unwrap();
    assert!(addresses[0].is_ipv4(), "{addresses:?}");
    let stream = probe::connect(&addresses, LIMIT).await.unwrap();
    let stream = sender.handshake(stream, &endpoint, LIMIT).await.unwrap();
    assert_eq!(stream.get_ref().1.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));

    let failure = probe::resolve("no-such-host.invalid", 80, LIMIT).await.unwrap_err();
    assert!(matches!(failure, Failure::Dns(_)), "{failure:?}");
}

#[tokio::test]
async fn a_store_in_a_test_can_answer_otherwise() {
    let store = Store::with(&["object"]).await;
    store.alter(|asked| asked.bucket() == "object", |answer| answer.status = 299);
    let reply = sender().send(signed(&store, &acl()), LIMIT).await.unwrap();
    assert_eq!((reply.status.as_u16(), probe::xml::root(&reply.body).unwrap().as_str()), (299, "AccessControlPolicy"));
}
