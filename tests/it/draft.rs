//! Tests answers, their origins, and the resulting files.

use score_setup::{
    answers::{
        draft::{Answer, Draft, Origin, Problem, Text},
        target::{S3Store, Store},
    },
    install::spring::View,
    score::{Release, SETTINGS, Scope, Step, Version, provider::provider, setting},
    text::{properties::Document, secret::Secret},
};

const CANARY: &str = "canary-1c9f";

fn typed(draft: &mut Draft, key: &'static str, text: &str) {
    let secret = setting(key).is_some_and(score_setup::score::Setting::secret);
    let text = if secret { Text::Secret(Secret::new(text)) } else { Text::Plain(text.to_owned()) };
    draft.give(key, text, Origin::Typed);
}

fn fresh(release: Release, id: &str) -> Draft {
    Draft::new(release, provider(id).expect("a preset"))
}

fn complete(release: Release) -> Draft {
    let mut draft = fresh(release, "minio");
    for (key, text) in [
        ("s3.endpoint", "http://minio.lab.example:9000/"),
        ("s3.accessKey", "scoreuser"),
        ("s3.secretKey", CANARY),
        ("bucket.name.object", "score-object"),
        ("bucket.name.state", "score-state"),
        ("metadata.url", "https://song.example.org"),
    ] {
        typed(&mut draft, key, text);
    }
    draft
}

fn with_file(mut draft: Draft, file: &str) -> Draft {
    draft.keep(&View::of_file(&Document::parse(file.as_bytes()).expect("a properties file")));
    draft
}

fn messages(problems: &[Problem]) -> Vec<(&'static str, &str)> {
    problems.iter().map(|problem| (problem.settings[0], problem.message.as_str())).collect()
}

fn lines(draft: &Draft) -> Vec<String> {
    let target = draft.target().unwrap_or_else(|problems| panic!("{problems:?}"));
    target.assignments.iter().map(|set| format!("{}={}", set.name, set.value.for_file())).collect()
}

fn line(draft: &Draft, name: &str) -> Option<String> {
    let start = format!("{name}=");
    lines(draft).into_iter().find_map(|line| line.strip_prefix(&start).map(str::to_owned))
}

#[test]
fn six_answers_make_a_complete_target_for_5_11() {
    assert_eq!(
        lines(&complete(Release::R5_11)),
        [
            "s3.endpoint=http://minio.lab.example:9000",
            "s3.accessKey=scoreuser",
            "s3.secretKey=canary-1c9f",
            "s3.sigV4Enabled=true",
            "s3.preSignedUrl.override.host=",
            "s3.secured=false",
            "bucket.name.object=score-object",
            "bucket.name.state=score-state",
            "bucket.size.pool=0",
            "bucket.size.key=2",
            "object.sentinel=heliograph",
            "collaboratory.data.directory=data",
            "collaboratory.upload.directory=upload",
            "upload.partsize=67108864",
            "upload.retry.limit=5",
            "upload.connection.timeout=15000",
            "upload.clean.enabled=true",
            "upload.clean.cron=0 0 0 * * ?",
            "collaboratory.upload.expiration=6",
            "collaboratory.download.expiration=1",
            "metadata.url=https://song.example.org",
            "auth.connection.maxRetries=5",
            "auth.connection.initialBackoff=15000",
            "auth.connection.multiplier=2.0",
            "server.port=8080",
            "server.ssl.enabled=false",
            "server.cors.allowedOrigins=http://localhost:8081",
            "spring.mvc.pathmatch.matching-strategy=ant_path_matcher",
        ]
    );
}

