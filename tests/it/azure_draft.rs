//! Tests answers for Azure: the cloud of the account, the resulting file, and the change of a file from S3 to Azure.

use score_setup::{
    answers::{
        draft::{Draft, Origin, Problem, Text},
        target::{AzureStore, Cloud, Store},
    },
    install::spring::View,
    score::{Release, Scope, Step, provider::provider, setting},
    text::{properties::Document, secret::Secret},
};

pub(crate) const KEY: &str = "YSBrZXkgdGhhdCBvbmx5IHRoZSB0ZXN0cyBrbm93LCA2NCBieXRlcyBsb25nLCBhbmQgbm8gcmVhbCBvbmUhIQ==";
const OTHER: &str = "YW5vdGhlciBrZXkgb2YgdGhlIHNhbWUgYWNjb3VudCwgNjQgYnl0ZXMgbG9uZywgYW5kIG5vdCBhIHJlYWwgbw==";

fn typed(draft: &mut Draft, key: &'static str, text: &str) {
    give(draft, key, text, Origin::Typed);
}

fn give(draft: &mut Draft, key: &'static str, text: &str, origin: Origin) {
    let secret = setting(key).is_some_and(score_setup::score::Setting::secret);
    let text = if secret { Text::Secret(Secret::new(text)) } else { Text::Plain(text.to_owned()) };
    draft.give(key, text, origin);
}

fn complete() -> Draft {
    let mut draft = Draft::new(Release::R5_11, provider("azure").unwrap());
    for (key, text) in [
        ("azure.accountName", "scoredata"),
        ("azure.accountKey", KEY),
        ("bucket.name.object", "score-object"),
        ("metadata.url", "https://song.example.org"),
    ] {
        typed(&mut draft, key, text);
    }
    draft
}

fn with_file(mut draft: Draft, file: &str) -> Draft {
    draft.keep(&View::of_file(&Document::parse(file.as_bytes()).unwrap()));
    draft
}

fn messages(problems: &[Problem]) -> Vec<(&'static str, &str)> {
    problems.iter().map(|problem| (problem.settings[0], problem.message.as_str())).collect()
}

fn written_key(draft: &Draft) -> String {
    let target = draft.target().unwrap_or_else(|problems| panic!("{problems:?}"));
    let set = target.assignments.iter().find(|set| set.name == "azure.accountKey").unwrap();
    set.value.for_file().to_owned()
}

#[test]
fn five_answers_make_a_complete_target() {
    let target = complete().target().unwrap();
    let lines: Vec<_> = target.assignments.iter().map(|set| format!("{}={}", set.name, set.value.for_file())).collect();
    assert_eq!(
        lines,
        [
            "azure.accountName=scoredata",
            &format!("azure.accountKey={KEY}"),
            "azure.endpointProtocol=https",
            "bucket.name.object=score-object",
            "object.sentinel=heliograph",
            "bucket.policy.upload=UploadPolicy",
            "bucket.policy.download=DownloadPolicy",
            "bucket.name.state=unused",
            "bucket.size.pool=0",
            "bucket.size.key=2",
            "upload.partsize=250000000",
            "collaboratory.download.expiration=1",
            "upload.clean.enabled=false",
            "metadata.url=https://song.example.org",
            "auth.connection.maxRetries=5",
            "auth.connection.initialBackoff=15000",
            "auth.connection.multiplier=2.0",
            "server.port=8080",
            "server.ssl.enabled=false",
            "server.cors.allowedOrigins=http://localhost:8081",
            "spring.mvc.pathmatch.matching-strategy=ant_path_matcher",
        ]
    );
    assert_eq!(
        target.store,
        Store::Azure(AzureStore {
            protocol: "https".into(),
            account: "scoredata".into(),
            key: Secret::new(KEY),
            cloud: Cloud::Public,
            container: "score-object".into(),
            upload_policy: "UploadPolicy".into(),
            download_policy: "DownloadPolicy".into(),
            sentinel: "heliograph".into(),
            part_size: 250_000_000,
            download_expiration_days: 1,
        })
    );
}

#[test]
fn each_page_asks_what_azure_needs() {
    let draft = complete();
    let asked = |step| draft.visible(step).into_iter().map(|setting| setting.label).collect::<Vec<_>>();
    assert_eq!(asked(Step::Connection), ["Account", "Account key", "Protocol"]);
    assert_eq!(asked(Step::Buckets), ["Container", "Sentinel", "Upload policy", "Download policy"]);
    assert_eq!(asked(Step::Upload), ["Download part size", "URLs expire after"]);
    assert_eq!(asked(Step::Server), ["Song", "Port of Score"]);
}

#[test]
fn a_release_that_cannot_start_with_azure_is_refused_with_the_reason() {
    let mut draft = complete();
    draft.release = Some(Release::R5_12);
    assert_eq!(
        messages(&draft.problems()),
        [(
            "release",
            "Score 5.12 does not start with Azure Blob Storage: it defines the same parts twice then. Releases up to \
             5.11 do."
        )]
    );
}

