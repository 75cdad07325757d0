//! Recognises Score's own properties file. Does not read it.

use std::{collections::HashSet, sync::LazyLock};

use super::{Fit, Outline, outline::lines};
use crate::score::SETTINGS;

/// The beginnings of keys that are not Score's own and appear in its files: keys of Spring Boot, and of the Java service
/// wrapper.
const OF_OTHERS: [&str; 7] = ["spring", "server", "logging", "management", "wrapper", "set", "eureka"];

pub(super) fn named(name: &str) -> bool {
    name.ends_with(".properties")
}

/// Spring finds properties by the ending of the name, whatever the file contains. A file with another name must set a
/// key that Score or Spring reads.
pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    let named = named(&outline.source.file_name());
    if named || outline.may_be_lines() && names_a_setting(&outline.text) { Fit::Sure } else { Fit::No }
}

/// Returns true if these bytes are settings, or an empty file that can become one.
#[must_use]
pub fn is_configuration(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    lines(&text).next().is_none() || names_a_setting(&text)
}

/// Returns true if a line sets a key that begins like a key of Score, of Spring Boot, or of the wrapper, also as a
/// variable or in YAML.
fn names_a_setting(text: &str) -> bool {
    static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| {
        let own = SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten();
        own.filter_map(|key| key.split('.').next()).chain(OF_OTHERS).collect()
    });
    let known = |line: &str| {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let end = line.find(['.', '_', ':', '=']).unwrap_or(line.len());
        let (first, rest) = line.split_at(end);
        KNOWN.contains(first.to_ascii_lowercase().as_str()) && rest.contains([':', '=', ' ', '\t'])
    };
    lines(text).any(known)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Source, recognise};

    #[test]
    fn an_input_is_recognised_by_what_is_in_it() {
        for (name, text, form) in [
            ("application.properties", "s3.endpoint=http://h\n", "properties file"),
            ("application.properties", "", "properties file"),
            ("application.properties", "S3_ENDPOINT=http://h\n", "properties file"),
            ("settings", "s3.endpoint=http://h\n", "properties file"),
            ("settings", "# only a comment\n", "properties file"),
            ("docker-compose.yml", "services:\n", "compose file"),
            ("docker-compose.yml", "a: [\n", "compose file"),
            ("stack", "version: '3'\nservices:\n  score: {}\n", "compose file"),
            ("stack", "{services: {score: {}}}", "compose file"),
            ("-", "{\n\t\"name\": \"x\",\n\t\"services\": {\"score\": {}}\n}", "compose file"),
            ("-", "{\"services\": {\"score\": ", "compose file"),
            ("include.yml", "include: [a.yml]\nservices: {}\n", "compose file"),
            (".env", "", "env file"),
            (".env.production", "S3_ENDPOINT=http://h\n", "env file"),
            ("score.env", "a\n", "env file"),
            ("score.env", "bucket.size.pool=0\nS3_ENDPOINT=http://h\nA=\n", "env file"),
            ("env_vars", "# Score\nS3_ENDPOINT=http://h\nA=\n", "env file"),
            ("score.list", "export S3_ENDPOINT=http://h\n", "env file"),
            ("-", "_=/usr/bin/env\nhttp_proxy=x\nS3_ENDPOINT=http://h\nPATH=/bin\n", "env file"),
            ("vars", "PEM=\"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\"\nA=b\n", "env file"),
            ("-", "[]", "inspected container"),
            ("score.json", "[{\"Config\": {}}]", "inspected container"),
            ("score.json", "[{\"Config\": {", "inspected container"),
            ("score.service", "[Unit]\nDescription=Score\n", "systemd unit"),
            ("score.env", "[Service]\nEnvironment=A=b\n", "systemd unit"),
            ("start", "#!/bin/sh\nexport S3_ENDPOINT=b\n", "shell script"),
            ("deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\n", "Kubernetes object"),
            ("-", "{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", "Kubernetes object"),
            ("service.json", "[{\"ID\": \"x\", \"Spec\": {\"TaskTemplate\": {}}}]", "swarm service"),
            ("spec.yaml", "Name: score\nTaskTemplate:\n", "swarm service"),
            ("application-prod.yml", "s3:\n  endpoint: x\n", "YAML file of Spring"),
            ("web.xml", "<web-app/>", "-"),
            ("application.db", "a\0b", "-"),
            ("answers.toml", "[settings]\nx = 1\n", "-"),
            ("my.cnf", "[mysqld]\nport=1\n", "-"),
            ("notes.txt", "Score is down.\nWhy?\n", "-"),
            ("settings", "a=b\n", "-"),
            ("-", "{}", "-"),
            ("passwd", "root:x:0:0:root:/root:/bin/sh\n", "-"),
        ] {
            let source = Source { path: Path::new(name), bytes: text.as_bytes(), open: &|_| None };
            assert_eq!(recognise(&source).map_or("-", |form| form.name), form, "{name}: {text}");
        }
    }
}
