//! Lists what operators change most in a configuration that exists, and the fields of each change. Does not know how the
//! list is shown.

use super::{
    State,
    field::{bytes, plain, size_text},
};
use crate::{
    answers::draft::RELEASE,
    score::{Api, Kind, key, setting_for},
    text::{mask::shown_value, secret::Secret},
};

/// A change to a configuration that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsChange {
    Endpoint,
    Keys,
    Buckets,
    PartSize,
    Release,
}

impl SettingsChange {
    pub const ALL: [Self; 5] = [Self::Endpoint, Self::Keys, Self::Buckets, Self::PartSize, Self::Release];

    /// Returns the words for it, and the settings to answer, in their order.
    fn row(self, api: Api) -> (&'static str, &'static [&'static str]) {
        match (self, api) {
            (Self::Endpoint, Api::S3) => ("Endpoint", &[key::S3_ENDPOINT]),
            (Self::Endpoint, Api::Azure) => ("Account", &[key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY]),
            (Self::Keys, Api::S3) => ("New keys", &[key::S3_ACCESS_KEY, key::S3_SECRET_KEY]),
            (Self::Keys, Api::Azure) => ("New key", &[key::AZURE_ACCOUNT_KEY]),
            (Self::Buckets, Api::S3) => ("Buckets", &[key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE]),
            (Self::Buckets, Api::Azure) => ("Container", &[key::BUCKET_NAME_OBJECT]),
            (Self::PartSize, _) => ("Part size", &[key::UPLOAD_PARTSIZE]),
            (Self::Release, _) => ("Release", &[RELEASE]),
        }
    }

    #[must_use]
    pub fn label(self, state: &State) -> &'static str {
        self.row(state.draft.api()).0
    }

    /// Returns the names of the fields to answer.
    #[must_use]
    pub fn keys(self, state: &State) -> &'static [&'static str] {
        self.row(state.draft.api()).1
    }

    /// Returns the present values in a few words. Secrets are left out.
    #[must_use]
    pub fn present(self, state: &State) -> String {
        let shown = |key: &&str| {
            if *key == RELEASE {
                return state.draft.release.map(|release| release.to_string());
            }
            let setting = setting_for(state.draft.api(), key)?;
            let answer = state.draft.answer(setting)?;
            let text = plain(&answer.text)?.trim();
            match (setting.kind, bytes(text)) {
                (Kind::Bytes { .. }, Some(size)) => Some(size_text(size)),
                // If the two keys are swapped, the access key is a secret too.
                _ if *key == key::S3_ACCESS_KEY && state.draft.swapped_keys() => None,
                _ => shown_value(key, &Secret::new(text)),
            }
        };
        self.keys(state).iter().filter_map(shown).collect::<Vec<_>>().join(", ")
    }
}
