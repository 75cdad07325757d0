//! Lays out a deployment for the rules: every line, the setting that it sets or was meant to set, and the effective
//! values.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    finding::{Edit, FileFinding},
    normalize,
    page::{Meaning, Page, PageEntry, live},
};
use crate::{
    forms::{Changed, DescribedBy, EnvironmentOrigin, Variable, Wrapper},
    install::{
        deployment::{Deployment, Launch, Launcher},
        recognise,
        spring::{Effective, SourcePosition, SourceSet, View},
    },
    score::{Api, Condition, Id, Release, Setting, Severity, key},
    text::values::number,
};

pub(super) struct LintInput<'a> {
    pub(super) sources: &'a SourceSet<'a>,
    pub(super) deployment: &'a Deployment,
    pub(super) stand: &'a Launch,
    pub(super) release: Release,
    pub(super) api: Api,
    pub(super) view: View,
    /// The effective value of each setting, by its name in the file of this release; looked up once.
    counting: BTreeMap<&'static str, Effective>,
    /// The properties files that Score reads, `application.properties` first.
    pub(super) pages: Vec<Page>,
    /// The contents of `wrapper.conf`; `None` if the file does not exist.
    pub(super) wrapper: Option<Wrapper>,
}

/// The position of the setting that a finding is about.
pub(super) struct Spot<'a> {
    pub(super) file: PathBuf,
    pub(super) line: Option<usize>,
    pub(super) entry: Option<&'a PageEntry>,
    /// True if a variable or an argument of a container or of a process sets it.
    pub(super) variable: bool,
    /// The variable or argument, and its container or process, if no file sets it.
    pub(super) holder: Option<String>,
    /// The part of the file, if it describes how a container is started.
    pub(super) object: Option<String>,
    pub(super) jar: bool,
}

impl<'a> LintInput<'a> {
    pub(super) fn new(sources: &'a SourceSet<'a>, stand: &'a Launch, api: Option<Api>) -> Self {
        let deployment = sources.deployment;
        let view = sources.view(stand);
        let api = api.or_else(|| recognise::api_of(&view, stand)).unwrap_or(Api::S3);
        let files = std::iter::once(&deployment.application).chain(
            deployment
                .profile_files
                .iter()
                .filter(|file| stand.profiles.contains(&file.profile))
                .map(|file| &file.base),
        );
        let read = stand.start != Launcher::Docker;
        let pages = files
            .filter(|_| read)
            .filter_map(|base| Some(Page::read(base.path.clone(), base.bytes.as_deref()?, stand.release, api)))
            .collect();
        let wrapper = deployment.wrapper.bytes.as_deref().map(Wrapper::read);
        let name = |setting: &Setting| setting.name(stand.release);
        let values = live(stand.release, api)
            .filter_map(|setting| Some((name(setting), view.value(name(setting), setting.spelling())?)));
        let counting = values.collect();
        Self { sources, deployment, stand, release: stand.release, api, view, counting, pages, wrapper }
    }

    /// Returns the settings of this release and this kind of store.
    pub(super) fn settings(&self) -> impl Iterator<Item = &'static Setting> + use<'_> {
        live(self.release, self.api)
    }

