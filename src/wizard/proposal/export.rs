//! Writes a configuration in another form: env files, a compose service, Kubernetes objects, values of
//! the public Helm chart, or a drop-in of systemd. Secrets are always in a file of their own. Computes texts; writes no
//! file.

mod merge;
pub mod settings;

use std::fmt::Write as _;

use super::variable_names::variable;
use crate::{
    forms::env_file::{EnvFileReader, written},
    install::deployment::{
        COMPOSE_FILE, CONFIG_MAP, DROP_IN, ExportForm, ExportName, PLAIN_ENV, SECRET_ENV, SECRET_OBJECT, SECRET_VALUES,
        VALUES,
    },
    score::{key, setting},
    text::{secret::Secret, yaml::edit::quoted},
};
pub use merge::MergedText;
pub(crate) use merge::merged;

/// A setting to write.
#[derive(Debug, Clone)]
pub struct ExportedSetting {
    /// The name as Score spells it.
    pub key: String,
    /// The name of the variable.
    pub name: String,
    pub value: Secret,
    pub secret: bool,
}

/// A file to write. The text of a file with secrets goes nowhere else.
pub struct ExportedFile {
    pub name: &'static str,
    pub text: Secret,
    pub secret: bool,
}

impl std::fmt::Debug for ExportedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExportedFile").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The reason why a value cannot be written in a form, without the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} cannot be written in this form: {why}")]
pub struct ExportError {
    pub key: String,
    pub why: &'static str,
}

/// Returns the files of a form, those without secrets first, and the next steps of the operator. `image` is the image of
/// the container, if one is known.
///
/// # Errors
/// Returns each value that the form cannot carry.
pub fn export(
    form: ExportForm,
    settings: &[ExportedSetting],
    image: Option<&str>,
) -> Result<(Vec<ExportedFile>, Vec<String>), Vec<ExportError>> {
    let named = |name: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        name.bytes().all(plain) && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
    };
    let why = "its name cannot be the name of a variable";
    let wrong: Vec<_> =
        settings.iter().filter(|one| !named(&one.name)).map(|one| ExportError { key: one.key.clone(), why }).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    match form {
        ExportForm::Env => env(settings),
        ExportForm::Compose => compose(settings, image),
        ExportForm::Kubernetes => Ok(kubernetes(settings)),
        ExportForm::HelmValues => helm(settings, image),
        ExportForm::Systemd => systemd(settings),
    }
}

/// Names the writer in each file, so that the file may be changed later.
pub const WRITTEN_BY: &str = "written by score-setup";
const OF_OBJECTS: &str = "# Settings of Score, written by score-setup.\n";
const OF_VALUES: &str = "# Values of the public Helm chart of Score, written by score-setup.\n";
const OF_ENV: &str = "# Variables of Score, written by score-setup.\n";

fn file(ExportName { name, secret }: ExportName, text: String) -> ExportedFile {
    ExportedFile { name, text: Secret::new(text), secret }
}

/// Returns the lines of both env files.
fn env_lines(
    settings: &[ExportedSetting],
    line: &dyn Fn(&str) -> Result<String, &'static str>,
) -> Result<[String; 2], Vec<ExportError>> {
    let mut texts = [OF_ENV.to_owned(), OF_ENV.to_owned()];
    let mut errors = Vec::new();
    for setting in settings {
        match line(setting.value.for_file()) {
            Ok(value) => {
                let _ = writeln!(texts[usize::from(setting.secret)], "{}={value}", setting.name);
            }
            Err(why) => errors.push(ExportError { key: setting.key.clone(), why }),
        }
    }
    if errors.is_empty() { Ok(texts) } else { Err(errors) }
}

fn env(settings: &[ExportedSetting]) -> Result<(Vec<ExportedFile>, Vec<String>), Vec<ExportError>> {
    let [open, hidden] = env_lines(settings, &|value| written(value, EnvFileReader::Both))?;
    let step = format!("docker run --env-file {} --env-file {} …", PLAIN_ENV.name, SECRET_ENV.name);
    Ok((vec![file(PLAIN_ENV, open), file(SECRET_ENV, hidden)], vec![step]))
}

