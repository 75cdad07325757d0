//! Tests `score-setup apply` as a child process, with a store in this process.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::store::{ACCESS_KEY, SECRET, Store};

/// A store, an installation of Score 5.11 and an answers file.
pub(crate) struct Scene {
    pub(crate) store: Store,
    _serving: Runtime,
    pub(crate) folder: TempDir,
}

impl Scene {
    pub(crate) fn set(buckets: &[&str]) -> Self {
        let serving = Runtime::new().unwrap();
        let store = serving.block_on(Store::with(buckets));
        let folder = TempDir::new().unwrap();
        fs::create_dir_all(folder.path().join("score-server-5.11.0/conf")).unwrap();
        Self { store, _serving: serving, folder }
    }

    pub(crate) fn complete() -> Self {
        let scene = Self::set(&["score-object", "score-state"]);
        scene.store.memory.put("score-object", "data/heliograph", "hello");
        scene
    }

    pub(crate) fn conf(&self) -> PathBuf {
        self.folder.path().join("score-server-5.11.0/conf/application.properties")
    }

    pub(crate) fn answers(&self, more: &str) -> PathBuf {
        let endpoint = self.store.endpoint();
        write_answers(self.folder.path(), &endpoint, more)
    }

    pub(crate) fn apply(&self, answers: &Path, arguments: &[&str]) -> Ran {
        apply(self.folder.path(), answers, arguments, SECRET)
    }

    pub(crate) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.conf().parent().unwrap()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn arguments_and_standard_input_give_the_same_file_as_the_answers_file() {
    let scene = Scene::complete();
    let answers = scene.answers("\"upload.partsize\" = \"64 MiB\"\n");
    assert_eq!(scene.apply(&answers, &[]).code, Some(0));
    let wanted = fs::read(scene.conf()).unwrap();

    fs::remove_file(scene.conf()).unwrap();
    let changed = scene.answers("\"upload.partsize\" = \"1 GiB\"\n");
    let ran = scene.apply(&changed, &["--set", "upload.partsize=64 MiB", "--set", "provider=minio"]);
    assert_eq!((ran.code, fs::read(scene.conf()).unwrap()), (Some(0), wanted.clone()), "{}", ran.messages);

    fs::remove_file(scene.conf()).unwrap();
    let run = |text: &str| {
        let mut command = command(scene.folder.path(), Path::new("-"), &[], SECRET);
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Ran::from(child.wait_with_output().unwrap())
    };
    let text = fs::read_to_string(scene.answers("\"upload.partsize\" = \"64 MiB\"\n")).unwrap();
    let ran = run(&text);
    assert_eq!((ran.code, fs::read(scene.conf()).unwrap()), (Some(0), wanted), "{}", ran.messages);
    // A pipe that closes, and a second user of standard input, write nothing.
    fs::remove_file(scene.conf()).unwrap();
    for text in ["", &text[..40], &text.replace("{ env = \"SECRET\" }", "{ file = \"-\" }")] {
        let ran = run(text);
        assert_eq!((ran.code, scene.conf().exists()), (Some(2), false), "{}", ran.messages);
    }
}

#[test]
fn a_secret_comes_from_standard_input() {
    let scene = Scene::complete();
    let answers = scene.answers("");
    let text = fs::read_to_string(&answers).unwrap().replace("{ env = \"SECRET\" }", "{ file = \"-\" }");
    fs::write(&answers, text).unwrap();
    let mut command = command(scene.folder.path(), &answers, &[], "");
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(format!("{SECRET}\n").as_bytes()).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(fs::read_to_string(scene.conf()).unwrap().contains(&format!("s3.secretKey={SECRET}\n")));
}

#[test]
fn a_secret_as_an_argument_is_refused_with_the_reason() {
    let scene = Scene::complete();
    let ran =
        scene.apply(&scene.answers(""), &["--set", "s3.secretKey=canary-canary", "--set", "bucket.name.objekt=x"]);
    assert_eq!((ran.code, scene.conf().exists()), (Some(2), false));
    assert!(ran.messages.contains("--set: s3.secretKey is a secret, and all users"), "{}", ran.messages);
    assert!(ran.messages.contains("The nearest one is bucket.name.object."), "{}", ran.messages);
    assert!(!ran.messages.contains("canary"), "{}", ran.messages);
}

#[test]
fn changed_tells_what_a_dry_run_would_do_and_what_a_run_did() {
    let scene = Scene::set(&["score-object", "score-state"]);
    let answers = scene.answers("[create]\nsentinel = true\n");
    let changed = |arguments: &[&str]| scene.apply(&answers, arguments).json()["changed"].clone();
    assert_eq!(changed(&["--dry-run", "--json"]), json!(true));
    assert_eq!(changed(&["--json"]), json!(true));
    assert_eq!(changed(&["--dry-run", "--json"]), json!(false));
    assert_eq!(changed(&["--json"]), json!(false));
}

#[test]
fn a_finding_that_the_answers_accept_does_not_warn_until_its_last_day() {
    let scene = Scene::complete();
    for (until, verdict) in [("", "pass"), (", until = \"2999-01-01\"", "pass"), (", until = 2001-01-01", "warn")] {
        let answers = scene.answers(&format!("[accept]\nP31 = {{ reason = \"one machine\"{until} }}\n"));
        let ran = scene.apply(&answers, &["--json"]);
        assert_eq!((ran.code, &ran.json()["verdict"]), (Some(0), &json!(verdict)), "{}", ran.messages);
        let told =
            if verdict == "pass" { "one machine" } else { "P31 is no longer accepted: its last day was 2001-01-01." };
        assert!(ran.messages.contains(told), "{}", ran.messages);
    }
}

fn write_answers(folder: &Path, endpoint: &str, more: &str) -> PathBuf {
    let path = folder.join("answers.toml");
    let text = format!(
        "provider = \"minio\"\n\n[settings]\n\"s3.endpoint\" = \"{endpoint}\"\n\"s3.accessKey\" = \"{ACCESS_KEY}\"\n\
         \"s3.secretKey\" = {{ env = \"SECRET\" }}\n\"bucket.name.object\" = \"score-object\"\n\
         \"bucket.name.state\" = \"score-state\"\n\"metadata.url\" = \"https://song.example.org\"\n{more}"
    );
    fs::write(&path, text).unwrap();
    path
}

pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) messages: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            messages: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        let document: Value =
            serde_json::from_str(&self.out).unwrap_or_else(|_| panic!("{}{}", self.out, self.messages));
        fits(&document);
        assert_eq!(document["exit"], json!(self.code));
        document
    }
}

