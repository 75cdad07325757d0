//! Reads deployments that are not in a folder: a file of variables, a compose file, a container.

use std::{
    cell::RefCell,
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    companions::{self, Language},
    git, inside, of_files, read_regular,
};
use crate::{
    forms::{
        self, Base, COMPOSE_NAMES, Command, Environment, EnvironmentOrigin, Form, FormError, MOST_OF_SETTINGS, Reading,
        Source, Sourced,
        container::{Container, FormFault, Host, InputFile, ObjectFault, Unread},
        is_configuration,
    },
    install::{
        deployment::{Deployment, Launcher, LoadError, ProfileFile, YamlFile},
        recognise, spring,
    },
    score::Release,
    text::cause,
};

/// Returns true for the names of compose files: those that compose finds by default, and variants of them. A file that
/// overrides another one is not a project of its own.
fn is_compose(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| {
        (stem.starts_with("docker-compose") || stem.starts_with("compose")) && !stem.ends_with(".override")
    })
}

/// Reads an input in its form. `None` means that it is a properties file, with an installation around it.
pub(super) fn load(path: &Path, bytes: &[u8]) -> Result<Option<Deployment>, LoadError> {
    let source = Source { path, bytes, open: &|_| None };
    let form = forms::recognise(&source).ok_or_else(|| LoadError {
        path: path.to_owned(),
        cause: "it is not a configuration of Score".to_owned(),
        hint: "name a properties file, an env file or a compose file".to_owned(),
        wrong: true,
    })?;
    read(path, bytes, form).map_err(|error| wrong(path, &error))
}

fn wrong(path: &Path, error: &FormError) -> LoadError {
    LoadError { path: path.to_owned(), cause: error.to_string(), hint: error.hint().to_owned(), wrong: true }
}

/// Reads the compose project of a folder. `None` if the folder has no compose file with a default name, if its compose
/// file has no Score server, or if the folder contains an installation.
pub(super) fn project(folder: &Path) -> Option<Result<Deployment, LoadError>> {
    if folder.join("conf").is_dir() || inside(folder).symlink_metadata().is_ok() {
        return None;
    }
    let path = COMPOSE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.symlink_metadata().is_ok())?;
    let bytes = match read_regular(&path, MOST_OF_SETTINGS) {
        Ok(bytes) => bytes,
        Err(error) => return Some(Err(super::failed(&path, &error))),
    };
    let form = forms::recognise(&Source { path: &path, bytes: &bytes, open: &|_| None })?;
    match read(&path, &bytes, form) {
        Ok(deployment) => deployment.map(Ok),
        Err(FormError::NoScore { .. }) => None,
        Err(error) => Some(Err(wrong(&path, &error))),
    }
}

fn read(path: &Path, bytes: &[u8], form: &Form) -> Result<Option<Deployment>, FormError> {
    let folder = crate::effects::paths::folder(path);
    let troubles = RefCell::new(Vec::new());
    let opened = RefCell::new(Vec::new());
    let base = |name: &Path, bytes| {
        let path = folder.join(name);
        let tracked = (!forms::is_yaml(name)).then(|| git::would_track(&path)).flatten();
        Base { path, bytes, notes: tracked.into_iter().collect() }
    };
    let open = |name: &Path| match read_regular(&folder.join(name), MOST_OF_SETTINGS) {
        Ok(bytes) => {
            opened.borrow_mut().push(base(name, Some(bytes.clone())));
            Some(bytes)
        }
        Err(error) => {
            if error.kind() == io::ErrorKind::NotFound {
                // A new secret of a compose service goes into this file.
                if name == Path::new(".env") {
                    opened.borrow_mut().push(base(name, None));
                }
            } else {
                troubles.borrow_mut().push(format!("{} cannot be read: {}.", name.display(), cause(&error)));
            }
            None
        }
    };
    let (mut container, origin) = match form.reading(&Source { path, bytes, open: &open })? {
        Reading::Application => return Ok(None),
        Reading::Container { container, origin } => (*container, origin),
    };
    for variable in &mut container.variables {
        variable.file = variable.file.as_ref().map(|file| folder.join(file));
    }
    for (source, _) in &mut container.mounts {
        *source = folder.join(&*source);
    }
    let above = |what| Unread { what, overrides: true };
    container.unread.extend(troubles.into_inner().into_iter().map(above));
    let mut deployment = of_container(container, origin, around(path));
    if path != Path::new("-") {
        let main = Base { path: path.to_owned(), bytes: Some(bytes.to_vec()), notes: Vec::new() };
        let mut met = HashSet::new();
        let all = std::iter::once(main).chain(opened.into_inner());
        deployment.sources = all.filter(|base| met.insert(base.path.clone())).collect();
    }
    Ok(Some(deployment))
}

