//! Tests `score-setup show` as a child process, and how it reads unusual files.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::{Command, Stdio},
};

use score_setup::effects::load;
use serde_json::Value;
use tempfile::TempDir;

use crate::batch::{Ran, misfits, schema};

const CANARY: &str = "canary-Zq81-secret";

fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn show(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .arg("show")
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert!(!ran.out.contains(CANARY) && !ran.messages.contains(CANARY), "the secret is shown");
    ran
}

fn json(ran: &Ran) -> Value {
    let document: Value = serde_json::from_str(&ran.out).unwrap();
    let schema = schema();
    assert_eq!(misfits(&document, &schema["$defs"]["show"], &schema, "$"), Vec::<String>::new());
    assert_eq!(document["exit"], serde_json::json!(ran.code));
    document
}

/// Returns a folder with files of every kind.
fn folder() -> TempDir {
    let root = TempDir::new().unwrap();
    let conf = root.path().join("score-server-5.11.0/conf");
    write(
        &conf.join("application.properties"),
        format!(
            "s3.endpoint=http://minio:9000\ns3.access-key=A\ns3.accessKey=B\ns3.secretKey=${{store.pw}}\n\
             store.pw={CANARY}\nother=x {CANARY}\nmetadata.url=http://${{song.host}}/\nsong.host=song\n#---\n\
             spring.config.activate.on-profile=secure & !prod\nbucket.name.object=secret-bucket\n"
        ),
    );
    write(&conf.join("application-amazon.properties"), "bucket.name.object=by-profile\n");
    write(
        &conf.join("wrapper.conf"),
        "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
         wrapper.app.parameter.2=--spring.config.location=../conf/\n\
         wrapper.app.parameter.3=--spring.profiles.active=secure,amazon\nset.S3_ENDPOINT=http://other:9000\n",
    );
    root
}

#[test]
fn every_value_is_told_with_its_source_and_what_it_overrides() {
    let root = folder();
    let ran = show(root.path(), &["score-server-5.11.0"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    let wanted = "\
release   5.11 (by the folder's name)
start     wrapper (by wrapper.conf)
profiles  secure, amazon (wrapper.conf:3)

read for storage and start
s3.endpoint             http://other:9000                      wrapper.conf:4                   over application.properties:1
s3.accessKey            A                                      application.properties:2         over application.properties:3
s3.secretKey            ••••••••                               application.properties:4
bucket.name.object      by-profile                             application-amazon.properties:1  over application.properties:11
metadata.url            http://${song.host}/ = http://song/    application.properties:7
spring.profiles.active  secure,amazon                          wrapper.conf:3
spring.config.location  ../conf/                               wrapper.conf:2

also set
spring.config.activate.on-profile  secure & !prod              application.properties:10
store.pw                           ••••••••                    application.properties:5
other                              ••••••••                    application.properties:6
song.host                          song                        application.properties:8
";
    let squeezed = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    assert_eq!(squeezed(&ran.out), squeezed(wanted));
}

#[test]
fn the_json_is_as_the_schema_says() {
    let root = folder();
    write(&root.path().join("gone.env/x"), "");
    let document = json(&show(root.path(), &["--json", "score-server-5.11.0", "nowhere"], ""));
    assert_eq!(document["exit"], 1);
    let first = &document["deployments"][0];
    assert_eq!((&first["release"]["what"], &first["profiles"][1]), (&"5.11".into(), &"amazon".into()));
    assert!(document["deployments"][1]["error"]["what"].as_str().unwrap().contains("nowhere"));
}

#[test]
fn a_container_an_env_file_and_a_compose_file_take_the_place_of_a_folder() {
    let root = TempDir::new().unwrap();
    let inspect = format!(
        r#"[{{"Name": "/score", "Config": {{"Image": "overture/score-server:5.9.0",
            "Env": ["S3_ENDPOINT=http://x:9000", "S3_SECRETKEY={CANARY}", "SPRING_PROFILES_ACTIVE=prod,default"]}}}}]"#
    );
    write(&root.path().join("score.env"), format!("S3_ENDPOINT=http://x:9000\nS3_SECRET_KEY={CANARY}\n"));
    write(
        &root.path().join("compose.yml"),
        format!(
            "services:\n  score:\n    image: x/score-server:5.12.0\n    env_file: score.env\n    environment:\n      S3_SECRETKEY: {CANARY}\n"
        ),
    );
    for (arguments, release, input) in [
        (["-", "--json"].as_slice(), "5.9", inspect.as_str()),
        (&["score.env", "--json", "--release", "5.10"], "5.10", ""),
        (&["compose.yml", "--json"], "5.12", ""),
    ] {
        let document = json(&show(root.path(), arguments, input));
        let told = &document["deployments"][0];
        assert_eq!((&told["release"]["what"], &told["start"]["what"]), (&release.into(), &"docker".into()));
        let value = |key: &str| {
            let values = told["values"].as_array().unwrap();
            values.iter().find(|value| value["key"] == key).unwrap_or_else(|| panic!("{key}")).clone()
        };
        assert_eq!(value("s3.endpoint")["value"], "http://x:9000");
        assert_eq!(
            (&value("s3.secretKey")["masked"], &value("object.sentinel")["source"]["kind"]),
            (&true.into(), &"jar".into())
        );
    }
}

