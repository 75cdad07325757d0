//! Reports scopes for uploads and downloads that are mixed up.

use super::{finding::FileFinding, input::LintInput};
use crate::score::{Id, Severity::Note, key, setting};

/// The scopes of downloads and uploads that belong together.
const PAIRS: [(&str, &str); 2] = [
    (key::SCOPE_DOWNLOAD_SYSTEM, key::SCOPE_UPLOAD_SYSTEM),
    (key::SCOPE_DOWNLOAD_STUDY_SUFFIX, key::SCOPE_UPLOAD_STUDY_SUFFIX),
];

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let pairs = PAIRS.iter().filter(|_| input.secure());
    pairs.filter_map(|(download, upload)| swapped(input, download, upload)).collect()
}

/// Reports a scope for one direction that ends like the default of the other. Score lets a token upload that has the
/// scope for uploads, whatever its name is (ScopeProperties.java:20-38).
fn swapped(input: &LintInput<'_>, download: &str, upload: &str) -> Option<FileFinding> {
    let word = |scope: &str| scope.rsplit('.').next().unwrap_or_default().trim().to_uppercase();
    let usual = |key: &str| setting(key).and_then(|setting| setting.default).unwrap_or_default();
    let of = |key: &str, other: &str| input.normalized(key).filter(|scope| word(scope) == word(usual(other)));
    let (reads, writes) = (of(upload, download), of(download, upload));
    let (first, summary) = match (reads, writes) {
        (Some(reads), Some(writes)) => (
            upload,
            format!(
                "{upload} is {reads} and {download} is {writes}: they seem to be swapped. A token that may read may \
                 then upload."
            ),
        ),
        (Some(reads), None) => (upload, format!("{upload} is {reads}: a token that may read may then upload.")),
        (None, Some(writes)) => {
            (download, format!("{download} is {writes}: a token must be able to write to download."))
        }
        (None, None) => return None,
    };
    let mut finding = input.about(Id::T55, Note, first, summary);
    finding.settings.extend([upload, download].into_iter().filter(|key| *key != first).map(str::to_owned));
    Some(finding.hint(format!("Usual are {upload}={} and {download}={}.", usual(upload), usual(download))))
}
