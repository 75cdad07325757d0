//! Checks the two stored access policies: their content in the container, and whether Azure accepts URLs made by them.

use http::Method;

use super::run::AzureRun;
use crate::{
    score::{Scope, Severity},
    store::{
        checks::{
            Finding, Policy,
            advice::{
                self, azure as words,
                azure::{PolicyFault, Side},
            },
            engine::CheckResult,
            entry::StoreRun,
        },
        probe::{Body, Reply, Request, azure},
    },
};

/// Lists the policies of the container. Sent once in a run.
async fn list_policies(run: &AzureRun) -> Result<Vec<(String, Policy)>, Finding> {
    let ask = || async {
        let request =
            Request::new(Method::GET, &run.store.container, "").query("restype", "container").query("comp", "acl");
        let reply = run.send_signed(&request).await?;
        if !reply.status.is_success() {
            return Err(words::refused(&run.store, "to list the stored access policies", Severity::Note, &reply));
        }
        azure::policies(&reply.body).map_err(|how| words::acl_misread(&how.to_string()).seen(&reply))
    };
    run.policies.get_or_init(ask).await.clone()
}

/// Returns the permission that the policy must have.
fn needed(side: Side) -> char {
    match side {
        Side::Download => 'r',
        Side::Upload => 'w',
    }
}

/// Returns the permissions that the policy should have; one policy may serve for both sides.
fn wanted(run: &AzureRun, side: Side) -> &'static str {
    match side {
        _ if run.store.upload_policy == run.store.download_policy => "rcw",
        Side::Download => "r",
        Side::Upload => "cw",
    }
}

/// Judges a policy by what the container says of it, and by a URL that it makes.
pub(super) async fn check_policy(run: &AzureRun, side: Side) -> CheckResult {
    let found = match list_policies(run).await {
        Ok(found) => found,
        // a policy that cannot be read is only tried
        Err(finding) => {
            return try_url(run, side).await?.map_or_else(|| Err(finding.into()), |reply| refused(run, side, &reply));
        }
    };
    let name = words::side_name(side, &run.store);
    let policy = found.iter().find(|(id, _)| id == name).map(|(_, policy)| policy);
    let fault = match policy {
        None => Some(PolicyFault::Missing),
        Some(policy) if !(policy.start.is_empty() && policy.expiry.is_empty()) => Some(PolicyFault::Times),
        Some(policy) if !policy.permissions.contains(needed(side)) => Some(PolicyFault::Permissions),
        Some(_) => None,
    };
    let finding = |fault| words::policy(fault, side, &run.store, &found, wanted(run, side));
    if let Some(fault) = fault {
        let finding = finding(fault);
        // Azurite accepts a URL that repeats what its policy says, and writes with a policy that only allows to create
        let ignored = fault != PolicyFault::Missing && emulator_accepts(run, side).await?;
        return Err(if ignored { words::ignored_by_emulator(finding) } else { finding }.into());
    }
    if let Some(reply) = try_url(run, side).await? {
        return refused(run, side, &reply);
    }
    let permissions = policy.map(|policy| policy.permissions.clone()).unwrap_or_default();
    if side == Side::Upload && !permissions.contains('c') {
        return Err(words::no_create(finding(PolicyFault::Permissions)).into());
    }
    Ok(crate::text::shown(format!("{name} ({permissions})").as_bytes(), 80))
}

fn refused(run: &AzureRun, side: Side, reply: &Reply) -> CheckResult {
    Err(words::sas_refused(side, &run.store, reply).into())
}

/// Tries a URL made by this policy, and returns the refusal if there is one. Waits for a policy that was just changed.
/// Writes only if the run may write.
async fn try_url(run: &AzureRun, side: Side) -> Result<Option<Reply>, Finding> {
    let Some(request) = request(run, side) else { return Ok(None) };
    let reply = run.follow_url_patiently(&request, side).await?;
    Ok(is_refusal(&reply).then_some(reply))
}

/// Returns true if an emulator accepts a URL made by this policy, which is known to be wrong. Azure's answer says
/// nothing: it may still follow the policy of half a minute ago.
async fn emulator_accepts(run: &AzureRun, side: Side) -> Result<bool, Finding> {
    let Some(request) = request(run, side) else { return Ok(false) };
    let reply = run
        .follow_url(&request, side, run.route.timeouts.request())
        .await
        .map_err(|failure| run.explain_failure(&failure))?;
    Ok(words::emulated(&reply) && !is_refusal(&reply))
}

fn request(run: &AzureRun, side: Side) -> Option<Request> {
    match side {
        Side::Download => Some(run.blob(Method::GET, &run.store.sentinel)),
        Side::Upload if run.scope == Scope::All => {
            Some(run.blob(Method::PUT, &run.new_scratch()).header("x-ms-blob-type", "BlockBlob").body(Body::Empty))
        }
        Side::Upload => None,
    }
}

/// Returns true if Azure refuses the URL. A missing blob is not a refusal.
fn is_refusal(reply: &Reply) -> bool {
    !reply.status.is_success()
        && advice::code(reply) != "BlobNotFound"
        && [400, 401, 403].contains(&reply.status.as_u16())
}
