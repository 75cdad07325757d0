//! Reads what an operator was given for a store, in the shape of another tool: a command, a profile, a connection
//! string, an older configuration. Says what was understood and what was ignored. Every value is a `Secret` from its
//! first byte. Decides nothing: the wizard takes the answers, or asks which of several.

mod address;
mod command;
mod connection_string;
mod gather;
mod lines;
mod names;
mod tree;

use zeroize::Zeroizing;

use super::draft::Text;
use crate::{
    score::{Provider, key, provider::of_key_id, setting},
    text::{
        mask::{DOTS, shown_value},
        secret::Secret,
        values::counted,
    },
};

pub use address::bucket_in;

/// The longest text, in bytes. A longer one is probably a wrong clipboard.
pub const LONGEST: usize = 64 << 10;
/// The most sections that are offered. A list cannot show more.
const MOST_SECTIONS: usize = 50;

/// The usable part of a text, such as one profile of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasteCandidate {
    /// The name of the profile or alias, if the text has one.
    pub name: Option<String>,
    pub result: Result<Pasted, PasteError>,
}

/// A candidate in a file of another tool on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Its name and its file, such as `profile score in ~/.aws/credentials`.
    pub source: String,
    pub result: Result<Pasted, PasteError>,
}

/// The answers in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pasted {
    pub provider: Option<&'static Provider>,
    pub region: Option<String>,
    /// The suffix of an Azure cloud, or the blob endpoint of the account.
    pub cloud: Option<String>,
    /// The answers by the keys of their settings.
    pub answers: Vec<(&'static str, Text)>,
    pub ignored: Vec<Ignored>,
}

/// A part of the text that gives no answer, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    pub what: String,
    pub why: &'static str,
}

/// The reason why a text gives no answers. Never contains a part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    #[error("This text has no part that score-setup recognises.")]
    NotRecognised,
    #[error("The text is longer than 64 KiB.")]
    TooLong,
    #[error(
        "This is a shared access signature. Score signs with the key of the account itself and cannot use a signature."
    )]
    SharedAccessSignature,
    /// True if the keys are those of AWS.
    #[error("These keys are temporary. They need a session token, which Score cannot send.")]
    Temporary { aws: bool },
    #[error("This profile has no keys. It uses a role or a sign-in program, and Score can use neither.")]
    Role,
    #[error("This configuration is encrypted. Print it with the tool that wrote it, then paste the result.")]
    Encrypted,
    #[error("This object refers to a secret and does not contain it.")]
    Reference,
}

impl PasteError {
    /// Returns the next step, as a sentence.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotRecognised => "Paste the whole command, profile or connection string.",
            Self::TooLong => "Paste only the part with the endpoint and the keys.",
            Self::SharedAccessSignature => "Paste the connection string of an access key of the account.",
            Self::Temporary { aws: true } => "Create a user for Score. Its keys stay valid until they are deleted:",
            Self::Temporary { aws: false } => "Ask for keys that need no session token.",
            Self::Role => "Create a user for Score, with an access key and a secret key.",
            Self::Encrypted | Self::Reference => "The keys must be readable in the text.",
        }
    }

    /// Returns the commands that create keys that Score can use.
    #[must_use]
    pub fn commands(self) -> &'static [String] {
        let new_user = match self {
            Self::Temporary { aws: true } => {
                of_key_id(|kind| kind == "ASIA").and_then(|provider| provider.administrator.as_ref())
            }
            _ => None,
        };
        new_user.map_or(&[], |user| &user.commands)
    }
}

impl Pasted {
    /// Returns what was understood: the label of each answer, and its value or the length of a secret.
    #[must_use]
    pub fn understood(&self) -> Vec<(&'static str, String)> {
        let provider = self.provider.map(|provider| ("Provider", provider.name.clone()));
        let region = self.region.clone().map(|region| ("Region", region));
        let cloud = self.cloud.clone().map(|cloud| ("Cloud", cloud));
        let shown = |key: &str, text: &Text| match text {
            // A secret in the wrong place stays a secret.
            Text::Plain(text) => shown_value(key, &Secret::new(text.as_str())).unwrap_or_else(|| DOTS.to_owned()),
            Text::Secret(secret) => secret.shape(|text| counted(text.chars().count(), "character")),
        };
        let answers = self.answers.iter().filter_map(|(key, text)| Some((setting(key)?.label, shown(key, text))));
        provider.into_iter().chain(region).chain(cloud).chain(answers).collect()
    }

