//! Tests that no output shows a secret: each shape of a secret, in each kind of file, against each output.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use proptest::prelude::*;
use score_setup::{
    text::{
        mask::{HARMLESS, is_secret_name, masked, shown_value},
        secret::Secret,
    },
    wizard::proposal::Diff,
};
use tempfile::TempDir;

/// Lines of a properties file that contain a secret. `@` is its place. The lines of a list are one row.
const PROPERTIES: &[&str] = &[
    "s3.secretKey=@",
    "s3.secret-key: @",
    "S3.SECRET_KEY @",
    "s3.secret\\u004bey=@",
    "s3.secretKey=\\\n  @",
    "azure.accountKey=@",
    "auth.server.clientSecret=@",
    "aws.secretAccessKey=@",
    "AWS_SECRET_ACCESS_KEY=@",
    "aws.sessionToken=@",
    "azure.storage.accountAccessKey=@",
    "storage.accountAccessKey=@",
    "azure.storage.accessKey=@",
    "keyStorePass=@",
    "server.ssl.key-store-password=@",
    "server.ssl.trustStorePassword=@",
    "ldap.pass=@",
    "db.pw=@",
    "db.pwd=@",
    "proxy.passwd=@",
    "tls.passphrase=@",
    "azure.sas=@",
    "azure.sasToken=@",
    "storage.sig=@",
    "api.key=@",
    "apikey=@",
    "my.private.key=@",
    "encryption.key=@",
    "vault.token=@",
    "github.token=@",
    "refreshToken=@",
    "spring.cloud.vault.token=@",
    "git.credentials=@",
    "docker.auth=@",
    "session.cookie=@",
    "sentry.dsn=@",
    "my.connection-string=@",
    "jaas.config=@",
    "proxy.authorization=@",
    "webhook.url=https://hooks.example.org/x?sig=@",
    "blob.url=https://a.blob.core.windows.net/c?sv=1&sig=@&se=2",
    "signed.url=https://s3.example.org/b/k?X-Amz-Date=1&X-Amz-Signature=@",
    "signed.v2=https://s3.example.org/b/k?AWSAccessKeyId=A&Signature=@&Expires=1",
    "signed.again=https://p.example.org/?u=https%3A%2F%2Fa%3Fsig%3D@",
    "db.url=postgres://me:@@db.example.org/x",
    "db.slash=postgres://me:a/@@db.example.org/x",
    "db.hash=postgres://me:a#@@db.example.org/x",
    "db.at=postgres://me:a@b@@db.example.org/x",
    "db.space=postgres://me:a b@@db.example.org/x",
    "db.query=jdbc:mysql://db.example.org/x?user=me&password=@",
    "urls.two=http://a.example.org http://me:@@b.example.org",
    "http.header=Bearer @",
    "http.basic=Basic @",
    "http.line=Authorization: Bearer @",
    "http.aws=Authorization: AWS AKID:@",
    "my.json={\"accessKey\": \"a\", \"secretKey\": \"@\"}",
    "my.json.number={\"a\": 1, \"pin\": {\"password\":\"@\"}}",
    "my.json.inside={\"a\": \"{\\\\\"token\\\\\": \\\\\"@\\\\\"}\"}",
    "spring.application.json={\"a\": \"@\"}",
    "java.options=-Xmx1g -Ds3.secretKey=@ -Dother=1",
    "java.more=-Djavax.net.ssl.keyStorePassword=@",
    "start.arguments=--s3.secretKey=@ --server.port=8080",
    "start.quoted=\"--azure.accountKey=@ more\"",
    "JAVA_TOOL_OPTIONS=@",
    "jwt.plain=eyJhbGciOiJIUzI1NiJ9.eyJzdWIi@.c2ln",
    "# s3.secretKey=@",
    "#AWS_SECRET_ACCESS_KEY=@",
    "! azure.accountKey : @",
    "# old: http://me:@@store.example.org",
    "# curl -H 'Authorization: Bearer @' http://h",
    "# java -Ds3.secretKey=@ -jar score-server.jar",
    "pem=-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC@\n-----END PRIVATE KEY-----",
    "# -----BEGIN RSA PRIVATE KEY-----\n# @\n# -----END RSA PRIVATE KEY-----",
];

/// Lines of `wrapper.conf`.
const WRAPPER: &[&str] = &[
    "wrapper.java.additional.2=-Xmx1g -Ds3.secretKey=@",
    "wrapper.java.additional.3=-Djavax.net.ssl.trustStorePassword=@",
    "wrapper.app.parameter.3=--s3.secretKey=@",
    "wrapper.app.parameter.4=\"--auth.server.clientSecret=@\"",
    "set.AWS_SECRET_ACCESS_KEY=@",
    "set.default.VAULT_TOKEN=@",
    "#wrapper.app.parameter.9=--azure.accountKey=@",
];

fn canary(at: usize) -> String {
    format!("canary{at}end")
}

