//! Checks what score-client does with blobs. The client only follows the URLs that Score hands out.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use md5::{Digest, Md5};

use super::run::AzureRun;
use crate::{
    score::Severity,
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, azure as words, azure::Side},
            engine::{CheckResult, lock},
            entry::{StoreRun, reply::header},
        },
        probe::{Body, Failure, Phase, Reply, Request},
    },
};

/// The time for a whole blob.
const SENDING: Duration = Duration::from_secs(55);
/// The bytes of the range that is fetched.
const RANGE: usize = 1024;
/// The bytes of a whole blob; large enough to reach the limit of many proxies.
const WHOLE: usize = 5 << 20;
/// The bytes of one block.
const BLOCK: usize = 64 << 10;

/// Fetches the sentinel, as score-client does before every command.
pub(super) async fn fetch_sentinel(run: &AzureRun) -> CheckResult {
    let request = run.blob(Method::GET, &run.store.sentinel);
    let reply = match run.follow_url(&request, Side::Download, run.route.timeouts.client()).await {
        Ok(reply) => reply,
        Err(Failure::Timeout { phase: Phase::Reply | Phase::Body, .. }) => return Err(advice::sentinel_slow().into()),
        // the client ignores the length of the sentinel
        Err(Failure::TooLong { status: Some(200) }) => return Ok("there".to_owned()),
        Err(failure) => return Err(run.explain_failure(&failure).into()),
    };
    if reply.status.is_success() {
        *lock(&run.sentinel) = Some(reply.body.clone());
        return Ok(format!("{} bytes", reply.body.len()));
    }
    Err(match (reply.status.as_u16(), advice::code(&reply).as_str()) {
        (404, "BlobNotFound" | "") => words::sentinel_missing(&run.store).seen(&reply),
        (401 | 403, _) => words::sas_refused(Side::Download, &run.store, &reply),
        _ => words::refused(&run.store, "the sentinel", Severity::Ping, &reply).at_most(Severity::Ping),
    }
    .into())
}

/// Fetches a range of the sentinel, as score-client fetches parts of a blob.
pub(super) async fn fetch_range(run: &AzureRun) -> CheckResult {
    let Some(whole) = lock(&run.sentinel).clone() else {
        return Err(Outcome::NotProbed("the sentinel is too long to compare".to_owned()));
    };
    if whole.len() < 2 {
        return Err(Outcome::NotProbed("the sentinel is too short for a range".to_owned()));
    }
    let end = (whole.len() - 1).min(RANGE);
    let wanted = &whole[1..=end];
    let request = run.blob(Method::GET, &run.store.sentinel).header("range", format!("bytes=1-{end}"));
    let reply = run
        .follow_url(&request, Side::Download, run.route.timeouts.client())
        .await
        .map_err(|failure| run.explain_failure(&failure))?;
    match reply.status.as_u16() {
        206 if reply.body == wanted => Ok(format!("{} bytes", wanted.len())),
        200 if reply.body == whole => Err(words::range("it is sent whole", &run.store).seen(&reply).into()),
        200 | 206 => {
            let how = format!("{} bytes came, {} were asked for", reply.body.len(), wanted.len());
            Err(words::range(&how, &run.store).seen(&reply).into())
        }
        _ => Err(words::sas_refused(Side::Download, &run.store, &reply).at_most(Severity::Transfer).into()),
    }
}

/// Sends a blob in one request, as score-client does up to 128 MiB (azure-storage 8.6.6
/// `DEFAULT_SINGLE_BLOB_PUT_THRESHOLD_IN_BYTES`).
pub(super) async fn put_blob(run: &AzureRun) -> CheckResult {
    let name = run.new_scratch();
    let body = Bytes::from(vec![b's'; WHOLE]);
    let request = run
        .blob(Method::PUT, &name)
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-blob-content-md5", STANDARD.encode(Md5::digest(&body)))
        .body(Body::Plain(body));
    send(run, &request, "a blob put at once").await?;
    check_kept(run, &name, WHOLE).await
}

/// Sends a blob in blocks and then their list, as score-client does for longer files.
pub(super) async fn put_blocks(run: &AzureRun) -> CheckResult {
    let name = run.new_scratch();
    let ids: Vec<String> = (0..2).map(|at| STANDARD.encode(format!("{at:064}"))).collect();
    for id in &ids {
        let block = Bytes::from(vec![b'b'; BLOCK]);
        let request = run.blob(Method::PUT, &name).query("comp", "block").query("blockid", id).body(Body::Plain(block));
        let reply = follow(run, &request).await?;
        // A policy without w: `put_blob` has judged the shorter files.
        if words::emulated(&reply) && advice::code(&reply) == "AuthorizationPermissionMismatch" {
            return Err(words::only_whole_blobs(&run.store, &reply).into());
        }
        accepted(run, "a block", &reply)?;
    }
    let latest = ids.join("</Latest><Latest>");
    let list = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><BlockList><Latest>{latest}</Latest></BlockList>");
    let request = run.blob(Method::PUT, &name).query("comp", "blocklist").body(Body::Plain(list.into()));
    send(run, &request, "the list of blocks").await?;
    check_kept(run, &name, 2 * BLOCK).await
}

/// Follows a URL for uploads with this request, and expects that the blob is accepted.
async fn send(run: &AzureRun, request: &Request, what: &str) -> Result<(), Finding> {
    accepted(run, what, &follow(run, request).await?)
}

async fn follow(run: &AzureRun, request: &Request) -> Result<Reply, Finding> {
    let sent = run.follow_url(request, Side::Upload, SENDING).await;
    sent.map_err(|failure| run.explain_failure(&failure).at_most(Severity::Transfer))
}

fn accepted(run: &AzureRun, what: &str, reply: &Reply) -> Result<(), Finding> {
    if reply.status.is_success() { Ok(()) } else { Err(words::upload_refused(what, Side::Upload, &run.store, reply)) }
}

/// Looks for a written blob, as Score's server does before it hands out a URL for it.
async fn check_kept(run: &AzureRun, name: &str, length: usize) -> CheckResult {
    let reply = run.send_signed(&run.blob(Method::HEAD, name)).await?;
    let found = length_of(&reply);
    match reply.status.as_u16() {
        200..=299 if found == Some(length) => Ok(format!("{} KiB", length >> 10)),
        200..=299 | 404 => {
            let found =
                found.filter(|_| reply.status.is_success()).map_or("nothing".to_owned(), |n| format!("{n} bytes"));
            Err(words::not_kept(&format!("A blob of {length} bytes"), &found).seen(&reply).into())
        }
        _ => Err(words::refused(&run.store, "to show a blob", Severity::Transfer, &reply).into()),
    }
}

fn length_of(reply: &Reply) -> Option<usize> {
    header(reply, "content-length").parse().ok()
}

/// Tries to write with a URL for downloads, which must not be possible.
pub(super) async fn write_by_download(run: &AzureRun) -> CheckResult {
    let name = run.new_scratch();
    let request = run.blob(Method::PUT, &name).header("x-ms-blob-type", "BlockBlob").body(Body::Empty);
    let sent = run.follow_url(&request, Side::Download, run.route.timeouts.request()).await;
    let reply = sent.map_err(|failure| run.explain_failure(&failure))?;
    if reply.status.is_success() {
        Err(words::too_much(&run.store).seen(&reply).into())
    } else {
        Ok("refused".to_owned())
    }
}
