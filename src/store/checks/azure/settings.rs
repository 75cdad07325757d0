//! Reads the settings of the container and the account that Score never asks for, and judges what they do to Score later.
//! Its one key may read them all. Lifecycle management and versioning are shown by the management of Azure only, which
//! this key does not open: their traces in the blobs are read.

use http::Method;
use tokio::sync::OnceCell;

use super::run::AzureRun;
use crate::{
    score::Severity::{Note, Transfer},
    store::{
        checks::{
            CheckGroup, Outcome,
            advice::{self, azure as words},
            engine::{CheckResult, CheckSpec, spec},
            entry::reply::header,
        },
        probe::{
            Reply, Request,
            container_settings::{self as read, ContainerProperties, ServiceProperties, VERSION},
            xml::Misread,
        },
    },
    text::{shown, values::counted},
};

/// The number of blobs whose access tier is read. Score names its blobs by random ids, so the first ones are a sample.
const SAMPLE: usize = 500;

/// The table, in the order of the screen.
pub(super) const SETTINGS: &[CheckSpec<AzureRun>] = &[
    spec("container-access", CheckGroup::Settings, "public access", Note, |run, _| Box::pin(check_access(run)))
        .after(&["container"]),
    spec("container-lock", CheckGroup::Settings, "immutability", Note, |run, _| Box::pin(check_lock(run)))
        .after(&["container"]),
    spec("container-versions", CheckGroup::Settings, "versions", Note, |run, _| Box::pin(check_versions(run)))
        .after(&["container"]),
    spec("container-archive", CheckGroup::Settings, "archived files", Transfer, |run, _| Box::pin(check_tiers(run)))
        .after(&["container"]),
    spec("container-encryption", CheckGroup::Settings, "encryption", Note, |run, _| Box::pin(check_encryption(run)))
        .after(&["container"]),
    spec("account-deletes", CheckGroup::Settings, "deleted files", Note, |run, _| Box::pin(check_deletes(run)))
        .after(&["container"]),
    spec("account-cors", CheckGroup::Settings, "browsers", Note, |run, _| Box::pin(check_browsers(run)))
        .after(&["container"]),
];

/// Replies that several rows judge. Each is asked once in a run.
#[derive(Default)]
pub(super) struct SettingReplies {
    container: OnceCell<Result<Reply, Outcome>>,
    service: OnceCell<Result<Reply, Outcome>>,
}

/// Sends a question with the key of Score. A refusal is not a fault: Score asks none of this.
async fn ask(run: &AzureRun, request: Request) -> Result<Reply, Outcome> {
    let reply = run.send_signed(&request.header("x-ms-version", VERSION)).await;
    let reply = reply.map_err(|finding| Outcome::NotProbed(finding.summary))?;
    if reply.status.is_success() {
        return Ok(reply);
    }
    let (status, code) = (reply.status.as_u16(), shown(advice::code(&reply).as_bytes(), 60));
    Err(Outcome::NotProbed(format!("Azure does not show it ({})", format!("{status} {code}").trim())))
}

fn misread(why: &Misread) -> Outcome {
    Outcome::NotProbed(format!("the answer of Azure cannot be read: {why}"))
}

/// Asks for the container.
async fn container(run: &AzureRun) -> Result<(&Reply, ContainerProperties), Outcome> {
    let request = || run.blob(Method::HEAD, "").query("restype", "container");
    let reply = run.settings.container.get_or_init(|| ask(run, request())).await.as_ref().map_err(Clone::clone)?;
    Ok((reply, read::container(&reply.headers)))
}

/// Asks for the Blob service of the account.
async fn service(run: &AzureRun) -> Result<(&Reply, ServiceProperties), Outcome> {
    let request = || Request::new(Method::GET, "", "").query("restype", "service").query("comp", "properties");
    let reply = run.settings.service.get_or_init(|| ask(run, request())).await.as_ref().map_err(Clone::clone)?;
    Ok((reply, read::service(&reply.body).map_err(|why| misread(&why))?))
}