fn compose(
    settings: &[ExportedSetting],
    image: Option<&str>,
) -> Result<(Vec<ExportedFile>, Vec<String>), Vec<ExportError>> {
    let [open, hidden] = env_lines(settings, &|value| written(value, EnvFileReader::Compose))?;
    let port = port(settings);
    let service = format!(
        "# A service of compose, written by score-setup.\nservices:\n  score:\n    image: {}\n    env_file:\n      - {}\n      \
         - {}\n    ports:\n      - {}\n    restart: unless-stopped\n",
        // Compose stops with this message.
        quoted(image.unwrap_or("${SCORE_IMAGE:?set it to the image of Score}")),
        PLAIN_ENV.name,
        SECRET_ENV.name,
        quoted(&format!("{port}:{port}"))
    );
    let files = vec![file(COMPOSE_FILE, service), file(PLAIN_ENV, open), file(SECRET_ENV, hidden)];
    let set = if image.is_none() { "SCORE_IMAGE=IMAGE " } else { "" };
    Ok((files, vec![format!("{set}docker compose up -d score")]))
}

/// Returns the port that Score listens at.
fn port(settings: &[ExportedSetting]) -> String {
    let port = settings.iter().find(|setting| setting.key == key::SERVER_PORT);
    let digits = |text: &str| text.trim().bytes().all(|byte| byte.is_ascii_digit()).then(|| text.trim().to_owned());
    let port = port.and_then(|setting| setting.value.shape(digits)).filter(|port| !port.is_empty());
    let default = setting(key::SERVER_PORT).and_then(|setting| setting.default);
    port.unwrap_or_else(|| default.unwrap_or_default().to_owned())
}

fn kubernetes(settings: &[ExportedSetting]) -> (Vec<ExportedFile>, Vec<String>) {
    let object = |kind: &str, part: &str, hidden: bool| {
        let mut text = format!("{OF_OBJECTS}apiVersion: v1\nkind: {kind}\nmetadata:\n  name: score\n{part}:\n");
        for setting in settings.iter().filter(|setting| setting.secret == hidden) {
            let _ = writeln!(text, "  {}: {}", setting.name, quoted(setting.value.for_file()));
        }
        text
    };
    let lines = "# In the Deployment, the container of Score needs these lines:\n#   envFrom:\n#     - configMapRef:\n#         name: score\n#     \
                 - secretRef:\n#         name: score\n";
    let files = vec![
        file(CONFIG_MAP, format!("{lines}{}", object("ConfigMap", "data", false))),
        file(SECRET_OBJECT, object("Secret", "stringData", true)),
    ];
    let steps = vec![
        "kubectl apply -f score-config.yaml -f score-secret.yaml".to_owned(),
        "kubectl rollout restart deployment/score".to_owned(),
    ];
    (files, steps)
}

/// The keys of the public chart (overture-stack/helm-charts, score 0.12.0) below `appConfig`, and the settings that they
/// become. The chart prints the settings of the third column without quotes.
const CHART: &[(&str, &str, bool)] = &[
    ("springProfiles", key::SPRING_PROFILES_ACTIVE, true),
    ("storageServer.port", key::SERVER_PORT, false),
    ("storageServer.sentinel", key::OBJECT_SENTINEL, true),
    ("storageServer.stateBucket", key::BUCKET_NAME_STATE, true),
    ("storageServer.dataBucket", key::BUCKET_NAME_OBJECT, true),
    ("storageServer.dataDir", key::S3_DATA_DIRECTORY, true),
    ("storageServer.partSize", key::UPLOAD_PARTSIZE, false),
    ("storageServer.connectionTimeout", key::UPLOAD_CONNECTION_TIMEOUT, false),
    ("song.serverUrl", key::METADATA_URL, true),
    ("objectStorage.url", key::S3_ENDPOINT, true),
    ("objectStorage.accessKey", key::S3_ACCESS_KEY, true),
    ("objectStorage.secretKey", key::S3_SECRET_KEY, false),
    ("objectStorage.sigV4Enabled", key::S3_SIG_V4_ENABLED, false),
    ("authServer.url", key::AUTH_SERVER_URL, true),
    ("authServer.tokenName", key::AUTH_SERVER_TOKEN_NAME, true),
    ("authServer.clientId", key::AUTH_SERVER_CLIENT_ID, true),
    ("authServer.clientSecret", key::AUTH_SERVER_CLIENT_SECRET, false),
    ("authServer.scope.download.system", key::SCOPE_DOWNLOAD_SYSTEM, true),
    ("authServer.scope.download.study.prefix", key::SCOPE_DOWNLOAD_STUDY_PREFIX, true),
    ("authServer.scope.download.study.suffix", key::SCOPE_DOWNLOAD_STUDY_SUFFIX, true),
    ("authServer.scope.upload.system", key::SCOPE_UPLOAD_SYSTEM, true),
    ("authServer.scope.upload.study.prefix", key::SCOPE_UPLOAD_STUDY_PREFIX, true),
    ("authServer.scope.upload.study.suffix", key::SCOPE_UPLOAD_STUDY_SUFFIX, true),
];

