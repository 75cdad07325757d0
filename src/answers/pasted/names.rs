//! The names that other tools give to the parts of a connection, and what each means here.

use std::{collections::HashMap, sync::LazyLock};

use zeroize::Zeroizing;

use crate::score::{SETTINGS, key};

/// The meaning of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameMeaning {
    /// The answer to the setting with this key.
    Setting(&'static str),
    /// A host, a URL, or a URL with a bucket or with keys in it.
    Endpoint,
    /// The port of the endpoint.
    Port,
    /// True if the endpoint uses https.
    Https,
    /// The key of an Azure account, or an access key: its form tells.
    Key,
    Region,
    /// The name of the provider, as rclone has it.
    Provider,
    ConnectionString,
    SharedAccessSignature,
    SessionToken,
    /// The suffix of an Azure cloud, or the blob endpoint of the account.
    Cloud,
    /// True if signature version 2 is used.
    OldSignature,
    /// The signature version: `S3v2` or `S3v4`.
    SignatureVersion,
    /// A role or a sign-in program in place of keys.
    Role,
    /// Nothing that Score reads.
    Unused,
}

use NameMeaning::{
    Cloud, ConnectionString, Endpoint, Https, Key, OldSignature, Port, Provider, Region, Role, SessionToken,
    SharedAccessSignature, SignatureVersion, Unused,
};

const ACCESS: NameMeaning = NameMeaning::Setting(key::S3_ACCESS_KEY);
const SECRET: NameMeaning = NameMeaning::Setting(key::S3_SECRET_KEY);
const BUCKET: NameMeaning = NameMeaning::Setting(key::BUCKET_NAME_OBJECT);
const STATE: NameMeaning = NameMeaning::Setting(key::BUCKET_NAME_STATE);
const ACCOUNT: NameMeaning = NameMeaning::Setting(key::AZURE_ACCOUNT_NAME);
const ACCOUNT_KEY: NameMeaning = NameMeaning::Setting(key::AZURE_ACCOUNT_KEY);
const PROTOCOL: NameMeaning = NameMeaning::Setting(key::AZURE_ENDPOINT_PROTOCOL);
const SONG: NameMeaning = NameMeaning::Setting(key::METADATA_URL);

