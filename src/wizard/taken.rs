//! Takes answers from texts of other tools: what was pasted, keys found on this machine, and a bucket in an endpoint.

use super::{Effect, Event, Purpose, State, update};
use crate::{
    answers::{
        draft::{Origin, Text},
        pasted::{Offer, Pasted, account_in, bucket_in},
    },
    install::{
        deployment::{Launcher, Setup, Sighting, beside},
        lint::Edit,
        recognise,
    },
    score::{Api, SETTINGS, Scope, Setting, key, setting, setting_for},
    text::properties::Document,
};

/// Applies an event of this part.
pub(super) fn apply(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Taken { pasted, source } => {
            take(state, pasted, &source);
            if state.deployment.is_some() {
                return update::start_background_check(state, Scope::SignIn);
            }
        }
        Event::KeysTaken(at) => return take_keys(state, at),
        Event::SettingsTaken(at) => take_settings(state, at),
        Event::CredentialsFound(offers) => state.offers = Some(offers),
        Event::Postponed(key) => state.draft.postpone(key),
        _ => {}
    }
    Vec::new()
}

/// Takes all answers of a text.
fn take(state: &mut State, pasted: Pasted, source: &str) {
    if let Some(provider) = pasted.provider {
        update::choose_provider(state, provider);
    }
    if let Some(region) = pasted.region {
        // The region gives the endpoint, unless an endpoint was typed.
        state.draft.take_back(key::S3_ENDPOINT);
        update::choose_region(state, region);
    } else if pasted.answers.iter().any(|(key, _)| *key == key::S3_ENDPOINT) {
        state.draft.region = None;
    }
    for (key, text) in pasted.answers {
        update::answer(state, key, text, Origin::Taken(source.to_owned()));
    }
    // An account key without a cloud would remove the cloud.
    if pasted.cloud.is_some() {
        state.draft.cloud = pasted.cloud;
    }
}

/// Takes the keys of an offer, and what the draft does not know yet.
fn take_keys(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(Offer { source, result: Ok(pasted) }) = state.offers.as_ref().and_then(|offers| offers.get(at)).cloned()
    else {
        return Vec::new();
    };
    let provider = state.draft.provider.or(pasted.provider);
    let api = provider.map_or(Api::S3, |provider| provider.api);
    let mut pasted = Pasted { provider, ..pasted };
    let signs = [key::S3_ACCESS_KEY, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_NAME, key::AZURE_ACCOUNT_KEY];
    pasted.answers.retain(|(key, _)| signs.contains(key) || !state.draft.filled(key));
    pasted.answers.retain(|(key, _)| setting_for(api, key).is_some());
    let known = state.draft.region.is_some() || state.draft.filled(key::S3_ENDPOINT);
    pasted.region = pasted.region.filter(|_| !known);
    take(state, pasted, &source);
    update::start_background_check(state, Scope::SignIn)
}

/// Looks for keys on this machine, once.
pub(super) fn look(state: &State) -> Vec<Effect> {
    state.home.clone().filter(|_| state.offers.is_none()).map(Effect::FindCredentials).into_iter().collect()
}

/// Takes the bucket in a typed endpoint, unless the object bucket has an answer.
pub(super) fn take_bucket(state: &mut State) {
    if state.draft.filled(key::BUCKET_NAME_OBJECT) {
        return;
    }
    let endpoint = setting(key::S3_ENDPOINT).and_then(|setting| state.draft.typed(setting));
    let Some(Text::Plain(endpoint)) = endpoint.map(|answer| &answer.text) else { return };
    if let Some((bucket, _)) = bucket_in(endpoint) {
        let source = Origin::Taken("from the endpoint".to_owned());
        update::answer(state, key::BUCKET_NAME_OBJECT, Text::Plain(bucket), source);
    }
}

/// Takes the account and the cloud from a URL that was typed for the account.
pub(super) fn take_account(state: &mut State) {
    let account = setting(key::AZURE_ACCOUNT_NAME).and_then(|setting| state.draft.typed(setting));
    let Some(Text::Plain(account)) = account.map(|answer| &answer.text) else { return };
    if let Some(pasted) = account_in(account.trim()) {
        take(state, pasted, "from the URL");
    }
}

