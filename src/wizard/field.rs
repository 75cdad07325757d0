//! Lists the fields of a step, the editable part of their answers, and the events of an edit. Every shell asks these
//! fields. Does not know how they are shown.

use std::path::{Path, PathBuf};

use crate::{
    answers::draft::{self, Origin, Text},
    install::deployment::{Deployment, ExportForm, Launcher},
    score::{
        self, Api, Kind, Need, Provider, Release, Setting, Step, key, part_sizes,
        provider::{Region, providers},
    },
    store::probe::Route,
    text::{secret::Secret, values::azure::CLOUDS},
    wizard::{Event, Purpose, State},
};

/// The kind of input of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldInput {
    Text,
    Secret,
    /// A text, or one of the stops of a scale.
    Size,
    /// One of a few words.
    Choice,
    /// An entry of a list that words narrow.
    List,
    /// Nothing: it only stands for other fields.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Path,
    Release,
    /// The way Score is started.
    Launcher,
    /// The settings of another installation, by the index of its sighting.
    SettingsOffer(usize),
    /// Keys in a file of another tool, by the index of the offer.
    KeysOffer(usize),
    Provider,
    /// The region that determines the endpoint.
    Region,
    Setting(&'static Setting),
    /// The profile `secure`, on or off.
    Secure,
    /// The cloud of an Azure account: one of the known clouds, or a separate endpoint.
    Cloud,
    /// The separate endpoint of an Azure account.
    CloudAddress,
    /// The address to connect to from this machine. Never written to a file.
    ConnectTo,
    /// The fields of the page that need no answer, folded into one line.
    More,
}

/// The most offers on one page.
const MOST_OFFERS: usize = 4;

/// Returns the fields of a step, in the order of the screen.
#[must_use]
pub fn fields(state: &State, step: Step) -> Vec<Field> {
    let mut fields = match step {
        Step::Where => {
            let offers = state.older_installations().into_iter().take(MOST_OFFERS);
            let offers = offers.map(|(at, _)| Field::SettingsOffer(at));
            std::iter::once(Field::Path).chain(offers).chain([Field::Release, Field::Launcher]).collect()
        }
        Step::Provider => vec![Field::Provider],
        Step::Connection if state.draft.provider.is_some_and(|provider| !provider.regions.is_empty()) => {
            vec![Field::Region]
        }
        // The cloud comes first, because checks of the account name need it.
        Step::Connection if state.draft.api() == Api::Azure => {
            [Field::Cloud].into_iter().chain(own_cloud(state).then_some(Field::CloudAddress)).collect()
        }
        _ => Vec::new(),
    };
    fields.extend(state.draft.visible(step).into_iter().map(Field::Setting));
    if step == Step::Server {
        // Song is asked first. The settings that this field makes necessary come after it.
        let song = |field: &Field| matches!(field, Field::Setting(setting) if setting.key == key::METADATA_URL);
        fields.insert(fields.iter().position(song).map_or(0, |at| at + 1), Field::Secure);
    }
    if step == Step::Connection {
        let signs = [key::S3_ACCESS_KEY, key::AZURE_ACCOUNT_KEY];
        let keys = |field: &Field| matches!(field, Field::Setting(setting) if signs.contains(&setting.key));
        let at = fields.iter().position(keys).unwrap_or(fields.len());
        let offers = state.fitting_offers().into_iter().take(MOST_OFFERS).map(|(at, _)| Field::KeysOffer(at));
        fields.splice(at..at, offers);
        fields.push(Field::ConnectTo);
    }
    fields
}

/// Returns true if the operator has to decide about the profile `secure`: nothing in a new configuration tells whether
/// there is an authorization server.
pub(super) fn asks_for_authorization(state: &State) -> bool {
    state.purpose() == Purpose::Install && state.setup.profiles.is_none() && !state.draft.authorized()
}

/// Returns the step that asks for the field with this name. `None` if no step does.
#[must_use]
pub fn step_of(key: &str) -> Option<Step> {
    match key {
        draft::RELEASE => Some(Step::Where),
        draft::PROVIDER => Some(Step::Provider),
        draft::REGION | draft::CLOUD => Some(Step::Connection),
        key::SPRING_PROFILES_ACTIVE => Some(Step::Server),
        key => score::setting(key).and_then(|setting| setting.step),
    }
}

