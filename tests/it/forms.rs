//! Tests the forms of configuration through the program: what each input shows, and what is refused. The contents are
//! examples of kinds that operators have.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::batch::Ran;

pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> Ran {
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

pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
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
        (
            "score.service",
            "[Unit]\nDescription=Score\n[Service]\nEnvironment=A=b\n",
            "the systemd unit shows no Score server",
        ),
        ("pod.json", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", "the Kubernetes object shows no Score server"),
        ("service.json", "[{\"Spec\": {\"TaskTemplate\": {}}}]", "the swarm service shows no Score server"),
        ("spec.yaml", "Name: score\nTaskTemplate: {}\n", "the swarm service shows no Score server"),
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
            "service.json",
            "[{\"Spec\": {\"Name\": \"score\", \"TaskTemplate\": {\"ContainerSpec\": {\"Image\": \"x/score-server:5.11.0\", \"Env\": \
             [\"S3_ENDPOINT=http://minio:9000\"]}}}}]",
        ),
        (
            "spec.yml",
            "Name: score\nTaskTemplate:\n  ContainerSpec:\n    Image: x/score-server\n    Env: ['S3_ENDPOINT=http://minio:9000']\n",
        ),
        (
            "start",
            "#!/bin/sh\nset -e\nHOST=minio\ndocker run -d --name score \\\n  -e \"S3_ENDPOINT=http://$HOST:9000\" x/score-server:5.11.0\n",
        ),
        ("notes.txt", "# how to start\ndocker run -e S3_ENDPOINT=http://minio:9000 x/score-server:5.11.0\n"),
        (
            "score.service",
            "[Service]\nExecStart=/usr/bin/docker run --rm -e S3_ENDPOINT=http://minio:9000 score-server:5.11.0\n",
        ),
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
fn a_compose_project_is_judged_as_compose_merges_it() {
    let text = format!("{SERVICE}      S3_ENDPOINT: http://minio:9000/\n");
    let root = folder(&[("docker-compose.yml", &text)]);
    let alone = ids(&root, ".");
    assert!(alone.contains(&"P28".to_owned()) && alone.contains(&"T-43".to_owned()), "{alone:?}");
    let over = "services: {score: {environment: {S3_ENDPOINT: http://minio:9000}}}";
    fs::write(root.path().join("docker-compose.override.yml"), over).unwrap();
    let merged = ids(&root, ".");
    assert!(!merged.contains(&"P28".to_owned()) && merged.contains(&"T-43".to_owned()), "{merged:?}");
    let ran = run(root.path(), &["show", "."], "");
    assert!(ran.out.contains("docker-compose.override.yml:1"), "{}", ran.out);
    // Nothing is claimed that depends on a file which is not there.
    let extends = text.replace("    image", "    extends: {file: gone.yml, service: base}\n    image");
    fs::write(root.path().join("stack.yml"), extends).unwrap();
    let below = ids(&root, "stack.yml");
    assert!(below.contains(&"P28".to_owned()) && below.contains(&"T-60".to_owned()), "{below:?}");
    assert!(!below.contains(&"T-43".to_owned()), "{below:?}");
    // The store is tried with what is certain, unless a part that is not read overrides it.
    let ran = run(root.path(), &["check", "stack.yml"], "");
    let tried = ran.code == Some(3) && ran.out.contains("gone.yml cannot be read") && ran.out.contains("Reach");
    assert!(tried && !ran.out.contains("is missing"), "{}{}", ran.out, ran.messages);
    fs::write(root.path().join(".env"), "COMPOSE_FILE=stack.yml:gone.yml\n").unwrap();
    let ran = run(root.path(), &["check", "stack.yml"], "");
    let stopped = ran.code == Some(1) && ran.messages.contains("gone.yml cannot be read") && ran.out.is_empty();
    assert!(stopped, "{}{}", ran.out, ran.messages);
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

#[test]
fn a_unit_that_starts_score_on_this_machine_is_read_with_its_files() {
    let root = folder(&[
        ("score/conf/application.properties", "s3.endpoint=http://minio:9000\nbucket.name.object=o\n"),
        ("score/conf/wrapper.conf", ""),
        ("etc/score.env", "S3_ACCESSKEY=\"score-key\"\n"),
    ]);
    let at = root.path().display().to_string();
    let unit = format!(
        "[Unit]\n[Service]\nEnvironment='BUCKET_NAME_OBJECT=of unit'\nEnvironmentFile={at}/etc/score.env\nExecStart={at}/score/bin/score-server console\n"
    );
    fs::write(root.path().join("score.service"), &unit).unwrap();
    let ran = run(root.path(), &["show", "score.service"], "");
    for shown in ["wrapper (by unit score.service)", "http://minio:9000", "of unit", "score-key", "score.env:1"] {
        assert!(ran.out.contains(shown), "{shown}: {}{}", ran.out, ran.messages);
    }
    let jar = unit.replace(
        "/score/bin/score-server console",
        "/java -jar /opt/score-server.jar --spring.config.additional-location=SCORE/score/conf/",
    );
    fs::write(root.path().join("jar.service"), jar.replace("SCORE", &at)).unwrap();
    let ran = run(root.path(), &["show", "jar.service"], "");
    assert!(
        ran.out.contains("jar (by unit jar.service)") && ran.out.contains("http://minio:9000"),
        "{}{}",
        ran.out,
        ran.messages
    );
    let ran = run(root.path(), &["lint", "--json", "score.service"], "");
    assert!(ran.out.contains("unit score.service, Environment BUCKET_NAME_OBJECT"), "{}", ran.out);
}

#[test]
fn a_configuration_is_written_in_another_form_with_its_secrets_apart() {
    let env = "S3_ENDPOINT=http://minio:9000\nS3_SECRETKEY=c2VjcmV0LWtleQ\nSPRING_PROFILES_ACTIVE=collaboratory,prod,secure\n";
    let root = folder(&[("score.env", env), ("out/x", "")]);
    let ran = run(root.path(), &["write", "--to", "kubernetes", "--release", "5.11", "score.env"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(ran.out.contains("  S3_ENDPOINT: \"http://minio:9000\"\n"), "{}", ran.out);
    assert!(!ran.out.contains("c2VjcmV0") && !ran.messages.contains("c2VjcmV0"), "{}{}", ran.out, ran.messages);
    assert!(ran.messages.contains("s3.secretKey"), "{}", ran.messages);
    for form in ["env", "compose", "kubernetes", "helm-values", "systemd"] {
        let target = format!("out/{form}");
        let arguments = ["write", "--to", form, "--release", "5.11", "--output", &target, "score.env"];
        let ran = run(root.path(), &arguments, "");
        assert_eq!(ran.code, Some(0), "{form}: {}", ran.messages);
        let mode = |path: &Path| PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777;
        assert_eq!(mode(&root.path().join(&target)), 0o700);
        for file in fs::read_dir(root.path().join(&target)).unwrap() {
            let path = file.unwrap().path();
            let secret = fs::read_to_string(&path).unwrap().contains("c2VjcmV0");
            assert_eq!(secret, path.to_string_lossy().contains("secret"), "{}", path.display());
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
        // Nothing is replaced.
        assert_eq!(run(root.path(), &arguments, "").code, Some(1), "{form}");
    }
    fs::create_dir(root.path().join(".git")).unwrap();
    fs::create_dir(root.path().join("tracked")).unwrap();
    let ran =
        run(root.path(), &["write", "--to", "kubernetes", "--release", "5.11", "--output", "tracked", "score.env"], "");
    assert!(ran.messages.contains("kubectl create secret generic score --from-env-file"), "{}", ran.messages);
    assert!(!root.path().join("tracked/score-secret.yaml").exists());
    for (form, file) in [("env", "score-secret.env"), ("helm-values", "score-secret-values.yaml")] {
        let arguments = ["write", "--to", form, "--release", "5.11", "--output", form, "score.env"];
        let ran = run(root.path(), &arguments, "");
        let note = format!("note: Git would take up {file}, with the secrets in it: add the line {file} to ");
        assert_eq!((ran.code, ran.messages.matches(&note).count()), (Some(0), 1), "{}", ran.messages);
        assert!(root.path().join(form).join(file).exists());
    }
    fs::write(root.path().join(".gitignore"), "*secret*\n").unwrap();
    let arguments = ["write", "--to", "env", "--release", "5.11", "--output", "ignored", "score.env"];
    let ran = run(root.path(), &arguments, "");
    assert!(ran.code == Some(0) && !ran.messages.contains("Git would"), "{}", ran.messages);
}

#[test]
fn answers_are_written_in_another_form() {
    let answers = "release = \"5.12\"\nprovider = \"minio\"\n[settings]\n\"s3.endpoint\" = \"http://minio:9000\"\n\"s3.accessKey\" = \"score-key\"\n\
                   \"s3.secretKey\" = \"c2Vj$cmV0 ${x}\"\n\"bucket.name.object\" = \"score-object\"\n\"bucket.name.state\" = \"score-state\"\n\"metadata.url\" = \"http://song\"\n";
    let root = folder(&[("answers.toml", answers), ("out/x", "")]);
    let ran = run(root.path(), &["write", "--to", "compose", "--answers", "answers.toml", "--output", "out"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    // No image of 5.12 is published.
    assert!(fs::read_to_string(root.path().join("out/compose.yaml")).unwrap().contains("${SCORE_IMAGE:?"));
    assert!(fs::read_to_string(root.path().join("out/score.env")).unwrap().contains("SPRING_PROFILES_ACTIVE=s3"));
    let ran = run(root.path(), &["show", "--json", "out/compose.yaml"], "");
    assert!(ran.out.contains("http://minio:9000") && !ran.out.contains("c2Vj"), "{}", ran.out);
    let ran = run(root.path(), &["write", "--to", "env", "--answers", "-"], &answers.replace("\"5.12\"", "\"5.11\""));
    assert!(ran.code == Some(2) && ran.messages.contains("s3.secretKey cannot be written"), "{}", ran.messages);
    let ran = run(root.path(), &["write", "--to", "env", "--answers", "-"], "release = \"5.11\"\n");
    assert!(ran.code == Some(2) && ran.messages.contains("s3.endpoint"), "{}", ran.messages);
    let ran = run(root.path(), &["write", "--to", "env", "--answers", "answers.toml", "score.env"], "");
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
}