/// The names, in lower case and with only their letters and digits.
const NAMES: &[(&[&str], NameMeaning)] = &[
    (&["endpoint", "endpointurl", "url", "awsendpointurl", "awsendpointurls3", "hostbase", "minioendpoint"], Endpoint),
    (&["minioserverurl", "miniourl", "s3url", "bucketendpoint", "buckethost", "host", "server", "store"], Endpoint),
    (&["address", "awss3endpoint", "s3endpointurl", "endpointexternal", "externalendpoint"], Endpoint),
    (&["bucketport", "port"], Port),
    (&["usehttps", "usessl", "secure", "ssl"], Https),
    (&["accesskey", "accesskeyid", "awsaccesskeyid", "access", "keyid", "awsaccesskey", "minioaccesskey"], ACCESS),
    (&["miniorootuser", "rootuser", "s3accesskeyid", "accessid", "applicationkeyid", "awskeyid"], ACCESS),
    (&["secretkey", "secretaccesskey", "awssecretaccesskey", "secret", "awssecretkey", "miniosecretkey"], SECRET),
    (&["miniorootpassword", "rootpassword", "s3secretaccesskey", "applicationkey", "secretid"], SECRET),
    (&["key"], Key),
    (&["sessiontoken", "awssessiontoken", "awssecuritytoken", "securitytoken", "accesstoken"], SessionToken),
    (&["region", "awsregion", "awsdefaultregion", "defaultregion", "bucketlocation", "bucketregion"], Region),
    (&["location", "s3region"], Region),
    (&["bucket", "bucketname", "s3bucket", "s3bucketname", "objectbucket", "awsbucket", "awss3bucket"], BUCKET),
    (&["container", "containername", "azurestoragecontainer", "blobcontainer"], BUCKET),
    (&["statebucket"], STATE),
    (&["account", "accountname", "storageaccount", "storageaccountname", "azurestorageaccount"], ACCOUNT),
    (&["azurestorageaccountname"], ACCOUNT),
    (&["accountkey", "storageaccountkey", "azurestorageaccountkey", "azurestoragekey", "storagekey"], ACCOUNT_KEY),
    (&["azurestorageaccesskey", "azurestorageaccountaccesskey"], ACCOUNT_KEY),
    (&["defaultendpointsprotocol"], PROTOCOL),
    (&["connectionstring", "azurestorageconnectionstring", "storageconnectionstring"], ConnectionString),
    (&["sharedaccesssignature", "sasurl", "sastoken", "azurestoragesastoken"], SharedAccessSignature),
    (&["endpointsuffix", "blobendpoint"], Cloud),
    (&["signaturev2", "v2auth"], OldSignature),
    (&["signatureversion", "api"], SignatureVersion),
    (&["provider"], Provider),
    (&["songurl", "song"], SONG),
    (&["rolearn", "sourceprofile", "credentialprocess", "credentialsource", "ssosession", "ssostarturl"], Role),
    (&["webidentitytokenfile", "ssoaccountid", "envauth"], Role),
    (&["output", "path", "type", "hostbucket", "acl", "username", "user", "name", "namespace", "status"], Unused),
    (&["queueendpoint", "tableendpoint", "fileendpoint", "version", "createdate", "kind", "apiversion"], Unused),
    (&["ssoregion", "ssorolename", "ssoregistrationscopes", "mfaserial", "durationseconds"], Unused),
    (&["bucketsubregion", "claimname", "display", "displayname"], Unused),
];

/// The meaning of each name: those of other tools, and the settings of Score.
static MEANINGS: LazyLock<HashMap<String, NameMeaning>> = LazyLock::new(|| {
    let own = SETTINGS.iter().flat_map(|setting| {
        let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
        names.map(|name| (squashed(name).to_string(), NameMeaning::Setting(setting.key)))
    });
    let others = NAMES.iter().flat_map(|(names, meaning)| names.iter().map(|name| ((*name).to_owned(), *meaning)));
    own.chain(others).collect()
});

/// Returns the meaning of a name.
pub(super) fn meaning(name: &str) -> Option<NameMeaning> {
    // A prompt such as `AWS Access Key ID [None]` shows the old value after the name.
    let name = squashed(name.split(['[', '(']).next().unwrap_or(name));
    // `MC_HOST_alias` of mc contains the keys in a URL.
    if name.starts_with("mchost") && name.len() > "mchost".len() {
        return Some(Endpoint);
    }
    MEANINGS.get(name.as_str()).copied()
}

/// Returns true if this is the name of a setting of Score with its dots, apart from dashes and case.
pub(super) fn is_setting(name: &str) -> bool {
    name.contains('.') && matches!(meaning(name), Some(NameMeaning::Setting(_)))
}

fn squashed(name: &str) -> Zeroizing<String> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase());
    letters.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_squashed_and_has_one_meaning() {
        let mut all: Vec<&str> = NAMES.iter().flat_map(|(names, _)| *names).copied().collect();
        assert!(all.iter().all(|name| squashed(name).as_str() == *name));
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }

    #[test]
    fn names_of_score_are_known_in_every_spelling() {
        for name in ["s3.secretKey", "S3_SECRETKEY", "S3_SECRET_KEY", "s3.secret-key"] {
            assert_eq!(meaning(name), Some(SECRET), "{name}");
        }
        assert_eq!(meaning("collaboratory.data.directory"), Some(NameMeaning::Setting(key::S3_DATA_DIRECTORY)));
        assert_eq!(meaning("AWS Secret Access Key [None]"), Some(SECRET));
    }
}
