//! Contains `update`: what an event changes, and which effects follow.

mod checking;
mod lessons;
mod repairs;
mod rotation;
mod stored;
mod unfinished;
mod watch;
mod writing;

use std::path::PathBuf;

pub(super) use checking::start_background_check;
use checking::{check, stop, stop_background_check};
pub use lessons::Lesson;
pub use rotation::{ANSWERS_IN_A_ROW, AfterRotation, NewKeys, ReplacedKeys, Rotation, ScoreAnswer, Takeover, concern};
pub use stored::StoredObjects;
pub use watch::Watch;
use writing::leave;

use super::{
    Effect, Event, Purpose, Revision, SettingsChange, Standing, State, Trouble,
    field::{Field, step_of},
    taken, tuning,
};
use crate::{
    answers::draft::{CLOUD, Draft, Origin, Text},
    install::{
        deployment::{Deployment, ExportForm, Launcher, LoadError, SECURE, Setup},
        lint::{self, Edit},
        recognise,
        spring::View,
    },
    score::{self, Provider, Scope, Step, key},
    text::{properties::Document, secret::Secret},
};

/// Applies an event and returns the effects to perform. Accepts any event at any time.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    if state.over.is_some() {
        return Vec::new();
    }
    let revision = revision_after(state, &event);
    let news =
        matches!(event, Event::FieldLeft(_) | Event::CheckNews { .. } | Event::Sighted(_) | Event::CredentialsFound(_));
    state.leads_back &= news;
    let moves = matches!(event, Event::FieldLeft(_) | Event::StepChosen(_) | Event::WentOn { .. } | Event::LeaveAsked);
    let mut effects = if moves { unfinished::remember(state) } else { Vec::new() };
    let ends_rotation = rotation::ends(&event);
    let counted = rotation::count(state);
    if moves {
        rotation::put_in(state);
    }
    effects.append(&mut apply(state, event));
    let ended = rotation::follow(state, ends_rotation);
    let revision = revision.with_files(ended || rotation::count(state) != counted);
    if state.step == Step::Review && !state.loading {
        effects.append(&mut stored::begin(state));
    }
    state.reached = state.reached.max(state.step);
    state.revision = revision;
    // The profile `secure` decides which answers are needed.
    state.draft.secure = state.secure();
    effects
}

/// Counts what an event may change. The match names every event, so that a new one is decided here.
fn revision_after(state: &State, event: &Event) -> Revision {
    let Revision { sightings, files, launch, answers, checks } = state.revision;
    let [read, judged, answered, checked] = match event {
        Event::PathChosen(_)
        | Event::PurposeChosen(_)
        | Event::Loaded(_)
        | Event::ContinueChosen(_)
        | Event::KeysReplaced(_)
        | Event::ChangeChosen(_)
        | Event::SettingsTaken(_) => [true; 4],
        Event::FixAsked(_) | Event::FixAllAsked => [true, false, true, false],
        Event::ReleaseChosen(_) | Event::LauncherChosen(_) | Event::FormChosen(_) | Event::ProviderChosen(_) => {
            [false, true, true, false]
        }
        Event::ProfilesChosen(_)
        | Event::SecureChosen(_)
        | Event::CompanionFilesChosen(_)
        | Event::RegionChosen(_)
        | Event::CloudChosen(_)
        | Event::Answered { .. }
        | Event::AnswerRemoved(_)
        | Event::Postponed(_)
        | Event::CredentialsFound(_)
        | Event::StepChosen(_)
        | Event::AdviceTaken => [false, false, true, false],
        Event::RepairAsked(_) | Event::WentOn { .. } | Event::FieldLeft(key::S3_ENDPOINT | key::AZURE_ACCOUNT_NAME) => {
            [false, false, true, true]
        }
        Event::KeysTaken(_) | Event::Taken { .. } => [false, true, true, true],
        Event::FieldLeft(_)
        | Event::CheckAsked
        | Event::ProveAsked
        | Event::StopAsked
        | Event::CreateMissingAsked
        | Event::Repaired { .. } => [false, false, false, true],
        Event::CheckNews { run, .. } => {
            [false, false, false, state.run.iter().chain(&state.background).any(|known| known.number == *run)]
        }
        Event::LookAsked
        | Event::Sighted(_)
        | Event::RouteChosen(_)
        | Event::CreateChosen(_)
        | Event::CreateAs(_)
        | Event::StoreSettingsChosen(_)
        | Event::LinkAsked
        | Event::Linked(_)
        | Event::Counted { .. }
        | Event::RulesKept(_)
        | Event::RulesPutBack(_)
        | Event::TuneAsked(_)
        | Event::TuneNews { .. }
        | Event::RecallAsked
        | Event::Recalled(_)
        | Event::WatchAsked
        | Event::WatchNews { .. }
        | Event::FoundInBackups(_)
        | Event::SaveAsked
        | Event::Saved(_)
        | Event::WriteAsked { .. }
        | Event::Written(_)
        | Event::TroubleDismissed
        | Event::LeaveAsked
        | Event::SandboxAsked => [false; 4],
    };
    Revision {
        sightings: sightings + u64::from(matches!(event, Event::Sighted(_))),
        files: files + u64::from(read),
        launch: launch + u64::from(judged),
        answers: answers + u64::from(answered),
        checks: checks + u64::from(checked),
    }
}

