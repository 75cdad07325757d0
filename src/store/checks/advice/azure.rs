//! Findings about Azure Blob Storage. Codes decide, not texts: Azure prints the same words for several causes.

mod policies;
mod settings;

pub(in crate::store::checks) use policies::*;
pub(in crate::store::checks) use settings::*;

use Severity::{Note, Ping, Start, Transfer};

use super::{
    reach::{self, ACCOUNT, ACCOUNT_AND_SUFFIX, ACCOUNT_ENDPOINT, CheckedServer},
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

/// Returns how messages name this account.
const fn server(store: &AzureStore) -> CheckedServer {
    match store.cloud {
        Cloud::Public => ACCOUNT,
        Cloud::Suffix(_) => ACCOUNT_AND_SUFFIX,
        Cloud::Endpoint(_) => ACCOUNT_ENDPOINT,
    }
}

/// Returns the setting that says where the account is.
pub(in crate::store::checks) const fn place(store: &AzureStore) -> &'static str {
    match store.cloud {
        Cloud::Public => key::AZURE_ACCOUNT_NAME,
        Cloud::Suffix(_) | Cloud::Endpoint(_) => key::AZURE_ACCOUNT_KEY,
    }
}

pub(in crate::store::checks) fn bad_endpoint(store: &AzureStore, why: BadEndpoint) -> Finding {
    about(reach::bad_endpoint(why, server(store)), store)
}

pub(in crate::store::checks) fn bad_key() -> Finding {
    Finding::new(Id::P59, Start, "The account key is not valid base64. Score does not start.")
        .hint("Copy key1 or key2 again from the access keys of the account. It has 88 characters and ends with ==.")
        .on(&[key::AZURE_ACCOUNT_KEY])
}

/// Explains why no reply came. Score requests the container when it starts, and does not start without a reply.
pub(in crate::store::checks) fn unanswered(
    failure: &Failure,
    endpoint: &Endpoint,
    store: &AzureStore,
    answered: bool,
) -> Finding {
    let host = shown(endpoint.name().as_bytes(), 120);
    let finding = match (failure, &store.cloud) {
        (Failure::Dns(_), Cloud::Public) => Finding::new(
            Id::P60,
            Start,
            format!("The storage account {} does not exist: the host name {host} is unknown.", store.account),
        )
        .hint("Check azure.accountName. It must be the name of the account, not a host or a display name.")
        .hint("For an account in another cloud (China, US Government), write ;EndpointSuffix=… after the key in azure.accountKey.")
        .hint("An account that has only a private endpoint is known only inside its network.")
        .on(&[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY])
        .saw(failure.to_string()),
        (Failure::Dns(_), _) => Finding::new(
            Id::P61,
            Start,
            format!("The host name {host} is unknown. It comes from the text after the account key."),
        )
        .hint("Check EndpointSuffix or BlobEndpoint after the key in azure.accountKey, such as core.chinacloudapi.cn.")
        .hint("Check azure.accountName, too.")
        .on(&[key::AZURE_ACCOUNT_KEY, key::AZURE_ACCOUNT_NAME])
        .saw(failure.to_string()),
        _ => about(reach::unanswered(failure, endpoint, server(store).after_a_reply(answered)), store),
    };
    finding.at_least(Start)
}

/// Returns a finding about an endpoint with the settings and the repair that belong to it on Azure.
fn about(finding: Finding, store: &AzureStore) -> Finding {
    // A different scheme is a different protocol, unless the whole URL follows the key.
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
    about(reach::tls_port(endpoint, server(store)), store)
}

pub(in crate::store::checks) fn not_azure(store: &AzureStore, what: &str) -> Finding {
    Finding::new(Id::P79, Start, format!("The server at the endpoint is not Azure Blob Storage: it sends {what}."))
        .hint("Check that no proxy answers instead of it, and that the text after the key in azure.accountKey names the right server.")
        .on(&[place(store)])
}

/// Explains the refusal of a request with the account key. `refuses` is the request in a few words.
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

/// Returns true if the server names itself Azurite.
pub(in crate::store::checks) fn emulated(reply: &Reply) -> bool {
    reply.headers.get("server").is_some_and(|server| server.as_bytes().starts_with(b"Azurite"))
}

fn wrong_key(code: &str) -> Finding {
    Finding::new(Id::P59, Start, format!("Azure does not accept the account key ({code})."))
        .hint("Copy key1 or key2 again from the access keys of the account. The key may have been rotated.")
        .hint("Use a key of this account. A connection string or a SAS does not work here.")
        .on(&[key::AZURE_ACCOUNT_KEY, key::AZURE_ACCOUNT_NAME])
}

fn unknown_account(store: &AzureStore) -> Finding {
    Finding::new(
        Id::P60,
        Start,
        format!("The server does not know the account {}.", shown(store.account.as_bytes(), 40)),
    )
    .hint("Azurite knows devstoreaccount1 and the accounts in AZURITE_ACCOUNTS. BlobEndpoint must end with the same name.")
    .on(&[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY])
}

fn no_shared_keys() -> Finding {
    Finding::new(
        Id::P62,
        Start,
        "The storage account does not accept shared keys, the only method that Score supports.",
    )
    .hint("Allow storage account key access in the account's configuration (allowSharedKeyAccess=true).")
    .hint("Or use another account. If a policy of your organisation forbids shared keys, ask its administrator.")
    .on(&[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY])
}

fn firewall() -> Finding {
    Finding::new(Id::P63, Start, "The firewall of the storage account blocks this machine (AuthorizationFailure).")
        .hint("Add the public IP address of this machine, or its subnet, to the network rules of the account.")
        .hint("Also add the machines of Score and of its clients.")
        .on(&[key::AZURE_ACCOUNT_NAME])
}

