//! Tests `cases/lint/<name>.case`: a deployment with faults, the findings of lint, and the lines that the fixes change.
//! The last part has the answers that only the operator can give, after which only notes are left.
//! `cases/lint/refused/` contains the cases that no fix and no answer makes right.
//!
//! ```text
//! release 5.11
//! base s3                        the complete file and companions; none: empty
//! --- application.properties     changes of the base: key=… in its place, -key removed, others appended; without a
//!                                base: the file
//! --- wrapper.conf, bootstrap.properties, application-NAME.properties, environment: whole
//! --- answers                    the answers of the operator
//! === found                      severity, id, line, keys; a * if it is fixed
//! === fixed                     lines that went and came
//! ```

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use proptest::prelude::*;
use score_setup::{
    forms::{
        self, Base, Environment, EnvironmentOrigin, Reading, Source, Variable,
        container::{FormFault, ObjectFault},
    },
    install::{
        deployment::{Deployment, Launch, Launcher, PortHolder, ProfileFile, Server},
        lint::{FileFinding, fix, fix_all, fix_form, lint},
        spring::View,
    },
    score::{Id, Release, SETTINGS, Setting, Severity, Spelling},
    text::properties::Document,
};

use crate::{accepted, docs};

const S3: &str = include_str!("cases/lint/base-s3.properties");
const AZURE: &str = include_str!("cases/lint/base-azure.properties");

struct Case {
    path: PathBuf,
    input: String,
    release: Release,
    start: Launcher,
    deployment: Deployment,
    answers: Vec<(String, String)>,
}

fn cases(folder: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/cases/lint").join(folder);
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension() == Some("case".as_ref())).collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| Case::read(path)).collect()
}

/// Returns the fault of settings that are mounted at a path, and not read.
fn mounted(path: &str) -> FormFault {
    FormFault { fault: ObjectFault::Ignored(path.to_owned()), line: None, object: String::new() }
}

