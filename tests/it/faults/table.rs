//! Lists the rows of the lab. A row is a server, a configuration, and the expected findings.

use std::time::Duration;

use http::{HeaderValue, Method};
use score_setup::{score::Version, text::secret::Secret};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::wire::Deed;
use crate::{
    checks::{Change, Fault, OBJECT, SENTINEL, STATE, as_it_is, listing, meta, nothing, part, presigned, streamed},
    store::{Answer, Asked, Store},
};

pub(super) enum World {
    /// A good store with this fault.
    Store(Fault),
    /// A good store that answers like a real one: its name, and the case.
    Recorded(&'static str, &'static str),
    Wire(Deed),
}

pub(super) enum At {
    /// At its address, over http.
    Here,
    HereInTls,
    /// Through this name, which leads to its address.
    Through(&'static str),
    /// At an address without a server.
    Nowhere(&'static str),
    /// At such an address, in a shell with a proxy variable.
    BehindProxy(&'static str),
}

pub(super) struct Row {
    pub(super) fault: &'static str,
    pub(super) world: World,
    pub(super) at: At,
    pub(super) change: Change,
    /// The expected lines. See `lines`.
    pub(super) told: &'static [&'static str],
    /// The longest time until the first failure, in seconds.
    pub(super) within: f32,
}

const fn row(fault: &'static str, world: World, told: &'static [&'static str]) -> Row {
    Row { fault, world, at: At::Here, change: as_it_is, told, within: 3.0 }
}

const fn wire(fault: &'static str, deed: Deed, told: &'static [&'static str]) -> Row {
    Row { within: 1.0, ..row(fault, World::Wire(deed), told) }
}

const fn store(fault: &'static str, done: Fault, told: &'static [&'static str]) -> Row {
    row(fault, World::Store(done), told)
}

const fn recorded(name: &'static str, case: &'static str, fault: &'static str, told: &'static [&'static str]) -> Row {
    row(fault, World::Recorded(name, case), told)
}

/// Makes a row without a server.
const fn nowhere(fault: &'static str, at: At, told: &'static [&'static str]) -> Row {
    Row { at, within: 1.0, ..row(fault, World::Store(nothing), told) }
}

impl Row {
    const fn at(self, at: At) -> Self {
        Self { at, ..self }
    }

    const fn with(self, change: Change) -> Self {
        Self { change, ..self }
    }

    /// Allows the time for one missing reply among many requests.
    const fn late(self) -> Self {
        Self { within: 15.0, ..self }
    }

    /// Allows the time for detecting a silent server.
    const fn silent(self) -> Self {
        Self { within: 5.0, ..self }
    }
}

fn error(status: u16, code: &str, message: &str, more: &str) -> Answer {
    let body = format!(
        "<Error><Code>{code}</Code><Message>{message}</Message>{more}<RequestId>4442587FB7D0A2F9</RequestId></Error>"
    );
    Answer::new(status)
        .header("content-type", "application/xml")
        .header("x-amz-request-id", "4442587FB7D0A2F9")
        .body(body)
}

fn page(status: u16, title: &str) -> Answer {
    let body = format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>");
    Answer::new(status).header("content-type", "text/html").body(body)
}

fn signed(asked: &Asked) -> bool {
    asked.header("authorization").is_some() || presigned(asked)
}

fn everything(_: &Asked) -> bool {
    true
}

fn writes(asked: &Asked) -> bool {
    asked.method == Method::PUT
}

fn large(asked: &Asked) -> bool {
    asked.header("content-length").is_some_and(|length| length.parse::<u64>().unwrap() > 1 << 20)
}

fn an_hour_ahead(store: &Store) {
    ahead(store, Duration::from_hours(1));
}

fn ahead(store: &Store, time: Duration) {
    let date = (OffsetDateTime::now_utc() + time).format(&Rfc2822).unwrap();
    let date = HeaderValue::from_str(&date.replace("+0000", "GMT")).unwrap();
    store.alter(everything, move |reply| drop(reply.headers.insert("date", date.clone())));
}

/// A store whose clock is 10 minutes ahead. It accepts signed requests, and refuses URLs that live for 5 minutes.
fn ten_minutes_ahead(store: &Store, message: &str) {
    let time = Duration::from_mins(10);
    ahead(store, time);
    let date = (OffsetDateTime::now_utc() + time).format(&Rfc2822).unwrap().replace("+0000", "GMT");
    let refused = error(403, "AccessDenied", message, "").header("date", &date);
    store.answer(|asked| presigned(asked) && asked.key() == SENTINEL, refused);
}

fn announced(asked: &Asked, size: u64) -> bool {
    presigned(asked)
        && asked.header("expect").is_some()
        && asked.header("content-length").is_some_and(|length| length.parse::<u64>().unwrap() > size)
}

/// A store that takes the host for a bucket, as Ceph does, and therefore signs another path with version 2.
fn host_for_bucket(store: &Store) {
    store.answer(signed, error(404, "NoSuchBucket", "", "<BucketName>store.example</BucketName>"));
    store.answer(
        |asked| asked.header("authorization").is_some_and(|it| it.starts_with("AWS ")),
        error(403, "SignatureDoesNotMatch", "", ""),
    );
}

const ORACLE: &str = "The secret key required to complete authentication could not be found. The region must be \
                      specified if this is not the home region for the tenancy.";

fn wrong_secret(target: &mut score_setup::answers::target::S3Store) {
    target.secret_key = Secret::new("another");
}

const DENIED: &str = "User: arn:aws:iam::123456789012:user/t is not authorized to perform: s3:ListBucket on resource: \
                      \"arn:aws:s3:::score-state\" with an explicit deny in a resource-based policy";

#[rustfmt::skip]
pub(super) static TABLE: &[Row] = &[
    // The connection.
    nowhere("name unknown", At::Nowhere("http://no-such-host.invalid"), &["address P20 ping s3.endpoint"]),
    nowhere("name of one part unknown", At::Nowhere("http://no-such-minio:9000"), &["address P20 ping s3.endpoint"]),
    nowhere("host.docker.internal", At::Nowhere("http://host.docker.internal:9000"), &["address P20 ping s3.endpoint"]),
    nowhere("bucket before an unknown host", At::Nowhere("http://score-object.no-such-host.invalid"), &["address P26 ping s3.endpoint → s3.endpoint=http://no-such-host.invalid"]),
    nowhere("unknown name, proxy variable set", At::BehindProxy("https://no-such-host.invalid"), &["address P23 ping s3.endpoint"]),
    nowhere("underscore in the host", At::Nowhere("http://score_minio:9000"), &["address P21 ping s3.endpoint"]),
    nowhere("no scheme", At::Nowhere("minio:9000"), &["address P16 ping s3.endpoint"]),
    nowhere("endpoint of a VPC", At::Nowhere("https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"), &["address P110 ping s3.endpoint"]),
    nowhere("access point", At::Nowhere("https://ap-123456789012.s3-accesspoint.us-east-1.amazonaws.com"), &["address P110 ping s3.endpoint"]),
    nowhere("acceleration", At::Nowhere("https://bucket.s3-accelerate.amazonaws.com"), &["address P110 ping s3.endpoint"]),
    nowhere("Express One Zone", At::Nowhere("https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com"), &["address P110 ping s3.endpoint"]),
    nowhere("console of a provider", At::Nowhere("https://console.wasabisys.com"), &["address P19 ping s3.endpoint"]),
    nowhere("bucket in front of a provider", At::Nowhere("https://files.fra1.digitaloceanspaces.com"), &["address P26 ping s3.endpoint → s3.endpoint=https://fra1.digitaloceanspaces.com"]),
    nowhere("bucket in front of Scaleway", At::Nowhere("https://files.s3.fr-par.scw.cloud"), &["address P26 ping s3.endpoint → s3.endpoint=https://s3.fr-par.scw.cloud"]),
    nowhere("native API of Swift", At::Nowhere("https://swift.example.org/v1/AUTH_score"), &["address P27 ping s3.endpoint → s3.endpoint=https://swift.example.org"]),
    nowhere("no path style at Alibaba Cloud", At::Nowhere("https://oss-eu-central-1.aliyuncs.com"), &["address P111 ping s3.endpoint"]),
    store("no path style, by the code", |s| s.answer(signed, error(403, "SecondLevelDomainForbidden", "Please use virtual hosted style.", "")), &["sign-in P111 ping s3.endpoint"]),
    wire("nobody listens", Deed::Closed, &["port P22 ping s3.endpoint"]),
    wire("no SYN-ACK", Deed::NoSynAck, &["port P22 ping s3.endpoint"]).silent(),
    wire("takes connections and is silent", Deed::Silent, &["service P22 ping s3.endpoint"]).silent(),
    wire("silent to TLS", Deed::Silent, &["tls P22 ping s3.endpoint"]).at(At::HereInTls).silent(),
    wire("half of the headers", Deed::HalfHeaders, &["service P22 ping s3.endpoint"]).silent(),
    wire("headers that drip", Deed::DripHeaders, &["service P22 ping s3.endpoint"]).silent(),
    wire("a body that drips", Deed::Drip, &["service P22 ping s3.endpoint"]).silent(),
    wire("reset at the first byte", Deed::ResetAtOnce, &["service P85 ping s3.endpoint"]),
    wire("reset after the request", Deed::ResetAfterRequest, &["service P85 ping s3.endpoint"]),
    wire("closed without a word", Deed::HangUp, &["service P85 ping s3.endpoint"]),
    wire("less body than promised", Deed::Truncated, &["service P85 ping s3.endpoint"]),
    wire("reset in the body", Deed::ResetInBody, &["service P85 ping s3.endpoint"]),
    wire("headers without end", Deed::HugeHeaders, &["service P79 ping s3.endpoint"]),
    wire("SSH", Deed::Banner("SSH-2.0-OpenSSH_9.2\r\n"), &["service P79 ping s3.endpoint"]),
    wire("SMTP", Deed::Banner("220 mail.example.test ESMTP\r\n"), &["service P79 ping s3.endpoint"]),
    // The server that answers.
    nowhere("https to a plain port", At::HereInTls, &["tls P18 ping s3.endpoint → s3.endpoint=http://HERE"]),
    store("http to a TLS port of Go", |s| s.answer(everything, Answer::new(400).body("Client sent an HTTP request to an HTTPS server.\n")),
        &["service P17 ping s3.endpoint → s3.endpoint=https://HERE"]),
    store("http to a TLS port of nginx", |s| s.answer(everything, page(400, "400 The plain HTTP request was sent to HTTPS port")),
        &["service P17 ping s3.endpoint → s3.endpoint=https://HERE"]),
    store("console of MinIO", |s| s.answer(everything, error(403, "AccessDenied", "S3 API Requests must be made to API port.", "")),
        &["service P19 ping s3.endpoint → s3.endpoint=http://minio.example:9000"]).at(At::Through("http://minio.example:9001")),
    store("login page of a network", |s| s.answer(everything, page(200, "Sign in to network")), &["service P79 ping s3.endpoint"]),
    store("redirect to a login page", |s| s.answer(everything, Answer::new(302).header("location", "http://127.0.0.1:1/login")),
        &["service P79 ping s3.endpoint"]),
    store("redirect to https", |s| s.answer(everything, Answer::new(301).header("location", "https://store.example/")),
        &["service P79 ping s3.endpoint → s3.endpoint=https://store.example"]),
    store("JSON", |s| s.answer(everything, Answer::new(404).body("{\"detail\":\"Not Found\"}")), &["service P79 ping s3.endpoint"]),
    store("200 and nothing", |s| s.answer(everything, Answer::new(200)), &["service P79 ping s3.endpoint"]),
    store("403 and nothing", |s| s.answer(everything, Answer::new(403)), &["sign-in P46 ping s3.accessKey"]),
    store("403 page of a firewall", |s| s.answer(everything, page(403, "Access Denied by policy")), &["service P79 ping s3.endpoint"]),
    store("407 of a proxy", |s| s.answer(everything, Answer::new(407).header("proxy-authenticate", "Basic realm=\"corp\"")),
        &["service P23 ping s3.endpoint"]),
    store("502 of a proxy", |s| s.answer(everything, page(502, "502 Bad Gateway")), &["sign-in P78 ping -"]),
    store("504 of a proxy", |s| s.answer(everything, page(504, "504 Gateway Time-out")), &["sign-in P78 ping -"]),
    // Faults of the store itself.
    store("slow down", |s| s.answer(everything, error(503, "SlowDown", "Please reduce your request rate.", "")), &["sign-in P78 ping -"]),
    store("not initialised", |s| s.answer(everything, error(503, "XMinioServerNotInitialized", "Server not initialized, please try again.", "")),
        &["sign-in P78 ping -"]),
    store("internal error", |s| s.answer(everything, error(500, "InternalError", "We encountered an internal error.", "")), &["sign-in P78 ping -"]),
    store("gateway up, cluster stuck", |s| s.silent(signed), &["sign-in P83 ping s3.endpoint"]).silent(),
    store("full", |s| s.answer(writes, error(507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold.", "")),
        &["state-meta P42 transfer -", "part P42 transfer -"]),
    // Quotas and suspended users, by the codes and words of several stores.
    store("quota of MinIO", |s| s.answer(writes, error(400, "XMinioAdminBucketQuotaExceeded", "Bucket quota exceeded", "")),
        &["state-meta P42 transfer s3.accessKey", "part P42 transfer s3.accessKey"]),
    store("quota of a store that no table names", |s| s.answer(writes, error(403, "BucketQuotaReached", "", "")),
        &["state-meta P42 transfer s3.accessKey", "part P42 transfer s3.accessKey"]),
    store("quota of Garage", |s| s.answer(writes, error(403, "AccessDenied", "Forbidden: Bucket size quota is reached, maximum total size of objects for this bucket: 1", "")),
        &["state-meta P42 transfer s3.accessKey", "part P42 transfer s3.accessKey"]),
    store("quota smaller than a part, at MinIO", |s| s.answer(|a| announced(a, 0), error(400, "XMinioAdminBucketQuotaExceeded", "", "")), &["part P42 transfer s3.accessKey"]),
    store("quota smaller than a part, at Ceph", |s| s.answer(|a| announced(a, 0), error(403, "QuotaExceeded", "", "")), &["part P42 transfer s3.accessKey"]),
    store("full for a whole part", |s| s.answer(|a| announced(a, 0), error(507, "XMinioStorageFull", "", "")), &["part P42 transfer -"]),
    store("large parts denied", |s| s.answer(|a| announced(a, 0), error(403, "AccessDenied", "", "")), &["part P54 transfer s3.endpoint"]),
    store("large parts refused without a reason", |s| s.answer(|a| announced(a, 30 << 20), Answer::new(400)),
        &["part P54 transfer upload.partsize → upload.partsize=20971520"]),
    store("busy for a whole part", |s| s.answer(|a| announced(a, 0), error(503, "SlowDown", "", "")), &["part P78 transfer -"]),
    store("bodies of a mebibyte refused with another code", |s| s.answer(large, error(400, "InvalidRequest", "", "")), &["part P54 transfer s3.endpoint"]),
    store("disabled user of MinIO", |s| s.answer(signed, error(403, "InvalidAccessKeyId", "Your account is disabled; please contact your administrator.", "")),
        &["sign-in P42 ping s3.accessKey"]),
    // Keys, clock, region, version.
    store("wrong secret", nothing, &["sign-in P34 ping s3.secretKey"]).with(wrong_secret),
    store("unknown key", nothing, &["sign-in P35 ping s3.accessKey"]).with(|s| s.access_key = "NOBODYSKEY0000000001".into()),
    store("temporary key", nothing, &["sign-in P08 ping s3.accessKey"]).with(|s| s.access_key = "ASIA0000000000000001".into()),
    store("expired token", |s| s.answer(everything, error(400, "ExpiredToken", "The provided token has expired.", "")), &["sign-in P08 ping s3.accessKey"]),
    store("403 without a reason to everything signed", |s| s.answer(signed, Answer::new(403)), &["sign-in P46 ping s3.accessKey"]),
    store("denied to everybody alike", |s| s.answer(signed, error(403, "AccessDenied", "Access Denied", "")), &["sign-in P46 ping s3.accessKey"]),
    store("clock an hour behind", an_hour_ahead, &["clock P36 ping -"]),
    store("clock told by the refusal", |s| {
        let time = (OffsetDateTime::now_utc() - Duration::from_hours(1)).format(&time::format_description::well_known::Rfc3339).unwrap();
        s.answer(signed, error(403, "RequestTimeTooSkewed", "The difference is too large.", &format!("<ServerTime>{time}</ServerTime>")));
    }, &["sign-in P36 ping -"]),
    store("clock 10 minutes behind", |s| ten_minutes_ahead(s, "Request has expired"), &["clock P36 note -", "sentinel P36 ping -"]),
    store("clock 10 minutes behind, and no words", |s| ten_minutes_ahead(s, ""), &["clock P36 note -", "sentinel P36 ping -"]),
    store("region of Oracle", |s| s.answer(signed, error(403, "SignatureDoesNotMatch", ORACLE, "")), &["sign-in P37 ping s3.endpoint"]),
    store("region of Oracle, 400", |s| s.answer(signed, error(400, "InvalidRequest", "The region must be specified.", "")), &["sign-in P37 ping s3.endpoint"]),
    store("Wasabi: another endpoint", |s| s.answer(signed, error(301, "PermanentRedirect", "Use the specified endpoint.", "<Endpoint>s3.eu-central-1.wasabisys.com</Endpoint>")),
        &["sign-in P37 ping s3.endpoint → s3.endpoint=http://s3.eu-central-1.wasabisys.com"]).at(At::Through("http://s3.wasabisys.com")),
    store("another endpoint with the bucket", |s| s.answer(signed, error(301, "PermanentRedirect", "",
        "<Bucket>score-state</Bucket><Endpoint>score-state.b.store.example</Endpoint>")),
        &["sign-in P37 ping s3.endpoint → s3.endpoint=http://b.store.example"]).at(At::Through("http://a.store.example")),
    store("another endpoint in a foreign domain", |s| s.answer(signed, error(301, "PermanentRedirect", "", "<Endpoint>thief.example</Endpoint>")),
        &["sign-in P37 ping s3.endpoint"]).at(At::Through("http://s3.store.example")),
    store("AWS: another region", |s| s.answer(signed, error(400, "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'", "")),
        &["sign-in P37 ping s3.endpoint → s3.endpoint=https://s3.eu-central-1.amazonaws.com"]).at(At::Through("http://s3.amazonaws.com")),
    store("AWS: a permanent redirect", |s| s.answer(signed, error(301, "PermanentRedirect", "Use the specified endpoint.",
        "<Endpoint>score-state.s3.eu-central-1.amazonaws.com</Endpoint>").header("x-amz-bucket-region", "eu-central-1")),
        &["sign-in P37 ping s3.endpoint → s3.endpoint=https://s3.eu-central-1.amazonaws.com"]).at(At::Through("http://s3.amazonaws.com")),
    store("AWS: a redirect that names only the host", |s| s.answer(signed, error(301, "PermanentRedirect", "Use the specified endpoint.",
        "<Endpoint>score-state.s3-eu-west-1.amazonaws.com</Endpoint>")),
        &["sign-in P37 ping s3.endpoint → s3.endpoint=https://s3.eu-west-1.amazonaws.com"]).at(At::Through("http://s3.amazonaws.com")),
    store("AWS: a redirect for a while", |s| s.answer(signed, error(307, "TemporaryRedirect", "Please re-send this request.",
        "<Endpoint>score-state.s3.eu-west-3.amazonaws.com</Endpoint>").header("location", "http://127.0.0.1:1/")),
        &["sign-in P37 ping s3.endpoint → s3.endpoint=https://s3.eu-west-3.amazonaws.com"]).at(At::Through("http://s3.amazonaws.com")),
    store("version 2 refused", |s| s.answer(|a| a.header("authorization").is_some_and(|it| it.starts_with("AWS ")), error(400, "InvalidRequest",
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.", "")),
        &["sign-in P38 ping s3.sigV4Enabled → s3.sigV4Enabled=true"]).with(|s| s.version = Version::V2),
    // Proxies in front of the store.
    store("Host changed", |s| s.on_the_way(|head| drop(head.headers.insert("host", HeaderValue::from_static("10.0.0.7:9000")))),
        &["sign-in P33 ping s3.sigV4Enabled → s3.sigV4Enabled=false"]),
    store("Authorization dropped", |s| s.on_the_way(|head| drop(head.headers.remove("authorization"))), &["sign-in P33 transfer s3.endpoint"]),
    store("bodies of a mebibyte pass", |s| s.answer(large, page(413, "413 Request Entity Too Large")), &["part P54 transfer s3.endpoint"]),
    store("firewall that refuses names with braces", |s| s.answer(|a| a.path.contains("%7B"), page(403, "Request Rejected")), &["state-marker P112 transfer s3.endpoint"]),
    store("gateway that refuses writes in plain text", |s| s.answer(writes, Answer::new(403).body("RBAC: access denied")),
        &["state-meta P112 transfer s3.endpoint", "part P112 transfer s3.endpoint"]),
    store("challenge of Cloudflare", |s| s.answer(everything, page(403, "Just a moment...").header("cf-mitigated", "challenge")), &["service P112 ping s3.endpoint"]),
    store("challenge for signed requests", |s| s.answer(signed, page(403, "Attention Required!")), &["sign-in P112 ping s3.endpoint"]),
    store("ETag removed", |s| s.alter(writes, |reply| drop(reply.headers.remove("etag"))), &["state-meta P52 transfer bucket.name.state", "part P52 transfer bucket.name.object"]),
    store("Range removed", |s| s.on_the_way(|head| drop(head.headers.remove("range"))), &["ranged-get P82 transfer s3.endpoint"]),
    store("override without a scheme", nothing, &[
        "part P16 transfer s3.preSignedUrl.override.host → s3.preSignedUrl.override.host=",
        "complete not probed: its part could not be sent: see the pre-signed part",
        "client-address not probed: s3.preSignedUrl.override.host is not a URL: see the sentinel",
        "sentinel P16 ping s3.preSignedUrl.override.host → s3.preSignedUrl.override.host=",
    ]).with(|s| s.override_host = Some("objects.example.org".into())),
    store("Expect refused", |s| s.answer(|a| a.header("expect").is_some(), Answer::new(417)), &["state-meta P25 transfer s3.endpoint"]),
    store("Expect swallows the reply", |s| s.silent(|a| a.header("expect").is_some() && writes(a)), &["state-meta P25 transfer s3.endpoint"]).late(),
    // Buckets and permissions.
    store("bucket before the host", |s| s.answer(|a| listing(a, STATE) || listing(a, OBJECT), error(404, "NoSuchKey", "The specified key does not exist.", "")),
        &["address P26 ping s3.endpoint → s3.endpoint=http://s3.eu-west-3.amazonaws.com"]).at(At::Through("http://files.s3.eu-west-3.amazonaws.com")),
    store("bucket before the host, and missing", |s| s.answer(signed, error(404, "NoSuchBucket", "", "<BucketName>files</BucketName>")), &[
        "object-bucket P26 ping s3.endpoint → s3.endpoint=http://store.example:9000", "state-bucket P26 transfer s3.endpoint → s3.endpoint=http://store.example:9000",
    ]).at(At::Through("http://files.store.example:9000")),
    store("host taken for a bucket", |s| s.answer(signed, error(404, "NoSuchBucket", "", "<BucketName>store.example</BucketName>")),
        &["object-bucket P41 ping s3.endpoint", "state-bucket P41 transfer s3.endpoint"]).at(At::Through("http://store.example:9000")),
    store("host taken for a bucket, version 2", host_for_bucket, &["sign-in P41 ping s3.endpoint"]).at(At::Through("http://store.example:9000")).with(|s| s.version = Version::V2),
    store("no state bucket", nothing, &["state-bucket P43 transfer bucket.name.state → bucket.name.state=score-state"]).with(|s| s.state_bucket = "score-stat".into()),
    store("no object bucket", nothing, &["object-bucket P43 ping bucket.name.object → create elsewhere"]).with(|s| s.object_bucket = "elsewhere".into()),
    store("a name that is none", |s| s.answer(|a| listing(a, OBJECT), error(400, "InvalidBucketName", "The specified bucket is not valid.", "")),
        &["object-bucket P44 ping bucket.name.object"]),
    store("explicit deny", |s| s.answer(|a| a.bucket() == STATE && (listing(a, STATE) || meta(a) && !writes(a)), error(403, "AccessDenied", DENIED, "")),
        &["state-bucket not probed: the key may not list it: see the missing object", "absent-key P47 transfer s3.accessKey", "state-read P49 transfer s3.accessKey"]),
    store("unfinished uploads unlisted", |s| s.answer(|a| a.method == Method::GET && a.query("uploads").is_some(),
        Answer::new(200).body("<ListMultipartUploadsResult></ListMultipartUploadsResult>")), &["abort P45 note bucket.name.object"]),
    store("no sentinel", nothing, &["sentinel P50 ping object.sentinel → put score-object/data/lighthouse"]).with(|s| s.sentinel = "lighthouse".into()),
    store("a sentinel that does not come", |s| s.silent(|a| a.key() == SENTINEL && presigned(a)), &["sentinel P51 ping s3.endpoint"]).late(),
    store("empty streamed objects refused", |s| s.answer(|a| streamed(a) && a.header("x-amz-decoded-content-length") == Some("0"),
        error(400, "XAmzContentSHA256Mismatch", "", "")), &["state-marker P71 transfer s3.sigV4Enabled → s3.sigV4Enabled=false"]),
    store("signed chunks refused", |s| s.answer(streamed, error(501, "NotImplemented", "Transfering payloads in multiple chunks using aws-chunked is not supported.", "")),
        &["state-meta P72 transfer s3.sigV4Enabled → s3.sigV4Enabled=false"]),
    store("root element of rclone", |s| s.alter(|a| a.method == Method::POST && a.query("uploads").is_some(), |reply| {
        reply.body = String::from_utf8_lossy(&reply.body).replace("MultipartUploadResult", "MultipartUpload").into();
    }), &["multipart P73 transfer s3.endpoint", "complete P73 transfer s3.endpoint"]),
    store("query dropped on the way", |s| s.answer(|a| presigned(a) && !part(a), page(500, "Internal Server Error")), &["sentinel P74 ping s3.endpoint"]),
    // Requests of old releases and of clients.
    store("version 2 of an old release", nothing, &["state-marker P120 transfer s3.sigV4Enabled → s3.sigV4Enabled=true"])
        .with(|s| { s.version = Version::V2; s.unescapes_paths = true; }),
    store("version 2 of an old release, where version 4 fails too", |s| s.answer(|a| streamed(a) && a.header("x-amz-decoded-content-length") == Some("0"),
        error(400, "XAmzContentSHA256Mismatch", "", "")), &["state-marker P120 transfer s3.sigV4Enabled"])
        .with(|s| { s.version = Version::V2; s.unescapes_paths = true; }),
    store("empty streamed objects refused, by an old release", |s| s.answer(|a| streamed(a) && a.header("x-amz-decoded-content-length") == Some("0"),
        error(400, "XAmzContentSHA256Mismatch", "", "")), &["state-marker P71 transfer s3.sigV4Enabled"]).with(|s| s.unescapes_paths = true),
    store("version 4 of an old release", nothing, &[]).with(|s| s.unescapes_paths = true),
    store("the usual port written out", nothing, &[
        "part P121 transfer s3.endpoint → s3.endpoint=http://store.example", "complete not probed: its part could not be sent: see the pre-signed part",
        "sentinel P121 ping s3.endpoint → s3.endpoint=http://store.example",
    ]).at(At::Through("http://store.example:80")),
    store("the usual port written out, with version 2", nothing, &[]).at(At::Through("http://store.example:80")).with(|s| s.version = Version::V2),
    store("a slash in front of the data directory", |s| s.memory.put(OBJECT, "/data/heliograph", "hello from the sentinel"), &[])
        .with(|s| s.data_directory = "/data".into()),
    store("a slash behind the data directory", |s| s.memory.put(OBJECT, "data//heliograph", "hello from the sentinel"),
        &["object-bucket T-49 ping s3.data.directory"]).with(|s| s.data_directory = "data/".into()),
    store("a slash in front of the upload directory", nothing, &["state-read T-49 transfer s3.upload.directory"])
        .with(|s| s.upload_directory = "/upload".into()),
    store("a slash behind the upload directory", nothing, &["state-meta T-49 transfer s3.upload.directory"])
        .with(|s| s.upload_directory = "upload/".into()),
    // Recorded answers of real stores.
    recorded("ceph", "wrong-secret", "Ceph: wrong secret", &["sign-in P34 ping s3.secretKey"]),
    recorded("ceph", "unknown-key", "Ceph: unknown key", &["sign-in P35 ping s3.accessKey"]),
    recorded("ceph", "clock", "Ceph: clock", &["sign-in P36 ping -"]),
    recorded("ceph", "no-bucket", "Ceph: no bucket", &["state-bucket P43 transfer bucket.name.state → create score-state"]),
    recorded("ceph", "suspended", "Ceph: user suspended", &["sign-in P42 ping s3.accessKey"]),
    recorded("ceph", "quota", "Ceph: quota", &["state-meta P42 transfer s3.accessKey", "multipart P42 transfer s3.accessKey"]),
    recorded("ceph", "read-only", "Ceph: read-only key", &["state-meta P49 transfer s3.accessKey", "multipart P49 transfer s3.accessKey"]),
    recorded("garage", "wrong-secret", "Garage: wrong secret", &["sign-in P34 ping s3.secretKey"]),
    recorded("garage", "unknown-key", "Garage: unknown key", &["sign-in P35 ping s3.accessKey"]),
    recorded("garage", "region", "Garage: region", &["sign-in P37 ping s3.endpoint"]),
    recorded("garage", "version-2", "Garage: version 2", &["sign-in P38 ping s3.sigV4Enabled → s3.sigV4Enabled=true"]).with(|s| s.version = Version::V2),
    recorded("garage", "no-bucket", "Garage: no bucket", &["state-bucket P43 transfer bucket.name.state → create score-state"]),
    recorded("garage", "read-only", "Garage: read-only key", &["state-meta P49 transfer s3.accessKey", "multipart P49 transfer s3.accessKey"]),
    recorded("minio", "wrong-secret", "MinIO: wrong secret", &["sign-in P34 ping s3.secretKey"]),
    recorded("minio", "unknown-key", "MinIO: unknown key", &["sign-in P35 ping s3.accessKey"]),
    recorded("minio", "clock", "MinIO: clock", &["sign-in P36 ping -"]),
    recorded("minio", "region", "MinIO: region", &["sign-in P37 ping s3.endpoint"]).at(At::Through("http://s3.lab.example:9000")),
    recorded("minio", "no-bucket", "MinIO: no bucket", &["state-bucket P43 transfer bucket.name.state → create score-state"]),
    recorded("minio", "read-only", "MinIO: read-only key", &["state-meta P49 transfer s3.accessKey", "multipart P49 transfer s3.accessKey"]),
    recorded("moto", "wrong-secret", "moto: wrong secret", &["sign-in P34 ping s3.secretKey"]),
    recorded("moto", "unknown-key", "moto: unknown key", &["sign-in P35 ping s3.accessKey"]),
    recorded("moto", "version-2", "moto: version 2", &["sign-in P78 ping -"]).with(|s| s.version = Version::V2),
    recorded("moto", "read-only", "moto: read-only key", &["state-meta P49 transfer s3.accessKey", "multipart P49 transfer s3.accessKey"]),
    recorded("ministack", "region", "MiniStack: region", &["sign-in P37 ping s3.endpoint"]).at(At::Through("http://s3.lab.example:9000")),
    recorded("ministack", "no-bucket", "MiniStack: no bucket", &["state-bucket P43 transfer bucket.name.state → create score-state"]),
    recorded("swift", "wrong-secret", "Swift: wrong secret", &["sign-in P34 ping s3.secretKey"]),
    recorded("swift", "unknown-key", "Swift: unknown key", &["sign-in P34 ping s3.secretKey"]),
    recorded("swift", "clock", "Swift: clock", &["sign-in P36 ping -"]),
    recorded("swift", "region", "Swift: region", &["sign-in P37 ping s3.endpoint"]).at(At::Through("http://s3.lab.example:9000")),
    recorded("swift", "no-bucket", "Swift: no bucket", &["state-bucket P43 transfer bucket.name.state → create score-state"]),
    recorded("swift", "read-only", "Swift: read-only key", &["state-meta P49 transfer s3.accessKey", "multipart P49 transfer s3.accessKey"]),
];
