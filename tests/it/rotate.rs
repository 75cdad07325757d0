//! Tests `score-setup rotate` as a child process, with a store in this process and a simulated Score.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
};

use score_setup::{answers::target::S3Store, store::checks::s3::link, text::secret::Secret};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::runtime::Runtime;

use crate::{
    batch::{Ran, Scene},
    pty::terminal::Terminal,
    score::configured,
    store::{ACCESS_KEY, Answer, SECRET, Store},
};

const OLD_KEY: &str = "OLDACCESSKEY00000001";
const OLD_SECRET: &str = "canary-old-secret-of-this-test";

/// A Score 5.11 with old keys, and a store that accepts the new ones.
struct Stage {
    scene: Scene,
    score: Store,
    _serving: Runtime,
}

impl Stage {
    /// Writes a configuration with these keys. Score answers every ping with a URL that they signed.
    fn set(key: &str, secret: &str) -> Self {
        let scene = Scene::complete();
        assert_eq!(scene.apply(&scene.answers(""), &[]).code, Some(0));
        let text = fs::read_to_string(scene.conf()).unwrap();
        let old = text.replace(ACCESS_KEY, key).replace(SECRET, secret);
        assert!(old.contains(key) && old.contains(secret));
        fs::write(scene.conf(), old).unwrap();
        let serving = Runtime::new().unwrap();
        let score = serving.block_on(Store::start());
        let health = Answer::new(200).body("{\"status\":\"UP\"}");
        score.answer(|asked| asked.path.starts_with("/actuator"), health);
        let stage = Self { scene, score, _serving: serving };
        stage.ping(key, secret, |_| true);
        stage
    }

    /// Answers the pings with these numbers, counted from 0, with a URL that these keys signed.
    fn ping(&self, key: &str, secret: &str, numbers: impl Fn(usize) -> bool + Send + Sync + 'static) {
        let store = configured(&self.scene.store.endpoint());
        let store = S3Store { access_key: key.to_owned(), secret_key: Secret::new(secret), ..store };
        let url = link::sentinel(&store, OffsetDateTime::now_utc()).unwrap();
        let seen = AtomicUsize::new(0);
        let asked =
            move |path: &str| path.starts_with("/download/ping") && numbers(seen.fetch_add(1, Ordering::SeqCst));
        self.score.answer(move |one| asked(&one.path), Answer::new(200).body(url.for_signing().to_owned()));
    }

    /// Runs rotate on Kubernetes objects with the values of this configuration.
    fn run_on_objects(&self) -> Ran {
        let folder = self.scene.folder.path();
        let written =
            crate::forms::run(folder, &["write", "--to", "kubernetes", "--output", ".", "score-server-5.11.0"], "");
        assert_eq!(written.code, Some(0), "{}", written.messages);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let coded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, OLD_SECRET);
        let secret =
            read("score-secret.yaml").replace(&format!("\"{OLD_SECRET}\""), &coded).replace("stringData", "data");
        let profiles =
            "          env:\n            - name: SPRING_PROFILES_ACTIVE\n              value: collaboratory,prod\n";
        let text = format!("{POD}{profiles}---\n{}---\n{secret}", read("score-config.yaml"));
        self.rotate_objects(&text)
    }

    /// Runs rotate on these Kubernetes objects.
    fn rotate_objects(&self, text: &str) -> Ran {
        let folder = self.scene.folder.path();
        fs::write(folder.join("objects.yaml"), text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
        command.args(["rotate", "objects.yaml", "--wait", "0s"]).current_dir(folder).env("LC_ALL", "C.UTF-8");
        Ran::from(command.envs(NEW).stdin(Stdio::null()).output().unwrap())
    }

    fn run(&self, more: &[&str], variables: &[(&str, &str)], input: &str) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_score-setup"));
        command.args(["rotate", "score-server-5.11.0", "--score", &self.score.endpoint(), "--log", "log"]);
        command.args(more).current_dir(self.scene.folder.path()).env("LC_ALL", "C.UTF-8");
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ran = Ran::from(child.wait_with_output().unwrap());
        let log = fs::read_to_string(self.scene.folder.path().join("log")).unwrap_or_default();
        for text in [&ran.out, &ran.messages, &log] {
            assert!(!text.contains("canary") && !text.contains("Signature="), "{text}");
        }
        ran
    }

    fn file(&self) -> String {
        fs::read_to_string(self.scene.conf()).unwrap()
    }

    fn backups(&self) -> usize {
        self.scene.files().iter().filter(|name| name.contains(".bak")).count()
    }
}

const NEW: [(&str, &str); 2] = [("NEW_ACCESS_KEY", ACCESS_KEY), ("NEW_SECRET_KEY", SECRET)];