impl Case {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let (input, _) = text.split_once("=== found\n").unwrap_or((&text, ""));
        let mut parts = input.split("--- ");
        let head = parts.next().unwrap();
        let told = |word: &str| head.lines().find_map(|line| line.strip_prefix(word)).map(str::trim);
        let release: Release = told("release ").unwrap().parse().unwrap();
        let start =
            Launcher::ALL.into_iter().find(|start| Some(start.name()) == told("start ")).unwrap_or(Launcher::Wrapper);
        let base = told("base ");
        let conf = PathBuf::from("conf");
        let file = |name: &str, text: String| Base {
            path: conf.join(name),
            bytes: Some(text.into_bytes()),
            notes: Vec::new(),
        };
        let mut deployment = Deployment::of_file(Base::absent(conf.join("application.properties")));
        deployment.port_holder =
            told("listener ").and_then(|told| told.split_once(' ')).map(|(port, name)| PortHolder {
                port: port.parse().unwrap(),
                server: match name {
                    "score" => Server::Score(77),
                    "unknown" => Server::Unknown,
                    name => Server::Other { name: name.to_owned(), process: 77 },
                },
            });
        let complete = base.map(|base| complete(base, release));
        if let (Some(text), Launcher::Wrapper) = (&complete, start) {
            let profiles = match (base, release) {
                (Some("azure"), _) => "prod,azure,secure",
                (_, Release::R5_9) => "default,prod,secure",
                (_, Release::R5_12) => "s3,secure",
                _ => "collaboratory,prod,secure",
            };
            deployment.application = file("application.properties", text.clone());
            deployment.wrapper = file("wrapper.conf", wrapper(profiles));
            deployment.bootstrap = file("bootstrap.properties", "spring.cloud.vault.enabled=false\n".to_owned());
        }
        let mut answers = Vec::new();
        for part in parts {
            let (name, body) = part.split_once('\n').unwrap();
            match name.trim() {
                "application.properties" => {
                    let text = complete.as_ref().map_or_else(|| body.to_owned(), |text| changed(text, body));
                    deployment.application = file("application.properties", text);
                }
                "environment" => {
                    let variables = body.lines().enumerate().filter_map(|(at, line)| {
                        let (name, value) = line.split_once('=')?;
                        Some(Variable {
                            name: name.to_owned(),
                            value: value.into(),
                            file: None,
                            line: Some(at + 1),
                            object: None,
                            changed: None,
                        })
                    });
                    let origin = EnvironmentOrigin::File(Base::absent(conf.join("score.env")));
                    deployment.environment = Some(Environment { origin, variables: variables.collect() });
                }
                name @ ("compose.yml" | "deployment.yaml") => {
                    let path = conf.join(name);
                    let source = Source { path: &path, bytes: body.as_bytes(), open: &|_| None };
                    let reading = forms::recognise(&source).unwrap().reading(&source).unwrap();
                    let Reading::Container { container, origin } = reading else { panic!("{body}") };
                    deployment.environment = Some(Environment { origin, variables: container.variables });
                    deployment.unread = container.unread;
                    deployment.faults.extend(container.faults);
                }
                "mounted" => deployment.faults.push(mounted(body.trim())),
                "answers" => {
                    answers = body
                        .lines()
                        .filter_map(|line| line.split_once('='))
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .collect();
                }
                "wrapper.conf" => {
                    let text =
                        body.strip_prefix("profiles ").map_or_else(|| body.to_owned(), |names| wrapper(names.trim()));
                    deployment.wrapper = if body.trim() == "none" {
                        Base::absent(conf.join("wrapper.conf"))
                    } else {
                        file("wrapper.conf", text)
                    };
                }
                "bootstrap.properties" if body.trim() == "none" => {
                    deployment.bootstrap = Base::absent(conf.join("bootstrap.properties"));
                }
                "bootstrap.properties" => deployment.bootstrap = file("bootstrap.properties", body.to_owned()),
                name => {
                    let profile = name.trim_start_matches("application-").trim_end_matches(".properties").to_owned();
                    deployment.profile_files.push(ProfileFile { profile, base: file(name, body.to_owned()) });
                }
            }
        }
        Self { path: path.to_owned(), input: input.to_owned(), release, start, deployment, answers }
    }

    fn stand(&self, deployment: &Deployment) -> Launch {
        Launch::of(deployment, self.release, self.start)
    }

    fn outcome(&self) -> (String, Deployment, Vec<FileFinding>) {
        let found = lint(&self.deployment, &self.stand(&self.deployment), None);
        let (fixed, left) = fix_all(&self.deployment, &self.stand(&self.deployment), None, &|_| true);
        let mut told = String::new();
        for finding in &found {
            told += &line(finding);
        }
        told += "=== fixed\n";
        told += &differences(&self.deployment, &fixed);
        (told, fixed, left)
    }

    fn holds(&self, told: &str) {
        accepted::compare(&self.path, &format!("{}=== found\n{told}", self.input));
    }
}

fn line(finding: &FileFinding) -> String {
    let at = finding.line.map_or_else(String::new, |line| format!(":{line}"));
    let file = finding.file.file_name().unwrap().to_str().unwrap();
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let fixed = if finding.edits.is_empty() { "" } else { " *" };
    format!("{severity} {} {file}{at} {}{fixed}\n", finding.id, finding.settings.join(" "))
}

