//! Lists what is left to do after the files are written, so that Score starts and serves. Every shell uses this list.

use super::State;
use crate::{
    answers::target::Target,
    forms::{Base, DescribedBy, EnvironmentOrigin, Wrapper},
    install::{
        deployment::{Deployment, ExportForm, Launch, Launcher, SECURE},
        spring::View,
    },
    score::{Release, Setting, Spelling, key, secure, setting},
    text::shell_word,
    wizard::proposal,
};

/// One thing that still stops Score or its clients, with the exact lines that fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// The cause and its consequence, in one or two sentences.
    pub why: &'static str,
    /// The file for the lines, in the folder of `application.properties`.
    pub file: String,
    pub lines: Vec<String>,
}

/// The reason for a change of profiles in `wrapper.conf`. The file ships with `--spring.profiles.active=secure,amazon`,
/// and the command line overrides application.properties (Score 5.11.0, score-server/src/main/conf/wrapper.conf:62-66).
const PROFILES: &str = "Score works only with these profiles. The argument in wrapper.conf overrides the profiles in \
                        application.properties, and the shipped wrapper.conf has secure,amazon.";

/// The same reason, if application.properties sets the profiles.
const PROFILES_OF_FILE: &str = "Score works only with these profiles.";

/// The reason for switching Vault off. spring-cloud-vault is on unless the bootstrap context switches it off, and with
/// `--spring.config.location=../conf/` Spring does not read the jar's own bootstrap.properties (spring-cloud-vault
/// 2.1.3 and 3.1, `VaultBootstrapConfiguration`).
const VAULT: &str = "Without this line, Score looks for a Vault server and does not start.";

/// The reason for making the container again: it keeps the variables it was created with.
const CONTAINER: &str = "A container keeps the variables that it was created with. Create it again with this file: with docker \
                         run, or as env_file of its service in the compose file.";

/// The reason for starting the service again.
const COMPOSE: &str = "A container keeps the variables that it was created with. Compose creates it again.";

/// The reason for starting the pods again: the kubelet reads ConfigMaps and Secrets for variables once.
const PODS: &str = "A pod keeps the variables that it was started with. Apply the objects, and start the pods again.";

/// The reason for starting the unit again.
const UNIT: &str = "A process keeps the variables that it was started with.";

/// The reason for the commands after new files of a form.
const FORM: &str = "Score uses the new files after these commands.";

/// The reason for `envFrom` in the container.
const OBJECTS: &str = "The new objects have no effect before a container takes their values.";

/// The reason for the settings of `secure` if the profile is not active. Observed on Score 5.9, 5.10, 5.11 and 5.12:
/// "An Authentication object was not found in the `SecurityContext`".
const OPEN: &str = "The profile secure is not active. Ping works without it, but every upload and download answers 500. \
                    Set these values, and score-setup activates the profile.";

/// The reason for the settings of `secure` if the profile is active. Found by leaving them out one at a time on the
/// same releases.
const LACKING: &str =
    "The profile secure is active. Without these settings, Score does not start or refuses every request.";

/// The reason for a setting that the operator answers later.
const LATER: &str = "Score does not start before this value is set. It was not known yet.";

/// Returns the next steps, in the order of the stops of Score that they prevent.
#[must_use]
pub fn next_steps(state: &State) -> Vec<NextStep> {
    let (Ok(target), Some(deployment)) = (state.draft.target(), state.working()) else { return Vec::new() };
    let launch = state.wanted_launch();
    let mut steps = Vec::new();
    let profiles = launch.profiles.join(",");
    let answers = Base::absent("the answers".into());
    let form = state.new_form().is_some();
    let file = match launch.start {
        // A missing setting is answered like the rest.
        _ if form => &answers,
        Launcher::Docker => deployment.sources.first().unwrap_or_else(|| proposal::variables_file(deployment)),
        Launcher::Wrapper | Launcher::Jar => &deployment.application,
    };
    let file = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let spelled = |name: &str| match launch.start {
        Launcher::Docker if form => name.to_owned(),
        Launcher::Docker => proposal::variable(name),
        Launcher::Wrapper | Launcher::Jar => name.to_owned(),
    };
    let later: Vec<String> =
        state.draft.later().map(|setting| format!("{}=…", spelled(setting.name(launch.release)))).collect();
    if !later.is_empty() {
        steps.push(NextStep { why: LATER, file: file.clone(), lines: later });
    }
    let as_wanted = Launch::of(deployment, launch.release, launch.start).profiles == launch.profiles;
    match launch.start {
        Launcher::Wrapper => {
            let vault = View::of(deployment, &launch).value(key::SPRING_CLOUD_VAULT_ENABLED, Spelling::Relaxed);
            if vault.is_none() && !deployment.bootstrap.bytes.as_deref().is_some_and(configures_vault) {
                let lines = vec!["spring.cloud.vault.enabled=false".to_owned()];
                steps.push(NextStep { why: VAULT, file: "bootstrap.properties".to_owned(), lines });
            }
            if !as_wanted {
                let wrapper = Wrapper::read(deployment.wrapper.bytes.as_deref().unwrap_or_default());
                let last = wrapper.parameters.last().map(|parameter| parameter.number + 1);
                let number = wrapper.profiles().map(|(parameter, _)| parameter.number).or(last).unwrap_or(5);
                let lines = vec![format!("wrapper.app.parameter.{number}=--spring.profiles.active={profiles}")];
                steps.push(NextStep { why: PROFILES, file: "wrapper.conf".to_owned(), lines });
            }
        }
        Launcher::Jar if !as_wanted => {
            let lines = vec![format!("spring.profiles.active={profiles}")];
            steps.push(NextStep { why: PROFILES_OF_FILE, file: file.clone(), lines });
        }
        Launcher::Jar => {}
        Launcher::Docker if state.new_form().is_some() => steps.extend(of_form(state, deployment, &target)),
        Launcher::Docker => {
            let of_file = || {
                let lines = vec![format!("docker run --env-file {file}"), format!("env_file: {file}")];
                NextStep { why: CONTAINER, file: file.clone(), lines }
            };
            let of_shell = |(why, lines)| NextStep { why, file: "a shell".to_owned(), lines };
            steps.push(restart(deployment).map_or_else(of_file, of_shell));
        }
    }
    let secure = launch.profiles.iter().any(|name| name == SECURE);
    let lines = lacking(&target, deployment, &launch, &spelled);
    if !secure {
        steps.push(NextStep { why: OPEN, file: file.clone(), lines });
    } else if !lines.is_empty() {
        steps.push(NextStep { why: LACKING, file: file.clone(), lines });
    }
    steps
}

