//! Compares what is read and written with compose-go and with the engine of Helm (`tests/readers`). Without their programs,
//! these tests say so and pass, except under `CI`. The right answers of `tests/readers/cases` are compared always.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use score_setup::forms::{Source, neighbours, read_variables};
use serde_json::Value;

use crate::forms::{folder, run};

/// Variables with their values. A value that is not known here has none.
type Variables = BTreeMap<String, Option<String>>;

fn readers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers")
}

/// Runs a reader. `None` if it was not built.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so by name")]
fn reader(name: &str, arguments: &[&str]) -> Option<String> {
    let built = std::env::var_os("SCORE_SETUP_READERS").map(|folder| Path::new(&folder).join(name));
    let Some(program) = built.filter(|program| program.is_file()) else {
        let needed = std::env::var_os("CI").is_some() && std::env::var_os("SCORE_SETUP_NO_READERS").is_none();
        assert!(!needed, "the reader {name} is needed under CI: see .ci/run");
        eprintln!("skipped: the reader {name} is not on this machine");
        return None;
    };
    let ran = Command::new(program).args(arguments).env_clear().output().unwrap();
    assert!(ran.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&ran.stderr));
    Some(String::from_utf8(ran.stdout).unwrap())
}

fn known(value: &str) -> Option<String> {
    (!value.contains("${unknown here")).then(|| value.to_owned())
}

/// Returns the variables that this program reads.
fn ours(path: &Path) -> Variables {
    let bytes = fs::read(path).unwrap();
    let home = path.parent().unwrap();
    let open = |name: &Path| fs::read(home.join(name)).ok();
    let read = read_variables(&Source { path, bytes: &bytes, open: &open });
    let read = read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read.into_iter().map(|one| (one.name, known(one.value.for_file()))).collect()
}

/// Returns what `lint` reports of a line, as id and number of the line.
fn findings(case: &Path, file: &str) -> Vec<String> {
    let ran = run(case, &["lint", "--json", file], "");
    let document: Value =
        serde_json::from_str(&ran.out).unwrap_or_else(|_| panic!("{}: {}", case.display(), ran.messages));
    let found = document["findings"].as_array().unwrap().iter();
    found.map(|one| format!("{} {}", one["id"].as_str().unwrap(), one["line"])).collect()
}

fn variables(value: &Value) -> Variables {
    let pairs = value.as_object().unwrap().iter();
    pairs.map(|(name, value)| (name.clone(), value.as_str().map(str::to_owned))).collect()
}

/// Returns the services of a compose project as compose-go reads them.
fn compose(folder: &Path) -> Option<BTreeMap<String, Variables>> {
    let read: Value = serde_json::from_str(&reader("compose", &[folder.to_str().unwrap()])?).unwrap();
    Some(read.as_object().unwrap().iter().map(|(name, of)| (name.clone(), variables(of))).collect())
}

