//! Tests the forms of configuration through the program: what each input shows, and what is refused. The contents are
//! examples of kinds that operators have.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::batch::Ran;

fn run(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    Ran::from(child.wait_with_output().unwrap())
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

const SERVICE: &str = "services:\n  score:\n    image: x/score-server:5.11.0\n    environment:\n";

#[test]
fn inputs_of_other_programs_are_refused_with_the_reason_and_left_as_they_are() {
    let answers = "release = \"5.11\"\nprovider = \"minio\"\n[settings]\n\"s3.endpoint\" = \"http://h:9000\"\n";
    for (name, text, reason) in [
        ("score.service", "[Unit]\nDescription=Score\n[Service]\nEnvironment=A=b\n", "it is a systemd unit"),
        ("pod.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", "it is a Kubernetes object"),
        ("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\n", "it is a Kubernetes object"),
        ("service.json", "[{\"Spec\": {\"TaskTemplate\": {}}}]", "it is a swarm service"),
        ("spec.yaml", "Name: score\nTaskTemplate: {}\n", "it is a swarm service"),
        ("start", "#!/bin/sh\nexport S3_ENDPOINT=http://h\n", "it is a shell script"),
        ("notes.txt", "Score is down.\n", "it is not a configuration of Score"),
        ("passwords", "root:x:0:0\n", "it is not a configuration of Score"),
    ] {
        let root = folder(&[(name, text), ("answers.toml", answers)]);
        for arguments in [&["show", name][..], &["lint", name], &["apply", "--answers", "answers.toml", "--conf", name]]
        {
            let ran = run(root.path(), arguments, "");
            assert_eq!(ran.code, Some(2), "{arguments:?}: {}", ran.messages);
            assert!(ran.messages.contains(reason), "{arguments:?}: {}", ran.messages);
            assert_eq!(fs::read_to_string(root.path().join(name)).unwrap(), text);
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2, "{name}");
        let ran = run(root.path(), &["show", "-"], text);
        assert!(ran.code == Some(2) && ran.messages.contains(reason), "{name}: {}", ran.messages);
    }
}

#[test]
fn variables_are_read_from_each_form_as_a_file_and_on_standard_input() {
    let root = folder(&[]);
    for (name, text) in [
        ("env_vars", "S3_ENDPOINT=http://minio:9000\nBUCKET_NAME_OBJECT=o\n"),
        ("score.list", "export S3_ENDPOINT=http://minio:9000\nexport BUCKET_NAME_OBJECT=o\n"),
        (
            "stack.json",
            "{\n\t\"services\": {\"score\": {\"environment\": {\"S3_ENDPOINT\": \"http://minio:9000\", \"BUCKET_NAME_OBJECT\": \"o\"}}}}",
        ),
        ("stack", "{services: {score: {environment: ['S3_ENDPOINT=http://minio:9000', BUCKET_NAME_OBJECT=o]}}}"),
        (
            "podman.json",
            "[{\"Name\": \"score\", \"ImageName\": \"x/score-server:5.11.0\", \"Config\": {\"Env\": [\"S3_ENDPOINT=http://minio:9000\"]}}]",
        ),
    ] {
        fs::write(root.path().join(name), text).unwrap();
        for (path, input) in [(name, ""), ("-", text)] {
            let ran = run(root.path(), &["show", path], input);
            assert_eq!(ran.code, Some(0), "{name}, {path}: {}", ran.messages);
            assert!(ran.out.contains("http://minio:9000") && ran.out.contains("docker"), "{name}, {path}: {}", ran.out);
        }
    }
    let ran = run(root.path(), &["show", "-"], "s3.endpoint=http://minio:9000\n");
    assert!(ran.messages.contains("properties are read from a file"), "{}", ran.messages);
}

#[test]
fn an_env_file_with_export_is_read_told_and_never_written_for_docker() {
    let env = "export S3_ENDPOINT=http://minio:9000\n";
    let answers = "release = \"5.11\"\nprovider = \"minio\"\n[settings]\n\"s3.accessKey\" = \"score-key\"\n\"s3.secretKey\" = \"score-secret\"\n\
                   \"bucket.name.object\" = \"score-object\"\n\"bucket.name.state\" = \"score-state\"\n\"metadata.url\" = \"http://song\"\n";
    let root = folder(&[("score.env", env), ("answers.toml", answers)]);
    let ran = run(root.path(), &["show", "score.env"], "");
    assert!(ran.out.contains("docker run --env-file refuses the whole file"), "{}", ran.out);
    let ran = run(root.path(), &["apply", "--no-check", "--answers", "answers.toml", "--conf", "score.env"], "");
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    assert!(ran.messages.contains("Remove the word export"), "{}", ran.messages);
    assert_eq!(fs::read_to_string(root.path().join("score.env")).unwrap(), env);
}

#[test]
fn expansion_without_end_is_an_error_with_its_line() {
    let doubled: Vec<_> = (1..40).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1)).collect();
    let env = format!("A0=0123456789abcdef\n{}", doubled.concat());
    let compose = format!("{SERVICE}      S3_ENDPOINT: ${{A39}}\n");
    let root = folder(&[(".env", &env), ("compose.yml", &compose), ("score.env", &env)]);
    let ran = run(root.path(), &["lint", "."], "");
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    assert!(ran.messages.contains(".env, line 17: "), "{}", ran.messages);
    // Docker replaces nothing.
    let ran = run(root.path(), &["show", "score.env"], "");
    assert!(ran.code == Some(0) && ran.out.contains("Compose cannot read the file: line 17"), "{}", ran.out);
}

