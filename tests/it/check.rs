//! Tests `score-setup check` as a child process, with a store in this process.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    batch::{Ran, Scene, misfits, schema},
    store::{ACCESS_KEY, Answer, Asked, SECRET},
};

fn file(endpoint: &str) -> String {
    format!(
        "s3.endpoint={endpoint}\ns3.accessKey={ACCESS_KEY}\ns3.secretKey={SECRET}\ns3.sigV4Enabled=true\n\
         s3.preSignedUrl.override.host=\nbucket.name.object=score-object\nbucket.name.state=score-state\n\
         bucket.size.pool=0\nobject.sentinel=heliograph\nupload.partsize=20971520\n\
         collaboratory.data.directory=data\ncollaboratory.upload.directory=upload\n\
         collaboratory.upload.expiration=6\ncollaboratory.download.expiration=1\n\
         bucket.size.key=2\nupload.retry.limit=5\nupload.connection.timeout=15000\nupload.clean.enabled=false\n\
         metadata.url=https://song.example.org\nauth.connection.maxRetries=5\nauth.connection.initialBackoff=15000\n\
         auth.connection.multiplier=2.0\nserver.port=8080\nserver.ssl.enabled=false\n\
         server.cors.allowedOrigins=http://localhost:8081\nspring.mvc.pathmatch.matching-strategy=ant_path_matcher\n"
    )
}

/// Returns a store with everything that Score needs, and its file with these changes.
pub(crate) fn scene(changes: &[(&str, &str)]) -> Scene {
    let scene = Scene::complete();
    let text = file(&scene.store.endpoint());
    let text = changes.iter().fold(text, |text, (one, other)| text.replace(one, other));
    fs::write(scene.conf(), text).unwrap();
    fs::write(scene.conf().with_file_name("bootstrap.properties"), "spring.cloud.vault.enabled=false\n").unwrap();
    scene
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.arg("check").args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8");
    let ran = Ran::from(command.output().unwrap());
    assert!(!ran.out.contains(SECRET) && !ran.messages.contains(SECRET), "a secret is shown");
    ran
}

fn check(scene: &Scene, arguments: &[&str]) -> Ran {
    run(&scene.folder.path().join("score-server-5.11.0"), arguments)
}

fn outcome<'a>(document: &'a Value, id: &str) -> &'a str {
    let checks = document["checks"].as_array().unwrap();
    checks.iter().find(|check| check["id"] == id).map(|check| check["outcome"].as_str().unwrap()).unwrap()
}

fn writes(scene: &Scene) -> usize {
    scene.store.requests().iter().filter(|asked| asked.method != "GET" && asked.method != "HEAD").count()
}

#[test]
fn what_works_is_proven_and_nothing_is_left_or_changed() {
    let scene = scene(&[]);
    let before = fs::read(scene.conf()).unwrap();
    let ran = check(&scene, &["--json"]);
    let document = ran.json();
    // Other machines cannot reach a store at a loopback address, so the verdict is a warning.
    assert_eq!((ran.code, &document["verdict"], &document["leftovers"]), (Some(0), &json!("warn"), &json!([])));
    assert_eq!((outcome(&document, "part"), &document["release"]), ("pass", &json!("5.11")));
    assert_eq!(fs::read(scene.conf()).unwrap(), before);
    assert_eq!(scene.files(), ["application.properties", "bootstrap.properties"]);
}

#[test]
fn read_only_writes_nothing_and_proves_nothing() {
    let scene = scene(&[]);
    let ran = check(&scene, &["--read-only", "--json"]);
    assert_eq!((ran.code, &ran.json()["verdict"], writes(&scene)), (Some(0), &json!("unproven"), 0));
}

#[test]
fn the_verdict_is_the_last_line() {
    let ran = check(&scene(&[]), &[]);
    assert!(ran.out.lines().last().unwrap().starts_with("! warn: 21 passed"), "{}", ran.out);
    assert_eq!(ran.messages, "");
}

