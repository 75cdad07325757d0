//! Runs an Azure Blob Storage for tests in this process. It has the requests of Score and of this tool, the error codes
//! of the real service, its clock, its limit of five policies, and its own verification of signatures. Azurite checks
//! neither the clock nor the number of policies, and has one code for most refusals.

use std::{
    collections::BTreeMap,
    fmt::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use score_setup::{
    answers::target::{AzureStore, Cloud},
    text::secret::Secret,
};
use time::{
    Duration, OffsetDateTime, format_description::well_known::Rfc2822, format_description::well_known::Rfc3339,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::task::AbortOnDropHandle;

pub(crate) const ACCOUNT: &str = "acct";
pub(crate) const CONTAINER: &str = "score";

/// Returns an account key of 64 bytes, as Azure has them.
pub(crate) fn key() -> String {
    STANDARD.encode([7; 64])
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) start: String,
    pub(crate) expiry: String,
    pub(crate) permissions: String,
}

pub(crate) fn policy(name: &str, permissions: &str) -> Policy {
    Policy { name: name.into(), permissions: permissions.into(), ..Policy::default() }
}

/// A received request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    pub(crate) fn by_policy(&self) -> bool {
        self.query.contains_key("sig")
    }
}

#[derive(Default)]
pub(crate) struct Container {
    pub(crate) blobs: BTreeMap<String, Bytes>,
    blocks: BTreeMap<String, Vec<(String, Bytes)>>,
    pub(crate) policies: Vec<Policy>,
    /// The public access: `container`, `blob`, or empty.
    pub(crate) public: String,
    /// Further headers of the container.
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    /// The blobs in the archive tier.
    pub(crate) archived: Vec<String>,
    /// True if its blobs have versions.
    pub(crate) versions: bool,
}

type Rule = Arc<dyn Fn(&Asked) -> Option<Refusal> + Send + Sync>;

/// The first service version that shows what a container does with its blobs. Score's is older.
const SHOWS_SETTINGS: &str = "2020-10-02";

#[derive(Default)]
struct State {
    /// The inside of the properties of the Blob service.
    service: Mutex<String>,
    /// True if the account forbids public access.
    private: Mutex<bool>,
    containers: Mutex<BTreeMap<String, Container>>,
    rule: Mutex<Option<Rule>>,
    asked: Mutex<Vec<Asked>>,
    /// The delay of its clock.
    behind: Mutex<Duration>,
    /// The number of requests by policy that are refused before one is accepted.
    lag: Mutex<u32>,
}

pub(crate) struct Azure {
    address: SocketAddr,
    state: Arc<State>,
    _server: AbortOnDropHandle<()>,
}

#[derive(Debug, Clone)]
pub(crate) struct Refusal(pub(crate) u16, pub(crate) &'static str, pub(crate) String);

type Answer = Result<(u16, Vec<(&'static str, String)>, Bytes), Refusal>;

fn no<T>(status: u16, code: &'static str) -> Result<T, Refusal> {
    Err(Refusal(status, code, String::new()))
}

#[expect(clippy::unnecessary_wraps, reason = "the other answer is a refusal")]
fn ok(status: u16, body: impl Into<Bytes>) -> Answer {
    Ok((status, Vec::new(), body.into()))
}

impl Azure {
    /// Starts an account without a container.
    pub(crate) async fn empty() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let server = AbortOnDropHandle::new(tokio::spawn(serve(listener, state.clone())));
        Self { address, state, _server: server }
    }

    /// Starts an account as Score needs it.
    pub(crate) async fn good() -> Self {
        let azure = Self::empty().await;
        azure.state.containers.lock().unwrap().insert(CONTAINER.into(), Container::default());
        azure.container(|container| {
            container.blobs.insert("heliograph".into(), "a light in the dark\n".into());
            container.policies = vec![policy("DownloadPolicy", "r"), policy("UploadPolicy", "cw")];
        });
        azure
    }

    pub(crate) fn container<T>(&self, look: impl FnOnce(&mut Container) -> T) -> T {
        look(self.state.containers.lock().unwrap().get_mut(CONTAINER).unwrap())
    }

    pub(crate) fn behind(&self, by: Duration) {
        *self.state.behind.lock().unwrap() = by;
    }

    pub(crate) fn service(&self, properties: &str) {
        properties.clone_into(&mut self.state.service.lock().unwrap());
    }

    pub(crate) fn forbid_public_access(&self) {
        *self.state.private.lock().unwrap() = true;
    }

    pub(crate) fn lag(&self, requests: u32) {
        *self.state.lag.lock().unwrap() = requests;
    }

    pub(crate) fn refuse(
        &self,
        status: u16,
        code: &'static str,
        matching: impl Fn(&Asked) -> bool + Send + Sync + 'static,
    ) {
        let rule = move |asked: &Asked| matching(asked).then(|| Refusal(status, code, String::new()));
        *self.state.rule.lock().unwrap() = Some(Arc::new(rule));
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    pub(crate) fn target(&self) -> AzureStore {
        AzureStore {
            protocol: "https".into(),
            account: ACCOUNT.into(),
            key: Secret::new(key()),
            cloud: Cloud::Endpoint(format!("http://{}/{ACCOUNT}", self.address)),
            container: CONTAINER.into(),
            upload_policy: "UploadPolicy".into(),
            download_policy: "DownloadPolicy".into(),
            sentinel: "heliograph".into(),
            part_size: 67_108_864,
            download_expiration_days: 1,
        }
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let state = state.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| reply(state.clone(), request));
            drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
        });
    }
}