/// Returns true if the account is in none of the known clouds.
fn own_cloud(state: &State) -> bool {
    CLOUDS.iter().all(|(_, suffix)| *suffix != state.draft.cloud())
}

/// The label of a cloud that is not known.
const OWN_CLOUD: &str = "a separate endpoint";

/// One answer of a list or a choice.
#[derive(Debug, Clone)]
pub struct FieldChoice {
    /// The value as answers files spell it.
    pub value: String,
    pub shown: String,
    /// True for the current answer.
    pub chosen: bool,
    pub event: Event,
}

/// Returns the launcher in a word.
#[must_use]
pub fn launcher_name(start: Launcher) -> &'static str {
    match start {
        Launcher::Wrapper => "wrapper",
        Launcher::Jar => "java -jar",
        Launcher::Docker => "Docker",
    }
}

/// Returns the way to start Score in a word: the chosen form, that of the files, or the launcher.
#[must_use]
pub fn started_by(state: &State) -> &'static str {
    let form = state.setup.form.or(state.deployment.as_ref().and_then(Deployment::form));
    form.filter(|_| state.setup.start.is_none()).map_or_else(|| launcher_name(state.launcher()), form_name)
}

/// Returns the form in a word.
fn form_name(form: ExportForm) -> &'static str {
    match form {
        ExportForm::Env => "env file",
        ExportForm::Compose => "compose",
        ExportForm::Kubernetes => "Kubernetes",
        ExportForm::HelmValues => "Helm chart",
        ExportForm::Systemd => "systemd",
    }
}

/// Returns the label of the chosen cloud.
#[must_use]
pub fn cloud_name(state: &State) -> &'static str {
    let cloud = state.draft.cloud();
    CLOUDS.iter().find(|(_, suffix)| *suffix == cloud).map_or(OWN_CLOUD, |(name, _)| name)
}

/// Returns true if the text contains all words of the filter, in any case.
#[must_use]
pub fn matches(filter: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    filter.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// Returns the releases that fit the filter, the newest first.
pub fn offered_releases(filter: &str) -> Vec<Release> {
    Release::ALL.into_iter().rev().filter(|release| matches(filter, &release.to_string())).collect()
}

/// Returns the providers that fit the filter.
pub fn offered_providers(filter: &str) -> Vec<&'static Provider> {
    providers().iter().filter(|p| matches(filter, &format!("{} {} {}", p.id, p.name, p.summary))).collect()
}

/// Returns the text of an answer, unless it is a secret.
#[must_use]
pub fn plain(text: &Text) -> Option<&str> {
    match text {
        Text::Plain(text) => Some(text),
        Text::Secret(_) => None,
    }
}

/// Returns the regions that fit the filter.
#[must_use]
pub fn offered_regions(state: &State, filter: &str) -> Vec<&'static Region> {
    let regions = state.draft.provider.map_or(&[][..], |provider| &provider.regions);
    regions.iter().filter(|region| matches(filter, &format!("{} {}", region.id, region.name))).collect()
}

/// One value of a choice, and its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldWord {
    pub value: &'static str,
    pub shown: &'static str,
}

/// Returns the values of a choice, in the order of the arrows. Returns none for a typed answer.
#[must_use]
pub fn words(setting: &Setting) -> Vec<FieldWord> {
    match setting.kind {
        Kind::Bool => {
            let [yes, no] = setting.words;
            vec![FieldWord { value: "true", shown: yes }, FieldWord { value: "false", shown: no }]
        }
        Kind::Choice(words) => words.iter().map(|word| FieldWord { value: word, shown: word }).collect(),
        _ => Vec::new(),
    }
}

/// Returns the value that is the current answer, as Score would read it.
#[must_use]
pub fn word(state: &State, setting: &'static Setting) -> Option<FieldWord> {
    let now = state.draft.value(setting.key)?;
    words(setting).into_iter().find(|word| word.value.eq_ignore_ascii_case(&now))
}

const MIB: i64 = 1 << 20;

