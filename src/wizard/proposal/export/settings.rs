//! Collects the settings to write in another form: those of a deployment as Score reads them, or those of the answers and
//! whatever else the deployment sets.

use std::collections::HashSet;

use super::{ExportedSetting, variable};
use crate::{
    answers::target::Target,
    forms::environment::source_of_unknown,
    install::{
        deployment::{Deployment, Launch},
        spring::View,
    },
    score::{Release, SETTINGS, Spelling, key},
    text::{
        mask::{shown_value, swapped},
        secret::Secret,
    },
};

/// Returns the settings of a deployment with their effective values, and notes about those that are left out.
#[must_use]
pub fn of_deployment(deployment: &Deployment, launch: &Launch) -> (Vec<ExportedSetting>, Vec<String>) {
    let view = View::answers(deployment, launch);
    let mut collected = Collected::default();
    collected.profiles(launch);
    for setting in SETTINGS.iter().filter(|setting| setting.known_to(launch.release)) {
        let name = setting.name(launch.release);
        if let Some(seen) = view.value(name, setting.spelling()) {
            collected.add(&view, name, variable(name), seen.value, setting.secret());
        }
    }
    collected.others(&view);
    collected.done()
}

/// Returns the settings of the answers, then those that the deployment sets beside them. `launch` is the wanted one, and
/// `read` the one that the deployment has now.
#[must_use]
pub fn of_target(
    deployment: &Deployment,
    target: &Target,
    launch: &Launch,
    read: &Launch,
) -> (Vec<ExportedSetting>, Vec<String>) {
    let view = View::answers(deployment, read);
    let mut collected = Collected::default();
    collected.profiles(launch);
    for one in &target.assignments {
        let value = Secret::new(one.value.for_file());
        collected.add(&view, one.name, variable(one.name), value, one.setting.secret());
    }
    for setting in SETTINGS.iter().filter(|setting| setting.known_to(launch.release)) {
        let name = setting.name(launch.release);
        if !setting.serves(target.provider.api) {
            // The other kind of store is not written, and is not one of the unknown names either.
            collected.met.insert(letters(&variable(name)));
        } else if let Some(seen) = view.value(name, setting.spelling()) {
            collected.add(&view, name, variable(name), seen.value, setting.secret());
        }
    }
    collected.others(&view);
    collected.done()
}

#[derive(Default)]
struct Collected {
    all: Vec<ExportedSetting>,
    notes: Vec<String>,
    /// The names without case and signs.
    met: HashSet<String>,
}

impl Collected {
    fn profiles(&mut self, launch: &Launch) {
        if !launch.profiles.is_empty() {
            let name = variable(key::SPRING_PROFILES_ACTIVE);
            self.met.insert(letters(&name));
            let (key, value) = (key::SPRING_PROFILES_ACTIVE.to_owned(), Secret::new(launch.profiles.join(",")));
            self.all.push(ExportedSetting { key, name, value, secret: false });
        }
    }

    fn add(&mut self, view: &View, key: &str, name: String, value: Secret, secret: bool) {
        // Spring reads spellings of one name alike.
        let letters = letters(&name);
        if OF_FILES.contains(&letters.as_str()) {
            return self.notes.push(format!("{key} is not written. It names a file of this installation."));
        }
        if !self.met.insert(letters) {
            return;
        }
        // A literal ${ stays as it is written for Spring.
        let filled = view.resolved(&value).filter(|value| value.shape(|text| !text.contains("${")));
        let value = filled.unwrap_or(value);
        if let Some(source) = value.shape(|text| source_of_unknown(text).map(str::to_owned)) {
            return self.notes.push(format!("{key} is not written. It is not known here, and comes from {source}."));
        }
        // A value with a secret inside, such as an argument of Java, is a secret as a whole.
        let open = shown_value(key, &value).is_some_and(|shown| value.shape(|text| *text == shown));
        let secret = secret || !open;
        self.all.push(ExportedSetting { key: key.to_owned(), name, value, secret });
    }

    /// Adds the names that Score does not know.
    fn others(&mut self, view: &View) {
        let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
        for name in view.names(&known) {
            // The places of files mean nothing elsewhere, and the profiles are written already.
            let of_start = ["spring.config.", "spring.profiles.", "spring_config_", "spring_profiles_"];
            if of_start.iter().any(|beginning| name.to_ascii_lowercase().starts_with(beginning)) || name.contains('[') {
                continue;
            }
            let Some(seen) = view.value(&name, Spelling::Exact) else { continue };
            let variable = if name.contains('.') { variable(&name) } else { name.clone() };
            self.add(view, &name, variable, seen.value, false);
        }
    }

    fn done(self) -> (Vec<ExportedSetting>, Vec<String>) {
        let Self { mut all, notes, .. } = self;
        hide_copies(&mut all);
        (all, notes)
    }
}

/// Returns the part that all spellings of a name share.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Returns the image of the deployment, else the published one of the release.
#[must_use]
pub fn image(deployment: &Deployment, release: Release) -> Option<String> {
    let own = deployment.image.clone().filter(|image| !image.contains('$'));
    own.or_else(|| release.image_tag().map(|tag| format!("ghcr.io/overture-stack/score-server:{tag}")))
}

/// Names of files of an installation, without case and signs. They mean nothing elsewhere, and Score stops at some of them.
const OF_FILES: [&str; 3] = ["loggingconfig", "serversslkeystore", "serverssltruststore"];

/// Marks the values that contain a secret of another key, and the access key if it is swapped with the secret.
fn hide_copies(all: &mut [ExportedSetting]) {
    let hidden: Vec<Secret> =
        all.iter().filter(|one| one.secret && one.value.shape(str::len) >= 4).map(|one| one.value.clone()).collect();
    let value = |key: &str| all.iter().find(|one| one.key == key).map(|one| &one.value);
    let swaps = value(key::S3_ACCESS_KEY)
        .zip(value(key::S3_SECRET_KEY))
        .is_some_and(|(access, secret)| swapped(access, secret));
    for one in all {
        let holds = |secret: &Secret| secret.shape(|secret| one.value.shape(|value| value.contains(secret)));
        one.secret |= hidden.iter().any(holds) || swaps && one.key == key::S3_ACCESS_KEY;
    }
}
