//! Parses the values that only Azure has: accounts, containers, stored access policies, and a key that may name its
//! cloud. Score has no setting for the cloud, but puts the key at the end of a connection string
//! (`AzureConfig.java:48-52`), so a part of such a string may follow the key. The parsing of such strings was observed
//! with azure-storage 4.4.0, the version in the server.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{GeneralPurpose, GeneralPurposeConfig},
};

use super::{BrokenRule, Parsed, blank, counted, credential, writable};
use crate::text::{
    endpoint::{BadEndpoint, Endpoint},
    secret::Secret,
};

/// The rule that a part of an account breaks. Never contains a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AzureError {
    #[error("must not contain {0:?}")]
    CloudCharacter(char),
    #[error("is not a URL. {}", .0.to_string().trim_end_matches('.'))]
    CloudUrl(BadEndpoint),
    #[error("must be a whole URL with https://, or the part after .blob. ({0})")]
    BlobHost(String),
    #[error("must be a URL with https://, or a suffix such as {}", CLOUDS[1].1)]
    Suffix,
    #[error("must be 64 bytes in base64, 88 characters; it is {}", counted(*.0, "byte"))]
    KeyBytes(usize),
    #[error("is a shared access signature: Score signs with the key of the account itself")]
    SharedAccessSignature,
    #[error("is a whole connection string: enter only the part after AccountKey=")]
    ConnectionStringForKey,
    #[error("is a URL, not a key")]
    UrlForKey,
    #[error("must spell {0}= exactly so after the key")]
    PartName(&'static str),
    #[error("has a part after the key that must be {ENDPOINT}= with a URL, or {SUFFIX}= with the suffix of a cloud")]
    PartKind,
    #[error("has a part after the key that {0}")]
    Part(Box<BrokenRule>),
    /// The position of the character, counted from one.
    #[error("has a character at position {0} that is not valid base64")]
    NotBase64(usize),
    #[error(
        "must be base64, 88 characters that end in ==; it has {}, and a part may be missing",
        counted(*.0, "character")
    )]
    KeyCharacters(usize),
    #[error("must be only the name, not a URL: {0}")]
    UrlForName(String),
    #[error("must be only the name, not a URL")]
    UrlForContainer,
    #[error("must be only the name, not a connection string")]
    ConnectionStringForName,
    #[error("must not contain upper-case letters")]
    UpperCase,
    #[error("must contain only lower-case letters and digits, not {0:?}")]
    AccountCharacter(char),
    #[error("must have 3 to 24 characters; it has {0}")]
    AccountLength(usize),
    #[error("must be only a name, without a path")]
    Path,
    #[error("must contain only lower-case letters, digits and hyphens, not {0:?}")]
    ContainerCharacter(char),
    #[error("must have 3 to 63 characters; it has {0}")]
    ContainerLength(usize),
    #[error("must begin and end with a letter or digit")]
    Edge,
    #[error("must not contain two hyphens in a row")]
    TwoHyphens,
    #[error("must have at most 64 characters; it has {0}")]
    PolicyLength(usize),
}

/// The cloud of the account. Score has no setting for it, but puts the key last into a connection string, so more can
/// follow after a `;` (Score 5.11 `AzureConfig.java:48-52`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cloud {
    /// The public cloud, `core.windows.net`.
    #[default]
    Public,
    /// A suffix such as `core.chinacloudapi.cn`, written as `;EndpointSuffix=…`.
    Suffix(String),
    /// A URL, written as `;BlobEndpoint=…`. The account is its path if the host is an IP address or localhost.
    Endpoint(String),
}

/// The names of the parts after the key that the SDK reads. They are case-sensitive.
const SUFFIX: &str = "EndpointSuffix";
const ENDPOINT: &str = "BlobEndpoint";

const PUBLIC: &str = "core.windows.net";

