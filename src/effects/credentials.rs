//! Looks for credentials in the files of other tools. Reads the files only, uses no network and changes nothing.

use std::{
    env,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::{
    answers::pasted::{self, LONGEST, Offer},
    store::files::read_regular,
    text::secret::Secret,
};

/// The files of one tool, which are read as one text.
struct KeyFiles {
    /// The word for one entry of the files.
    entry: &'static str,
    /// The files: the variable that names another path, and the usual path below the home folder. The first one gives
    /// its name to the source.
    files: &'static [(&'static str, &'static str)],
}

const SOURCES: &[KeyFiles] = &[
    KeyFiles {
        entry: "profile",
        files: &[("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"), ("AWS_CONFIG_FILE", ".aws/config")],
    },
    KeyFiles { entry: "alias", files: &[("", ".mc/config.json")] },
    KeyFiles { entry: "alias", files: &[("", ".mcli/config.json")] },
    KeyFiles { entry: "remote", files: &[("RCLONE_CONFIG", ".config/rclone/rclone.conf")] },
    KeyFiles { entry: "section", files: &[("", ".s3cfg")] },
];

/// Returns the keys in the files of other tools below this home folder, each with its source.
#[must_use]
pub fn find_credentials(home: &Path) -> Vec<Offer> {
    look(home, |variable| env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from))
}

fn look(home: &Path, named: impl Fn(&str) -> Option<PathBuf>) -> Vec<Offer> {
    let mut offers = Vec::new();
    for source in SOURCES {
        let paths: Vec<PathBuf> =
            source.files.iter().map(|(variable, usual)| named(variable).unwrap_or_else(|| home.join(usual))).collect();
        let mut text = Zeroizing::new(Vec::new());
        for path in &paths {
            if let Ok(bytes) = read_regular(path, LONGEST as u64 / 2).map(Zeroizing::new) {
                text.extend_from_slice(&bytes);
                text.push(b'\n');
            }
        }
        let Ok(text) = str::from_utf8(&text) else { continue };
        let Ok(candidates) = pasted::read(&Secret::new(text)) else { continue };
        let file = paths.first().map(|path| shown(path, home)).unwrap_or_default();
        offers.extend(candidates.into_iter().map(|candidate| {
            let name = candidate.name.map_or_else(String::new, |name| format!("{} {name} in ", source.entry));
            Offer { source: format!("{name}{file}"), result: candidate.result }
        }));
    }
    // Without both keys, nothing is saved for the operator.
    offers.retain(|offer| offer.result.as_ref().map_or(true, pasted::Pasted::has_keys));
    offers
}

/// Returns a path with `~` for the home folder.
fn shown(path: &Path, home: &Path) -> String {
    match path.strip_prefix(home) {
        Ok(rest) => format!("~/{}", rest.display()),
        Err(_) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn keys_are_found_with_their_source_and_none_is_shown() {
        let home = tempfile::tempdir().unwrap();
        let home = home.path();
        let keys = "aws_access_key_id=AKIAIOSFODNN7EXAMPLE\naws_secret_access_key=canary";
        write(&home.join(".aws/credentials"), &format!("[score]\n{keys}\n[lent]\n{keys}\naws_session_token=x\n"));
        write(&home.join(".aws/config"), "[profile score]\nregion = eu-central-1\n[profile empty]\nregion = x\n");
        let alias = |access: &str| {
            format!(
                "{{\"url\": \"http://minio:9000\", \"accessKey\": \"{access}\", \"secretKey\": \"canary\", \"api\": \"S3v4\"}}"
            )
        };
        let aliases = format!("{{\"aliases\": {{\"lab\": {}, \"none\": {}}}}}", alias("score"), alias(""));
        write(&home.join(".mc/config.json"), &aliases);
        write(&home.join("other/rclone.conf"), "[blobs]\ntype = azureblob\naccount = scoredata\nkey = canary\n");
        write(&home.join(".s3cfg"), "x".repeat(LONGEST).as_str());
        let offers = look(home, |variable| (variable == "RCLONE_CONFIG").then(|| home.join("other/rclone.conf")));
        let told: Vec<_> = offers.iter().map(|offer| (offer.source.as_str(), offer.result.is_ok())).collect();
        assert_eq!(
            told,
            [
                ("profile score in ~/.aws/credentials", true),
                ("profile lent in ~/.aws/credentials", false),
                ("alias lab in ~/.mc/config.json", true),
            ]
        );
        assert_eq!(offers[0].result.as_ref().unwrap().region.as_deref(), Some("eu-central-1"));
        assert!(!format!("{offers:?}").contains("canary"));
    }
}