#[test]
fn rows_are_printed_in_the_order_of_the_plan() {
    let scene = scene(&[]);
    let document = check(&scene, &["--json"]).json();
    let titles: Vec<_> = document["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["title"].as_str().unwrap().to_owned())
        .collect();
    for _ in 0..3 {
        let out = check(&scene, &["--color", "never"]).out;
        let mut rest = out.as_str();
        for title in &titles {
            let at = rest.find(title.as_str()).unwrap_or_else(|| panic!("{title} is not in its place:\n{out}"));
            rest = rest[at..].split_once('\n').unwrap().1;
        }
    }
}

#[test]
fn quiet_says_one_line_and_only_of_what_is_wrong() {
    let good = scene(&[]);
    for arguments in [&["--quiet"][..], &["--quiet", "--read-only"]] {
        let ran = check(&good, arguments);
        assert_eq!((ran.code, ran.messages.as_str(), ran.out.as_str()), (Some(0), "", ""));
    }
    let gone = scene(&[("heliograph", "nowhere")]);
    let ran = check(&gone, &["--quiet"]);
    assert_eq!((ran.code, ran.out.lines().count(), ran.messages.as_str()), (Some(3), 1, ""), "{}", ran.out);
    assert!(ran.out.starts_with("✗ fail: "), "{}", ran.out);
}

#[test]
fn a_fault_of_the_file_is_told_with_its_line_and_the_rest_is_tried() {
    let scene = scene(&[("upload.partsize=20971520", "upload.partsize=\"20971520\"")]);
    let ran = check(&scene, &["--json"]);
    let document = ran.json();
    assert_eq!((ran.code, &document["verdict"]), (Some(2), &json!("fail")), "{}", ran.messages);
    assert_eq!((&document["problems"][0]["line"], outcome(&document, "part")), (&json!(10), "pass"));
    let last = ran.messages.lines().last().unwrap();
    assert!(last.starts_with("✗ fail: 1 wrong in the file · 21 passed"), "{last}");
}

#[test]
fn a_slash_behind_the_endpoint_is_doubled_for_clients_as_score_doubles_it() {
    let scene = scene(&[("\ns3.accessKey", "/\ns3.accessKey")]);
    let ran = check(&scene, &["--json"]);
    let document = ran.json();
    let checks = document["checks"].as_array().unwrap();
    let finding = &checks.iter().find(|check| check["id"] == "sentinel").unwrap()["finding"];
    assert_eq!((ran.code, &finding["id"]), (Some(3), &json!("P28")), "{}", ran.messages);
    let value = scene.store.endpoint();
    assert_eq!(finding["repair"], json!({"kind": "answer", "setting": "s3.endpoint", "value": value}));
    assert!(scene.store.requests().iter().any(|asked| asked.path == "//score-object/data/heliograph"));
}

#[test]
fn quotes_around_a_key_are_a_part_of_it() {
    let quoted = format!("\"{ACCESS_KEY}\"");
    let scene = scene(&[(ACCESS_KEY, &quoted)]);
    let ran = check(&scene, &["--json"]);
    assert_eq!((ran.code, outcome(&ran.json(), "sign-in")), (Some(3), "fail"), "{}", ran.messages);
    let signed = |asked: &Asked| asked.header("authorization").is_some_and(|by| by.contains(&quoted));
    assert!(scene.store.requests().iter().any(signed));
}

#[test]
fn a_secret_that_only_score_knows_leaves_the_rest_unproven() {
    let scene = scene(&[(SECRET, "${SECRET}")]);
    let ran = check(&scene, &["--json"]);
    assert_eq!((ran.code, &ran.json()["verdict"]), (Some(0), &json!("unproven")), "{}", ran.messages);
    assert!(
        ran.messages.contains("s3.secretKey: This is a placeholder (${…}). Spring replaces it only when Score starts"),
        "{}",
        ran.messages
    );
}

#[test]
fn a_file_that_is_not_there_or_says_nothing_cannot_be_checked() {
    let empty = Scene::complete();
    let ran = check(&empty, &["--json"]);
    assert_eq!((ran.code, &ran.json()["verdict"]), (Some(1), &json!("unproven")));
    fs::write(empty.conf(), "server.port=1\n").unwrap();
    let ran = check(&empty, &["--quiet"]);
    assert_eq!((ran.code, ran.out.lines().count()), (Some(2), 1), "{}", ran.out);
    let ran = run(empty.folder.path(), &["nowhere"]);
    assert_eq!(ran.code, Some(1), "{}", ran.messages);
}

#[test]
fn any_way_to_name_it_leads_to_the_same_file() {
    let scene = scene(&[]);
    scene.store.answer(|_| true, Answer::new(500));
    for conf in ["score-server-5.11.0", "score-server-5.11.0/conf", "score-server-5.11.0/conf/application.properties"] {
        let ran = run(scene.folder.path(), &[conf, "--json"]);
        assert_eq!((ran.code, &ran.json()["provider"]), (Some(3), &json!("other")));
    }
}

#[test]
fn what_counts_more_than_the_file_is_what_is_tried() {
    let scene = scene(&[("heliograph", "nowhere")]);
    let arguments = "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
        wrapper.app.parameter.2=--spring.config.location=../conf/\n\
        wrapper.app.parameter.3=--spring.profiles.active=collaboratory,prod,secure\n\
        wrapper.app.parameter.4=--object.sentinel=heliograph\n";
    fs::write(scene.conf().with_file_name("wrapper.conf"), arguments).unwrap();
    let ran = check(&scene, &["--json"]);
    assert_eq!(outcome(&ran.json(), "sentinel"), "pass", "{}", ran.messages);
}

#[test]
fn a_value_that_answers_clean_up_is_green_from_answers_and_red_from_the_file() {
    for (key, plain, odd) in [
        ("s3.endpoint", None, "{}/"),
        ("s3.accessKey", Some(ACCESS_KEY), "'{}'"),
        ("bucket.name.object", Some("score-object"), "{} "),
    ] {
        let scene = scene(&[]);
        let plain = plain.map_or_else(|| scene.store.endpoint(), str::to_owned);
        let odd = odd.replace("{}", &plain);
        let answers = scene.answers("");
        let text = fs::read_to_string(&answers).unwrap();
        let line = |value: &str| format!("\"{key}\" = \"{value}\"\n");
        assert!(text.contains(&line(&plain)), "{text}");
        fs::write(&answers, text.replace(&line(&plain), &line(&odd))).unwrap();
        let applied = scene.apply(&answers, &["--dry-run"]);
        assert_eq!(applied.code, Some(0), "{key}: {}", applied.messages);

        let text = fs::read_to_string(scene.conf()).unwrap();
        fs::write(scene.conf(), text.replace(&format!("{key}={plain}\n"), &format!("{key}={odd}\n"))).unwrap();
        let checked = check(&scene, &[]);
        assert_eq!(checked.code, Some(3), "{key}: {}", checked.messages);
    }
}

/// Returns a second deployment beside the first, whose sentinel is missing.
fn beside(scene: &Scene) -> String {
    let text = fs::read_to_string(scene.conf()).unwrap().replace("heliograph", "nowhere");
    let path = scene.folder.path().join("second.properties");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn several_deployments_have_one_table_and_one_exit_code() {
    let scene = scene(&[]);
    let (good, bad) = ("score-server-5.11.0", beside(&scene));
    let ran = run(scene.folder.path(), &[good, &bad, "--release", "5.11"]);
    let rows: Vec<_> = ran.out.lines().map(|row| row.split_whitespace().take(3).collect::<Vec<_>>()).collect();
    assert_eq!((ran.code, rows), (Some(3), vec![vec!["!", "warn", good], vec!["✗", "fail", &bad]]), "{}", ran.messages);
    assert!(ran.out.contains("[P50]") && ran.messages.contains(good), "{}", ran.out);
    let quiet = run(scene.folder.path(), &[good, &bad, "--release", "5.11", "--quiet"]);
    assert_eq!((quiet.out.lines().count(), quiet.messages.as_str()), (1, ""), "{}", quiet.out);
    let ran = run(scene.folder.path(), &[good, &bad, "--release", "5.11", "--json"]);
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(misfits(&document, &schema()["$defs"]["checks"], &schema(), "$"), Vec::<String>::new());
    assert_eq!((&document["verdict"], &document["exit"]), (&json!("fail"), &json!(3)));
    assert_eq!(document["targets"][1]["target"], json!(bad));
    // The exit code is the first of 130, 1, 4, 2, 3, 0 that occurred.
    let gone = run(scene.folder.path(), &[&bad, "nowhere", good, "--release", "5.11"]);
    assert_eq!(gone.code, Some(1), "{}", gone.out);
    let both = run(scene.folder.path(), &[good, &bad, "--score", "http://127.0.0.1:1"]);
    assert_eq!((both.code, both.out.as_str()), (Some(2), ""), "{}", both.messages);
    let scores = run(scene.folder.path(), &["--score", "http://127.0.0.1:1", "--score", "http://127.0.0.1:2"]);
    assert_eq!((scores.code, scores.out.lines().count()), (Some(3), 2), "{}", scores.messages);
}

#[test]
fn waiting_ends_when_the_checks_pass_or_the_time_is_over() {
    let scene = scene(&[("heliograph", "later")]);
    let ran = check(&scene, &["--wait", "0s"]);
    assert_eq!(ran.code, Some(3), "{}", ran.messages);
    let conf = scene.conf().parent().unwrap().to_owned();
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.args(["check", "--wait", "1min", "--json"]).arg(&conf).env("LC_ALL", "C.UTF-8");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    told.read_line(&mut first).unwrap();
    assert!(first.contains("Z fail: ") && first.contains("[P50]"), "{first}");
    scene.store.memory.put("score-object", "data/later", "hello");
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!((ran.code, &ran.json()["verdict"]), (Some(0), &json!("warn")), "{rest}");
    let changes: Vec<_> = rest.lines().filter(|line| line.get(8..10) == Some("Z ")).collect();
    assert!(matches!(changes.as_slice(), [change] if change.contains("Z warn: ")), "{rest}");
}

#[test]
fn a_signal_ends_waiting() {
    let scene = scene(&[("heliograph", "never")]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
    command.args(["check", "--wait", "10min"]).arg(scene.conf()).env("LC_ALL", "C.UTF-8");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    assert!(line.contains("Z fail: "), "{line}");
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn an_accepted_note_stays_visible_and_does_not_warn() {
    let scene = scene(&[]);
    let ran = check(&scene, &["--accept", "p31,T-44"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("[P31]") && ran.out.contains("    accepted\n"), "{}", ran.out);
    let last = ran.out.lines().last().unwrap();
    assert!(last.starts_with("✓ pass: 21 passed · 1 accepted · "), "{last}");
    let document = check(&scene, &["--accept", "P31", "--format", "json"]).json();
    assert_eq!(document["verdict"], json!("pass"));
    let gone = self::scene(&[("heliograph", "nowhere")]);
    let ran = check(&gone, &["--accept", "P31,P50", "--json"]);
    assert_eq!((ran.code, &ran.json()["verdict"]), (Some(3), &json!("fail")));
    assert_eq!(check(&gone, &["--accept", "nothing"]).code, Some(2));
}

/// The label of a metric, and its value.
type Label = (String, String);

/// Reads a line of the text format: the name, the labels and the value.
fn metric(line: &str) -> Option<(&str, Vec<Label>, f64)> {
    let (head, value) = line.rsplit_once(' ')?;
    let (name, labels) = head.strip_suffix('}')?.split_once('{')?;
    let mut found = Vec::new();
    let mut rest = labels;
    while let Some((label, after)) = rest.split_once("=\"") {
        let mut value = String::new();
        let mut letters = after.char_indices();
        let end = loop {
            match letters.next()? {
                (_, '\\') => match letters.next()?.1 {
                    'n' => value.push('\n'),
                    other => value.push(other),
                },
                (at, '"') => break at,
                (_, other) => value.push(other),
            }
        };
        found.push((label.trim_start_matches(',').to_owned(), value));
        rest = &after[end + 1..];
    }
    Some((name, found, value.parse().ok()?))
}

#[test]
fn prometheus_reads_the_metrics() {
    let scene = scene(&[]);
    let odd = scene.folder.path().join("a\"b\\c.properties");
    fs::copy(beside(&scene), &odd).unwrap();
    let odd = odd.to_str().unwrap();
    let ran = run(scene.folder.path(), &["score-server-5.11.0", odd, "--format", "prometheus", "--release", "5.11"]);
    assert_eq!(ran.code, Some(3), "{}", ran.messages);
    let mut families = Vec::new();
    let mut fails = 0;
    for line in ran.out.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            families.push(family.strip_suffix(" gauge").unwrap());
        } else if !line.starts_with("# HELP ") {
            let (name, labels, value) = metric(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(families.last(), Some(&name), "{line}");
            assert!(labels[0].0 == "target" && ["score-server-5.11.0", odd].contains(&labels[0].1.as_str()), "{line}");
            fails += u8::from(name == "score_setup_verdict" && labels[1].1 == "fail" && value > 0.5);
        }
    }
    assert_eq!((families.len(), fails), (6, 1), "{}", ran.out);
    assert!(!ran.out.contains("_total") && ran.out.ends_with('\n'));
}
