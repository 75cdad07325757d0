//! Contains `update`: what an event changes, and which effects follow.

use std::path::PathBuf;

use super::{Blocked, Effect, Event, Exit, Purpose, Run, State, Trouble};
use crate::store::provision::ProvisionError;
use crate::{
    answers::draft::{CLOUD, Draft, Origin, Text},
    install::{
        deployment::{Deployment, LoadError, SECURE, Setup},
        lint, recognise,
        spring::View,
    },
    score as catalogue,
    score::{Provider, Scope, Step, key},
    store::checks::{News, Repair, engine::Board},
    text::{properties::Document, secret::Secret},
    wizard::proposal::{Receipt, WriteError},
};

/// Applies an event and returns the effects to perform. Accepts any event at any time.
pub fn update(state: &mut State, event: Event) -> Vec<Effect> {
    if state.over.is_some() {
        return Vec::new();
    }
    let effects = happen(state, event);
    // The profile `secure` decides which answers are needed.
    state.draft.secure = state.secure();
    effects
}

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::PathChosen(path) => open(state, path),
        Event::WayChosen(way) => choose_way(state, way),
        Event::ReleaseChosen(release) => quietly(|| {
            state.draft.release = Some(release);
            state.release_found = false;
            keep(state);
        }),
        Event::StartChosen(start) => quietly(|| {
            state.setup.start = Some(start);
            keep(state);
        }),
        Event::ProfilesChosen(profiles) => quietly(|| state.setup.profiles = Some(profiles)),
        Event::SecureChosen(wanted) => quietly(|| {
            let mut beside = state.beside();
            beside.retain(|name| name != SECURE);
            beside.extend(wanted.then(|| SECURE.to_owned()));
            state.setup.profiles = Some(beside);
        }),
        Event::CompanionFilesChosen(wanted) => quietly(|| state.setup.companion_files = wanted),
        Event::LookAsked => vec![Effect::Look(state.here.clone())],
        Event::Sighted(sightings) => quietly(|| state.sightings = Some(sightings)),
        Event::FixAsked(findings) => quietly(|| {
            state.fixed = state.working().map(|working| lint::fix(working, &findings));
            keep(state);
        }),
        Event::FixAllAsked if state.way() == Purpose::Install => Vec::new(),
        Event::FixAllAsked => quietly(|| {
            let api = state.draft.provider.map(|provider| provider.api);
            let stand = state.judged();
            state.fixed = state.working().map(|working| lint::fix_all(working, &stand, api).0);
            keep(state);
        }),
        Event::ProviderChosen(provider) => quietly(|| choose_provider(state, provider)),
        Event::RegionChosen(region) => quietly(|| choose_region(state, region)),
        Event::Answered { key, text, origin } => quietly(|| answer(state, key, text, origin)),
        Event::TakenBack(key) => quietly(|| {
            mean(state);
            state.draft.take_back(key);
        }),
        Event::CloudChosen(cloud) => quietly(|| {
            mean(state);
            state.draft.cloud = Some(cloud);
        }),
        Event::FieldLeft(key::S3_ENDPOINT | key::AZURE_ACCOUNT_NAME | CLOUD) => try_quietly(state, Scope::Reach),
        Event::FieldLeft(key::S3_SECRET_KEY | key::AZURE_ACCOUNT_KEY) => try_quietly(state, Scope::SignIn),
        Event::FieldLeft(_) => Vec::new(),
        Event::RouteChosen(route) => quietly(|| state.route = route),
        Event::CreateAs(keys) => quietly(|| state.create_as = keys),
        Event::StepChosen(step) => quietly(|| {
            // The review shows the answers as they will be written.
            if step == Step::Review {
                mean(state);
            }
            state.step = step;
            state.receipt = None;
            state.link = None;
        }),
        Event::CheckAsked => {
            forget_repairs(state);
            let effects = check(state);
            if !effects.is_empty() {
                state.step = Step::Checks;
            }
            effects
        }
        Event::ProveAsked => {
            state.proving = true;
            update(state, Event::CheckAsked)
        }
        Event::StopAsked => {
            forget_repairs(state);
            stop(state)
        }
        Event::RepairAsked(Repair::Answer { key, value }) => repair_answer(state, key, value),
        Event::RepairAsked(repair) => repair_store(state, vec![repair], false),
        Event::CreateMissingAsked => {
            let missing = state.missing();
            repair_store(state, missing, true)
        }
        Event::LinkAsked => link(state),
        Event::SaveAsked => {
            vec![Effect::SaveAnswers { folder: state.here.clone(), text: super::record::record(state) }]
        }
        Event::Saved(result) => quietly(|| state.saved = Some(result)),
        Event::WriteAsked { fingerprint, anyway } => write(state, fingerprint, anyway),
        Event::TroubleDismissed => quietly(|| state.trouble = None),
        Event::LeaveAsked => leave(state),
        Event::Loaded(result) => loaded(state, result),
        Event::Told { run, news } => told(state, run, news),
        Event::Repaired { repair, result } => repaired(state, repair, result),
        Event::Written(result) => written(state, result),
        Event::Linked(result) => quietly(|| state.link = Some(result)),
    }
}

