//! Orders the sources of Score: the sources outside the files, the locations of files, and the documents and profiles
//! in them. Spring Boot 2.1.6 (Score up to 5.10) and 2.6.6 (from 5.11) differ in all of this except the first.

use std::{cell::OnceCell, sync::Arc};

use super::{
    expression,
    position::SourcePosition,
    profiles,
    source::{self, KeyEntry, PropertySource, SourceKind},
};
use crate::{
    forms::{Base, Command, Jar, Section, Wrapper},
    install::deployment::{Deployment, Launch, Launcher},
    score::{Release, Spelling, key},
    text::{properties::Document, secret::Secret, yaml},
};

/// The sources of a deployment. Each is read once, whatever the number of launches that are looked at.
#[derive(Debug)]
pub struct SourceSet<'a> {
    pub deployment: &'a Deployment,
    /// The sources that override every file, for each launcher.
    outer: [OnceCell<Vec<Arc<PropertySource>>>; Launcher::ALL.len()],
    /// The files of the folder, for releases that read a file as a whole, and for those that split it.
    files: [OnceCell<Vec<FileDocuments>>; 2],
    bootstrap: OnceCell<Arc<PropertySource>>,
}

/// The documents of one file, in its order.
#[derive(Debug, Clone)]
struct FileDocuments {
    /// The profile in the file's name.
    profile: Option<String>,
    documents: Vec<Arc<PropertySource>>,
}

impl<'a> SourceSet<'a> {
    /// Returns the sources of a deployment. Reads them only when they are needed.
    #[must_use]
    pub fn of(deployment: &'a Deployment) -> Self {
        Self { deployment, outer: Default::default(), files: Default::default(), bootstrap: OnceCell::new() }
    }

    /// Returns the sources that override every file, the strongest first.
    pub(super) fn outer(&self, start: Launcher) -> &[Arc<PropertySource>] {
        let at = Launcher::ALL.iter().position(|launcher| *launcher == start).unwrap_or_default();
        self.outer[at].get_or_init(|| outer(self.deployment, start).into_iter().map(Arc::new).collect())
    }

    /// Returns the files of the folder: those of profiles, then `application.properties`, then those in YAML.
    fn files(&self, splits: bool) -> &[FileDocuments] {
        self.files[usize::from(splits)].get_or_init(|| {
            let split = if splits { &[] } else { self.files(true) };
            let read = |(at, (profile, base)): (usize, (Option<&String>, &Base))| {
                let documents = match split.get(at).map(|file| file.documents.as_slice()) {
                    // A file of one document is the same in both ways, and so is YAML.
                    Some(same) if same.len() == 1 || is_yaml(base) => same.to_vec(),
                    _ => documents(base, splits).into_iter().map(of_file).collect(),
                };
                FileDocuments { profile: profile.cloned(), documents }
            };
            bases(self.deployment).enumerate().map(read).collect()
        })
    }

    /// Returns the documents of `application.properties`.
    fn application(&self, splits: bool) -> &[Arc<PropertySource>] {
        let at = self.deployment.profile_files.len();
        self.files(splits).get(at).map_or(&[], |file| &file.documents)
    }

    fn bootstrap(&self) -> Arc<PropertySource> {
        let read = || {
            let entries = documents(&self.deployment.bootstrap, false).pop().unwrap_or_default();
            Arc::new(PropertySource::new(SourceKind::Bootstrap, entries))
        };
        self.bootstrap.get_or_init(read).clone()
    }
}

/// Returns the files of the folder, with the profiles in their names.
fn bases(deployment: &Deployment) -> impl Iterator<Item = (Option<&String>, &Base)> {
    let profiles = deployment.profile_files.iter().map(|file| (Some(&file.profile), &file.base));
    let yaml = deployment.yaml_files.iter().map(|file| (file.profile.as_ref(), &file.base));
    profiles.chain([(None, &deployment.application)]).chain(yaml)
}

fn is_yaml(base: &Base) -> bool {
    base.path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
}

fn of_file(entries: Vec<KeyEntry>) -> Arc<PropertySource> {
    Arc::new(PropertySource::new(SourceKind::File, entries))
}

