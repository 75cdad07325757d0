//! Tests that settings of buckets are read only when they are asked for, and what is said of them.

use std::sync::{Arc, Mutex};

use score_setup::{
    answers::Keys,
    score::Scope,
    store::checks::{
        CheckGroup, Outcome, Repair,
        engine::{Board, Verdict},
        run::check_with_settings,
        s3::settings::SettingsReader,
    },
    text::secret::Secret,
};
use tokio_util::sync::CancellationToken;

use crate::{
    checks::{short, target},
    store::{Answer, Store},
};

/// The settings of a bucket that hurts nothing.
const HARMLESS: [(&str, u16, &str); 8] = [
    ("lifecycle", 404, "<Error><Code>NoSuchLifecycleConfiguration</Code></Error>"),
    ("versioning", 200, "<VersioningConfiguration/>"),
    ("object-lock", 404, "<Error><Code>ObjectLockConfigurationNotFoundError</Code></Error>"),
    ("encryption", 404, "<Error><Code>ServerSideEncryptionConfigurationNotFoundError</Code></Error>"),
    ("policy", 404, "<Error><Code>NoSuchBucketPolicy</Code></Error>"),
    ("policyStatus", 404, "<Error><Code>NoSuchBucketPolicy</Code></Error>"),
    ("cors", 404, "<Error><Code>NoSuchCORSConfiguration</Code></Error>"),
    ("acl", 200, "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>"),
];

async fn store() -> Store {
    let store = Store::with(&["score-object", "score-state"]).await;
    store.memory.put("score-object", "data/heliograph", "hello");
    for (setting, status, body) in HARMLESS {
        answer(&store, "", setting, status, body);
    }
    store
}

/// Answers a question about a setting of the buckets whose name contains this.
fn answer(store: &Store, bucket: &'static str, setting: &'static str, status: u16, body: &str) {
    let asked = move |one: &crate::store::Asked| one.path.contains(bucket) && one.query(setting).is_some();
    store.answer(asked, Answer::new(status).header("content-type", "application/xml").body(body.to_owned()));
}

async fn read(store: &Store, reader: SettingsReader, scope: Scope) -> Board {
    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    let news = move |news| fold.lock().unwrap().apply(news);
    check_with_settings(target(&store.endpoint()).into(), short(), scope, reader, CancellationToken::new(), news).await;
    std::mem::take(&mut *board.lock().unwrap())
}

fn reader() -> SettingsReader {
    SettingsReader { keys: None, score_cleans_up: true }
}

/// Returns the findings about settings.
fn findings(board: &Board) -> Vec<String> {
    let settings = board.outcomes().filter(|(row, _)| row.group == CheckGroup::Settings);
    let found = settings.filter_map(|(row, outcome)| Some((row, outcome.finding()?)));
    found.map(|(row, finding)| format!("{} {} {:?}", row.id, finding.id, finding.severity)).collect()
}

fn rules(rules: &str) -> String {
    format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>")
}

#[tokio::test]
async fn harmless_settings_pass_and_nothing_else_is_asked_without_the_option() {
    let store = store().await;
    let board = read(&store, reader(), Scope::All).await;
    assert_eq!(findings(&board), [""; 0]);
    assert_eq!(board.verdict(), Some(Verdict::Warn));
    // Other stores than Ceph show no quota.
    let unread: Vec<_> = board
        .outcomes()
        .filter(|(row, outcome)| row.group == CheckGroup::Settings && matches!(outcome, Outcome::NotProbed(_)))
        .map(|(row, _)| row.id.clone())
        .collect();
    assert_eq!(unread, ["object-quota"]);
}

