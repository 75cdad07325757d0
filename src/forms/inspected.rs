//! Reads the JSON that `docker inspect` prints, and finds the container that is a Score server.

use std::path::PathBuf;

use super::{EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, container::Container, environment};

pub(super) const HINT: &str =
    "give what docker inspect CONTAINER prints, as in: docker inspect score | score-setup show -";

pub(super) fn named(name: &str) -> bool {
    super::ends_in(name, &["json"])
}

/// Recognises the configuration of a container in JSON, and the empty list that is printed for no container.
pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    let inside = outline.text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let empty = || inside.is_some_and(|inside| inside.trim().is_empty());
    if outline.flow && (outline.has("Config") || empty()) { Fit::Sure } else { Fit::No }
}

pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let found = inspected(&source.text())?;
    let container = found.ok_or(FormError::NoScore { name: "inspected container", hint: HINT })?;
    let origin = EnvironmentOrigin::Inspect(container.name.clone());
    Ok(Reading::Container { container: Box::new(container), origin })
}

/// The reason why a text is not output of `docker inspect`.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("it is not what docker inspect prints of a container")]
    NoContainer,
}

/// Reads the output of `docker inspect`, and returns the container that is a Score server. `Ok(None)` means that none
/// of them is.
///
/// # Errors
/// Returns an error if the text is not output of `docker inspect`.
fn inspected(text: &str) -> Result<Option<Container>, InspectError> {
    let value: serde_json::Value = serde_json::from_str(text)?;
    let all = match &value {
        serde_json::Value::Array(all) => all.as_slice(),
        one => std::slice::from_ref(one),
    };
    if !all.iter().any(|one| one["Config"].is_object()) {
        return Err(InspectError::NoContainer);
    }
    let alike = all.iter().filter_map(|one| {
        let container = container(one);
        container.likeness("").map(|likeness| (likeness, container))
    });
    Ok(alike.rev().max_by_key(|(likeness, _)| *likeness).map(|(_, container)| container))
}

fn container(one: &serde_json::Value) -> Container {
    use serde_json::Value;
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|word| word.as_str().map(str::to_owned)).collect()
    };
    let config = &one["Config"];
    let variables = words(&config["Env"]);
    let variables = environment::of_words(variables.iter().map(String::as_str));
    let command: Vec<String> = one["Path"].as_str().map(str::to_owned).into_iter().chain(words(&one["Args"])).collect();
    let command = Some(command).filter(|words| !words.is_empty()).unwrap_or_else(|| words(&config["Cmd"]));
    let mount =
        |mount: &Value| Some((PathBuf::from(mount["Source"].as_str()?), mount["Destination"].as_str()?.to_owned()));
    let mut container = Container {
        name: one["Name"].as_str().unwrap_or_default().trim_start_matches('/').to_owned(),
        // Podman names the image outside of the configuration.
        image: config["Image"].as_str().or_else(|| one["ImageName"].as_str()).map(str::to_owned),
        mounts: one["Mounts"].as_array().into_iter().flatten().filter_map(mount).collect(),
        variables,
        ..Container::default()
    };
    container.start(command);
    container
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Release;

    #[test]
    fn a_container_is_read_from_what_docker_prints() {
        let text = r#"[{"Name": "/score", "Path": "/bin/sh", "Args": ["-c", "java -jar $JAR_FILE --a.b=1"],
            "Config": {"Image": "overture/score-server:5.9.0", "Env": ["JAR_FILE=/s.jar", "S3_ENDPOINT=http://x"]},
            "Mounts": [{"Type": "bind", "Source": "/opt/conf", "Destination": "/conf"}]}]"#;
        let found = inspected(text).unwrap().unwrap();
        assert_eq!((found.name.as_str(), found.release().unwrap().what), ("score", Release::R5_9));
        assert_eq!(found.command.unwrap().jar(), Some("/s.jar".into()));
        assert!(inspected("{}").is_err() && inspected("no").is_err());
    }
}