#[test]
fn each_release_gets_its_own_family() {
    let names = |release| {
        let target = complete(release).target().expect("no problems");
        target.assignments.iter().map(|set| set.name).collect::<Vec<_>>()
    };
    let only = |one: Release, other: Release| {
        let others = names(other);
        names(one).into_iter().filter(|name| !others.contains(name)).collect::<Vec<_>>()
    };
    assert_eq!(only(Release::R5_10, Release::R5_9), ["server.cors.allowedOrigins"]);
    assert_eq!(only(Release::R5_11, Release::R5_10), ["spring.mvc.pathmatch.matching-strategy"]);
    assert_eq!(
        only(Release::R5_12, Release::R5_11),
        [
            "s3.data.directory",
            "s3.upload.directory",
            "s3.retryLimit",
            "s3.connectionTimeout",
            "s3.upload.expiration",
            "s3.download.expiration"
        ]
    );
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let mut draft = Draft::default();
    draft.provider = provider("aws");
    draft.region = Some("CA_Central".into());
    let problems = draft.problems();
    assert_eq!(
        messages(&problems),
        [
            ("release", "The release of Score is not known; give one such as 5.11."),
            ("region", "Region must be an id of AWS such as ca-central-1."),
            ("s3.accessKey", "Access key is missing (s3.accessKey)."),
            ("s3.secretKey", "Secret key is missing (s3.secretKey)."),
            ("bucket.name.object", "Object bucket is missing (bucket.name.object)."),
            ("bucket.name.state", "State bucket is missing (bucket.name.state)."),
            ("metadata.url", "Song is missing (metadata.url)."),
        ]
    );
}

#[test]
fn a_region_gives_the_endpoint_and_counts_more_than_the_file() {
    let mut draft = with_file(fresh(Release::R5_11, "aws"), "s3.endpoint=http://old:9000\n");
    draft.region = Some("eu-central-1".into());
    let endpoint = setting("s3.endpoint").unwrap();
    let answer = draft.answer(endpoint).unwrap();
    assert_eq!(answer.text, Text::Plain("https://s3.eu-central-1.amazonaws.com".into()));
    assert_eq!(draft.notes_of("s3.endpoint"), ["Score will sign for region eu-central-1."]);
    typed(&mut draft, "s3.endpoint", "https://s3.eu-west-1.amazonaws.com");
    assert_eq!(draft.value("s3.endpoint").as_deref(), Some("https://s3.eu-west-1.amazonaws.com"));
}

#[test]
fn given_counts_more_than_kept_and_kept_more_than_the_default() {
    let mut draft = with_file(fresh(Release::R5_11, "minio"), "# Score\nobject.sentinel=lamp\n");
    let sentinel = setting("object.sentinel").unwrap();
    let answer = |text: &str, origin| Some(Answer { text: Text::Plain(text.into()), origin });
    assert_eq!(draft.answer(sentinel), answer("lamp", Origin::File { line: 2 }));
    typed(&mut draft, "object.sentinel", "mirror");
    assert_eq!(draft.answer(sentinel), answer("mirror", Origin::Typed));
    draft.take_back("object.sentinel");
    assert_eq!(draft.answer(sentinel), answer("lamp", Origin::File { line: 2 }));
    draft.keep(&View::of_file(&Document::parse(b"").unwrap()));
    assert_eq!(draft.answer(sentinel), answer("heliograph", Origin::Default));
}

#[test]
fn an_older_file_is_taken_to_the_new_family() {
    let file = "collaboratory.data.directory=files\nauth.server.clientId=score\n";
    let draft = with_file(complete(Release::R5_12), file);
    assert_eq!(draft.value("s3.data.directory").as_deref(), Some("files"));
    assert_eq!(draft.value("auth.server.clientID").as_deref(), Some("score"));
    // If a file has both names, the name of the release applies.
    let both = with_file(complete(Release::R5_11), "s3.data.directory=new\ncollaboratory.data.directory=old\n");
    assert_eq!(line(&both, "collaboratory.data.directory").as_deref(), Some("old"));
}

#[test]
fn what_the_file_leaves_to_the_machine_is_kept_and_not_tried() {
    let file = "s3.secretKey=${SCORE_SECRET}\nmetadata.url=${SONG:http://song}\n";
    let mut draft = complete(Release::R5_11);
    draft.take_back("s3.secretKey");
    draft.take_back("metadata.url");
    let draft = with_file(draft, file);
    let target = draft.target().unwrap();
    assert_eq!(target.unresolved, ["s3.secretKey", "metadata.url"]);
    assert_eq!(line(&draft, "s3.secretKey").as_deref(), Some("${SCORE_SECRET}"));
    assert_eq!(line(&draft, "metadata.url").as_deref(), Some("${SONG:http://song}"));
    assert!(draft.store(Scope::Reach).is_some());
    assert_eq!(draft.store(Scope::SignIn), None);
    assert_eq!(
        draft.notes_of("s3.secretKey"),
        ["Filled in when Score starts (${…}): it is kept, and cannot be tried here."]
    );
}

