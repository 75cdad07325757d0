//! Decides by the name of a value whether it is a secret.

use std::{collections::HashMap, sync::LazyLock};

use crate::{score::SETTINGS, text::properties::uniform};

/// The words in names of secrets. Names are compared without case, dashes, underscores and dots.
pub(super) const SECRET_WORDS: &[&str] = &[
    "secret",
    "pass",
    "pwd",
    "token",
    "key",
    "credential",
    "signature",
    "authorization",
    "connectionstring",
    "private",
    "jaas",
    "sharedaccess",
];

/// Words that are a secret as a whole part of a name, such as `azure.sas`.
const SECRET_PARTS: &[&str] = &["sas", "sig", "pw", "otp", "cookie", "dsn", "auth"];

/// The names of values that contain other keys with their values: a whole configuration, or options of Java.
const HOLDERS: &[&str] = &["applicationjson", "javatooloptions", "jdkjavaoptions"];

/// The words that contain a secret word and are known to be harmless. They are taken out of a name before it is
/// searched.
pub const HARMLESS: &[&str] = &[
    "accesskeyid",
    "bypass",
    "compass",
    "keyalias",
    "keyboard",
    "keycloak",
    "keyid",
    "keysize",
    "keyspace",
    "keystore",
    "monkey",
    "passive",
    "passthrough",
    "publickey",
    "sizekey",
    "tokenname",
    "tokenuri",
    "tokenurl",
];

/// Returns true if a value of this name is a secret: as the table of settings says, else by the words in the name.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    static KNOWN: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
        let names = SETTINGS.iter().flat_map(|setting| {
            let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
            // The map also has the name of the variable for each key.
            names.map(plain).flat_map(|name| [name.replace('.', ""), name]).map(|name| (name, setting.secret()))
        });
        names.collect()
    });
    let name = name.trim_start_matches("--");
    let name = name.strip_prefix("-D").unwrap_or(name);
    let uniform = plain(name);
    KNOWN.get(&uniform).copied().unwrap_or_else(|| {
        let mut rest = uniform.replace('.', "");
        let sounds = |name: &str| SECRET_WORDS.iter().chain(HOLDERS).any(|word| name.contains(word));
        if sounds(&rest) {
            for harmless in HARMLESS {
                rest = rest.replace(harmless, " ");
            }
        }
        sounds(&rest) || parts(name).any(|part| SECRET_PARTS.contains(&part.as_str()))
    })
}

fn plain(name: &str) -> String {
    uniform(&name.encode_utf16().collect::<Vec<_>>())
}

/// Returns the last part of a name, and the last two parts of a name in camel case.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let last = name.rsplit(['.', '_', '-']).next().unwrap_or_default();
    let camel = last
        .rfind(|letter: char| letter.is_ascii_uppercase())
        .filter(|_| last.contains(|letter: char| letter.is_ascii_lowercase()));
    [Some(last), camel.and_then(|at| last.get(at..))].into_iter().flatten().map(str::to_ascii_lowercase)
}
