//! Replaces the names of machines, buckets, accounts and people, each by the same stand-in everywhere. In doubt, a word is
//! replaced. Names of settings stay.

use std::{collections::HashMap, net::IpAddr};

use super::{
    document::ReportDocument,
    texts::{Named, Texts},
};
use crate::{
    score::{Kind, SETTINGS, key, setting},
    shell::values::ValueEntry,
};

/// Last labels of host names that no other words in a report have, in addition to all labels of two letters.
const DOMAINS: &[&str] = &[
    "cloud",
    "cluster",
    "com",
    "corp",
    "dev",
    "edu",
    "example",
    "gov",
    "home",
    "info",
    "int",
    "internal",
    "intranet",
    "lab",
    "lan",
    "local",
    "localdomain",
    "net",
    "org",
    "private",
    "svc",
    "test",
];

/// Users that exist on every machine.
const NOBODY: &[&str] = &["root", "score"];
const COMMON_FOLDERS: &[&str] = &["/etc", "/opt", "/srv", "/tmp", "/usr/local", "/usr/share", "/var/lib"];
const FILES: &[&str] = &["application.properties", "bootstrap.properties", "wrapper.conf", "localhost"];

#[derive(Default)]
struct StandIns {
    /// The names in lower case and their stand-ins, the longest first.
    known: Vec<(String, String)>,
    count: HashMap<&'static str, usize>,
}

/// Replaces the names in the whole document.
pub(super) fn hide(document: &mut ReportDocument) {
    let mut names = StandIns::of(document);
    document.texts(&mut |_, text| *text = names.hidden(text));
}

impl StandIns {
    fn of(document: &mut ReportDocument) -> Self {
        let mut names = Self::default();
        for stays in SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten() {
            names.known.push((stays.to_lowercase(), stays.to_owned()));
        }
        names.known.extend(FILES.iter().map(|file| ((*file).to_owned(), (*file).to_owned())));
        for value in &document.deployment.values {
            names.of_setting(value);
        }
        document.texts(&mut |named, text| match named {
            Named::Bucket => names.add("bucket", text),
            Named::Host => names.add("host", text),
            Named::User => names.add("user", text),
            Named::Prose => {}
        });
        for file in &document.files {
            names.of_path(&file.path);
        }
        document.texts(&mut |_, text| names.of_addresses(text));
        names
    }

    fn of_setting(&mut self, value: &ValueEntry) {
        let key = value.key.as_str();
        let texts = [Some(&value.text), value.resolved.as_ref()].into_iter().flatten();
        if value.masked {
            return;
        }
        let last = key.rsplit(['.', '_', '-']).next().unwrap_or_default().to_lowercase();
        for text in texts {
            let text = text.trim().trim_matches(['"', '\'']);
            match setting(key).map(|setting| setting.kind) {
                Some(Kind::Bucket | Kind::Container) => self.add("bucket", text),
                Some(Kind::Account) => self.add("account", text),
                _ if key == key::S3_ACCESS_KEY => self.add("account", text),
                _ if last == "bucket" || last == "container" => self.add("bucket", text),
                _ if key == key::S3_ENDPOINT
                    || last.ends_with("host")
                    || last.ends_with("hostname")
                    || last == "domain" =>
                {
                    self.add("host", host_of(text));
                }
                _ => {}
            }
        }
    }

    /// Adds the folder above the installation.
    fn of_path(&mut self, path: &str) {
        let above = |path: &str| path.rsplit_once('/').map_or(String::new(), |(above, _)| above.to_owned());
        let folder = above(path);
        let installation = folder.strip_suffix("/conf").unwrap_or(&folder);
        let around = above(installation);
        if around.matches('/').count() > 1 && !COMMON_FOLDERS.contains(&around.as_str()) {
            self.add("folder", &around);
        }
    }

    fn of_addresses(&mut self, text: &str) {
        for address in text.split("://").skip(1) {
            let end = address.find(|letter: char| "/?#\"'<>()[]{},;`".contains(letter) || letter.is_whitespace());
            self.add("host", host_of(&address[..end.unwrap_or(address.len())]));
        }
    }

    fn add(&mut self, kind: &'static str, name: &str) {
        let name = name.trim_end_matches('.').to_lowercase();
        let letters = name.chars().any(char::is_alphabetic);
        let own = name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback() || address.is_unspecified());
        let person = kind == "user" && (NOBODY.contains(&name.as_str()) || !letters);
        let open = name.is_empty() || name.contains(['$', '•', '*', '\n']);
        // A known name, also that of a setting, keeps its stand-in.
        if open || own || person || self.known.iter().any(|(known, _)| *known == name) {
            return;
        }
        let count = self.count.entry(kind).or_default();
        *count += 1;
        let slash = if kind == "folder" { "/" } else { "" };
        self.known.push((name, format!("{slash}{kind}-{count}")));
        self.known.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }

    fn hidden(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut inside = false;
        while let Some(letter) = rest.chars().next() {
            if !inside {
                let found = self.found(rest).map(|(length, name)| (length, name.to_owned()));
                let found = found.or_else(|| {
                    let (kind, length) = looks_like(rest)?;
                    let (before, name) =
                        if kind == "user" { rest[..length].rsplit_once('/')? } else { ("", &rest[..length]) };
                    self.add(kind, name);
                    let (_, stand_in) = self.found(name)?;
                    Some((length, if kind == "user" { format!("{before}/{stand_in}") } else { stand_in.to_owned() }))
                });
                if let Some((length, stand_in)) = found {
                    out += &stand_in;
                    rest = &rest[length..];
                    inside = true;
                    continue;
                }
            }
            inside = word(letter);
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
        out
    }

    /// Finds the longest known name at the beginning of the text.
    fn found(&self, text: &str) -> Option<(usize, &str)> {
        let starts = |name: &str| {
            let begin =
                text.as_bytes().get(..name.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(name.as_bytes()));
            begin && text.get(name.len()..).is_some_and(|rest| !rest.chars().next().is_some_and(word))
        };
        self.known.iter().find(|(name, _)| starts(name)).map(|(name, stand_in)| (name.len(), stand_in.as_str()))
    }
}