/// Returns the removed and added lines of each file that changed.
fn differences(before: &Deployment, after: &Deployment) -> String {
    let files = |deployment: &Deployment| {
        let own = [&deployment.application, &deployment.bootstrap, &deployment.wrapper].map(Clone::clone);
        own.into_iter().chain(deployment.profile_files.iter().map(|file| file.base.clone())).collect::<Vec<_>>()
    };
    let mut told = String::new();
    for (before, after) in files(before).into_iter().zip(files(after)) {
        if before.bytes == after.bytes {
            continue;
        }
        let lines = |base: &Base| {
            let bytes = base.bytes.clone().unwrap_or_default();
            bytes
                .split_inclusive(|byte| *byte == b'\n')
                .map(|line| line.escape_ascii().to_string())
                .map(|line| {
                    line.trim_end_matches("\\n").replace("\\\\", "\\").replace("\\\"", "\"").replace("\\'", "'")
                })
                .collect::<Vec<_>>()
        };
        let (old, new) = (lines(&before), lines(&after));
        writeln!(told, "{}", after.path.file_name().unwrap().to_str().unwrap()).unwrap();
        for line in old.iter().filter(|line| !new.contains(line)) {
            writeln!(told, "- {line}").unwrap();
        }
        for line in new.iter().filter(|line| !old.contains(line)) {
            writeln!(told, "+ {line}").unwrap();
        }
    }
    told
}

fn wrapper(profiles: &str) -> String {
    format!(
        "wrapper.java.command=java\n\
         wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
         wrapper.app.parameter.2=--spring.config.location=../conf/\n\
         wrapper.app.parameter.3=--server.ssl.key-store=../cert/service.jks\n\
         wrapper.app.parameter.4=--logging.config=../conf/logback.xml\n\
         wrapper.app.parameter.5=--spring.profiles.active={profiles}\n"
    )
}

fn complete(base: &str, release: Release) -> String {
    let text = if base == "azure" { AZURE } else { S3 };
    let family = if release == Release::R5_12 { "s3" } else { "collaboratory" };
    let text = text.replace("FAMILY", family);
    let mut dead = Vec::new();
    if release < Release::R5_11 {
        dead.extend(["spring.", "auth.server.clientID", "auth.server.provider", "auth.server.keycloak"]);
    }
    if release < Release::R5_10 {
        dead.push("server.cors.");
    }
    let mut lines: Vec<&str> = text.lines().filter(|line| !dead.iter().any(|start| line.starts_with(start))).collect();
    if release < Release::R5_11 {
        lines.push("auth.server.clientId=score");
    }
    lines.join("\n") + "\n"
}

fn changed(text: &str, changes: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut first = None;
    for change in changes.lines() {
        if let Some(key) = change.strip_prefix('-') {
            lines.retain(|line| line.split('=').next() != Some(key));
        } else if let Some(key) = change.strip_prefix("mark ") {
            first = lines.iter().position(|line| line.starts_with(key));
        } else {
            let key = change.split('=').next().unwrap();
            match lines.iter_mut().find(|line| line.split('=').next() == Some(key)) {
                Some(line) => change.clone_into(line),
                None => lines.push(change.to_owned()),
            }
        }
    }
    if let Some(first) = first {
        let line = lines.remove(first);
        lines.insert(0, format!("\u{feff}{line}"));
    }
    lines.join("\n") + "\n"
}

fn answered(deployment: &Deployment, answers: &[(String, String)]) -> Deployment {
    let mut answered = deployment.clone();
    let bytes = answered.application.bytes.clone().unwrap_or_default();
    let mut document = Document::parse(&bytes).unwrap();
    for (key, value) in answers {
        let spelling = SETTINGS.iter().find(|setting| setting.is(key)).map_or(Spelling::Relaxed, Setting::spelling);
        document.set(key, spelling, value);
    }
    answered.application.bytes = Some(document.to_bytes());
    answered
}

fn failures(findings: &[FileFinding]) -> Vec<String> {
    findings.iter().filter(|finding| finding.severity > Severity::Note).map(line).collect()
}

#[test]
fn every_case_is_found_mended_and_then_right() {
    for case in cases("") {
        let (told, fixed, left) = case.outcome();
        case.holds(&told);
        assert_eq!(fix(&fixed, &left), fixed, "{}: mending again changes something", case.path.display());
        let right = answered(&fixed, &case.answers);
        let (right, left) = fix_all(&right, &case.stand(&right), None, &|_| true);
        assert_eq!(failures(&left), Vec::<String>::new(), "{} is not right after all", case.path.display());
        assert_eq!(fix(&right, &left), right, "{}", case.path.display());
    }
}

