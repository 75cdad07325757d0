//! Replaces the keys of a deployment where Score reads them, and changes nothing else.

use crate::{
    answers::draft::Problem,
    forms::{
        EnvironmentOrigin, Variable,
        env_file::{EnvFile, EnvFileReader, written},
        in_place::{WantedVariable, is_part},
    },
    install::{
        deployment::{Deployment, Launch},
        spring::{SourcePosition, View},
    },
    score::{Id, Setting},
    text::{properties::Document, secret::Secret, values::placeholder},
    wizard::proposal::{files::put_into_object, in_place, variables},
};

/// Returns the deployment with these values in place of the effective ones. The values are as a file contains them,
/// before its escapes.
///
/// # Errors
/// Returns a problem if a value is not in a file that this program changes, or if another source would override it.
pub fn rotated(
    working: &Deployment,
    launch: &Launch,
    keys: &[(&'static Setting, Secret)],
) -> Result<Deployment, Problem> {
    let mut after = working.clone();
    for (setting, value) in keys {
        let name = setting.name(launch.release);
        let seen = View::answers(&after, launch).value(name, setting.spelling());
        let Some(seen) = seen else {
            return Err(refused(setting, "nothing in this configuration sets it. Set it with score-setup apply"));
        };
        if seen.value.shape(|text| placeholder::resolve(text).is_none()) {
            let why = format!("it is a placeholder (${{…}}) in {}. Change the value that it refers to", seen.place);
            return Err(refused(setting, &why));
        }
        if seen.value != *value {
            replace(&mut after, &seen.place, setting, name, value)?;
        }
        let seen = View::answers(&after, launch).value(name, setting.spelling());
        if let Some(seen) = seen.filter(|seen| seen.value != *value) {
            return Err(refused(setting, &format!("{} overrides it", seen.place)));
        }
    }
    Ok(after)
}

/// Replaces one value at its position.
fn replace(
    after: &mut Deployment,
    place: &SourcePosition,
    setting: &'static Setting,
    name: &str,
    value: &Secret,
) -> Result<(), Problem> {
    let place_name = match place {
        SourcePosition::Variable { file: Some(file), line: Some(line), .. } => {
            format!("{place} in {}, line {line}", file.display())
        }
        place => place.to_string(),
    };
    let elsewhere =
        || refused(setting, &format!("it comes from {place_name}, which score-setup does not change. Change it there"));
    match place {
        SourcePosition::Line { file, .. } => {
            let of_profiles = after.profile_files.iter_mut().map(|one| &mut one.base);
            let mut bases = [&mut after.application].into_iter().chain(of_profiles);
            let base = bases.find(|base| base.path == *file).ok_or_else(elsewhere)?;
            let mut document = Document::parse(base.bytes.as_deref().unwrap_or_default())
                .map_err(|bad| Problem::new(Id::P07, vec![setting.key], format!("{}: {bad}.", file.display())))?;
            document.set(name, setting.spelling(), value.for_file());
            base.bytes = Some(document.to_bytes());
            let base = base.clone();
            // The file may be a part of an object.
            if is_part(file) && !put_into_object(&mut after.sources.clone(), &base) {
                return Err(elsewhere());
            }
            Ok(())
        }
        SourcePosition::Variable { name, file, line } => {
            let base = variables::file(after).clone();
            let of_it = file.as_deref() == Some(base.path.as_path());
            if !of_it || base.bytes.is_none() {
                let secret = setting.secret();
                let wanted = WantedVariable { names: vec![name.clone()], value: value.clone(), secret };
                *after = in_place::replaced(after, &wanted, &|why| refused(setting, why)).ok_or_else(elsewhere)??;
                return Ok(());
            }
            let bytes = base.bytes.filter(|_| of_it).ok_or_else(elsewhere)?;
            let environment = after.environment.as_mut().ok_or_else(elsewhere)?;
            let reader = match &environment.origin {
                EnvironmentOrigin::File(_) => EnvFileReader::Both,
                EnvironmentOrigin::Compose { .. } => EnvFileReader::Compose,
                _ => return Err(elsewhere()),
            };
            let text = written(value.for_file(), reader).map_err(|why| refused(setting, why))?;
            let mut lines = EnvFile::parse(&bytes);
            lines.set(std::slice::from_ref(name), &text);
            let bytes = lines.to_bytes();
            let of_line = |one: &&mut Variable| one.name == *name && one.line == *line;
            environment.variables.iter_mut().filter(of_line).for_each(|one| one.value = value.clone());
            if let EnvironmentOrigin::File(given) = &mut environment.origin {
                given.bytes = Some(bytes.clone());
            }
            if after.variables.path == base.path {
                after.variables.bytes = Some(bytes);
            }
            Ok(())
        }
        SourcePosition::Argument { .. } | SourcePosition::Jar { .. } => Err(elsewhere()),
    }
}

fn refused(setting: &'static Setting, why: &str) -> Problem {
    Problem::new(Id::T56, vec![setting.key], format!("{} was not replaced: {why}.", setting.key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        forms::{Base, Environment, Source, read_variables},
        install::deployment::{Launcher, ProfileFile},
        score::{Release, key, setting},
    };

    const OLD: &str = "s3.accessKey=old\ns3.secretKey = oldsecret\n# end";

    fn base(path: &str, text: &str) -> Base {
        Base { path: path.into(), bytes: Some(text.as_bytes().to_vec()), notes: Vec::new() }
    }

    fn rotate(deployment: &Deployment, start: Launcher, profiles: &[&str]) -> Result<Deployment, Problem> {
        let profiles = profiles.iter().map(|profile| (*profile).to_owned()).collect();
        let launch = Launch { release: Release::R5_11, start, profiles };
        let new = |key, value: &str| (setting(key).unwrap(), Secret::new(value));
        rotated(deployment, &launch, &[new(key::S3_ACCESS_KEY, "new"), new(key::S3_SECRET_KEY, "newsecret")])
    }

    fn text(base: &Base) -> &str {
        std::str::from_utf8(base.bytes.as_deref().unwrap()).unwrap()
    }

    #[test]
    fn only_the_values_change_where_score_reads_them() {
        let mut deployment = Deployment::of_file(base("conf/application.properties", OLD));
        let after = rotate(&deployment, Launcher::Wrapper, &["prod"]).unwrap();
        assert_eq!(text(&after.application), "s3.accessKey=new\ns3.secretKey = newsecret\n# end");
        assert_eq!(after.profile_files, deployment.profile_files);
        // The file of an active profile overrides it.
        let base = base("conf/application-prod.properties", "s3.secret-key=oldsecret\n");
        deployment.profile_files = vec![ProfileFile { profile: "prod".to_owned(), base }];
        let after = rotate(&deployment, Launcher::Wrapper, &["prod"]).unwrap();
        assert_eq!(text(&after.application), "s3.accessKey=new\ns3.secretKey = oldsecret\n# end");
        assert_eq!(text(&after.profile_files[0].base), "s3.secret-key=newsecret\n");
    }

    #[test]
    fn a_file_of_variables_keeps_the_rest_and_other_files_are_named() {
        let lines = "# mine\nS3_ACCESSKEY=old\nS3_SECRET_KEY=oldsecret\nS3_ENDPOINT=http://h\n";
        let at = |file: &str, line, name: &str, value: &str| Variable {
            file: Some(file.into()),
            line: Some(line),
            ..Variable::new(name, value)
        };
        let with = |secret: &str, origin| {
            let mut deployment = Deployment::of_file(Base::absent("conf/application.properties".into()));
            deployment.variables = base("conf/.env.score", lines);
            let variables = vec![
                at("conf/common.env", 1, "BUCKET_NAME_OBJECT", "o"),
                at("conf/.env.score", 2, "S3_ACCESSKEY", "old"),
                at(secret, 3, "S3_SECRET_KEY", "oldsecret"),
            ];
            deployment.environment = Some(Environment { origin, variables });
            deployment
        };
        let compose = || EnvironmentOrigin::Compose { path: "conf/compose.yaml".into(), service: "score".into() };
        let origins = [compose(), EnvironmentOrigin::File(base("conf/.env.score", lines))];
        for origin in origins {
            let after = rotate(&with("conf/.env.score", origin), Launcher::Docker, &[]).unwrap();
            let wanted = "# mine\nS3_ACCESSKEY=new\nS3_SECRET_KEY=newsecret\nS3_ENDPOINT=http://h\n";
            assert_eq!(text(&after.variables), wanted);
            assert_eq!(after.environment.unwrap().variables.len(), 3);
        }
        let refused = rotate(&with("conf/secrets.env", compose()), Launcher::Docker, &[]).unwrap_err();
        assert!(refused.message.contains("S3_SECRET_KEY in conf/secrets.env, line 3"), "{}", refused.message);
    }

    #[test]
    fn a_compose_file_is_changed_in_place() {
        let before = "services:\n  score:\n    image: ghcr.io/overture-stack/score-server:5.11.0  # mine\n    environment:\n      \
                      S3_ACCESSKEY: old\n      S3_SECRETKEY: \"oldsecret\"\n      S3_ENDPOINT: http://h\n";
        let path = std::path::Path::new("conf/compose.yaml");
        let source = Source { path, bytes: before.as_bytes(), open: &|_| None };
        let mut deployment = Deployment::of_file(Base::absent("conf/application.properties".into()));
        let variables = read_variables(&source).unwrap();
        let origin = EnvironmentOrigin::Compose { path: path.into(), service: "score".into() };
        deployment.environment = Some(Environment { origin, variables });
        deployment.sources = vec![base("conf/compose.yaml", before)];
        let after = rotate(&deployment, Launcher::Docker, &[]).unwrap();
        let changes = crate::wizard::proposal::edited(&deployment, &after);
        let wanted = before.replace("\"oldsecret\"", "newsecret").replace("KEY: old\n", "KEY: new\n");
        let found = std::str::from_utf8(&changes[0].after).unwrap();
        assert_eq!(found.replace(['"', '\''], ""), wanted);
        assert_eq!(changes.len(), 1);
    }

    #[test]
    fn what_is_not_set_here_is_refused_with_its_source() {
        for (text, told) in [
            ("s3.accessKey=old\n", "nothing in this configuration sets it"),
            ("s3.accessKey=old\ns3.secretKey=${VAULT}\n", "it is a placeholder"),
        ] {
            let deployment = Deployment::of_file(base("conf/application.properties", text));
            let refused = rotate(&deployment, Launcher::Wrapper, &[]).unwrap_err();
            assert!(refused.message.contains(told), "{}", refused.message);
        }
    }
}