fn filled(rows: &[&str], from: usize) -> String {
    let filled = |(at, row): (usize, &&str)| {
        // In the user of a URL, the second sign is the one before the host.
        let (before, after) = row.rsplit_once("@@").map_or_else(
            || row.split_once('@').map(|(before, after)| (before, after.to_owned())).unwrap(),
            |(before, after)| (before, format!("@{after}")),
        );
        format!("{before}{}{after}\n", canary(from + at))
    };
    rows.iter().enumerate().map(filled).collect::<Vec<_>>().concat()
}

/// Asserts that a text contains no canary. The number tells the row.
fn hides(what: &str, text: &str) {
    let rows = PROPERTIES.iter().chain(WRAPPER).collect::<Vec<_>>();
    let seen: Vec<_> = (0..rows.len()).filter(|at| text.contains(&canary(*at))).map(|at| rows[at]).collect();
    assert_eq!(seen, Vec::<&&str>::new(), "{what} shows these");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_score-setup"))
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", folder)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn every_shape_is_hidden_in_the_difference() {
    assert!(PROPERTIES.len() + WRAPPER.len() >= 60);
    for (rows, from) in [(PROPERTIES, 0), (WRAPPER, PROPERTIES.len())] {
        for (at, row) in rows.iter().enumerate() {
            let text = filled(&[row], from + at);
            hides("the difference", &Diff::new(b"", text.as_bytes()).to_text("old", "new"));
            hides("the difference", &Diff::new(text.as_bytes(), b"").to_text("old", "new"));
        }
    }
}

#[test]
fn every_shape_is_hidden_by_every_command() {
    let root = TempDir::new().unwrap();
    let conf = root.path().join("score-server-5.11.0/conf");
    fs::create_dir_all(&conf).unwrap();
    let properties = filled(PROPERTIES, 0);
    fs::write(conf.join("application.properties"), &properties).unwrap();
    fs::write(conf.join("wrapper.conf"), filled(WRAPPER, PROPERTIES.len())).unwrap();
    let answers = "release = \"5.11\"\nprovider = \"minio\"\n[settings]\n\"s3.endpoint\" = \"http://127.0.0.1:1\"\n\
                   \"s3.accessKey\" = \"score-key\"\n\"s3.secretKey\" = \"score-secret\"\n\"bucket.name.object\" = \"o-o\"\n\
                   \"bucket.name.state\" = \"s-s\"\n\"metadata.url\" = \"http://song\"\n";
    fs::write(root.path().join("answers.toml"), answers).unwrap();
    let log = root.path().join("log");
    for arguments in [
        &["show", "score-server-5.11.0"][..],
        &["show", "--json", "score-server-5.11.0"],
        &["lint", "score-server-5.11.0"],
        &["lint", "--json", "score-server-5.11.0"],
        &["report", "--no-check", "score-server-5.11.0"],
        &["report", "--no-check", "--json", "score-server-5.11.0"],
        &["report", "--no-check", "--hide-hosts", "score-server-5.11.0"],
        &[
            "apply",
            "--answers",
            "answers.toml",
            "--conf",
            "score-server-5.11.0",
            "--no-check",
            "--dry-run",
            "--log",
            "log",
        ],
        &["check", "--read-only", "--log", "log", "score-server-5.11.0"],
    ] {
        let output = run(root.path(), arguments);
        hides(&arguments.join(" "), &said(&output));
    }
    hides("the log", &fs::read_to_string(&log).unwrap());
}

#[test]
fn keys_that_are_swapped_are_hidden_in_both_places() {
    for (access, secret) in [
        ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE"),
        ("kY3tB0eZq8Lw2Vn5Rc7Jx1Hd4Fs6Gp9MaTuQiWoE", "0555B35654AD1656D804"),
        ("short-and-plain-secret", "AKIAIOSFODNN7EXAMPLE"),
    ] {
        let text = format!("s3.accessKey={access}\ns3.secretKey={secret}\n");
        let root = TempDir::new().unwrap();
        fs::write(root.path().join("application.properties"), &text).unwrap();
        let mut all = Diff::new(b"", text.as_bytes()).to_text("old", "new");
        for arguments in [&["show", "."][..], &["show", "--json", "."], &["report", "--no-check", "."], &["lint", "."]]
        {
            all += &said(&run(root.path(), arguments));
        }
        assert!(!all.contains(access) && !all.contains(secret), "{access}: {all}");
    }
    let text = b"s3.accessKey=AKIAIOSFODNN7EXAMPLE\ns3.secretKey=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
    assert!(Diff::new(b"", text).to_text("old", "new").contains("AKIAIOSFODNN7EXAMPLE"));
}

