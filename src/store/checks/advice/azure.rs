//! What can be wrong with Azure Blob Storage. Codes decide, not texts: Azure prints the same words for several causes.

mod policies;

pub(in crate::store::checks) use policies::*;

use Severity::{Note, Ping, Start, Transfer};

use super::{
    reach::{self, Asked},
    refusal::code,
    store::{bad_bucket_name, held_back, own_error},
};
use crate::{
    answers::target::{AzureStore, Cloud},
    score::{Id, Severity, key},
    store::{
        checks::{Finding, Repair},
        probe::{Failure, Reply},
    },
    text::{BadEndpoint, Endpoint, shown},
};

/// Returns how the hints call this account.
const fn asked(store: &AzureStore) -> Asked {
    match store.cloud {
        Cloud::Public => Asked::Account,
        Cloud::Suffix(_) | Cloud::Endpoint(_) => Asked::AccountKey,
    }
}

/// Returns the setting that says where the account is.
const fn place(store: &AzureStore) -> &'static str {
    asked(store).setting()
}

pub(in crate::store::checks) fn bad_endpoint(store: &AzureStore, why: BadEndpoint) -> Finding {
    about(reach::bad_endpoint(why, asked(store)), store)
}

pub(in crate::store::checks) fn bad_key() -> Finding {
    Finding::new(Id::P59, Start, "The account key is not base64.")
        .hint("Copy key1 or key2 again from the account's access keys: 88 characters that end in ==.")
        .on(&[key::AZURE_ACCOUNT_KEY])
}

/// Why no reply came. Score asks for the container when it starts, and does not start without a reply.
pub(in crate::store::checks) fn unanswered(failure: &Failure, endpoint: &Endpoint, store: &AzureStore) -> Finding {
    let host = shown(endpoint.name().as_bytes(), 120);
    let finding = match (failure, &store.cloud) {
        (Failure::Dns(_), Cloud::Public) => Finding::new(
            Id::P60,
            Start,
            format!("There is no storage account {}: the name {host} is unknown.", store.account),
        )
        .hint("Check azure.accountName: the account's own name, no host and no display name.")
        .hint("An account in another cloud (China, US Government) needs ;EndpointSuffix=… behind azure.accountKey.")
        .hint("An account with nothing but a private endpoint is known only inside its network.")
        .on(&[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY])
        .saw(failure.to_string()),
        (Failure::Dns(_), _) => Finding::new(
            Id::P61,
            Start,
            format!("The name {host} is unknown, which follows from what stands behind the key."),
        )
        .hint("Check EndpointSuffix or BlobEndpoint behind azure.accountKey, such as core.chinacloudapi.cn.")
        .hint("Or the account has another name.")
        .on(&[key::AZURE_ACCOUNT_KEY, key::AZURE_ACCOUNT_NAME])
        .saw(failure.to_string()),
        _ => about(reach::unanswered(failure, endpoint, asked(store)), store),
    };
    finding.at_least(Start)
}

/// Returns a finding about an endpoint with the settings and the repair that belong to it on Azure.
fn about(finding: Finding, store: &AzureStore) -> Finding {
    // another scheme is another protocol, unless the whole URL stands behind the key
    let repair = match (&finding.repair, &store.cloud) {
        (Some(Repair::Answer { value, .. }), Cloud::Public | Cloud::Suffix(_)) => value
            .split_once("://")
            .map(|(scheme, _)| Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: scheme.to_owned() }),
        _ => None,
    };
    let first = if repair.is_some() { key::AZURE_ENDPOINT_PROTOCOL } else { place(store) };
    Finding { repair, settings: vec![first], ..finding }.at_least(Start)
}

/// Names the settings of Azure in a finding about the endpoint. A note stays a note.
pub(in crate::store::checks) fn greeting(finding: Finding, store: &AzureStore) -> Finding {
    let most = if finding.severity == Note { Note } else { Start };
    about(finding, store).at_most(most)
}

pub(in crate::store::checks) fn tls_port(endpoint: &Endpoint, store: &AzureStore) -> Finding {
    about(reach::tls_port(endpoint, asked(store)), store)
}

pub(in crate::store::checks) fn not_azure(store: &AzureStore, what: &str) -> Finding {
    Finding::new(Id::P79, Start, format!("What answers at the endpoint is not Azure Blob Storage: it sends {what}."))
        .hint("A proxy may answer in its place; or what stands behind azure.accountKey names another server.")
        .on(&[place(store)])
}