#[test]
fn files_that_score_cannot_read_are_told_with_exit_2() {
    let root = folder();
    let conf = root.path().join("score-server-5.11.0/conf");
    write(&conf.join("application-x.properties"), "a=\\u12\n");
    write(&conf.join("application.yml"), "a: [\n");
    let ran = show(root.path(), &["score-server-5.11.0"], "");
    assert_eq!(ran.code, Some(2));
    let errors: Vec<&str> = ran.messages.lines().collect();
    assert!(errors[0].contains("application-x.properties as properties: line 1"), "{errors:?}");
    assert!(errors[1].contains("application.yml as YAML: line "), "{errors:?}");
}

/// A change that makes a file unusual.
type Odd = (&'static str, fn(&Path));

const ODD: &[Odd] = &[
    ("missing", |_| {}),
    ("empty", |path| write(path, "")),
    ("unreadable", |path| {
        write(path, "a=b");
        fs::set_permissions(path, fs::Permissions::from_mode(0o000)).unwrap();
    }),
    ("read-only", |path| {
        write(path, "a=b");
        fs::set_permissions(path, fs::Permissions::from_mode(0o400)).unwrap();
    }),
    ("a folder", |path| fs::create_dir_all(path).unwrap()),
    ("a link to itself", |path| symlink(path, path).unwrap()),
    ("large", |path| write(path, "key=value\n".repeat(1_000_000))),
    ("too large", |path| File::create(path).unwrap().set_len(17 * 1024 * 1024).unwrap()),
    ("not text", |path| write(path, [0, 159, 146, 150, 255, 254, b'\n', 0, 1])),
    ("two documents", |path| write(path, "a=1\n#---\na=2\n---\nb: 1\n")),
    ("a pipe", |path| {
        let made = Command::new("mkfifo").arg(path).status().unwrap();
        assert!(made.success());
    }),
];

#[test]
fn every_file_may_be_odd_in_every_way() {
    let files = [
        "conf/application.properties",
        "conf/bootstrap.properties",
        "conf/wrapper.conf",
        "conf/application-prod.properties",
        "conf/application.yml",
        "conf/application-prod.yaml",
        "lib/score-server.jar",
        "score.env",
        "compose.yml",
        ".env",
        "inner.env",
    ];
    for file in files {
        for (oddness, make) in ODD {
            let root = TempDir::new().unwrap();
            fs::create_dir(root.path().join("conf")).unwrap();
            fs::create_dir(root.path().join("lib")).unwrap();
            if [".env", "inner.env"].contains(&file) {
                let service = "services: {score-server: {image: x, env_file: inner.env}}";
                write(&root.path().join("compose.yml"), service);
            }
            let path = root.path().join(file);
            make(&path);
            let asked = match file {
                "score.env" | "compose.yml" => path.clone(),
                ".env" | "inner.env" => root.path().join("compose.yml"),
                _ => root.path().to_owned(),
            };
            match load(&asked) {
                Ok(deployment) => {
                    let notes = deployment.notes.join(" ");
                    let known = ["missing", "empty", "unreadable", "read-only", "large", "two documents", "not text"];
                    let folder = *oddness == "a folder" && asked == path;
                    assert!(
                        folder || known.contains(oddness) || !notes.is_empty(),
                        "{file} is {oddness}, and nothing tells"
                    );
                }
                Err(error) => {
                    assert!(!error.cause.is_empty() && !error.hint.is_empty(), "{file} is {oddness}: {error}");
                }
            }
        }
    }
}

#[test]
fn a_file_with_very_many_names_is_shown_in_part_and_says_so() {
    let root = TempDir::new().unwrap();
    let many = (0..1_200).map(|at| format!("name.{at}=x")).collect::<Vec<_>>().join("\n");
    write(&root.path().join("application.properties"), format!("s3.endpoint=http://minio:9000\n{many}"));
    let document = json(&show(root.path(), &["application.properties", "--json"], ""));
    let of = &document["deployments"][0];
    let names = of["values"].as_array().unwrap().iter().map(|value| value["key"].as_str().unwrap());
    let (others, known): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with("name."));
    assert_eq!((others.len(), known), (1000, vec!["s3.endpoint"]));
    let notes = of["notes"].to_string();
    assert!(notes.contains("200 more names are set; they are not listed."), "{notes}");
}