/// A document of a file or a section of the jar, before it is known whether it takes effect.
#[derive(Debug, Clone)]
pub(super) struct SourcePart {
    pub(super) source: Arc<PropertySource>,
    /// The profile in the file's name.
    pub(super) file_of: Option<String>,
    /// The profile expressions in the document itself.
    pub(super) tags: Vec<String>,
    /// The index of its location; the first one is the strongest.
    location: usize,
}

/// Returns true if a file may have several documents, and files outside the jar override all in it: since Spring Boot
/// 2.4.
pub(super) fn splits(release: Release) -> bool {
    release >= Release::R5_11
}

/// Returns the sources that override every file, the strongest first.
fn outer(deployment: &Deployment, start: Launcher) -> Vec<PropertySource> {
    let wrapper = deployment.wrapper.bytes.as_deref().filter(|_| start == Launcher::Wrapper).map(Wrapper::read);
    let command = match (&wrapper, &deployment.command) {
        (Some(wrapper), None) => Command::of_wrapper(wrapper, &deployment.wrapper.path),
        (_, command) => command.clone().unwrap_or_default(),
    };
    let mut variables = deployment.environment.as_ref().map(source::environment).unwrap_or_default();
    for (name, parameter) in wrapper.iter().flat_map(|wrapper| &wrapper.variables) {
        let file = Some(deployment.wrapper.path.clone());
        let place = SourcePosition::Variable { name: name.clone(), file, line: Some(parameter.line) };
        variables.push(KeyEntry::new(name, Secret::new(&*parameter.value), place));
    }
    let arguments = PropertySource::arguments(&command);
    let system = PropertySource::system(&command, &variables);
    let environment = PropertySource::new(SourceKind::Environment, variables);
    let json = json(&[&arguments, &system, &environment]);
    [Some(arguments), json, Some(system), Some(environment)].into_iter().flatten().collect()
}

/// Returns the values of `SPRING_APPLICATION_JSON`, or `spring.application.json`.
fn json(sources: &[&PropertySource]) -> Option<PropertySource> {
    let entry = sources.iter().find_map(|source| source.value(key::SPRING_APPLICATION_JSON, Spelling::Relaxed))?;
    let value: serde_json::Value = entry.value.shape(|text| serde_json::from_str(text)).ok()?;
    let mut entries = Vec::new();
    flatten(&value, "", &entry.place, &mut entries);
    Some(PropertySource::new(SourceKind::Json, entries))
}

