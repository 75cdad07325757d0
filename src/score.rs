//! The vocabulary of the tables: what a setting, a rule, a provider and a release are. Knows nothing of answers' origins,
//! files or the network.

pub mod findings;
pub mod key;
pub mod part_sizes;
pub mod provider;
pub mod release;
pub mod secure;
pub mod settings;
mod severity;
mod signature;
mod spelling;
pub mod steps;

pub use findings::Id;
pub use provider::{Api, Provider};
pub use release::Release;
pub use settings::SETTINGS;
pub use severity::{Scope, Severity};
pub use signature::Version;
pub use spelling::Spelling;
pub(crate) use spelling::{letters, same};
pub use steps::Step;

/// One key of Score's configuration. A key that means something else, or something more, with one kind of store has a row
/// for each.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// Score's own name, as answers files spell it, and as 5.12 spells it in the file.
    pub key: &'static str,
    /// What releases up to 5.11 call it in the file, where that differs (`collaboratory.*`).
    pub key_until_5_11: Option<&'static str>,
    /// The words in front of the field.
    pub label: &'static str,
    pub kind: Kind,
    pub need: Need,
    /// Where it is asked; `None`: taken from answers files and existing files, written, but not asked in the wizard.
    pub step: Option<Step>,
    pub when: When,
    /// The kind of store it is for; `None`: for all.
    pub api: Option<Api>,
    pub since: Release,
    pub until: Release,
    /// How Spring reads the value: decides what becomes of `${` (`value::placeholder`).
    pub binding: Binding,
    /// Must be spelt exactly so in a file (2.7); the others are matched without case, dashes and underscores.
    pub exact: bool,
    pub default: Option<&'static str>,
    /// One or two sentences: what Score does with it. Ends in a period.
    pub help: &'static str,
    pub example: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Secret,
    /// `http://` or `https://`, no trailing slash.
    Url,
    Bucket,
    /// An Azure container: stricter than a bucket.
    Container,
    /// An Azure storage account, by its name.
    Account,
    /// A stored access policy of an Azure container, by its id.
    Policy,
    Bool,
    /// A Java int in this range.
    Count {
        min: i64,
        max: i64,
    },
    /// A size in bytes, typed as `64 MiB` or as an integer, in this range.
    Bytes {
        min: i64,
        max: i64,
    },
    /// Milliseconds.
    Millis {
        min: i64,
        max: i64,
    },
    /// A Java double, not negative.
    Number,
    /// Spring's six fields, or `-`.
    Cron,
    Choice(&'static [&'static str]),
    /// A list with commas.
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Has to be answered: no default can be right.
    Asked,
    /// Always written; has a default.
    Written,
    /// Written while its `when` holds; has a default.
    Conditional,
    /// Written only when given.
    Optional,
}

/// When a setting matters, as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    /// The answer, as rendered for the file, equals this.
    Is(&'static str, &'static str),
    /// The answer is an integer above zero.
    Positive(&'static str),
    /// The profile `secure` is to be active.
    Secure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// `@ConfigurationProperties`: a literal `${` can be written as `${unused.name:$}{`.
    Lenient,
    /// `@Value`: `${` and `#{` would be evaluated, there is no way to write them.
    Strict,
}

impl Setting {
    /// Whether this is its name, in whichever release.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.key == key || self.key_until_5_11 == Some(key)
    }

    /// The name in the file of this release.
    #[must_use]
    pub fn name(&self, release: Release) -> &'static str {
        match self.key_until_5_11 {
            Some(old) if release <= Release::R5_11 => old,
            _ => self.key,
        }
    }

    /// Whether this release reads the setting at all.
    #[must_use]
    pub fn known_to(&self, release: Release) -> bool {
        (self.since..=self.until).contains(&release)
    }

    /// Whether it is for this kind of store.
    #[must_use]
    pub fn serves(&self, api: Api) -> bool {
        self.api.is_none_or(|own| own == api)
    }

    /// How Score looks for it in a file.
    #[must_use]
    pub fn spelling(&self) -> Spelling {
        if self.exact { Spelling::Exact } else { Spelling::Relaxed }
    }

    #[must_use]
    pub fn secret(&self) -> bool {
        self.kind == Kind::Secret
    }
}

/// The setting of this name: Score's own, or what an older release calls it. Of two rows the first; they agree in their
/// names, in whether they are secret, and in how Spring reads them.
#[must_use]
pub fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.is(key))
}

/// The setting of this name with this kind of store, if it has one.
#[must_use]
pub fn setting_for(api: Api, key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.serves(api) && setting.is(key))
}
