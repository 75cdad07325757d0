//! What score-client does with blobs, by the URLs that Score hands out.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Method;
use md5::{Digest, Md5};

use super::visit::Visit;
use crate::{
    score::Severity,
    store::{
        checks::{
            Finding, Outcome,
            advice::{self, azure as words, azure::Side},
            reach::header,
            storage::Told,
            visit::lock,
        },
        probe::{Body, Failure, Reply, Request, Stage},
    },
};

/// score-client's own (`ClientConfig.java:160-171`).
const PING: Duration = Duration::from_secs(5);
const SENDING: Duration = Duration::from_secs(55);
/// Bytes of the range that is fetched.
const RANGE: usize = 1024;
/// Enough for a proxy to stumble over.
const WHOLE: usize = 5 << 20;
const BLOCK: usize = 64 << 10;

/// As score-client does before every command.
pub(super) async fn sentinel(visit: &Visit) -> Told {
    let request = visit.blob(Method::GET, &visit.store.sentinel);
    let reply = match visit.client(&request, Side::Download, PING).await {
        Ok(reply) => reply,
        Err(Failure::Timeout { stage: Stage::Reply | Stage::Body, .. }) => return Err(advice::sentinel_slow().into()),
        // the client does not care how long it is
        Err(Failure::TooLong { status: Some(200) }) => return Ok("there".to_owned()),
        Err(failure) => return Err(visit.unanswered(&failure).into()),
    };
    if reply.status.is_success() {
        *lock(&visit.sentinel) = Some(reply.body.clone());
        return Ok(format!("{} bytes", reply.body.len()));
    }
    Err(match (reply.status.as_u16(), advice::code(&reply).as_str()) {
        (404, "BlobNotFound" | "") => words::sentinel_missing(&visit.store).seen(&reply),
        (401 | 403, _) => words::sas_refused(Side::Download, &visit.store, &reply),
        _ => words::refused(&visit.store, "the sentinel", Severity::Ping, &reply).at_most(Severity::Ping),
    }
    .into())
}

/// As score-client fetches a part of a blob.
pub(super) async fn ranged(visit: &Visit) -> Told {
    let Some(whole) = lock(&visit.sentinel).clone() else {
        return Err(Outcome::NotProbed("the sentinel is too long to compare".to_owned()));
    };
    if whole.len() < 2 {
        return Err(Outcome::NotProbed("the sentinel is too short for a range".to_owned()));
    }
    let end = (whole.len() - 1).min(RANGE);
    let wanted = &whole[1..=end];
    let request = visit.blob(Method::GET, &visit.store.sentinel).header("range", format!("bytes=1-{end}"));
    let reply = visit.client(&request, Side::Download, PING).await.map_err(|failure| visit.unanswered(&failure))?;
    match reply.status.as_u16() {
        206 if reply.body == wanted => Ok(format!("{} bytes", wanted.len())),
        200 if reply.body == whole => Err(words::range("it is sent whole", &visit.store).seen(&reply).into()),
        200 | 206 => {
            let how = format!("{} bytes came, {} were asked for", reply.body.len(), wanted.len());
            Err(words::range(&how, &visit.store).seen(&reply).into())
        }
        _ => Err(words::sas_refused(Side::Download, &visit.store, &reply).at_most(Severity::Transfer).into()),
    }
}

/// As score-client sends a file of up to 128 MiB: at once (azure-storage 8.6.6 `DEFAULT_SINGLE_BLOB_PUT_THRESHOLD_IN_BYTES`).
pub(super) async fn put(visit: &Visit) -> Told {
    let name = visit.scratch();
    let body = Bytes::from(vec![b's'; WHOLE]);
    let request = visit
        .blob(Method::PUT, &name)
        .header("x-ms-blob-type", "BlockBlob")
        .header("x-ms-blob-content-md5", STANDARD.encode(Md5::digest(&body)))
        .body(Body::Plain(body));
    sent(visit, &request, "a blob put at once").await?;
    kept(visit, &name, WHOLE).await
}

/// As it sends longer ones: blocks, and then their list.
pub(super) async fn blocks(visit: &Visit) -> Told {
    let name = visit.scratch();
    let ids: Vec<String> = (0..2).map(|at| STANDARD.encode(format!("{at:064}"))).collect();
    for id in &ids {
        let block = Bytes::from(vec![b'b'; BLOCK]);
        let request =
            visit.blob(Method::PUT, &name).query("comp", "block").query("blockid", id).body(Body::Plain(block));
        sent(visit, &request, "a block").await?;
    }
    let latest = ids.join("</Latest><Latest>");
    let list = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><BlockList><Latest>{latest}</Latest></BlockList>");
    let request = visit.blob(Method::PUT, &name).query("comp", "blocklist").body(Body::Plain(list.into()));
    sent(visit, &request, "the list of blocks").await?;
    kept(visit, &name, 2 * BLOCK).await
}

async fn sent(visit: &Visit, request: &Request, what: &str) -> Result<(), Finding> {
    let told = visit.client(request, Side::Upload, SENDING).await;
    let reply = told.map_err(|failure| visit.unanswered(&failure).at_most(Severity::Transfer))?;
    if reply.status.is_success() {
        Ok(())
    } else {
        Err(words::upload_refused(what, Side::Upload, &visit.store, &reply))
    }
}

/// As Score's server looks for a blob before it lets it be downloaded.
async fn kept(visit: &Visit, name: &str, length: usize) -> Told {
    let reply = visit.server(&visit.blob(Method::HEAD, name)).await?;
    let found = length_of(&reply);
    match reply.status.as_u16() {
        200..=299 if found == Some(length) => Ok(format!("{} KiB", length >> 10)),
        200..=299 | 404 => {
            let found =
                found.filter(|_| reply.status.is_success()).map_or("nothing".to_owned(), |n| format!("{n} bytes"));
            Err(words::not_kept(&format!("A blob of {length} bytes"), &found).seen(&reply).into())
        }
        _ => Err(words::refused(&visit.store, "to show a blob", Severity::Transfer, &reply).into()),
    }
}

fn length_of(reply: &Reply) -> Option<usize> {
    header(reply, "content-length").parse().ok()
}

/// Whoever may download must not be able to overwrite.
pub(super) async fn write_by_download(visit: &Visit) -> Told {
    let name = visit.scratch();
    let request = visit.blob(Method::PUT, &name).header("x-ms-blob-type", "BlockBlob").body(Body::Empty);
    let told = visit.client(&request, Side::Download, visit.pace.request()).await;
    let reply = told.map_err(|failure| visit.unanswered(&failure))?;
    if reply.status.is_success() {
        Err(words::too_much(&visit.store).seen(&reply).into())
    } else {
        Ok("refused".to_owned())
    }
}