fn flatten(value: &serde_json::Value, name: &str, place: &SourcePosition, into: &mut Vec<KeyEntry>) {
    use serde_json::Value;
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(value, &name, place, into);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                flatten(value, &format!("{name}[{at}]"), place, into);
            }
        }
        Value::Null => into.push(KeyEntry::new(name, Secret::new(""), place.clone())),
        Value::String(text) => into.push(KeyEntry::new(name, Secret::new(text.as_str()), place.clone())),
        Value::Bool(_) | Value::Number(_) => {
            into.push(KeyEntry::new(name, Secret::new(value.to_string()), place.clone()));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Location {
    Folder,
    Jar,
}

/// Returns the locations of files, the strongest first.
fn locations(sources: &SourceSet<'_>, release: Release, start: Launcher) -> Vec<Location> {
    let (deployment, outer) = (sources.deployment, sources.outer(start));
    let read = |items: Vec<String>| {
        let jar = |item: &String| if item.starts_with(JAR) { Location::Jar } else { Location::Folder };
        items.iter().map(jar).collect::<Vec<_>>()
    };
    let location = usual(deployment, start).or_else(|| named(outer, key::SPRING_CONFIG_LOCATION).map(read));
    // Up to Spring Boot 2.3, `location` makes `additional-location` have no effect.
    let more = named(outer, key::SPRING_CONFIG_ADDITIONAL_LOCATION)
        .filter(|_| splits(release) || location.is_none())
        .map(read);
    let by_itself = || match start {
        // The working directory is the folder.
        Launcher::Jar => vec![Location::Folder, Location::Jar],
        // The working directory is `bin` or `/score-server`, which have no properties files.
        Launcher::Wrapper | Launcher::Docker => vec![Location::Jar],
    };
    let mut all = more.unwrap_or_default();
    all.extend(location.unwrap_or_else(by_itself));
    let mut once: Vec<Location> = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}

const JAR: &str = "classpath:";

/// Returns the items of a list of locations. The last one is the strongest, so it comes first.
fn named(outer: &[Arc<PropertySource>], name: &str) -> Option<Vec<String>> {
    let list = outer.iter().find_map(|source| profiles::list(source, name))?;
    let items = list.iter().flat_map(|text| text.split(';')).map(|item| item.trim().trim_start_matches("optional:"));
    let mut items: Vec<String> = items.filter(|item| !item.is_empty()).map(str::to_owned).collect();
    items.reverse();
    Some(items)
}

/// Implements `spring::places`.
pub(super) fn places(deployment: &Deployment, release: Release, start: Launcher) -> Vec<String> {
    let sources = SourceSet::of(deployment);
    let outer = sources.outer(start);
    let location = named(outer, key::SPRING_CONFIG_LOCATION).filter(|_| usual(deployment, start).is_none());
    let fixed = location.is_some() || usual(deployment, start).is_some();
    let more = named(outer, key::SPRING_CONFIG_ADDITIONAL_LOCATION).filter(|_| splits(release) || !fixed);
    let all = more.unwrap_or_default().into_iter().chain(location.unwrap_or_default());
    all.filter(|item| !item.starts_with(JAR)).collect()
}

/// Implements `spring::looks_around`.
pub(super) fn looks_around(deployment: &Deployment, start: Launcher) -> bool {
    usual(deployment, start).is_none()
        && named(SourceSet::of(deployment).outer(start), key::SPRING_CONFIG_LOCATION).is_none()
}

/// Returns the usual `spring.config.location` if no command line is known: that of the shipped wrapper.conf, or of the
/// image. Both pass it as an argument, so a variable does not override it.
fn usual(deployment: &Deployment, start: Launcher) -> Option<Vec<Location>> {
    let wrapper = || deployment.wrapper.bytes.as_deref().map(Wrapper::read);
    match start {
        _ if deployment.command.is_some() => None,
        Launcher::Wrapper if wrapper().is_none_or(|wrapper| wrapper.parameters.is_empty()) => {
            Some(vec![Location::Folder])
        }
        Launcher::Docker => Some(vec![Location::Jar]),
        Launcher::Wrapper | Launcher::Jar => None,
    }
}

/// Returns all documents, for active and inactive profiles, the strongest first within each location.
pub(super) fn parts(sources: &SourceSet<'_>, release: Release, start: Launcher) -> Vec<SourcePart> {
    let splits = splits(release);
    let mut all = Vec::new();
    for (at, location) in locations(sources, release, start).into_iter().enumerate() {
        match location {
            Location::Folder => {
                for file in sources.files(splits) {
                    all.extend(file.documents.iter().rev().map(|source| SourcePart {
                        tags: tags(source, splits),
                        file_of: file.profile.clone(),
                        location: at,
                        source: source.clone(),
                    }));
                }
            }
            Location::Jar => all.extend(sections(sources.deployment, release).iter().rev().map(|section| {
                let place = SourcePosition::Jar { section: section.profiles.clone() };
                let entry =
                    |(name, value): &(String, String)| KeyEntry::new(name, Secret::new(&**value), place.clone());
                let entries = section.values.iter().map(entry).collect();
                let source = Arc::new(PropertySource::new(SourceKind::Jar, entries));
                SourcePart { source, file_of: None, tags: section.profiles.clone(), location: at }
            })),
        }
    }
    all
}

fn sections(deployment: &Deployment, release: Release) -> &[Section] {
    deployment.jar.as_ref().map_or_else(|| Jar::of_release(release), |jar| &jar.sections)
}

/// Returns the documents of a file, in its order. Omits files that Java or YAML cannot parse: with them Score does not
/// start.
fn documents(base: &Base, splits: bool) -> Vec<Vec<KeyEntry>> {
    let Some(bytes) = base.bytes.as_deref() else { return Vec::new() };
    if is_yaml(base) {
        let Ok(documents) = yaml::read(&String::from_utf8_lossy(bytes)) else { return Vec::new() };
        let line = |line| SourcePosition::Line { file: base.path.clone(), line };
        return documents
            .iter()
            .map(|node| {
                let values = yaml::flat(node).into_iter();
                values.map(|flat| KeyEntry::new(&flat.name, Secret::new(flat.value), line(flat.line))).collect()
            })
            .collect();
    }
    let Ok(document) = Document::parse(bytes) else { return Vec::new() };
    if !splits {
        return vec![document.pairs().map(|pair| KeyEntry::of_pair(&pair, &base.path)).collect()];
    }
    let parts = document.parts();
    parts.iter().map(|part| part.iter().map(|pair| KeyEntry::of_pair(pair, &base.path)).collect()).collect()
}

/// Returns the profile expressions of the document. Score runs on no cloud platform, so a document for one never
/// matches.
fn tags(source: &PropertySource, splits: bool) -> Vec<String> {
    if !splits {
        return profiles::list(source, key::SPRING_PROFILES).unwrap_or_default();
    }
    let mut tags = profiles::list(source, key::SPRING_CONFIG_ACTIVATE_ON_PROFILE).unwrap_or_default();
    if tags.is_empty() && source.value(key::SPRING_CONFIG_ACTIVATE_ON_CLOUD_PLATFORM, Spelling::Relaxed).is_some() {
        tags.push("!(default | !default)".to_owned());
    }
    tags
}

/// Returns the documents of `application.properties` itself, wherever Score looks.
pub(super) fn file(sources: &SourceSet<'_>, release: Release) -> Vec<Arc<PropertySource>> {
    let documents = sources.application(splits(release)).iter().rev();
    documents.filter(|source| tags(source, splits(release)).is_empty()).cloned().collect()
}

/// Returns the documents that take effect, the strongest first.
pub(super) fn files(all: &SourceSet<'_>, stand: &Launch) -> Vec<Arc<PropertySource>> {
    let parts = parts(all, stand.release, stand.start);
    let mut active: Vec<&str> = stand.profiles.iter().map(String::as_str).collect();
    if active.is_empty() {
        // Spring activates this profile if no other one is active.
        active.push("default");
    }
    let holds = |tags: &[String]| {
        let is = |name: &str| active.contains(&name);
        tags.is_empty() || tags.iter().any(|tag| expression::holds(tag, &is) == Some(true))
    };
    let rank =
        |name: Option<&str>| name.map_or(0, |name| active.iter().rposition(|one| *one == name).map_or(0, |at| at + 1));
    let there = |part: &&SourcePart| part.file_of.as_deref().is_none_or(|of| active.contains(&of)) && holds(&part.tags);
    let mut counting: Vec<&SourcePart> = parts.iter().filter(there).collect();
    if splits(stand.release) {
        // Sorted by location. Within one, the files of profiles come first, that of the profile named last before the
        // others.
        counting.sort_by_key(|part| (part.location, std::cmp::Reverse(rank(part.file_of.as_deref()))));
    } else {
        // Sorted by profile, whatever the location. Documents for a profile that is not active come last.
        let of = |part: &SourcePart| {
            let tagged = part.tags.iter().map(|tag| rank(Some(tag))).max().unwrap_or(0);
            let own = rank(part.file_of.as_deref()).max(tagged);
            (own, own == 0 && !part.tags.is_empty())
        };
        counting.sort_by_key(|part| (std::cmp::Reverse(of(part)), part.location));
    }
    let mut sources: Vec<_> = counting.into_iter().map(|part| part.source.clone()).collect();
    sources.extend(bootstrap(all, stand));
    sources
}

/// Returns the values of `bootstrap.properties`. Spring reads it from the same locations, before all other files, and
/// its values stay as the weakest of all (Spring Cloud `BootstrapApplicationListener`). The jar's own file switches
/// Vault off.
fn bootstrap(sources: &SourceSet<'_>, stand: &Launch) -> Vec<Arc<PropertySource>> {
    let of = |location: Location| match location {
        Location::Folder => sources.bootstrap(),
        Location::Jar => {
            let place = SourcePosition::Jar { section: Vec::new() };
            let entry = KeyEntry::new(key::SPRING_CLOUD_VAULT_ENABLED, Secret::new("false"), place);
            Arc::new(PropertySource::new(SourceKind::Bootstrap, vec![entry]))
        }
    };
    locations(sources, stand.release, stand.start).into_iter().map(of).collect()
}