async fn reply(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, String> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(|error| error.to_string())?.to_bytes();
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = Asked { method: head.method, path: head.uri.path().to_owned(), query, headers: head.headers, body };
    state.asked.lock().unwrap().push(asked.clone());
    let rule = state.rule.lock().unwrap().clone();
    let answer = match rule.and_then(|rule| rule(&asked)) {
        Some(refusal) => Err(refusal),
        None => state.answer(&asked),
    };
    let now = OffsetDateTime::now_utc() - *state.behind.lock().unwrap();
    let date = now.format(&Rfc2822).unwrap().replace("+0000", "GMT");
    let response = Response::builder()
        .header("date", date)
        .header("server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0")
        .header("x-ms-request-id", "b4d509b9-0001");
    let response = match answer {
        Ok((status, headers, body)) => {
            let response =
                headers.into_iter().fold(response.status(status), |all, (name, value)| all.header(name, value));
            response.body(Full::new(body))
        }
        Err(Refusal(status, code, detail)) => {
            let detail = if detail.is_empty() {
                detail
            } else {
                format!("<AuthenticationErrorDetail>{detail}</AuthenticationErrorDetail>")
            };
            let text = format!(
                "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>No.</Message>{detail}</Error>"
            );
            let text = if asked.method == Method::HEAD { String::new() } else { text };
            response.status(status).header("x-ms-error-code", code).body(Full::new(text.into()))
        }
    };
    response.map_err(|error| error.to_string())
}

/// Returns the HMAC in base64. ring computes it; the signed text is composed here.
fn mac(text: &str) -> String {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[7; 64]);
    STANDARD.encode(ring::hmac::sign(&key, text.as_bytes()))
}

