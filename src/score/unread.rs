//! Lists names that operators set and that no release of Score reads, with what Score reads instead. All tags of Score
//! from 5.0 to 5.12 were searched for them. They come from Score's own templates and documentation, from Score 2, and from
//! other programs.

use super::{SETTINGS, key};

/// Names that look alike, and what has their intended effect.
#[derive(Debug, PartialEq, Eq)]
pub struct UnreadName {
    pub names: Names,
    pub instead: Instead,
}

/// The names, in the form that all spellings have in common: lower-case letters and digits.
#[derive(Debug, PartialEq, Eq)]
pub enum Names {
    These(&'static [&'static str]),
    /// Each name that begins with one of these and contains that word.
    With {
        beginnings: &'static [&'static str],
        word: &'static str,
    },
}

/// The setting that Score reads instead, or the fact that decides instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// It reads these settings.
    Settings(&'static [&'static str]),
    /// It has no such setting. This says what decides: the end of a sentence.
    Fact(&'static str),
}

impl UnreadName {
    /// Returns the settings that Score reads instead.
    #[must_use]
    pub fn settings(&self) -> &'static [&'static str] {
        match self.instead {
            Instead::Settings(keys) => keys,
            Instead::Fact(_) => &[],
        }
    }
}

const fn these(names: &'static [&'static str], settings: &'static [&'static str]) -> UnreadName {
    UnreadName { names: Names::These(names), instead: Instead::Settings(settings) }
}

const fn fact(names: &'static [&'static str], fact: &'static str) -> UnreadName {
    UnreadName { names: Names::These(names), instead: Instead::Fact(fact) }
}

pub static UNREAD: &[UnreadName] = &[
    UnreadName {
        names: Names::With { beginnings: &["s3", "aws", "minio"], word: "pathstyle" },
        instead: Instead::Fact("Score always puts the bucket into the path"),
    },
    fact(
        &["s3region", "s3signingregion", "awsregion", "awsdefaultregion", "awss3region"],
        "Score takes the region from the host of s3.endpoint",
    ),
    fact(&["awssessiontoken", "s3sessiontoken"], "Score cannot send a session token and needs a permanent key"),
    fact(
        &[
            "awsrolearn",
            "awswebidentitytokenfile",
            "awscontainercredentialsrelativeuri",
            "awscontainercredentialsfulluri",
        ],
        "Score knows no roles and reads s3.accessKey and s3.secretKey",
    ),
    fact(
        &["s3usessl", "s3sslenabled", "s3secure", "s3usehttps"],
        "the scheme of s3.endpoint decides, and s3.secured only if there is none",
    ),
    fact(&["downloadpartsize"], "upload.partsize decides on the parts of downloads too"),
    fact(&["metadatasslenabled"], "the scheme of metadata.url decides"),
    these(&["awsaccesskeyid", "awsaccesskey", "s3accesskeyid"], &[key::S3_ACCESS_KEY]),
    these(&["awssecretaccesskey", "awssecretkey", "s3secretaccesskey"], &[key::S3_SECRET_KEY]),
    these(&["awsendpointurl", "awsendpointurls3", "awss3endpoint", "s3endpointurl", "s3url"], &[key::S3_ENDPOINT]),
    these(&["collaboratorybucketname", "s3bucketname", "s3bucket"], &[key::BUCKET_NAME_OBJECT, key::BUCKET_NAME_STATE]),
    these(&["s3presignedurlbaseurl"], &[key::S3_PRE_SIGNED_URL_OVERRIDE_HOST]),
    // The names of Score 2, which had one scope for each direction.
    these(&["authserveruploadscope"], &[key::SCOPE_UPLOAD_SYSTEM]),
    these(&["authserverdownloadscope"], &[key::SCOPE_DOWNLOAD_SYSTEM]),
    // The names on Score's page about scopes.
    these(
        &["authserverscopestudyprefix", "authserverscopeprefix"],
        &[key::SCOPE_DOWNLOAD_STUDY_PREFIX, key::SCOPE_UPLOAD_STUDY_PREFIX],
    ),
    these(
        &["authserverscopestudysuffix", "authserverscopesuffix"],
        &[key::SCOPE_DOWNLOAD_STUDY_SUFFIX, key::SCOPE_UPLOAD_STUDY_SUFFIX],
    ),
    these(&["authserverscopesystem"], &[key::SCOPE_DOWNLOAD_SYSTEM, key::SCOPE_UPLOAD_SYSTEM]),
    these(&["authserverscopeuploadprefix"], &[key::SCOPE_UPLOAD_STUDY_PREFIX]),
    these(&["authserverscopeuploadsuffix"], &[key::SCOPE_UPLOAD_STUDY_SUFFIX]),
    these(&["authserverscopedownloadprefix"], &[key::SCOPE_DOWNLOAD_STUDY_PREFIX]),
    these(&["authserverscopedownloadsuffix"], &[key::SCOPE_DOWNLOAD_STUDY_SUFFIX]),
];

/// The end of the name of a variable that names a file with the value. Other images read such files, and Score does not.
pub const OF_A_FILE: &str = "_FILE";

/// Returns the row of a name in any spelling.
#[must_use]
pub fn unread(name: &str) -> Option<&'static UnreadName> {
    let bare = letters(name);
    UNREAD.iter().find(|row| match row.names {
        Names::These(names) => names.contains(&bare.as_str()),
        Names::With { beginnings, word } => {
            bare.contains(word) && beginnings.iter().any(|beginning| bare.starts_with(beginning))
        }
    })
}

/// Returns true if a variable of this name may set a setting of some release, or the profiles.
#[must_use]
pub fn may_set(variable: &str) -> bool {
    let bare = letters(variable);
    let keys = SETTINGS.iter().flat_map(|setting| [Some(setting.key), setting.key_until_5_11]).flatten();
    keys.chain([key::SPRING_PROFILES_ACTIVE]).any(|key| letters(key) == bare)
}

/// Returns the letters and digits of a name in lower case.
fn letters(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::setting;

    #[test]
    fn no_row_has_the_name_of_a_setting_and_each_leads_to_one() {
        for setting in SETTINGS {
            for name in [Some(setting.key), setting.key_until_5_11].into_iter().flatten() {
                assert_eq!(unread(name), None, "{name}");
            }
        }
        for row in UNREAD {
            if let Instead::Settings(keys) = row.instead {
                assert!(keys.iter().all(|key| setting(key).is_some()), "{row:?}");
            }
            if let Names::These(names) = row.names {
                assert!(names.iter().all(|name| letters(name) == *name && unread(name) == Some(row)), "{row:?}");
            }
        }
    }

    #[test]
    fn every_spelling_of_a_name_has_the_same_row() {
        for name in ["S3_PATH_STYLE_ACCESS", "s3.pathStyleAccess", "s3.path-style-access", "AWS_S3_FORCE_PATH_STYLE"] {
            assert!(matches!(unread(name), Some(UnreadName { instead: Instead::Fact(_), .. })), "{name}");
        }
        assert_eq!(unread("PATH_STYLE"), None);
    }
}