/// Returns the variable that the chart sets for a key. It has the names up to release 5.11.
fn chart_variable(key: &str) -> String {
    variable(setting(key).and_then(|setting| setting.key_until_5_11).unwrap_or(key))
}

/// A tree of values.
#[derive(Default)]
struct ValuesTree(Vec<(String, ValuesTree)>, Option<String>);

impl ValuesTree {
    fn put(&mut self, path: &str, value: String) {
        let (head, rest) = path.split_once('.').map_or((path, None), |(head, rest)| (head, Some(rest)));
        let at = self.0.iter().position(|(name, _)| name == head).unwrap_or_else(|| {
            self.0.push((head.to_owned(), Self::default()));
            self.0.len() - 1
        });
        match rest {
            Some(rest) => self.0[at].1.put(rest, value),
            None => self.0[at].1.1 = Some(value),
        }
    }

    fn print(&self, depth: usize, into: &mut String) {
        for (name, inner) in &self.0 {
            let value = inner.1.as_ref().map_or_else(String::new, |value| format!(" {value}"));
            let _ = writeln!(into, "{}{name}:{value}", "  ".repeat(depth));
            inner.print(depth + 1, into);
        }
    }
}

fn helm(
    settings: &[ExportedSetting],
    image: Option<&str>,
) -> Result<(Vec<ExportedFile>, Vec<String>), Vec<ExportError>> {
    let (mut open, mut hidden) = (ValuesTree::default(), ValuesTree::default());
    let mut errors = Vec::new();
    let mut in_plain_text = Vec::new();
    if let Some(image) = image {
        // A colon in front of a slash belongs to the port of a registry.
        let tagged = image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let (repository, tag) = tagged.unwrap_or((image, "latest"));
        open.put("image.repository", quoted(repository));
        open.put("image.tag", quoted(tag));
    }
    open.put("image.pullPolicy", "IfNotPresent".to_owned());
    for setting in settings {
        let text = setting.value.for_file();
        let row = CHART.iter().find(|(_, key, _)| chart_variable(key) == setting.name);
        let into = if setting.secret { &mut hidden } else { &mut open };
        if let Some((path, _, raw)) = row {
            let value = if *raw { printed_raw(text) } else { Ok(quoted(text)) };
            match value {
                Ok(value) => into.put(&format!("appConfig.{path}"), value),
                Err(why) => errors.push(ExportError { key: setting.key.clone(), why }),
            }
            continue;
        }
        if setting.secret {
            in_plain_text.push(setting.key.clone());
        }
        // The chart puts these into the Deployment in quotes. Helm fills nothing in there, but Kubernetes does.
        into.put(&format!("extraEnv.{}", setting.name), quoted(&text.replace('$', "$$")));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut texts = [OF_VALUES.to_owned(), OF_VALUES.to_owned()];
    open.print(0, &mut texts[0]);
    hidden.print(0, &mut texts[1]);
    let [open, hidden] = texts;
    let tag = if image.is_none() { " --set-string image.tag=TAG" } else { "" };
    let mut steps = vec![
        format!(
            "helm upgrade --install score oci://ghcr.io/overture-stack/helm-charts/score --version 0.12.0 --values score-values.yaml --values \
             score-secret-values.yaml{tag}"
        ),
        "kubectl rollout restart deployment/score".to_owned(),
    ];
    if !in_plain_text.is_empty() {
        steps.insert(
            0,
            format!(
                "The chart puts {} into the Deployment in plain text, where others may read it.",
                in_plain_text.join(", ")
            ),
        );
    }
    Ok((vec![file(VALUES, open), file(SECRET_VALUES, hidden)], steps))
}

/// Returns the value of a key that the chart prints without quotes. What YAML would read as another kind gets quotes inside.
fn printed_raw(text: &str) -> Result<String, &'static str> {
    if text.contains(['\n', '\r', '\t']) {
        return Err("the chart cannot carry a line break or a tab");
    }
    let kubernetes = text.replace('$', "$$");
    let odd = text.is_empty()
        || text.trim() != text
        || text.contains(": ")
        || text.ends_with(':')
        || text.contains(" #")
        || !text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '/')
        || ["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text.to_ascii_lowercase().as_str());
    let printed = if odd { quoted(&kubernetes) } else { kubernetes };
    Ok(quoted(&printed))
}