#[test]
fn a_secret_with_every_special_character_is_signed_as_typed_and_written_for_spring() {
    let secret = r##"x${HOME}y\z"#=:! é'#{1+1}%41"##;
    let mut draft = complete(Release::R5_11);
    typed(&mut draft, "s3.secretKey", secret);
    let written = r##"x${score.setup.literal:$}{HOME}y\z"#=:! é'#{1+1}%41"##;
    assert_eq!(line(&draft, "s3.secretKey").as_deref(), Some(written));
    assert_eq!(draft.target().unwrap().store.s3().unwrap().secret_key, Secret::new(secret));
    // Read back from the file, it is the same secret and the same line.
    draft.take_back("s3.secretKey");
    let mut document = Document::parse(b"").unwrap();
    document.set("s3.secretKey", score_setup::score::Spelling::Relaxed, written);
    draft.keep(&View::of_file(&document));
    assert_eq!(line(&draft, "s3.secretKey").as_deref(), Some(written));
    assert_eq!(draft.target().unwrap().store.s3().unwrap().secret_key, Secret::new(secret));
    assert_eq!(draft.target().unwrap().unresolved, Vec::<&str>::new());
}

#[test]
fn a_placeholder_where_spring_is_strict_is_refused() {
    let mut draft = complete(Release::R5_11);
    typed(&mut draft, "bucket.name.object", "a${nope}b");
    typed(&mut draft, "object.sentinel", "#{1}");
    assert_eq!(
        messages(&draft.problems()),
        [
            (
                "bucket.name.object",
                "Object bucket must not contain ${: Score would evaluate it, and this cannot be prevented."
            ),
            ("object.sentinel", "Sentinel must not contain #{: Score would evaluate it, and this cannot be prevented."),
        ]
    );
}

#[test]
fn rules_between_answers_are_told_with_both_settings() {
    let mut draft = complete(Release::R5_9);
    for (key, text) in [
        ("bucket.size.pool", "4"),
        ("bucket.size.key", "8"),
        ("s3.secretKey", "AKIAIOSFODNN7EXAMPLE"),
        ("s3.data.directory", ""),
        ("s3.upload.directory", "upload/"),
        ("s3.download.expiration", "8"),
    ] {
        typed(&mut draft, key, text);
    }
    assert_eq!(
        messages(&draft.problems()),
        [
            ("s3.accessKey", "Access key and secret key are swapped: the secret key is an AWS key id."),
            ("bucket.size.key", "Digits for the pool must be between 1 and 7."),
            (
                "s3.data.directory",
                "Data directory must not be empty: with this release every object name would begin with a slash."
            ),
            ("s3.upload.directory", "Upload directory must not end with a slash, or contain two in a row."),
            ("s3.download.expiration", "Downloads expire after must be at most 7 days with signature version 4."),
        ]
    );
    assert_eq!(draft.problems_of("s3.secretKey").len(), 1);
    typed(&mut draft, "s3.sigV4Enabled", "no");
    assert!(draft.problems_of("s3.download.expiration").is_empty(), "version 2 has no such limit");
}

#[test]
fn a_slash_in_front_of_the_data_directory_is_right_and_of_the_upload_directory_is_wrong() {
    let mut draft = complete(Release::R5_11);
    typed(&mut draft, "s3.data.directory", "/data");
    assert_eq!(messages(&draft.problems()), []);
    typed(&mut draft, "s3.upload.directory", "/upload");
    let message = "Upload directory must not begin with a slash: downloads would fail.";
    assert_eq!(messages(&draft.problems()), [("s3.upload.directory", message)]);
}

#[test]
fn an_empty_data_directory_is_judged_as_lint_judges_it() {
    for release in Release::ALL {
        let mut draft = complete(release);
        typed(&mut draft, "s3.data.directory", "");
        let setting = draft.setting("s3.data.directory").unwrap();
        let fails = setting.faults.empty.on(release).is_some();
        assert_eq!(!draft.problems_of("s3.data.directory").is_empty(), fails, "{release}");
        assert_eq!(draft.warnings().iter().any(|(key, _)| *key == "s3.data.directory"), release == Release::R5_10);
    }
}

