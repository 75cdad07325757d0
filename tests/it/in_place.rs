//! Tests changes of compose files and Kubernetes objects in place: from nothing to a valid configuration, changed, and
//! restored byte for byte.

use std::{fs, path::Path};

use crate::{
    batch::Ran,
    forms::{folder, run},
};

const ANSWERS: &str = "release = \"5.11\"\nprovider = \"minio\"\n[settings]\n\"s3.endpoint\" = \"http://minio.example.org:9000\"\n\
    \"s3.accessKey\" = \"score-key\"\n\"s3.secretKey\" = \"bmV3LXNlY3JldC1rZXk\"\n\"bucket.name.object\" = \"score-object\"\n\
    \"bucket.name.state\" = \"score-state\"\n\"metadata.url\" = \"http://song.example.org\"\n";

const SECRET: &str = "bmV3LXNlY3JldC1rZXk";

fn apply(root: &Path, conf: &str, more: &[&str]) -> Ran {
    let arguments = [&["apply", "--no-check", "--answers", "answers.toml", "--conf", conf], more].concat();
    run(root, &arguments, "")
}

fn text(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join(name)).unwrap()
}

/// Returns the lines of a text that another text does not have.
fn new_lines(before: &str, after: &str) -> Vec<String> {
    let known: Vec<&str> = before.lines().collect();
    after.lines().filter(|line| !known.contains(line)).map(str::to_owned).collect()
}

