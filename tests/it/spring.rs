//! Tests the effective value against a model that does not know files: every value has a place with a rank, and the
//! highest rank wins.

use proptest::{collection::vec, prelude::*};
use score_setup::{
    forms::{Base, Environment, EnvironmentOrigin, Jar, Section, Variable},
    install::{
        deployment::{Deployment, Launch, Launcher, ProfileFile, YamlFile},
        spring::View,
    },
    score::{Release, Spelling},
    text::{properties::Document, secret::Secret},
};

const PROFILES: [&str; 3] = ["one", "two", "three"];
const KEYS: [&str; 3] = ["bucket.name.object", "object.sentinel", "upload.partsize"];

/// A place for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Argument,
    Json,
    System,
    Variable,
    /// A file `application-<profile>.properties`.
    ProfileFile(usize),
    /// A file `application-<profile>.yml`.
    ProfileYaml(usize),
    /// A document of `application.properties` for this profile.
    Tagged(usize),
    File,
    /// A document of `application.yml` for this profile.
    YamlTagged(usize),
    Yaml,
    /// A section of the jar.
    JarSection(usize),
    Jar,
}

fn anywhere() -> impl Strategy<Value = Where> {
    let profile = 0..PROFILES.len();
    prop_oneof![
        1 => Just(Where::Argument),
        1 => Just(Where::Json),
        1 => Just(Where::System),
        1 => Just(Where::Variable),
        3 => profile.clone().prop_map(Where::ProfileFile),
        2 => profile.clone().prop_map(Where::ProfileYaml),
        3 => profile.clone().prop_map(Where::Tagged),
        2 => Just(Where::File),
        2 => profile.clone().prop_map(Where::YamlTagged),
        2 => Just(Where::Yaml),
        3 => profile.prop_map(Where::JarSection),
        2 => Just(Where::Jar),
    ]
}

/// Returns the rank of a place. `None` if Score does not look there. The numbers follow the docs of Spring Boot 2.1 and
/// 2.6: the first is the kind of source, the others break ties.
fn rank(place: Where, new: bool, active: &[usize]) -> Option<[usize; 4]> {
    let nth = |profile: usize| active.iter().position(|one| *one == profile).map(|at| at + 1);
    Some(match place {
        Where::Argument => [9, 0, 0, 0],
        Where::Json => [8, 0, 0, 0],
        Where::System => [7, 0, 0, 0],
        Where::Variable => [6, 0, 0, 0],
        // In the order of places, files and documents. Profiles matter only for the names of files.
        Where::ProfileFile(profile) if new => [2, nth(profile)?, 2, 0],
        Where::ProfileYaml(profile) if new => [2, nth(profile)?, 1, 0],
        Where::Tagged(profile) if new => nth(profile).map(|_| [2, 0, 2, 1 + profile])?,
        Where::File if new => [2, 0, 2, 0],
        Where::YamlTagged(profile) if new => nth(profile).map(|_| [2, 0, 1, 1 + profile])?,
        Where::Yaml if new => [2, 0, 1, 0],
        Where::JarSection(profile) if new => nth(profile).map(|_| [1, 0, 0, 1 + profile])?,
        Where::Jar if new => [1, 0, 0, 0],
        // In the order of profiles, then of places.
        Where::ProfileFile(profile) => [2, nth(profile)?, 3, 0],
        Where::ProfileYaml(profile) => [2, nth(profile)?, 2, 1],
        Where::YamlTagged(profile) => [2, nth(profile)?, 2, 0],
        Where::JarSection(profile) => [2, nth(profile)?, 1, 0],
        // The file is one document, so it cannot be both for a profile and for all.
        Where::Tagged(_) => return None,
        Where::File => [2, 0, 3, 0],
        Where::Yaml => [2, 0, 2, 0],
        Where::Jar => [2, 0, 1, 0],
    })
}

fn base(name: &str, text: String) -> Base {
    Base { path: name.into(), bytes: Some(text.into_bytes()), notes: Vec::new() }
}