fn word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Recognises an unknown name by its form: an IP address, a domain, a home folder. Returns its kind and length.
fn looks_like(text: &str) -> Option<(&'static str, usize)> {
    let run = |of: &dyn Fn(char) -> bool| {
        let end = text.find(|letter| !of(letter)).unwrap_or(text.len());
        text[..end].trim_end_matches(['.', '-', ':'])
    };
    for home in ["/home/", "/Users/"] {
        if let Some(rest) = text.strip_prefix(home) {
            let end = rest.find(|letter: char| letter == '/' || letter.is_whitespace() || "\"'`:,;".contains(letter));
            let length = end.unwrap_or(rest.len());
            return (length > 0 && !NOBODY.contains(&&rest[..length])).then_some(("user", home.len() + length));
        }
    }
    let six = run(&|letter| letter.is_ascii_hexdigit() || letter == ':' || letter == '.');
    if six.contains(':') && six.parse::<IpAddr>().is_ok() {
        return Some(("host", six.len()));
    }
    let name = run(&|letter| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-');
    if name.parse::<IpAddr>().is_ok() {
        return Some(("host", name.len()));
    }
    let (front, last) = name.rsplit_once('.')?;
    let labels = front.split('.').all(|label| !label.is_empty());
    let domain = last.len() == 2 && last.chars().all(|letter| letter.is_ascii_lowercase());
    (labels && (domain || DOMAINS.contains(&last.to_lowercase().as_str()))).then_some(("host", name.len()))
}

/// Returns the host of `user@host:port`.
fn host_of(address: &str) -> &str {
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let address = address.split(['/', '?', '#']).next().unwrap_or_default();
    let address = address.rsplit('@').next().unwrap_or_default();
    if let Some(six) = address.strip_prefix('[') {
        return six.split(']').next().unwrap_or_default();
    }
    match address.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.chars().all(|letter| letter.is_ascii_digit()) => host,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::{
        batch::{report::document::FileFacts, show::DeploymentValues},
        values::SourceEntry,
    };

    fn value(key: &str, text: &str) -> ValueEntry {
        ValueEntry {
            key: key.to_owned(),
            releases: Vec::new(),
            spelling: None,
            known: true,
            text: text.to_owned(),
            masked: false,
            unknown: None,
            resolved: None,
            source: SourceEntry::Argument { name: key.to_owned() },
            overrides: Vec::new(),
        }
    }

    fn noted(notes: &[&str]) -> ReportDocument {
        let mut document = ReportDocument::default();
        document.deployment.notes = notes.iter().map(|note| (*note).to_owned()).collect();
        document
    }

    #[test]
    fn a_name_has_the_same_stand_in_everywhere() {
        let mut document = noted(&[
            "genomes.3 at https://genomes.store.hpc.intra/x, seen by laptop7 as 10.1.2.3 and fe80::1",
            "bucket.name.object is missing in application.properties",
            "/home/bob/score-server-5.11.0 and /data/alice/score-server-5.11.0/lib; alice may not",
            "certificate for other.example.org and *.example.org; 127.0.0.1 and localhost stay; song",
        ]);
        document.deployment.values = vec![
            value("s3.endpoint", "https://store.hpc.intra:9000"),
            value("bucket.name.object", "genomes"),
            value("song.host", "song"),
        ];
        document.host = "laptop7".to_owned();
        document.files = vec![FileFacts {
            path: "/data/alice/score-server-5.11.0/conf/application.properties".to_owned(),
            owner: "alice".to_owned(),
            ..FileFacts::default()
        }];
        hide(&mut document);
        let said = serde_json::to_string(&document).unwrap();
        for name in ["genomes", "hpc", "laptop7", "10.1.2.3", "fe80", "alice", "bob", "example.org"] {
            assert!(!said.contains(name), "{name}: {said}");
        }
        let DeploymentValues { notes, values, .. } = &document.deployment;
        assert_eq!(values[0].text, "https://host-1:9000");
        assert!(notes[0].starts_with("bucket-1.3 at https://"), "{}", notes[0]);
        assert_eq!(notes[1], "bucket.name.object is missing in application.properties");
        assert_eq!(document.files[0].path, "/folder-1/score-server-5.11.0/conf/application.properties");
        assert!(notes[2].starts_with("/home/user-") && notes[2].contains(" /folder-1/score-server-5.11.0/lib"));
        assert!(notes[3].contains("127.0.0.1 and localhost stay"), "{}", notes[3]);
    }

    #[test]
    fn odd_text_is_not_changed() {
        for text in ["", "é•…", "12:34:56", "5.11", "a..b", "file.properties:12", "...", "/home/"] {
            let mut document = noted(&[text]);
            hide(&mut document);
            assert_eq!(document.deployment.notes, [text]);
        }
    }
}
