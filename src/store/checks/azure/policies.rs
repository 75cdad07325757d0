//! The two stored access policies: what the container says of them, and whether URLs by them are accepted.

use http::Method;

use super::visit::Visit;
use crate::{
    score::{Scope, Severity},
    store::{
        checks::{
            Finding, Policy,
            advice::{
                self, azure as words,
                azure::{Fault, Side},
            },
            storage::Told,
        },
        probe::{Body, Reply, Request, azure},
    },
};

/// Asked once in a run, and by both.
async fn all(visit: &Visit) -> Result<Vec<(String, Policy)>, Finding> {
    let ask = || async {
        let request =
            Request::new(Method::GET, &visit.store.container, "").query("restype", "container").query("comp", "acl");
        let reply = visit.server(&request).await?;
        if !reply.status.is_success() {
            return Err(words::refused(&visit.store, "to list the stored access policies", Severity::Note, &reply));
        }
        azure::policies(&reply.body).map_err(|how| words::acl_misread(&how.to_string()).seen(&reply))
    };
    visit.policies.get_or_init(ask).await.clone()
}

/// The letter that the policy must have.
fn needed(side: Side) -> char {
    match side {
        Side::Download => 'r',
        Side::Upload => 'w',
    }
}

/// The letters that it is given; one policy may serve for both.
fn wanted(visit: &Visit, side: Side) -> &'static str {
    match side {
        _ if visit.store.upload_policy == visit.store.download_policy => "rcw",
        Side::Download => "r",
        Side::Upload => "cw",
    }
}

pub(super) async fn policy(visit: &Visit, side: Side) -> Told {
    let found = match all(visit).await {
        Ok(found) => found,
        // what cannot be seen is tried
        Err(finding) => {
            return tried(visit, side).await?.map_or_else(|| Err(finding.into()), |reply| refused(visit, side, &reply));
        }
    };
    let name = words::side_name(side, &visit.store);
    let policy = found.iter().find(|(id, _)| id == name).map(|(_, policy)| policy);
    let fault = match policy {
        None => Some(Fault::Missing),
        Some(policy) if !(policy.start.is_empty() && policy.expiry.is_empty()) => Some(Fault::Times),
        Some(policy) if !policy.permissions.contains(needed(side)) => Some(Fault::Permissions),
        Some(_) => None,
    };
    let finding = |fault| words::policy(fault, side, &visit.store, &found, wanted(visit, side));
    if let Some(fault) = fault {
        let finding = finding(fault);
        // Azurite lets a URL repeat what its policy says
        let ignored = fault == Fault::Times && accepted(visit, side).await?;
        return Err(if ignored { words::times_ignored(finding) } else { finding }.into());
    }
    if let Some(reply) = tried(visit, side).await? {
        return refused(visit, side, &reply);
    }
    let permissions = policy.map(|policy| policy.permissions.clone()).unwrap_or_default();
    if side == Side::Upload && !permissions.contains('c') {
        return Err(words::no_create(finding(Fault::Permissions)).into());
    }
    Ok(crate::text::shown(format!("{name} ({permissions})").as_bytes(), 80))
}

fn refused(visit: &Visit, side: Side, reply: &Reply) -> Told {
    Err(words::sas_refused(side, &visit.store, reply).into())
}

/// What a URL by this policy is refused with, when it is; a policy that was just changed is waited for. Nothing is
/// written unless it may be.
async fn tried(visit: &Visit, side: Side) -> Result<Option<Reply>, Finding> {
    let Some(request) = request(visit, side) else { return Ok(None) };
    let reply = visit.patient(&request, side).await?;
    Ok(is_refusal(&reply).then_some(reply))
}

/// Without patience: what is wrong with the policy is known. Only an emulator is asked, since Azure may still go by the
/// policy as it was half a minute ago.
async fn accepted(visit: &Visit, side: Side) -> Result<bool, Finding> {
    let Some(request) = request(visit, side) else { return Ok(false) };
    let reply =
        visit.client(&request, side, visit.pace.request()).await.map_err(|failure| visit.unanswered(&failure))?;
    Ok(words::emulated(&reply) && !is_refusal(&reply))
}

fn request(visit: &Visit, side: Side) -> Option<Request> {
    match side {
        Side::Download => Some(visit.blob(Method::GET, &visit.store.sentinel)),
        Side::Upload if visit.scope == Scope::All => {
            Some(visit.blob(Method::PUT, &visit.scratch()).header("x-ms-blob-type", "BlockBlob").body(Body::Empty))
        }
        Side::Upload => None,
    }
}

/// A blob that is not there is no refusal.
fn is_refusal(reply: &Reply) -> bool {
    !reply.status.is_success()
        && advice::code(reply) != "BlobNotFound"
        && [400, 401, 403].contains(&reply.status.as_u16())
}