/// Takes the settings of another installation into the opened one, which has none. The files of the other stay as they
/// are. From here on, this is an upgrade: the settings get the names of the new release.
fn take_settings(state: &mut State, at: usize) {
    let offered = state.older_installations().into_iter().any(|(offered, _)| offered == at);
    let Some(sighting) = state.sightings.as_ref().and_then(|all| all.get(at)).filter(|_| offered).cloned() else {
        return;
    };
    let Some(read) = &state.deployment else { return };
    let mut working = read.clone();
    working.application.bytes.clone_from(&sighting.deployment.application.bytes);
    let launch = recognise::launch(&sighting.deployment, None);
    state.setup.profiles = Some(beside(&launch.profiles, launch.release, &Setup::default(), false));
    state.setup.taken_from = Some(sighting.path);
    state.fixed = Some(working);
    state.purpose = Some(Purpose::Upgrade);
    update::read_file_answers(state);
    let api = recognise::api(&sighting.deployment, &launch);
    state.draft.recognise_provider(api, recognise::mark(&sighting.deployment));
    // No name of the other release stays in the new file.
    update::fix_all(state, |edit| !matches!(edit, Edit::Mode { .. }));
}

impl State {
    /// Returns the installations with settings, if the opened one has none, with their index.
    #[must_use]
    pub fn older_installations(&self) -> Vec<(usize, &Sighting)> {
        let Some(opened) = self.deployment.as_ref().filter(|_| self.purpose() == Purpose::Install) else {
            return Vec::new();
        };
        let container = self.launcher() == Launcher::Docker;
        let other = |sighting: &Sighting| {
            let file = &sighting.deployment.application;
            let set = || Document::parse(file.bytes.as_deref().unwrap_or_default()).is_ok_and(|file| !file.keyless());
            !container && file.path != opened.application.path && set()
        };
        self.sightings.iter().flatten().enumerate().filter(|(_, sighting)| other(sighting)).collect()
    }

    /// Returns the settings of the file that get another name in the release of the draft: the old and the new name.
    #[must_use]
    pub fn renamed(&self) -> Vec<(&'static str, &'static str)> {
        let (Some(release), Some(working)) = (self.draft.release, self.working()) else { return Vec::new() };
        let Ok(document) = Document::parse(working.application.bytes.as_deref().unwrap_or_default()) else {
            return Vec::new();
        };
        let has = |name: &str, setting: &Setting| document.effective(name, setting.spelling()).is_some();
        let renamed = |setting: &'static Setting| {
            let (old, new) = (setting.key_until_5_11?, setting.key);
            let (from, to) = if setting.name(release) == new { (old, new) } else { (new, old) };
            (has(from, setting) && !has(to, setting)).then_some((from, to))
        };
        SETTINGS.iter().filter(|setting| setting.serves(self.draft.api())).filter_map(renamed).collect()
    }

    /// Returns the offers that fit the provider and are not in use yet, with their index.
    #[must_use]
    pub fn fitting_offers(&self) -> Vec<(usize, &Offer)> {
        let fits = |pasted: &Pasted| match (pasted.provider, self.draft.provider) {
            (Some(offered), Some(chosen)) => offered == chosen,
            (None, Some(chosen)) => chosen.api == Api::S3,
            (_, None) => true,
        };
        let used = |pasted: &Pasted| {
            let signs = [key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY];
            let mut secrets = pasted.answers.iter().filter(|(key, _)| signs.contains(key));
            secrets.any(
                |(key, text)| matches!(text, Text::Secret(secret) if self.draft.secret(key).as_ref() == Some(secret)),
            )
        };
        let offers = self.offers.iter().flatten().enumerate();
        offers.filter(|(_, offer)| offer.result.as_ref().is_ok_and(|pasted| fits(pasted) && !used(pasted))).collect()
    }
}
