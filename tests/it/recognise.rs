//! Tests how the release and the kind of store of a deployment are recognised. Every command uses the same code.

use score_setup::{
    forms::{Base, Command},
    install::{
        deployment::Deployment,
        recognise::{ReleaseBasis, api, launch, release},
    },
    score::{Api, Release},
};

fn of(file: &str) -> Deployment {
    Deployment::of_file(Base {
        path: "application.properties".into(),
        bytes: Some(file.as_bytes().to_vec()),
        notes: Vec::new(),
    })
}

/// Returns the same deployment, started with these profiles.
fn with(file: &str, profiles: &str) -> Deployment {
    let command = Command::of_words([format!("--spring.profiles.active={profiles}")]);
    Deployment { command: Some(command), ..of(file) }
}

#[test]
fn the_release_is_chosen_or_installed_or_read_from_the_names_of_the_settings() {
    let old = "collaboratory.data.directory=data\n";
    let new = "s3.data.directory=data\n";
    let folder = || ReleaseBasis::Installation("the folder's name".into());
    for (deployment, chosen, expected) in [
        (of(old), Some(Release::R5_9), (Release::R5_9, ReleaseBasis::Chosen)),
        (of(old).named_after(Release::R5_10), None, (Release::R5_10, folder())),
        (of(old), None, (Release::R5_11, ReleaseBasis::OldNames)),
        (of(new), None, (Release::R5_12, ReleaseBasis::Assumed)),
        (of(&format!("{old}{new}")), None, (Release::R5_12, ReleaseBasis::Assumed)),
        (of(""), None, (Release::R5_12, ReleaseBasis::Assumed)),
        (of("azure.accountName=a\n"), None, (Release::R5_11, ReleaseBasis::Assumed)),
        (with("", "prod,azure"), None, (Release::R5_11, ReleaseBasis::Assumed)),
    ] {
        assert_eq!(release(&deployment, chosen), expected, "{deployment:?}");
    }
}

#[test]
fn the_active_profiles_decide_the_kind_of_store_before_its_settings_do() {
    let s3 = "s3.endpoint=http://h:9000\n";
    let azure = "azure.accountName=a\n";
    let both = &format!("{s3}{azure}");
    for (file, profiles, expected) in [
        (s3, "", Some(Api::S3)),
        (azure, "", Some(Api::Azure)),
        (both, "", Some(Api::S3)),
        ("", "", None),
        (both, "prod,azure", Some(Api::Azure)),
        (azure, "prod,default", Some(Api::S3)),
        (azure, "collaboratory,prod", Some(Api::S3)),
        ("azure.accountKey=k\n", "secure", Some(Api::Azure)),
    ] {
        let deployment = with(file, profiles).named_after(Release::R5_11);
        assert_eq!(api(&deployment, &launch(&deployment, None)), expected, "{profiles} {file}");
    }
}