    /// Returns true if the text has all that signs requests: both keys, or the key of an account.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        let has = |key: &str| self.answers.iter().any(|(name, _)| *name == key);
        has(key::S3_ACCESS_KEY) && has(key::S3_SECRET_KEY)
            || has(key::AZURE_ACCOUNT_NAME) && has(key::AZURE_ACCOUNT_KEY)
    }
}

/// A name and its value, as another tool writes them.
struct NamedValue {
    /// Wiped too: in a text that was misread, it may be a part of a secret.
    name: Zeroizing<String>,
    value: Secret,
    /// Line number, counted from one.
    line: usize,
}

impl NamedValue {
    fn new(name: &str, value: &str, line: usize) -> Self {
        Self { name: name.to_owned().into(), value: Secret::new(value), line }
    }
}

/// The pairs that belong together: a profile, an alias, or the whole text.
#[derive(Default)]
struct ValueGroup {
    name: Option<String>,
    pairs: Vec<NamedValue>,
    /// The tool that writes such a text. It may tell the provider.
    tool: Option<&'static str>,
    /// The lines without a pair.
    unread: Vec<usize>,
}

/// A shape of a text: how it is recognised and how it is read.
struct Shape {
    fits: fn(&str) -> bool,
    read: fn(&str) -> Result<Vec<ValueGroup>, PasteError>,
}

/// The shapes. The first one that fits applies.
const SHAPES: &[Shape] = &[
    Shape { fits: command::fits, read: command::read },
    Shape { fits: connection_string::fits, read: connection_string::read },
    Shape { fits: tree::fits, read: tree::read },
    Shape { fits: address::fits, read: address::read },
    Shape { fits: lines::are_properties, read: lines::properties },
    Shape { fits: lines::are_columns, read: lines::columns },
    Shape { fits: lines::fits, read: lines::read },
];

/// Reads a text, and returns each usable part of it: one, or one for each profile.
///
/// # Errors
/// Returns the reason if the text has no such part.
pub fn read(text: &Secret) -> Result<Vec<PasteCandidate>, PasteError> {
    let sections = text.shape(sections)?;
    let mut candidates = Vec::new();
    for section in sections.into_iter().take(MOST_SECTIONS) {
        let name = section.name.clone();
        match gather::gather(section) {
            Err(PasteError::NotRecognised) => {}
            result => candidates.push(PasteCandidate { name, result }),
        }
    }
    match candidates.as_slice() {
        [] => Err(PasteError::NotRecognised),
        [PasteCandidate { result: Err(error), .. }] => Err(*error),
        _ => Ok(candidates),
    }
}

/// Returns the answers of a text that was pasted into one field and names its parts, such as a key with its secret.
/// `None` if it is a plain answer.
#[must_use]
pub fn several(text: &str) -> Option<Result<Pasted, SeveralError>> {
    let mut candidates = match read(&Secret::new(one_line_end(text).as_str())) {
        Ok(candidates) => candidates,
        Err(why @ (PasteError::SharedAccessSignature | PasteError::Temporary { .. })) => return Some(Err(why.into())),
        Err(_) => return None,
    };
    let is_secret = |(_, answer): &(&str, Text)| matches!(answer, Text::Secret(_));
    candidates.retain(|candidate| candidate.result.as_ref().is_ok_and(|pasted| pasted.answers.iter().any(is_secret)));
    match &mut candidates[..] {
        [PasteCandidate { result: Ok(pasted), .. }] => Some(Ok(std::mem::take(pasted))),
        [] => None,
        many => Some(Err(SeveralError::Profiles(many.len()))),
    }
}

/// The reason why a text with several answers is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeveralError {
    #[error(transparent)]
    Unusable(#[from] PasteError),
    #[error("The pasted text has {0} profiles. Paste it on the first page, where one can be chosen.")]
    Profiles(usize),
}

/// The source of answers that were pasted into a field.
pub const PASTED: &str = "from the pasted text";

/// Returns the text with one kind of line end. Terminals send pasted lines with a carriage return.
#[must_use]
pub fn one_line_end(text: &str) -> Zeroizing<String> {
    let mut lines = Zeroizing::new(String::with_capacity(text.len()));
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' => lines.push('\n'),
            letter => lines.push(letter),
        }
    }
    lines
}

