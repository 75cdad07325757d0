//! Lists the forms that are written as new files, and the names of these files.

/// A form of a configuration that is written as new files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportForm {
    Env,
    Compose,
    Kubernetes,
    HelmValues,
    Systemd,
}

impl ExportForm {
    /// The forms that the operator can choose as the way to start Score.
    pub const STARTS: [Self; 4] = [Self::Compose, Self::Kubernetes, Self::HelmValues, Self::Systemd];

    /// Returns the name in answers files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Compose => "compose",
            Self::Kubernetes => "kubernetes",
            Self::HelmValues => "helm-values",
            Self::Systemd => "systemd",
        }
    }
}

/// The name of a file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExportName {
    pub name: &'static str,
    /// True if the file contains the secrets.
    pub secret: bool,
}

const fn plain(name: &'static str) -> ExportName {
    ExportName { name, secret: false }
}

const fn secret(name: &'static str) -> ExportName {
    ExportName { name, secret: true }
}

pub const PLAIN_ENV: ExportName = plain("score.env");
pub const SECRET_ENV: ExportName = secret("score-secret.env");
pub const COMPOSE_FILE: ExportName = plain("compose.yaml");
pub const CONFIG_MAP: ExportName = plain("score-config.yaml");
pub const SECRET_OBJECT: ExportName = secret("score-secret.yaml");
pub const VALUES: ExportName = plain("score-values.yaml");
pub const SECRET_VALUES: ExportName = secret("score-secret-values.yaml");
pub const DROP_IN: ExportName = plain("score-setup.conf");

/// All of these files.
pub const EXPORT_NAMES: [ExportName; 8] =
    [PLAIN_ENV, SECRET_ENV, COMPOSE_FILE, CONFIG_MAP, SECRET_OBJECT, VALUES, SECRET_VALUES, DROP_IN];