pub(super) fn apply(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::PathChosen(path) => open(state, path),
        Event::PurposeChosen(purpose) => choose_purpose(state, purpose),
        Event::ReleaseChosen(release) => no_effects(|| {
            state.draft.release = Some(release);
            state.release_found = false;
            read_file_answers(state);
        }),
        Event::LauncherChosen(start) => no_effects(|| choose_start(state, Some(start), None)),
        // The files that were read keep their launcher, so their settings stay the answers.
        Event::FormChosen(form) => no_effects(|| choose_start(state, None, Some(form))),
        Event::ProfilesChosen(profiles) => no_effects(|| state.setup.profiles = Some(profiles)),
        Event::SecureChosen(wanted) => no_effects(|| {
            let mut beside = state.other_profiles();
            beside.retain(|name| name != SECURE);
            beside.extend(wanted.then(|| SECURE.to_owned()));
            state.setup.profiles = Some(beside);
        }),
        Event::CompanionFilesChosen(wanted) => no_effects(|| state.setup.companion_files = wanted),
        // The sandbox shows nothing else of this machine.
        Event::LookAsked if state.sandbox.is_some() => Vec::new(),
        Event::LookAsked => vec![Effect::Look(state.here.clone())],
        Event::Sighted(sightings) => no_effects(|| state.sightings = Some(sightings)),
        Event::FixAsked(findings) => no_effects(|| fix(state, |files| lint::fix(files, &findings))),
        Event::FixAllAsked if state.purpose() == Purpose::Install => Vec::new(),
        Event::FixAllAsked => no_effects(|| fix_all(state, |_| true)),
        Event::KeysReplaced(keys) => no_effects(|| rotation::replace(state, &keys)),
        Event::ProviderChosen(provider) => no_effects(|| choose_provider(state, provider)),
        Event::RegionChosen(region) => no_effects(|| choose_region(state, region)),
        Event::Answered { key, text, origin } => no_effects(|| answer(state, key, text, origin)),
        Event::AnswerRemoved(key) => no_effects(|| {
            use_answers(state);
            state.draft.take_back(key);
        }),
        Event::CloudChosen(cloud) => no_effects(|| choose_cloud(state, cloud)),
        Event::FieldLeft(key) => leave_field(state, key),
        Event::RouteChosen(route) => no_effects(|| state.route = route),
        Event::CreateChosen(create) => no_effects(|| state.create = create),
        Event::CreateAs(keys) => no_effects(|| state.create_as = keys),
        Event::StoreSettingsChosen(wanted) => no_effects(|| state.store_settings = wanted),
        Event::Taken { .. }
        | Event::KeysTaken(_)
        | Event::SettingsTaken(_)
        | Event::CredentialsFound(_)
        | Event::Postponed(_) => taken::apply(state, event),
        Event::StepChosen(step) => go_to(state, step),
        Event::ChangeChosen(change) => begin_change(state, change),
        Event::WentOn { after, back } => go_on(state, after, back),
        Event::CheckAsked => {
            repairs::forget(state);
            let effects = check(state);
            if !effects.is_empty() {
                state.step = Step::Checks;
            }
            effects
        }
        Event::ProveAsked => {
            state.proving = true;
            apply(state, Event::CheckAsked)
        }
        Event::StopAsked => {
            repairs::forget(state);
            stop(state)
        }
        Event::RepairAsked(repair) => repairs::begin(state, repair),
        Event::CreateMissingAsked => {
            let missing = state.missing();
            repairs::in_store(state, missing, true)
        }
        Event::LinkAsked => link(state),
        Event::TuneAsked(budget) => tuning::begin(state, budget),
        Event::TuneNews { run, news } => no_effects(|| tuning::note(state, run, news)),
        Event::AdviceTaken => no_effects(|| take_advice(state)),
        Event::RecallAsked => state.remembers.then_some(Effect::Recall).into_iter().collect(),
        Event::Recalled(recalled) => no_effects(|| state.recalled = recalled),
        Event::ContinueChosen(wanted) => unfinished::choose(state, wanted),
        Event::WatchAsked => watch::begin(state),
        Event::WatchNews { run, news, at } => watch::note(state, run, news, at),
        Event::FoundInBackups(found) => no_effects(|| {
            if let Some(keys) = state.replaced.last_mut() {
                keys.add_backups(found);
            }
        }),
        Event::SaveAsked => save(state),
        Event::Saved(result) => no_effects(|| state.saved = Some(result)),
        Event::WriteAsked { fingerprint, anyway } => writing::write(state, fingerprint, anyway),
        Event::TroubleDismissed => no_effects(|| state.trouble = None),
        Event::LeaveAsked => leave(state),
        Event::SandboxAsked => writing::leave_for_sandbox(state),
        Event::Loaded(result) => loaded(state, result),
        Event::CheckNews { run, news } => checking::take(state, run, news),
        Event::Repaired { repair, result } => repairs::done(state, repair, result),
        // Only a command waits for it.
        Event::RulesPutBack(_) => Vec::new(),
        Event::RulesKept(kept) => no_effects(|| state.kept_rules.push(kept)),
        Event::Written(result) => writing::written(state, result),
        Event::Linked(result) => no_effects(|| state.link = Some(result)),
        Event::Counted { run, result } => no_effects(|| stored::note(state, run, result)),
    }
}