#[test]
fn every_refused_case_is_told_and_stays_wrong() {
    for case in cases("refused") {
        let (told, fixed, left) = case.outcome();
        case.holds(&told);
        let left = failures(&lint(&answered(&fixed, &case.answers), &case.stand(&fixed), None)).is_empty()
            || failures(&left).is_empty();
        assert!(!left, "{} is right after all", case.path.display());
    }
}

#[test]
fn every_finding_of_lint_is_shown_by_a_case() {
    let all = cases("").into_iter().chain(cases("refused"));
    let found: Vec<Id> = all
        .flat_map(|case| lint(&case.deployment, &case.stand(&case.deployment), None))
        .map(|finding| finding.id)
        .collect();
    // The mode of a file is not part of a case.
    let lacks = |id: &Id| *id != Id::T59 && !found.contains(id);
    let unshown: Vec<Id> = docs::ids_in("src/install/lint").into_iter().filter(lacks).collect();
    assert_eq!(unshown, [], "no case shows these");
}

#[test]
fn no_secret_is_in_any_word_of_a_finding() {
    let text = S3.replace("FAMILY", "collaboratory").replace("wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY", "CANARY");
    for secret in [
        "\"CANARY\"",
        "CANARY # old",
        "CANARY ",
        "CA\\dNARY",
        "<CANARY>",
        "x${CANARY}y",
        "AKIACANARYCANARYCANA",
        "CANARY\\\n s3.endpoint=CANARY",
    ] {
        let text = text.replace("CANARY", secret);
        let mut deployment = Deployment::of_file(Base::absent("application.properties".into()));
        deployment.application.bytes = Some(text.into_bytes());
        for finding in lint(
            &deployment,
            &Launch { release: Release::R5_11, start: Launcher::Wrapper, profiles: vec!["collaboratory".into()] },
            None,
        ) {
            // The name of a placeholder is not secret; the text around it is.
            let words = format!("{finding:?}").replace("${CANARY}", "");
            assert!(!words.contains("CANARY"), "{words}");
        }
    }
}

/// Returns the failures and notes about the endpoint.
fn about_endpoint(endpoint: &str) -> Vec<String> {
    let text = changed(&complete("s3", Release::R5_11), &format!("s3.endpoint={endpoint}"));
    let mut deployment = Deployment::of_file(Base::absent("application.properties".into()));
    deployment.application.bytes = Some(text.into_bytes());
    let profiles = ["collaboratory", "prod", "secure"].map(str::to_owned).to_vec();
    let launch = Launch { release: Release::R5_11, start: Launcher::Wrapper, profiles };
    let found = lint(&deployment, &launch, None).into_iter();
    let found = found.filter(|finding| finding.settings.iter().any(|key| key == "s3.endpoint"));
    found.map(|finding| format!("{:?} {}", finding.severity, finding.id).to_lowercase()).collect()
}

#[test]
fn an_endpoint_that_cannot_work_is_a_failure() {
    for (endpoint, expected) in [
        ("https://s3.eu-central-1.amazonaws.com", &[][..]),
        ("https://vpce-1a2b.s3.us-east-1.vpce.amazonaws.com", &["ping p110"]),
        ("https://bucket.s3-accelerate.amazonaws.com", &["ping p110"]),
        ("https://ap-1.s3-accesspoint.us-east-1.amazonaws.com", &["ping p110"]),
        ("https://b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", &["ping p110"]),
        ("https://files.s3.eu-central-1.amazonaws.com", &["ping p26"]),
        ("https://files.fra1.digitaloceanspaces.com", &["ping p26"]),
        ("https://files.s3.fr-par.scw.cloud", &["ping p26"]),
        ("https://swift.example.org/v1/AUTH_score", &["ping p27"]),
        ("https://s3.console.aws.amazon.com/s3/buckets", &["ping p19"]),
        ("https://cloud.digitalocean.com", &["ping p19"]),
        ("https://oss-eu-central-1.aliyuncs.com", &["ping p111"]),
        ("https://cos.eu-frankfurt.myqcloud.com", &["ping p111"]),
        ("https://0123456789abcdef.r2.cloudflarestorage.com", &["transfer p110"]),
        ("http://minio.score.svc:9000", &["note p31"]),
        ("http://minio.score.svc.cluster.local:9000", &["note p31"]),
        ("https://objects.example.org/prefix", &["note p27"]),
    ] {
        assert_eq!(about_endpoint(endpoint), expected, "{endpoint}");
    }
}