/// What a refusal of a request with the account key means, whatever was asked. `refuses`: what, in a few words.
pub(in crate::store::checks) fn refused(
    store: &AzureStore,
    refuses: &str,
    severity: Severity,
    reply: &Reply,
) -> Finding {
    let code = code(reply);
    let emulator = emulated(reply);
    let finding = match (reply.status.as_u16(), code.as_str()) {
        (_, "AuthenticationFailed" | "InvalidAuthenticationInfo") => wrong_key(&code),
        // Azurite 3.35 says so of a wrong key; Azure itself, of its firewall
        (_, "AuthorizationFailure") if emulator => wrong_key(&code),
        (_, "AuthorizationFailure") => firewall(),
        (_, "KeyBasedAuthenticationNotPermitted") => no_shared_keys(),
        (_, "AccountRequiresHttps") => https_only(store),
        // Azurite knows its accounts by the path
        (_, "ResourceNotFound") if emulator => unknown_account(store),
        (_, "PublicAccessNotPermitted" | "ResourceNotFound" | "NoAuthenticationInformation") => unsigned(),
        (_, "ContainerNotFound") => no_container(&store.container),
        (_, "ContainerBeingDeleted") => being_deleted(&store.container),
        (_, "InvalidResourceName" | "OutOfRangeInput") => {
            bad_bucket_name(&store.container, key::BUCKET_NAME_OBJECT, Start)
        }
        (_, "AccountIsDisabled" | "InsufficientAccountPermissions") => {
            Finding { settings: vec![key::AZURE_ACCOUNT_NAME], ..held_back(&code, severity) }
        }
        (500.., _) | (_, "ServerBusy" | "InternalError" | "OperationTimedOut") => own_error(reply, severity),
        _ => own_reason(refuses, severity, reply),
    };
    finding.seen(reply)
}

/// Azurite says who it is.
pub(in crate::store::checks) fn emulated(reply: &Reply) -> bool {
    reply.headers.get("server").is_some_and(|server| server.as_bytes().starts_with(b"Azurite"))
}

fn wrong_key(code: &str) -> Finding {
    Finding::new(Id::P59, Start, format!("Azure does not accept the account key ({code})."))
        .hint("Copy key1 or key2 again from the account's access keys; it may have been renewed since.")
        .hint("It belongs to this account alone, and is no connection string and no SAS.")
        .on(&[key::AZURE_ACCOUNT_KEY, key::AZURE_ACCOUNT_NAME])
}

fn unknown_account(store: &AzureStore) -> Finding {
    Finding::new(
        Id::P60,
        Start,
        format!("The server does not know the account {}.", shown(store.account.as_bytes(), 40)),
    )
    .hint("Azurite knows devstoreaccount1 and what its AZURITE_ACCOUNTS says; BlobEndpoint ends with the same name.")
    .on(&[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY])
}

fn no_shared_keys() -> Finding {
    Finding::new(Id::P62, Start, "The storage account takes no shared keys, and Score knows nothing else.")
        .hint("Allow storage account key access in the account's configuration (allowSharedKeyAccess=true).")
        .hint("Or take another account; where a policy of the organisation forbids it, ask whoever set that.")
        .on(&[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY])
}

fn firewall() -> Finding {
    Finding::new(
        Id::P63,
        Start,
        "The firewall of the storage account does not let this machine in (AuthorizationFailure).",
    )
    .hint("Add the public address of this machine, or its subnet, to the account's network rules.")
    .hint("It is the machines of Score and of its clients that must be let in.")
    .on(&[key::AZURE_ACCOUNT_NAME])
}

fn https_only(store: &AzureStore) -> Finding {
    let finding = Finding::new(Id::P64, Start, "The storage account takes only https.");
    match store.cloud {
        Cloud::Endpoint(_) => {
            finding.hint("Let BlobEndpoint behind azure.accountKey begin with https://.").on(&[key::AZURE_ACCOUNT_KEY])
        }
        Cloud::Public | Cloud::Suffix(_) => finding
            .hint("Set azure.endpointProtocol to https.")
            .on(&[key::AZURE_ENDPOINT_PROTOCOL])
            .mended_by(Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: "https".to_owned() }),
    }
}

fn no_container(container: &str) -> Finding {
    Finding::new(Id::P65, Start, format!("The container {container} does not exist."))
        .hint("Score looks for it when it starts, and stops without it.")
        .hint("Create it, or correct bucket.name.object.")
        .on(&[key::BUCKET_NAME_OBJECT])
        .mended_by(Repair::CreateContainer { container: container.to_owned() })
}

fn being_deleted(container: &str) -> Finding {
    Finding::new(Id::P65, Start, format!("The container {container} is just being deleted."))
        .hint("Azure keeps the name for half a minute or longer; create it again after that, or take another name.")
        .on(&[key::BUCKET_NAME_OBJECT])
}

/// Said of requests without a signature, and ours had one.
fn unsigned() -> Finding {
    Finding::new(Id::P66, Start, "The request arrives without its signature: Azure answers as it does to strangers.")
        .hint("A proxy on the way takes the header Authorization away.")
        .hint("Score needs no public access; allowing it mends nothing.")
        .on(&[key::AZURE_ACCOUNT_NAME])
}