/// Returns the answers in a URL of Azure's blob service: the account, the cloud, and perhaps the container.
#[must_use]
pub fn account_in(url: &str) -> Option<Pasted> {
    let text = match url.split_once("://") {
        Some((_, rest)) if !rest.contains(".blob.") => format!("BlobEndpoint={url}"),
        None if !url.contains(".blob.") => return None,
        _ => url.to_owned(),
    };
    let pasted = read(&Secret::new(text)).ok()?.into_iter().next()?.result.ok()?;
    pasted.answers.iter().any(|(key, _)| *key == key::AZURE_ACCOUNT_NAME).then_some(pasted)
}

fn sections(text: &str) -> Result<Vec<ValueGroup>, PasteError> {
    if text.len() > LONGEST {
        return Err(PasteError::TooLong);
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    let shape = SHAPES.iter().find(|shape| (shape.fits)(text)).ok_or(PasteError::NotRecognised)?;
    (shape.read)(text)
}

/// Returns the text without quotes around it.
fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if quoted('"') || quoted('\'') { text[1..text.len() - 1].trim() } else { text }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use proptest::prelude::*;

    use super::*;
    use crate::score::key;

    /// A secret that must never be shown.
    const CANARY: &str = "ca/naryCANARY0123456789+canary0123456789";
    const AZURE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// Returns what is understood as one line for each candidate, secrets by their length.
    fn told(text: &str) -> Vec<String> {
        let shown = |candidate: PasteCandidate| {
            let mut line = candidate.name.map_or_else(String::new, |name| format!("{name}: "));
            match candidate.result {
                Err(error) => write!(line, "{error:?}").unwrap(),
                Ok(pasted) => {
                    let parts: Vec<String> =
                        pasted.understood().into_iter().map(|(label, value)| format!("{label} {value}")).collect();
                    line += &parts.join(", ");
                    for ignored in pasted.ignored {
                        write!(line, "; {}: {}", ignored.what, ignored.why).unwrap();
                    }
                }
            }
            line
        };
        match read(&Secret::new(text)) {
            Ok(candidates) => candidates.into_iter().map(shown).collect(),
            Err(error) => vec![format!("{error:?}")],
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "one table")]
    fn every_shape_gives_its_answers() {
        let keys = "Access key scoreuser, Secret key 40 characters";
        let minio = format!("Provider MinIO, Endpoint http://minio.lab.example:9000, {keys}");
        let aws = "Provider Amazon S3, Region eu-central-1, Access key AKIAIOSFODNN7EXAMPLE, Secret key 40 characters";
        let azure = "Provider Azure Blob Storage, Account scoredata, Account key 88 characters";
        let mut wrong = Vec::new();
        for (text, wanted) in [
            (format!("mc alias set lab http://minio.lab.example:9000 scoreuser {CANARY}"), format!("lab: {minio}")),
            (
                format!("$ ./mc --insecure alias set --api=S3v4 lab \\\n  'http://minio.lab.example:9000' \"scoreuser\" '{CANARY}' --path auto"),
                format!("lab: {minio}"),
            ),
            (
                format!("mc config host add lab http://minio.lab.example:9000/ scoreuser {CANARY} --api S3v2"),
                format!("lab: Provider MinIO, Endpoint http://minio.lab.example:9000/, {keys}, Signature version false"),
            ),
            ("mc alias set lab http://minio.lab.example:9000".into(), "lab: Endpoint http://minio.lab.example:9000".into()),
            (
                format!("[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = {CANARY}\nregion=eu-central-1\noutput = json\n"),
                format!("default: {aws}"),
            ),
            (
                format!("[score]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key={CANARY}\n\n[profile score]\nregion = eu-central-1\n"),
                format!("score: {aws}"),
            ),
            (
                format!("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\nexport AWS_SECRET_ACCESS_KEY=\"{CANARY}\"\nexport AWS_DEFAULT_REGION='eu-central-1'"),
                aws.into(),
            ),
            (
                format!("export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY='{CANARY}'; export AWS_REGION=eu-central-1"),
                aws.into(),
            ),
            (
                format!("aws configure set aws_access_key_id AKIAIOSFODNN7EXAMPLE --profile x\naws configure set aws_secret_access_key '{CANARY}' --profile x\naws configure set region eu-central-1 --profile=x"),
                format!("x: {aws}"),
            ),
            (
                format!("Access key ID,Secret access key\nAKIAIOSFODNN7EXAMPLE,{CANARY}\n"),
                "Provider Amazon S3, Access key AKIAIOSFODNN7EXAMPLE, Secret key 40 characters".into(),
            ),
            (
                format!("{{\"AccessKey\": {{\"UserName\": \"score\", \"AccessKeyId\": \"AKIAIOSFODNN7EXAMPLE\", \"Status\": \"Active\", \"SecretAccessKey\": \"{CANARY}\"}}}}"),
                "Provider Amazon S3, Access key AKIAIOSFODNN7EXAMPLE, Secret key 40 characters".into(),
            ),
            (
                format!("{{\"url\":\"http://minio.lab.example:9000\",\"accessKey\":\"scoreuser\",\"secretKey\":\"{CANARY}\",\"api\":\"s3v4\",\"path\":\"auto\"}}"),
                minio.clone(),
            ),
            (
                format!("{{\"version\":\"10\",\"aliases\":{{\"lab\":{{\"url\":\"http://minio.lab.example:9000\",\"accessKey\":\"scoreuser\",\"secretKey\":\"{CANARY}\",\"api\":\"s3v4\",\"path\":\"auto\"}}}}}}"),
                format!("lab: {minio}"),
            ),
            (format!("MC_HOST_lab=http://scoreuser:{}@minio.lab.example:9000", CANARY.replace('/', "%2F")), "Endpoint http://minio.lab.example:9000, Access key scoreuser, Secret key 40 characters".into()),
            (
                format!("{{\"user_id\": \"score\", \"keys\": [{{\"user\": \"score\", \"access_key\": \"scoreuser\", \"secret_key\": \"{CANARY}\"}}]}}"),
                format!("score: Provider Ceph, {keys}"),
            ),
            (
                format!("[lab]\ntype = s3\nprovider = Minio\naccess_key_id = scoreuser\nsecret_access_key = {CANARY}\nendpoint = http://minio.lab.example:9000\nacl = private\n"),
                format!("lab: {minio}"),
            ),
            (
                format!("[blobs]\ntype = azureblob\naccount = scoredata\nkey = {AZURE_KEY}\n"),
                format!("blobs: {azure}"),
            ),
            (
                format!("[default]\naccess_key = scoreuser\nsecret_key = {CANARY}\nhost_base = rgw.example.org:7480\nhost_bucket = rgw.example.org\nuse_https = False\nsignature_v2 = True\n"),
                format!("default: Endpoint http://rgw.example.org:7480, {keys}, Signature version false"),
            ),
            (
                format!("DefaultEndpointsProtocol=https;AccountName=scoredata;AccountKey={AZURE_KEY};EndpointSuffix=core.windows.net"),
                "Provider Azure Blob Storage, Cloud core.windows.net, Account scoredata, Account key 88 characters, Protocol https".into(),
            ),
            (
                format!("AZURE_STORAGE_CONNECTION_STRING=\"AccountName=scoredata;AccountKey={AZURE_KEY};BlobEndpoint=https://scoredata.blob.core.chinacloudapi.cn/;TableEndpoint=https://scoredata.table.core.chinacloudapi.cn/\""),
                "Provider Azure Blob Storage, Cloud https://scoredata.blob.core.chinacloudapi.cn/, Account scoredata, Account key 88 characters".into(),
            ),
            (
                "UseDevelopmentStorage=true".into(),
                "Provider Azure Blob Storage, Cloud http://127.0.0.1:10000/devstoreaccount1, Account devstoreaccount1, Account key 88 characters, Protocol http".into(),
            ),
            (
                format!("apiVersion: v1\nkind: Secret\nmetadata:\n  name: score\ndata:\n  accesskey: c2NvcmV1c2Vy\n  secretkey: {}\n", base64(CANARY)),
                keys.into(),
            ),
            (
                format!("apiVersion: v1\nkind: Secret\nstringData:\n  application.properties: |\n    s3.endpoint=http://minio.lab.example:9000\n    s3.accessKey=scoreuser\n    s3.secretKey={CANARY}\n"),
                format!("Endpoint http://minio.lab.example:9000, {keys}"),
            ),
            (
                format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"data\":{{\"AWS_ACCESS_KEY_ID\":\"c2NvcmV1c2Vy\",\"AWS_SECRET_ACCESS_KEY\":\"{}\"}}}},{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"data\":{{\"BUCKET_HOST\":\"rgw.rook.svc\",\"BUCKET_NAME\":\"score-object\",\"BUCKET_PORT\":\"80\"}}}}]}}", base64(CANARY)),
                format!("Endpoint rgw.rook.svc:80, {keys}, Object bucket score-object"),
            ),
            (
                format!("# an old file\ns3.endpoint=http://minio.lab.example:9000\ns3.accessKey=scoreuser\ns3.secretKey={CANARY}\nbucket.name.object=score-object\ncollaboratory.data.directory=data\nlogging.level.root=INFO\n"),
                format!("Endpoint http://minio.lab.example:9000, {keys}, Object bucket score-object, Data directory data; Line 7: not recognised"),
            ),
            (
                format!("S3_ENDPOINT=http://minio.lab.example:9000\nS3_ACCESSKEY=scoreuser\nS3_SECRETKEY={CANARY}\n"),
                format!("Endpoint http://minio.lab.example:9000, {keys}"),
            ),
            (
                format!("Endpoint: http://minio.lab.example:9000\nAccess key: scoreuser\nSecret key: {CANARY}\nBucket: score-object\nand greetings"),
                format!("Endpoint http://minio.lab.example:9000, {keys}, Object bucket score-object; Line 5: not recognised"),
            ),
            ("http://minio.lab.example:9000/score-object/".into(), "Endpoint http://minio.lab.example:9000, Object bucket score-object".into()),
            (
                "https://score-object.s3.eu-central-1.amazonaws.com/".into(),
                "Provider Amazon S3, Endpoint https://s3.eu-central-1.amazonaws.com, Object bucket score-object".into(),
            ),
            ("s3://score-object/data".into(), "Object bucket score-object".into()),
            (
                "https://scoredata.blob.core.windows.net/score".into(),
                "Provider Azure Blob Storage, Cloud core.windows.net, Account scoredata, Object bucket score".into(),
            ),
            ("http://minio.lab.example:9001/browser/score-object".into(), "Endpoint http://minio.lab.example:9001/browser/score-object, Object bucket score-object".into()),
        ] {
            let told = told(&text);
            if told != [wanted.as_str()] {
                wrong.push(format!("{text}\n  told   {told:?}\n  wanted {wanted}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    }

    fn base64(text: &str) -> String {
        use ::base64::Engine;
        ::base64::engine::general_purpose::STANDARD.encode(text)
    }

    #[test]
    fn keys_that_score_cannot_use_are_refused_with_the_reason() {
        for (text, wanted) in [
            (
                format!(
                    "[default]\naws_access_key_id=ASIAIOSFODNN7EXAMPLE\naws_secret_access_key={CANARY}\naws_session_token=x"
                ),
                "Temporary { aws: true }",
            ),
            (format!("AccessKey: scoreuser\nSecretKey: {CANARY}\nSessionToken: x"), "Temporary { aws: false }"),
            (
                "BlobEndpoint=https://scoredata.blob.core.windows.net/;SharedAccessSignature=sv=2022&sig=abc".into(),
                "SharedAccessSignature",
            ),
            ("https://scoredata.blob.core.windows.net/score?sv=2022&se=2030&sig=abc".into(), "SharedAccessSignature"),
            ("[profile admin]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default".into(), "Role"),
            ("# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nabcdef".into(), "Encrypted"),
            ("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec: {}".into(), "Reference"),
            ("good morning".into(), "NotRecognised"),
            (String::new(), "NotRecognised"),
            ("x".repeat(LONGEST + 1), "TooLong"),
        ] {
            assert_eq!(told(&text), [wanted], "{text}");
        }
    }

    #[test]
    fn several_profiles_are_several_candidates() {
        let text = format!(
            "[default]\naws_access_key_id=ASIAIOSFODNN7EXAMPLE\naws_secret_access_key={CANARY}\naws_session_token=x\n\
             [score]\naws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key={CANARY}\n[empty]\noutput=json\n"
        );
        assert_eq!(
            told(&text),
            [
                "default: Temporary { aws: true }",
                "score: Provider Amazon S3, Access key AKIAIOSFODNN7EXAMPLE, Secret key 40 characters"
            ]
        );
    }

    #[test]
    fn a_placeholder_is_no_answer() {
        assert_eq!(
            told("S3_ENDPOINT=http://minio:9000\nS3_SECRETKEY=${SECRET}\nS3_ACCESSKEY=********"),
            [
                "Endpoint http://minio:9000; Secret key: a placeholder, not a value; Access key: a placeholder, not a value"
            ]
        );
    }

    #[test]
    fn a_url_of_azure_has_the_account_and_the_cloud() {
        let told = |url: &str| {
            let pasted = account_in(url)?;
            Some(
                pasted
                    .understood()
                    .into_iter()
                    .map(|(label, value)| format!("{label} {value}"))
                    .collect::<Vec<_>>()
                    .join(", "),
            )
        };
        for (url, wanted) in [
            (
                "https://scoredata.blob.core.windows.net/score/",
                Some("Provider Azure Blob Storage, Cloud core.windows.net, Account scoredata, Object bucket score"),
            ),
            (
                "scoredata.blob.core.chinacloudapi.cn",
                Some("Provider Azure Blob Storage, Cloud core.chinacloudapi.cn, Account scoredata"),
            ),
            (
                "http://127.0.0.1:10000/devstoreaccount1",
                Some(
                    "Provider Azure Blob Storage, Cloud http://127.0.0.1:10000/devstoreaccount1, Account devstoreaccount1",
                ),
            ),
            ("scoredata", None),
            ("http://", None),
            ("https://scoredata.example.org", None),
        ] {
            assert_eq!(told(url).as_deref(), wanted, "{url}");
        }
    }

    #[test]
    fn several_answers_in_one_field_are_a_key_with_its_secret() {
        let several = |text: &str| several(text).map(|pasted| pasted.map(|pasted| pasted.answers.len()));
        let alias = format!("mc alias set lab http://minio.lab.example:9000 scoreuser {CANARY}");
        let string = format!("AccountName=scoredata;AccountKey={AZURE_KEY}");
        let profile = format!("[score]\raws_access_key_id = AKIAIOSFODNN7EXAMPL0\raws_secret_access_key = {CANARY}");
        assert_eq!([&*alias, &*string, &*profile].map(several), [Some(Ok(3)), Some(Ok(2)), Some(Ok(2))]);
        let two = format!("{profile}\r\n{}", profile.replace("score", "other"));
        assert_eq!(several(&two), Some(Err(SeveralError::Profiles(2))));
        let signature = "AccountName=scoredata;SharedAccessSignature=sv=2020&sig=abc";
        assert_eq!(several(signature), Some(Err(PasteError::SharedAccessSignature.into())));
        assert_eq!(several(&format!("aws_secret_access_key = {CANARY}")), Some(Ok(1)));
        for one in [CANARY, AZURE_KEY, "http://minio.lab.example:9000/score", "scoreuser", "AccountName=scoredata"] {
            assert_eq!(several(one), None, "{one}");
        }
    }

    #[test]
    fn a_bucket_in_an_endpoint_is_found() {
        let split = |text| bucket_in(text).map(|(bucket, rest)| format!("{bucket} at {rest}"));
        for (text, wanted) in [
            ("http://minio:9000/score-object", Some("score-object at http://minio:9000")),
            ("minio:9000/score-object/", Some("score-object at minio:9000")),
            ("http://minio:9000", None),
            ("http://swift.example.org/v1/AUTH_x", None),
            ("http://user:secret@minio:9000/score-object", None),
        ] {
            assert_eq!(split(text).as_deref(), wanted, "{text}");
        }
    }

    /// Words of all shapes, which a random text puts together.
    const WORDS: &[&str] = &[
        "[default]",
        "\n",
        "=",
        ":",
        ";",
        " ",
        "\"",
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        "kind: Secret",
        "data:",
        "mc alias set",
        "aws_secret_access_key",
        "AccountKey=",
        "SharedAccessSignature",
        "https://",
        "@",
        "/",
        "?",
        "é",
        "s3.secretKey",
        "export ",
        "\\u",
        "aliases",
        "keys",
        "$",
        "- ",
        "|",
        "\t",
        "#",
        "UseDevelopmentStorage=true",
        "\r\n",
        "-----",
        "&a",
        "*a",
        "\0",
    ];

    proptest! {
        #[test]
        fn no_text_is_shown_that_could_be_a_secret(at in prop::collection::vec(0..=WORDS.len(), 0..40)) {
            let text: String = at.iter().map(|at| WORDS.get(*at).copied().unwrap_or(CANARY)).collect();
            let shown = format!("{:?}", read(&Secret::new(text.as_str())).map(|candidates| {
                candidates.into_iter().map(|candidate| {
                    let error = candidate.result.as_ref().err().map(ToString::to_string);
                    (candidate.name, error, candidate.result.map(|pasted| (pasted.ignored, pasted.answers.iter().filter(|(key, _)| *key == key::S3_SECRET_KEY).count())))
                }).collect::<Vec<_>>()
            }));
            prop_assert!(!shown.contains(CANARY), "{shown}");
        }

        #[test]
        fn every_text_ends(text in "\\PC{0,200}") {
            let _ = read(&Secret::new(text));
        }
    }
}
