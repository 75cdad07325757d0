//! Findings about settings of a container and its account that make Azure act against Score later. The commands are those
//! of the Azure CLI (its reference of `az storage`), for an administrator.

use crate::{
    answers::target::AzureStore,
    score::{
        Id,
        Severity::{Note, Transfer},
        key,
    },
    store::{checks::Finding, probe::container_settings::Protection},
    text::{shell_word, shown},
};

/// Returns a command of the Azure CLI for the account of this store.
fn of_account(store: &AzureStore, command: &str, rest: &str) -> String {
    let line = format!("az storage {command} --account-name {} {rest}", shell_word(&store.account));
    line.trim_end().to_owned()
}

fn to_do(store: &AzureStore, command: &str, rest: &str) -> String {
    format!("As an administrator of the account: {}", of_account(store, command, rest))
}

fn rules(store: &AzureStore) -> String {
    let command = of_account(store, "account management-policy show", "--resource-group GROUP");
    format!("Score's key cannot read the lifecycle management of the account. To read it: {command}")
}

/// Reports public access: to the blobs of the container, and for `container` also to their names. The command writes
/// the stored access policies back (azure-cli `set_container_permission`).
pub(in crate::store::checks) fn public(store: &AzureStore, level: &str) -> Finding {
    let container = &store.container;
    let what = if level == "container" {
        format!("Everyone can list and read the blobs of {container}")
    } else {
        format!("Everyone can read the blobs of {container} by their names")
    };
    let name = format!("--name {} --public-access off", shell_word(container));
    Finding::new(Id::P137, Note, format!("{what}. Files can be had without Score."))
        .hint("Make the container private. Score and its clients need no public access.")
        .hint(to_do(store, "container set-permission", &name))
}

/// Reports a container whose blobs cannot be replaced or deleted (learn.microsoft.com "Container-level WORM policies": Put
/// Blob creates a blob once, and Delete Blob is prohibited).
pub(in crate::store::checks) fn immutable(store: &AzureStore, protection: Protection) -> Finding {
    let container = &store.container;
    let (cause, show) = match protection {
        Protection::LegalHold => {
            (format!("A legal hold is set on the container {container}"), "container legal-hold show")
        }
        Protection::Retention => {
            (format!("The container {container} has an immutability policy"), "container immutability-policy show")
        }
    };
    let summary =
        format!("{cause}. New files can be uploaded. A file cannot be uploaded again, and nothing can be deleted.");
    let show = of_account(store, show, &format!("--container-name {}", shell_word(container)));
    Finding::new(Id::P141, Note, summary)
        .hint("If files must be replaceable, let Score use a container without the policy.")
        .hint("The scratch blobs of the checks stay, too. Use check --read-only here.")
        .hint(format!("To read it: {show}"))
        .on(&[key::BUCKET_NAME_OBJECT])
}

/// Reports a container with immutable versions. It needs versioning, and no rule deletes a version before its retention ends
/// (learn.microsoft.com "Version-level WORM policies for immutable blob data").
pub(in crate::store::checks) fn keeps_immutable_versions(store: &AzureStore) -> Finding {
    let summary = format!(
        "The container {} keeps old versions of blobs, which may be immutable. Each repeated upload keeps the earlier file.",
        shown(store.container.as_bytes(), 63)
    );
    Finding::new(Id::P134, Note, summary)
        .hint("A version stays until its retention ends. Then a lifecycle management rule can delete it.")
        .hint(rules(store))
}

pub(in crate::store::checks) fn keeps_versions(store: &AzureStore) -> Finding {
    let summary = format!(
        "The account {} keeps old versions of blobs. Each repeated upload keeps the earlier file, unless a rule deletes it.",
        shown(store.account.as_bytes(), 40)
    );
    Finding::new(Id::P134, Note, summary)
        .hint("Add a lifecycle management rule that deletes old versions, or disable versioning.")
        .hint(rules(store))
        .hint(to_do(store, "account blob-service-properties update", "--enable-versioning false"))
}

/// Reports archived blobs. Azure refuses to read them until they are moved (learn.microsoft.com "Access tiers for blob
/// data": a blob in the archive tier is offline).
pub(in crate::store::checks) fn archived(store: &AzureStore, archived: usize, all: usize, first: &str) -> Finding {
    let container = &store.container;
    let summary = format!(
        "{archived} of the first {all} blobs of {container} are archived. Downloads of these files fail until an \
         administrator moves them (BlobArchived)."
    );
    let name = format!("--container-name {} --name NAME --tier Hot", shell_word(container));
    Finding::new(Id::P131, Transfer, summary)
        .hint("Use a tier that is read at once: hot, cool or cold. Moving a blob back takes hours.")
        .hint(to_do(store, "blob set-tier", &name))
        .hint(rules(store))
        .on(&[key::BUCKET_NAME_OBJECT])
        .saw(format!("The first of them is {}.", shown(first.as_bytes(), 80)))
}

pub(in crate::store::checks) fn no_ranges(store: &AzureStore) -> Finding {
    let summary = format!(
        "The CORS rules of the account {} do not let a browser read a range of bytes.",
        shown(store.account.as_bytes(), 40)
    );
    let rule = "--services b --origins https://BROWSER --methods GET HEAD --allowed-headers Range \
                --exposed-headers Content-Range --max-age 3600";
    Finding::new(Id::P139, Note, summary)
        .hint("For a genome browser, allow the method GET and the header Range, and expose Content-Range.")
        .hint("score-client needs no CORS rule. The command adds a rule. An account has at most five.")
        .hint(to_do(store, "cors add", rule))
}