pub(crate) fn command(folder: &Path, answers: &Path, arguments: &[&str], secret: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command
        .args(["apply", "--conf", "score-server-5.11.0", "--log", "log", "--answers"])
        .arg(answers)
        .args(arguments)
        .current_dir(folder)
        .env("SECRET", secret)
        .env("LC_ALL", "C.UTF-8");
    command
}

/// Runs `apply`, and asserts that the secret is only in the file, whatever happens.
fn apply(folder: &Path, answers: &Path, arguments: &[&str], secret: &str) -> Ran {
    let ran = Ran::from(command(folder, answers, arguments, secret).output().unwrap());
    let log = fs::read_to_string(folder.join("log")).unwrap();
    for (place, text) in [("stdout", &ran.out), ("stderr", &ran.messages), ("the log", &log)] {
        assert!(!text.contains(secret), "the secret is in {place}");
    }
    assert_eq!(fs::metadata(folder.join("log")).unwrap().permissions().mode() & 0o777, 0o600);
    ran
}

pub(crate) fn schema() -> Value {
    serde_json::from_str(include_str!("../../assets/schema.json")).unwrap()
}

/// Asserts that the document conforms to the schema.
pub(crate) fn fits(document: &Value) {
    assert_eq!(misfits(document, &schema(), &schema(), "$"), Vec::<String>::new());
}

/// Validates a document with the part of JSON Schema that the schema uses.
pub(crate) fn misfits(value: &Value, schema: &Value, root: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return misfits(value, target, root, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        if !any.iter().any(|schema| misfits(value, schema, root, at).is_empty()) {
            found.push(format!("{at} fits none"));
        }
        return found;
    }
    if schema.get("const").is_some_and(|only| only != value)
        || schema["enum"].as_array().is_some_and(|allowed| !allowed.contains(value))
    {
        found.push(format!("{at} is {value}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = match &schema["type"] {
        Value::String(one) => one == kind || (one == "number" && kind == "integer"),
        Value::Array(many) => many.contains(&json!(kind)),
        _ => true,
    };
    if !fits {
        found.push(format!("{at} is {kind}"));
    }
    if let Some(object) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !object.contains_key(name) {
                found.push(format!("{at}.{name} is missing"));
            }
        }
        for (name, value) in object {
            match schema["properties"].get(name) {
                Some(schema) => found.extend(misfits(value, schema, root, &format!("{at}.{name}"))),
                None => found.push(format!("{at}.{name} is not described")),
            }
        }
    }
    for (at_item, item) in value.as_array().into_iter().flatten().enumerate() {
        found.extend(misfits(item, &schema["items"], root, &format!("{at}[{at_item}]")));
    }
    found
}

