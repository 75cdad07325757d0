//! Reads deployments that are not in a folder: a file of variables, a compose file, a container.

use std::{
    cell::RefCell,
    fs, io,
    path::{Path, PathBuf},
};

use super::{companions, of_files};
use crate::{
    forms::{self, Base, Environment, EnvironmentOrigin, Reading, Source, Sourced, container::Container},
    install::{
        deployment::{Deployment, Launcher, LoadError},
        recognise, spring,
    },
    text::cause,
};

/// Returns true if compose finds a file of this name by default.
fn is_compose(name: &str) -> bool {
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| stem.starts_with("docker-compose") || stem.starts_with("compose"))
}

/// Reads an input in its form. `None` means that it is a properties file, with an installation around it.
pub(super) fn load(path: &Path, bytes: &[u8]) -> Result<Option<Deployment>, LoadError> {
    let folder = super::folder(path);
    let troubles = RefCell::new(Vec::new());
    let open = |name: &Path| match companions::regular(&folder.join(name)) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                troubles.borrow_mut().push(format!("{} cannot be read: {}.", name.display(), cause(&error)));
            }
            None
        }
    };
    let wrong =
        |cause: String, hint: &str| LoadError { path: path.to_owned(), cause, hint: hint.to_owned(), wrong: true };
    let source = Source { path, bytes, open: &open };
    let form = forms::recognise(&source).ok_or_else(|| {
        wrong("it is not a configuration of Score".to_owned(), "name a properties file, an env file or a compose file")
    })?;
    let (mut container, origin) = match form.read(&source).map_err(|error| wrong(error.to_string(), error.hint()))? {
        Reading::Application => return Ok(None),
        Reading::Container { container, origin } => (*container, origin),
    };
    for variable in &mut container.variables {
        variable.file = variable.file.as_ref().map(|file| folder.join(file));
    }
    for (source, _) in &mut container.mounts {
        *source = folder.join(&*source);
    }
    container.notes.extend(troubles.into_inner());
    Ok(Some(of_container(container, origin, around(path))))
}

/// Returns the deployment of an env file that does not exist yet.
pub(super) fn absent(path: &Path) -> Deployment {
    let origin = EnvironmentOrigin::File(Base::absent(path.to_owned()));
    of_container(Container::default(), origin, around(path))
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
        EnvironmentOrigin::File(_) => "a file of variables".to_owned(),
        EnvironmentOrigin::Process(_) => "its variables".to_owned(),
    };
    let deployment = Deployment {
        environment: Some(Environment { origin, variables: container.variables }),
        command: container.command,
        notes: container.notes,
        start: Some(Sourced { what: Launcher::Docker, by }),
        release,
        ..around
    };
    with_files(deployment, &|inside| {
        let of = |(source, target): &(PathBuf, String)| Some(source.join(inside.strip_prefix(target).ok()?));
        container.mounts.iter().find_map(of).filter(|path| path.exists())
    })
}

/// Adds the files that Score is configured to read, if they can be seen from this machine.
pub(super) fn with_files(deployment: Deployment, seen: &dyn Fn(&Path) -> Option<PathBuf>) -> Deployment {
    let release = recognise::launch(&deployment, None).release;
    let mut deployment = deployment;
    for place in spring::places(&deployment, release, Launcher::Docker) {
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

/// Returns the compose files in a folder, by their names.
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
            Some((Launcher::Docker, "the service score-server".into()))
        );
    }
}