#[test]
fn new_keys_are_written_and_the_old_one_stays_until_its_urls_end() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let before = stage.file();
    stage.ping(ACCESS_KEY, SECRET, |number| number > 0);
    let ran = stage.run(&[], &NEW, "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    // Only the two values change.
    assert_eq!(stage.file(), before.replace(OLD_KEY, ACCESS_KEY).replace(OLD_SECRET, SECRET));
    for told in [
        &format!("The access key {ACCESS_KEY} replaces the access key {OLD_KEY}."),
        "A user of MinIO can have several access keys.",
        "Restart: ",
        "bin/score-server restart",
        "Score does not use the new keys yet.",
    ] {
        assert!(ran.messages.contains(told), "{told}: {}", ran.messages);
    }
    let lines: Vec<&str> = ran.out.lines().collect();
    assert!(lines[0].ends_with("uses the new keys: 10 answers in a row."), "{}", ran.out);
    assert!(lines[1].starts_with(&format!("Keep the old key {OLD_KEY} until 20")), "{}", ran.out);
    assert!(lines[1].ends_with(" UTC. URLs that were signed with it stay in use for 6 days."), "{}", ran.out);
    assert_eq!(lines[2], format!("Then end it: mc admin user svcacct rm ALIAS {OLD_KEY}"));
    assert!(lines[3].starts_with("These backups contain the old secret."), "{}", ran.out);
    assert!(lines[4].contains(".bak") && lines.len() == 5, "{}", ran.out);

    // Every fetched URL is that of the ping, and no request was signed with the old keys by score-setup.
    let again = stage.run(&["--json"], &NEW, "");
    assert_eq!((again.code, stage.backups()), (Some(0), 1), "{}", again.messages);
    let document = again.json();
    assert_eq!((&document["changed"], &document["rotation"]["in_use"]), (&json!(false), &json!(true)));
    assert_eq!(document["rotation"]["keep_old_until"], Value::Null);
}

/// A Deployment of Score.
const POD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: store-front\nspec:\n  template:\n    spec:\n      containers:\n        - name: score\n          image: x/score-server:5.11.0\n          envFrom:\n            - configMapRef:\n                name: score\n            - secretRef:\n                name: score\n";

#[test]
fn keys_of_kubernetes_objects_are_replaced_with_the_line_that_restarts_the_pods() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let ran = stage.run_on_objects();
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.messages);
    for line in ["Restart: kubectl apply -f ", "Restart: kubectl rollout restart deployment/store-front\n"] {
        assert!(ran.messages.contains(line), "{line}: {}", ran.messages);
    }
    assert!(
        ran.out.contains("These backups contain the old secret") && ran.out.contains("objects.yaml."),
        "{}",
        ran.out
    );
    assert!(!ran.messages.contains("canary") && !ran.out.contains("canary"), "{}{}", ran.out, ran.messages);
}

#[test]
fn keys_in_a_mounted_file_are_replaced_in_its_config_map() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let file = format!("    {}\n", stage.file().trim_end().replace('\n', "\n    "));
    let pod = POD.split_once("          envFrom").unwrap().0;
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: conf\ndata:\n  application.properties: |\n{file}---\n{pod}          \
         env:\n            - name: SPRING_CONFIG_ADDITIONAL_LOCATION\n              value: file:/etc/score/\n            - name: \
         SPRING_PROFILES_ACTIVE\n              value: collaboratory,prod\n          volumeMounts:\n            - name: conf\n              \
         mountPath: /etc/score\n      volumes:\n        - name: conf\n          configMap:\n            name: conf\n"
    );
    let ran = stage.rotate_objects(&text);
    assert_eq!(ran.code, Some(0), "{}{}", ran.out, ran.messages);
    let after = fs::read_to_string(stage.scene.folder.path().join("objects.yaml")).unwrap();
    assert_eq!(after, text.replace(OLD_KEY, ACCESS_KEY).replace(OLD_SECRET, SECRET));
    assert!(ran.out.contains("These backups contain the old secret."), "{}", ran.out);
    for said in [&ran.out, &ran.messages] {
        assert!(!said.contains("canary") && !said.contains(SECRET), "{said}");
    }
}

#[test]
fn the_document_has_the_time_and_the_backups() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    stage.ping(ACCESS_KEY, SECRET, |_| true);
    let document = stage.run(&["--json"], &NEW, "").json();
    let rotation = &document["rotation"];
    assert_eq!((&rotation["old_access_key"], &rotation["new_access_key"]), (&json!(OLD_KEY), &json!(ACCESS_KEY)));
    assert_eq!((&rotation["overlap"], &rotation["in_use"]), (&json!(true), &json!(true)));
    let until = OffsetDateTime::parse(rotation["keep_old_until"].as_str().unwrap(), &Rfc3339).unwrap();
    assert_eq!((until - OffsetDateTime::now_utc()).whole_hours(), 6 * 24 - 1);
    assert_eq!(rotation["backups"].as_array().unwrap().len(), 1);
    assert_eq!((&document["changed"], &document["verdict"]), (&json!(true), &json!("warn")));
}