/// The clouds that are offered by name, and their suffixes. The first one is the default.
/// <https://learn.microsoft.com/azure/storage/common/storage-powershell-independent-clouds>
pub const CLOUDS: [(&str, &str); 3] =
    [("Azure", PUBLIC), ("Azure China", "core.chinacloudapi.cn"), ("Azure US Government", "core.usgovcloudapi.net")];

impl Cloud {
    /// Returns the part that follows the key in `azure.accountKey`.
    #[must_use]
    pub fn part(&self) -> String {
        match self {
            Self::Public => String::new(),
            Self::Suffix(suffix) => format!(";{SUFFIX}={suffix}"),
            Self::Endpoint(url) => format!(";{ENDPOINT}={url}"),
        }
    }

    /// Returns the text that the operator types: the suffix, or the URL.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Public => PUBLIC,
            Self::Suffix(text) | Self::Endpoint(text) => text,
        }
    }

    /// Returns the URL of the account's blob service, as the SDK builds it. URLs of containers begin with it.
    #[must_use]
    pub fn address(&self, protocol: &str, account: &str) -> String {
        match self {
            Self::Public | Self::Suffix(_) => {
                format!("{}://{account}.blob.{}", protocol.to_ascii_lowercase(), self.text())
            }
            Self::Endpoint(url) => url.trim_end_matches('/').to_owned(),
        }
    }

    /// Parses the suffix of a cloud, or the URL of the account's blob service.
    ///
    /// # Errors
    /// Returns an error with the rule that the text breaks.
    pub fn read(text: &str) -> Result<Self, BrokenRule> {
        let text = text.trim_matches(blank);
        writable(text)?;
        if text.is_empty() {
            return Err(BrokenRule::Empty);
        }
        if let Some(odd) = text.chars().find(|odd| ";?#\"'".contains(*odd) || odd.is_whitespace()) {
            return Err(AzureError::CloudCharacter(odd).into());
        }
        if text.contains("://") {
            let text = text.trim_end_matches('/');
            return match Endpoint::parse(text) {
                Ok(_) => Ok(Self::Endpoint(text.to_owned())),
                Err(why) => Err(AzureError::CloudUrl(why).into()),
            };
        }
        if let Some((_, suffix)) = text.split_once(".blob.") {
            return Err(AzureError::BlobHost(suffix.to_owned()).into());
        }
        let part =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if !text.contains('.') || !text.split('.').all(part) {
            return Err(AzureError::Suffix.into());
        }
        Ok(if text == PUBLIC { Self::Public } else { Self::Suffix(text.to_owned()) })
    }
}

/// The parts of a value of `azure.accountKey`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountKey {
    pub key: Secret,
    pub cloud: Cloud,
    /// Sentences for the operator.
    pub notes: Vec<String>,
}

impl AccountKey {
    /// Parses a value of `azure.accountKey`.
    ///
    /// # Errors
    /// Returns an error with the rule that the value breaks, and never the key.
    pub fn read(text: &str) -> Result<Self, BrokenRule> {
        let (text, mut notes) = bare(text);
        let mut parts = text.split(';');
        let key = parts.next().unwrap_or_default();
        if text.is_empty() {
            return Err(BrokenRule::Empty);
        }
        mistaken(text)?;
        let cloud = cloud(parts, &mut notes)?;
        if key.is_empty() {
            return Err(BrokenRule::Empty);
        }
        let bytes = decoded(key)?;
        if bytes != 64 {
            let rule = AzureError::KeyBytes(bytes);
            // An emulator accepts a key of any length if it was started with it.
            match cloud {
                Cloud::Endpoint(_) => notes.push(format!("The account key {rule}, which only an emulator accepts.")),
                Cloud::Public | Cloud::Suffix(_) => return Err(rule.into()),
            }
        }
        notes.insert(0, format!("{}.", counted(key.chars().count(), "character")));
        Ok(Self { key: Secret::new(key), cloud, notes })
    }

    /// Returns the value as it is in the file.
    #[must_use]
    pub fn text(&self) -> Secret {
        in_cloud(&self.key, &self.cloud)
    }
}