#[tokio::test]
async fn each_setting_that_hurts_is_told_with_what_it_does_to_score() {
    let rule = |inner: &str| rules(&format!("<Rule><ID>x</ID><Status>Enabled</Status>{inner}</Rule>"));
    for (bucket, setting, body, told) in [
        ("object", "lifecycle", rule("<Filter/><Expiration><Days>30</Days></Expiration>"), "object-lifecycle P130 Transfer"),
        ("object", "lifecycle", rule("<Prefix>data</Prefix><Expiration><Date>2027-01-01</Date></Expiration>"), "object-lifecycle P130 Transfer"),
        ("state", "lifecycle", rule("<Prefix>data/</Prefix><Expiration><Days>30</Days></Expiration>"), "state-lifecycle P130 Transfer"),
        ("state", "lifecycle", rule("<Prefix>upload/</Prefix><Expiration><Days>2</Days></Expiration>"), "state-lifecycle P132 Note"),
        ("state", "lifecycle", rule("<Prefix>upload/</Prefix><Expiration><Days>30</Days></Expiration>"), ""),
        ("object", "lifecycle", rule("<Filter><Tag><Key>a</Key><Value>b</Value></Tag></Filter><Expiration><Days>1</Days></Expiration>"), ""),
        ("object", "lifecycle", rule("<Filter/><Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"), "object-lifecycle P131 Transfer"),
        ("object", "lifecycle", rule("<Filter/><Transition><Days>1</Days><StorageClass>GLACIER_IR</StorageClass></Transition>"), ""),
        ("object", "lifecycle", rule("<Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>"), "object-lifecycle P132 Note"),
        ("object", "lifecycle", rule("<Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>"), ""),
        ("state", "versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".into(), "state-versions P134 Note"),
        ("state", "versioning", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>".into(), ""),
        ("state", "object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>3</Days></DefaultRetention></Rule></ObjectLockConfiguration>".into(), "state-lock P135 Note"),
        ("state", "object-lock", "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>".into(), ""),
        ("object", "encryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>".into(), "object-encryption P136 Note"),
        ("object", "encryption", "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>".into(), ""),
        ("object", "policy", "{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"*\"]},\"Action\":[\"s3:GetObject\"]}]}".into(), "object-access P137 Note"),
        ("object", "policy", "{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::1:user/score\"}}}".into(), ""),
        ("object", "policy", "{\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\"}]}".into(), ""),
        ("object", "policyStatus", "<PolicyStatus><IsPublic>TRUE</IsPublic></PolicyStatus>".into(), "object-access P137 Note"),
        ("state", "acl", "<AccessControlPolicy><AccessControlList><Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>".into(), "state-access P137 Note"),
        ("object", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>".into(), "object-cors P139 Note"),
        ("object", "cors", "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedHeader>*</AllowedHeader></CORSRule></CORSConfiguration>".into(), ""),
    ] {
        let store = store().await;
        answer(&store, bucket, setting, 200, &body);
        let board = read(&store, reader(), Scope::ReadOnly).await;
        let told: Vec<&str> = if told.is_empty() { Vec::new() } else { vec![told] };
        assert_eq!(findings(&board), told, "{bucket} {body}");
    }
}

#[tokio::test]
async fn without_clean_up_something_must_abort_uploads() {
    let off = SettingsReader { keys: None, score_cleans_up: false };
    let store = store().await;
    let board = read(&store, off.clone(), Scope::ReadOnly).await;
    assert_eq!(findings(&board), ["object-lifecycle P133 Note"]);
    let repair = |board: &Board| board.findings().iter().find_map(|(_, finding)| finding.repair.clone());
    let rule = Repair::AbortUploads { bucket: "score-object".into(), prefix: "data/".into(), days: 7 };
    assert_eq!(repair(&board), Some(rule.clone()));
    // A worse finding about the same rules keeps the repair.
    let deletes = "<Rule><ID>x</ID><Status>Enabled</Status><Filter/><Expiration><Days>30</Days></Expiration></Rule>";
    answer(&store, "object", "lifecycle", 200, &rules(deletes));
    let board = read(&store, off.clone(), Scope::ReadOnly).await;
    assert_eq!((findings(&board), repair(&board)), (vec!["object-lifecycle P130 Transfer".to_owned()], Some(rule)));
    let abort = "<Rule><Status>Enabled</Status><Filter/><AbortIncompleteMultipartUpload><DaysAfterInitiation>9\
                 </DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>";
    answer(&store, "object", "lifecycle", 200, &rules(abort));
    assert_eq!(findings(&read(&store, off, Scope::ReadOnly).await), [""; 0]);
}

#[tokio::test]
async fn minio_aborts_uploads_by_itself_and_takes_no_rule_for_it() {
    for cleans_up in [true, false] {
        let store = store().await;
        let none =
            Answer::new(404).header("server", "MinIO").body("<Error><Code>NoSuchLifecycleConfiguration</Code></Error>");
        store.answer(|asked| asked.query("lifecycle").is_some(), none);
        let reader = SettingsReader { keys: None, score_cleans_up: cleans_up };
        let board = read(&store, reader, Scope::ReadOnly).await;
        assert_eq!(findings(&board), ["object-lifecycle P140 Note"]);
        let found = board.findings();
        let (_, finding) = found.iter().find(|(row, _)| row.id == "object-lifecycle").unwrap();
        assert!(finding.repair.is_none() && finding.hints[1].ends_with("stale_uploads_expiry=168h"), "{finding:?}");
    }
}

#[tokio::test]
async fn the_quota_of_ceph_is_compared_with_a_part() {
    for (used, told) in
        [("100", ""), ("95000000000", "object-quota P138 Note"), ("99999999999", "object-quota P138 Transfer")]
    {
        let store = store().await;
        let bucket = |asked: &crate::store::Asked| asked.method == http::Method::HEAD && asked.path == "/score-object/";
        let reply = Answer::new(200).header("x-rgw-bytes-used", used).header("x-rgw-quota-bucket-size", "100000000000");
        store.answer(bucket, reply);
        let told: Vec<&str> = if told.is_empty() { Vec::new() } else { vec![told] };
        assert_eq!(findings(&read(&store, reader(), Scope::ReadOnly).await), told);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_no_fault() {
    let deep = rules(&"<Rule>".repeat(300_000));
    for (status, body) in [
        (403, "<Error><Code>AccessDenied</Code></Error>"),
        (501, "<Error><Code>NotImplemented</Code></Error>"),
        (404, "<html>"),
        (200, "<html>"),
        (200, "\0"),
        (200, &deep),
    ] {
        let store = store().await;
        for (setting, ..) in HARMLESS.into_iter().filter(|(setting, ..)| *setting != "acl") {
            answer(&store, "", setting, status, body);
        }
        let board = read(&store, reader(), Scope::ReadOnly).await;
        assert_eq!(findings(&board), [""; 0], "{status}");
        assert!(!board.failed(), "{status}");
    }
}

#[tokio::test]
async fn an_administrator_reads_what_the_keys_of_score_may_not() {
    let store = store().await;
    let keys = Keys { access_key: "ADMINACCESSKEY000001".into(), secret_key: Secret::new("canary") };
    let refused = |asked: &crate::store::Asked| {
        let by_score = asked.header("authorization").is_some_and(|by| !by.contains("ADMINACCESSKEY000001"));
        by_score && asked.query("lifecycle").is_some()
    };
    store.refuse(refused, 403, "AccessDenied");
    let board = read(&store, SettingsReader { keys: Some(keys), score_cleans_up: true }, Scope::ReadOnly).await;
    let by = |query: &str| {
        let asked = store.requests().into_iter().filter(|asked| asked.query(query).is_some());
        asked.map(|asked| asked.header("authorization").unwrap().contains("ADMINACCESSKEY000001")).collect::<Vec<_>>()
    };
    // Score's own key comes first.
    assert_eq!(by("cors"), [false]);
    assert_eq!(by("lifecycle"), [false, true, false, true]);
    assert!(by("uploads").iter().all(|admin| !admin) && !by("uploads").is_empty());
    let said = |board: &Board, id: &str| board.outcomes().find(|(row, _)| row.id == id).map(|(_, found)| found.clone());
    let by_admin = "no rules; read with the administrator's key";
    assert_eq!(said(&board, "object-lifecycle"), Some(Outcome::Pass(by_admin.to_owned())));
    assert_eq!(said(&board, "object-versions"), Some(Outcome::Pass("not kept".to_owned())));
}