#[test]
fn only_what_stops_the_start_of_score_stops_a_rotation() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let arguments = "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
                     wrapper.app.parameter.2=--spring.config.location=../conf/\n\
                     wrapper.app.parameter.3=--spring.profiles.active=collaboratory,prod\n";
    fs::write(stage.scene.conf().with_file_name("wrapper.conf"), arguments).unwrap();
    let ran = stage.run(&["--wait", "0s"], &NEW, "");
    let all = format!("{}{}", ran.out, ran.messages);
    assert!(all.contains("P75") && !all.contains("would not start again"), "{all}");
    assert!(all.contains("Score starts with it, so the keys are replaced."), "{all}");
    assert_eq!(ran.code, Some(0), "{all}");
    assert!(stage.file().contains(SECRET));
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let before = stage.file().replace("upload.partsize=", "upload.partsize=x");
    fs::write(stage.scene.conf(), &before).unwrap();
    let ran = stage.run(&["--wait", "0s"], &NEW, "");
    assert!(ran.messages.contains("Score would not start again with this configuration."), "{}", ran.messages);
    assert_eq!((ran.code, stage.file()), (Some(2), before));
}

#[test]
fn keys_that_fail_change_nothing() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let before = stage.file();
    let wrong = [("NEW_ACCESS_KEY", ACCESS_KEY), ("NEW_SECRET_KEY", "canary-wrong-secret")];
    let ran = stage.run(&[], &wrong, "");
    assert_eq!((ran.code, stage.file(), stage.backups()), (Some(3), before, 0), "{}", ran.messages);
    assert!(ran.messages.contains("Nothing was written, because checks failed with the new keys."), "{}", ran.messages);
    assert_eq!((ran.out.as_str(), stage.score.requests().len()), ("", 0));
}

#[test]
fn a_new_secret_for_the_same_key_is_asked_about() {
    let stage = Stage::set(ACCESS_KEY, OLD_SECRET);
    let before = stage.file();
    let new = [("NEW_SECRET_KEY", SECRET)];
    let asked = stage.scene.store.requests().len();
    let ran = stage.run(&[], &new, "");
    assert_eq!((ran.code, stage.file()), (Some(2), before.clone()), "{}", ran.messages);
    assert!(ran.messages.contains("only its secret changes") && ran.messages.contains("add --yes"), "{}", ran.messages);
    assert_eq!(stage.scene.store.requests().len(), asked);

    // The access key proves nothing: the old URL names it too, and the store refuses it.
    stage.ping(ACCESS_KEY, SECRET, |number| number > 0);
    let ran = stage.run(&["--yes"], &new, "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert_eq!(stage.file(), before.replace(OLD_SECRET, SECRET));
    assert!(ran.messages.contains("Score does not use the new keys yet."), "{}", ran.messages);
    assert!(!ran.out.contains("Keep the old key") && ran.out.contains("contain the old secret"), "{}", ran.out);
}

#[test]
fn the_wizard_replaces_keys_as_the_command_does() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let port = stage.score.endpoint().rsplit(':').next().unwrap().to_owned();
    let before = format!("{}\nserver.port={port}\n", stage.file().replace("\nserver.port=", "\n# server.port="));
    fs::write(stage.scene.conf(), &before).unwrap();
    let mut terminal = Terminal::start(&["score-server-5.11.0"], stage.scene.folder.path(), &[], 24, 80);
    terminal.shows("In the files");
    terminal.press("c");
    terminal.shows("What do you want to change?");
    terminal.press("\x1b[B\x1b[B\r");
    terminal.shows(&format!("Score uses {OLD_KEY} until it is restarted."));
    terminal.press(&format!("{ACCESS_KEY}\r"));
    terminal.paste(SECRET);
    terminal.press("\r");
    terminal.shows("Continue to the review");
    terminal.shows("nothing left in the store");
    assert_eq!(stage.file(), before, "nothing is written before the review");
    terminal.press("\r");
    terminal.shows(&format!("The access key {ACCESS_KEY} replaces"));
    terminal.press("w");
    terminal.until_page(|page| page.contains("Score does not use the new keys yet."));
    assert_eq!(stage.file(), before.replace(OLD_KEY, ACCESS_KEY).replace(OLD_SECRET, SECRET));
    // Score starts again.
    stage.ping(ACCESS_KEY, SECRET, |_| true);
    terminal.until_page(|page| page.contains("uses the new keys: 10 answers in a row."));
    terminal.shows("were signed with it stay in use for 6 days.");
    terminal.press("\r");
    assert_eq!(terminal.ended(), 0);
    let all = terminal.raw();
    for told in
        [format!("mc admin user svcacct rm ALIAS {OLD_KEY}"), "These backups contain the old secret.".to_owned()]
    {
        assert!(all.contains(&told), "{told}");
    }
    assert!(!all.contains("canary") && !all.contains(SECRET), "a secret was on the screen");
}