#[test]
fn the_cloud_that_is_chosen_stands_behind_the_key() {
    let mut draft = complete();
    draft.cloud = Some("core.chinacloudapi.cn".into());
    assert_eq!(written_key(&draft), format!("{KEY};EndpointSuffix=core.chinacloudapi.cn"));
    assert_eq!(
        draft.notes_of("azure.accountName"),
        ["Score and its clients use https://scoredata.blob.core.chinacloudapi.cn."]
    );
    draft.cloud = Some("http://127.0.0.1:10000/scoredata/".into());
    assert_eq!(written_key(&draft), format!("{KEY};BlobEndpoint=http://127.0.0.1:10000/scoredata"));
    assert_eq!(
        draft.notes_of("azure.accountKey"),
        [
            "88 characters.",
            "Clients get this address too. It is a loopback address, so each client would contact its own machine."
        ]
    );
    draft.cloud = Some("core.windows.net".into());
    assert_eq!(written_key(&draft), KEY);
    draft.cloud = Some(String::new());
    assert_eq!(messages(&draft.problems()), [("cloud", "Address must not be empty.")]);
}

#[test]
fn what_is_typed_last_about_the_cloud_counts() {
    let mut draft = complete();
    draft.cloud = Some("core.chinacloudapi.cn".into());
    typed(&mut draft, "azure.accountKey", &format!("{KEY};EndpointSuffix=core.usgovcloudapi.net"));
    assert_eq!(draft.cloud(), "core.usgovcloudapi.net");
    draft.cloud = Some("core.windows.net".into());
    assert_eq!(written_key(&draft), KEY);
}

#[test]
fn a_new_key_that_is_typed_stays_in_the_cloud_of_the_file_and_one_of_an_answers_file_says_all() {
    let file = format!("azure.accountKey={KEY};EndpointSuffix=core.chinacloudapi.cn\n");
    let mut draft = with_file(complete(), &file);
    typed(&mut draft, "azure.accountKey", OTHER);
    assert_eq!(written_key(&draft), format!("{OTHER};EndpointSuffix=core.chinacloudapi.cn"));
    give(&mut draft, "azure.accountKey", OTHER, Origin::Answers { line: 1 });
    assert_eq!(written_key(&draft), OTHER);
    draft.take_back("azure.accountKey");
    assert_eq!(written_key(&draft), format!("{KEY};EndpointSuffix=core.chinacloudapi.cn"));
    assert_eq!(draft.cloud(), "core.chinacloudapi.cn");
}

#[test]
fn reaching_needs_no_key_and_signing_in_no_container() {
    let mut draft = Draft::new(Release::R5_11, provider("azure").unwrap());
    assert_eq!(draft.store(Scope::Reach), None);
    typed(&mut draft, "azure.accountName", "scoredata");
    draft.cloud = Some("core.chinacloudapi.cn".into());
    let store = draft.store(Scope::Reach).unwrap();
    assert_eq!(store.azure().unwrap().endpoint(), "https://scoredata.blob.core.chinacloudapi.cn");
    assert_eq!(draft.store(Scope::SignIn), None);
    typed(&mut draft, "azure.accountKey", KEY);
    assert!(draft.store(Scope::SignIn).is_some() && draft.store(Scope::ReadOnly).is_none());
}

#[test]
fn a_key_that_only_scores_machine_knows_is_kept() {
    let mut draft = with_file(complete(), "azure.accountKey=${AZURE_KEY}\n");
    draft.take_back("azure.accountKey");
    assert_eq!(written_key(&draft), "${AZURE_KEY}");
    assert_eq!(draft.target().unwrap().unresolved, ["azure.accountKey"]);
    assert_eq!(draft.store(Scope::SignIn), None);
}

#[test]
fn the_part_size_is_about_downloads() {
    let mut draft = complete();
    assert_eq!(draft.notes_of("upload.partsize"), ["A file of 100 GiB is downloaded in 430 parts."]);
    typed(&mut draft, "upload.partsize", "104587");
    let warning =
        "A file of 100 GiB is downloaded in 1026650 parts. Each is listed with its whole URL: use 20 MiB or more.";
    assert_eq!(draft.warnings(), [("upload.partsize", warning.to_owned())]);
    typed(&mut draft, "upload.partsize", "0");
    assert_eq!(
        messages(&draft.problems()),
        [("upload.partsize", "Download part size must be between 1 byte and 2047 MiB.")]
    );
}

#[test]
fn no_secret_is_told() {
    let mut draft = complete();
    for text in [KEY, &KEY[..40], "canary canary", &format!("DefaultEndpointsProtocol=https;AccountKey={KEY}")] {
        typed(&mut draft, "azure.accountKey", text);
        let told = format!("{draft:?} {:?} {:?}", draft.problems(), draft.notes_of("azure.accountKey"));
        assert!(!told.contains(&KEY[..20]) && !told.contains("canary"), "{told}");
    }
}
