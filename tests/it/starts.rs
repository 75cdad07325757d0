//! Compares lint with real Score. `data/starts.tsv` contains 568 starts of the server, releases 5.9.0, 5.10.1, 5.11.0
//! and 5.12.0-SNAPSHOT, in the layout of its distribution: a base configuration and one change, whether it started, the
//! answers of health, ping and the pinged URL, and the end of transfers if they were tried.
//!
//! A row that did not start, or whose clients cannot begin, has a finding of *start* or *ping* that names the
//! changed setting. A row that worked has none. `LIVE` lists what files cannot show.

use std::path::PathBuf;

use score_setup::{
    forms::{Base, Environment, EnvironmentOrigin, Variable},
    install::{
        deployment::{Deployment, Launch, Launcher},
        lint::{FileFinding, fix, fix_all, lint},
    },
    score::{Id, Severity},
};

/// The rows whose cause is in the store or in the network: these files are right for a different store.
const LIVE: &[&str] = &[
    "s3.secretKey=nope",
    "bucket.name.object=nobucket",
    "s3.preSignedUrl.override.host=http://objects.example.org",
    "env S3_ENDPOINT=http://127.0.0.1:9999",
    "s3.endpoint=127.0.0.1:9000; s3.secured=true",
];

const COMMON: &str = "\
bucket.name.object=score-object
bucket.name.state=score-state
bucket.size.pool=0
bucket.size.key=2
object.sentinel=heliograph
upload.partsize=20971520
metadata.url=http://127.0.0.1:1
auth.connection.maxRetries=5
auth.connection.initialBackoff=15000
auth.connection.multiplier=2.0
server.ssl.enabled=false
server.port=8087
";
const OF_S3: &str = "\
upload.clean.enabled=true
upload.clean.cron=0 0 0 * * ?
upload.retry.limit=5
upload.connection.timeout=15000
s3.endpoint=http://127.0.0.1:9000
s3.accessKey=adminadmin
s3.secretKey=secretsecret
s3.sigV4Enabled=true
s3.secured=false
s3.preSignedUrl.override.host=
FAMILY.data.directory=data
FAMILY.upload.directory=upload
FAMILY.upload.expiration=6
FAMILY.download.expiration=1
";
const OF_AZURE: &str = "\
upload.clean.enabled=false
azure.endpointProtocol=http
azure.accountName=wizardacct
azure.accountKey=c2NvcmUtc2V0dXAgZXhhbXBsZSBhY2NvdW50IGtleSwgNjQgYnl0ZXMgbG9uZywgbm90IGEgcmVhbCBvbmUhIQ==;BlobEndpoint=http://127.0.0.1:10000/wizardacct
bucket.policy.upload=UploadPolicy
bucket.policy.download=DownloadPolicy
FAMILY.download.expiration=1
";
const SECURE: &str = "\
auth.server.url=http://127.0.0.1:1/check
auth.server.tokenName=token
auth.server.clientSecret=clientsecret
auth.server.scope.download.system=score.READ
auth.server.scope.download.study.prefix=score.
auth.server.scope.download.study.suffix=.READ
auth.server.scope.upload.system=score.WRITE
auth.server.scope.upload.study.prefix=score.
auth.server.scope.upload.study.suffix=.WRITE
";
const SECURE_5_11: &str = "\
auth.server.clientID=score
auth.server.provider=ego
auth.server.keycloak.host=http://127.0.0.1:1
auth.server.keycloak.realm=overture
spring.security.oauth2.resourceserver.jwt.public-key-location=http://127.0.0.1:1/public_key
";

struct Row<'a> {
    release: &'a str,
    base: &'a str,
    change: &'a str,
    started: bool,
    ping: &'a str,
    pinged: &'a str,
    transfers: &'a str,
}

fn rows(text: &str) -> Vec<Row<'_>> {
    let row = |line| {
        let cells: Vec<&str> = str::split(line, '\t').collect();
        let [release, base, change, outcome, _, ping, pinged, transfers] = cells[..] else { panic!("{line}") };
        Row { release, base, change, started: outcome == "started", ping, pinged, transfers }
    };
    text.lines().skip(1).map(row).collect()
}