fn choose_start(state: &mut State, start: Option<Launcher>, form: Option<ExportForm>) {
    (state.setup.start, state.setup.form) = (start, form);
    read_file_answers(state);
}

/// Saves the answers in the working directory.
fn save(state: &State) -> Vec<Effect> {
    vec![Effect::SaveAnswers { folder: state.here.clone(), text: super::record::record(state) }]
}

/// Applies a change that causes no effects.
fn no_effects(change: impl FnOnce()) -> Vec<Effect> {
    change();
    Vec::new()
}

/// Shows a step. The review shows the answers as they will be written.
fn go_to(state: &mut State, step: Step) -> Vec<Effect> {
    if step == Step::Review {
        use_answers(state);
    }
    if matches!(step, Step::Where | Step::Checks | Step::Review) {
        state.changing.clear();
    }
    state.step = step;
    state.receipt = None;
    state.link = None;
    let mut effects = watch::end(state);
    if step == Step::Connection {
        effects.append(&mut taken::look(state));
    }
    if step == Step::Review {
        stored::forget_failure(state);
    }
    effects
}

/// Goes to the first field of a change.
fn begin_change(state: &mut State, change: SettingsChange) -> Vec<Effect> {
    let keys = change.keys(state);
    let Some(step) = keys.first().and_then(|key| step_of(key)) else { return Vec::new() };
    if change == SettingsChange::Keys
        && let Err(problem) = rotation::begin(state)
    {
        let hint = "To write the keys in a different place, choose All settings.";
        state.trouble = Some(rotation::trouble(problem, hint));
        return Vec::new();
    }
    let effects = go_to(state, step);
    state.changing = keys.to_vec();
    effects
}

/// Goes to the next place that needs an answer, or returns from a jump. Runs the checks where their results are needed
/// and are about other values.
fn go_on(state: &mut State, after: Option<Field>, back: Option<Step>) -> Vec<Effect> {
    if state.loading {
        return Vec::new();
    }
    if state.doubts(after) && back.is_none() {
        // The refusal is shown at the field. The next Enter goes on.
        state.doubted = state.store(Scope::SignIn).map(|(_, store)| store);
        return Vec::new();
    }
    state.leads_back = state.leaves_keys(after) && back.is_none();
    if let Some(key) = after.and_then(Field::key) {
        state.changing.retain(|changing| *changing != key);
    }
    let next = state.next_needed(after);
    if next.step == state.step && next.field.is_some() {
        return Vec::new();
    }
    let step = back.unwrap_or(next.step);
    // The checks show a refusal themselves.
    state.leads_back &= step < Step::Checks;
    let mut effects = go_to(state, step);
    let outdated = match state.standing() {
        Standing::NotRun | Standing::Stale => matches!(step, Step::Checks | Step::Review),
        Standing::Running | Standing::Ended(_) => false,
    };
    if outdated {
        repairs::forget(state);
        effects.append(&mut check(state));
    }
    effects
}