/// Returns the effective values of the chosen settings.
fn effective(deployment: &Deployment, launch: &Launch, chosen: fn(&Setting) -> bool) -> Vec<Option<String>> {
    let view = View::of(deployment, launch);
    let settings = SETTINGS.iter().filter(|setting| setting.known_to(launch.release) && chosen(setting));
    let value = |setting: &Setting| view.value(setting.name(launch.release), setting.spelling());
    settings.map(|setting| value(setting).map(|seen| seen.value.for_file().to_owned())).collect()
}

#[test]
fn the_form_is_fixed_and_nothing_that_decides_where_files_are() {
    let lines = [
        "s3.endpoint=\"http://minio.example.org:9000\"",
        "s3.accessKey=\"scoreuser\"",
        "s3.secretKey=\"wJalrXUtnFEMI\"",
        "bucket.name.object=\"score-object\"",
        "collaboratory.data.directory=data ",
        "object.sentinel=heliograph # the sample",
        "upload.partsize=\"20971520\"",
        "upload.connectionltimeout=15000",
        "metadata.url=https://song.example.org/ ",
        "s3.secretkee=other",
        "server.cors.allowedorigins=*",
        "upload.clean.cron=0 0 0 * *",
    ];
    let mut deployment = Deployment::of_file(Base::absent("application.properties".into()));
    deployment.application.bytes = Some(format!("\u{feff}# ours\n{}\n", lines.join("\n")).into_bytes());
    let launch = Launch { release: Release::R5_11, start: Launcher::Wrapper, profiles: vec!["collaboratory".into()] };
    let fixed = fix_form(&deployment, std::slice::from_ref(&launch));
    let text = String::from_utf8(fixed.application.bytes.unwrap()).unwrap();
    let expected = [
        "# ours",
        lines[0],
        "s3.accessKey=scoreuser",
        lines[2],
        lines[3],
        lines[4],
        "object.sentinel=heliograph",
        "upload.partsize=20971520",
        "upload.connection.timeout=15000",
        // The slash is a part of the URL, and not of its form.
        "metadata.url=https://song.example.org/",
        lines[9],
        "server.cors.allowedOrigins=*",
        lines[11],
    ];
    assert_eq!(text.lines().collect::<Vec<_>>(), expected);
}

const NAMES: &[&str] = &[
    "s3.endpoint",
    "s3.accessKey",
    "s3.access-key",
    "S3.ACCESSKEY",
    "s3.secretKey",
    "s3.secretkey",
    "bucket.name.object",
    "BUCKET.NAME.OBJECT",
    "bucket.name.state",
    "bucket.policy.downolad",
    "upload.connectionltimeout",
    "upload.connection.timeout",
    "upload.partsize",
    "upload.part-size",
    "UPLOAD_PARTSIZE",
    "object.sentinel",
    "s3.data.directory",
    "collaboratory.data.directory",
    "upload.clean.cron",
    "upload.clean.enabled",
    "server.cors.allowedOrigins",
    "server.cors.allowedorigins",
    "auth.server.clientId",
    "auth.server.clientID",
    "metadata.url",
    "download.partsize",
    "other.key",
    "s3.presignedurl.override.host",
];
const VALUES: &[&str] = &[
    "\"heliograph\"",
    "heliograph",
    "x # y",
    "score-state:",
    "score-object ",
    "http://h:9000/",
    "\"http://h:9000/\" # z",
    "20971520",
    "1.5e+09",
    "64MiB",
    "0 0 * * *",
    "@daily",
    "no",
    "true",
    "\\u00e9",
    "é",
    "a\\b",
    "",
    "${nope}",
    "${HOME}",
    "<bucket>",
    "a\\\n  b",
    "abc",
];

