//! Tests which settings of an Azure container and its account are read, and what is said of them.

use std::sync::{Arc, Mutex};

use score_setup::{
    answers::target::AzureStore,
    score::Scope,
    store::{
        checks::{
            CheckGroup, Outcome,
            engine::{Board, Verdict},
            run::check_with_settings,
            s3::settings::SettingsReader,
        },
        probe::Route,
    },
};
use tokio_util::sync::CancellationToken;

use crate::azure_store::{Azure, Container};

pub(crate) async fn read(store: AzureStore, scope: Scope) -> Board {
    let board = Arc::new(Mutex::new(Board::default()));
    let fold = board.clone();
    let news = move |news| fold.lock().unwrap().apply(news);
    let reader = SettingsReader::default();
    check_with_settings(store.into(), Route::default(), scope, reader, CancellationToken::new(), news).await;
    std::mem::take(&mut *board.lock().unwrap())
}

/// Returns the results about settings, one a line.
pub(crate) fn said(board: &Board) -> Vec<String> {
    let settings = board.outcomes().filter(|(row, _)| row.group == CheckGroup::Settings);
    settings
        .map(|(row, outcome)| match outcome {
            Outcome::Pass(text) => format!("{}: {text}", row.id),
            Outcome::Waiting(_) => format!("{} waits", row.id),
            Outcome::NotProbed(why) => format!("{} not probed: {why}", row.id),
            Outcome::Warn(finding) | Outcome::Fail(finding) => {
                format!("{} {} {:?}: {}", row.id, finding.id, finding.severity, finding.summary)
            }
        })
        .collect()
}

fn about(board: &Board, id: &str) -> String {
    said(board).into_iter().find(|line| line.starts_with(id)).unwrap()
}

fn hints(board: &Board) -> String {
    board.findings().iter().flat_map(|(_, finding)| finding.hints.clone()).collect::<Vec<_>>().join("\n")
}

/// The rows of a container and an account that hurt nothing, with the sentinel as the only blob.
pub(crate) const HARMLESS: [&str; 7] = [
    "container-access: not public",
    "container-lock: not immutable",
    "container-versions: not kept when the sentinel was written",
    "container-archive: none of the first 1 blob",
    "container-encryption: with the key of the account",
    "account-deletes: deleted at once",
    "account-cors: no rules: scripts of other sites cannot read",
];

#[tokio::test]
async fn an_account_that_hurts_nothing_says_so_of_each_setting() {
    let azure = Azure::good().await;
    let board = read(azure.target(), Scope::ReadOnly).await;
    assert_eq!(said(&board), HARMLESS);
    assert_eq!(board.verdict(), Some(Verdict::Unproven), "nothing was written");
    // One question for three rows, and one for two.
    let asked = azure.asked();
    let newer: Vec<_> = asked.iter().filter(|asked| asked.header("x-ms-version") == "2021-08-06").collect();
    assert_eq!(newer.len(), 4, "{newer:?}");
}