#[test]
fn consequences_stand_under_the_field() {
    let mut draft = complete(Release::R5_11);
    for (key, text) in [
        ("bucket.size.pool", "300"),
        ("upload.partsize", "5 MiB"),
        ("s3.endpoint", "http://localhost:9001"),
        ("s3.masterEncryptionKeyId", "key"),
        ("s3.sigV4Enabled", "false"),
        ("bucket.name.state", "score-object"),
    ] {
        typed(&mut draft, key, text);
    }
    for (key, notes) in [
        (
            "s3.endpoint",
            vec![
                "Port 9001 is usually the console; the usual port for S3 is 9000.",
                "Score will sign for region us-east-1.",
                "Clients get this address too. It is a loopback address, so each client would contact its own machine.",
            ],
        ),
        ("s3.secretKey", vec!["11 characters."]),
        ("s3.sigV4Enabled", vec!["Score signs with version 4 anyway, because s3.masterEncryptionKeyId is set."]),
        ("bucket.name.state", vec!["Files and state share one bucket. This works."]),
        (
            "bucket.size.pool",
            vec![
                "Score uses score-object.0 to score-object.299 and score-object.0 to score-object.299, and score-object itself for the sentinel.",
            ],
        ),
        ("bucket.size.key", vec!["2 digits reach 256 buckets: 44 of the pool stay empty."]),
        ("upload.partsize", vec!["Score uses 20 MiB anyway."]),
    ] {
        assert_eq!(draft.notes_of(key), notes, "{key}");
    }
    assert_eq!(draft.store(Scope::All).unwrap().s3().unwrap().version, Version::V4);
}

#[test]
fn cleaning_up_that_is_off_asks_for_no_time() {
    let mut draft = with_file(complete(Release::R5_11), "upload.clean.cron=bad\n");
    assert_eq!(draft.problems().len(), 1);
    typed(&mut draft, "upload.clean.enabled", "off");
    assert!(draft.visible(Step::Upload).iter().all(|setting| setting.key != "upload.clean.cron"));
    assert_eq!(line(&draft, "upload.clean.cron").as_deref(), Some("0 0 0 * * ?"));
    assert_eq!(line(&draft, "upload.clean.enabled").as_deref(), Some("false"));
}

#[test]
fn a_file_that_switches_clean_up_off_in_a_way_score_ignores_is_read_as_score_reads_it() {
    for (said, read) in [("no", "true"), ("\"false\"", "true"), ("False", "false"), ("true", "true")] {
        let draft = with_file(complete(Release::R5_11), &format!("upload.clean.enabled={said}\n"));
        assert_eq!(draft.value("upload.clean.enabled").as_deref(), Some(read), "{said}");
    }
}

#[test]
fn retries_that_have_two_names_are_the_same_unless_given() {
    let mut draft = with_file(complete(Release::R5_12), "s3.retryLimit=3\nupload.retry.limit=7\n");
    assert_eq!(line(&draft, "s3.retryLimit").as_deref(), Some("3"));
    assert_eq!(draft.notes_of("upload.retry.limit"), ["Score uses 3: s3.retryLimit overrides it."]);
    typed(&mut draft, "upload.retry.limit", "4");
    assert_eq!(line(&draft, "s3.retryLimit").as_deref(), Some("4"));
    typed(&mut draft, "s3.retryLimit", "2");
    assert_eq!(line(&draft, "s3.retryLimit").as_deref(), Some("2"));
    let kept = with_file(complete(Release::R5_12), "upload.connection.timeout=9000\n");
    assert_eq!(line(&kept, "s3.connectionTimeout").as_deref(), Some("9000"));
}

/// Observed on Score 5.11.0: `s3.retryLimit=-3` stops it whatever `upload.retry.limit` says.
#[test]
fn the_stronger_name_of_a_file_follows_a_new_answer_in_every_release() {
    for release in Release::ALL {
        let mut draft = with_file(complete(release), "s3.retryLimit=3\n");
        assert_eq!(line(&draft, "s3.retryLimit").as_deref(), Some("3"));
        assert_eq!(draft.notes_of("upload.retry.limit"), ["Score uses 3: s3.retryLimit overrides it."]);
        typed(&mut draft, "upload.retry.limit", "7");
        assert_eq!(line(&draft, "s3.retryLimit").as_deref(), Some("7"));
    }
    assert_eq!(line(&complete(Release::R5_11), "s3.retryLimit"), None);
}