    pub(super) fn setting(&self, key: &str) -> Option<&'static Setting> {
        self.settings().find(|setting| setting.key == key)
    }

    /// Returns the effective value of a setting, by its key.
    pub(super) fn seen(&self, key: &str) -> Option<&Effective> {
        self.value_of(self.setting(key)?)
    }

    pub(super) fn value_of(&self, setting: &Setting) -> Option<&Effective> {
        self.counting.get(setting.name(self.release))
    }

    /// Returns the effective value exactly as written. Not for secrets.
    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.seen(key).map(|seen| seen.value.for_file().to_owned())
    }

    /// Returns true if the effective value has more than whitespace (Spring `StringUtils.hasText`), or may have it: a
    /// placeholder may be replaced where Score runs.
    pub(super) fn has_text(&self, key: &str) -> bool {
        let text = |seen: &Effective| self.view.resolved(&seen.value).unwrap_or_else(|| seen.value.clone());
        self.seen(key).is_some_and(|seen| text(seen).shape(|text| !text.trim().is_empty()))
    }

    /// Returns the effective value without the habits that a repair removes.
    pub(super) fn normalized(&self, key: &str) -> Option<String> {
        let setting = self.setting(key)?;
        let seen = self.value_of(setting)?;
        let text = seen.value.for_file();
        Some(
            normalize::normalized(setting, text, self.release, self.spot(seen).entry)
                .unwrap_or_else(|| text.to_owned()),
        )
    }

    /// Returns the change that compose makes to the effective value of a setting.
    pub(super) fn changed(&self, setting: &Setting) -> Option<Changed> {
        let SourcePosition::Variable { name, .. } = &self.value_of(setting)?.place else { return None };
        self.variable(name)?.changed
    }

    pub(super) fn active(&self, profile: &str) -> bool {
        self.stand.profiles.iter().any(|active| active == profile)
    }

    /// Returns true if Score authorizes requests (`@Profile("secure")`). Ignores the profiles of the shipped
    /// wrapper.conf: no release starts with them, so the operator did not choose them.
    pub(super) fn secure(&self) -> bool {
        self.active("secure") && !self.stand.shipped()
    }

    /// Returns true if the clean-up is on. Every text except `false` turns it on (`@ConditionalOnProperty`,
    /// UploadCleanupService.java:39).
    pub(super) fn cleaning(&self) -> bool {
        self.text(key::UPLOAD_CLEAN_ENABLED).is_some_and(|text| !text.eq_ignore_ascii_case("false"))
    }

    /// Returns true if the deployment meets the condition.
    pub(super) fn holds(&self, condition: Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Cleaning => self.cleaning(),
            Condition::Profiles(names) => {
                names.iter().all(|name| if *name == "secure" { self.secure() } else { self.active(name) })
            }
            Condition::SecureWithout(keys) => self.secure() && !keys.iter().any(|key| self.has_text(key)),
            Condition::NoScheme => self.text(key::S3_ENDPOINT).is_some_and(|endpoint| !endpoint.contains("://")),
        }
    }

    /// Returns the consequence if the setting is missing; `None` if Score works without it.
    pub(super) fn absence(&self, setting: &Setting) -> Option<Severity> {
        let absent = setting.faults.absent;
        let missed = self.holds(setting.read) && self.holds(absent.missed);
        absent.worst.on(self.release).filter(|_| missed)
    }

    /// Returns true if Score signs with version 4. `sigV4Enabled` is a Java boolean, false if nothing sets it
    /// (S3Config.java:69-76).
    pub(super) fn version_4(&self) -> bool {
        let on = |text: String| number::switch(&text) == Some(true);
        self.normalized(key::S3_SIG_V4_ENABLED).is_some_and(on)
            || self.text(key::S3_MASTER_ENCRYPTION_KEY_ID).is_some_and(|key| !key.is_empty())
    }

    pub(super) fn application(&self) -> &Path {
        &self.deployment.application.path
    }

    /// Returns the file that a missing setting belongs to. A container reads variables only.
    pub(super) fn home(&self) -> &Path {
        let own = || &self.deployment.variables.path;
        match self.origin() {
            Some(EnvironmentOrigin::File(base)) if self.in_container() => &base.path,
            Some(EnvironmentOrigin::Compose { path, .. } | EnvironmentOrigin::Described { path, .. })
                if self.in_container() =>
            {
                path
            }
            None if self.in_container() => own(),
            _ => self.application(),
        }
    }

    fn in_container(&self) -> bool {
        self.stand.start == Launcher::Docker
    }

    fn origin(&self) -> Option<&EnvironmentOrigin> {
        self.deployment.environment.as_ref().map(|environment| &environment.origin)
    }

    /// Returns the container or the process that a missing setting belongs to, if no file sets its variables.
    pub(super) fn holder(&self) -> Option<String> {
        let read = !self.in_container() && self.deployment.application.bytes.is_some();
        match self.origin() {
            Some(EnvironmentOrigin::Process(number)) if !read => Some(format!("process {number}")),
            Some(EnvironmentOrigin::Inspect(name)) if !read => Some(format!("container {name}")),
            _ => None,
        }
    }

    /// Returns the part of the file that starts Score, such as `Deployment score, container score-server`.
    pub(super) fn described(&self) -> Option<String> {
        match self.origin() {
            Some(EnvironmentOrigin::Described { name, .. }) => Some(name.clone()),
            _ => None,
        }
    }

    /// Returns how to give the whole configuration, by its form.
    pub(super) fn how_to_give_all(&self) -> &'static str {
        match self.origin() {
            Some(EnvironmentOrigin::Compose { .. }) => {
                "Write the merged file with docker compose config > merged.yaml, and name merged.yaml."
            }
            Some(EnvironmentOrigin::Described { by: DescribedBy::Kubernetes, .. }) => {
                "Give all objects together, as in: kubectl get deployment,configmap,secret -o yaml | score-setup lint -"
            }
            Some(EnvironmentOrigin::Described { by: DescribedBy::Systemd, .. }) => {
                "Run score-setup on the machine of the unit, as a user that can read these files."
            }
            Some(EnvironmentOrigin::Described { by: DescribedBy::Swarm | DescribedBy::DockerRun, .. }) => {
                "Give what docker inspect prints of the running container."
            }
            _ => "Run score-setup on the machine of Score, as a user that can read these files.",
        }
    }

    /// Returns the variable of this name that takes effect.
    pub(super) fn variable(&self, name: &str) -> Option<&Variable> {
        self.deployment.environment.as_ref()?.variables.iter().rev().find(|variable| variable.name == name)
    }

    /// Returns the words for a variable or an argument that is in no file.
    fn held(&self, place: &SourcePosition) -> Option<String> {
        match self.origin() {
            Some(EnvironmentOrigin::Process(number)) => Some(format!("{place} of process {number}")),
            Some(EnvironmentOrigin::Inspect(name)) => Some(format!("{place} of container {name}")),
            // The command of a service is in the same file.
            Some(EnvironmentOrigin::Compose { .. } | EnvironmentOrigin::Described { .. }) => None,
            Some(EnvironmentOrigin::File(_)) | None => Some(place.to_string()),
        }
    }

    /// Returns true if this line sets the effective value of the setting.
    pub(super) fn is_effective(&self, page: &Page, entry: &PageEntry, setting: &Setting) -> bool {
        let seen = self.value_of(setting);
        seen.is_some_and(
            |seen| matches!(&seen.place, SourcePosition::Line { file, line } if *file == page.path && *line == entry.line),
        )
    }

    /// Returns the line that reserves the whole of `application.properties` for profiles that are not active.
    pub(super) fn reserved(&self) -> Option<(&Page, &PageEntry)> {
        let page = self.pages.first().filter(|page| page.path == self.application())?;
        let counts = |entry: &PageEntry| match &entry.meaning {
            Meaning::Sets(setting) => self.is_effective(page, entry, setting),
            _ => false,
        };
        if page.entries.iter().any(counts) {
            return None;
        }
        let tags = [key::SPRING_PROFILES, key::SPRING_CONFIG_ACTIVATE_ON_PROFILE];
        let tag = page.entries.iter().find(|entry| tags.contains(&entry.spelt.as_str()));
        tag.map(|entry| (page, entry))
    }

    /// Returns true if Score does not read a file at all. Then nothing is reported as missing.
    pub(super) fn refused(&self) -> bool {
        self.pages.iter().any(|page| page.refused.is_some()) || self.reserved().is_some()
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&Page, &PageEntry)> {
        self.pages.iter().flat_map(|page| page.entries.iter().map(move |entry| (page, entry)))
    }

    /// Returns the line that would set this under its right name.
    pub(super) fn meant_for(&self, setting: &Setting) -> Option<(&Page, &PageEntry)> {
        let name = setting.name(self.release);
        self.entries().find(|(_, entry)| {
            entry.meant(self.release, self.api).is_some_and(|meant| meant.name(self.release) == name)
        })
    }

    pub(super) fn spot(&self, seen: &Effective) -> Spot<'_> {
        self.place(&seen.place)
    }

    pub(super) fn place(&self, place: &SourcePosition) -> Spot<'_> {
        let spot = |file: PathBuf, line| Spot {
            file,
            line,
            entry: None,
            variable: false,
            holder: None,
            object: None,
            jar: false,
        };
        let held = || Spot {
            variable: true,
            holder: self.held(place),
            object: self.described(),
            ..spot(self.home().to_owned(), None)
        };
        match place {
            SourcePosition::Line { file, line } => {
                let page = self.pages.iter().find(|page| page.path == *file);
                let entry = page.and_then(|page| page.entries.iter().find(|entry| entry.line == *line));
                Spot { entry, ..spot(file.clone(), Some(*line)) }
            }
            SourcePosition::Variable { name, file: Some(file), line } => {
                let object = self.variable(name).and_then(|variable| variable.object.clone());
                Spot { variable: true, object, ..spot(file.clone(), *line) }
            }
            SourcePosition::Variable { file: None, .. } | SourcePosition::Argument { .. } => held(),
            SourcePosition::Jar { .. } => {
                let file =
                    self.deployment.jar.as_ref().map_or_else(|| self.application().to_owned(), |jar| jar.path.clone());
                Spot { jar: true, ..spot(file, None) }
            }
        }
    }

    /// Returns a finding about something that is missing.
    pub(super) fn absent(&self, id: Id, severity: Severity, key: &str, summary: String) -> FileFinding {
        let finding = FileFinding::new(id, severity, summary, self.home().to_owned(), None);
        FileFinding { holder: self.holder(), object: self.described(), ..finding.about([key.to_owned()]) }
    }

    /// Returns a finding about the line that sets this key.
    pub(super) fn about(&self, id: Id, severity: Severity, key: &str, summary: String) -> FileFinding {
        let name = self.setting(key).map_or(key, |setting| setting.name(self.release));
        let mut finding = self.absent(id, severity, name, summary);
        if let Some(seen) = self.seen(key) {
            let spot = self.spot(seen);
            (finding.file, finding.line) = (spot.file, spot.line);
            (finding.holder, finding.object) = (spot.holder, spot.object);
        }
        finding
    }

    /// Returns the edit that gives the line of this key a new value; empty if no properties file sets it.
    pub(super) fn edit(&self, key: &str, value: &str) -> Vec<Edit> {
        let Some(seen) = self.seen(key) else { return Vec::new() };
        let spot = self.spot(seen);
        let entry = spot.entry.into_iter();
        entry.map(|entry| entry.with_value(&spot.file, value)).collect()
    }
}