#[test]
fn each_case_is_read_as_its_runtime_reads_it() {
    let mut forms: Vec<_> = fs::read_dir(readers().join("cases")).unwrap().map(|form| form.unwrap().path()).collect();
    forms.sort();
    let mut wrong = Vec::new();
    for case in forms.iter().flat_map(|form| fs::read_dir(form).unwrap()).map(|case| case.unwrap().path()) {
        let expected: Value = serde_json::from_slice(&fs::read(case.join("expected.json")).unwrap()).unwrap();
        let right = variables(&expected["variables"]);
        let read = ours(&case.join(expected["read"].as_str().unwrap()));
        // The variables of Services are many; a case names those that it is about.
        let listed: Variables =
            read.into_iter().filter(|(name, _)| right.contains_key(name) || !of_service(name)).collect();
        if listed != right {
            wrong.push(format!("{}: {listed:#?}", case.display()));
        }
        let found = findings(&case, expected["read"].as_str().unwrap());
        let wanted = expected["findings"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let missing: Vec<_> = wanted.filter(|one| !found.iter().any(|found| found == one)).collect();
        if !missing.is_empty() {
            wrong.push(format!("{}, not found: {missing:?} in {found:?}", case.display()));
        }
        if case.parent().unwrap().ends_with("compose")
            && let Some(services) = compose(&case)
            && !services.values().any(|service| *service == right)
        {
            wrong.push(format!("compose-go, {}: {services:#?}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn of_service(name: &str) -> bool {
    name.contains("_SERVICE_") || name.contains("_PORT")
}

const ENV: &str = "S3_ENDPOINT=http://minio.example.org:9000\nS3_ACCESSKEY=12345\nS3_SECRETKEY=c2VjcmV0LWtleQ\nS3_SIGV4ENABLED=true\n\
                   SERVER_PORT=8087\nUPLOAD_PARTSIZE=1073741824\nBUCKET_NAME_OBJECT=on\nBUCKET_NAME_STATE=a: b\nMETADATA_URL=http://song:8080\n\
                   COLLABORATORY_DATA_DIRECTORY=0x1F\nAUTH_SERVER_CLIENTSECRET=it's\nSPRING_PROFILES_ACTIVE=collaboratory,prod,secure\n";

#[test]
fn compose_reads_what_is_written_and_what_is_changed_in_place() {
    let root = folder(&[("score.env", ENV), ("out/x", "")]);
    let ran = run(root.path(), &["write", "--to", "compose", "--release", "5.11", "--output", "out", "score.env"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    let right = ours(&root.path().join("score.env"));
    assert_eq!(ours(&root.path().join("out/compose.yaml")), right);
    if let Some(services) = compose(&root.path().join("out")) {
        assert_eq!(services["score"], right);
    }
    let answers = "release = \"5.11\"\nprovider = \"minio\"\n[settings]\n\"s3.endpoint\" = \"http://new.example.org:9000\"\n\"s3.accessKey\" = \"key\"\n\
                   \"s3.secretKey\" = \"pa$sw#rd'x\"\n\"bucket.name.object\" = \"0123\"\n\"bucket.name.state\" = \"state\"\n\"metadata.url\" = \"http://song:8080\"\n";
    let anchors = "x-store: &store\n  S3_ENDPOINT: http://old:9000\nservices:\n  other:\n    image: x\n    environment: *store\n  score:\n    image: x/score-server:5.11.0\n    environment: &own # mine\n      <<: *store\n      S3_ACCESSKEY: old\n  last:\n    image: x\n    environment: *own\n";
    let files = "services:\n  score:\n    image: x/score-server:5.11.0\n    env_file: [keys.env]\n    environment: [S3_ENDPOINT=http://old:9000]\n";
    for text in [anchors, files] {
        let root = folder(&[("compose.yaml", text), ("keys.env", "S3_SECRETKEY=old\n"), ("a.toml", answers)]);
        let arguments = ["apply", "--no-check", "--answers", "a.toml", "--conf", "compose.yaml"];
        let ran = run(root.path(), &arguments, "");
        assert_eq!(ran.code, Some(0), "{}", ran.messages);
        let path = root.path().join("compose.yaml");
        let bytes = fs::read(&path).unwrap();
        let open = |name: &Path| fs::read(root.path().join(name)).ok();
        let read = neighbours(&Source { path: &path, bytes: &bytes, open: &open });
        let all: BTreeMap<String, Variables> = read
            .into_iter()
            .map(|(name, all)| (name, all.into_iter().map(|one| (one.name, known(one.value.for_file()))).collect()))
            .collect();
        assert_eq!(all["score"]["S3_SECRETKEY"].as_deref(), Some("pa$sw#rd'x"));
        assert_eq!(all["score"]["S3_ENDPOINT"].as_deref(), Some("http://new.example.org:9000"));
        if let Some(services) = compose(root.path()) {
            assert_eq!(services, all);
        }
    }
}

#[test]
fn helm_renders_the_values_to_the_same_variables() {
    let root = folder(&[("score.env", ENV), ("out/x", "")]);
    let ran =
        run(root.path(), &["write", "--to", "helm-values", "--release", "5.11", "--output", "out", "score.env"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    let file = |name: &str| root.path().join("out").join(name).display().to_string();
    let (chart, values, secrets) =
        (readers().join("chart").display().to_string(), file("score-values.yaml"), file("score-secret-values.yaml"));
    let Some(rendered) = reader("helm", &[&chart, "score", &values, &secrets]) else { return };
    let manifest = root.path().join("rendered.yaml");
    fs::write(&manifest, &rendered).unwrap();
    let read = ours(&manifest);
    for (name, value) in ours(&root.path().join("score.env")) {
        assert_eq!(read.get(&name), Some(&value), "{name}: {rendered}");
    }
    // Kubernetes refuses a value that is not a text, and both readers of the manifest must agree that it is one.
    let lint = run(root.path(), &["lint", "rendered.yaml"], "");
    assert!(!lint.out.contains("is not a text"), "{}", lint.out);
}