/// Returns the ids that lint reports for the path.
fn ids(root: &TempDir, path: &str) -> Vec<String> {
    let ran = run(root.path(), &["lint", "--json", path], "");
    let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn nothing_is_claimed_that_depends_on_a_file_which_compose_reads_too() {
    let text = format!("{SERVICE}      S3_ENDPOINT: http://minio:9000/\n");
    let root = folder(&[("docker-compose.yml", &text)]);
    let alone = ids(&root, ".");
    assert!(alone.contains(&"P28".to_owned()) && alone.contains(&"T-43".to_owned()), "{alone:?}");
    fs::write(root.path().join("docker-compose.override.yml"), "services: {}").unwrap();
    assert_eq!(ids(&root, "."), ["T-60"]);
    let extends = text.replace("    image", "    extends: base\n    image");
    fs::write(root.path().join("stack.yml"), extends).unwrap();
    let below = ids(&root, "stack.yml");
    assert!(below.contains(&"P28".to_owned()) && below.contains(&"T-60".to_owned()), "{below:?}");
    assert!(!below.contains(&"T-43".to_owned()), "{below:?}");
    for (conf, part) in [(".", "docker-compose.override.yml"), ("stack.yml", "extends another service")] {
        let ran = run(root.path(), &["check", conf], "");
        assert!(
            ran.code == Some(1) && ran.messages.contains(part) && ran.out.is_empty(),
            "{}{}",
            ran.out,
            ran.messages
        );
    }
}

#[test]
fn a_variable_without_a_value_comes_from_the_shell() {
    let text =
        format!("{SERVICE}      S3_SECRETKEY:\n      AWS_SECRET_ACCESS_KEY:\n      S3_ENDPOINT: http://minio:9000\n");
    let root = folder(&[("compose.yml", &text)]);
    let ran = run(root.path(), &["lint", "compose.yml"], "");
    assert!(ran.out.contains("sets them: S3_SECRETKEY, AWS_SECRET_ACCESS_KEY."), "{}", ran.out);
    assert!(ran.out.contains("AWS_SECRET_ACCESS_KEY has no effect"), "{}", ran.out);
}

#[test]
fn an_env_file_that_only_fills_in_a_compose_file_is_not_the_configuration_of_score() {
    let text = format!("{SERVICE}      S3_SECRETKEY: ${{SECRET}}\n");
    let root = folder(&[("compose.yml", &text), (".env", "SECRET=c2Vj\nBUCKET=a\n")]);
    for command in ["lint", "show", "check"] {
        let ran = run(root.path(), &[command, ".env"], "");
        assert!(ran.code == Some(2) && ran.messages.contains("name the compose file"), "{}{}", ran.out, ran.messages);
    }
    for (name, text) in [(".env", "S3_ENDPOINT=http://a:1\n"), ("compose.yml", "services: {score: {env_file: .env}}")] {
        fs::write(root.path().join(name), text).unwrap();
        let ran = run(root.path(), &["show", ".env"], "");
        assert_eq!(ran.code, Some(0), "{}", ran.messages);
    }
}

#[test]
fn a_key_that_compose_changes_has_one_finding_with_its_cause() {
    for (value, env, id) in [
        ("0123456789", "", Some("T-61")),
        ("1e10", "", Some("T-61")),
        ("'1e10'", "", None),
        ("c2Vj$cmV0", "", Some("P06")),
        ("c2Vj$$cmV0", "", None),
        ("${SECRET}", "SECRET=c2Vj$cmV0\n", Some("P06")),
        ("${SECRET}", "SECRET='c2Vj$cmV0'\n", None),
    ] {
        for name in ["S3_SECRETKEY", "S3_ACCESSKEY"] {
            let root = folder(&[("compose.yml", &format!("{SERVICE}      {name}: {value}\n")), (".env", env)]);
            let ran = run(root.path(), &["lint", "--json", "compose.yml"], "");
            let document: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
            let findings = document["findings"].as_array().unwrap();
            let about: Vec<_> =
                findings.iter().filter(|finding| finding["line"] == 5).map(|one| one["id"].as_str().unwrap()).collect();
            assert_eq!(about, id.into_iter().collect::<Vec<_>>(), "{name}: {value}, {env}");
        }
    }
}