#[tokio::test]
async fn each_setting_that_hurts_is_told_with_what_it_does_to_score_and_the_command() {
    type Change = fn(&mut Container);
    let rows: [(Change, &str, &str); 9] = [
        (
            |container| container.public = "blob".into(),
            "container-access P137 Note: Everyone can read the blobs of score by their names. Files can be had without Score.",
            "az storage container set-permission --account-name acct --name score --public-access off",
        ),
        (
            |container| container.public = "container".into(),
            "container-access P137 Note: Everyone can list and read the blobs of score. Files can be had without Score.",
            "--public-access off",
        ),
        (
            |container| container.headers = vec![("x-ms-has-immutability-policy", "true")],
            "container-lock P141 Note: The container score has an immutability policy. New files can be uploaded. A file cannot be uploaded again, and nothing can be deleted.",
            "az storage container immutability-policy show --account-name acct --container-name score",
        ),
        (
            |container| container.headers = vec![("x-ms-has-legal-hold", "true")],
            "container-lock P141 Note: A legal hold is set on the container score. New files can be uploaded. A file cannot be uploaded again, and nothing can be deleted.",
            "az storage container legal-hold show --account-name acct --container-name score",
        ),
        (
            |container| {
                container.headers = vec![
                    ("x-ms-has-immutability-policy", "true"),
                    ("x-ms-immutable-storage-with-versioning-enabled", "true"),
                ];
            },
            "container-versions P134 Note: The container score keeps old versions of blobs, which may be immutable. Each repeated upload keeps the earlier file.",
            "az storage account management-policy show --account-name acct --resource-group GROUP",
        ),
        (
            |container| container.versions = true,
            "container-versions P134 Note: The account acct keeps old versions of blobs. Each repeated upload keeps the earlier file, unless a rule deletes it.",
            "az storage account blob-service-properties update --account-name acct --enable-versioning false",
        ),
        (
            |container| {
                container.blobs.insert("0f".into(), "file".into());
                container.archived = vec!["0f".into()];
            },
            "container-archive P131 Transfer: 1 of the first 2 blobs of score are archived. Downloads of these files fail until an administrator moves them (BlobArchived).",
            "az storage blob set-tier --account-name acct --container-name score --name NAME --tier Hot",
        ),
        (
            |container| {
                container.headers =
                    vec![("x-ms-default-encryption-scope", "genomes"), ("x-ms-deny-encryption-scope-override", "true")];
            },
            "container-encryption: with the scope genomes, and no other",
            "",
        ),
        (
            |container| container.blobs.clear(),
            "container-versions not probed: Azure does not show it (404 BlobNotFound)",
            "",
        ),
    ];
    for (change, told, command) in rows {
        let azure = Azure::good().await;
        azure.container(change);
        let board = read(azure.target(), Scope::ReadOnly).await;
        assert!(said(&board).iter().any(|line| line == told), "{told}\n{:#?}", said(&board));
        assert!(hints(&board).contains(command), "{}", hints(&board));
        // Immutable versions need versioning.
        assert!(!told.contains("immutable") || !hints(&board).contains("--enable-versioning"), "{}", hints(&board));
    }
}

#[tokio::test]
async fn what_the_account_does_is_read_from_its_blob_service() {
    let cors = |methods: &str, headers: &str| {
        format!(
            "<Cors><CorsRule><AllowedMethods>{methods}</AllowedMethods><AllowedHeaders>{headers}</AllowedHeaders></CorsRule></Cors>"
        )
    };
    let days = "<DeleteRetentionPolicy><Enabled>true</Enabled><Days>7</Days></DeleteRetentionPolicy>";
    for (properties, told) in [
        (days.to_owned(), "account-deletes: kept and paid for 7 days, with what a repeated upload replaces"),
        (cors("GET,HEAD", "Range"), "account-cors: may read ranges"),
        (
            cors("GET", "x-ms-*"),
            "account-cors P139 Note: The CORS rules of the account acct do not let a browser read a range of bytes.",
        ),
    ] {
        let azure = Azure::good().await;
        azure.service(&properties);
        let board = read(azure.target(), Scope::ReadOnly).await;
        assert!(said(&board).iter().any(|line| line == told), "{told}\n{:#?}", said(&board));
    }
    let azure = Azure::good().await;
    azure.refuse(403, "AuthorizationFailure", |asked| asked.query("restype") == "service");
    let board = read(azure.target(), Scope::ReadOnly).await;
    let refused = "account-cors not probed: Azure does not show it (403 AuthorizationFailure)";
    assert_eq!(about(&board, "account-cors"), refused, "a refusal is not a fault");
}

#[tokio::test]
async fn an_account_that_forbids_public_access_overrides_the_container() {
    let azure = Azure::good().await;
    azure.container(|container| container.public = "container".into());
    azure.forbid_public_access();
    let board = read(azure.target(), Scope::ReadOnly).await;
    let told = "container-access: not public: the account forbids what the container allows";
    assert_eq!(about(&board, "container-access"), told);
}