/// Returns the deployment with every value in its place. Each value is its own number.
fn deployment(values: &[(Where, usize)], new: bool) -> Deployment {
    let at = |place: Where| values.iter().enumerate().filter(move |(_, (one, _))| *one == place);
    let lines = |place: Where, sign: &str| -> String {
        at(place).map(|(number, (_, key))| format!("{}{sign}{number}", KEYS[*key]) + "\n").collect::<Vec<_>>().concat()
    };
    let documents = |own: Where, tagged: fn(usize) -> Where, sign: &str, separator: &str| {
        let mut text = format!("unused.key{sign}1\n{}", lines(own, sign));
        for (profile, name) in PROFILES.iter().enumerate() {
            let tag = if new { "spring.config.activate.on-profile" } else { "spring.profiles" };
            text.extend([separator, "\n", tag, sign, *name, "\n", &lines(tagged(profile), sign)]);
        }
        text
    };
    let application = if new { documents(Where::File, Where::Tagged, "=", "#---") } else { lines(Where::File, "=") };
    let yaml = documents(Where::Yaml, Where::YamlTagged, ": ", "---");
    let profile = |name: &&str| (*name).to_owned();
    let mut wrapper = vec![
        "wrapper.app.parameter.1=org.springframework.boot.loader.JarLauncher".to_owned(),
        "wrapper.app.parameter.2=--spring.config.location=classpath:/,../conf/".to_owned(),
    ];
    for (at, (number, (_, key))) in at(Where::Argument).enumerate() {
        wrapper.push(format!("wrapper.app.parameter.{}=--{}={number}", at + 3, KEYS[*key]));
    }
    for (at, (number, (_, key))) in at(Where::System).enumerate() {
        wrapper.push(format!("wrapper.java.additional.{}=-D{}={number}", at + 1, KEYS[*key]));
    }
    let mut variables: Vec<(String, String)> = at(Where::Variable)
        .map(|(number, (_, key))| (KEYS[*key].to_uppercase().replace('.', "_"), number.to_string()))
        .collect();
    let json: Vec<_> = at(Where::Json).map(|(number, (_, key))| format!("\"{}\": {number}", KEYS[*key])).collect();
    variables.push(("SPRING_APPLICATION_JSON".to_owned(), format!("{{{}}}", json.join(", "))));
    let variable = |(name, value): (String, String)| Variable {
        name,
        value: Secret::new(value),
        file: None,
        line: None,
        object: None,
        changed: None,
    };
    let section = |profiles: Vec<String>, place| Section {
        profiles,
        values: at(place).map(|(number, (_, key))| (KEYS[*key].to_owned(), number.to_string())).collect(),
    };
    let mut sections = vec![section(Vec::new(), Where::Jar)];
    sections.extend(PROFILES.iter().enumerate().map(|(at, name)| section(vec![profile(name)], Where::JarSection(at))));
    let numbered = || PROFILES.iter().enumerate();
    Deployment {
        wrapper: base("wrapper.conf", wrapper.join("\n")),
        profile_files: numbered()
            .map(|(at, name)| ProfileFile {
                profile: profile(name),
                base: base(&format!("application-{name}.properties"), lines(Where::ProfileFile(at), "=")),
            })
            .collect(),
        yaml_files: numbered()
            .map(|(at, name)| YamlFile {
                profile: Some(profile(name)),
                base: base(&format!("application-{name}.yml"), lines(Where::ProfileYaml(at), ": ")),
            })
            .chain([YamlFile { profile: None, base: base("application.yml", yaml) }])
            .collect(),
        jar: Some(Jar { path: "score-server.jar".into(), sections }),
        environment: Some(Environment {
            origin: EnvironmentOrigin::Process(1),
            variables: variables.into_iter().map(variable).collect(),
        }),
        ..Deployment::of_file(base("application.properties", application))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn the_strongest_place_counts(
        values in vec((anywhere(), 0..KEYS.len()), 0..14),
        order in Just(vec![0, 1, 2]).prop_shuffle(),
        count in 0..=3_usize,
        release in proptest::sample::select(Release::ALL.to_vec()),
    ) {
        let new = release >= Release::R5_11;
        // Two values in one place are a different case.
        let mut once: Vec<(Where, usize)> = Vec::new();
        for value in values {
            if !once.contains(&value) { once.push(value) }
        }
        let active = &order[..count];
        let stand = Launch {
            release,
            start: Launcher::Wrapper,
            profiles: active.iter().map(|at| PROFILES[*at].to_owned()).collect(),
        };
        let view = View::of(&deployment(&once, new), &stand);
        for (at, key) in KEYS.iter().enumerate() {
            let ranked = once.iter().enumerate().filter(|(_, (_, key))| *key == at);
            let mut ranked: Vec<_> =
                ranked.filter_map(|(number, (place, _))| Some((rank(*place, new, active)?, number))).collect();
            ranked.sort_unstable();
            let seen = view.value(key, Spelling::Relaxed);
            let wanted = ranked.last().map(|(_, number)| number.to_string());
            prop_assert_eq!(seen.as_ref().map(|seen| seen.value.for_file()), wanted.as_deref());
            let overridden = seen.map_or(0, |seen| seen.overridden.len());
            prop_assert_eq!(overridden, ranked.len().saturating_sub(1), "all others are told");
        }
    }
}

fn variables(pairs: &[(&str, &str)]) -> Environment {
    let variable = |(name, value): &(&str, &str)| Variable {
        name: (*name).to_owned(),
        value: Secret::new(*value),
        file: None,
        line: None,
        object: None,
        changed: None,
    };
    Environment { origin: EnvironmentOrigin::Process(1), variables: pairs.iter().map(variable).collect() }
}

fn seen(deployment: &Deployment, release: Release, start: Launcher, key: &str) -> Option<String> {
    let view = View::of(deployment, &Launch::of(deployment, release, start));
    let spelling = score_setup::score::setting(key).map_or(Spelling::Relaxed, score_setup::score::Setting::spelling);
    view.value(key, spelling).map(|seen| seen.value.for_file().to_owned())
}

/// Observed on Score 5.9 to 5.12.
#[test]
fn a_variable_stands_for_a_key_only_by_these_names() {
    for (name, key, binds) in [
        ("S3_ACCESSKEY", "s3.accessKey", true),
        ("s3_accesskey", "s3.accessKey", true),
        ("S3_ACCESS_KEY", "s3.accessKey", true),
        ("S3_SIG_V4_ENABLED", "s3.sigV4Enabled", true),
        ("S3_SIGV4_ENABLED", "s3.sigV4Enabled", false),
        ("UPLOAD_PART_SIZE", "upload.partsize", false),
        ("upload_partsize", "upload.partsize", true),
        ("bucket.name.object", "bucket.name.object", true),
        ("S3_PRESIGNEDURL_OVERRIDE_HOST", "s3.preSignedUrl.override.host", true),
        ("s3_preSignedUrl_override_host", "s3.preSignedUrl.override.host", true),
        ("s3_presignedurl_override_host", "s3.preSignedUrl.override.host", false),
        ("AUTH_SERVER_CLIENTID", "auth.server.clientID", true),
        ("AUTH_SERVER_CLIENT_ID", "auth.server.clientID", false),
        ("AWS_ACCESS_KEY_ID", "s3.accessKey", false),
    ] {
        let environment = Some(variables(&[(name, "here")]));
        let deployment =
            Deployment { environment, ..Deployment::of_file(base("application.properties", String::new())) };
        let found = seen(&deployment, Release::R5_11, Launcher::Wrapper, key);
        assert_eq!(found.as_deref() == Some("here"), binds, "{name}");
    }
    let both = variables(&[("S3_ACCESS_KEY", "with"), ("S3_ACCESSKEY", "without")]);
    let deployment =
        Deployment { environment: Some(both), ..Deployment::of_file(base("application.properties", String::new())) };
    assert_eq!(seen(&deployment, Release::R5_11, Launcher::Wrapper, "s3.accessKey").as_deref(), Some("without"));
}

/// Observed on Score 5.11: the start fails because the value contains both endpoints.
#[test]
fn an_argument_that_stands_twice_is_a_list() {
    let text = "wrapper.app.parameter.1=Main\nwrapper.app.parameter.2=--s3.endpoint=a\n\
                wrapper.app.parameter.3=--spring.profiles.active=one\nwrapper.app.parameter.4=--s3.endpoint=b\n\
                wrapper.app.parameter.5=--spring.profiles.active=two\n";
    let wrapper = base("wrapper.conf", text.to_owned());
    let deployment = Deployment { wrapper, ..Deployment::of_file(base("application.properties", String::new())) };
    assert_eq!(seen(&deployment, Release::R5_11, Launcher::Wrapper, "s3.endpoint").as_deref(), Some("a,b"));
    assert_eq!(Launch::of(&deployment, Release::R5_11, Launcher::Wrapper).profiles, ["one", "two"]);
}

/// Observed on Score 5.9 to 5.12, in what they log of their profiles.
#[test]
fn profiles_are_taken_up_in_this_order() {
    let of = |text: &str, release| {
        let deployment = Deployment::of_file(base("application.properties", text.to_owned()));
        Launch::of(&deployment, release, Launcher::Jar).profiles.join(",")
    };
    let text = "spring.profiles.active=prod,amazon\nspring.profiles.include=bb\n";
    assert_eq!(of(text, Release::R5_12), "bb,prod,amazon");
    // The jar's section for `amazon` includes `prod`.
    assert_eq!(of("spring.profiles.active=amazon,secure\n", Release::R5_10), "amazon,prod,secure");
    assert_eq!(of("spring.profiles.active=amazon,secure\n", Release::R5_11), "amazon,secure");
    assert_eq!(of(text, Release::R5_10), "bb,prod,amazon");
    let group = "spring.profiles.active=a,b\nspring.profiles.group.a=x,y\n";
    assert_eq!((of(group, Release::R5_11).as_str(), of(group, Release::R5_10).as_str()), ("a,x,y,b", "a,b"));
}

/// The command of the image sets a location, and Spring Boot 2.1 reads no other one in addition.
#[test]
fn the_image_reads_no_file_but_where_a_variable_adds_its_folder_from_5_11_on() {
    let application = base("application.properties", "s3.endpoint=http://file\n".to_owned());
    let plain = Deployment::of_file(application);
    let added = Deployment {
        environment: Some(variables(&[("SPRING_CONFIG_ADDITIONAL_LOCATION", "file:/conf/")])),
        ..plain.clone()
    };
    let jar = Some("s3-external-1.amazonaws.com".to_owned());
    assert_eq!(seen(&plain, Release::R5_11, Launcher::Docker, "s3.endpoint"), jar);
    assert_eq!(seen(&added, Release::R5_10, Launcher::Docker, "s3.endpoint"), jar);
    assert_eq!(seen(&added, Release::R5_11, Launcher::Docker, "s3.endpoint").as_deref(), Some("http://file"));
    // An operator's answers are in the file anyway. The values of the jar are not answers.
    let stand = Launch::of(&plain, Release::R5_11, Launcher::Docker);
    let answers = View::answers(&plain, &stand);
    let told = |key: &str| answers.value(key, Spelling::Relaxed).map(|seen| seen.value.for_file().to_owned());
    assert_eq!((told("s3.endpoint").as_deref(), told("object.sentinel")), (Some("http://file"), None));
}

#[test]
fn vault_is_switched_before_the_file_is_read() {
    let application = base("application.properties", "spring.cloud.vault.enabled=false\n".to_owned());
    let bootstrap = base("bootstrap.properties", "spring.cloud.vault.enabled=no\n".to_owned());
    let plain = Deployment::of_file(application);
    let key = "spring.cloud.vault.enabled";
    assert_eq!(seen(&plain, Release::R5_11, Launcher::Wrapper, key), None);
    assert_eq!(seen(&plain, Release::R5_11, Launcher::Docker, key).as_deref(), Some("false"));
    let with = Deployment { bootstrap, ..plain };
    assert_eq!(seen(&with, Release::R5_11, Launcher::Wrapper, key).as_deref(), Some("no"));
}

#[test]
fn more_placeholders_than_anybody_writes_are_not_filled_in_and_end_nothing() {
    let filled = |text: &str| {
        let view = View::of_file(&Document::parse(text.as_bytes()).unwrap());
        let value = view.value("value", Spelling::Exact).unwrap().value;
        view.resolved(&value).map(|filled| filled.for_file().to_owned())
    };
    assert_eq!(filled("a=${b}-${b}\nb=x\nvalue=<${a}|${b}>\n"), Some("<x-x|x>".to_owned()));
    assert_eq!(filled(&format!("a=x\nvalue={}\n", "${a}".repeat(200_000))), None);
    let tenfold = |name: u8| format!("{}={}\n", char::from(name), format!("${{{}}}", char::from(name + 1)).repeat(10));
    let grows: String = (b'a'..b'h').map(tenfold).collect();
    assert_eq!(filled(&format!("{grows}h=\nvalue=${{b}}\n")), None);
}