impl State {
    fn answer(&self, asked: &Asked) -> Answer {
        let rest = asked.path.strip_prefix(&format!("/{ACCOUNT}")).unwrap_or(&asked.path);
        let (container, blob) =
            rest.trim_start_matches('/').split_once('/').unwrap_or((rest.trim_start_matches('/'), ""));
        let mut containers = self.containers.lock().unwrap();
        if asked.by_policy() {
            let Some(found) = containers.get(container) else { return no(403, "AuthenticationFailed") };
            self.by_policy(asked, found, container, blob)?;
        } else if asked.headers.contains_key("authorization") {
            self.by_key(asked)?;
        } else if *self.private.lock().unwrap() {
            return no(409, "PublicAccessNotPermitted");
        } else if containers.get(container).is_none_or(|container| container.public.is_empty()) {
            return no(404, "ResourceNotFound");
        }
        if (asked.query("restype"), asked.query("comp")) == ("service", "properties") {
            let inner = self.service.lock().unwrap();
            return ok(200, format!("\u{feff}<StorageServiceProperties>{inner}</StorageServiceProperties>"));
        }
        if blob.is_empty() && asked.method == Method::PUT && asked.query("comp").is_empty() {
            if containers.contains_key(container) {
                return no(409, "ContainerAlreadyExists");
            }
            containers.insert(
                container.to_owned(),
                Container { public: asked.header("x-ms-blob-public-access").into(), ..Container::default() },
            );
            return ok(201, "");
        }
        let Some(container) = containers.get_mut(container) else { return no(404, "ContainerNotFound") };
        match (&asked.method, asked.query("comp"), blob) {
            (&Method::HEAD | &Method::GET, "", "") if asked.header("x-ms-version") < SHOWS_SETTINGS => ok(200, ""),
            (&Method::HEAD | &Method::GET, "", "") => {
                let public =
                    (!container.public.is_empty()).then(|| ("x-ms-blob-public-access", container.public.clone()));
                let others = container.headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
                Ok((200, others.chain(public).collect(), Bytes::new()))
            }
            (&Method::GET, "list", "") => ok(200, listed(container)),
            (&Method::GET, "acl", "") => {
                let headers = if container.public.is_empty() {
                    Vec::new()
                } else {
                    vec![("x-ms-blob-public-access", container.public.clone())]
                };
                Ok((200, headers, shown(&container.policies).into()))
            }
            (&Method::PUT, "acl", "") => {
                let policies = read(std::str::from_utf8(&asked.body).unwrap());
                if policies.len() > 5 {
                    return no(400, "InvalidXmlDocument");
                }
                container.policies = policies;
                asked.header("x-ms-blob-public-access").clone_into(&mut container.public);
                ok(200, "")
            }
            (_, _, "") => no(405, "UnsupportedHttpVerb"),
            (method, comp, blob) => on_blob(asked, container, method, comp, blob),
        }
    }

    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() - *self.behind.lock().unwrap()
    }

    /// Verifies a shared key signature (learn.microsoft.com "Authorize with Shared Key").
    fn by_key(&self, asked: &Asked) -> Result<(), Refusal> {
        let date = asked.header("x-ms-date").replace("GMT", "+0000");
        let date =
            OffsetDateTime::parse(&date, &Rfc2822).map_err(|_| Refusal(400, "InvalidHeaderValue", String::new()))?;
        if (self.now() - date).abs() > Duration::minutes(15) {
            return Err(Refusal(403, "AuthenticationFailed", "The Date header in the request is incorrect.".into()));
        }
        let mut text = String::new();
        writeln!(text, "{}", asked.method).unwrap();
        for name in [
            "content-encoding",
            "content-language",
            "content-length",
            "content-md5",
            "content-type",
            "date",
            "if-modified-since",
            "if-match",
            "if-none-match",
            "if-unmodified-since",
            "range",
        ] {
            let value = asked.header(name);
            writeln!(text, "{}", if (name, value) == ("content-length", "0") { "" } else { value }).unwrap();
        }
        let ms: BTreeMap<_, _> = asked
            .headers
            .iter()
            .filter(|(name, _)| name.as_str().starts_with("x-ms-"))
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        for (name, value) in ms {
            writeln!(text, "{name}:{value}").unwrap();
        }
        write!(text, "/{ACCOUNT}{}", asked.path).unwrap();
        for (name, value) in &asked.query {
            write!(text, "\n{}:{value}", name.to_lowercase()).unwrap();
        }
        let said = asked.header("authorization");
        if said == format!("SharedKey {ACCOUNT}:{}", mac(&text)) {
            Ok(())
        } else {
            Err(Refusal(
                403,
                "AuthenticationFailed",
                "The MAC signature found in the HTTP request is not the same as any computed signature.".into(),
            ))
        }
    }

    /// Verifies a SAS (learn.microsoft.com "Create a service SAS" and "Define a stored access policy").
    fn by_policy(&self, asked: &Asked, container: &Container, name: &str, blob: &str) -> Result<(), Refusal> {
        let failed = |why: &str| Err(Refusal(403, "AuthenticationFailed", why.to_owned()));
        {
            let mut lag = self.lag.lock().unwrap();
            if *lag > 0 {
                *lag -= 1;
                return failed("Signature fields not well formed.");
            }
        }
        let [st, se, si] = ["st", "se", "si"].map(|name| asked.query(name).to_owned());
        let text = format!("\n{st}\n{se}\n/blob/{ACCOUNT}/{name}/{blob}\n{si}\n\n\n2015-12-11\n\n\n\n\n");
        if (asked.query("sv"), asked.query("sr")) != ("2015-12-11", "b") || asked.query("sig") != mac(&text) {
            return failed("Signature did not match.");
        }
        let Some(policy) = container.policies.iter().find(|policy| policy.name == si) else {
            return failed("Policy not found.");
        };
        if !policy.start.is_empty() || !policy.expiry.is_empty() {
            return failed("A parameter is specified in both the token and the policy.");
        }
        let time = |text: &str| OffsetDateTime::parse(text, &Rfc3339).unwrap();
        if self.now() < time(&st) || self.now() > time(&se) {
            return failed("Signature not valid in the specified time frame.");
        }
        let has = |letter| policy.permissions.contains(letter);
        let may = match (&asked.method, asked.query("comp")) {
            (&Method::GET | &Method::HEAD, _) => has('r'),
            (&Method::PUT, "") => has('w') || has('c') && !container.blobs.contains_key(blob),
            (&Method::PUT, _) => has('w'),
            _ => false,
        };
        if may { Ok(()) } else { no(403, "AuthorizationPermissionMismatch") }
    }
}

