//! Tests the checks and repairs of Azure, against a stub with Azure's own codes.

use std::sync::{Arc, Mutex};

use http::Method;
use score_setup::{
    answers::target::{AzureStore, Cloud, Store},
    score::{Scope, Severity},
    store::{
        checks::{
            News, Outcome, Policy, Repair,
            engine::{Board, Verdict},
            run::check_store,
        },
        probe::Route,
        provision,
    },
    text::secret::Secret,
};
use time::Duration;
use tokio_util::sync::CancellationToken;

use crate::azure_store::{Asked, Azure, policy};

pub(crate) async fn checked(store: AzureStore, scope: Scope) -> Board {
    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    let stop = CancellationToken::new();
    check_store(store.into(), Route::default(), scope, stop, move |news| fold.lock().unwrap().apply(news)).await;
    // A connection may report until it is closed.
    std::mem::take(&mut *board.lock().unwrap())
}

/// Lists all results except passes and waiting rows. Loopback and plain http are normal in tests, so they are left out.
pub(crate) fn seen(board: &Board) -> Vec<String> {
    board
        .outcomes()
        .filter(|(row, _)| !["client-address", "tls"].contains(&row.id.as_str()))
        .filter_map(|(row, outcome)| match outcome {
            Outcome::Pass(_) | Outcome::Waiting(_) => None,
            Outcome::NotProbed(why) => Some(format!("{} not probed: {why}", row.id)),
            Outcome::Warn(finding) | Outcome::Fail(finding) => {
                let repair = match &finding.repair {
                    None => String::new(),
                    Some(Repair::SetPolicy { name, before, after }) => {
                        let before = before.as_ref().map_or("none", |before| before.permissions.as_str());
                        format!(" set {name} {before} -> {}", after.permissions)
                    }
                    Some(Repair::CreateContainer { container }) => format!(" create {container}"),
                    Some(Repair::PutSentinel { bucket, key }) => format!(" put {bucket}/{key}"),
                    Some(other) => format!(" {other:?}"),
                };
                let setting = finding.settings.first().copied().unwrap_or_default();
                Some(format!("{} {} {:?} {setting}{repair}", row.id, finding.id, finding.severity))
            }
        })
        .collect()
}

fn writes(azure: &Azure) -> usize {
    azure.asked().iter().filter(|asked| ![Method::GET, Method::HEAD].contains(&asked.method)).count()
}

#[tokio::test]
async fn a_good_account_is_green_and_nothing_is_left_over() {
    let azure = Azure::good().await;
    let board = checked(azure.target(), Scope::All).await;
    assert_eq!(seen(&board), Vec::<String>::new());
    assert_eq!(board.verdict(), Some(Verdict::Warn), "loopback is a note");
    assert_eq!(board.end.unwrap().leftovers, []);
    assert_eq!(azure.container(|container| container.blobs.keys().cloned().collect::<Vec<_>>()), ["heliograph"]);
}

#[tokio::test]
async fn smaller_scopes_write_nothing() {
    let azure = Azure::good().await;
    for (scope, unsigned) in [(Scope::Reach, true), (Scope::SignIn, false), (Scope::ReadOnly, false)] {
        let board = checked(azure.target(), scope).await;
        assert!(!board.failed(), "{scope:?}");
        assert_eq!(board.verdict(), Some(Verdict::Unproven), "{scope:?}");
        if unsigned {
            assert!(azure.asked().iter().all(|asked| !asked.by_policy() && asked.header("authorization").is_empty()));
        }
    }
    assert_eq!(writes(&azure), 0);
}

#[tokio::test]
async fn signing_in_needs_no_container() {
    let azure = Azure::empty().await;
    let store = AzureStore { container: String::new(), ..azure.target() };
    assert_eq!(seen(&checked(store, Scope::SignIn).await), Vec::<String>::new());
}

