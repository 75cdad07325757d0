//! Deployments without a folder of their own: a file of variables, a compose file, a container.

use std::{
    cell::RefCell,
    fs, io,
    path::{Path, PathBuf},
};

use super::{CAP, beside, failed, of_files, read_at_most};
use crate::{
    forms::{
        Base, Environment, EnvironmentOrigin, Told,
        container::{self, Container},
        environment,
    },
    install::{
        deployment::{Deployment, LoadError, Start},
        recognise, spring,
    },
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Compose,
    Variables,
}

impl Kind {
    /// By the name of the file; `None`: a properties file, or a folder.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        let yaml = [Some("yml".as_ref()), Some("yaml".as_ref())].contains(&path.extension());
        if yaml && !name.starts_with("application") {
            return Some(Self::Compose);
        }
        let variables =
            name == ".env" || name.starts_with(".env.") || Path::new(name).extension() == Some("env".as_ref());
        variables.then_some(Self::Variables)
    }
}

/// Whether compose would take a file of this name by itself.
fn is_compose(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| stem.starts_with("docker-compose") || stem.starts_with("compose"))
}

pub(super) fn load(path: &Path, kind: Kind) -> Result<Deployment, LoadError> {
    let absent = |error: &io::Error| error.kind() == io::ErrorKind::NotFound;
    let bytes = match beside::regular(path) {
        Ok(bytes) => Some(bytes),
        Err(error) if absent(&error) && kind == Kind::Variables => None,
        Err(error) => return Err(failed(path, &error)),
    };
    match (kind, bytes) {
        (Kind::Compose, bytes) => compose(path, &bytes.unwrap_or_default()),
        (Kind::Variables, bytes) => Ok(variables(path, bytes)),
    }
}

/// A file alone does not tell who reads it: it is taken to the letter, and where that matters is told.
fn variables(path: &Path, bytes: Option<Vec<u8>>) -> Deployment {
    let read = bytes.as_deref().unwrap_or_default();
    let mut notes = Vec::new();
    let apart = environment::told_apart(read);
    if !apart.is_empty() {
        let lines: Vec<_> = apart.iter().map(usize::to_string).collect();
        let (word, verb) = if lines.len() == 1 { ("Line", "means") } else { ("Lines", "mean") };
        notes.push(format!(
            "{word} {} {verb} something else to compose than to docker run --env-file, which takes a line to the letter; \
             they are read to the letter here.",
            lines.join(", ")
        ));
    }
    let variables = environment::literal(read);
    let base = Base { path: path.to_owned(), bytes, notes: Vec::new() };
    let environment = Environment { origin: EnvironmentOrigin::File(base), variables };
    let start = Some(Told { what: Start::Docker, by: "a file of variables".to_owned() });
    Deployment { environment: Some(environment), start, notes, ..around(path) }
}

/// The properties file that nobody reads, as an image has none.
fn around(path: &Path) -> Deployment {
    Deployment::of_file(Base::absent(path.with_file_name("application.properties")))
}

fn compose(path: &Path, bytes: &[u8]) -> Result<Deployment, LoadError> {
    let error =
        |cause: String, hint: &str| LoadError { path: path.to_owned(), cause, hint: hint.to_owned(), wrong: true };
    let folder = super::folder(path);
    let troubles = RefCell::new(Vec::new());
    let open = |name: &Path| match beside::regular(&folder.join(name)) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                troubles.borrow_mut().push(format!(
                    "{} cannot be read: {}.",
                    name.display(),
                    crate::text::cause(&error)
                ));
            }
            None
        }
    };
    let found = container::service(&String::from_utf8_lossy(bytes), &open)
        .map_err(|bad| error(bad.to_string(), "mend that line: compose cannot read the file either"))?;
    let Some(mut container) = found else {
        return Err(error("it has no service of a Score server".into(), "name the compose file with Score's service"));
    };
    for variable in &mut container.variables {
        variable.file = variable.file.as_ref().map(|file| folder.join(file));
    }
    for (source, _) in &mut container.mounts {
        *source = folder.join(&*source);
    }
    container.notes.extend(troubles.into_inner());
    let origin = EnvironmentOrigin::Compose { path: path.to_owned(), service: container.name.clone() };
    Ok(of_container(container, origin, around(path)))
}