fn at_least(release: &str, minor: u32) -> bool {
    release.split('.').nth(1).unwrap().parse::<u32>().unwrap() >= minor
}

impl Row<'_> {
    fn changes(&self) -> impl Iterator<Item = &str> {
        self.change.split("; ").filter(|change| !change.is_empty())
    }

    fn family(&self) -> &'static str {
        if at_least(self.release, 12) { "s3" } else { "collaboratory" }
    }

    fn lines(&self) -> Vec<String> {
        let mut text = COMMON.to_owned();
        if self.base != "azure" {
            text += OF_S3;
        }
        if self.base == "azure" || self.base == "both" || self.change == "every key" {
            text += OF_AZURE;
        }
        if self.base == "secure" {
            text += SECURE;
            text += if at_least(self.release, 11) { SECURE_5_11 } else { "auth.server.clientId=score\n" };
        }
        let all = self.change == "every key";
        if all || at_least(self.release, 10) {
            text += "server.cors.allowedOrigins=http://localhost:8081\n";
        }
        if all || at_least(self.release, 11) {
            text += "spring.mvc.pathmatch.matching-strategy=ant_path_matcher\n";
        }
        let mut lines: Vec<String> = Vec::new();
        for line in text.replace("FAMILY", self.family()).lines() {
            let key = line.split('=').next().unwrap();
            lines.retain(|other| other.split('=').next() != Some(key));
            lines.push(line.to_owned());
        }
        if all || self.change == "both families" {
            for line in text.lines().filter_map(|line| line.strip_prefix("FAMILY")) {
                let other = if self.family() == "s3" { "collaboratory" } else { "s3" };
                lines.push(format!("{other}{line}"));
            }
        }
        lines
    }

    /// Returns the profiles, if they are the subject or the base of the row.
    fn profiles(&self) -> String {
        let storage = match self.base {
            "azure" => "prod,azure",
            _ if at_least(self.release, 12) => "s3",
            _ if at_least(self.release, 10) => "collaboratory,prod",
            _ => "default,prod",
        };
        let named = self.changes().find_map(|change| change.strip_prefix("profiles=").map(str::to_owned));
        named.unwrap_or_else(|| if self.base == "secure" { format!("{storage},secure") } else { storage.to_owned() })
    }

    fn deployment(&self) -> (Deployment, Launch) {
        let mut lines = self.lines();
        let set = |lines: &mut Vec<String>, key: &str, line: Option<String>| {
            let at = lines.iter().position(|other| other.split('=').next() == Some(key));
            match (at, line) {
                (Some(at), Some(line)) => lines[at] = line,
                (Some(at), None) => drop(lines.remove(at)),
                (None, Some(line)) => lines.push(line),
                (None, None) => {}
            }
        };
        let (mut start, mut bootstrap, mut end, mut mark) = (Launcher::Wrapper, true, "\n", false);
        let mut variables: Vec<(String, String)> = Vec::new();
        for change in self.changes() {
            if let Some(key) = change.strip_prefix("- ") {
                set(&mut lines, key, None);
            } else if let Some(variable) = change.strip_prefix("env ") {
                let (name, value) = variable.split_once('=').unwrap();
                variables.retain(|(other, _)| other != name);
                variables.push((name.to_owned(), value.to_owned()));
            } else if let Some(variable) = change.strip_prefix("only env ") {
                let (name, value) = variable.split_once('=').unwrap();
                variables =
                    vec![(name.to_owned(), value.to_owned()), ("SPRING_PROFILES_ACTIVE".to_owned(), self.profiles())];
            } else if let Some(name) = change.strip_prefix("no env ") {
                variables.retain(|(other, _)| other != name);
            } else if let Some(line) = change.strip_prefix("line ") {
                lines.push(line.to_owned());
            } else if let Some(key) = change.strip_prefix("mark ") {
                let at = lines.iter().position(|line| line.starts_with(key)).unwrap();
                let line = lines.remove(at);
                lines.insert(0, line);
                mark = true;
            } else if let Some(names) = change.strip_prefix("rename ") {
                let (from, to) = names.split_once(' ').unwrap();
                let line = lines.iter_mut().find(|line| line.starts_with(from)).unwrap();
                *line = line.replacen(from, to, 1);
            } else if change == "docker" {
                start = Launcher::Docker;
                variables = lines
                    .iter()
                    .map(|line| line.split_once('=').unwrap())
                    .map(|(key, value)| (key.replace('-', "").replace('.', "_").to_uppercase(), value.to_owned()))
                    .chain([("SPRING_PROFILES_ACTIVE".to_owned(), self.profiles())])
                    .collect();
            } else if let Some(form) = change.strip_prefix("secret ") {
                let secret = match form {
                    "literal" => r##"x${some.unused.name:$}{HOME}y\\z"#=:! \u00e9'#{1+1}%41"##,
                    "escaped" => r##"x${HOME}y\\z"#=:! \u00e9'#{1+1}%41"##,
                    _ => "\\ secretsecret",
                };
                set(&mut lines, "s3.secretKey", Some(format!("s3.secretKey={secret}")));
            } else {
                match change {
                    "no bootstrap" => bootstrap = false,
                    "crlf" => end = "\r\n",
                    "jar" => start = Launcher::Jar,
                    "both families" | "every key" => {}
                    _ if change.starts_with("profiles=") => {}
                    _ => set(&mut lines, change.split_once('=').unwrap().0, Some(change.to_owned())),
                }
            }
        }
        let conf = PathBuf::from(format!("/opt/score-server-{}/conf", self.release));
        let file = |name: &str, bytes: Vec<u8>| Base { path: conf.join(name), bytes: Some(bytes), notes: Vec::new() };
        let mut text = if mark { vec![0xef, 0xbb, 0xbf] } else { Vec::new() };
        text.extend(lines.iter().flat_map(|line| format!("{line}{end}").into_bytes()));
        let mut deployment = Deployment::of_file(file("application.properties", text));
        if start == Launcher::Wrapper {
            let wrapper = format!(
                "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher\n\
                 wrapper.app.parameter.2=--spring.config.location=../conf/\n\
                 wrapper.app.parameter.3=--server.ssl.key-store=../cert/service.jks\n\
                 wrapper.app.parameter.4=--logging.config=../conf/logback.xml\n\
                 wrapper.app.parameter.5=--spring.profiles.active={}\n",
                self.profiles()
            );
            deployment.wrapper = file("wrapper.conf", wrapper.into_bytes());
            if bootstrap {
                deployment.bootstrap = file("bootstrap.properties", b"spring.cloud.vault.enabled=false\n".to_vec());
            }
        }
        if !variables.is_empty() {
            let variables = variables.iter().enumerate().map(|(at, (name, value))| Variable {
                name: name.clone(),
                value: value.as_str().into(),
                file: None,
                line: Some(at + 1),
                object: None,
                changed: None,
            });
            let origin = EnvironmentOrigin::File(Base::absent(conf.join("score.env")));
            deployment.environment = Some(Environment { origin, variables: variables.collect() });
        }
        let release = self.release.parse().unwrap();
        let mut stand = Launch::of(&deployment, release, start);
        if start == Launcher::Jar {
            stand.profiles = self.profiles().split(',').map(str::to_owned).collect();
        }
        (deployment, stand)
    }

    /// Returns the names of the cause: a finding of the cause contains one of them.
    fn named(&self) -> Vec<String> {
        let mut names = Vec::new();
        for change in self.changes() {
            let key = change.trim_start_matches("- ").trim_start_matches("no env ").trim_start_matches("env ");
            let key = key.split(['=', ' ']).next().unwrap();
            names.push(key.to_owned());
            names.extend(change.split(' ').skip(1).map(str::to_owned));
        }
        let last = names.last().cloned().unwrap_or_default();
        match last.as_str() {
            "docker" | "jar" | "METADATA_URL" | "S3_ENDPOINT" => {
                names.extend(["s3.endpoint", "metadata.url"].map(str::to_owned));
            }
            _ => {}
        }
        if self.change.contains("profiles=") {
            names.push("spring.profiles.active".to_owned());
            // The profile is active without its keys.
            names.extend(["auth.", "spring.security."].map(str::to_owned));
        }
        if self.base == "azure" || self.base == "both" {
            names.push("spring.profiles.active".to_owned());
        }
        if self.change.starts_with("secret") {
            names.push("s3.secretKey".to_owned());
        }
        if self.change.contains("env SERVER_SSL_ENABLED") {
            names.push("server.ssl.enabled".to_owned());
        }
        if self.change.contains("ADDITIONAL_LOCATION") {
            names.extend(["s3.accessKey", "s3.secretKey", "s3.endpoint", "bucket.name.object"].map(str::to_owned));
        }
        if self.change.contains("env AWS") || self.change.contains("env S3_") {
            names.extend(["s3.accessKey", "s3.secretKey", "s3.endpoint"].map(str::to_owned));
        }
        if self.change == "no bootstrap" {
            names.push("spring.cloud.vault.enabled".to_owned());
        }
        names
    }

    /// Returns the error of lint in this row, if there is one.
    fn judged(&self, found: &[FileFinding]) -> Option<String> {
        let names = self.named();
        let worst = |finding: &&FileFinding| finding.severity >= Severity::Ping;
        let about = |finding: &&FileFinding| {
            // A file that Java refuses has no key.
            finding.settings.is_empty()
                || finding
                    .settings
                    .iter()
                    .any(|key| names.iter().any(|name| key.starts_with(name.as_str()) || name == key))
        };
        let told = |findings: Vec<&FileFinding>| {
            let one = |finding: &&FileFinding| {
                format!("{} {:?} {:?} {}", finding.id, finding.severity, finding.settings, finding.summary)
            };
            findings.iter().map(one).collect::<Vec<_>>().join(" | ")
        };
        let bad: Vec<&FileFinding> = found.iter().filter(worst).collect();
        let broken = !self.started
            || (!self.ping.is_empty() && self.ping != "200")
            || (!self.pinged.is_empty() && self.pinged != "200");
        let live = LIVE.contains(&self.change);
        let severity = if self.started { Severity::Ping } else { Severity::Start };
        if broken && !live {
            if bad.is_empty() {
                return Some("nothing of start or ping".to_owned());
            }
            let wrong: Vec<&FileFinding> = bad.iter().filter(|finding| !about(finding)).copied().collect();
            if !wrong.is_empty() {
                return Some(format!("names something else: {}", told(wrong)));
            }
            if bad.iter().map(|finding| finding.severity).max() != Some(severity) {
                return Some(format!("not {severity:?}: {}", told(bad)));
            }
        }
        if !broken && !bad.is_empty() {
            return Some(format!("worked, and is told: {}", told(bad)));
        }
        let transfers: Vec<&FileFinding> =
            found.iter().filter(|finding| finding.severity == Severity::Transfer).collect();
        match self.transfers {
            "500" if !transfers.iter().any(|finding| finding.id == Id::P75) => {
                Some("no finding of transfer".to_owned())
            }
            "401" if !transfers.iter().any(about) => Some("no finding of transfer".to_owned()),
            "ok" if !transfers.is_empty() => Some(format!("worked, and is told: {}", told(transfers))),
            _ => None,
        }
    }
}

#[test]
fn what_lint_says_is_what_real_score_did() {
    let rows = rows(include_str!("data/starts.tsv"));
    assert_eq!(rows.len(), 568);
    let mut wrong = Vec::new();
    for row in &rows {
        let (deployment, stand) = row.deployment();
        let found = lint(&deployment, &stand, None);
        if let Some(why) = row.judged(&found) {
            wrong.push(format!("{} {} {:?}: {why}", row.release, row.base, row.change));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn mending_twice_changes_nothing_and_leaves_nothing_that_could_be_mended() {
    // These two releases have everything that the others have.
    let rows = rows(include_str!("data/starts.tsv")).into_iter();
    for row in rows.filter(|row| row.release.starts_with("5.9") || row.release.starts_with("5.12")) {
        let (deployment, stand) = row.deployment();
        let (fixed, left) = fix_all(&deployment, &stand, None, &|_| true);
        assert_eq!(fix(&fixed, &left), fixed, "{} {}", row.release, row.change);
        let again: Vec<Id> = left
            .iter()
            .filter(|finding| finding.severity > Severity::Note && !finding.edits.is_empty())
            .map(|finding| finding.id)
            .collect();
        assert_eq!(again, [], "{} {}", row.release, row.change);
    }
}