/// The sentence about an active profile `secure` without its settings.
pub const LACKS_AUTHORIZATION: &str =
    "Without settings of authorization, Score does not start or refuses every request.";

/// Returns true if the profile `secure` is active and a setting that it needs has no value.
#[must_use]
pub fn lacks_authorization(state: &State) -> bool {
    let (Ok(target), Some(deployment)) = (state.draft.target(), state.working()) else { return false };
    let launch = state.wanted_launch();
    let secure = launch.profiles.iter().any(|name| name == SECURE);
    secure && !lacking(&target, deployment, &launch, &str::to_owned).is_empty()
}

/// Returns the commands for the files of the chosen form.
fn of_form(state: &State, deployment: &Deployment, target: &Target) -> Vec<NextStep> {
    let mut lines = proposal::form_steps(deployment, target, &state.setup).unwrap_or_default();
    let folder = deployment.variables.path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    if !folder.is_empty() {
        lines.insert(0, format!("cd {}", shell_word(&folder)));
    }
    let shell = NextStep { why: FORM, file: "a shell".to_owned(), lines };
    let takes = ["envFrom:", "  - configMapRef:", "      name: score", "  - secretRef:", "      name: score"];
    let container = (state.new_form() == Some(ExportForm::Kubernetes)).then(|| NextStep {
        why: OBJECTS,
        file: "the container of Score".to_owned(),
        lines: takes.map(str::to_owned).into(),
    });
    container.into_iter().chain([shell]).collect()
}

/// Returns the commands after which a Score that its own files describe uses their values, and the reason.
#[must_use]
pub fn restart(deployment: &Deployment) -> Option<(&'static str, Vec<String>)> {
    let main = shell_word(&deployment.sources.first()?.path.display().to_string());
    match &deployment.environment.as_ref()?.origin {
        EnvironmentOrigin::Compose { service, .. } => {
            Some((COMPOSE, vec![format!("docker compose -f {main} up -d {service}")]))
        }
        EnvironmentOrigin::Described { name, by: DescribedBy::Kubernetes, .. } => {
            let (kind, name) = name.split(',').next()?.split_once(' ')?;
            let apply = format!("kubectl apply -f {main}");
            Some(match kind {
                "Deployment" | "StatefulSet" | "DaemonSet" => {
                    (PODS, vec![apply, format!("kubectl rollout restart {}/{name}", kind.to_ascii_lowercase())])
                }
                _ => (PODS, vec![format!("kubectl replace --force -f {main}")]),
            })
        }
        EnvironmentOrigin::Described { name, by: DescribedBy::Systemd, .. } => {
            let unit = name.strip_prefix("unit ")?;
            Some((UNIT, vec![format!("sudo systemctl restart {}", shell_word(unit))]))
        }
        _ => None,
    }
}

fn configures_vault(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains("spring.cloud.vault.")
}

/// Returns lines for the settings that the profile `secure` needs and that no source sets. The jar sets some of them,
/// for a server of its own: of these, only the scopes count as set.
fn lacking(target: &Target, deployment: &Deployment, launch: &Launch, spelled: &dyn Fn(&str) -> String) -> Vec<String> {
    let (answers, all) = (View::answers(deployment, launch), View::of(deployment, launch));
    let seen = |view: &View, key: &str| {
        let spelling = setting(key).map_or(Spelling::Relaxed, Setting::spelling);
        view.value(key, spelling).is_some()
    };
    let written = |key: &str| target.assignments.iter().any(|assignment| assignment.name == key) || seen(&answers, key);
    let tokens = secure::TOKEN_KEYS.first().copied().filter(|_| target.release >= Release::R5_11);
    let tokens = tokens.filter(|_| !secure::TOKEN_KEYS.into_iter().any(written));
    let own = secure::keys(target.release).filter(|key| !written(key)).chain(tokens);
    let scopes = secure::scopes().filter(|scope| !written(scope.key) && !seen(&all, scope.key));
    own.map(|key| format!("{}=…", spelled(key)))
        .chain(scopes.map(|scope| format!("{}={}", spelled(scope.key), scope.default.unwrap_or("…"))))
        .collect()
}