fn https_only(store: &AzureStore) -> Finding {
    let finding = Finding::new(Id::P64, Start, "The storage account accepts only https.");
    match store.cloud {
        Cloud::Endpoint(_) => {
            finding.hint("Begin BlobEndpoint in azure.accountKey with https://.").on(&[key::AZURE_ACCOUNT_KEY])
        }
        Cloud::Public | Cloud::Suffix(_) => finding
            .hint("Set azure.endpointProtocol=https.")
            .on(&[key::AZURE_ENDPOINT_PROTOCOL])
            .fixed_by(Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: "https".to_owned() }),
    }
}

fn no_container(container: &str) -> Finding {
    Finding::new(Id::P65, Start, format!("The container {container} does not exist."))
        .hint("Score requests the container when it starts, and stops if it does not exist.")
        .hint("Create the container, or correct bucket.name.object.")
        .on(&[key::BUCKET_NAME_OBJECT])
        .fixed_by(Repair::CreateContainer { container: container.to_owned() })
}

fn being_deleted(container: &str) -> Finding {
    Finding::new(Id::P65, Start, format!("The container {container} is being deleted."))
        .hint("Azure blocks the name for 30 s or longer. Create the container again after that, or use another name.")
        .on(&[key::BUCKET_NAME_OBJECT])
}

/// Explains a code for unsigned requests that came to a signed request.
fn unsigned() -> Finding {
    Finding::new(
        Id::P66,
        Start,
        "The request reaches Azure without its signature: Azure answers as it does to anonymous requests.",
    )
    .hint("Look for a proxy that removes the Authorization header.")
    .hint("Score does not need public access, and public access does not fix this.")
    .on(&[key::AZURE_ACCOUNT_NAME])
}

fn own_reason(refuses: &str, severity: Severity, reply: &Reply) -> Finding {
    let code = shown(code(reply).as_bytes(), 60);
    let what = if code.is_empty() { reply.status.as_u16().to_string() } else { code };
    Finding::new(Id::P88, severity, format!("Azure refuses {refuses} ({what}).")).on(&[key::BUCKET_NAME_OBJECT])
}

pub(in crate::store::checks) fn acl_misread(how: &str) -> Finding {
    Finding::new(Id::P103, Note, format!("The list of stored access policies cannot be read: {how}."))
        .hint("See the checks that upload and download with the policies. They show whether the policies work.")
        .on(&[key::BUCKET_NAME_OBJECT])
}

// blobs

pub(in crate::store::checks) fn sentinel_missing(store: &AzureStore) -> Finding {
    let (container, blob) = (store.container.as_str(), store.sentinel.as_str());
    Finding::new(
        Id::P50,
        Ping,
        format!("The sentinel {blob} does not exist in {container}. Every client stops at its first step."),
    )
    .hint("score-client downloads this object before every command. Create it with any content.")
    .hint("On Azure, the sentinel is at the root of the container.")
    .on(&[key::OBJECT_SENTINEL, key::BUCKET_NAME_OBJECT])
    .fixed_by(Repair::PutSentinel { bucket: container.to_owned(), key: blob.to_owned() })
}

/// Explains a refused upload. `what` is the upload, such as `a blob put at once`.
pub(in crate::store::checks) fn upload_refused(what: &str, side: Side, store: &AzureStore, reply: &Reply) -> Finding {
    match reply.status.as_u16() {
        401 | 403 => sas_refused(side, store, reply),
        413 => too_large(store).seen(reply),
        _ => refused(store, what, Transfer, reply).at_most(Transfer),
    }
}

fn too_large(store: &AzureStore) -> Finding {
    Finding::new(Id::P54, Transfer, "The store, or a proxy in front of it, refuses bodies of 5 MiB (413).")
        .hint("score-client sends bodies of up to 128 MiB. Allow them in the proxy. In nginx, set client_max_body_size 0.")
        .on(&[place(store)])
}

/// Reports that `what` was written, but `found` was read.
pub(in crate::store::checks) fn not_kept(what: &str, found: &str) -> Finding {
    Finding::new(Id::P81, Transfer, format!("{what} was written, but {found} was read."))
        .hint("Look for a cache or a proxy in front of Azure that answers instead of it.")
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
        unanswered(&Failure::Dns(io::Error::other("no such host")), &endpoint, store, false)
    }

    #[test]
    fn an_unknown_name_is_the_accounts_or_that_of_the_cloud() {
        let store = |cloud| AzureStore { cloud, ..fixtures::azure("") };
        let account = unknown(&store(Cloud::Public));
        assert_eq!((account.id, account.severity, account.settings[0]), (Id::P60, Start, key::AZURE_ACCOUNT_NAME));
        assert_eq!(
            account.summary,
            "The storage account acct does not exist: the host name acct.blob.core.windows.net is unknown."
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
            let plain = about(reach::plain_port(&endpoint, server(&store)), &store);
            let value =
                repair.map(|value| Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: value.to_owned() });
            assert_eq!((plain.severity, plain.settings, plain.repair), (Start, vec![setting], value));
            let refused = unanswered(&Failure::Refused, &endpoint, &store, false);
            assert_eq!((refused.id, refused.severity), (Id::P22, Start));
            assert!(!format!("{refused:?}").contains("s3."), "{refused:?}");
        }
    }

    #[test]
    fn http_is_fixed_by_the_protocol_where_that_is_what_says_it() {
        let store = |cloud| AzureStore { cloud, ..fixtures::azure("") };
        let repair = https_only(&store(Cloud::Public)).repair;
        assert_eq!(repair, Some(Repair::Answer { key: key::AZURE_ENDPOINT_PROTOCOL, value: "https".to_owned() }));
        assert_eq!(https_only(&store(Cloud::Endpoint(String::new()))).repair, None);
    }
}
