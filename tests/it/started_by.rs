//! `[deployment] start` with a form: `apply` writes the files of that form, and a second run changes no byte.

use std::fs;

use crate::forms::{folder, run};

const ANSWERS: &str = "provider = \"minio\"\nrelease = \"5.11\"\n[settings]\n\"s3.endpoint\" = \"http://minio.example.org:9000\"\n\
                       \"s3.accessKey\" = \"score\"\n\"s3.secretKey\" = \"canary-secret\"\n\"bucket.name.object\" = \"object\"\n\
                       \"bucket.name.state\" = \"state\"\n\"metadata.url\" = \"https://song.example.org\"\n[deployment]\nstart = ";

const APPLY: [&str; 5] = ["apply", "--no-check", "--answers", "a.toml", "--conf"];

/// The forms, and their files: those with secrets, and the others.
const FORMS: [(&str, &[&str], &[&str], &str); 4] = [
    ("compose", &["score-secret.env"], &["compose.yaml", "score.env"], "docker compose up -d score"),
    ("kubernetes", &["score-secret.yaml"], &["score-config.yaml"], "kubectl rollout restart deployment/score"),
    ("helm-values", &["score-secret-values.yaml"], &["score-values.yaml"], "helm upgrade --install score"),
    ("systemd", &["score-secret.env"], &["score-setup.conf", "score.env"], "systemctl daemon-reload"),
];

#[test]
fn each_form_is_written_with_its_secrets_apart_and_a_second_run_changes_nothing() {
    use std::os::unix::fs::PermissionsExt;
    for (form, hidden, open, step) in FORMS {
        let root = folder(&[("a.toml", &format!("{ANSWERS}\"{form}\"\n")), ("out/x", "")]);
        let first = run(root.path(), &[&APPLY[..], &["out"]].concat(), "");
        assert_eq!(first.code, Some(0), "{form}: {}", first.messages);
        assert!(first.messages.contains(step), "{form}: {}", first.messages);
        let read = |name: &str| fs::read_to_string(root.path().join("out").join(name)).unwrap();
        for name in hidden {
            assert!(read(name).contains("canary-secret"), "{form} {name}");
            let mode = fs::metadata(root.path().join("out").join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{form} {name}");
        }
        for name in open {
            assert!(!read(name).contains("canary-secret"), "{form} {name}");
        }
        assert_eq!(fs::read_dir(root.path().join("out")).unwrap().count(), 1 + hidden.len() + open.len(), "{form}");
        let again = run(root.path(), &[&APPLY[..], &["out"]].concat(), "");
        assert_eq!(again.code, Some(0), "{form}: {}", again.messages);
        assert!(!again.messages.contains("backup") && !again.messages.contains("canary"), "{form}: {}", again.messages);
        assert_eq!(fs::read_dir(root.path().join("out")).unwrap().count(), 1 + hidden.len() + open.len(), "{form}");
    }
}

#[test]
fn a_changed_answer_changes_one_value_and_keeps_the_lines_of_the_operator() {
    for (form, _, open, _) in FORMS.into_iter().filter(|(form, ..)| *form != "compose") {
        let root = folder(&[("a.toml", &format!("{ANSWERS}\"{form}\"\n")), ("out/x", "")]);
        let first = run(root.path(), &[&APPLY[..], &["out"]].concat(), "");
        assert_eq!(first.code, Some(0), "{form}: {}", first.messages);
        let main = root.path().join("out").join(open.last().unwrap());
        let before = format!("{}# kept\n", fs::read_to_string(&main).unwrap());
        fs::write(&main, &before).unwrap();
        let answers = format!("{ANSWERS}\"{form}\"\n").replace("minio.example.org", "s3.example.org");
        fs::write(root.path().join("a.toml"), answers).unwrap();
        let again = run(root.path(), &[&APPLY[..], &["out"]].concat(), "");
        assert_eq!(again.code, Some(0), "{form}: {}", again.messages);
        let after = fs::read_to_string(&main).unwrap();
        assert_eq!(after, before.replace("minio.example.org", "s3.example.org"), "{form}");
    }
}

#[test]
fn a_file_of_another_hand_is_refused_and_the_properties_file_gives_its_values() {
    let root = folder(&[
        ("a.toml", &format!("{ANSWERS}\"kubernetes\"\n").replace("\"bucket.name.object\" = \"object\"\n", "")),
        ("conf/application.properties", "bucket.name.object=from-file\nlogging.level.root=INFO\n"),
        ("conf/score-config.yaml", "kind: ConfigMap\n"),
    ]);
    let refused = run(root.path(), &[&APPLY[..], &["conf"]].concat(), "");
    assert_eq!(refused.code, Some(2), "{}", refused.messages);
    assert!(refused.messages.contains("score-setup did not write it"), "{}", refused.messages);
    fs::remove_file(root.path().join("conf/score-config.yaml")).unwrap();
    let ran = run(root.path(), &[&APPLY[..], &["conf"]].concat(), "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    let map = fs::read_to_string(root.path().join("conf/score-config.yaml")).unwrap();
    assert!(map.contains("BUCKET_NAME_OBJECT: \"from-file\"") && map.contains("LOGGING_LEVEL_ROOT: \"INFO\""), "{map}");
    let properties = fs::read_to_string(root.path().join("conf/application.properties")).unwrap();
    assert_eq!(properties, "bucket.name.object=from-file\nlogging.level.root=INFO\n");
}

#[test]
fn a_secret_object_is_not_written_where_git_would_take_it_up() {
    let root = folder(&[("a.toml", &format!("{ANSWERS}\"kubernetes\"\n")), ("out/x", ""), (".git/x", "")]);
    let ran = run(root.path(), &[&APPLY[..], &["out"]].concat(), "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    assert!(!root.path().join("out/score-secret.yaml").exists());
    assert!(ran.messages.contains("kubectl create secret generic score --from-env-file"), "{}", ran.messages);
    assert!(ran.messages.contains("kubectl apply -f score-config.yaml\n"), "{}", ran.messages);
}

#[test]
fn an_unknown_start_names_all_of_them() {
    let root = folder(&[("a.toml", &format!("{ANSWERS}\"kubernets\"\n")), ("out/x", "")]);
    let ran = run(root.path(), &[&APPLY[..], &["out"]].concat(), "");
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.messages.contains("wrapper, jar, docker, compose, kubernetes, helm-values, systemd")
            && ran.messages.contains("kubernetes may be meant"),
        "{}",
        ran.messages
    );
}
