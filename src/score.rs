//! Defines the vocabulary of the tables: settings, rules, providers and releases. Knows nothing of the origin of
//! answers, of files or of the network.

pub mod findings;
pub mod key;
pub mod part_sizes;
pub mod profile;
pub mod provider;
pub mod release;
pub mod secure;
pub mod settings;
mod severity;
mod signature;
mod spelling;
pub mod steps;
pub mod times;
pub mod unread;

pub use findings::Id;
pub use provider::{Api, Provider};
pub use release::Release;
pub use settings::SETTINGS;
pub use severity::{Scope, Severity};
pub use signature::Version;
pub use spelling::Spelling;
pub(crate) use spelling::{letters, same};
pub use steps::Step;

/// One setting of Score. A setting that means something else with one kind of store has a row for each kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Setting {
    /// The name in answers files, and in the files of 5.12.
    pub key: &'static str,
    /// The name in files of releases up to 5.11, if it differs (`collaboratory.*`).
    pub key_until_5_11: Option<&'static str>,
    /// The label of its field.
    pub label: &'static str,
    pub kind: Kind,
    pub need: Need,
    /// The step that asks it; `None` if only answers files and existing files set it.
    pub step: Option<Step>,
    pub when: When,
    /// The kind of store it is for; `None` if it is for all.
    pub api: Option<Api>,
    pub since: Release,
    pub until: Release,
    /// The way that Spring reads the value, which decides what `${` does in it (`text::values::placeholder`).
    pub binding: Binding,
    /// True if a file must have exactly this spelling. Others are matched without case, dashes and underscores.
    pub exact: bool,
    pub default: Option<&'static str>,
    /// The rule for its values that its kind does not have.
    pub validator: Validator,
    /// The classes of Score that read it, with their lines in 5.12.0-SNAPSHOT unless another release is given.
    pub read_by: &'static str,
    /// The condition under which Score reads it.
    pub read: Condition,
    pub faults: Faults,
    pub jar_value: JarValue,
    /// The setting that it takes its value from while it has no value itself.
    pub follows: Follows,
    /// The setting of other releases whose name differs from this one only in case.
    pub twin: Option<&'static str>,
    /// The effect of a change on data that is stored already: the end of a sentence after "changes:".
    pub moves: Option<&'static str>,
    /// The words for true and false on screens.
    pub words: [&'static str; 2],
    /// One or two sentences about what Score does with it. Ends in a full stop.
    pub help: &'static str,
    pub example: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Secret,
    /// A URL with `http://` or `https://`, without a trailing slash.
    Url,
    Bucket,
    /// An Azure container, whose names have stricter rules than those of buckets.
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
    /// A time in milliseconds, in this range.
    Millis {
        min: i64,
        max: i64,
    },
    /// A Java double, not negative.
    Number,
    /// Spring's six fields of a schedule, or `-`.
    Cron,
    Choice(&'static [&'static str]),
    /// A list with commas.
    List,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Must be answered, because no default can be right.
    Asked,
    /// Always written, with a default.
    Written,
    /// Written while its `when` holds, with a default.
    Conditional,
    /// Written only if it has an answer.
    Optional,
}

/// The condition on the answers under which a setting matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    /// The answer for this setting, as rendered for the file, equals this value.
    Is(&'static str, &'static str),
    /// The answer for this setting is an integer above zero.
    Positive(&'static str),
    /// The profile `secure` is one of the profiles to activate.
    Secure,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// `@ConfigurationProperties`: a literal `${` can be written as `${unused.name:$}{`.
    Lenient,
    /// `@Value`: Spring evaluates `${` and `#{`, and they cannot be escaped.
    Strict,
}

/// A rule for the values of a setting that its kind does not have. Each row names its validator; `text::values` checks
/// answers by it, `install::lint` the values of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validator {
    /// The kind alone decides.
    Kind,
    /// A name that never ends in a punctuation mark.
    Name,
    /// The endpoint of an S3 store.
    Endpoint,
    /// The URL that replaces the endpoint in the URLs for clients.
    OverrideHost,
    /// The URL of Song.
    Song,
    /// A URL that Score uses exactly as written, with its query and its final slash.
    ExactUrl,
    AccessKey,
    SecretKey,
    /// `http` or `https`, in a connection string of Azure.
    Protocol,
    AccountName,
    AccountKey,
    /// A switch that every text but `false` turns on (`@ConditionalOnProperty`, UploadCleanupService.java:39).
    Switch,
    PartSize,
    /// A count that the AWS SDK refuses below 0.
    Retries,
    /// The validity of URLs in days, and what happens if they expire before they are used.
    Days(Severity),
    /// A TCP port. Boot binds it to an `Integer`, so it may be empty.
    Port,
    /// The prefix of the names of files. A slash in front of it works.
    DataDirectory,
    /// The prefix of the names of unfinished uploads. With a slash in front of it, downloads fail.
    UploadDirectory,
    Sentinel,
    /// A Java long.
    Long,
}