/// Returns the ids of the checks with this outcome.
fn ended(document: &Value, outcome: &str) -> Vec<String> {
    let checks = document["checks"].as_array().unwrap().iter().filter(|check| check["outcome"] == outcome);
    checks.map(|check| check["id"].as_str().unwrap().to_owned()).collect()
}

pub(crate) const CREATE: &str = "\n[create]\nbuckets = true\nsentinel = true\n";

#[test]
fn from_an_empty_store_to_a_written_file_and_a_second_run_changes_nothing() {
    let scene = Scene::set(&[]);
    let answers = scene.answers(CREATE);
    let first = scene.apply(&answers, &["--json"]);
    let document = first.json();
    assert_eq!(first.code, Some(0), "{}", first.messages);
    assert_eq!((ended(&document, "fail"), &document["changed"]), (vec![], &json!(true)));
    let made: Vec<_> = document["created"].as_array().unwrap().iter().map(|made| &made["repair"]).collect();
    assert_eq!(
        made,
        [
            &json!({"kind": "create-bucket", "bucket": "score-object"}),
            &json!({"kind": "create-bucket", "bucket": "score-state"}),
            &json!({"kind": "put-sentinel", "bucket": "score-object", "key": "data/heliograph"}),
        ]
    );
    let written = fs::read(scene.conf()).unwrap();
    assert!(String::from_utf8_lossy(&written).contains(&format!("\ns3.secretKey={SECRET}\n")));
    assert_eq!(fs::metadata(scene.conf()).unwrap().permissions().mode() & 0o777, 0o600);

    let second = scene.apply(&answers, &["--json"]);
    assert_eq!((second.code, &second.json()["changed"]), (Some(0), &json!(false)));
    assert_eq!(fs::read(scene.conf()).unwrap(), written);
    assert_eq!(scene.files(), ["application.properties", "bootstrap.properties"]);
}

#[test]
fn a_missing_bucket_fails_and_nothing_is_written() {
    let scene = Scene::set(&["score-object"]);
    scene.store.memory.put("score-object", "data/heliograph", "hello");
    let ran = scene.apply(&scene.answers(""), &["--json"]);
    let document = ran.json();
    assert_eq!((ran.code, &document["verdict"]), (Some(3), &json!("fail")));
    let checks = document["checks"].as_array().unwrap();
    let repairs: Vec<_> = checks.iter().filter(|check| !check["finding"]["repair"].is_null()).collect();
    assert_eq!(repairs[0]["finding"]["repair"], json!({"kind": "create-bucket", "bucket": "score-state"}));
    assert_eq!(scene.files(), Vec::<String>::new());
}

#[test]
fn a_missing_sentinel_fails_and_is_put_where_that_is_allowed() {
    let scene = Scene::set(&["score-object", "score-state"]);
    let ran = scene.apply(&scene.answers(""), &["--json"]);
    assert_eq!((ran.code, ended(&ran.json(), "fail")), (Some(3), vec!["sentinel".to_owned()]));
    let ran = scene.apply(&scene.answers("\n[create]\nsentinel = true\n"), &["--json"]);
    assert_eq!((ran.code, ended(&ran.json(), "fail")), (Some(0), vec![]), "{}", ran.messages);
}

#[test]
fn a_wrong_secret_fails_at_the_sign_in_and_is_written_only_when_meant() {
    let scene = Scene::complete();
    let answers = scene.answers("");
    let ran = apply(scene.folder.path(), &answers, &["--json"], "canary-of-another-kind");
    assert_eq!((ran.code, ended(&ran.json(), "fail")), (Some(3), vec!["sign-in".to_owned()]));
    let ran = apply(scene.folder.path(), &answers, &["--write-anyway"], "canary-of-another-kind");
    assert_eq!(ran.code, Some(3), "{}", ran.messages);
    assert!(fs::read_to_string(scene.conf()).unwrap().contains("s3.secretKey=canary-of-another-kind"));
}