/// Tests codes that Azure gives for every request.
#[tokio::test]
async fn what_azure_refuses_altogether_is_named_by_its_code() {
    for (status, code, finding) in [
        (403, "KeyBasedAuthenticationNotPermitted", "sign-in P62 Start azure.accountName"),
        (403, "AuthorizationFailure", "sign-in P63 Start azure.accountName"),
        (400, "AccountRequiresHttps", "service P64 Start azure.accountKey"),
        (409, "PublicAccessNotPermitted", "sign-in P66 Start azure.accountName"),
        (404, "ResourceNotFound", "sign-in P66 Start azure.accountName"),
        (403, "AuthenticationFailed", "sign-in P59 Start azure.accountKey"),
        (409, "ContainerBeingDeleted", "container P65 Start bucket.name.object"),
        (404, "ContainerNotFound", "container P65 Start bucket.name.object create score"),
        (400, "OutOfRangeInput", "container P44 Start bucket.name.object"),
        (503, "ServerBusy", "sign-in P78 Start "),
    ] {
        let azure = Azure::good().await;
        azure.refuse(status, code, |_| true);
        assert_eq!(seen(&checked(azure.target(), Scope::All).await), [finding], "{code}");
        assert_eq!(writes(&azure), 0, "{code}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_missing_container_stop_the_start() {
    let azure = Azure::good().await;
    let store = AzureStore { key: Secret::new("AAAA"), ..azure.target() };
    assert_eq!(seen(&checked(store, Scope::All).await), ["sign-in P59 Start azure.accountKey"]);
    let store = AzureStore { key: Secret::new("no base64"), ..azure.target() };
    assert_eq!(seen(&checked(store, Scope::All).await), ["address P59 Start azure.accountKey"]);
    let azure = Azure::empty().await;
    let missing = seen(&checked(azure.target(), Scope::All).await);
    assert_eq!(missing, ["container P65 Start bucket.name.object create score"]);
}

#[tokio::test]
async fn a_clock_that_is_off_is_named_and_not_the_key() {
    for minutes in [-20, 20] {
        let azure = Azure::good().await;
        azure.behind(Duration::minutes(minutes));
        assert_eq!(seen(&checked(azure.target(), Scope::All).await), ["clock P36 Start "]);
    }
    let azure = Azure::good().await;
    azure.behind(Duration::minutes(8));
    assert_eq!(seen(&checked(azure.target(), Scope::All).await), ["clock P36 Note "]);
}

#[tokio::test]
async fn what_is_wrong_with_a_policy_is_told_and_mended() {
    type Change = fn(&mut Vec<crate::azure_store::Policy>);
    let cases: [(&str, Change, &str); 9] = [
        (
            "expiry",
            |all| all[0].expiry = "2030-01-01T00:00:00.0000000Z".into(),
            "download-policy P55 Ping bucket.policy.download set DownloadPolicy r -> r",
        ),
        (
            "start",
            |all| all[1].start = "2020-01-01T00:00:00.0000000Z".into(),
            "upload-policy P55 Transfer bucket.policy.upload set UploadPolicy cw -> cw",
        ),
        (
            "missing",
            |all| drop(all.remove(0)),
            "download-policy P56 Ping bucket.policy.download set DownloadPolicy none -> r",
        ),
        (
            "case",
            |all| all[1].name = "uploadpolicy".into(),
            "upload-policy P56 Transfer bucket.policy.upload set UploadPolicy none -> cw",
        ),
        (
            "five",
            |all| {
                all.remove(0);
                all.extend(["a", "b", "c", "d"].map(|name| policy(name, "r")));
            },
            "download-policy P56 Ping bucket.policy.download",
        ),
        (
            "no r",
            |all| all[0].permissions = "l".into(),
            "download-policy P57 Ping bucket.policy.download set DownloadPolicy l -> rl",
        ),
        (
            "no w",
            |all| all[1].permissions = "rc".into(),
            "upload-policy P57 Transfer bucket.policy.upload set UploadPolicy rc -> rcw",
        ),
        (
            "no c",
            |all| all[1].permissions = "w".into(),
            "upload-policy P57 Note bucket.policy.upload set UploadPolicy w -> cw",
        ),
        ("too much", |all| all[0].permissions = "rw".into(), "read-only P57 Note bucket.policy.download"),
    ];
    for (name, change, finding) in cases {
        let azure = Azure::good().await;
        azure.container(|container| change(&mut container.policies));
        let board = checked(azure.target(), Scope::All).await;
        assert_eq!(seen(&board), [finding], "{name}");
        assert_eq!(board.end.as_ref().unwrap().leftovers, [], "{name}");
        let fixes = board.findings().into_iter().filter_map(|(_, finding)| finding.repair.clone()).collect::<Vec<_>>();
        for repair in &fixes {
            let store = Store::from(azure.target());
            provision::repair(&store, &Route::default(), None, repair, &crate::provision::NothingKept).await.unwrap();
            assert_eq!(seen(&checked(azure.target(), Scope::All).await), Vec::<String>::new(), "{name} fixed");
        }
    }
}

#[tokio::test]
async fn one_policy_may_serve_for_both() {
    let azure = Azure::good().await;
    let store = || AzureStore { upload_policy: "Both".into(), download_policy: "Both".into(), ..azure.target() };
    let board = checked(store(), Scope::All).await;
    let repair = board.findings()[0].1.repair.clone().unwrap();
    provision::repair(&store().into(), &Route::default(), None, &repair, &crate::provision::NothingKept).await.unwrap();
    assert_eq!(seen(&checked(store(), Scope::All).await), ["read-only P57 Note bucket.policy.download"]);
}

#[tokio::test]
async fn a_policy_that_was_just_changed_is_waited_for() {
    let azure = Azure::good().await;
    azure.lag(3);
    assert_eq!(seen(&checked(azure.target(), Scope::All).await), Vec::<String>::new());
}

#[tokio::test]
async fn urls_that_have_expired_when_they_are_made_are_named() {
    let azure = Azure::good().await;
    azure.behind(Duration::seconds(-3));
    let store = AzureStore { download_expiration_days: 0, ..azure.target() };
    assert_eq!(
        seen(&checked(store, Scope::All).await),
        ["download-policy P58 Ping s3.download.expiration", "upload-policy P58 Transfer s3.download.expiration"]
    );
}

#[tokio::test]
async fn what_clients_do_is_tried_as_they_do_it() {
    type Matching = fn(&Asked) -> bool;
    let put: Matching = |asked| asked.by_policy() && asked.method == Method::PUT && asked.body.len() > 1 << 20;
    let block: Matching = |asked| asked.query("comp") == "block";
    let range: Matching = |asked| !asked.header("range").is_empty();
    let head: Matching = |asked| asked.method == Method::HEAD && asked.query("restype").is_empty();
    for (status, code, matching, finding) in [
        (413, "RequestBodyTooLarge", put, "put-blob P54 Transfer azure.accountKey"),
        (403, "AuthorizationPermissionMismatch", block, "put-blocks P57 Transfer bucket.policy.upload"),
        (400, "Md5Mismatch", put, "put-blob P88 Transfer bucket.name.object"),
        (403, "AuthenticationFailed", range, "ranged-get P74 Transfer bucket.policy.download"),
    ] {
        let azure = Azure::good().await;
        azure.refuse(status, code, matching);
        let board = checked(azure.target(), Scope::All).await;
        assert_eq!(seen(&board), [finding], "{code}");
        assert_eq!(board.end.unwrap().leftovers, [], "{code}");
        assert_eq!(azure.container(|container| container.blobs.len()), 1, "{code}");
    }
    let azure = Azure::good().await;
    azure.refuse(404, "BlobNotFound", head);
    let lost = seen(&checked(azure.target(), Scope::All).await);
    assert_eq!(lost, ["put-blob P81 Transfer bucket.name.object", "put-blocks P81 Transfer bucket.name.object"]);
}

#[tokio::test]
async fn a_missing_sentinel_is_put_at_the_root() {
    let azure = Azure::good().await;
    azure.container(|container| container.blobs.clear());
    let board = checked(azure.target(), Scope::All).await;
    assert_eq!(seen(&board), ["sentinel P50 Ping object.sentinel put score/heliograph"]);
    let repair = board.findings()[0].1.repair.clone().unwrap();
    let said =
        provision::repair(&azure.target().into(), &Route::default(), None, &repair, &crate::provision::NothingKept)
            .await;
    assert_eq!(said, Ok("Created the sentinel heliograph in the container score.".to_owned()));
    assert_eq!(seen(&checked(azure.target(), Scope::All).await), Vec::<String>::new());
}

/// Applies repairs until all checks pass, as the wizard offers them. Returns their number.
pub(crate) async fn fixed(store: &AzureStore) -> usize {
    let mut repairs = 0;
    loop {
        let board = checked(store.clone(), Scope::All).await;
        let worst = board.findings().into_iter().find(|(_, finding)| finding.severity > Severity::Note);
        let Some((_, finding)) = worst else { return repairs };
        let repair = finding.repair.clone().unwrap_or_else(|| panic!("{finding:?}"));
        provision::repair(&store.clone().into(), &Route::default(), None, &repair, &crate::provision::NothingKept)
            .await
            .unwrap();
        repairs += 1;
    }
}

#[tokio::test]
async fn an_empty_account_is_made_ready_by_repairs() {
    let azure = Azure::empty().await;
    assert_eq!(fixed(&azure.target()).await, 4);
    assert_eq!(azure.container(|container| container.public.clone()), "", "nobody else gets in");
}

#[tokio::test]
async fn other_policies_and_the_public_access_level_survive_a_repair() {
    let azure = Azure::good().await;
    azure.container(|container| {
        container.public = "blob".into();
        container.policies[1].permissions = "c".into();
        container.policies.insert(
            0,
            crate::azure_store::Policy { expiry: "2030-01-01T00:00:00.0000000Z".into(), ..policy("someone's", "rl") },
        );
    });
    let before = azure.container(|container| format!("{:?}", container.policies));
    fixed(&azure.target()).await;
    let after = azure.container(|container| format!("{:?}", container.policies));
    assert_eq!(after, before.replace("permissions: \"c\"", "permissions: \"cw\""));
    assert_eq!(azure.container(|container| container.public.clone()), "blob");
}

#[tokio::test]
async fn a_policy_that_changed_meanwhile_is_left_alone() {
    let azure = Azure::good().await;
    azure.container(|container| container.policies[0].permissions = "l".into());
    let repair = checked(azure.target(), Scope::All).await.findings()[0].1.repair.clone().unwrap();
    azure.container(|container| container.policies[0].permissions = "d".into());
    let said =
        provision::repair(&azure.target().into(), &Route::default(), None, &repair, &crate::provision::NothingKept)
            .await;
    assert_eq!(
        said.unwrap_err().to_string(),
        "The policy DownloadPolicy could not be set: it has changed since the check; check again."
    );
    assert_eq!(azure.container(|container| container.policies[0].permissions.clone()), "d");
}

#[tokio::test]
async fn a_refused_repair_is_sent_once_and_explained_without_a_secret() {
    let azure = Azure::good().await;
    let create = Repair::CreateContainer { container: "other".into() };
    let sentinel = Repair::PutSentinel { bucket: "score".into(), key: "a b/heliograph".into() };
    let after = Box::new(Policy { permissions: "l".into(), ..Policy::default() });
    let policy = Repair::SetPolicy { name: "third".into(), before: None, after };
    for (status, code) in [(403, "AuthorizationFailure"), (409, "ContainerBeingDeleted"), (503, "ServerBusy")] {
        azure.refuse(status, code, |asked| asked.path.contains("score") || asked.path.contains("other"));
        for (repair, what) in [
            (&create, "container other could not be created"),
            (&sentinel, "sentinel a b/heliograph could not be created in score"),
            (&policy, "policy third could not be set"),
        ] {
            let before = azure.asked().len();
            let refused = provision::repair(
                &azure.target().into(),
                &Route::default(),
                None,
                repair,
                &crate::provision::NothingKept,
            )
            .await;
            let refused = refused.unwrap_err().to_string();
            assert_eq!(refused, format!("The {what}: {code}: No (HTTP {status})."));
            assert_eq!(azure.asked().len() - before, 1, "{refused}");
        }
    }
    let gone = AzureStore { cloud: Cloud::Endpoint("http://127.0.0.1:1/account".into()), ..azure.target() };
    let refused = provision::repair(&gone.into(), &Route::default(), None, &create, &crate::provision::NothingKept)
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(refused, "The container other could not be created: the connection was refused.");
}

#[tokio::test]
async fn the_sentinel_keeps_its_name_in_every_alphabet() {
    for name in ["heliograph", "data/heliograph", "a b+c%25é/ü#.txt", "a=b&c"] {
        let azure = Azure::good().await;
        let put = Repair::PutSentinel { bucket: "score".into(), key: name.into() };
        provision::repair(&azure.target().into(), &Route::default(), None, &put, &crate::provision::NothingKept)
            .await
            .unwrap();
        let paths: Vec<_> = azure.asked().into_iter().map(|asked| asked.path).collect();
        let text = percent_encoding::percent_decode_str(&paths[0]).decode_utf8().unwrap();
        assert!(text.ends_with(&format!("/score/{name}")), "{text}");
    }
}

#[tokio::test]
async fn no_key_and_no_signature_is_shown() {
    let azure = Azure::good().await;
    azure.refuse(403, "AuthenticationFailed", Asked::by_policy);
    let store = AzureStore { download_expiration_days: 0, ..azure.target() };
    let board = checked(store, Scope::All).await;
    let told = format!("{board:?}");
    let signatures = azure.asked().into_iter().filter(Asked::by_policy).map(|asked| asked.query("sig").to_owned());
    for secret in signatures.chain([crate::azure_store::key()]) {
        assert!(!told.contains(&secret) && !told.contains(&secret.replace('=', "%3D")), "{told}");
    }
}

#[tokio::test]
async fn a_stopped_run_leaves_nothing_behind() {
    let azure = Azure::good().await;
    let stop = CancellationToken::new();
    let hand = stop.clone();
    let end = Arc::new(Mutex::new(None));
    let heard = end.clone();
    let news = move |news| match news {
        News::Started(id) if id == "put-blocks" => hand.cancel(),
        News::Finished { leftovers, stopped, .. } => *heard.lock().unwrap() = Some((leftovers, stopped)),
        _ => {}
    };
    check_store(azure.target().into(), Route::default(), Scope::All, stop, news).await;
    assert_eq!(*end.lock().unwrap(), Some((vec![], true)));
    assert_eq!(azure.container(|container| container.blobs.len()), 1);
}