fn on_blob(asked: &Asked, container: &mut Container, method: &Method, comp: &str, blob: &str) -> Answer {
    match (method, comp) {
        (&Method::PUT, "") => {
            if asked.header("x-ms-blob-type") != "BlockBlob" {
                return no(400, "MissingRequiredHeader");
            }
            let md5 = asked.header("x-ms-blob-content-md5");
            if !md5.is_empty() && md5 != STANDARD.encode(<md5::Md5 as md5::Digest>::digest(&asked.body)) {
                return no(400, "Md5Mismatch");
            }
            container.blocks.remove(blob);
            container.blobs.insert(blob.into(), asked.body.clone());
            ok(201, "")
        }
        (&Method::PUT, "block") => {
            let id = asked.query("blockid").to_owned();
            container.blocks.entry(blob.into()).or_default().push((id, asked.body.clone()));
            ok(201, "")
        }
        (&Method::PUT, "blocklist") => {
            let blocks = container.blocks.remove(blob).unwrap_or_default();
            let list = std::str::from_utf8(&asked.body).unwrap();
            let mut whole = Vec::new();
            for id in list.split("<Latest>").skip(1).filter_map(|rest| rest.split('<').next()) {
                let Some((_, bytes)) = blocks.iter().find(|(known, _)| known == id) else {
                    return no(400, "InvalidBlockList");
                };
                whole.extend_from_slice(bytes);
            }
            container.blobs.insert(blob.into(), whole.into());
            ok(201, "")
        }
        (&Method::GET, "blocklist") if container.blocks.contains_key(blob) => ok(200, ""),
        (&Method::DELETE, "") => {
            if container.blobs.remove(blob).is_some() {
                ok(202, "")
            } else {
                no(404, "BlobNotFound")
            }
        }
        (&Method::GET | &Method::HEAD, "") => {
            let Some(bytes) = container.blobs.get(blob).cloned() else { return no(404, "BlobNotFound") };
            let range = asked.header("range").strip_prefix("bytes=").and_then(|range| range.split_once('-'));
            match range {
                Some((from, to)) => ok(206, bytes.slice(from.parse::<usize>().unwrap()..=to.parse::<usize>().unwrap())),
                None if asked.method == Method::HEAD => {
                    let version = container.versions && asked.header("x-ms-version") >= SHOWS_SETTINGS;
                    let version = version.then(|| ("x-ms-version-id", "2026-01-01T00:00:00.0000000Z".to_owned()));
                    let length = ("content-length", bytes.len().to_string());
                    Ok((200, [length].into_iter().chain(version).collect(), Bytes::new()))
                }
                None => ok(200, bytes),
            }
        }
        _ => no(404, "BlobNotFound"),
    }
}

/// Lists the blobs with their tiers.
fn listed(container: &Container) -> String {
    let tier = |name: &String| if container.archived.contains(name) { "Archive" } else { "Hot" };
    let blob = |name: &String| {
        format!("<Blob><Name>{name}</Name><Properties><AccessTier>{}</AccessTier></Properties></Blob>", tier(name))
    };
    let blobs: String = container.blobs.keys().map(blob).collect();
    format!("\u{feff}<EnumerationResults><Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>")
}

/// Formats the policies as Azure does: with a byte order mark, and with empty elements for empty values.
fn shown(policies: &[Policy]) -> String {
    let one = |policy: &Policy| {
        let Policy { name, start, expiry, permissions } = policy;
        format!(
            "<SignedIdentifier><Id>{name}</Id><AccessPolicy><Start>{start}</Start><Expiry>{expiry}</Expiry><Permission>{permissions}</Permission></AccessPolicy></SignedIdentifier>"
        )
    };
    let all: String = policies.iter().map(one).collect();
    format!("\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><SignedIdentifiers>{all}</SignedIdentifiers>")
}

fn read(text: &str) -> Vec<Policy> {
    let between = |text: &str, name: &str| {
        let rest = text.split(&format!("<{name}>")).nth(1)?;
        rest.split(&format!("</{name}>")).next().map(str::to_owned)
    };
    let part = |text: &str, name: &str| between(text, name).unwrap_or_default();
    text.split("<SignedIdentifier>")
        .skip(1)
        .map(|text| Policy {
            name: part(text, "Id"),
            start: part(text, "Start"),
            expiry: part(text, "Expiry"),
            permissions: part(text, "Permission"),
        })
        .collect()
}
