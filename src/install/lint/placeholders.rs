//! Replaces `${…}` in a value as Spring does, as far as the files of the deployment show the values.

use super::{input::LintInput, unread};
use crate::score::{
    Binding, Setting,
    Severity::{self, Note, Ping, Start},
    Spelling,
};

/// A placeholder that these files cannot replace. `what` continues a sentence that begins with the setting.
pub(super) struct Unresolved {
    pub(super) severity: Severity,
    pub(super) what: String,
}

/// Variables that every server has, so Spring replaces them.
const SYSTEM: &[&str] = &["HOME", "PATH", "USER", "PWD", "HOSTNAME", "SHELL", "LANG", "JAVA_HOME"];
/// The beginnings of the system properties of Java.
const JAVA: &[&str] = &["java.", "user.", "os.", "file.", "line.", "path.", "sun."];

/// The length limit of a value after its placeholders are replaced, in bytes. No real value is as long.
const LONGEST: usize = 1024 * 1024;

/// Replaces the placeholders (`${…}`) of a value with what these files set.
///
/// # Errors
/// Returns the first placeholder that cannot be replaced, and what Spring does with it.
pub(super) fn resolve(input: &LintInput<'_>, setting: &Setting, text: &str) -> Result<String, Unresolved> {
    let strict = setting.binding == Binding::Strict;
    let told = |severity, what: String| Err(Unresolved { severity, what });
    if strict && text.contains("#{") {
        return told(Note, "contains #{, which Spring evaluates".to_owned());
    }
    let mut result = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}').map(|end| start + end) else { break };
        let inside = &rest[start + 2..end];
        if inside.contains("${") {
            return told(Note, "contains a ${ inside another one: only Score can resolve it".to_owned());
        }
        let (name, default) = inside.split_once(':').map_or((inside, None), |(name, default)| (name, Some(default)));
        if name == setting.name(input.release) {
            return told(Start, "refers to itself".to_owned());
        }
        result.push_str(&rest[..start]);
        let shown = unread::shown(&name.encode_utf16().collect::<Vec<_>>());
        match known(input, name) {
            Some(value) => result.push_str(&value),
            None if default.is_some() => result.push_str(default.unwrap_or_default()),
            None if SYSTEM.contains(&name) && setting.secret() && !(start == 0 && end + 1 == rest.len()) => {
                return told(
                    Ping,
                    format!("contains ${{{shown}}}, which Spring replaces, so the store refuses the key"),
                );
            }
            None if left_to_the_machine(input, name) => {
                return told(Note, format!("depends on the machine that Score runs on: ${{{shown}}}"));
            }
            None if strict => return told(Start, format!("contains ${{{shown}}}, which nothing sets")),
            // Spring leaves this placeholder as it is.
            None => result.push_str(&rest[start..=end]),
        }
        if result.len() > LONGEST {
            return told(Start, "becomes longer than 1 MiB when its placeholders are replaced".to_owned());
        }
        rest = &rest[end + 1..];
    }
    result.push_str(rest);
    Ok(result)
}

fn known(input: &LintInput<'_>, name: &str) -> Option<String> {
    let variable = input
        .deployment
        .environment
        .as_ref()
        .and_then(|environment| environment.variables.iter().rev().find(|variable| variable.name == name));
    if let Some(variable) = variable {
        return Some(variable.value.for_file().to_owned());
    }
    input.view.value(name, Spelling::Exact).map(|seen| seen.value.for_file().to_owned())
}

/// Returns true if only the machine that Score runs on can set this name.
fn left_to_the_machine(input: &LintInput<'_>, name: &str) -> bool {
    let like_a_variable = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    let told = input.deployment.environment.is_some() && !SYSTEM.contains(&name);
    like_a_variable && !told || JAVA.iter().any(|start| name.starts_with(start))
}
