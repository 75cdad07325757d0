//! Tests the store of an existing file, as Score reads it.

use score_setup::{
    answers::{
        draft::{Draft, Found, Origin},
        target::{Cloud, S3Store},
    },
    install::spring::View,
    score::{Release, Scope, Version, provider::provider},
    text::{properties::Document, secret::Secret},
};

const FILE: &str = "s3.endpoint=http://h:9000\ns3.accessKey=key\ns3.secretKey=canary\ns3.sigV4Enabled=true\n\
    s3.preSignedUrl.override.host=\nbucket.name.object=objects\nbucket.name.state=states\nbucket.size.pool=0\n\
    object.sentinel=heliograph\nupload.partsize=20971520\ncollaboratory.data.directory=data\n\
    collaboratory.upload.directory=upload\ncollaboratory.upload.expiration=6\ncollaboratory.download.expiration=1\nupload.connection.timeout=15000\nupload.retry.limit=5\n";

fn draft(file: &str, id: &str) -> Draft {
    let mut draft = Draft::new(Release::R5_11, provider(id).unwrap());
    draft.keep(&View::of_file(&Document::parse(file.as_bytes()).unwrap()));
    draft
}

fn found(file: &str) -> Found {
    draft(file, "other").found()
}

/// Reads the complete file with this line at its end, where it overrides earlier lines.
fn with(line: &str) -> (S3Store, Found) {
    let found = found(&format!("{FILE}{line}\n"));
    (found.store.s3().unwrap().clone(), found)
}

fn wrong(found: &Found) -> Vec<(&str, &str)> {
    found.wrong.iter().map(|problem| (problem.settings[0], problem.message.as_str())).collect()
}

#[test]
fn a_right_file_says_everything_and_nothing_is_remarked() {
    let found = found(FILE);
    assert_eq!((found.scope, wrong(&found), &found.remarks), (Some(Scope::All), vec![], &vec![]));
    let store = found.store.s3().unwrap();
    assert_eq!((store.endpoint.as_str(), store.version, store.part_size), ("http://h:9000", Version::V4, 20_971_520));
}

#[test]
fn values_are_taken_with_everything_that_score_takes() {
    for (line, store, meant) in [
        ("s3.endpoint=http://h:9000/", S3Store { endpoint: "http://h:9000/".into(), ..with("").0 }, true),
        ("bucket.name.object=\"objects\"", S3Store { object_bucket: "\"objects\"".into(), ..with("").0 }, true),
        ("s3.accessKey='key'", S3Store { access_key: "'key'".into(), ..with("").0 }, true),
        ("s3.secretKey=\"canary\"", S3Store { secret_key: Secret::new("\"canary\""), ..with("").0 }, false),
        ("object.sentinel=heliograph ", S3Store { sentinel: "heliograph ".into(), ..with("").0 }, true),
        ("bucket.size.pool= 0x10 ", S3Store { pool: 16, ..with("").0 }, false),
        ("s3.sigV4Enabled=No ", S3Store { version: Version::V2, ..with("").0 }, false),
    ] {
        let (seen, found) = with(line);
        assert_eq!((seen, wrong(&found)), (store, vec![]), "{line}");
        assert_eq!(!found.remarks.is_empty(), meant, "{line}: {:?}", found.remarks);
    }
}

#[test]
fn where_score_would_stop_what_was_meant_is_tried() {
    for (line, key) in [
        ("s3.endpoint=\"http://h:9000\"", "s3.endpoint"),
        ("s3.sigV4Enabled=\"true\"", "s3.sigV4Enabled"),
        ("upload.partsize=20 MiB", "upload.partsize"),
        ("object.sentinel=", "object.sentinel"),
    ] {
        let (seen, found) = with(line);
        assert_eq!((seen, found.scope), (with("").0, Some(Scope::All)), "{line}");
        assert_eq!(wrong(&found).iter().map(|(key, _)| *key).collect::<Vec<_>>(), [key], "{line}");
        assert_eq!(found.wrong[0].origin, Some(Origin::File { line: 17 }));
    }
}

#[test]
fn a_file_without_the_key_means_version_2_and_plain_http() {
    let file = FILE.replace("s3.sigV4Enabled=true\n", "").replace("http://h:9000", "h:9000");
    let found = found(&file);
    let store = found.store.s3().unwrap();
    assert_eq!((store.version, store.endpoint.as_str(), found.scope), (Version::V2, "http://h:9000", Some(Scope::All)));
    let kms = format!("{file}s3.masterEncryptionKeyId=id\n");
    assert_eq!(self::found(&kms).store.s3().unwrap().version, Version::V4);
}

#[test]
fn another_releases_family_counts_for_nothing() {
    let file = FILE.replace("collaboratory.data.directory=data", "s3.data.directory=elsewhere");
    let found = found(&file);
    assert_eq!(found.store.s3().unwrap().data_directory, "data");
    assert_eq!(
        found.remarks[0].message,
        "collaboratory.data.directory is missing, and data is tried. Started by its wrapper, Score stops without it."
    );
}

#[test]
fn what_is_missing_narrows_what_can_be_tried() {
    for (key, scope) in [
        ("s3.endpoint", None),
        ("s3.accessKey", Some(Scope::Reach)),
        ("s3.secretKey", Some(Scope::Reach)),
        ("bucket.name.state", Some(Scope::SignIn)),
        ("object.sentinel", Some(Scope::All)),
    ] {
        let file = FILE.lines().filter(|line| !line.starts_with(key)).collect::<Vec<_>>().join("\n");
        let found = found(&file);
        assert_eq!((found.scope, found.wrong.is_empty()), (scope, scope == Some(Scope::All)), "{key}");
    }
}

#[test]
fn what_only_score_can_fill_in_is_neither_wrong_nor_tried() {
    for (line, key, scope) in [
        ("s3.secretKey=${SECRET}", "s3.secretKey", Some(Scope::Reach)),
        ("bucket.name.object=${BUCKET}", "bucket.name.object", Some(Scope::SignIn)),
        ("s3.endpoint=${ENDPOINT}", "s3.endpoint", None),
    ] {
        let (_, found) = with(line);
        assert_eq!((found.open.as_slice(), found.scope, wrong(&found)), (&[key][..], scope, vec![]), "{line}");
    }
}

#[test]
fn azure_is_read_as_its_connection_string_is() {
    let key = "A".repeat(86) + "==";
    let file = format!(
        "azure.endpointProtocol=http\nazure.accountName=acct\nazure.accountKey={key};BlobEndpoint=http://127.0.0.1:1/acct\n\
         bucket.name.object=data\nbucket.policy.upload=Up \nbucket.policy.download=Down\nobject.sentinel=heliograph\n\
         upload.partsize=1\ncollaboratory.download.expiration=1\n"
    );
    let found = draft(&file, "azure").found();
    let store = found.store.azure().unwrap();
    assert_eq!((found.scope, wrong(&found)), (Some(Scope::All), vec![]));
    assert_eq!(
        (&store.cloud, store.upload_policy.as_str()),
        (&Cloud::Endpoint("http://127.0.0.1:1/acct".into()), "Up ")
    );

    let quoted = file.replace("azure.accountName=acct", "azure.accountName=\"acct\"").replace(&key, "short");
    let found = draft(&quoted, "azure").found();
    assert_eq!((found.scope, found.wrong.len()), (Some(Scope::Reach), 2), "{found:?}");
    assert_eq!(found.store.azure().unwrap().account, "acct");
    assert!(!format!("{found:?}").contains("short"));
}
