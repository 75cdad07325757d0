//! Checks whether S3 answers at the endpoint, and recognises what else may answer. Knows nothing of buckets.

use http::Method;

use super::{
    first_reply::{first_reply, first_request},
    run::S3Run,
};
use crate::{
    score::{
        Provider, Scope,
        provider::{of_reply, providers},
    },
    store::{
        checks::{
            Finding, advice,
            engine::CheckResult,
            entry::{
                StoreRun,
                reply::{describe, header, is_html},
                send_unsigned,
            },
        },
        probe::{Reply, Request, xml},
    },
    text::Endpoint,
};

/// Judges the reply to an unsigned GET. Ceph answers it with 200 and no list of buckets, Swift with 404 and plain text.
/// If it does not show S3, Score's own first request decides. That request is sent at the same time, and judged later.
pub(super) async fn check_service(run: &S3Run) -> CheckResult {
    if run.scope != Scope::Reach {
        run.begin_first_signed(first_request(run));
    }
    let reply = match send_unsigned(run, &Request::new(Method::GET, "", "")).await {
        Ok(reply) => reply,
        // the server is silent only to unsigned requests, which Score never sends
        Err(finding) if finding.unproven && run.first_came() => {
            let signed = first_reply(run).await.map_err(|_| finding)?;
            return judge_signed(run, &signed, &signed);
        }
        Err(finding) => return Err(finding.into()),
    };
    if let Some(finding) = mistaken(run, &reply) {
        return Err(finding.seen(&reply).into());
    }
    if !is_s3(&reply) {
        if run.scope == Scope::Reach {
            let page = reply.status.is_redirection() || reply.status.is_success() && !reply.body.is_empty();
            return if page { Err(not_s3(run, &reply).into()) } else { Ok("answers".to_owned()) };
        }
        let signed = first_reply(run).await?;
        return judge_signed(run, &signed, if reply.status.is_redirection() { &reply } else { &signed });
    }
    Ok(store_name(&reply))
}

/// Judges whether the reply to Score's first request comes from S3. `shown` is the reply that describes the server if it
/// does not.
fn judge_signed(run: &S3Run, signed: &Reply, shown: &Reply) -> CheckResult {
    if let Some(finding) = mistaken(run, signed) {
        return Err(finding.seen(signed).into());
    }
    let gateway = signed.status.is_server_error() && signed.status.as_u16() != 501;
    // a refusal without a body may come from any server; sign-in reports it
    let wordless = matches!(signed.status.as_u16(), 401 | 403) && signed.body.is_empty();
    if !is_s3(signed) && !gateway && !wordless {
        return Err(not_s3(run, shown).into());
    }
    Ok(store_name(signed))
}

fn not_s3(run: &S3Run, reply: &Reply) -> Finding {
    let finding = match redirect_target(&run.route.endpoint, reply) {
        Some(to) => advice::redirected(to),
        None => advice::not_s3(&run.route.endpoint, &describe(reply)),
    };
    finding.seen(reply)
}

/// Returns the endpoint that a redirect leads to, if only its scheme, host or port differs.
fn redirect_target(endpoint: &Endpoint, reply: &Reply) -> Option<String> {
    if !reply.status.is_redirection() {
        return None;
    }
    let to = Endpoint::parse(header(reply, "location")).ok()?;
    (to.base == endpoint.base && to.root() != endpoint.root()).then(|| format!("{}{}", to.root(), to.base))
}

/// Returns a finding if the reply names its cause, such as a console or a TLS port.
fn mistaken(run: &S3Run, reply: &Reply) -> Option<Finding> {
    let start = &reply.body[..reply.body.len().min(4096)];
    let text = String::from_utf8_lossy(start).to_ascii_lowercase();
    let server = header(reply, "server").to_ascii_lowercase();
    // the messages of Go's net/http, nginx and Apache, in this order
    let plain_to_tls = [
        "an http request to an https server",
        "plain http request was sent to https port",
        "speaking plain http to an ssl-enabled",
    ]
    .iter()
    .any(|words| text.contains(words));
    if plain_to_tls && !run.route.endpoint.secure {
        return Some(run.explain_tls_port());
    }
    // nginx completes the handshake before it asks for a certificate
    if text.contains("no required ssl certificate was sent") {
        return Some(advice::tls::wants_certificate(&run.route.endpoint, advice::STORE));
    }
    // Cloudflare marks its challenges with this header
    if reply.headers.contains_key("cf-mitigated") {
        return Some(advice::challenged(&run.route.endpoint, &describe(reply)));
    }
    if reply.status.as_u16() == 407 {
        return Some(advice::proxy_asks_who(&run.route.endpoint));
    }
    // Azure names every reply by this header (Microsoft, "Status and error codes").
    if reply.headers.contains_key("x-ms-error-code") && !reply.headers.contains_key("x-amz-request-id") {
        return Some(advice::azure_instead(&describe(reply)));
    }
    let console = providers()
        .iter()
        .flat_map(|provider| &provider.console_words)
        .any(|words| text.contains(words.as_str()) || server.contains(words.as_str()));
    console.then(|| {
        let port = run.route.endpoint.port;
        let known = providers().iter().flat_map(|provider| &provider.console_ports);
        let api = known.into_iter().find(|pair| pair.console == port).map(|pair| pair.api);
        advice::console_port(&run.route.endpoint, api)
    })
}

/// Returns true if the reply has a root element or a header that only S3 sends.
pub(super) fn is_s3(reply: &Reply) -> bool {
    let root = String::from_utf8_lossy(&reply.body[..reply.body.len().min(512)]).into_owned();
    xml::fault(&reply.body).is_ok_and(|fault| !fault.code.is_empty())
        || ["<ListAllMyBucketsResult", "<ListBucketResult"].iter().any(|start| root.contains(start))
        || reply.headers.contains_key("x-amz-request-id") && !is_html(reply)
}

/// Returns the name of the store if the reply shows it.
fn store_name(reply: &Reply) -> String {
    recognised(reply).map(|provider| provider.short().to_owned()).unwrap_or_default()
}

/// Returns the provider whose store sends such replies.
pub(super) fn recognised(reply: &Reply) -> Option<&'static Provider> {
    of_reply(header(reply, "server"), header(reply, "x-amz-request-id"), |name| reply.headers.contains_key(name))
}
