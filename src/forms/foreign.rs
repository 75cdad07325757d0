//! Recognises inputs that this program refuses by name: values of Helm, and YAML that Spring reads itself.

use super::{Fit, Outline};

pub(super) const RENDER: &str =
    "render the chart with its values: helm template NAME CHART --values FILE | score-setup show -";

fn sure(is: bool) -> Fit {
    if is { Fit::Sure } else { Fit::No }
}

/// Recognises values of the public charts of Score, and of charts made by `helm create`.
pub(super) fn helm_values(outline: &Outline<'_>) -> Fit {
    let chart = outline.has("appConfig") || outline.has("image") && outline.has("replicaCount");
    sure(chart && !outline.has("apiVersion") && !outline.has("services"))
}

/// Recognises `application.yml` and `bootstrap.yml`, which Spring finds by these names.
pub(super) fn spring(outline: &Outline<'_>) -> Fit {
    let name = outline.source.file_name();
    sure(outline.is_yaml() && (name.starts_with("application") || name.starts_with("bootstrap")))
}