#[test]
fn the_family_of_the_release_wins_and_what_is_carried_over_is_told() {
    let both = "s3.data.directory=new\ncollaboratory.data.directory=old\n";
    for (release, file, directory, told) in [
        (Release::R5_11, both, "old", None),
        (Release::R5_12, both, "new", None),
        (Release::R5_11, "s3.data.directory=new\n", "new", Some("s3.data.directory, which Score 5.11 does not read.")),
        (
            Release::R5_12,
            "collaboratory.data.directory=old\n",
            "old",
            Some("collaboratory.data.directory, which Score 5.12 does not read."),
        ),
    ] {
        let draft = with_file(complete(release), file);
        assert_eq!(draft.value("s3.data.directory").as_deref(), Some(directory));
        let remarks = draft.remarks().into_iter().filter(|remark| remark.setting == Some("s3.data.directory"));
        let told: Vec<_> = told.map(|what| format!("Taken over from {what}")).into_iter().collect();
        assert_eq!(remarks.map(|remark| remark.message).collect::<Vec<_>>(), told);
        assert_eq!(draft.notes_of("s3.data.directory"), told);
    }
}

#[test]
fn what_was_not_taken_to_the_letter_is_told_and_the_rest_is_not() {
    let mut draft = complete(Release::R5_11);
    typed(&mut draft, "object.sentinel", " heliograph\t");
    let told: Vec<_> = draft.remarks().into_iter().map(|remark| (remark.setting, remark.message)).collect();
    let slash = "The slash at the end was removed: it would break URLs for clients.";
    assert_eq!(
        told,
        [
            (Some("s3.endpoint"), slash.to_owned()),
            (Some("object.sentinel"), "2 spaces around it were removed.".to_owned())
        ]
    );
}

#[test]
fn an_answers_file_is_told_of_settings_that_the_release_does_not_read() {
    let mut draft = complete(Release::R5_9);
    for (at, key) in ["server.cors.allowedOrigins", "s3.customMd5Property"].into_iter().enumerate() {
        draft.give(key, Text::Plain("a".into()), Origin::Answers { line: at + 7 });
    }
    assert_eq!(
        messages(&draft.problems()),
        [
            ("s3.customMd5Property", "Score 5.9 does not read s3.customMd5Property."),
            ("server.cors.allowedOrigins", "Score 5.9 does not read server.cors.allowedOrigins."),
        ]
    );
    let mut draft = complete(Release::R5_11);
    draft.give("auth.server.clientId", Text::Plain("a".into()), Origin::Answers { line: 7 });
    let near = "Score 5.11 does not read auth.server.clientId; auth.server.clientID is the nearest it does.";
    assert!(draft.problems().iter().any(|problem| problem.message == near));
}

#[test]
fn tls_that_a_file_sets_up_for_score_stays_on() {
    let draft = with_file(complete(Release::R5_11), "server.ssl.key-store-password=changed-it\n");
    assert_eq!(line(&draft, "server.ssl.enabled").as_deref(), Some("true"));
}

#[test]
fn authorization_is_complete_or_absent() {
    let mut draft = complete(Release::R5_11);
    assert!(!draft.authorized());
    typed(&mut draft, "auth.server.url", "https://ego.example.org/o/check_api_key");
    let missing: Vec<&str> = draft.problems().iter().map(|problem| problem.settings[0]).collect();
    assert_eq!(
        missing,
        [
            "auth.server.tokenName",
            "auth.server.clientID",
            "auth.server.clientSecret",
            "auth.server.provider",
            "auth.server.keycloak.host",
            "auth.server.keycloak.realm",
            "spring.security.oauth2.resourceserver.jwt.jwk-set-uri",
        ]
    );
}

fn s3(draft: &Draft, scope: Scope) -> Option<S3Store> {
    draft.store(scope)?.s3().cloned()
}