fn open(state: &mut State, path: PathBuf) -> Vec<Effect> {
    if let Some(sandbox) = state.sandbox.as_ref().filter(|sandbox| !path.starts_with(&sandbox.folder)) {
        state.trouble = Some(Trouble {
            what: format!("{} was not opened", path.display()),
            cause: format!("The sandbox opens only its own folder, {}.", sandbox.folder.display()),
            hint: "Leave the sandbox, and start score-setup without it.".into(),
            wrong: false,
        });
        return Vec::new();
    }
    put_aside(state);
    state.deployment = None;
    state.fixed = None;
    state.rotation = None;
    state.refused.clear();
    state.reached = Step::Where;
    state.doubted = None;
    state.stored = None;
    state.changing.clear();
    state.resuming = None;
    state.setup.taken_from = None;
    state.loading = true;
    state.trouble = None;
    state.receipt = None;
    state.saved = None;
    // Without a purpose, a file is opened for its answers.
    state.as_written &= state.purpose.is_none();
    state.purpose = None;
    state.proving = false;
    state.path.clone_from(&path);
    if state.release_found {
        state.release_found = false;
        state.draft.release = None;
    }
    let mut effects = watch::end(state);
    effects.push(Effect::Load(path));
    effects
}

/// Keeps what was done with the open deployment before another one is opened.
fn put_aside(state: &mut State) {
    if state.written.is_empty() && state.created.is_empty() && state.kept_rules.is_empty() {
        return;
    }
    let mut earlier = std::mem::take(&mut state.earlier);
    earlier.push(state.clone());
    state.earlier = earlier;
    (state.written, state.created, state.kept_rules) = (Vec::new(), Vec::new(), Vec::new());
    state.replaced = Vec::new();
}

/// Goes on with a deployment that was opened before in this session.
fn take_up(state: &mut State) {
    let Some(at) = state.earlier.iter().position(|earlier| earlier.path == state.path) else { return };
    let earlier = state.earlier.remove(at);
    (state.written, state.created, state.kept_rules) = (earlier.written, earlier.created, earlier.kept_rules);
    state.replaced = earlier.replaced;
}

/// Sets the purpose. Before the file is read, answers about an earlier deployment are removed.
fn choose_purpose(state: &mut State, purpose: Purpose) -> Vec<Effect> {
    rotation::follow(state, true);
    state.purpose = Some(purpose);
    state.proving = false;
    state.as_written = purpose == Purpose::Troubleshoot && (state.deployment.is_none() || !state.draft.changed());
    if state.deployment.is_some() {
        read_file_answers(state);
        return Vec::new();
    }
    let mut effects = stop(state);
    effects.append(&mut stop_background_check(state));
    (state.run, state.background) = (None, None);
    repairs::forget(state);
    state.repaired.clear();
    let release = state.draft.release;
    state.draft = Draft::default();
    state.draft.release = release;
    state.setup = Setup::default();
    effects
}

fn loaded(state: &mut State, result: Result<Deployment, LoadError>) -> Vec<Effect> {
    state.loading = false;
    // After a write the file is read again, and the session continues.
    let opened = state.deployment.is_none();
    match result {
        Ok(deployment) => {
            let application = &deployment.application;
            state.path.clone_from(&application.path);
            if opened {
                take_up(state);
            }
            if state.draft.release.is_none() {
                state.draft.release = recognise::releases(&deployment, None).told();
                state.release_found = state.draft.release.is_some();
            }
            state.draft.assumed = Some(recognise::launch(&deployment, None).release);
            match Document::parse(application.bytes.as_deref().unwrap_or_default()) {
                Ok(document) => {
                    let purpose = if document.keyless() { Purpose::Install } else { Purpose::Reconfigure };
                    state.purpose.get_or_insert(purpose);
                }
                Err(bad) => {
                    state.trouble = Some(Trouble {
                        what: format!("cannot read {} as properties", application.path.display()),
                        cause: bad.to_string(),
                        hint: "Score cannot read this file either. Fix the line, then open the file again.".into(),
                        wrong: true,
                    });
                }
            }
            state.deployment = Some(deployment);
            state.fixed = None;
            if let Some(rotation) = &mut state.rotation {
                rotation.base = None;
            }
            read_file_answers(state);
            let api = state.working().and_then(|working| recognise::api(working, &state.launch()));
            let mark = state.working().and_then(recognise::mark);
            state.draft.recognise_provider(api, mark);
            settle_answers(state);
            unfinished::resume(state);
            match state.purpose {
                Some(Purpose::Troubleshoot) if opened => {
                    state.step = Step::Checks;
                    return check(state);
                }
                // A first configuration begins with its first question.
                Some(Purpose::Install) if opened && begins(state) => state.step = Step::Provider,
                _ => {}
            }
        }
        Err(error) => {
            state.deployment = None;
            state.trouble = Some(Trouble {
                what: format!("cannot read {}", error.path.display()),
                cause: error.cause,
                hint: error.hint,
                wrong: error.wrong,
            });
        }
    }
    Vec::new()
}

