//! Recognises Score's own properties file. Does not read it.

use super::{Form, FormError, Reading, Source};

/// The row of the table `FORMS`.
#[derive(Debug)]
pub(super) struct Properties;

impl Form for Properties {
    fn name(&self) -> &'static str {
        "properties file"
    }

    /// Returns true for a file with that ending, and for every other text that is not clearly something else. Java
    /// reads any line as a property, so the content alone is never proof.
    fn recognises(&self, source: &Source<'_>) -> bool {
        source.file_name().ends_with(".properties") || !is_foreign(source.bytes)
    }

    fn read(&self, _: &Source<'_>) -> Result<Reading, FormError> {
        Ok(Reading::Application)
    }
}

/// Returns true for binary data, XML, JSON, scripts and files with `[sections]`, such as systemd units.
fn is_foreign(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    let section = |line: &[u8]| {
        let line = line.trim_ascii();
        line.starts_with(b"[") && line.ends_with(b"]") && !line.contains(&b'=')
    };
    bytes.contains(&0)
        || [&b"<"[..], b"{", b"#!"].iter().any(|start| text.starts_with(start))
        || bytes.split(|byte| *byte == b'\n').any(section)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::{Source, recognise};

    #[test]
    fn an_input_is_recognised_by_what_is_in_it() {
        for (name, text, form) in [
            ("application.properties", "s3.endpoint=http://h\n", Some("properties file")),
            ("application.properties", "", Some("properties file")),
            ("settings", "s3.endpoint=http://h\n", Some("properties file")),
            ("docker-compose.yml", "services:\n", Some("compose file")),
            ("stack", "version: '3'\nservices:\n  score: {}\n", Some("compose file")),
            (".env", "", Some("env file")),
            ("score.env", "a\n", Some("env file")),
            ("env_vars", "# Score\nS3_ENDPOINT=http://h\nA=\n", Some("env file")),
            ("-", "[]", Some("inspected container")),
            ("score.json", "[{\"Config\": {}}]", Some("inspected container")),
            ("score.service", "[Unit]\nDescription=Score\n", None),
            ("web.xml", "<web-app/>", None),
            ("start", "#!/bin/sh\nA=b\n", None),
            ("application.db", "a\0b", None),
        ] {
            let source = Source { path: Path::new(name), bytes: text.as_bytes(), open: &|_| None };
            assert_eq!(recognise(&source).map(super::Form::name), form, "{name}: {text}");
        }
    }
}
