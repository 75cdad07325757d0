//! Tests the three sources of keys for tokens under the profile `secure`: key set, issuer, public key. Each may come from
//! any source of Spring, in any of its spellings. Observed on Score 5.11.0: with a key set or an issuer it starts, even if
//! the location of the public key is absent, empty, or the jar's own.

use std::{fs, path::Path};

use score_setup::{
    effects,
    install::{lint::lint, recognise::launch},
    score::{Release, Severity},
};

const JWT: &str = "spring.security.oauth2.resourceserver.jwt.";
const LOCATION: &str = "spring.security.oauth2.resourceserver.jwt.public-key-location";

/// Writes a complete deployment for one way to set the key, and returns the path to open.
type Way = fn(&Path, &str, &[(&str, &str)]) -> &'static str;

fn properties(release: &str) -> String {
    let text = include_str!("cases/lint/base-s3.properties");
    let family = if release == "5.12.0" { "s3" } else { "collaboratory" };
    let lines = text.lines().filter(|line| !line.starts_with(JWT));
    lines.collect::<Vec<_>>().join("\n").replace("FAMILY", family) + "\n"
}

fn profiles(release: &str) -> &'static str {
    if release == "5.12.0" { "s3,secure" } else { "collaboratory,prod,secure" }
}

fn wrapper(folder: &Path, release: &str, more: &str) -> &'static str {
    let conf = folder.join("conf");
    fs::create_dir_all(&conf).unwrap();
    let text = format!(
        "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
         wrapper.app.parameter.2=--spring.config.location=../conf/\n\
         wrapper.app.parameter.3=--spring.profiles.active={}\n{more}",
        profiles(release)
    );
    fs::write(conf.join("wrapper.conf"), text).unwrap();
    fs::write(conf.join("bootstrap.properties"), "spring.cloud.vault.enabled=false\n").unwrap();
    fs::write(conf.join("application.properties"), properties(release)).unwrap();
    "conf"
}

/// Returns the lines of a container's variables, with the usual name of each key.
fn variables(release: &str) -> Vec<(String, String)> {
    let text = properties(release);
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let variable = |key: &str| key.replace('-', "").replace('.', "_").to_uppercase();
    let mut all: Vec<_> = pairs.map(|(key, value)| (variable(key), value.to_owned())).collect();
    all.push(("SPRING_PROFILES_ACTIVE".to_owned(), profiles(release).to_owned()));
    all
}

fn env_file(folder: &Path, release: &str, more: &[(String, String)]) -> &'static str {
    let all = variables(release).into_iter().chain(more.iter().cloned());
    let text = all.map(|(name, value)| format!("{name}={value}\n")).collect::<Vec<_>>().concat();
    fs::write(folder.join("score.env"), text).unwrap();
    "score.env"
}

fn compose(folder: &Path, release: &str, more: &[(String, String)], command: &[String]) -> &'static str {
    let all = variables(release).into_iter().chain(more.iter().cloned());
    let lines = all.map(|(name, value)| format!("      {name}: '{value}'\n")).collect::<Vec<_>>().concat();
    let command = if command.is_empty() { String::new() } else { format!("    command: {command:?}\n") };
    let text = format!("services:\n  score:\n    image: x/score-server:{release}\n    environment:\n{lines}{command}");
    fs::write(folder.join("compose.yml"), text).unwrap();
    "compose.yml"
}

/// Appends the keys to the properties file, in a spelling of their last part.
fn in_file(folder: &Path, release: &str, keys: &[(&str, &str)], spell: fn(&str) -> String) -> &'static str {
    let opened = wrapper(folder, release, "");
    let lines = keys.iter().map(|(key, value)| format!("{JWT}{}={value}\n", spell(key))).collect::<Vec<_>>().concat();
    fs::write(folder.join("conf/application.properties"), properties(release) + &lines).unwrap();
    opened
}

fn named(keys: &[(&str, &str)], name: fn(&str) -> String) -> Vec<(String, String)> {
    keys.iter().map(|(key, value)| (name(key), (*value).to_owned())).collect()
}

fn short(key: &str) -> String {
    format!("SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_{}", key.replace('-', "").to_uppercase())
}

fn long(key: &str) -> String {
    format!("SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_{}", key.replace('-', "_").to_uppercase())
}

fn camel(key: &str) -> String {
    let mut parts = key.split('-');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
}