fn systemd(settings: &[ExportedSetting]) -> Result<(Vec<ExportedFile>, Vec<String>), Vec<ExportError>> {
    let [open, hidden] = env_lines(settings, &|value| written(value, EnvFileReader::Systemd))?;
    let unit = "# A drop-in of systemd, written by score-setup: /etc/systemd/system/score.service.d/score-setup.conf\n[Service]\n\
                EnvironmentFile=/etc/score/score.env\nEnvironmentFile=/etc/score/score-secret.env\n";
    let files = vec![file(DROP_IN, unit.to_owned()), file(PLAIN_ENV, open), file(SECRET_ENV, hidden)];
    let steps = vec![
        "install -D -m 0644 score-setup.conf /etc/systemd/system/score.service.d/score-setup.conf".to_owned(),
        format!("install -D -m 0600 -t /etc/score {} {}", PLAIN_ENV.name, SECRET_ENV.name),
        "systemctl daemon-reload && systemctl restart score".to_owned(),
    ];
    Ok((files, steps))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::forms::{Reading, Source, recognise};

    fn settings() -> Vec<ExportedSetting> {
        let odd = "a'b\"c$d\\e %h #f `g` $(HOME) $$ {{x}}";
        [
            (key::SPRING_PROFILES_ACTIVE, "collaboratory,prod,secure", false),
            (key::S3_ENDPOINT, "http://minio.example.org:9000", false),
            (key::UPLOAD_PARTSIZE, "1073741824", false),
            (key::BUCKET_NAME_OBJECT, "012", false),
            (key::S3_ACCESS_KEY, "score-key", false),
            (key::S3_SECRET_KEY, odd, true),
            (key::BUCKET_SIZE_POOL, "0", false),
        ]
        .map(|(key, value, secret)| ExportedSetting {
            key: key.to_owned(),
            name: variable(key),
            value: value.into(),
            secret,
        })
        .to_vec()
    }

    /// Returns the variables that our own reader finds in an input.
    fn read_back(name: &str, text: &str, files: &[ExportedFile]) -> Vec<(String, String)> {
        let open = |path: &Path| {
            let file = files.iter().find(|file| path.file_name() == Some(file.name.as_ref()))?;
            Some(file.text.for_file().as_bytes().to_vec())
        };
        let source = Source { path: Path::new(name), bytes: text.as_bytes(), open: &open };
        let Ok(Reading::Container { container, .. }) = recognise(&source).unwrap().reading(&source) else { panic!() };
        let mut all: Vec<_> =
            container.variables.iter().map(|one| (one.name.clone(), one.value.for_file().to_owned())).collect();
        all.sort();
        all
    }

    fn expected(settings: &[ExportedSetting]) -> Vec<(String, String)> {
        let mut all: Vec<_> = settings.iter().map(|one| (one.name.clone(), one.value.for_file().to_owned())).collect();
        all.sort();
        all
    }

    fn without_odd() -> Vec<ExportedSetting> {
        let mut settings = settings();
        settings[5].value = "s'e\"c\\r=e#t".into();
        settings
    }

    #[test]
    fn what_is_written_reads_back_to_the_same_values_and_secrets_are_apart() {
        for (form, settings) in [
            (ExportForm::Env, without_odd()),
            (ExportForm::Compose, without_odd()),
            (ExportForm::Kubernetes, settings()),
            (ExportForm::Systemd, settings()),
        ] {
            let (files, steps) = export(form, &settings, Some("x/score-server:5.11.0")).unwrap();
            assert!(!steps.is_empty());
            let secret = settings[5].value.for_file();
            for file in &files {
                assert_eq!(file.text.for_file().contains("SECRETKEY"), file.secret, "{form:?} {}", file.name);
                assert!(file.secret || !file.text.for_file().contains(secret));
            }
            let texts: Vec<&str> = files.iter().map(|file| file.text.for_file()).collect();
            let deployment = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: score}\nspec:\n  template:\n    spec:\n      containers:\n        \
                              - name: score-server\n          envFrom: [{configMapRef: {name: score}}, {secretRef: {name: score}}]\n";
            let back = match form {
                ExportForm::Env => read_back("score.env", &texts.concat(), &files),
                ExportForm::Compose => read_back("compose.yaml", texts[0], &files),
                ExportForm::Kubernetes => read_back("-", &(texts.join("---\n") + deployment), &files),
                ExportForm::Systemd => {
                    read_back("x.conf", &format!("{}ExecStart=/opt/score-server/bin/score-server\n", texts[0]), &files)
                }
                ExportForm::HelmValues => Vec::new(),
            };
            assert_eq!(back, expected(&settings), "{form:?}");
        }
    }

    #[test]
    fn values_of_the_chart_are_in_its_keys_and_the_rest_is_extra() {
        let (files, _) = export(ExportForm::HelmValues, &settings(), Some("x/score-server:5.11.0")).unwrap();
        let [open, hidden] = files.as_slice() else { panic!() };
        let values =
            |file: &ExportedFile| crate::text::yaml::flat(&crate::text::yaml::read(file.text.for_file()).unwrap()[0]);
        let told: Vec<_> = values(open).into_iter().map(|flat| format!("{}={}", flat.name, flat.value)).collect();
        for line in [
            "image.tag=5.11.0",
            "appConfig.objectStorage.url=http://minio.example.org:9000",
            "appConfig.storageServer.partSize=1073741824",
            // The chart prints it without quotes, so the quotes are a part of the value.
            "appConfig.storageServer.dataBucket=\"012\"",
            "extraEnv.BUCKET_SIZE_POOL=0",
        ] {
            assert!(told.contains(&line.to_owned()), "{line}: {told:#?}");
        }
        let hidden: Vec<_> = values(hidden).into_iter().map(|flat| (flat.name, flat.value)).collect();
        let secret = settings()[5].value.for_file().to_owned();
        assert_eq!(hidden, [("appConfig.objectStorage.secretKey".to_owned(), secret)]);
    }

    #[test]
    fn a_value_that_a_form_cannot_carry_is_refused_without_showing_it() {
        let errors = export(ExportForm::Env, &settings(), Some("x")).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert!(errors[0].to_string().starts_with("s3.secretKey cannot be written in this form"), "{}", errors[0]);
    }

    #[test]
    fn the_image_is_the_own_one_and_none_is_invented() {
        let text = |form, image| {
            let (files, steps) = export(form, &without_odd(), image).unwrap();
            (files[0].text.for_file().to_owned(), steps.join("\n"))
        };
        let own = Some("registry.example.org:5000/score-server@sha256:0a");
        assert!(
            text(ExportForm::Compose, own).0.contains("image: \"registry.example.org:5000/score-server@sha256:0a\"")
        );
        let (values, steps) = text(ExportForm::HelmValues, Some("registry.example.org:5000/score-server"));
        assert!(values.contains("tag: \"latest\"") && !steps.contains("image.tag"), "{values}");
        let (service, steps) = text(ExportForm::Compose, None);
        assert!(service.contains("${SCORE_IMAGE:?") && steps.starts_with("SCORE_IMAGE=IMAGE "), "{service}{steps}");
        let (values, steps) = text(ExportForm::HelmValues, None);
        assert!(!values.contains("tag:") && steps.contains("--set-string image.tag=TAG"), "{values}{steps}");
    }
}