#[test]
fn a_dry_run_changes_neither_store_nor_folder_and_shows_the_difference() {
    let scene = Scene::complete();
    let ran = scene.apply(&scene.answers(CREATE), &["--dry-run"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(ran.out.contains("\n+bucket.name.object=score-object\n"), "{}", ran.out);
    assert!(ran.out.is_ascii() || ran.out.contains('•'));
    assert_eq!(scene.files(), Vec::<String>::new());
    let written: Vec<_> =
        scene.store.requests().into_iter().filter(|asked| asked.method != "GET" && asked.method != "HEAD").collect();
    assert_eq!(written.iter().map(crate::store::Asked::line).collect::<Vec<_>>(), [""; 0]);
    let ran = scene.apply(&scene.answers(""), &["--dry-run", "--json"]);
    assert_eq!(ran.json()["verdict"], "unproven");
}

#[test]
fn a_dry_run_lists_what_would_be_created_and_ends_as_if_that_succeeded() {
    let scene = Scene::set(&["score-state"]);
    scene.store.memory.put("score-state", "unrelated", "");
    for (allowed, code) in [(CREATE, 0), ("[create]\nbuckets = true\n", 0), ("", 3), ("[create]\nsentinel = true\n", 3)]
    {
        let ran = scene.apply(&scene.answers(allowed), &["--dry-run"]);
        let told = ran.messages.contains("Would create the bucket score-object.");
        assert_eq!((ran.code, told), (Some(code), code == 0), "{allowed:?}: {}", ran.messages);
        assert_eq!(scene.store.memory.bucket_names(), ["score-state"]);
        assert_eq!(scene.files(), Vec::<String>::new());
    }
    // Another failure is not excused.
    scene.store.refuse(|asked| asked.bucket() == "score-state", 403, "AccessDenied");
    let ran = scene.apply(&scene.answers(CREATE), &["--dry-run"]);
    assert_eq!(ran.code, Some(3), "{}", ran.messages);
}

#[test]
fn without_checks_nothing_is_sent() {
    let scene = Scene::set(&[]);
    let ran = scene.apply(&scene.answers(CREATE), &["--no-check"]);
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert_eq!(scene.store.connections(), 0);
    assert_eq!(scene.files(), ["application.properties", "bootstrap.properties"]);
}

#[test]
fn all_problems_are_told_at_once_with_their_lines() {
    let folder = TempDir::new().unwrap();
    let answers = folder.path().join("answers.toml");
    let text = "provider = \"minoi\"\n[settings]\n\"s3.endpiont\" = \"http://a\"\n\"s3.secretKey\" = { env = \"NOT_SET_ANYWHERE\" }\n\
                \"upload.partsize\" = \"64 kg\"\n[create]\nbucket = true\n";
    fs::write(&answers, text).unwrap();
    fs::create_dir(folder.path().join("score-server-5.11.0")).unwrap();
    let ran = apply(folder.path(), &answers, &["--json"], "unused");
    let document = ran.json();
    let problems = document["problems"].as_array().unwrap();
    let lines: Vec<_> = problems.iter().filter_map(|problem| problem["line"].as_u64()).collect();
    assert_eq!((ran.code, lines), (Some(2), vec![1, 3, 4, 7, 5]), "{problems:#?}");
}

#[test]
fn an_interrupted_run_cleans_up_writes_nothing_and_says_so() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("score-server-5.11.0/conf")).unwrap();
    let answers = write_answers(folder.path(), &format!("http://{}", silent.local_addr().unwrap()), "");
    let mut command = command(folder.path(), &answers, &[], "unused");
    let mut child: Child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    // A request has come, so the run is under way. Connections that are opened ahead send nothing yet.
    let (sender, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in silent.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || {
                if stream.read(&mut [0; 16]).is_ok_and(|read| read > 0) {
                    let _ = sender.send(stream);
                }
            });
        }
    });
    let asked = requests.recv_timeout(Duration::from_mins(1)).unwrap();
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let lines: Vec<_> = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{lines:#?}");
    drop(asked);
    assert_eq!(lines.last().unwrap(), "Left. No file was written.");
    assert_eq!(fs::read_dir(folder.path().join("score-server-5.11.0/conf")).unwrap().count(), 0);
}

#[test]
fn lists_are_refused_where_the_cursor_cannot_be_moved() {
    let ran = Command::new(env!("CARGO_BIN_EXE_score-setup")).arg("--prompts").stdin(Stdio::null()).output().unwrap();
    let ran = Ran::from(ran);
    assert_eq!(ran.code, Some(2));
    let expected =
        "error: --prompts needs a terminal that moves its cursor\nhint: Use --plain, which asks in whole lines.\n";
    assert_eq!(ran.messages, expected);
}