/// Returns true if the page of the deployment has nothing to ask before the first question about the store.
fn begins(state: &State) -> bool {
    let nothing = state.trouble.is_none() && state.offered().is_none() && state.older_installations().is_empty();
    nothing && state.step == Step::Where && state.draft.release.is_some()
}

/// Replaces the answers by the values of the files after a write, so that those are shown and checked. Keeps the
/// answers if the files say something else.
fn settle_answers(state: &mut State) {
    if state.receipt.is_none() {
        return;
    }
    let mut read = state.draft.clone();
    read.settle();
    if state.replaces_keys() {
        // Only what was tried is written.
        if state.run.as_ref().is_some_and(|run| run.store == read.found().store) {
            state.draft = read;
        }
        return;
    }
    if read.target().is_ok_and(|read| Ok(read) == state.draft.target()) {
        state.draft = read;
    }
}

/// Takes the answers from the deployment as Score would read them. They depend on the release and on how Score is
/// started.
pub(super) fn read_file_answers(state: &mut State) {
    let Some(working) = state.working() else { return };
    let launch = state.launch();
    let view = if state.as_written { View::of(working, &launch) } else { View::answers(working, &launch) };
    state.draft.keep(&view);
}

/// Switches the checks from the file exactly as written to the answers.
pub(super) fn use_answers(state: &mut State) {
    if state.as_written && state.purpose == Some(Purpose::Troubleshoot) {
        state.as_written = false;
        read_file_answers(state);
    }
}

pub(super) fn choose_provider(state: &mut State, provider: &'static Provider) {
    if state.draft.provider == Some(provider) {
        return;
    }
    use_answers(state);
    state.draft.provider = Some(provider);
    state.draft.region = None;
    state.draft.cloud = None;
}

fn choose_cloud(state: &mut State, cloud: String) {
    use_answers(state);
    state.draft.cloud = Some(cloud);
}

pub(super) fn choose_region(state: &mut State, region: String) {
    use_answers(state);
    state.draft.region = Some(region);
}

pub(super) fn answer(state: &mut State, key: &'static str, text: Text, origin: Origin) {
    use_answers(state);
    state.draft.give(key, hidden_if_secret(key, text), origin);
}

/// Converts the answer to a secret setting to a secret, whatever a shell sends.
fn hidden_if_secret(key: &str, text: Text) -> Text {
    match text {
        Text::Plain(text) if score::setting(key).is_some_and(score::Setting::secret) => Text::Secret(Secret::new(text)),
        text => text,
    }
}

/// Applies every repair of the files to the draft that has only such edits.
pub(super) fn fix_all(state: &mut State, wanted: impl Fn(&Edit) -> bool) {
    let api = state.draft.provider.map(|provider| provider.api);
    let launch = state.launch_for_lint();
    fix(state, |files| lint::fix_all(files, &launch, api, &wanted).0);
}

/// Applies a fix to the files of the draft.
fn fix(state: &mut State, fix: impl Fn(&Deployment) -> Deployment) {
    rotation::fix_base(state, &fix);
    state.fixed = state.working().map(fix);
    read_file_answers(state);
}

/// Takes the bucket out of an endpoint that was left, and starts the background check of the field.
fn leave_field(state: &mut State, key: &str) -> Vec<Effect> {
    if key == key::S3_ENDPOINT {
        taken::take_bucket(state);
    }
    if key == key::AZURE_ACCOUNT_NAME {
        taken::take_account(state);
    }
    match key {
        key::S3_ENDPOINT | key::AZURE_ACCOUNT_NAME | CLOUD => start_background_check(state, Scope::Reach),
        key::S3_SECRET_KEY | key::AZURE_ACCOUNT_KEY => start_background_check(state, Scope::SignIn),
        _ => Vec::new(),
    }
}

fn take_advice(state: &mut State) {
    use_answers(state);
    tuning::take_advice(state);
}

fn link(state: &mut State) -> Vec<Effect> {
    state.link = None;
    state.linkable().map(Effect::Link).into_iter().collect()
}