/// A condition on the deployment under which Score reads a setting, or misses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Always,
    /// The clean-up is on.
    Cleaning,
    /// All these profiles are active.
    Profiles(&'static [&'static str]),
    /// The profile `secure` is active, and none of these settings has a text.
    SecureWithout(&'static [&'static str]),
    /// The endpoint has no scheme.
    NoScheme,
}

/// The worst that Score does because of a fault. No row has a default for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// Score works as intended.
    Nothing,
    /// The same in every release.
    Worst(Severity),
    /// Releases up to `last` differ from newer ones.
    Changed { last: Release, until: Option<Severity>, then: Option<Severity> },
}

impl Consequence {
    /// Returns the severity in this release, if anything stops or is worth a note.
    #[must_use]
    pub fn on(self, release: Release) -> Option<Severity> {
        match self {
            Self::Nothing => None,
            Self::Worst(severity) => Some(severity),
            Self::Changed { last, until, then } => {
                if release <= last {
                    until
                } else {
                    then
                }
            }
        }
    }
}

/// The consequences of the faults that a setting can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    pub absent: Absent,
    /// The value is empty, or is not one of the words of a choice.
    pub empty: Consequence,
    /// The value is legal and differs from the intended one.
    pub altered: Consequence,
}

/// The behaviour of Score without a setting, and the value that a repair writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absent {
    pub id: Id,
    pub worst: Consequence,
    /// The condition under which Score misses it, in addition to the one under which it reads it.
    pub missed: Condition,
    /// The behaviour of Score instead: the end of a sentence after "is missing, so".
    pub instead: Option<&'static str>,
    pub fill: Fill,
}

/// The value that a repair writes for an absent setting without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// No value is right without an answer from the operator.
    Ask,
    /// The default of the row.
    Default,
    Value(&'static str),
}

/// The effect of the value in the jar's own `application.yml` on other installations. That value is for one at ICGC, or
/// for the machine of a developer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JarValue {
    /// A value that is right for every installation, or no value in the jar.
    Suitable,
    /// A value that is wrong everywhere else.
    Foreign(Severity),
    /// A value that is wrong everywhere else, unless it is empty.
    ForeignIfFilled(Severity),
    /// A value that is wrong if it overrides one of the operator; `alone` is its severity if there is no such value.
    Overriding { over_file: Severity, alone: Option<Severity> },
}

/// The answer that a setting without its own answer takes its value from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    Nothing,
    /// The region, by the provider's form of an endpoint.
    Region,
    /// The scheme of the endpoint.
    Scheme,
    /// Another setting, which this one overrides in every release.
    Setting(&'static str),
}

impl Setting {
    /// Returns true if this is its name in any release.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        self.key == key || self.key_until_5_11 == Some(key)
    }

    /// Returns the name in the file of this release.
    #[must_use]
    pub fn name(&self, release: Release) -> &'static str {
        match self.key_until_5_11 {
            Some(old) if release <= Release::R5_11 => old,
            _ => self.key,
        }
    }

    /// Returns true if the operator may not know the value while the store is set up: the address of a server that
    /// comes later.
    #[must_use]
    pub fn may_be_later(&self) -> bool {
        self.key == key::METADATA_URL
    }

    /// Returns true if Score reads the value as a number or a switch, so that its spelling matters less.
    #[must_use]
    pub fn numeric(&self) -> bool {
        matches!(self.kind, Kind::Bool | Kind::Count { .. } | Kind::Bytes { .. } | Kind::Millis { .. } | Kind::Number)
    }

    /// Returns true if this release reads the setting.
    #[must_use]
    pub fn known_to(&self, release: Release) -> bool {
        (self.since..=self.until).contains(&release)
    }

    /// Returns true if it is for this kind of store.
    #[must_use]
    pub fn serves(&self, api: Api) -> bool {
        self.api.is_none_or(|own| own == api)
    }

    /// Returns the rule for the spelling of its name in a file.
    #[must_use]
    pub fn spelling(&self) -> Spelling {
        if self.exact { Spelling::Exact } else { Spelling::Relaxed }
    }

    /// Returns true if a change of its effective value can make stored files seem to be gone, or can make the store refuse
    /// Score.
    #[must_use]
    pub fn guarded(&self) -> bool {
        let place = matches!(self.validator, Validator::Endpoint | Validator::OverrideHost | Validator::AccountName);
        let signing = [key::S3_SIG_V4_ENABLED, key::S3_MASTER_ENCRYPTION_KEY_ID, key::S3_SECURED];
        self.secret() || self.moves.is_some() || place || signing.contains(&self.key)
    }

    #[must_use]
    pub fn secret(&self) -> bool {
        self.kind == Kind::Secret
    }
}

/// Returns the setting of this name, in any release. If two rows have the name, returns the first; they agree in their
/// names, in whether they are secret, and in how Spring reads them.
#[must_use]
pub fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.is(key))
}

/// Returns the setting of this name for this kind of store, if there is one.
#[must_use]
pub fn setting_for(api: Api, key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.serves(api) && setting.is(key))
}