/// Removes whitespace and quotes around a key. They cannot be part of a key, and Score does not start with them.
fn bare(text: &str) -> (&str, Vec<String>) {
    let mut notes = Vec::new();
    let trimmed = text.trim_matches(blank);
    if trimmed.len() < text.len() {
        notes.push("Spaces around it were removed.".to_owned());
    }
    let quotes = ['"', '\'', '“', '”', '‘', '’', '`'];
    let unquoted = trimmed.trim_matches(quotes).trim_matches(blank);
    if unquoted.len() < trimmed.len() {
        notes.push("The quotes around it were removed: Score does not start with them.".to_owned());
    }
    (unquoted, notes)
}

/// Refuses values that the portal shows near the key and that operators paste by mistake.
fn mistaken(text: &str) -> Result<(), BrokenRule> {
    let signed = ["sv=", "se=", "sp="].iter().any(|field| text.contains(field)) && text.contains("sig=");
    let mistaken = if signed {
        AzureError::SharedAccessSignature
    } else if text.contains("AccountKey=") {
        AzureError::ConnectionStringForKey
    } else if text.starts_with("http://") || text.starts_with("https://") {
        AzureError::UrlForKey
    } else {
        return Ok(credential::bracketed(text)?);
    };
    Err(mistaken.into())
}

/// Parses the parts after the key. If both names are given, the SDK uses the URL; it ignores other names.
fn cloud<'a>(parts: impl Iterator<Item = &'a str>, notes: &mut Vec<String>) -> Result<Cloud, AzureError> {
    let (mut suffix, mut endpoint) = (None, None);
    for part in parts.filter(|part| !part.trim().is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        match name {
            SUFFIX => suffix = Some(value),
            ENDPOINT => endpoint = Some(value),
            _ => match [SUFFIX, ENDPOINT].into_iter().find(|known| name.trim().eq_ignore_ascii_case(known)) {
                Some(known) => return Err(AzureError::PartName(known)),
                None => notes.push("An unknown part after the key was removed.".into()),
            },
        }
    }
    match endpoint.or(suffix) {
        Some(own) if endpoint.is_some() != own.contains("://") => Err(AzureError::PartKind),
        Some(own) => Cloud::read(own).map_err(|rule| AzureError::Part(Box::new(rule))),
        None => Ok(Cloud::Public),
    }
}

/// Returns the number of bytes that the key decodes to.
fn decoded(key: &str) -> Result<usize, AzureError> {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || "+/=".contains(letter);
    if let Some(at) = key.chars().position(|letter| !legal(letter)) {
        return Err(AzureError::NotBase64(at + 1));
    }
    // Java accepts surplus bits in the last character, so this decoder does too.
    let strict = GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));
    let bytes = strict.decode(key).map(zeroize::Zeroizing::new);
    Ok(bytes.map_err(|_| AzureError::KeyCharacters(key.len()))?.len())
}

/// Returns the key in this text, valid or not, followed by the part for this cloud.
#[must_use]
pub fn in_cloud(text: &Secret, cloud: &Cloud) -> Secret {
    Secret::new(text.shape(|text| format!("{}{}", text.split(';').next().unwrap_or_default(), cloud.part())))
}

/// Returns the cloud that this text names, if it can be parsed.
#[must_use]
pub fn cloud_in(text: &Secret) -> Option<Cloud> {
    text.shape(|text| cloud(bare(text).0.split(';').skip(1), &mut Vec::new()).ok())
}

/// Parses the name of a storage account.
/// <https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-name>
pub(super) fn account(text: &str) -> Result<Parsed, AzureError> {
    let rule = if text.contains("://") || text.contains(".blob.") {
        let name = text.split("://").last().and_then(|host| host.split(['.', '/']).next()).unwrap_or_default();
        AzureError::UrlForName(name.to_owned())
    } else if text.contains("AccountName=") {
        AzureError::ConnectionStringForName
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        AzureError::UpperCase
    } else if let Some(odd) = text.chars().find(|odd| !odd.is_ascii_lowercase() && !odd.is_ascii_digit()) {
        AzureError::AccountCharacter(odd)
    } else if !(3..=24).contains(&text.len()) {
        AzureError::AccountLength(text.len())
    } else {
        return Ok(Parsed::plain(text));
    };
    Err(rule)
}