fn own_reason(refuses: &str, severity: Severity, reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    let what = if code.is_empty() { reply.status.as_u16().to_string() } else { code };
    Finding::new(Id::P88, severity, format!("Azure refuses {refuses} ({what}).")).on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn acl_misread(how: &str) -> Finding {
    Finding::new(Id::P103, Note, format!("The list of stored access policies cannot be read: {how}."))
        .hint("Whether the policies do what Score needs is tried all the same.")
        .on(&[key::BUCKET_NAME_OBJECT])
}

// blobs

pub(in crate::store::checks) fn sentinel_missing(store: &AzureStore) -> Finding {
    let (container, blob) = (store.container.as_str(), store.sentinel.as_str());
    Finding::new(Id::P50, Ping, format!("The sentinel {blob} is missing in {container}."))
        .hint(
            "score-client fetches it before every command and gives up when it is absent; its content does not matter.",
        )
        .hint("On Azure it stands at the root of the container.")
        .on(&[key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT])
        .mended_by(Repair::PutSentinel { bucket: container.to_owned(), key: blob.to_owned() })
}

/// `what`: such as `a blob put at once`.
pub(in crate::store::checks) fn upload_refused(what: &str, side: Side, store: &AzureStore, reply: &Reply) -> Finding {
    match reply.status.as_u16() {
        401 | 403 => sas_refused(side, store, reply),
        413 => too_large(store).seen(reply),
        _ => refused(store, what, Transfer, reply).at_most(Transfer),
    }
}

fn too_large(store: &AzureStore) -> Finding {
    Finding::new(Id::P54, Transfer, "Something before the store refuses bodies of 5 MiB (413).")
        .hint("score-client sends up to 128 MiB at once; let the proxy pass that: in nginx, client_max_body_size 0.")
        .on(&[place(store)])
}

/// `what` was written and `found` of it is there.
pub(in crate::store::checks) fn not_kept(what: &str, found: &str) -> Finding {
    Finding::new(Id::P81, Transfer, format!("{what} was written, and {found} is found there."))
        .hint("A cache or a proxy before Azure may answer in its place.")
        .on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn range(how: &str, store: &AzureStore) -> Finding {
    Finding { settings: vec![place(store)], ..super::range_ignored(how) }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::store::checks::fixtures;

    fn unknown(store: &AzureStore) -> Finding {
        let endpoint = Endpoint::parse(&store.endpoint()).unwrap();
        unanswered(&Failure::Dns(io::Error::other("no such host")), &endpoint, store)
    }

    #[test]
    fn an_unknown_name_is_the_accounts_or_that_of_the_cloud() {
        let store = |cloud| AzureStore { cloud, ..fixtures::azure("") };
        let account = unknown(&store(Cloud::Public));
        assert_eq!((account.id, account.severity, account.settings[0]), (Id::P60, Start, key::AZURE_ACCOUNT_NAME));
        assert_eq!(
            account.summary,
            "There is no storage account acct: the name acct.blob.core.windows.net is unknown."
        );
        let cloud = unknown(&store(Cloud::Suffix("core.example.invalid".into())));
        assert_eq!((cloud.id, cloud.severity, cloud.settings[0]), (Id::P61, Start, key::AZURE_ACCOUNT_KEY));
    }

    #[test]
    fn whoever_does_not_answer_stops_the_start_and_no_setting_of_s3_is_named() {
        for (endpoint, cloud, setting, repair) in [
            ("https://acct.blob.core.windows.net", Cloud::Public, key::AZURE_ENDPOINT_PROTOCOL, Some("http")),
            (
                "https://127.0.0.1:1/acct",
                Cloud::Endpoint("https://127.0.0.1:1/acct".into()),
                key::AZURE_ACCOUNT_KEY,
                None,
            ),
        ] {
            let store = AzureStore { cloud, ..fixtures::azure("") };
            let endpoint = Endpoint::parse(endpoint).unwrap();
            let plain = about(reach::plain_port(&endpoint, asked(&store)), &store);
            let value =
                repair.map(|value| Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: value.to_owned() });
            assert_eq!((plain.severity, plain.settings, plain.repair), (Start, vec![setting], value));
            let refused = unanswered(&Failure::Refused, &endpoint, &store);
            assert_eq!((refused.id, refused.severity), (Id::P22, Start));
            assert!(!format!("{refused:?}").contains("s3."), "{refused:?}");
        }
    }

    #[test]
    fn http_is_mended_by_the_protocol_where_that_is_what_says_it() {
        let store = |cloud| AzureStore { cloud, ..fixtures::azure("") };
        let mend = https_only(&store(Cloud::Public)).repair;
        assert_eq!(mend, Some(Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: "https".to_owned() }));
        assert_eq!(https_only(&store(Cloud::Endpoint(String::new()))).repair, None);
    }
}
