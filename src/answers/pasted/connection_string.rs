//! Reads a connection string of Azure, by the names that its SDK reads.

use super::{NamedValue, PasteError, ValueGroup, unquoted};

/// The names that only a connection string has. The first part of a string has one of them, or `AccountName`.
const NAMES: &[&str] = &[
    "DefaultEndpointsProtocol",
    "AccountName",
    "AccountKey",
    "BlobEndpoint",
    "EndpointSuffix",
    "SharedAccessSignature",
    DEVELOPMENT,
];

/// The name of the switch that means Azurite on this machine.
const DEVELOPMENT: &str = "UseDevelopmentStorage";

/// The account of Azurite. Its key is public.
/// <https://learn.microsoft.com/azure/storage/common/storage-use-azurite#well-known-storage-account-and-key>
const AZURITE: [(&str, &str); 4] = [
    ("defaultendpointsprotocol", "http"),
    ("accountname", "devstoreaccount1"),
    ("accountkey", "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="),
    ("blobendpoint", "http://127.0.0.1:10000/devstoreaccount1"),
];

/// Returns true if the text is one connection string, perhaps wrapped over several lines.
pub(super) fn fits(text: &str) -> bool {
    let first = unquoted(text).split(';').next().unwrap_or_default();
    let named = |name: &&str| name.eq_ignore_ascii_case(first.split('=').next().unwrap_or_default().trim());
    first.contains('=') && !first.contains('\n') && NAMES.iter().any(named) && several(text)
}

/// Returns true if the parts are divided as in a connection string, and not as lines.
fn several(text: &str) -> bool {
    text.contains(';') || text.contains(DEVELOPMENT)
}

#[expect(clippy::unnecessary_wraps, reason = "all shapes are read by functions of one type")]
pub(super) fn read(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    Ok(vec![ValueGroup { pairs: pairs(text, 1), ..ValueGroup::default() }])
}

/// Returns the parts of a connection string as pairs.
pub(super) fn pairs(text: &str, line: usize) -> Vec<NamedValue> {
    let mut pairs = Vec::new();
    // A terminal or a mail may have broken the line.
    for part in unquoted(text).split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.trim().eq_ignore_ascii_case(DEVELOPMENT) && value.trim().eq_ignore_ascii_case("true") {
            pairs.extend(AZURITE.map(|(name, value)| NamedValue::new(name, value, line)));
        } else {
            let value: zeroize::Zeroizing<String> =
                value.chars().filter(|letter| !letter.is_whitespace()).collect::<String>().into();
            pairs.push(NamedValue::new(name.trim(), &value, line));
        }
    }
    pairs
}
