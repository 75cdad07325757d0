//! Tests how the release and the kind of store of a deployment are recognised. Every command uses the same code.

use score_setup::{
    forms::{Base, Command},
    install::{
        deployment::Deployment,
        recognise::{ReleaseBasis, api, launch, releases},
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

/// Returns the releases from this one to that one.
fn span(first: Release, last: Release) -> Vec<Release> {
    Release::ALL.into_iter().filter(|release| (first..=last).contains(release)).collect()
}

#[test]
fn the_release_is_chosen_or_installed_or_marked() {
    let old = "collaboratory.data.directory=data\n";
    let marked = "# score-setup: release 5.9, provider minio\ns3.data.directory=data\n";
    let folder = || ReleaseBasis::Installation("the folder's name".into());
    for (deployment, chosen, release, basis) in [
        (of(old), Some(Release::R5_12), Release::R5_12, ReleaseBasis::Chosen),
        (of(old).named_after(Release::R5_10), None, Release::R5_10, folder()),
        (of(marked).named_after(Release::R5_11), None, Release::R5_11, folder()),
        (of(marked), None, Release::R5_9, ReleaseBasis::Mark),
    ] {
        let found = releases(&deployment, chosen);
        assert_eq!((found.told(), &found.basis), (Some(release), &basis), "{deployment:?}");
        assert_eq!(launch(&deployment, chosen).release, release);
    }
}

#[test]
fn profiles_and_names_exclude_releases_and_tell_none() {
    use Release::{R5_9, R5_10, R5_11, R5_12};
    let jwk = "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=x\n";
    let ego = "auth.jwt.publicKeyUrl=x\n";
    for (file, profiles, first, last) in [
        ("", "", R5_9, R5_12),
        ("collaboratory.data.directory=data\n", "", R5_9, R5_11),
        ("s3.data.directory=data\n", "", R5_12, R5_12),
        ("s3.data.directory=data\ncollaboratory.data.directory=data\n", "", R5_9, R5_12),
        ("", "collaboratory,prod,secure", R5_9, R5_11),
        ("", "aws,prod", R5_9, R5_11),
        ("", "default,prod", R5_9, R5_12),
        ("", "s3,secure", R5_12, R5_12),
        ("", "s3,collaboratory,prod", R5_9, R5_12),
        ("", "azure,prod", R5_9, R5_12),
        // No release starts with these.
        ("", "secure,amazon", R5_9, R5_12),
        (jwk, "collaboratory,prod,secure", R5_11, R5_11),
        (jwk, "", R5_11, R5_12),
        (ego, "", R5_9, R5_10),
        (&format!("{jwk}{ego}"), "", R5_9, R5_12),
        ("auth.server.clientId=x\n", "", R5_9, R5_10),
        ("auth.server.clientID=x\n", "", R5_11, R5_12),
        ("auth.server.clientID=x\nauth.server.clientId=x\n", "", R5_9, R5_12),
        ("collaboratory.data.directory=data\n", "s3,secure", R5_12, R5_12),
    ] {
        let deployment = if profiles.is_empty() { of(file) } else { with(file, profiles) };
        let found = releases(&deployment, None);
        assert_eq!(found.possible, span(first, last), "{profiles} {file}");
        assert_eq!((found.told(), found.basis), (None, ReleaseBasis::Unknown), "{profiles} {file}");
    }
}

#[test]
fn files_are_read_as_the_newest_possible_release_that_works_with_the_store() {
    for (deployment, expected) in [
        (of(""), Release::R5_12),
        (of("azure.accountName=a\n"), Release::R5_11),
        (with("s3.endpoint=http://h\n", "prod,azure"), Release::R5_11),
        (of("collaboratory.data.directory=data\n"), Release::R5_11),
    ] {
        assert_eq!(launch(&deployment, None).release, expected, "{deployment:?}");
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