/// Returns the deployment of a file of this form that does not exist yet. `None` for a properties file.
pub(super) fn absent(path: &Path, form: &Form) -> Option<Deployment> {
    let reading = form.reading(&Source { path, bytes: &[], open: &|_| None });
    let Ok(Reading::Container { container, .. }) = reading else { return None };
    let origin = EnvironmentOrigin::File(Base::absent(path.to_owned()));
    Some(of_container(*container, origin, around(path)))
}

/// Returns a deployment with a missing properties file next to the input. No image reads this file.
fn around(path: &Path) -> Deployment {
    let beside = if path == Path::new("-") {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    } else {
        path.to_owned()
    };
    Deployment::of_file(Base::absent(beside.with_file_name("application.properties")))
}

fn of_container(container: Container, origin: EnvironmentOrigin, around: Deployment) -> Deployment {
    let release = container.release();
    let by = match &origin {
        EnvironmentOrigin::Compose { service, .. } => format!("the service {service}"),
        EnvironmentOrigin::Inspect(name) => format!("the container {name}"),
        EnvironmentOrigin::Described { name, .. } => name.clone(),
        EnvironmentOrigin::File(_) => "a file of variables".to_owned(),
        EnvironmentOrigin::Process(_) => "its variables".to_owned(),
    };
    let unread = container.unread.iter().map(|unread| unread.what.clone());
    let host = container.host.clone();
    let deployment = Deployment {
        environment: Some(Environment { origin, variables: container.variables }),
        command: container.command,
        image: container.image,
        notes: unread.chain(container.notes).collect(),
        unread: container.unread,
        faults: container.faults,
        start: Some(Sourced { what: Launcher::Docker, by }),
        release,
        ..around
    };
    if let Some(host) = host {
        return of_host(deployment, &host);
    }
    let (mounts, files) = (container.mounts, container.files);
    let mounted = |inside: &Path| {
        let of = |(source, target): &(PathBuf, String)| {
            let rest = inside.strip_prefix(target).ok()?;
            // A path with an empty part at its end would be a folder.
            Some(if rest.as_os_str().is_empty() { source.clone() } else { source.join(rest) })
        };
        mounts.iter().find_map(of).filter(|path| path.exists())
    };
    let mut deployment = with_files(deployment, &|inside| match of_input(&files, inside) {
        Some(found) => Some(found),
        None => mounted(inside).and_then(|path| of_files(&path, None).ok()),
    });
    deployment.faults.extend(ignored(&deployment, &mounts, &files));
    deployment
}

/// Returns the deployment of a process that is started on this machine, with the files that it reads.
fn of_host(lone: Deployment, host: &Host) -> Deployment {
    let by = lone.start.as_ref().map(|start| start.by.clone()).unwrap_or_default();
    let start = |what| Some(Sourced { what, by: by.clone() });
    let cwd = host.folder.clone().unwrap_or_else(|| PathBuf::from("/"));
    let with = |found: Deployment, lone: Deployment| Deployment {
        environment: lone.environment,
        notes: found.notes.iter().chain(&lone.notes).cloned().collect(),
        unread: lone.unread,
        ..found
    };
    let mut lone = lone;
    let report = |lone: &mut Deployment, what: String, overrides| {
        lone.notes.push(what.clone());
        lone.unread.push(Unread { what, overrides });
    };
    // A file of another machine is not missing.
    let unseen = |path: &Path| {
        (!path.exists()).then(|| format!("Score reads {}, which cannot be seen from here.", path.display()))
    };
    if let Some(root) = host.script.as_ref().and_then(|script| script.parent()?.parent()) {
        // The arguments in wrapper.conf override variables.
        if let Some(what) = unseen(root) {
            report(&mut lone, what, true);
        }
        return match of_existing(root) {
            Some(found) => Deployment { start: start(Launcher::Wrapper), ..with(found, lone) },
            None => Deployment { start: start(Launcher::Wrapper), command: None, ..lone },
        };
    }
    let places = spring::places(&lone, Release::NEWEST, Launcher::Jar);
    let folder = match places.first() {
        Some(place) => Some(cwd.join(inside_of(place))),
        None => spring::looks_around(&lone, Launcher::Jar).then(|| cwd.clone()),
    };
    let jar = lone.command.as_ref().and_then(Command::jar).map(|path| cwd.join(path));
    for what in [folder.as_deref(), jar.as_deref()].into_iter().flatten().filter_map(unseen) {
        report(&mut lone, what, false);
    }
    let jar = jar.filter(|path| path.is_file());
    let command = lone.command.clone();
    let found = folder.and_then(|folder| of_existing(&folder));
    let mut deployment = match found {
        Some(found) => Deployment { command, start: start(Launcher::Jar), ..with(found, lone) },
        None => Deployment { start: start(Launcher::Jar), ..lone },
    };
    if let Some(jar) = jar {
        super::jar::add(&mut deployment, &jar);
    }
    deployment
}

