//! Reads the container of Score from a swarm service: what `docker service inspect` prints, and the specification of a
//! service in YAML or JSON.

use std::path::PathBuf;

use super::{
    DescribedBy, EnvironmentOrigin, Fit, FormError, Outline, Reading, Source, Variable,
    container::Container,
    environment::{self, unknown},
};
use crate::text::yaml::{self, Node};

const HINT: &str = "give what docker service inspect SERVICE prints of Score's service";

pub(super) fn named(name: &str) -> bool {
    super::ends_in(name, &["yml", "yaml", "json"])
}

pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    if outline.has("TaskTemplate") { Fit::Sure } else { Fit::No }
}

pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let documents = yaml::read(&source.text())?;
    let all = documents.iter().flat_map(|document| match document.items() {
        [] => std::slice::from_ref(document),
        items => items,
    });
    let services = all.map(|service| service.get("Spec").unwrap_or(service));
    let alike = services.filter_map(|service| {
        let container = container(service)?;
        Some((container.likeness("")?, container))
    });
    let alike: Vec<_> = alike.collect();
    let best = alike.into_iter().rev().max_by_key(|(likeness, _)| *likeness);
    let (_, container) = best.ok_or(FormError::NoScore { name: "swarm service", hint: HINT })?;
    let name = format!("swarm service {}", container.name);
    let origin = EnvironmentOrigin::Described { path: source.path.to_owned(), name, by: DescribedBy::Swarm };
    Ok(Reading::Container { container: Box::new(container), origin })
}

fn container(service: &Node) -> Option<Container> {
    let spec = service.get("TaskTemplate")?.get("ContainerSpec")?;
    let name = service.get("Name").and_then(Node::word).unwrap_or_default().to_owned();
    let items = |key: &str| spec.get(key).map(Node::items).unwrap_or_default().iter();
    let variables: Vec<Variable> = items("Env")
        .filter_map(|node| {
            let variable = environment::of_words([node.word()?]).pop()?;
            let object = Some(format!("swarm service {name}, env {}", variable.name));
            // The swarm fills in its templates for each task.
            let template = variable.value.shape(|text| text.contains("{{"));
            let value = if template { unknown("a template of the swarm") } else { variable.value.clone() };
            Some(Variable { value, line: Some(node.line), object, ..variable })
        })
        .collect();
    let words: Vec<String> =
        items("Command").chain(items("Args")).filter_map(|node| node.word().map(str::to_owned)).collect();
    let mount = |node: &Node| {
        let word = |key: &str| node.get(key).and_then(Node::word);
        Some((PathBuf::from(word("Source").filter(|source| source.starts_with('/'))?), word("Target")?.to_owned()))
    };
    let mut container = Container {
        image: spec.get("Image").and_then(Node::word).map(str::to_owned),
        mounts: items("Mounts").filter_map(mount).collect(),
        variables,
        name,
        ..Container::default()
    };
    container.start(words);
    Some(container)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn told(text: &str) -> Vec<String> {
        let source = Source { path: Path::new("-"), bytes: text.as_bytes(), open: &|_| None };
        let Ok(Reading::Container { container, origin }) = read(&source) else { panic!("{text}") };
        let EnvironmentOrigin::Described { name, .. } = origin else { panic!() };
        let variables = container.variables.iter();
        let variables = variables.map(|one| format!("{}={} {}", one.name, one.value.for_file(), one.line.unwrap()));
        std::iter::once(name).chain(variables).collect()
    }

    #[test]
    fn a_service_is_read_from_what_docker_prints_and_from_its_specification() {
        let json = "[{\"Spec\": {\"Name\": \"score-api\", \"TaskTemplate\": {\"ContainerSpec\": {\"Image\": \"x/score-server:5.11.0@sha256:0\",\n\
                    \"Env\": [\"A=b=c\", \"NODE={{.Node.Hostname}}\", \"ALONE\"]}}}}]";
        let unknown = "NODE=${unknown here, from a template of the swarm} 2";
        assert_eq!(told(json), ["swarm service score-api", "A=b=c 2", unknown]);
        let yaml =
            "Name: score-api\nTaskTemplate:\n  ContainerSpec:\n    Image: x/score-server\n    Env:\n      - A=1e3\n";
        assert_eq!(told(yaml), ["swarm service score-api", "A=1e3 6"]);
    }
}