const WAYS: &[(&str, Way)] = &[
    ("a file", |folder, release, keys| in_file(folder, release, keys, str::to_owned)),
    ("a file, in camel case", |folder, release, keys| in_file(folder, release, keys, camel)),
    ("a file, in upper case", |folder, release, keys| in_file(folder, release, keys, str::to_uppercase)),
    ("YAML", |folder, release, keys| {
        let opened = wrapper(folder, release, "");
        let head = "spring:\n  security:\n    oauth2:\n      resourceserver:\n        jwt:\n";
        let lines =
            keys.iter().map(|(key, value)| format!("          {key}: '{value}'\n")).collect::<Vec<_>>().concat();
        fs::write(folder.join("conf/application.yml"), format!("{head}{lines}")).unwrap();
        opened
    }),
    ("an argument in wrapper.conf", |folder, release, keys| {
        let lines = keys.iter().enumerate();
        let lines = lines.map(|(at, (key, value))| format!("wrapper.app.parameter.{}=--{JWT}{key}={value}\n", at + 4));
        wrapper(folder, release, &lines.collect::<Vec<_>>().concat())
    }),
    ("a property of Java in wrapper.conf", |folder, release, keys| {
        let lines = keys.iter().enumerate();
        let lines =
            lines.map(|(at, (key, value))| format!("wrapper.java.additional.{}=-D{JWT}{key}={value}\n", at + 1));
        wrapper(folder, release, &lines.collect::<Vec<_>>().concat())
    }),
    ("an env file", |folder, release, keys| env_file(folder, release, &named(keys, short))),
    ("an env file, with underscores", |folder, release, keys| env_file(folder, release, &named(keys, long))),
    ("a compose file", |folder, release, keys| compose(folder, release, &named(keys, long), &[])),
    ("a command in a compose file", |folder, release, keys| {
        let arguments = keys.iter().map(|(key, value)| format!("--{JWT}{key}={value}"));
        let location = "--spring.config.location=classpath:/application.yml,classpath:/bootstrap.properties";
        let words = ["java", "-jar", "score-server.jar", location].map(str::to_owned).into_iter().chain(arguments);
        compose(folder, release, &[], &words.collect::<Vec<_>>())
    }),
    ("JSON in a variable", |folder, release, keys| {
        let members = keys.iter().map(|(key, value)| format!("\"{JWT}{key}\":\"{value}\"")).collect::<Vec<_>>();
        let json = format!("{{{}}}", members.join(","));
        compose(folder, release, &[("SPRING_APPLICATION_JSON".to_owned(), json)], &[])
    }),
];

/// Returns the failures that name a setting of tokens.
fn told(way: Way, release: &str, keys: &[(&str, &str)]) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    let opened = way(root.path(), release, keys);
    let deployment = effects::load(&root.path().join(opened)).unwrap();
    let release: Release = release.parse().unwrap();
    let found = lint(&deployment, &launch(&deployment, Some(release)), None).into_iter();
    let failures = found.filter(|finding| finding.severity > Severity::Note);
    failures.map(|finding| format!("{} {:?} {}", finding.id, finding.severity, finding.settings.join(" "))).collect()
}

#[test]
fn a_key_set_or_an_issuer_makes_the_public_key_needless() {
    for release in ["5.11.0", "5.12.0"] {
        for (name, way) in WAYS {
            for source in ["jwk-set-uri", "issuer-uri"] {
                for location in [&[][..], &[("public-key-location", "")]] {
                    let keys: Vec<_> =
                        [(source, "https://keys.example.org/x")].iter().chain(location).copied().collect();
                    assert_eq!(told(*way, release, &keys), Vec::<String>::new(), "{release}, {name}: {keys:?}");
                }
            }
        }
    }
}

#[test]
fn without_them_the_public_key_is_needed() {
    let start = |id: &str| vec![format!("{id} Start {LOCATION} {JWT}jwk-set-uri {JWT}issuer-uri")];
    for (name, way) in WAYS {
        // In a container, the jar names a public key of its own.
        let in_container = !["a file", "YAML", "an argument", "a property"].iter().any(|one| name.starts_with(one));
        let absent = if in_container { vec![format!("T-45 Start {LOCATION}")] } else { start("T-43") };
        assert_eq!(told(*way, "5.11.0", &[]), absent, "{name}");
        assert_eq!(told(*way, "5.11.0", &[("issuer-uri", "")]), absent, "{name}");
        assert_eq!(told(*way, "5.11.0", &[("public-key-location", "")]), start("T-43"), "{name}");
        assert_eq!(told(*way, "5.11.0", &[("public-key-location", "https://x.example.org/key")]), Vec::<String>::new());
    }
}

#[test]
fn an_empty_key_set_stops_the_start() {
    for (name, way) in WAYS {
        let keys = [("jwk-set-uri", ""), ("public-key-location", "https://x.example.org/key")];
        assert_eq!(told(*way, "5.11.0", &keys), [format!("T-43 Start {JWT}jwk-set-uri")], "{name}");
    }
}
