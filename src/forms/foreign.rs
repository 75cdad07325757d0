//! Recognises inputs that this program refuses by name: objects of Kubernetes, swarm services, systemd units, shell
//! scripts, and YAML that Spring reads itself.

use super::{Fit, Outline};

pub(super) const CONTAINER: &str =
    "write the variables of the container into an env file, or give what docker inspect CONTAINER prints";

fn sure(is: bool) -> Fit {
    if is { Fit::Sure } else { Fit::No }
}

pub(super) fn kubernetes(outline: &Outline<'_>) -> Fit {
    sure(outline.has("apiVersion") && outline.has("kind"))
}

/// Recognises what `docker service inspect` prints, and the specification of a service.
pub(super) fn swarm(outline: &Outline<'_>) -> Fit {
    sure(outline.has("TaskTemplate"))
}

pub(super) fn systemd(outline: &Outline<'_>) -> Fit {
    let of_units = |name: &String| matches!(name.as_str(), "Unit" | "Service" | "Install" | "Timer" | "Socket");
    sure(outline.sections.iter().any(of_units))
}

pub(super) fn shell(outline: &Outline<'_>) -> Fit {
    sure(outline.text.trim_start_matches('\u{feff}').starts_with("#!"))
}

/// Recognises `application.yml` and `bootstrap.yml`, which Spring finds by these names.
pub(super) fn spring(outline: &Outline<'_>) -> Fit {
    let name = outline.source.file_name();
    sure(outline.is_yaml() && (name.starts_with("application") || name.starts_with("bootstrap")))
}