/// Returns the files of a folder that exists, or of a properties file that may be missing.
fn of_existing(path: &Path) -> Option<Deployment> {
    let named = path.extension().is_some_and(|ending| ending == "properties");
    (named || path.exists()).then(|| of_files(path, None).ok()).flatten()
}

/// Returns the files of the input that the container sees at a path, which may be a folder.
fn of_input(files: &[InputFile], inside: &Path) -> Option<Deployment> {
    let base =
        |file: &InputFile| Base { path: PathBuf::from(&file.name), bytes: Some(file.bytes.clone()), notes: Vec::new() };
    if let Some(file) = files.iter().find(|file| Path::new(&file.inside) == inside) {
        return Some(Deployment::of_file(base(file)));
    }
    let here = |file: &&InputFile| Path::new(&file.inside).parent() == Some(inside);
    let mut found = Deployment::of_file(Base::absent(PathBuf::from("application.properties")));
    for file in files.iter().filter(here) {
        let name = Path::new(&file.inside).file_name().unwrap_or_default().to_string_lossy();
        match companions::of_name(&name) {
            Some((Language::Properties, None)) => found.application = base(file),
            Some((Language::Properties, Some(profile))) => {
                found.profile_files.push(ProfileFile { profile, base: base(file) });
            }
            Some((Language::Yaml, profile)) => found.yaml_files.push(YamlFile { profile, base: base(file) }),
            None => {}
        }
    }
    let any = found.application.bytes.is_some() || !found.profile_files.is_empty() || !found.yaml_files.is_empty();
    any.then_some(found)
}

/// Returns a fault for each folder with settings that the container sees and Score does not read.
fn ignored(deployment: &Deployment, mounts: &[(PathBuf, String)], files: &[InputFile]) -> Vec<FormFault> {
    let release = recognise::launch(deployment, None).release;
    let read = spring::places(deployment, release, Launcher::Docker);
    let read: Vec<&str> = read.iter().map(|place| inside_of(place).trim_end_matches('/')).collect();
    let is_read = |path: &Path| read.iter().any(|place| Path::new(place) == path);
    let of_score = |path: &Path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| companions::of_name(name).is_some())
    };
    let inputs = files.iter().map(|file| (PathBuf::from(&file.inside), file.name.clone()));
    let outer = mounts.iter().filter_map(|(source, target)| {
        let target = PathBuf::from(target.trim_end_matches('/'));
        if of_score(&target) {
            return Some((target, String::new()));
        }
        let file = target.join("application.properties");
        source.join("application.properties").is_file().then_some((file, String::new()))
    });
    let unread =
        inputs.chain(outer).filter(|(path, _)| of_score(path) && !is_read(path) && !path.parent().is_some_and(is_read));
    let fault = |(path, object): (PathBuf, String)| FormFault {
        fault: ObjectFault::Ignored(path.display().to_string()),
        line: None,
        object,
    };
    unread.map(fault).collect()
}

/// Returns the path in a place that Score is configured to read.
fn inside_of(place: &str) -> &str {
    place.trim_start_matches("file:").trim_start_matches("//")
}

/// Adds the files that Score is configured to read, if they can be seen from this machine.
fn with_files(deployment: Deployment, seen: &dyn Fn(&Path) -> Option<Deployment>) -> Deployment {
    let release = recognise::launch(&deployment, None).release;
    let mut deployment = deployment;
    for place in spring::places(&deployment, release, Launcher::Docker) {
        let path = Path::new(inside_of(&place));
        // A volume may lead to any file of this machine.
        let ours = |found: &Deployment| {
            let yaml = !found.yaml_files.is_empty() && found.application.bytes.is_none();
            yaml || found.application.bytes.as_deref().is_some_and(is_configuration)
        };
        if let Some(found) = seen(path).filter(ours) {
            deployment.application = found.application;
            deployment.bootstrap = found.bootstrap;
            deployment.profile_files = found.profile_files;
            deployment.yaml_files = found.yaml_files;
        } else {
            let what = format!("Score also reads {place}, which cannot be seen from here.");
            deployment.notes.push(what.clone());
            deployment.unread.push(Unread { what, overrides: false });
        }
    }
    deployment
}

