//! Tests `score-setup lint` as a child process: text, JSON, exit codes, several deployments, and that no output
//! contains a secret.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::batch::{Ran, misfits, schema};

const CANARY: &str = "canary-Zq81-secret";

fn lint(folder: &Path, arguments: &[&str]) -> Ran {
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .arg("lint")
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap();
    let ran = Ran::from(ran);
    assert!(!ran.out.contains(CANARY) && !ran.messages.contains(CANARY), "the secret is shown");
    ran
}

/// Writes a file that only its owner can read.
fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Returns a folder with only an endpoint and a quoted secret.
fn folder() -> TempDir {
    let root = TempDir::new().unwrap();
    let conf = root.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    let text = format!("# ours\ns3.endpoint=\"http://minio.example.org:9000\"\ns3.secretKey=\"{CANARY}\"\n");
    write(&conf.join("application.properties"), &text);
    root
}

#[test]
fn each_finding_is_told_with_its_file_and_line_and_exit_2() {
    let root = folder();
    let ran = lint(root.path(), &["score-server-5.11.0"]);
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    let quotes = "score-server-5.11.0/conf/application.properties:2: start: P01 s3.endpoint is in quotes, which become part \
                  of the value: Score does not start.\n    hint: Write the value without quotes.\n    The wizard fixes this with f.\n";
    assert!(ran.out.contains(quotes), "{}", ran.out);
    let vault = "score-server-5.11.0/conf/bootstrap.properties: start: T-44 ";
    assert!(ran.out.contains(vault), "{}", ran.out);
    assert!(
        ran.messages.starts_with("score-server-5.11.0: ") && ran.messages.contains("for Score 5.11"),
        "{}",
        ran.messages
    );
}

#[test]
fn the_document_is_as_the_schema_says() {
    let root = folder();
    let ran = lint(root.path(), &["score-server-5.11.0/conf/application.properties", "absent", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let schema = schema();
    assert_eq!(misfits(&document, &schema["$defs"]["lint"], &schema, "$"), Vec::<String>::new());
    assert_eq!((ran.code, &document["exit"]), (Some(1), &json!(1)));
    assert_eq!(document["deployments"][0]["release"], "5.11");
    assert!(document["deployments"][1]["error"].is_object());
}

#[test]
fn a_release_that_is_named_counts_more_than_the_folder() {
    let root = folder();
    let told = |release| lint(root.path(), &["score-server-5.11.0", "--release", release]).out;
    assert!(told("5.12").contains(" s3.data.directory, ") && !told("5.9").contains("server.cors.allowedOrigins"));
}

#[test]
fn a_compose_file_that_compose_cannot_read_is_wrong_and_one_that_is_not_there_could_not_be_read() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("compose.yml"), "services:\n  score: [\n").unwrap();
    for (name, exit) in [("compose.yml", 2), ("absent.yml", 1)] {
        for command in ["lint", "show", "check", "restore"] {
            let ran = Command::new(env!("CARGO_BIN_EXE_score-setup"))
                .args([command, name])
                .current_dir(folder.path())
                .env_clear()
                .output()
                .unwrap();
            assert_eq!(ran.status.code(), Some(exit), "{command} {name}");
        }
    }
}

/// Returns a folder with a compose file of this image, whose service has these profiles and no authorization.
fn service(image: &str, profiles: &str) -> TempDir {
    let root = TempDir::new().unwrap();
    let text = format!(
        "services:\n  score:\n    image: {image}\n    environment:\n      SPRING_PROFILES_ACTIVE: {profiles}\n      \
         S3_ENDPOINT: http://minio.example.org:9000\n      S3_ACCESSKEY: scorekey12345\n      \
         S3_SECRETKEY: {CANARY}\n      BUCKET_NAME_OBJECT: score-object\n      BUCKET_NAME_STATE: score-state\n      \
         METADATA_URL: http://song.example.org:8080\n"
    );
    fs::write(root.path().join("compose.yml"), text).unwrap();
    root
}

