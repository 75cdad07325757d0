//! Sends the sandbox bytes that no client of S3 would send. It must reply with an error or hang up, and then serve others.

use http::Method;
use score_setup::store::{probe::Request, sandbox::Sandbox};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::{LIMIT, OBJECT, Story};
use score_setup::score::Version;

/// Sends bytes on a connection of their own, and returns the status and the code of the reply.
async fn reply_to(sandbox: &Sandbox, bytes: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    // The sandbox may hang up before it has read all.
    drop(stream.write_all(bytes).await);
    drop(stream.shutdown().await);
    let mut reply = Vec::new();
    drop(timeout(LIMIT, stream.read_to_end(&mut reply)).await.expect("the sandbox replies or hangs up"));
    let text = String::from_utf8_lossy(&reply).into_owned();
    let between = |one: &str, other: &str| {
        text.split_once(one)
            .and_then(|(_, rest)| rest.split_once(other))
            .map(|(found, _)| found.to_owned())
            .unwrap_or_default()
    };
    (between("HTTP/1.1 ", " "), between("<Code>", "</Code>"))
}

fn head(line: &str, headers: &str) -> Vec<u8> {
    format!("{line} HTTP/1.1\r\nHost: h\r\n{headers}\r\n").into_bytes()
}

#[tokio::test]
async fn every_odd_request_gets_an_error_and_the_next_one_its_reply() {
    let story = Story::start(Version::V4).await;
    let many = (0..65).map(|at| format!("a{at}=b")).collect::<Vec<_>>().join("&");
    let query = |changed: &str| {
        let all = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=sandbox/20260101/r/s3/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
        let name = changed.split('=').next().unwrap();
        let pairs = all.split('&').map(|pair| if pair.starts_with(&format!("{name}=")) { changed } else { pair });
        head(&format!("GET /{OBJECT}/k?{}", pairs.collect::<Vec<_>>().join("&")), "")
    };
    let authorized = |value: &str| head(&format!("GET /{OBJECT}/k"), &format!("Authorization: {value}\r\n"));
    for (bytes, want) in [
        // hyper refuses these by itself, without a document.
        (b"\0\x01\x02\r\n\r\n".to_vec(), ("400", "")),
        (format!("GET / HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(200_000)).into_bytes(), ("431", "")),
        (head("GET /", &"a: b\r\n".repeat(200)), ("431", "")),
        (head("PUT /b/k", "Content-Length: -1\r\n"), ("400", "")),
        (Vec::new(), ("", "")),
        (head("OPTIONS *", ""), ("400", "InvalidURI")),
        (head(&format!("GET /{OBJECT}/%00"), ""), ("403", "AccessDenied")),
        (head(&format!("GET /{OBJECT}/%c3%28"), ""), ("400", "InvalidURI")),
        (head(&format!("GET /{OBJECT}/%zz"), ""), ("403", "AccessDenied")),
        (head("GET /..%2f..%2fetc/passwd", ""), ("400", "InvalidBucketName")),
        (head("GET //k", ""), ("400", "InvalidBucketName")),
        (head(&format!("GET http://other/{OBJECT}/k"), ""), ("403", "AccessDenied")),
        (head(&format!("GET /?{many}"), ""), ("400", "InvalidURI")),
        (query("X-Amz-Date=20261399T000000Z"), ("400", "AuthorizationQueryParametersError")),
        (query("X-Amz-Date=é"), ("400", "AuthorizationQueryParametersError")),
        (query("X-Amz-Expires=99999999999999999999"), ("400", "AuthorizationQueryParametersError")),
        (query("X-Amz-Expires=-1"), ("400", "AuthorizationQueryParametersError")),
        (query("X-Amz-Algorithm=none"), ("400", "AuthorizationQueryParametersError")),
        (query("X-Amz-Expires=60"), ("403", "AccessDenied")),
        (authorized("AWS"), ("400", "AuthorizationHeaderMalformed")),
        (authorized("AWS "), ("400", "AuthorizationHeaderMalformed")),
        (authorized("AWS sandbox:"), ("403", "AccessDenied")),
        (authorized("AWS4-HMAC-SHA256 Credential=,SignedHeaders=,Signature="), ("403", "AccessDenied")),
        (authorized("AWS4-HMAC-SHA256 ,,,===,"), ("400", "AuthorizationHeaderMalformed")),
        (authorized("Bearer x"), ("400", "AuthorizationHeaderMalformed")),
        (authorized("AWS a:b\r\nAuthorization: AWS a:b"), ("400", "InvalidArgument")),
    ] {
        let (status, code) = reply_to(&story.sandbox, &bytes).await;
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
        assert_eq!((status.as_str(), code.as_str()), want, "{shown}");
    }
    story.server(200, Request::new(Method::GET, OBJECT, "").query("acl", "")).await;
}

/// Makes a signed request of 5 bytes, with its headers as text.
fn signed_put(story: &Story, headers: &[(&str, Option<&str>)]) -> Vec<u8> {
    let request = super::put(OBJECT, "k", score_setup::store::probe::Body::Plain("hello".into()));
    let mut signed = story.signer.by_header(&request, time::OffsetDateTime::now_utc());
    signed.headers.remove("expect");
    let mut lines: Vec<String> = Vec::new();
    for (name, value) in &signed.headers {
        match headers.iter().find(|(changed, _)| changed == name) {
            None => lines.push(format!("{name}: {value}")),
            Some((_, Some(value))) => lines.push(format!("{name}: {value}")),
            Some((_, None)) => {}
        }
    }
    for (name, value) in headers {
        if let (Some(value), false) = (value, signed.headers.contains_key(*name)) {
            lines.push(format!("{name}: {value}"));
        }
    }
    format!("PUT {} HTTP/1.1\r\n{}\r\n\r\n", signed.target, lines.join("\r\n")).into_bytes()
}

#[tokio::test]
async fn a_body_must_have_the_length_and_the_size_that_fit() {
    // V2 does not sign the length, so that it can be changed here.
    let story = Story::start(Version::V2).await;
    for (headers, body, want) in [
        (&[][..], &b"hello"[..], ("200", "")),
        // The connection ends before the body does.
        (&[("content-length", Some("9"))], b"hello", ("400", "IncompleteBody")),
        (&[("content-length", Some("99999999999"))], b"hello", ("400", "EntityTooLarge")),
        (
            &[("content-length", None), ("transfer-encoding", Some("chunked"))],
            b"5\r\nhello\r\n0\r\n\r\n",
            ("411", "MissingContentLength"),
        ),
    ] {
        let mut bytes = signed_put(&story, headers);
        bytes.extend_from_slice(body);
        let (status, code) = reply_to(&story.sandbox, &bytes).await;
        assert_eq!((status.as_str(), code.as_str()), want, "{headers:?}");
    }
    assert_eq!(story.sandbox.memory.object(OBJECT, "k").unwrap(), "hello");
}

#[tokio::test]
async fn the_sandbox_is_full_before_the_machine_is() {
    let story = Story::start(Version::V4).await;
    let rooms: Vec<_> = (0..16).map(|_| story.sandbox.memory.room(63 << 20).unwrap()).collect();
    let large = || super::put(OBJECT, "k", score_setup::store::probe::Body::Plain(vec![0; 16 << 20].into()));
    let reply = story.server(403, large()).await;
    assert_eq!(score_setup::store::probe::xml::fault(&reply.body).unwrap().code, "QuotaExceeded");
    drop(rooms);
    for _ in 0..3 {
        story.server(200, large()).await;
    }
}