/// Applies a change that causes no effects.
fn quietly(change: impl FnOnce()) -> Vec<Effect> {
    change();
    Vec::new()
}

fn open(state: &mut State, path: PathBuf) -> Vec<Effect> {
    state.deployment = None;
    state.fixed = None;
    state.loading = true;
    state.trouble = None;
    state.receipt = None;
    state.saved = None;
    // Without a purpose, a file is opened for its answers.
    state.to_the_letter &= state.way.is_none();
    state.way = None;
    state.proving = false;
    state.path.clone_from(&path);
    if state.release_found {
        state.release_found = false;
        state.draft.release = None;
    }
    vec![Effect::Load(path)]
}

/// Sets the purpose. Before the file is read, answers about an earlier deployment are removed.
fn choose_way(state: &mut State, way: Purpose) -> Vec<Effect> {
    state.way = Some(way);
    state.proving = false;
    state.to_the_letter = way == Purpose::Troubleshoot && (state.deployment.is_none() || !state.draft.changed());
    if state.deployment.is_some() {
        keep(state);
        return Vec::new();
    }
    let mut effects = stop(state);
    effects.append(&mut stop_quiet(state));
    (state.run, state.quiet) = (None, None);
    forget_repairs(state);
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
            if state.draft.release.is_none() {
                state.draft.release = deployment.release.as_ref().map(|told| told.what);
                state.release_found = deployment.release.is_some();
            }
            match Document::parse(application.bytes.as_deref().unwrap_or_default()) {
                Ok(document) => {
                    let way = if document.keyless() { Purpose::Install } else { Purpose::Reconfigure };
                    state.way.get_or_insert(way);
                }
                Err(bad) => {
                    state.trouble = Some(Trouble {
                        what: format!("cannot read {} as properties", application.path.display()),
                        cause: bad.to_string(),
                        hint: "Fix that line, then open the file again: Score cannot read it either.".into(),
                        wrong: true,
                    });
                }
            }
            state.deployment = Some(deployment);
            state.fixed = None;
            keep(state);
            let api = state.working().and_then(|working| recognise::api(working, &state.stand()));
            state.draft.recognise_provider(api);
            settle(state);
            if opened && state.way == Some(Purpose::Troubleshoot) {
                state.step = Step::Checks;
                return check(state);
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

/// Replaces the answers by the values of the files after a write, so that those are shown and checked. Keeps the
/// answers if the files say something else.
fn settle(state: &mut State) {
    if state.receipt.is_none() {
        return;
    }
    let mut read = state.draft.clone();
    read.settle();
    if read.target().is_ok_and(|read| Ok(read) == state.draft.target()) {
        state.draft = read;
    }
}

/// Takes the answers from the deployment as Score would read them. They depend on the release and on how Score is
/// started.
fn keep(state: &mut State) {
    let Some(working) = state.working() else { return };
    let stand = state.stand();
    let view = if state.to_the_letter { View::of(working, &stand) } else { View::answers(working, &stand) };
    state.draft.keep(&view);
}

/// Switches the checks from the file exactly as written to the answers.
fn mean(state: &mut State) {
    if state.to_the_letter && state.way == Some(Purpose::Troubleshoot) {
        state.to_the_letter = false;
        keep(state);
    }
}

fn choose_provider(state: &mut State, provider: &'static Provider) {
    if state.draft.provider == Some(provider) {
        return;
    }
    mean(state);
    state.draft.provider = Some(provider);
    state.draft.region = None;
    state.draft.cloud = None;
}

fn choose_region(state: &mut State, region: String) {
    mean(state);
    state.draft.region = Some(region);
}

fn answer(state: &mut State, key: &'static str, text: Text, origin: Origin) {
    mean(state);
    state.draft.give(key, hidden_if_secret(key, text), origin);
}

/// Converts the answer to a secret setting to a secret, whatever a shell sends.
fn hidden_if_secret(key: &str, text: Text) -> Text {
    match text {
        Text::Plain(text) if catalogue::setting(key).is_some_and(catalogue::Setting::secret) => {
            Text::Secret(Secret::new(text))
        }
        text => text,
    }
}

/// Starts a background check that needs no other answers, unless it is running or has passed on the same values.
fn try_quietly(state: &mut State, scope: Scope) -> Vec<Effect> {
    let Some(store) = state.draft.store(scope) else { return Vec::new() };
    let known = state.quiet.as_ref().is_some_and(|quiet| {
        (quiet.scope == scope || quiet.scope == Scope::SignIn) && state.about_this(quiet) && !quiet.board.failed()
    });
    if known {
        return Vec::new();
    }
    let mut effects = stop_quiet(state);
    let (run, effect) = start(state, scope, store);
    state.quiet = Some(run);
    effects.push(effect);
    effects
}

/// Starts a full check on the current answers. Stops a run that is in progress.
fn check(state: &mut State) -> Vec<Effect> {
    let scope = state.scope();
    // The store check does not need every answer: Song, for example, may still be missing.
    let Some((scope, store)) = state.store(scope) else { return Vec::new() };
    let mut effects = stop(state);
    effects.append(&mut stop_quiet(state));
    let (run, effect) = start(state, scope, store);
    state.run = Some(run);
    effects.push(effect);
    effects
}

fn start(state: &mut State, scope: Scope, store: crate::answers::target::Store) -> (Run, Effect) {
    state.runs += 1;
    let (number, route, keys) = (state.runs, state.route.clone(), state.create_as.clone());
    let run = Run { number, scope, store: store.clone(), route: route.clone(), board: Board::default() };
    (run, Effect::Check { run: number, store, route, scope, keys })
}

fn stop(state: &State) -> Vec<Effect> {
    state.run.iter().filter(|run| run.going()).map(|run| Effect::Stop { run: run.number }).collect()
}

fn stop_quiet(state: &State) -> Vec<Effect> {
    state.quiet.iter().filter(|run| run.going()).map(|run| Effect::Stop { run: run.number }).collect()
}

fn told(state: &mut State, number: u64, news: News) -> Vec<Effect> {
    let run = [&mut state.run, &mut state.quiet].into_iter().flatten().find(|run| run.number == number && run.going());
    let Some(run) = run else { return Vec::new() };
    run.board.apply(news);
    if state.creating && state.run.as_ref().is_some_and(|run| run.number == number && !run.going()) {
        return create_more(state);
    }
    Vec::new()
}

/// Creates what only the checks after a creation could find missing. Tries nothing twice.
fn create_more(state: &mut State) -> Vec<Effect> {
    let tried = |repair: &Repair| state.repaired.iter().any(|(done, _)| done == repair);
    let more: Vec<_> = state.missing().into_iter().filter(|repair| !tried(repair)).collect();
    state.creating = !more.is_empty();
    state.repairs_left = more;
    next_repair(state)
}

fn forget_repairs(state: &mut State) {
    state.creating = false;
    state.repairs_left.clear();
    if state.repairing.is_none() {
        state.repaired.clear();
    }
}

/// Applies a repair of an answer like a typed answer, then repeats the check that found the fault.
fn repair_answer(state: &mut State, key: &'static str, value: String) -> Vec<Effect> {
    answer(state, key, Text::Plain(value), Origin::Typed);
    match (&state.quiet, state.step) {
        (_, Step::Checks | Step::Review) => {
            forget_repairs(state);
            check(state)
        }
        (Some(quiet), _) => {
            let scope = quiet.scope;
            try_quietly(state, scope)
        }
        (None, _) => Vec::new(),
    }
}

/// Performs repairs one after the other, then repeats the checks. If the answers changed since the finding, repeats the
/// checks first and does not change the store.
fn repair_store(state: &mut State, repairs: Vec<Repair>, creating: bool) -> Vec<Effect> {
    if state.dry || state.repairing.is_some() || repairs.is_empty() {
        return Vec::new();
    }
    if state.run.is_none() || state.stale() {
        return if state.run.is_some() { check(state) } else { Vec::new() };
    }
    let mut effects = stop(state);
    state.repaired.clear();
    state.creating = creating;
    state.repairs_left = repairs;
    effects.append(&mut next_repair(state));
    effects
}

fn next_repair(state: &mut State) -> Vec<Effect> {
    let Some(run) = state.run.as_ref().filter(|_| !state.repairs_left.is_empty()) else { return Vec::new() };
    let repair = state.repairs_left.remove(0);
    state.repairing = Some(repair.clone());
    vec![Effect::Repair { repair, store: run.store.clone(), route: run.route.clone(), keys: state.create_as.clone() }]
}

fn repaired(state: &mut State, repair: Repair, result: Result<String, ProvisionError>) -> Vec<Effect> {
    if state.repairing.as_ref() != Some(&repair) {
        return Vec::new();
    }
    state.repairing = None;
    state.repaired.push((repair, result));
    if !state.repairs_left.is_empty() {
        return next_repair(state);
    }
    if state.repaired.iter().any(|(_, result)| result.is_ok()) {
        return check(state);
    }
    state.creating = false;
    Vec::new()
}

fn link(state: &mut State) -> Vec<Effect> {
    state.link = None;
    let store = state.draft.target().ok().and_then(|target| target.store.s3().cloned());
    store.map(Effect::Link).into_iter().collect()
}

fn write(state: &mut State, fingerprint: u64, anyway: bool) -> Vec<Effect> {
    if state.dry || state.writing {
        return Vec::new();
    }
    let refusal = match state.proposal() {
        Ok(proposal) if proposal.fingerprint != fingerprint => {
            ("What would be written has changed since it was shown.", "Look at it again, then write.")
        }
        Ok(_) if !anyway && !state.may_write() => {
            ("The checks have not passed on these values.", "Check again, or write although they have not passed.")
        }
        Ok(proposal) => {
            state.writing = true;
            return vec![Effect::Write(proposal)];
        }
        Err(Blocked::NotLoaded) => ("The file has not been read.", "Choose a file that can be read."),
        Err(Blocked::Problems(_)) => ("Some answers are wrong or missing.", "Go back to the fields that are marked."),
        Err(Blocked::Unreadable(_)) => {
            ("The existing file has a line that Java refuses.", "Fix that line, then open the file again.")
        }
    };
    state.trouble = Some(Trouble {
        what: format!("{} was not written", state.path.display()),
        cause: refusal.0.into(),
        hint: refusal.1.into(),
        wrong: false,
    });
    Vec::new()
}

fn written(state: &mut State, result: Result<Receipt, WriteError>) -> Vec<Effect> {
    state.writing = false;
    match result {
        Ok(receipt) => {
            state.receipt = Some(receipt);
            state.wrote = true;
        }
        Err(refused @ WriteError::Refused { .. }) => {
            state.trouble = Some(Trouble {
                what: format!("{} was not written", state.path.display()),
                cause: refused.to_string(),
                hint: "It is read again; look at the new difference, then write.".into(),
                wrong: false,
            });
        }
        Err(ref failed @ WriteError::Failed { ref path, ref cause, .. }) => {
            let (cause, hint) = (cause.clone(), failed.hint());
            state.trouble =
                Some(Trouble { what: format!("cannot write {}", path.display()), cause, hint, wrong: false });
        }
    }
    if state.leaving {
        return leave(state);
    }
    // Reads the file again in any case: the next proposal must be based on what is on disk.
    state.loading = true;
    vec![Effect::Load(state.path.clone())]
}

/// Leaves the session. Stops runs, which then clean up, and waits for a file that is being written.
fn leave(state: &mut State) -> Vec<Effect> {
    state.leaving = true;
    if state.writing {
        return Vec::new();
    }
    state.over = Some(if state.wrote { Exit::Done } else { Exit::Left });
    let mut effects = stop(state);
    effects.append(&mut stop_quiet(state));
    effects
}