#[test]
fn what_is_harmless_is_shown() {
    for (key, value) in [
        ("s3.accessKey", "AKIAIOSFODNN7EXAMPLE"),
        ("s3.accessKey", "minio-user"),
        ("s3.endpoint", "https://s3.example.org:9000"),
        ("bucket.size.key", "2"),
        ("auth.server.tokenName", "token"),
        ("auth.server.keycloak.host", "http://keycloak:8080"),
        ("auth.server.url", "https://ego.example.org/o/check_token/"),
        ("server.ssl.key-store", "/etc/score/keys.p12"),
        ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
        ("upload.clean.cron", "0 0 0 * * ?"),
        ("metadata.url", "http://song:8080"),
        ("my.mail", "a@b.example.org"),
        ("git.commit", "0123456789abcdef0123456789abcdef01234567"),
    ] {
        assert_eq!(shown_value(key, &Secret::new(value)).as_deref(), Some(value), "{key}");
    }
    for text in [
        "The Bearer token is missing.",
        "Basic authentication is off.",
        "The secret key has 40 characters.",
        "http://minio:9000 answers, and http://[::1]:9000 does not.",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn names_and_values_cannot_act_on_the_terminal_and_are_exact_in_json() {
    let root = TempDir::new().unwrap();
    let folder = root.path().join("a\u{1b}[31m\u{202e}b");
    fs::create_dir_all(&folder).unwrap();
    let odd = "x\u{1b}]0;t\u{7}\u{9b}2J\u{202e}\u{200b}y";
    let compose = format!(
        "services:\n  \"score-server{odd}\":\n    environment:\n      SPRING_PROFILES_ACTIVE: \"{odd}\"\n      BUCKET_NAME_OBJECT: \"{odd}\"\n"
    );
    let escaped: String = compose
        .chars()
        .map(|letter| {
            if letter.is_ascii_graphic() || " \n".contains(letter) {
                letter.to_string()
            } else {
                format!("\\u{:04x}", u32::from(letter))
            }
        })
        .collect();
    fs::write(folder.join("compose.yml"), escaped).unwrap();
    let properties = folder.join("application.properties");
    fs::write(
        &properties,
        "s3.endpoint=http://h\nspring.profiles.active=x\\u001b[31m\nodd\\u001b\\u202e=\\u0007\\u009b\n",
    )
    .unwrap();
    let hidden = |text: &str| text.chars().find(|letter| *letter != '\n' && score_setup::text::is_hidden(*letter));
    for name in ["compose.yml", "application.properties", "absent.properties", "absent"] {
        let path = folder.join(name);
        let path = path.to_str().unwrap();
        for arguments in [
            &["show", path][..],
            &["lint", path],
            &["report", "--no-check", path],
            &["show", "--json", path],
            &["lint", "--json", path],
        ] {
            let output = run(root.path(), arguments);
            assert_eq!(hidden(&said(&output)), None, "{arguments:?}: {:?}", said(&output));
        }
    }
    let output = run(root.path(), &["show", "--json", folder.join("compose.yml").to_str().unwrap()]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let values = document["deployments"][0]["values"].as_array().unwrap();
    assert!(values.iter().any(|value| value["value"] == odd), "{document}");
}

proptest! {
    #[test]
    fn a_name_with_the_word_of_a_secret_is_hidden_unless_it_is_harmless(
        before in "[a-z._-]{0,8}", word in "secret|pass|token|key", after in "[a-z._-]{0,8}",
    ) {
        let name = format!("{before}{word}{after}");
        let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let known = score_setup::score::SETTINGS.iter().any(|setting| {
            setting.key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().eq_ignore_ascii_case(&plain)
        });
        let harmless = known || HARMLESS.iter().any(|word| plain.contains(word));
        prop_assert!(harmless || is_secret_name(&name), "{}", name);
        prop_assert!(harmless || shown_value(&name, &Secret::new("x")).is_none(), "{}", name);
    }

    #[test]
    fn any_text_is_masked_in_time_and_twice_is_the_same(text in "([a-z=:/@\"' ._-]|://|key=|sig=|eyJ|Bearer |-----BEGIN PRIVATE KEY-----|é|\n){0,60}") {
        let once = masked(&text);
        prop_assert!(once.len() <= text.len() + 24 * (text.len() + 1));
        let _ = shown_value("a", &Secret::new(text.as_str()));
        let _ = Diff::new(b"", text.as_bytes());
    }
}

/// Also ends in time: no shape is searched for again from each place.
#[test]
fn a_megabyte_of_any_shape_is_masked_in_time() {
    for piece in [
        "://",
        "://a@",
        "key=",
        "\"key\":",
        ":",
        "a=",
        "eyJ.",
        "Bearer ",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN X-----",
        " =",
        "key:\"",
        "aB3",
    ] {
        let text = piece.repeat((1 << 20) / piece.len());
        let began = std::time::Instant::now();
        let _ = masked(&text);
        let _ = shown_value("a", &Secret::new(text.as_str()));
        let _ = Diff::new(b"", text.as_bytes());
        assert!(began.elapsed().as_secs() < 60, "{piece}: {:?}", began.elapsed());
    }
}