/// Returns the lower end of the slider. Score raises every smaller part size to `SMALLEST`.
#[must_use]
pub fn least(min: i64) -> i64 {
    i64::try_from(part_sizes::SMALLEST).map_or(min, |least| least.max(min))
}

/// Returns the positions at which the slider of a size stops.
#[must_use]
pub fn stops(min: i64, max: i64) -> Vec<i64> {
    let mut stops: Vec<_> = (0..=40).map(|power| MIB << power).filter(|size| (min..=max).contains(size)).collect();
    // A Java int ends one byte below 2 GiB, so the slider ends at the last whole MiB.
    stops.extend([min, if max >= MIB { max / MIB * MIB } else { max }]);
    stops.sort_unstable();
    stops.dedup();
    stops
}

impl Field {
    #[must_use]
    pub fn input(self) -> FieldInput {
        match self {
            Self::Path | Self::ConnectTo | Self::CloudAddress => FieldInput::Text,
            Self::Launcher | Self::Secure | Self::Cloud | Self::SettingsOffer(_) | Self::KeysOffer(_) => {
                FieldInput::Choice
            }
            Self::Release | Self::Provider | Self::Region => FieldInput::List,
            Self::Setting(setting) => match setting.kind {
                Kind::Secret => FieldInput::Secret,
                Kind::Bytes { .. } => FieldInput::Size,
                Kind::Bool | Kind::Choice(_) => FieldInput::Choice,
                _ => FieldInput::Text,
            },
            Self::More => FieldInput::None,
        }
    }

    /// Returns true for a secret whose access key or account was replaced: a secret of the file, or one that the store
    /// refused. It belongs to the old one.
    #[must_use]
    pub fn outlived(self, state: &State) -> bool {
        let Self::Setting(setting) = self else { return false };
        let leader = match setting.key {
            key::S3_SECRET_KEY => key::S3_ACCESS_KEY,
            key::AZURE_ACCOUNT_KEY => key::AZURE_ACCOUNT_NAME,
            _ => return false,
        };
        let of_file = matches!(self.origin(state), Some(Origin::File { .. } | Origin::Elsewhere(_)));
        state.draft.replaces(leader) && of_file || state.keeps_refused_secret()
    }

