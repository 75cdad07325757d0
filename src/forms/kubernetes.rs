//! Reads the container of Score from Kubernetes objects, as the kubelet starts it: variables from `env`, `envFrom`,
//! ConfigMaps and Secrets, and mounted files. The input is one object, several documents or a list, in YAML or JSON. An
//! object that is not in the input makes its values unknown here, not missing.

mod container;
mod expand;
mod objects;

use super::{
    DescribedBy, EnvironmentOrigin, Fit, FormError, Neighbour, Outline, Reading, Source, container::Container,
};
use crate::text::yaml;
use objects::{Objects, Workload};

const HINT: &str =
    "give Score's objects together, as in: kubectl get deployment,configmap,secret -o yaml | score-setup show -";

pub(super) fn named(name: &str) -> bool {
    super::ends_in(name, &["yml", "yaml", "json"])
}

pub(super) fn fits(outline: &Outline<'_>) -> Fit {
    // kubectl prints the kind of a list behind its elements.
    let of_objects = outline.has("kind") || outline.has("items");
    if outline.has("apiVersion") && of_objects { Fit::Sure } else { Fit::No }
}

/// Reads the variables of all containers. A container that cannot be read is left out.
pub(super) fn containers(source: &Source<'_>) -> Vec<Neighbour> {
    let documents = yaml::read_objects(&source.text(), &|_| true).unwrap_or_default();
    let objects = Objects::of(&documents);
    let mut all = Vec::new();
    for workload in &objects.workloads {
        let read = workload.containers().filter_map(|node| container::read(&objects, workload, node).ok());
        all.extend(read.map(|one| (workload.of_container(&one.name), one.variables)));
    }
    all
}

pub(super) fn read(source: &Source<'_>) -> Result<Reading, FormError> {
    let text = source.text();
    let refused = |error| if text.contains("{{") { FormError::Template(error) } else { FormError::Objects(error) };
    let documents = yaml::read_objects(&text, &objects::wanted).map_err(refused)?;
    let objects = Objects::of(&documents);
    let mut alike: Vec<(u8, &Workload<'_>, Container)> = Vec::new();
    for workload in &objects.workloads {
        for node in workload.containers() {
            let container = container::read(&objects, workload, node)?;
            alike.extend(container.likeness("").map(|likeness| (likeness, workload, container)));
        }
    }
    // The Pods of a Deployment repeat it. If several are equally likely, the first one is used.
    let rank = |one: &(u8, &Workload<'_>, Container)| (one.0, !one.1.owned);
    let others = alike.len().saturating_sub(1);
    let best = alike.into_iter().rev().max_by_key(rank);
    let (_, workload, mut container) = best.ok_or(FormError::NoScore { name: "Kubernetes object", hint: HINT })?;
    if others > 0 {
        container.notes.push(format!(
            "{others} more containers of the input look like a Score server. Only container {} of {} is read.",
            container.name,
            workload.shown()
        ));
    }
    let name = workload.of_container(&container.name);
    let origin = EnvironmentOrigin::Described { path: source.path.to_owned(), name, by: DescribedBy::Kubernetes };
    Ok(Reading::Container { container: Box::new(container), origin })
}