fn file() -> impl Strategy<Value = String> {
    let pair = (proptest::sample::select(NAMES), proptest::sample::select(VALUES))
        .prop_map(|(name, value)| format!("{name}={value}\n"));
    let odd = proptest::sample::select(
        &["# comment\n", "#---\n", "\n", "! note\n", "s3:\n  endpoint: http://y\n  accessKey: k\n", "#s3.endpoint=\n"]
            [..],
    )
    .prop_map(str::to_owned);
    let mark = proptest::sample::select(&["", "", "\u{feff}"][..]);
    let lines = proptest::collection::vec(prop_oneof![4 => pair, 1 => odd], 0..12);
    (mark, lines).prop_map(|(mark, lines)| format!("{mark}{}", lines.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Compares the values as Spring reads them, in every release.
    #[test]
    fn a_repair_changes_no_key_that_it_does_not_name(text in file(), chosen in proptest::collection::vec(any::<bool>(), 64)) {
        let mut deployment = Deployment::of_file(Base::absent("conf/application.properties".into()));
        deployment.application.bytes = Some(text.clone().into_bytes());
        let stand = |release| Launch { release, start: Launcher::Wrapper, profiles: Vec::new() };
        for release in Release::ALL {
            let found = lint(&deployment, &stand(release), None);
            let some: Vec<FileFinding> = found.into_iter().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(finding, _)| finding).collect();
            let fixed = fix(&deployment, &some);
            for read in Release::ALL {
                let (before, after) = (View::of(&deployment, &stand(read)), View::of(&fixed, &stand(read)));
                for setting in SETTINGS {
                    let name = setting.name(read);
                    let named = |key: &String| setting.is(key) || Spelling::Relaxed.matches(&key.encode_utf16().collect::<Vec<_>>(), name);
                    if some.iter().any(|finding| finding.settings.iter().any(named)) {
                        continue;
                    }
                    let value = |view: &View| view.value(name, setting.spelling()).map(|seen| seen.value);
                    prop_assert_eq!(value(&before), value(&after), "{} on {} and read by {}: {:?} became {:?}", name, release, read, text, fixed.application.bytes.as_deref().map(String::from_utf8_lossy));
                }
            }
        }
    }

    #[test]
    fn fixing_the_form_changes_no_guarded_value_and_ends(text in file()) {
        let mut deployment = Deployment::of_file(Base::absent("conf/application.properties".into()));
        deployment.application.bytes = Some(text.clone().into_bytes());
        let launches = Release::ALL.map(|release| Launch { release, start: Launcher::Wrapper, profiles: Vec::new() });
        for launches in [&launches[..], &launches[2..3]] {
            let fixed = fix_form(&deployment, launches);
            for launch in launches {
                let guarded = |deployment| effective(deployment, launch, Setting::guarded);
                prop_assert_eq!(guarded(&deployment), guarded(&fixed), "{:?} on {}", text, launch.release);
            }
            prop_assert_eq!(&fix_form(&fixed, launches), &fixed, "{:?}", text);
        }
    }

    #[test]
    fn mending_ends(text in file()) {
        let mut deployment = Deployment::of_file(Base::absent("conf/application.properties".into()));
        deployment.application.bytes = Some(text.clone().into_bytes());
        for release in Release::ALL {
            let stand = Launch { release, start: Launcher::Wrapper, profiles: Vec::new() };
            let (fixed, left) = fix_all(&deployment, &stand, None, &|_| true);
            prop_assert_eq!(&fix(&fixed, &left), &fixed, "{:?} on {}", text, release);
        }
    }
}