/// Applies answers to the files, and shows that the result is read back, is kept by a second run, and is restored.
fn round(files: &[(&str, &str)], conf: &str) -> Vec<String> {
    let all: Vec<(&str, &str)> = files.iter().copied().chain([("answers.toml", ANSWERS)]).collect();
    let root = folder(&all);
    let root = root.path();
    let dry = apply(root, conf, &["--dry-run"]);
    assert_eq!(dry.code, Some(0), "{}", dry.messages);
    assert!(!dry.out.contains(SECRET) && !dry.out.contains("old-secret"), "{}", dry.out);
    let ran = apply(root, conf, &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(!ran.messages.contains(SECRET), "{}", ran.messages);
    let again = apply(root, conf, &["--json"]);
    assert!(again.code == Some(0) && again.out.contains("\"changed\": false"), "{}{}", again.out, again.messages);
    let shown = run(root, &["show", "--json", conf], "").out;
    for value in ["http://minio.example.org:9000", "score-state", "collaboratory,prod"] {
        assert!(shown.contains(value), "{value}: {shown}");
    }
    let mut lines = Vec::new();
    let mut names: Vec<String> = files.iter().map(|(name, _)| (*name).to_owned()).collect();
    if root.join(".env").exists() && !names.contains(&".env".to_owned()) {
        names.push(".env".to_owned());
    }
    for name in &names {
        let before = files.iter().find(|(one, _)| one == name).map_or("", |(_, text)| *text);
        lines.extend(new_lines(before, &text(root, name)).into_iter().map(|line| format!("{name}: {line}")));
    }
    let restored = run(root, &["restore", conf], "");
    assert_eq!(restored.code, Some(0), "{}", restored.messages);
    for (name, before) in files {
        assert_eq!(text(root, name), *before, "{name}");
    }
    lines
}

fn has(lines: &[String], wanted: &[&str]) {
    for line in wanted {
        assert!(lines.iter().any(|one| one == line), "{line}: {lines:#?}");
    }
}

#[test]
fn a_compose_project_is_changed_where_its_values_are() {
    let compose = "# ours\nx-log: &log\n  driver: none\nservices:\n  song: {image: song-server}\n  score:\n    image: x/score-server:5.11.0 # pinned\n    logging: *log\n    env_file:\n      - score.env\n    environment:\n      S3_ENDPOINT: 'http://old:9000' # the store\n      BUCKET_NAME_STATE: old\n      S3_ACCESSKEY: ${KEY:?needed}\n    ports:\n      - \"8080:8080\"\n";
    let env = "# secrets\r\nS3_SECRETKEY=old-secret-key\r\nOTHER=1\r\n";
    let lines = round(&[("compose.yml", compose), ("score.env", env), (".env", "KEY=old\nTAG=1\n")], "compose.yml");
    has(
        &lines,
        &[
            "compose.yml:       S3_ENDPOINT: 'http://minio.example.org:9000' # the store",
            "compose.yml:       BUCKET_NAME_STATE: score-state",
            "compose.yml:       BUCKET_NAME_OBJECT: \"score-object\"",
            &format!("score.env: S3_SECRETKEY={SECRET}"),
            ".env: KEY=score-key",
        ],
    );
    assert!(!lines.iter().any(|line| line.starts_with("compose.yml") && line.contains(SECRET)), "{lines:#?}");
}

#[test]
fn a_new_secret_of_a_compose_service_goes_into_the_file_beside_it() {
    let compose = "services:\n  score:\n    image: x/score-server:5.11.0\n    environment:\n      - S3_ENDPOINT=http://old:9000\n";
    let lines = round(&[("compose.yml", compose)], "compose.yml");
    has(
        &lines,
        &[
            "compose.yml:       - S3_ENDPOINT=http://minio.example.org:9000",
            "compose.yml:       - \"S3_SECRETKEY=${S3_SECRETKEY}\"",
            &format!(".env: S3_SECRETKEY={SECRET}"),
        ],
    );
}

#[test]
fn a_file_of_variables_that_git_would_take_up_is_said() {
    let compose = "services:\n  score:\n    image: x/score-server:5.11.0\n    environment:\n      - S3_ENDPOINT=http://old:9000\n";
    let with_file = format!("{compose}    env_file: score.env\n");
    let (alone, keys) = ((".git/x", ""), ("score.env", "S3_SECRETKEY=old-secret\n"));
    let cases = [
        (vec![alone], compose, ".env"),
        (vec![alone, (".env", "TAG=1\n")], compose, ".env"),
        (vec![alone, keys], with_file.as_str(), "score.env"),
    ];
    for (more, compose, file) in cases {
        let all = [vec![("compose.yml", compose), ("answers.toml", ANSWERS)], more].concat();
        let note = format!("note: Git would take up {file}, with the secrets in it: add the line {file} to ");
        let root = folder(&all);
        let ran = apply(root.path(), "compose.yml", &[]);
        assert_eq!((ran.code, ran.messages.matches(&note).count()), (Some(0), 1), "{file}: {}", ran.messages);
        assert!(self::text(root.path(), file).contains(SECRET));
        let ignored = folder(&[all, vec![(".gitignore", "*.env\n")]].concat());
        let ran = apply(ignored.path(), "compose.yml", &[]);
        assert!(ran.code == Some(0) && !ran.messages.contains("Git would"), "{file}: {}", ran.messages);
    }
}

#[test]
fn an_override_file_is_changed_where_it_takes_effect() {
    let compose = "services:\n  score:\n    image: x/score-server:5.11.0\n    environment: {S3_ENDPOINT: http://old:9000, BUCKET_NAME_STATE: old}\n";
    let over = "services:\n  score:\n    environment:\n      S3_ENDPOINT: http://older:9000\n";
    let lines = round(&[("compose.yml", compose), ("compose.override.yml", over)], "compose.yml");
    has(&lines, &["compose.override.yml:       S3_ENDPOINT: http://minio.example.org:9000"]);
    let main = lines.iter().find(|line| line.starts_with("compose.yml:     environment")).unwrap();
    assert!(main.contains("S3_ENDPOINT: http://old:9000, BUCKET_NAME_STATE: score-state, \""), "{main}");
}

#[test]
fn a_value_that_other_services_share_is_not_changed_for_them() {
    let compose = "x-env: &env\n  S3_ENDPOINT: http://old:9000\nservices:\n  other:\n    image: x\n    environment: *env\n  score:\n    image: x/score-server:5.11.0\n    environment:\n      <<: *env\n      A: b\n";
    let lines = round(&[("compose.yml", compose)], "compose.yml");
    has(&lines, &["compose.yml:       S3_ENDPOINT: \"http://minio.example.org:9000\""]);
}

#[test]
fn a_secret_under_another_name_or_of_other_services_is_left_and_said() {
    let compose = |name: &str, other: &str| {
        format!(
            "services:\n  db:\n    image: x\n    environment: {{PW: \"{other}\"}}\n  score:\n    image: x/score-server:5.11.0\n    environment:\n      S3_SECRETKEY: ${{{name}}}\n"
        )
    };
    for (name, other, said) in [
        ("STORE_A", "x", "its value is STORE_A in .env, and this name does not show that it is a secret"),
        ("STORE_SECRET", "$STORE_SECRET", "STORE_SECRET in .env is used elsewhere in the file too. Change it there"),
    ] {
        let (text, env) = (compose(name, other), format!("{name}=old-secret\n"));
        let root = folder(&[("compose.yml", &text), (".env", &env), ("answers.toml", ANSWERS)]);
        let ran = apply(root.path(), "compose.yml", &[]);
        assert_eq!(ran.code, Some(2), "{}", ran.messages);
        assert_eq!(self::text(root.path(), "compose.yml"), text, "half of the answers would be in effect");
        assert!(ran.messages.contains(&format!("S3_SECRETKEY is not written: {said}")), "{}", ran.messages);
        assert!(![&ran.out, &ran.messages].iter().any(|text| text.contains("old-secret") || text.contains(SECRET)));
        assert_eq!(self::text(root.path(), ".env"), env);
    }
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: score\nspec:\n  template:\n    spec:\n      containers:\n        - name: score-server\n          image: x/score-server:5.11.0\n          envFrom:\n            - configMapRef:\n                name: score\n            - secretRef:\n                name: score\n          env:\n            - name: S3_ENDPOINT\n              value: http://old:9000 # the store\n";

#[test]
fn kubernetes_objects_are_changed_where_their_values_are() {
    let text = format!(
        "{DEPLOYMENT}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: score}}\ndata:\n  BUCKET_NAME_STATE: 'old' # kept\n  OTHER: |\n    a\n    b\n---\napiVersion: v1\nkind: Secret\nmetadata: {{name: score}}\ndata:\n  S3_SECRETKEY: b2xkLXNlY3JldA==\n"
    );
    let lines = round(&[("score.yaml", &text)], "score.yaml");
    has(
        &lines,
        &[
            "score.yaml:               value: http://minio.example.org:9000 # the store",
            "score.yaml:   BUCKET_NAME_STATE: 'score-state' # kept",
            "score.yaml:   BUCKET_NAME_OBJECT: \"score-object\"",
            "score.yaml:   S3_SECRETKEY: Ym1WM0xYTmxZM0psZEMxclpYaw==",
        ],
    );
}

#[test]
fn a_secret_that_is_not_in_the_file_is_left_and_said() {
    let text = format!(
        "{}            - name: S3_SECRETKEY\n              valueFrom: {{secretKeyRef: {{name: keys, key: s3}}}}\n",
        DEPLOYMENT.replace("          envFrom:\n            - configMapRef:\n                name: score\n            - secretRef:\n                name: score\n", "")
    );
    let root = folder(&[("score.yaml", &text), ("answers.toml", ANSWERS)]);
    let ran = apply(root.path(), "score.yaml", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(
        ran.messages.contains("S3_SECRETKEY is not written: it comes from Secret keys, key s3"),
        "{}",
        ran.messages
    );
    let by_hand =
        "Change it there: kubectl patch secret keys --patch-file FILE, and FILE has {\"stringData\": {\"s3\": …}}";
    assert!(ran.messages.contains(by_hand), "{}", ran.messages);
    assert!(ran.messages.contains("kubectl rollout restart deployment/score"), "{}", ran.messages);
    let after = self::text(root.path(), "score.yaml");
    assert!(after.contains("            - name: S3_ACCESSKEY\n              value: \"score-key\"\n"), "{after}");
    assert!(!after.contains(SECRET), "{after}");
}

#[test]
fn nothing_that_can_be_written_is_an_error_and_no_silent_success() {
    let root = folder(&[("score.yaml", DEPLOYMENT), ("answers.toml", ANSWERS)]);
    assert_eq!(apply(root.path(), "score.yaml", &[]).code, Some(0));
    let written = self::text(root.path(), "score.yaml");
    let of_cluster = |line: &str| {
        let value = line.trim_start().starts_with("value:");
        if value { "              valueFrom: {configMapKeyRef: {name: a, key: b}}".to_owned() } else { line.to_owned() }
    };
    let all: Vec<String> = written.lines().map(of_cluster).collect();
    let secret = "            - name: S3_SECRETKEY\n              valueFrom: {secretKeyRef: {name: a, key: b}}\n";
    let text = format!("{}\n{secret}", all.join("\n"));
    fs::write(root.path().join("score.yaml"), &text).unwrap();
    let ran = apply(root.path(), "score.yaml", &[]);
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    assert!(ran.messages.contains("it comes from Secret a, key b"), "{}", ran.messages);
    assert_eq!(self::text(root.path(), "score.yaml"), text);
}

#[test]
fn others_that_take_a_changed_value_from_the_same_place_are_named() {
    let compose = "services:\n  worker:\n    image: x\n    env_file: [score.env]\n  score:\n    image: x/score-server:5.11.0\n    env_file: [score.env]\n";
    let root =
        folder(&[("compose.yml", compose), ("score.env", "S3_ENDPOINT=http://old:9000\n"), ("answers.toml", ANSWERS)]);
    let ran = apply(root.path(), "compose.yml", &["--dry-run"]);
    assert!(ran.messages.contains("note: worker takes "), "{}", ran.messages);
    assert!(
        ran.messages.contains("S3_ENDPOINT") && ran.messages.contains("so it gets the new values too."),
        "{}",
        ran.messages
    );
    // The service of Score has the anchor.
    let compose = "services:\n  score:\n    image: x/score-server:5.11.0\n    environment: &env\n      S3_ENDPOINT: http://old:9000\n  worker:\n    image: x\n    environment: *env\n";
    let root = folder(&[("compose.yml", compose), ("answers.toml", ANSWERS)]);
    let ran = apply(root.path(), "compose.yml", &[]);
    assert!(ran.messages.contains("worker takes "), "{}", ran.messages);
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: score}\ndata:\n  BUCKET_NAME_STATE: old\n";
    let text = format!(
        "{DEPLOYMENT}---\n{}{map}---\napiVersion: v1\nkind: Secret\nmetadata: {{name: score}}\nstringData:\n  S3_SECRETKEY: old\n",
        DEPLOYMENT.replace("name: score\nspec", "name: reader\nspec").replace("name: score-server", "name: reader")
    );
    let root = folder(&[("score.yaml", &text), ("answers.toml", ANSWERS)]);
    let ran = apply(root.path(), "score.yaml", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(ran.messages.contains("Deployment reader, container reader takes "), "{}", ran.messages);
}

#[test]
fn a_unit_gets_its_values_in_its_file_of_variables() {
    let root = folder(&[
        ("answers.toml", ANSWERS),
        ("opt/score-server.jar", ""),
        ("score.env", "# kept\nS3_ENDPOINT='http://old:9000'\nJAVA=1\nexport S3_ENDPOINT=x\n"),
    ]);
    let path = |name: &str| root.path().join(name).display().to_string();
    let unit = format!(
        "[Service]\nWorkingDirectory={0}\nEnvironmentFile={1}\nExecStart=/usr/bin/java -jar {0}/score-server.jar\n",
        path("opt"),
        path("score.env")
    );
    fs::write(root.path().join("score.service"), &unit).unwrap();
    let ran = apply(root.path(), "score.service", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    let env = self::text(root.path(), "score.env");
    assert!(
        env.starts_with("# kept\nS3_ENDPOINT=\"http://minio.example.org:9000\"\nJAVA=1\nexport S3_ENDPOINT=x\n"),
        "{env}"
    );
    assert!(env.contains(&format!("S3_SECRETKEY=\"{SECRET}\"")), "{env}");
    assert_eq!(self::text(root.path(), "score.service"), unit);
    assert!(!root.path().join("opt/application.properties").exists());
    let again = apply(root.path(), "score.service", &["--json"]);
    assert!(again.code == Some(0) && again.out.contains("\"changed\": false"), "{}{}", again.out, again.messages);
}

#[test]
fn a_file_of_variables_of_a_unit_may_have_any_name() {
    for name in ["score.conf", "conf.d/score"] {
        let root = folder(&[("answers.toml", ANSWERS), (name, "S3_ENDPOINT=http://old:9000\n"), ("units/x", "")]);
        let file = root.path().join(name);
        let unit = format!(
            "[Service]\nEnvironmentFile={}\nExecStart=/usr/bin/java -jar /nowhere/score-server.jar\n",
            file.display()
        );
        let drop_in = "[Service]\nEnvironment=BUCKET_NAME_STATE=old\n";
        fs::write(root.path().join("units/score.service"), unit).unwrap();
        fs::create_dir(root.path().join("units/score.service.d")).unwrap();
        fs::write(root.path().join("units/score.service.d/override.conf"), drop_in).unwrap();
        let ran = apply(root.path(), "units/score.service", &[]);
        assert_eq!(ran.code, Some(0), "{name}: {}", ran.messages);
        let env = self::text(root.path(), name);
        assert!(env.starts_with("S3_ENDPOINT=\"http://minio.example.org:9000\"\n"), "{name}: {env}");
        assert!(env.contains(SECRET) && env.contains("BUCKET_NAME_STATE=\"score-state\"\n"), "{name}: {env}");
        assert_eq!(self::text(root.path(), "units/score.service.d/override.conf"), drop_in);
        assert!(!root.path().join("units/application.properties").exists());
    }
}

#[test]
fn a_unit_without_a_file_of_variables_is_refused_unless_the_folder_of_score_is_there() {
    let unit = |folder: &str, start: &str| {
        format!("[Service]\nWorkingDirectory={folder}\nEnvironment=S3_ENDPOINT=http://old:9000\nExecStart={start}\n")
    };
    let root = folder(&[("answers.toml", ANSWERS), ("opt/score-server.jar", "")]);
    let jar = "/usr/bin/java -jar score-server.jar";
    for start in [jar, "/nowhere/score/bin/score-server console"] {
        fs::write(root.path().join("score.service"), unit("/nowhere/score", start)).unwrap();
        let ran = apply(root.path(), "score.service", &[]);
        assert_eq!(ran.code, Some(2), "{start}: {}", ran.messages);
        assert!(ran.messages.contains("    S3_ENDPOINT=http://minio.example.org:9000"), "{}", ran.messages);
        assert!(ran.messages.contains("    S3_SECRETKEY=…") && !ran.messages.contains(SECRET), "{}", ran.messages);
        assert!(!root.path().join("application.properties").exists() && !Path::new("/nowhere").exists());
    }
    // Score reads a properties file of its folder.
    let there = unit(&root.path().join("opt").display().to_string(), jar);
    fs::write(root.path().join("score.service"), there).unwrap();
    let ran = apply(root.path(), "score.service", &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(self::text(root.path(), "opt/application.properties").contains("s3.secretKey"));
}

#[test]
fn elsewhere_the_lines_to_paste_are_printed() {
    let script = "#!/bin/sh\ndocker run -e S3_ENDPOINT=http://old:9000 x/score-server:5.11.0\n";
    let root = folder(&[("start.sh", script), ("answers.toml", ANSWERS)]);
    let ran = apply(root.path(), "start.sh", &[]);
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    assert!(ran.messages.contains("    S3_ENDPOINT=http://minio.example.org:9000"), "{}", ran.messages);
    assert!(ran.messages.contains("    S3_SECRETKEY=…") && !ran.messages.contains(SECRET), "{}", ran.messages);
    assert_eq!(self::text(root.path(), "start.sh"), script);
}

#[test]
fn a_mounted_file_is_changed_in_its_config_map() {
    let objects = "# ours\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: conf\ndata:\n  other: \"1\"\n  application.properties: |  # Score\n    \
                   # the store\n    s3.endpoint=http://old:9000\n    s3.accessKey=old\n\n    s3.secretKey = old-secret\n  last: x\n---\napiVersion: \
                   apps/v1\nkind: Deployment\nmetadata:\n  name: score\nspec:\n  template:\n    spec:\n      containers:\n        - name: \
                   score\n          image: x/score-server:5.11.0\n          env:\n            - name: SPRING_CONFIG_ADDITIONAL_LOCATION\n              \
                   value: file:/etc/score/\n          volumeMounts:\n            - name: conf\n              mountPath: /etc/score\n      \
                   volumes:\n        - name: conf\n          configMap:\n            name: conf\n";
    let lines = round(&[("k.yaml", objects)], "k.yaml");
    has(
        &lines,
        &[
            "k.yaml:     s3.endpoint=http://minio.example.org:9000",
            "k.yaml:     s3.accessKey=score-key",
            &format!("k.yaml:     s3.secretKey = {SECRET}"),
            // The file does not set this.
            "k.yaml:             - name: BUCKET_NAME_STATE",
        ],
    );
    assert!(!lines.iter().any(|line| line.contains("S3_SECRETKEY") || line.contains("S3_ENDPOINT")), "{lines:#?}");
    let folded = objects.replace("application.properties: |  # Score", "application.properties: >");
    let root = folder(&[("k.yaml", &folded), ("answers.toml", ANSWERS)]);
    let ran = apply(root.path(), "k.yaml", &[]);
    assert_eq!((ran.code, text(root.path(), "k.yaml")), (Some(2), folded), "{}", ran.messages);
}