    /// Returns true if the field is a setting that has no answer and needs one now.
    #[must_use]
    pub fn required(self, state: &State) -> bool {
        let Self::Setting(setting) = self else { return false };
        let empty = state.draft.answer(setting).is_none_or(|answer| match answer.text {
            Text::Plain(text) => text.trim().is_empty(),
            Text::Secret(secret) => secret.is_empty(),
        });
        setting.need == Need::Asked && !setting.may_be_later() && empty
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Path => "File",
            Self::Release => "Release",
            Self::Launcher => "Started by",
            Self::SettingsOffer(_) | Self::KeysOffer(_) => "Offer",
            Self::Secure => "Authorization",
            Self::Provider => "Provider",
            Self::Region => "Region",
            Self::Setting(setting) => setting.label,
            Self::Cloud => "Cloud",
            Self::CloudAddress => "Endpoint",
            Self::ConnectTo => "Test through",
            Self::More => "More",
        }
    }

    /// Returns the name of the field in problems and findings.
    #[must_use]
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Setting(setting) => Some(setting.key),
            Self::Release => Some(draft::RELEASE),
            Self::Provider => Some(draft::PROVIDER),
            Self::Region => Some(draft::REGION),
            Self::Cloud | Self::CloudAddress => Some(draft::CLOUD),
            Self::Secure => Some(key::SPRING_PROFILES_ACTIVE),
            Self::Path
            | Self::Launcher
            | Self::ConnectTo
            | Self::More
            | Self::SettingsOffer(_)
            | Self::KeysOffer(_) => None,
        }
    }

    /// Returns true for the last of the keys to the store.
    #[must_use]
    pub fn ends_keys(self) -> bool {
        self.key().is_some_and(|key| [key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY].contains(&key))
    }

    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Path => "The properties file to write, the folder of a Score installation, or its conf folder.",
            Self::Release => "The release of Score. Each release reads different settings.",
            Self::Launcher => {
                "How Score is started. This decides which files it reads. Compose, Kubernetes, the Helm chart and systemd get new files in this \
                 folder, with the secrets in a separate file."
            }
            Self::SettingsOffer(_) => {
                "Carries the settings over to this release. The other installation stays as it is."
            }
            Self::KeysOffer(_) => "Copies the keys into the configuration. The file with the keys stays as it is.",
            Self::Provider => "The kind of store. The next pages ask only what this store needs.",
            Self::Region => "The region of the buckets. It determines the endpoint, and Score signs for this region.",
            Self::Setting(setting) => setting.help,
            Self::Secure => "The profile secure: an authorization server decides who may upload and download.",
            Self::Cloud => {
                "The cloud of the account. Score has no setting for it, so it is written after the account key."
            }
            Self::CloudAddress => {
                "The blob endpoint of the account (Azurite: http://HOST:10000/ACCOUNT), or the part of it after .blob. \
                 It is written after the account key."
            }
            Self::ConnectTo => {
                "HOST:PORT to connect to for the tests, if only the network of Score knows the name of the endpoint. It is \
                 never written to a file. Host header, TLS name and signature stay those of the endpoint."
            }
            Self::More => "These have their usual values. Enter shows them.",
        }
    }

    #[must_use]
    pub fn origin(self, state: &State) -> Option<Origin> {
        match self {
            Self::Setting(setting) => state.draft.answer(setting).map(|answer| answer.origin),
            Self::Cloud | Self::CloudAddress => state.draft.cloud.as_ref().map(|_| Origin::Typed),
            _ => None,
        }
    }

    /// Returns the text for the edit line when the field gets the focus. Contains a secret only if it was typed in this
    /// session.
    #[must_use]
    pub fn editable(self, state: &State) -> zeroize::Zeroizing<String> {
        let text = match self {
            Self::Path => state.path.display().to_string(),
            Self::ConnectTo => state.route.connect_to.clone().unwrap_or_default(),
            Self::CloudAddress => state.draft.cloud(),
            Self::Release
            | Self::Launcher
            | Self::Secure
            | Self::Provider
            | Self::Region
            | Self::Cloud
            | Self::SettingsOffer(_)
            | Self::KeysOffer(_)
            | Self::More => String::new(),
            Self::Setting(setting) => match state.draft.answer(setting) {
                Some(answer) => match answer.text {
                    Text::Plain(text) => text,
                    Text::Secret(_) => match state.draft.typed(setting).map(|typed| &typed.text) {
                        Some(Text::Secret(secret)) => secret.for_editing().to_owned(),
                        _ => String::new(),
                    },
                },
                None => String::new(),
            },
        };
        text.into()
    }

    /// Returns the event of an edit, sent on every key.
    #[must_use]
    pub fn answered(self, text: &str) -> Option<Event> {
        let setting = match self {
            Self::Setting(setting) => setting,
            Self::CloudAddress => return Some(Event::CloudChosen(text.to_owned())),
            _ => return None,
        };
        let key = setting.key;
        Some(match (setting.kind, text) {
            // An empty line is not a secret: the value of the file applies again.
            (Kind::Secret, "") => Event::AnswerRemoved(key),
            (Kind::Secret, text) => {
                Event::Answered { key, text: Text::Secret(Secret::new(text)), origin: Origin::Typed }
            }
            (_, text) => Event::Answered { key, text: Text::Plain(text.to_owned()), origin: Origin::Typed },
        })
    }

    /// Returns the events of leaving the field.
    #[must_use]
    pub fn left(self, text: &str, state: &State) -> Vec<Event> {
        let text = text.trim();
        match self {
            Self::Path if !text.is_empty() && Path::new(text) != state.path => {
                vec![Event::PathChosen(PathBuf::from(text))]
            }
            Self::ConnectTo => {
                let connect_to = Some(text.to_owned()).filter(|text| !text.is_empty());
                if connect_to == state.route.connect_to {
                    return Vec::new();
                }
                vec![Event::RouteChosen(Route { connect_to, ..state.route.clone() })]
            }
            _ => Vec::new(),
        }
    }

    /// Returns the event of Enter in an empty field that may be answered later.
    #[must_use]
    pub fn postponed(self, text: &str, state: &State) -> Option<Event> {
        match self {
            Self::Setting(setting) if setting.may_be_later() && text.trim().is_empty() => {
                (state.draft.value(setting.key).is_none()).then_some(Event::Postponed(setting.key))
            }
            _ => None,
        }
    }

    /// Returns the event of Enter in a list.
    #[must_use]
    pub fn chosen(self, filter: &str, row: usize, state: &State) -> Vec<Event> {
        let chosen = match self {
            Self::SettingsOffer(at) => Some(Event::SettingsTaken(at)),
            Self::KeysOffer(at) => Some(Event::KeysTaken(at)),
            Self::Release => offered_releases(filter).get(row).map(|release| Event::ReleaseChosen(*release)),
            Self::Provider => offered_providers(filter).get(row).map(|provider| Event::ProviderChosen(provider)),
            // A first configuration is asked, so the word that is shown is an answer.
            Self::Secure if asks_for_authorization(state) => Some(Event::SecureChosen(state.secure())),
            Self::Region if self.passes(filter, state) => None,
            Self::Region => {
                offered_regions(state, filter).get(row).map(|region| Event::RegionChosen(region.id.clone()))
            }
            _ => None,
        };
        chosen.into_iter().collect()
    }

    /// Returns true if Enter in the list continues without a choice: if the endpoint is known, no region has to be
    /// chosen.
    #[must_use]
    pub fn passes(self, filter: &str, state: &State) -> bool {
        let known = || score::setting(key::S3_ENDPOINT).and_then(|setting| state.draft.answer(setting)).is_some();
        self == Self::Region && filter.is_empty() && state.draft.region.is_none() && known()
    }

    /// Returns the row of the current answer in a list.
    #[must_use]
    pub fn chosen_row(self, state: &State) -> usize {
        let found = match self {
            Self::Release => {
                let usable = |offer: &Release| {
                    let refused = state.draft.provider.and_then(|provider| provider.refused_by(*offer));
                    state.draft.release.map_or(refused.is_none(), |release| release == *offer)
                };
                offered_releases("").iter().position(usable)
            }
            Self::Provider => offered_providers("").iter().position(|offer| state.draft.provider == Some(offer)),
            Self::Region => {
                offered_regions(state, "").iter().position(|offer| state.draft.region.as_ref() == Some(&offer.id))
            }
            _ => None,
        };
        found.unwrap_or(0)
    }

    /// Returns the number of rows in the list.
    #[must_use]
    pub fn rows(self, filter: &str, state: &State) -> usize {
        match self {
            Self::Release => offered_releases(filter).len(),
            Self::Provider => offered_providers(filter).len(),
            Self::Region => offered_regions(state, filter).len(),
            _ => 0,
        }
    }

    /// Returns the answers to choose from, in the order of the arrows and of lists. Empty for a typed answer.
    #[must_use]
    pub fn choices(self, state: &State) -> Vec<FieldChoice> {
        let choice = |value: &str, shown: &str, chosen, event| FieldChoice {
            value: value.to_owned(),
            shown: shown.to_owned(),
            chosen,
            event,
        };
        match self {
            Self::Release => {
                let now = state.draft.release;
                let releases = offered_releases("").into_iter();
                releases
                    .map(|one| choice(one.name(), one.name(), now == Some(one), Event::ReleaseChosen(one)))
                    .collect()
            }
            Self::Provider => {
                let now = state.draft.provider;
                let providers = offered_providers("").into_iter();
                providers.map(|one| choice(&one.id, &one.name, now == Some(one), Event::ProviderChosen(one))).collect()
            }
            Self::Region => {
                let now = state.draft.region.as_ref();
                let regions = offered_regions(state, "").into_iter();
                regions
                    .map(|one| choice(&one.id, &one.name, now == Some(&one.id), Event::RegionChosen(one.id.clone())))
                    .collect()
            }
            Self::Launcher => {
                let now = started_by(state);
                let starts = Launcher::ALL.map(|one| (one.name(), launcher_name(one), Event::LauncherChosen(one)));
                let forms = ExportForm::STARTS.map(|form| (form.name(), form_name(form), Event::FormChosen(form)));
                let all = starts.into_iter().chain(forms);
                all.map(|(name, shown, event)| choice(name, shown, now == shown, event)).collect()
            }
            Self::Secure => [("on", true), ("off", false)]
                .map(|(word, on)| choice(word, word, state.secure() == on, Event::SecureChosen(on)))
                .into(),
            Self::Cloud => {
                let own = own_cloud(state);
                let known = CLOUDS.into_iter().map(|(name, suffix)| (name, suffix, suffix == state.draft.cloud()));
                let clouds = known.chain([(OWN_CLOUD, "", own)]);
                clouds
                    .map(|(name, suffix, chosen)| choice(suffix, name, chosen, Event::CloudChosen(suffix.to_owned())))
                    .collect()
            }
            Self::SettingsOffer(at) => vec![choice("", "take them", false, Event::SettingsTaken(at))],
            Self::KeysOffer(at) => vec![choice("", "take them", false, Event::KeysTaken(at))],
            Self::Setting(setting) => {
                let now = word(state, setting);
                let words = words(setting).into_iter();
                words
                    .map(|word| {
                        let text = Text::Plain(word.value.to_owned());
                        let event = Event::Answered { key: setting.key, text, origin: Origin::Typed };
                        choice(word.value, word.shown, now == Some(word), event)
                    })
                    .collect()
            }
            Self::Path | Self::CloudAddress | Self::ConnectTo | Self::More => Vec::new(),
        }
    }

    /// Returns the event of an arrow key on a slider or a choice.
    #[must_use]
    pub fn stepped(self, state: &State, up: bool) -> Vec<Event> {
        if let Self::Setting(setting) = self
            && let Kind::Bytes { min, max } = setting.kind
        {
            let answer = state.draft.answer(setting);
            let now = answer.as_ref().and_then(|answer| plain(&answer.text)).unwrap_or_default().trim();
            let Some(now) = bytes(now) else { return Vec::new() };
            let stops = stops(least(min), max);
            let to =
                if up { stops.iter().find(|stop| **stop > now) } else { stops.iter().rev().find(|stop| **stop < now) };
            return to.and_then(|to| self.answered(&size_text(*to))).into_iter().collect();
        }
        let mut choices = self.choices(state);
        if choices.is_empty() {
            return Vec::new();
        }
        let at = choices.iter().position(|choice| choice.chosen);
        let to = at.map_or(0, |at| turned(at, choices.len(), up));
        vec![choices.swap_remove(to).event]
    }
}