/// Reads whether everyone may read. The account can forbid what the container allows, and only an unsigned request shows
/// that (learn.microsoft.com "Configure anonymous read access for containers and blobs").
async fn check_access(run: &AzureRun) -> CheckResult {
    let (reply, container) = container(run).await?;
    if container.public.is_empty() {
        return Ok("not public".to_owned());
    }
    let request = run.blob(Method::HEAD, &run.store.sentinel);
    let unsigned = run.route.send_unsigned(&request, run.route.timeouts.request()).await;
    if unsigned.is_ok_and(|unsigned| advice::code(&unsigned) == "PublicAccessNotPermitted") {
        return Ok("not public: the account forbids what the container allows".to_owned());
    }
    Err(words::public(&run.store, &container.public).seen(reply).into())
}

/// Reads whether blobs can be replaced and deleted.
async fn check_lock(run: &AzureRun) -> CheckResult {
    let (reply, container) = container(run).await?;
    match (container.protection, container.immutable_versions) {
        (None, false) => Ok("not immutable".to_owned()),
        // A write to an immutable blob makes a version of it, so it succeeds.
        (_, true) => Ok("of versions: a file that is uploaded again becomes a new version".to_owned()),
        (Some(protection), false) => Err(words::immutable(&run.store, protection).seen(reply).into()),
    }
}

/// Reads whether versions are kept. No reply says it of the account, so the sentinel shows it: a blob that was written
/// with versioning has a version id (learn.microsoft.com "Blob versioning").
async fn check_versions(run: &AzureRun) -> CheckResult {
    let (reply, container) = container(run).await?;
    if container.immutable_versions {
        return Err(words::keeps_immutable_versions(&run.store).seen(reply).into());
    }
    let sentinel = ask(run, run.blob(Method::HEAD, &run.store.sentinel)).await?;
    if header(&sentinel, "x-ms-version-id").is_empty() {
        return Ok("not kept when the sentinel was written".to_owned());
    }
    Err(words::keeps_versions(&run.store).seen(&sentinel).into())
}

/// Reads whether files are archived. A rule of lifecycle management moves them, and this key cannot read the rule.
async fn check_tiers(run: &AzureRun) -> CheckResult {
    let list = run.blob(Method::GET, "").query("restype", "container").query("comp", "list");
    let reply = ask(run, list.query("maxresults", SAMPLE.to_string())).await?;
    let (archived, all) = read::archived(&reply.body).map_err(|why| misread(&why))?;
    match archived.first() {
        None => Ok(format!("none of the first {}", counted(all, "blob"))),
        Some(first) => Err(words::archived(&run.store, archived.len(), all, first).into()),
    }
}

/// Reads how new blobs are encrypted. Score names no encryption scope, so Azure takes that of the container, also where it
/// allows no other (learn.microsoft.com "Encryption scopes for Blob storage").
async fn check_encryption(run: &AzureRun) -> CheckResult {
    let (_, container) = container(run).await?;
    let scope = shown(container.encryption_scope.as_bytes(), 60);
    Ok(match (scope.is_empty(), container.only_this_scope) {
        (true, _) => "with the key of the account".to_owned(),
        (false, true) => format!("with the scope {scope}, and no other"),
        (false, false) => format!("with the scope {scope}"),
    })
}

/// Reads how long deleted and replaced blobs are kept. They cost as much as others until then.
async fn check_deletes(run: &AzureRun) -> CheckResult {
    let (_, service) = service(run).await?;
    Ok(match service.keeps_deleted {
        None => "deleted at once".to_owned(),
        Some(days) => {
            let days = counted(usize::try_from(days).unwrap_or(usize::MAX), "day");
            format!("kept and paid for {days}, with what a repeated upload replaces")
        }
    })
}

/// Reads whether the scripts of browsers may read ranges. Score's own clients do not need it.
async fn check_browsers(run: &AzureRun) -> CheckResult {
    let (reply, service) = service(run).await?;
    if service.cors.is_empty() {
        return Ok("no rules: scripts of other sites cannot read".to_owned());
    }
    if service.cors.iter().any(|rule| rule.reads && rule.ranges) {
        return Ok("may read ranges".to_owned());
    }
    Err(words::no_ranges(&run.store).seen(reply).into())
}