/// Returns the compose files in a folder, by their names.
pub(in crate::effects) fn compose_files(folder: &Path, most: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(most);
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_compose));
    named.map(|entry| entry.path()).collect()
}

/// The most manifests of a folder that are looked at.
const MOST_MANIFESTS: usize = 32;

/// Returns the other files of a folder, in the order of their names, that may contain Kubernetes objects. A kubeconfig
/// is never one of them.
pub(in crate::effects) fn manifests(folder: &Path, most: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(most);
    let fits = |name: &str| {
        forms::is_yaml(name.as_ref())
            && !is_compose(name)
            && !name.starts_with(['.', '_'])
            && !name.contains("kubeconfig")
    };
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(fits));
    let small =
        named.filter(|entry| entry.metadata().is_ok_and(|what| what.is_file() && what.len() <= MOST_OF_SETTINGS));
    let mut paths: Vec<PathBuf> = small.map(|entry| entry.path()).collect();
    paths.sort_unstable();
    paths.truncate(MOST_MANIFESTS);
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(compose: &str, files: &[(&str, &str)]) -> Deployment {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files.iter().chain(&[("compose.yml", compose)]) {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        super::super::load(&root.path().join("compose.yml")).unwrap()
    }

    #[test]
    fn files_that_a_container_is_told_to_read_are_read_where_they_are_mounted() {
        let service = |more: &str| {
            format!(
                "services:\n  score:\n    image: x/score-server:5.11.0\n    environment:\n      \
                 SPRING_CONFIG_ADDITIONAL_LOCATION: file:/conf/\n      SPRING_PROFILES_ACTIVE: prod\n{more}"
            )
        };
        let files = [("conf/application.properties", "s3.a=b"), ("conf/application-prod.properties", "c=d")];
        let mounted = loaded(&service("    volumes: ['./conf:/conf:ro']\n"), &files);
        assert_eq!(mounted.application.bytes.as_deref(), Some(b"s3.a=b".as_slice()));
        assert_eq!((mounted.profile_files.len(), mounted.notes), (1, vec![]));
        let unseen = loaded(&service(""), &files);
        assert_eq!(unseen.application.bytes, None);
        assert_eq!(unseen.notes, ["Score also reads file:/conf/, which cannot be seen from here."]);
    }

    #[test]
    fn a_volume_that_leads_to_another_file_shows_nothing_of_it() {
        let compose = "services:\n  score:\n    image: score-server\n    environment:\n      \
                       SPRING_CONFIG_ADDITIONAL_LOCATION: file:/conf/application.properties\n    volumes:\n      \
                       - ./passwords:/conf/application.properties\n";
        let ours = loaded(compose, &[("passwords", "s3.endpoint=http://h\n")]);
        assert!(ours.application.bytes.is_some(), "{:?}", ours.notes);
        let deployment = loaded(compose, &[("passwords", "db.user=canary\n")]);
        assert_eq!(deployment.application.bytes, None);
        let note = "Score also reads file:/conf/application.properties, which cannot be seen from here.";
        assert_eq!(deployment.notes, [note]);
    }

    #[test]
    fn what_a_compose_file_refers_to_and_is_not_there_is_a_note() {
        let deployment = loaded("services: {score-server: {build: ., env_file: gone.env}}", &[]);
        assert_eq!(deployment.notes, ["gone.env cannot be read; what it sets is not known here."]);
        assert_eq!(
            deployment.start.map(|told| (told.what, told.by)),
            Some((Launcher::Docker, "the service score-server".into()))
        );
    }

    #[test]
    fn folders_of_a_unit_that_are_on_another_machine_are_not_read_and_nothing_is_missing() {
        let loaded = |start: &str| {
            let root = tempfile::tempdir().unwrap();
            let unit = format!(
                "[Service]\nEnvironment=OBJECT_SENTINEL=h\nWorkingDirectory=/nowhere/score\nExecStart={start}\n"
            );
            fs::write(root.path().join("score.service"), unit).unwrap();
            let deployment = super::super::load(&root.path().join("score.service")).unwrap();
            deployment.unread.into_iter().map(|part| (part.what, part.overrides)).collect::<Vec<_>>()
        };
        let told = |path: &str| format!("Score reads {path}, which cannot be seen from here.");
        assert_eq!(
            loaded("/usr/bin/java -jar lib/score-server.jar"),
            [(told("/nowhere/score"), false), (told("/nowhere/score/lib/score-server.jar"), false)]
        );
        assert_eq!(loaded("/nowhere/score/bin/score-server console"), [(told("/nowhere/score"), true)]);
    }
}