/// What `docker inspect` printed, in this file.
pub(super) fn inspected(path: &Path) -> Result<Deployment, LoadError> {
    let error = |cause: String| LoadError {
        path: "-".into(),
        cause,
        wrong: true,
        hint: "give what docker inspect CONTAINER prints, as in: docker inspect score | score-setup show -".to_owned(),
    };
    let bytes = read_at_most(path, CAP).map_err(|cause| error(crate::text::cause(&cause)))?;
    let found = container::inspected(&String::from_utf8_lossy(&bytes)).map_err(|bad| error(bad.to_string()))?;
    let container = found.ok_or_else(|| error("none of the containers is a Score server".to_owned()))?;
    let origin = EnvironmentOrigin::Inspect(container.name.clone());
    let here = std::path::absolute("application.properties").unwrap_or_else(|_| "application.properties".into());
    Ok(of_container(container, origin, around(&here)))
}

fn of_container(container: Container, origin: EnvironmentOrigin, around: Deployment) -> Deployment {
    let release = container.release();
    let by = match &origin {
        EnvironmentOrigin::Compose { service, .. } => format!("the service {service}"),
        EnvironmentOrigin::Inspect(name) => format!("the container {name}"),
        EnvironmentOrigin::File(_) | EnvironmentOrigin::Process(_) => "its variables".to_owned(),
    };
    let deployment = Deployment {
        environment: Some(Environment { origin, variables: container.variables }),
        command: container.command,
        notes: container.notes,
        start: Some(Told { what: Start::Docker, by }),
        release,
        ..around
    };
    with_files(deployment, &|inside| {
        let of = |(source, target): &(PathBuf, String)| Some(source.join(inside.strip_prefix(target).ok()?));
        container.mounts.iter().find_map(of).filter(|path| path.exists())
    })
}

/// With the files that Score is told to read, where they can be seen from here.
pub(super) fn with_files(deployment: Deployment, seen: &dyn Fn(&Path) -> Option<PathBuf>) -> Deployment {
    let (release, _) = recognise::release(&deployment, None);
    let mut deployment = deployment;
    for place in spring::places(&deployment, release, Start::Docker) {
        let path = Path::new(place.trim_start_matches("file:").trim_start_matches("//"));
        let found = seen(path).and_then(|path| of_files(&path).ok()).filter(|found| found.application.bytes.is_some());
        match found {
            Some(found) => {
                deployment.application = found.application;
                deployment.bootstrap = found.bootstrap;
                deployment.profile_files = found.profile_files;
                deployment.yaml_files = found.yaml_files;
            }
            None => deployment.notes.push(format!("Score also reads {place}, which cannot be seen from here.")),
        }
    }
    deployment
}

/// Compose files in a folder, by their names.
pub(in crate::effects) fn compose_files(folder: &Path, most: usize) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(most);
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_compose));
    named.map(|entry| entry.path()).collect()
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
    fn a_file_tells_by_its_name_what_it_is() {
        for (name, kind) in [
            ("docker-compose.yml", Some(Kind::Compose)),
            ("stack.yaml", Some(Kind::Compose)),
            ("application.yml", None),
            (".env", Some(Kind::Variables)),
            (".env.score", Some(Kind::Variables)),
            ("score.env", Some(Kind::Variables)),
            ("application.properties", None),
            ("conf", None),
        ] {
            assert_eq!(Kind::of(Path::new(name)), kind, "{name}");
        }
    }

    #[test]
    fn files_that_a_container_is_told_to_read_are_read_where_they_are_mounted() {
        let service = |more: &str| {
            format!(
                "services:\n  score:\n    image: x/score-server:5.11.0\n    environment:\n      \
                 SPRING_CONFIG_ADDITIONAL_LOCATION: file:/conf/\n      SPRING_PROFILES_ACTIVE: prod\n{more}"
            )
        };
        let files = [("conf/application.properties", "a=b"), ("conf/application-prod.properties", "c=d")];
        let mounted = loaded(&service("    volumes: ['./conf:/conf:ro']\n"), &files);
        assert_eq!(mounted.application.bytes.as_deref(), Some(b"a=b".as_slice()));
        assert_eq!((mounted.profile_files.len(), mounted.notes), (1, vec![]));
        let unseen = loaded(&service(""), &files);
        assert_eq!(unseen.application.bytes, None);
        assert_eq!(unseen.notes, ["Score also reads file:/conf/, which cannot be seen from here."]);
    }

    #[test]
    fn what_a_compose_file_refers_to_and_is_not_there_is_a_note() {
        let deployment = loaded("services: {score-server: {build: ., env_file: gone.env}}", &[]);
        assert_eq!(deployment.notes, ["gone.env cannot be read; what it sets is not known here."]);
        assert_eq!(
            deployment.start.map(|told| (told.what, told.by)),
            Some((Start::Docker, "the service score-server".into()))
        );
    }
}