#[test]
fn a_score_that_keeps_the_old_keys_is_told() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let ran = stage.run(&["--wait", "1s"], &NEW, "");
    assert_eq!((ran.code, stage.file().contains(SECRET)), (Some(3), true), "{}", ran.messages);
    assert!(ran.messages.contains("did not take the new keys in time; the files have them"), "{}", ran.messages);
    let kept = format!("Keep the old key {OLD_KEY} for 6 days after the last Score with it has ended.");
    assert!(ran.out.contains(&kept), "{}", ran.out);

    // Two Scores behind one address, and one of them was not restarted.
    stage.ping(ACCESS_KEY, SECRET, |number| number % 3 > 0);
    let ran = stage.run(&["--wait", "3s"], &NEW, "");
    assert_eq!(ran.code, Some(3), "{}", ran.messages);
    assert!(ran.messages.contains("several Scores answer there"), "{}", ran.messages);

    // A Score that is down.
    stage.score.answer(|_| true, Answer::new(503).body("no healthy upstream"));
    let ran = stage.run(&["--wait", "1s"], &NEW, "");
    assert_eq!(ran.code, Some(3), "{}", ran.messages);
    assert!(ran.messages.contains("[P114]"), "{}", ran.messages);
    let ran = stage.run(&["--wait", "0s"], &NEW, "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
}

#[test]
fn keys_come_from_a_pipe_or_an_answers_file() {
    let json = format!("{{\"AccessKey\": {{\"AccessKeyId\": \"{ACCESS_KEY}\", \"SecretAccessKey\": \"{SECRET}\"}}}}");
    let answers = format!("[settings]\n\"s3.accessKey\" = \"{ACCESS_KEY}\"\n\"s3.secretKey\" = {{ env = \"X\" }}\n");
    for (arguments, variables, input) in [
        (&["--wait", "0s"][..], &[][..], json.as_str()),
        (&["--wait", "0s", "--answers", "-"], &[("X", SECRET)], answers.as_str()),
    ] {
        let stage = Stage::set(OLD_KEY, OLD_SECRET);
        let ran = stage.run(arguments, variables, input);
        assert_eq!(ran.code, Some(0), "{}", ran.messages);
        assert!(stage.file().contains(SECRET) && stage.file().contains(ACCESS_KEY));
    }
    // One line alone is the secret.
    let stage = Stage::set(ACCESS_KEY, OLD_SECRET);
    assert_eq!(stage.run(&["--wait", "0s", "--yes"], &[], &format!("{SECRET}\n")).code, Some(0));
    assert!(stage.file().contains(SECRET));
}

#[test]
fn keys_that_are_not_given_or_not_valid_are_wrong() {
    let stage = Stage::set(OLD_KEY, OLD_SECRET);
    let before = stage.file();
    for (variables, input, told) in [
        (&[][..], "", "standard input is empty"),
        (&[], "garbage\n", "standard input is one word of 7 characters, too short for a secret key"),
        (&[], "good morning to you", "has no part that score-setup recognises"),
        (&[("NEW_ACCESS_KEY", ACCESS_KEY)], "", "nothing gives s3.secretKey"),
        (&[("NEW_SECRET_KEY", " canary ")], "", "begins"),
        (&[("NEW_ACCOUNT_KEY", "Y2FuYXJ5")], "", "nothing gives s3.secretKey"),
    ] {
        let ran = stage.run(&["--yes"], variables, input);
        assert_eq!((ran.code, stage.file()), (Some(2), before.clone()), "{}", ran.messages);
        assert!(ran.messages.contains(told), "{told}: {}", ran.messages);
    }
    // A value from elsewhere is changed there.
    fs::write(stage.scene.conf(), before.replace(OLD_SECRET, "${VAULT_SECRET}")).unwrap();
    let ran = stage.run(&[], &NEW, "");
    assert_eq!(ran.code, Some(2), "{}", ran.messages);
    assert!(ran.messages.contains("it is a placeholder"), "{}", ran.messages);
}