#[test]
fn an_image_tagged_by_a_commit_does_not_tell_the_release() {
    let root = service("ghcr.io/overture-stack/score-server:47f006ce", "amazon,collaboratory,prod,secure");
    let ran = lint(root.path(), &["compose.yml", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(document["release"], Value::Null);
    assert_eq!(document["deployments"][0]["possible"], json!(["5.9", "5.10", "5.11"]));
    for row in document["findings"].as_array().unwrap() {
        let (only, summary) = (row["releases"].as_array().unwrap(), row["summary"].as_str().unwrap());
        assert_eq!(!only.is_empty(), summary.starts_with("If this is Score "), "{row}");
    }
    // In each of these releases the jar's own authorization server is wrong.
    assert_eq!(ran.code, Some(2));
    let ran = lint(root.path(), &["compose.yml"]);
    assert!(ran.messages.contains("whose release is not known (5.9, 5.10, 5.11); use --release"), "{}", ran.messages);
}

#[test]
fn what_fails_in_one_of_several_releases_is_no_failure_yet() {
    // The variables for authorization are those of 5.9 and 5.10. Score 5.11 also needs the key of a token.
    let root = service("score-server:latest", "collaboratory,prod,secure");
    let path = root.path().join("compose.yml");
    let more = "      AUTH_SERVER_URL: http://ego.example.org/check\n      AUTH_SERVER_CLIENTID: score\n      \
                AUTH_SERVER_CLIENTSECRET: score\n";
    fs::write(&path, fs::read_to_string(&path).unwrap() + more).unwrap();
    let ran = lint(root.path(), &["compose.yml"]);
    assert!(ran.out.contains("start: T-45 If this is Score 5.11: spring.security."), "{}", ran.out);
    assert_eq!(ran.code, Some(0), "{}", ran.out);
    assert_eq!(lint(root.path(), &["compose.yml", "--release", "5.11"]).code, Some(2));
}

#[test]
fn missing_settings_of_one_cause_are_one_line() {
    let root = service("score-server:5.11.0", "collaboratory,prod,secure");
    let ran = lint(root.path(), &["compose.yml"]);
    let line = "transfer: T-45 auth.server.url, auth.server.clientID and auth.server.clientSecret are set only by the jar's \
                own application.yml";
    assert!(ran.out.contains(line), "{}", ran.out);
}

#[test]
fn what_is_said_of_a_container_names_it_and_no_file() {
    let root = TempDir::new().unwrap();
    let inspected = json!([{
        "Id": "abc", "Name": "/score-1", "Image": "sha256:x",
        "Config": {
            "Image": "score-server:5.11.0", "Cmd": ["java"],
            "Env": [
                "SPRING_PROFILES_ACTIVE=collaboratory,prod", "S3_ENDPOINT='http://minio.example.org:9000'",
                format!("S3_SECRETKEY={CANARY}"), "UPLOAD_PART=1"
            ]
        },
        "Mounts": []
    }]);
    write(&root.path().join("container.json"), &inspected.to_string());
    let ran = lint(root.path(), &["container.json"]);
    let lines: Vec<&str> = ran.out.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(lines.iter().all(|line| line.contains("container score-1: ")), "{}", ran.out);
    let endpoint = "variable S3_ENDPOINT of container score-1: start: P02 ";
    let profiles = "variable SPRING_PROFILES_ACTIVE of container score-1: transfer: P75 ";
    for beginning in [endpoint, profiles, "container score-1: ping: T-11 s3.accessKey is missing"] {
        assert!(lines.iter().any(|line| line.starts_with(beginning)), "{beginning} in {}", ran.out);
    }
    let document: Value = serde_json::from_str(&lint(root.path(), &["container.json", "--json"]).out).unwrap();
    let schema = schema();
    assert_eq!(misfits(&document, &schema["$defs"]["lint"], &schema, "$"), Vec::<String>::new());
    assert!(
        document["findings"].as_array().unwrap().iter().all(|row| row["file"].is_null() && row["holder"].is_string())
    );
}

/// Returns a complete folder of Score 5.11 with these lines at the end of its properties.
fn complete(more: &str) -> TempDir {
    let root = TempDir::new().unwrap();
    let conf = root.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    let text = include_str!("cases/lint/base-s3.properties").replace("FAMILY", "collaboratory");
    let kept = text.lines().filter(|line| more.lines().all(|new| new.split('=').next() != line.split('=').next()));
    let text: Vec<&str> = kept.chain(more.lines()).collect();
    write(&conf.join("application.properties"), &(text.join("\n") + "\n"));
    fs::write(conf.join("bootstrap.properties"), "spring.cloud.vault.enabled=false\n").unwrap();
    let arguments = "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
                     wrapper.app.parameter.2=--spring.config.location=../conf/\n\
                     wrapper.app.parameter.3=--spring.profiles.active=collaboratory,prod,secure\n";
    fs::write(conf.join("wrapper.conf"), arguments).unwrap();
    root
}

fn properties(root: &TempDir) -> String {
    fs::read_to_string(root.path().join("score-server-5.11.0/conf/application.properties")).unwrap()
}

fn backups(root: &TempDir) -> usize {
    let entries = fs::read_dir(root.path().join("score-server-5.11.0/conf")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().path().extension() == Some("bak".as_ref())).count()
}

#[test]
fn fix_writes_the_form_with_a_backup_and_exits_0_if_nothing_is_left() {
    let root = complete("object.sentinel=\"heliograph\"\nupload.partsize=20971520 # 20 MiB");
    let before = properties(&root);
    let dry = lint(root.path(), &["--fix", "--dry-run", "score-server-5.11.0"]);
    let unasked = lint(root.path(), &["--fix", "score-server-5.11.0"]);
    assert!(dry.out.contains("-object.sentinel=\"heliograph\"\n") && dry.out.contains("+object.sentinel=heliograph\n"));
    assert_eq!((dry.code, unasked.code), (Some(0), Some(2)), "{}", dry.messages);
    assert!(unasked.messages.contains("hint: add --yes"), "{}", unasked.messages);
    assert_eq!((properties(&root), backups(&root)), (before, 0));
    let ran = lint(root.path(), &["--fix", "--yes", "score-server-5.11.0"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(ran.messages.contains("application.properties: "), "{}", ran.messages);
    assert!(properties(&root).contains("\nobject.sentinel=heliograph\nupload.partsize=20971520\n"));
    assert_eq!(backups(&root), 1);
    let again = lint(root.path(), &["--fix", "--yes", "score-server-5.11.0"]);
    assert!(again.messages.contains("nothing to fix"), "{}", again.messages);
    assert_eq!((again.code, again.out.as_str(), backups(&root)), (Some(0), "", 1));
}

#[test]
fn fix_leaves_values_that_decide_where_files_are_and_exits_2() {
    let more = format!("bucket.name.object=\"score-object\"\ns3.secretKey=\"{CANARY}\"\nobject.sentinel='heliograph'");
    let root = complete(&more);
    let ran = lint(root.path(), &["--fix", "--yes", "score-server-5.11.0"]);
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    let after = properties(&root);
    assert!(
        after.contains("\nbucket.name.object=\"score-object\"\n") && after.contains("\nobject.sentinel=heliograph\n")
    );
    assert!(after.contains(&format!("\ns3.secretKey=\"{CANARY}\"\n")));
    assert!(ran.out.contains("P01 bucket.name.object is in quotes"), "{}", ran.out);
}

#[test]
fn what_lint_promises_is_what_fix_does() {
    let more =
        "s3.endpoint=\"http://minio.example.org:9000\"  \nbucket.name.sate=score-state\nobject.sentinel='heliograph'";
    let root = complete(more);
    let text = properties(&root).replace("bucket.name.state=", "#bucket.name.state=");
    write(&root.path().join("score-server-5.11.0/conf/application.properties"), &text);
    let before = lint(root.path(), &["score-server-5.11.0"]);
    let promised = before.out.matches("score-setup lint --fix fixes this.").count();
    assert_eq!(promised, 1, "{}", before.out);
    assert!(before.messages.contains("; lint --fix fixes 1 of them, and the wizard can fix "), "{}", before.messages);
    let fixed = lint(root.path(), &["--fix", "--yes", "score-server-5.11.0"]);
    assert!(!fixed.out.contains("lint --fix fixes this") && fixed.out.contains("The wizard fixes this with f."));
    assert_eq!(properties(&root), text.replace("'heliograph'", "heliograph"));
    let again = lint(root.path(), &["score-server-5.11.0"]);
    assert!(!again.messages.contains("lint --fix"), "{}", again.messages);
}

#[test]
fn fix_removes_quotes_from_an_env_file_that_both_readers_then_read_alike() {
    let root = TempDir::new().unwrap();
    let path = root.path().join("score.env");
    let text = "# score-setup: release 5.11, provider minio\nOBJECT_SENTINEL=\"heliograph\"\nUPLOAD_PARTSIZE='20971520'\n\
                BUCKET_NAME_OBJECT=\"score-object\"\nMETADATA_URL=\"https://song.example.org/$x\"\n";
    fs::write(&path, text).unwrap();
    lint(root.path(), &["--fix", "--yes", "score.env"]);
    let expected = text.replace("\"heliograph\"", "heliograph").replace("'20971520'", "20971520");
    assert_eq!(fs::read_to_string(path).unwrap(), expected);
}

#[test]
fn what_is_read_in_another_way_elsewhere_is_a_note() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("score.env"), "export OBJECT_SENTINEL=heliograph\n").unwrap();
    let ran = lint(root.path(), &["score.env", "--release", "5.11"]);
    assert!(ran.out.starts_with("score.env: note: Line 1 begins with export."), "{}", ran.out);
    let document: Value = serde_json::from_str(&lint(root.path(), &["score.env", "--json"]).out).unwrap();
    assert_eq!(document["deployments"][0]["notes"].as_array().unwrap().len(), 1);
}