/// Parses the name of a container.
/// <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>
pub(super) fn container(text: &str) -> Result<Parsed, AzureError> {
    let rule = if text.contains("://") {
        AzureError::UrlForContainer
    } else if text.contains('/') {
        AzureError::Path
    } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        AzureError::UpperCase
    } else if let Some(odd) =
        text.chars().find(|odd| !(odd.is_ascii_lowercase() || odd.is_ascii_digit() || *odd == '-'))
    {
        AzureError::ContainerCharacter(odd)
    } else if !(3..=63).contains(&text.len()) {
        AzureError::ContainerLength(text.len())
    } else if text.starts_with('-') || text.ends_with('-') {
        AzureError::Edge
    } else if text.contains("--") {
        AzureError::TwoHyphens
    } else {
        return Ok(Parsed::plain(text));
    };
    Err(rule)
}

/// Parses the name of a stored access policy, which has at most 64 characters.
/// <https://learn.microsoft.com/rest/api/storageservices/define-stored-access-policy>
pub(super) fn policy(text: &str) -> Result<Parsed, BrokenRule> {
    match text.chars().count() {
        ..=64 => super::plain(text),
        many => Err(AzureError::PolicyLength(many).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "c2NvcmUtc2V0dXAgZXhhbXBsZSBhY2NvdW50IGtleSwgNjQgYnl0ZXMgbG9uZywgbm90IGEgcmVhbCBvbmUhIQ==";

    fn read(text: &str) -> Result<(bool, Cloud, Vec<String>), BrokenRule> {
        let read = AccountKey::read(&text.replace("KEY", KEY))?;
        let whole = read.key.shape(|key| key == KEY);
        Ok((whole, read.cloud, read.notes))
    }

    #[test]
    fn the_cloud_stands_behind_the_key_and_is_read_back() {
        for cloud in [
            Cloud::Public,
            Cloud::Suffix("core.chinacloudapi.cn".into()),
            Cloud::Endpoint("http://127.0.0.1:10000/devstoreaccount1".into()),
        ] {
            let text = in_cloud(&Secret::new(KEY), &cloud);
            let read = AccountKey::read(text.for_file()).unwrap();
            assert_eq!(
                (&read.cloud, read.text(), read.notes),
                (&cloud, text.clone(), vec!["88 characters.".to_owned()])
            );
            assert_eq!(Cloud::read(cloud.text()).as_ref(), Ok(&cloud));
            assert_eq!(cloud_in(&text), Some(cloud));
        }
    }

    #[test]
    fn the_address_is_made_as_the_sdk_makes_it() {
        for (cloud, address) in [
            (Cloud::Public, "https://acct.blob.core.windows.net"),
            (Cloud::Suffix("a.b".into()), "https://acct.blob.a.b"),
            (Cloud::Endpoint("http://h:1/acct".into()), "http://h:1/acct"),
        ] {
            assert_eq!(cloud.address("HTTPS", "acct"), address);
        }
    }

    #[test]
    fn of_suffix_and_endpoint_the_endpoint_wins() {
        let read = read("KEY;EndpointSuffix=a.b;;BlobEndpoint=http://h:1/acct");
        assert_eq!(read.unwrap().1, Cloud::Endpoint("http://h:1/acct".into()));
    }

    #[test]
    fn what_cannot_be_part_of_a_key_is_dropped_and_told() {
        let (whole, cloud, notes) = read(" \"KEY;EndpointSuffix=core.chinacloudapi.cn;Foo=bar\" ").unwrap();
        assert_eq!((whole, cloud), (true, Cloud::Suffix("core.chinacloudapi.cn".into())));
        assert_eq!(
            notes,
            [
                "88 characters.",
                "Spaces around it were removed.",
                "The quotes around it were removed: Score does not start with them.",
                "An unknown part after the key was removed."
            ]
        );
    }

    #[test]
    fn what_is_pasted_instead_of_a_key_is_recognised() {
        for (text, message) in [
            ("", "must not be empty"),
            (";BlobEndpoint=http://h:1/acct", "must not be empty"),
            (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=KEY;EndpointSuffix=core.windows.net",
                "is a whole connection string: enter only the part after AccountKey=",
            ),
            (
                "?sv=2022-11-02&ss=b&se=2026-01-01T00:00:00Z&sig=canary%3D",
                "is a shared access signature: Score signs with the key of the account itself",
            ),
            ("https://scoredata.blob.core.windows.net/", "is a URL, not a key"),
            ("<account key>", "is a placeholder in brackets: enter the real key"),
            (
                &KEY[..87],
                "must be base64, 88 characters that end in ==; it has 87 characters, and a part may be missing",
            ),
            ("can ary", "has a character at position 4 that is not valid base64"),
            ("abcd", "must be 64 bytes in base64, 88 characters; it is 3 bytes"),
            ("KEY;endpointsuffix=a.b", "must spell EndpointSuffix= exactly so after the key"),
            (
                "KEY;BlobEndpoint=h:1/acct",
                "has a part after the key that must be BlobEndpoint= with a URL, or EndpointSuffix= with the suffix of a cloud",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn an_emulator_may_have_a_key_of_another_length() {
        let notes = AccountKey::read("abcd;BlobEndpoint=http://h:1/acct").unwrap().notes;
        assert_eq!(
            notes[1],
            "The account key must be 64 bytes in base64, 88 characters; it is 3 bytes, which only an emulator accepts."
        );
    }

    #[test]
    fn an_address_of_its_own_is_an_address_or_a_suffix() {
        let own = |text| Cloud::read(text);
        assert_eq!(own("http://127.0.0.1:10000/acct/"), Ok(Cloud::Endpoint("http://127.0.0.1:10000/acct".into())));
        assert_eq!(own("core.windows.net"), Ok(Cloud::Public));
        for (text, message) in [
            ("", "must not be empty"),
            (
                "acct.blob.core.cloudapi.de",
                "must be a whole URL with https://, or the part after .blob. (core.cloudapi.de)",
            ),
            (".a.b", "must be a URL with https://, or a suffix such as core.chinacloudapi.cn"),
            ("a.b;x=y", "must not contain ';'"),
        ] {
            assert_eq!(own(text).unwrap_err().to_string(), message, "{text}");
        }
        // java.net.URI finds no host in it, and the SDK fails with a NullPointerException.
        assert!(own("http://h_x/acct").is_err());
    }

    #[test]
    fn names_are_refused_by_the_rule_that_is_broken() {
        for (name, message) in [
            ("ab", "must have 3 to 24 characters; it has 2"),
            ("Score", "must not contain upper-case letters"),
            ("score-data", "must contain only lower-case letters and digits, not '-'"),
            ("https://scoredata.blob.core.windows.net/", "must be only the name, not a URL: scoredata"),
            ("scoredata.blob.core.windows.net", "must be only the name, not a URL: scoredata"),
        ] {
            assert_eq!(account(name).unwrap_err().to_string(), message);
        }
        let long = "a".repeat(64);
        for (name, message) in [
            ("ab", "must have 3 to 63 characters; it has 2"),
            (long.as_str(), "must have 3 to 63 characters; it has 64"),
            ("Score", "must not contain upper-case letters"),
            ("score.data", "must contain only lower-case letters, digits and hyphens, not '.'"),
            ("score-", "must begin and end with a letter or digit"),
            ("score--data", "must not contain two hyphens in a row"),
            ("score/data", "must be only a name, without a path"),
        ] {
            assert_eq!(container(name).unwrap_err().to_string(), message);
        }
        assert_eq!(policy(&long), Ok(Parsed::plain(long.as_str())));
        assert!(policy(&format!("{long}a")).is_err());
    }
}