fn turned(at: usize, words: usize, up: bool) -> usize {
    if up { (at + 1) % words } else { (at + words - 1) % words }
}

/// Formats a size in the largest unit that keeps it exact.
#[must_use]
pub fn size_text(size: i64) -> String {
    for (unit, name) in [(1 << 30, "GiB"), (MIB, "MiB"), (1 << 10, "KiB")] {
        if size >= unit && size % unit == 0 {
            return format!("{} {name}", size / unit);
        }
    }
    size.to_string()
}

/// Parses a size as typed.
#[must_use]
pub fn bytes(text: &str) -> Option<i64> {
    let at = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(at);
    let unit = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" | "k" => 1 << 10,
        "mib" | "m" => MIB,
        "gib" | "g" => 1 << 30,
        _ => return None,
    };
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slider_stops_at_round_sizes_and_at_both_ends() {
        assert_eq!(
            stops(20 * MIB, 2047 * MIB).into_iter().map(size_text).collect::<Vec<_>>(),
            ["20 MiB", "32 MiB", "64 MiB", "128 MiB", "256 MiB", "512 MiB", "1 GiB", "2047 MiB"]
        );
    }

    #[test]
    fn an_emptied_secret_is_taken_back_and_an_emptied_text_is_an_answer() {
        let field = |key| Field::Setting(score::setting(key).expect("a setting"));
        let emptied = field(key::S3_SECRET_KEY).answered("");
        assert!(matches!(emptied, Some(Event::AnswerRemoved(key::S3_SECRET_KEY))));
        assert!(matches!(field(key::S3_ACCESS_KEY).answered(""), Some(Event::Answered { .. })));
    }
}