#[test]
fn each_scope_asks_only_for_what_it_needs() {
    let mut draft = fresh(Release::R5_11, "minio");
    assert_eq!(draft.store(Scope::Reach), None);
    typed(&mut draft, "s3.endpoint", "minio.lab.example:9000");
    typed(&mut draft, "bucket.name.object", "NOT legal");
    assert_eq!(s3(&draft, Scope::Reach).map(|store| store.endpoint), Some("http://minio.lab.example:9000".into()));
    assert_eq!(draft.store(Scope::SignIn), None);
    typed(&mut draft, "s3.accessKey", " scoreuser ");
    typed(&mut draft, "s3.secretKey", CANARY);
    assert_eq!(s3(&draft, Scope::SignIn).map(|store| store.access_key), Some("scoreuser".into()));
    assert_eq!(draft.store(Scope::All), None);
    typed(&mut draft, "bucket.name.object", "score-object");
    typed(&mut draft, "bucket.name.state", "score-state");
    assert_eq!(
        draft.store(Scope::All),
        Some(Store::S3(S3Store {
            endpoint: "http://minio.lab.example:9000".into(),
            override_host: None,
            access_key: "scoreuser".into(),
            secret_key: Secret::new(CANARY),
            version: Version::V4,
            kms_key: None,
            object_bucket: "score-object".into(),
            state_bucket: "score-state".into(),
            pool: 0,
            data_directory: "data".into(),
            upload_directory: "upload".into(),
            sentinel: "heliograph".into(),
            part_size: 67_108_864,
            upload_expiration_days: 6,
            download_expiration_days: 1,
            connection_timeout: std::time::Duration::from_secs(15),
            retry_limit: 5,
            unescapes_paths: false,
            region: None,
            usual_ports: provider("minio").unwrap().s3_ports.clone(),
        }))
    );
}

#[test]
fn no_secret_is_told() {
    let mut draft = complete(Release::R5_11);
    typed(&mut draft, "auth.server.clientSecret", &format!(" {CANARY}"));
    typed(&mut draft, "s3.secretKey", &format!("\"{CANARY}\""));
    let mut told = format!("{draft:?} {:?}", draft.problems());
    for setting in SETTINGS {
        told.push_str(&draft.notes_of(setting.key).join(" "));
    }
    draft.take_back("auth.server.clientSecret");
    let target = format!("{:?}", draft.target());
    told.push_str(&target);
    assert!(!told.contains(CANARY), "{told}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_to_any_setting_is_judged(at in 0..SETTINGS.len(), text in "\\PC{0,40}|[0-9a-zA-Z.:/${}#@ -]{0,40}", kept: bool) {
        for release in Release::ALL {
            let mut draft = complete(release);
            let key = SETTINGS[at].key;
            draft.take_back(key);
            if kept {
                let mut document = Document::parse(b"").unwrap();
                document.set(SETTINGS[at].name(release), score_setup::score::Spelling::Exact, &text);
                draft.keep(&View::of_file(&document));
            } else {
                typed(&mut draft, key, &text);
            }
            let _ = draft.notes_of(key);
            for scope in [Scope::Reach, Scope::SignIn, Scope::ReadOnly, Scope::All] {
                let _ = draft.store(scope);
            }
            // An accepted value is accepted again when it is read from the file, and written unchanged.
            if let Ok(target) = draft.target() {
                let mut document = Document::parse(b"").unwrap();
                for set in &target.assignments {
                    document.set(set.name, score_setup::score::Spelling::Exact, set.value.for_file());
                }
                let mut again = fresh(release, "minio");
                again.keep(&View::of_file(&document));
                proptest::prop_assert_eq!(again.target().map(|target| (target.assignments, target.store)), Ok((target.assignments, target.store)));
            }
        }
    }
}

#[test]
fn what_another_value_fills_in_is_tried_and_kept_to_the_letter() {
    let file = "s3.endpoint=http://${store.host}:9000\nstore.host=minio\ns3.accessKey=${NOBODY}\ns3.secretKey=x\n\
                bucket.name.object=${bucket.name.state}\nbucket.name.state=both\nmetadata.url=http://song\n";
    let draft = with_file(fresh(Release::R5_11, "minio"), file);
    assert_eq!(draft.value("s3.endpoint").as_deref(), Some("http://minio:9000"));
    assert_eq!(draft.value("bucket.name.object").as_deref(), Some("both"));
    assert_eq!(draft.target().unwrap().unresolved, ["s3.accessKey"]);
    assert_eq!(line(&draft, "s3.endpoint").as_deref(), Some("http://${store.host}:9000"));
    assert_eq!(line(&draft, "bucket.name.object").as_deref(), Some("${bucket.name.state}"));
}
