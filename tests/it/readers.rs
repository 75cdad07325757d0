//! Proves what `write` writes with the readers of the forms: systemd-analyze, and the schemas of Kubernetes. Without them,
//! these tests say so and pass, except under `CI`.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::forms::{folder, run};

const ENV: &str = "S3_ENDPOINT=http://minio.example.org:9000\nS3_SECRETKEY=c2VjcmV0LWtleQ\nS3_SIGV4ENABLED=true\nSERVER_PORT=8087\nUPLOAD_PARTSIZE=1073741824\n\
                   SPRING_PROFILES_ACTIVE=collaboratory,prod,secure\n";

/// Writes the settings in a form, and returns the folder with its files.
fn written(form: &str) -> tempfile::TempDir {
    let root = folder(&[("score.env", ENV), ("out/x", "")]);
    let ran = run(root.path(), &["write", "--to", form, "--release", "5.11", "--output", "out", "score.env"], "");
    assert_eq!(ran.code, Some(0), "{}", ran.messages);
    root
}

/// Returns the output of a reader, and whether it accepts; `None` if the reader is not on this machine.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so by name")]
fn judged(command: &mut Command, needs: &str) -> Option<(bool, String)> {
    let ran = command.stdin(Stdio::null()).output().ok();
    let told = ran.map(|ran| {
        let text = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        (ran.status.success(), text)
    });
    let told = told.filter(|(_, text)| !text.contains("No module named"));
    if told.is_none() {
        assert!(std::env::var_os("CI").is_none(), "{needs} is needed under CI");
        eprintln!("skipped: {needs} is not on this machine");
    }
    told
}

#[test]
fn systemd_accepts_the_drop_in() {
    let root = written("systemd");
    let out = root.path().join("out");
    let drop_in = fs::read_to_string(out.join("score-setup.conf")).unwrap();
    // The files of variables are where the written steps install them; here they are in this folder.
    let unit = format!(
        "[Unit]\nDescription=Score\n{}ExecStart=/bin/true\n",
        drop_in.replace("/etc/score", &out.display().to_string())
    );
    fs::write(out.join("score.service"), unit).unwrap();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", "score.service"]).current_dir(&out);
    let Some((accepted, text)) = judged(&mut verify, "systemd-analyze") else { return };
    assert!(accepted && !text.contains("score.service:"), "{text}");
    fs::write(out.join("score.service"), "[Service]\nNo=1\nExecStart=/bin/true\nEnvironment=\"A\n").unwrap();
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--man=no", "score.service"]).current_dir(&out);
    let told = judged(&mut verify, "systemd-analyze");
    assert!(told.is_some_and(|(_, text)| text.contains("score.service:")), "systemd-analyze reports nothing");
}

fn kubernetes(file: &Path) -> Option<(bool, String)> {
    let python = std::env::var("SCORE_SETUP_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut validate = Command::new(python);
    validate.args(["-m", "kubernetes_validate", "--strict"]).arg(file);
    judged(&mut validate, "kubernetes-validate")
}

#[test]
fn kubernetes_accepts_the_objects() {
    let root = written("kubernetes");
    let out = root.path().join("out");
    for name in ["score-config.yaml", "score-secret.yaml"] {
        let Some((accepted, text)) = kubernetes(&out.join(name)) else { return };
        assert!(accepted, "{name}: {text}");
    }
    let number = fs::read_to_string(out.join("score-config.yaml")).unwrap().replace("\"8087\"", "8087");
    fs::write(out.join("number.yaml"), number).unwrap();
    assert!(kubernetes(&out.join("number.yaml")).is_some_and(|(accepted, _)| !accepted), "a number is accepted");
}
