//! Tests the Ansible role with a real ansible-core, against three deployments and a store in this process.
//! `packaging/ansible/try` installs ansible-core and runs this test.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::store::{ACCESS_KEY, SECRET, Store};

const ROLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/ansible/roles");

/// Runs a playbook with the role. Returns its output, and the lines of its recap.
fn play(folder: &Path, arguments: &[&str]) -> (Output, String) {
    let playbook = env::var_os("SCORE_SETUP_ANSIBLE").expect("packaging/ansible/try sets SCORE_SETUP_ANSIBLE");
    let mut command = Command::new(playbook);
    command
        .args(["-i", "inventory.json", concat!(env!("CARGO_MANIFEST_DIR"), "/packaging/ansible/site.yml")])
        .args(arguments)
        .current_dir(folder)
        .env("ANSIBLE_ROLES_PATH", ROLES)
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_LOCAL_TEMP", folder.join("tmp"))
        .env("ANSIBLE_HOME", folder.join("home"))
        .env("LC_ALL", "C.UTF-8");
    let ran = command.output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(!said.contains(SECRET), "the secret is shown: {said}");
    let (_, recap) = said.split_once("PLAY RECAP").unwrap_or_else(|| panic!("{said}"));
    let recap = recap.to_owned();
    (ran, recap)
}

/// Returns a counter of each host: `one : ok=4 changed=2 unreachable=0 failed=0 …`.
fn counter(recap: &str, name: &str) -> Vec<u64> {
    let count = |host: &&str| {
        let line = recap.lines().find(|line| line.split_whitespace().next() == Some(host))?;
        line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    };
    ["one", "two", "three"].iter().map(|host| count(host).unwrap_or_else(|| panic!("{recap}"))).collect()
}

#[test]
#[ignore = "needs ansible-core: packaging/ansible/try"]
fn the_role_changes_three_deployments_once() {
    let serving = Runtime::new().unwrap();
    let store = serving.block_on(Store::with(&[]));
    let folder = TempDir::new().unwrap();
    let mut hosts = json!({});
    for host in ["one", "two", "three"] {
        let conf = folder.path().join(host).join("score-server-5.11.0/conf");
        fs::create_dir_all(&conf).unwrap();
        hosts[host] = json!({ "score_setup_conf": conf, "bucket": format!("score-{host}") });
    }
    let answers = format!(
        "provider = \"minio\"\n[settings]\n\"s3.endpoint\" = \"{}\"\n\"s3.accessKey\" = \"{ACCESS_KEY}\"\n\
         \"s3.secretKey\" = {{ env = \"SECRET\" }}\n\"bucket.name.object\" = \"{{{{ bucket }}}}\"\n\
         \"bucket.name.state\" = \"{{{{ bucket }}}}-state\"\n\"metadata.url\" = \"https://song.example.org\"\n\
         [create]\nbuckets = true\nsentinel = true\n",
        store.endpoint()
    );
    let inventory = json!({ "score": { "hosts": hosts, "vars": {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "score_setup_binary": env!("CARGO_BIN_EXE_score-setup"),
        "score_setup_path": folder.path().join("score-setup"),
        "score_setup_answers": answers,
        "score_setup_secrets": { "SECRET": SECRET },
    }}});
    fs::write(folder.path().join("inventory.json"), inventory.to_string()).unwrap();
    let files = || {
        let file = |host: &str| folder.path().join(host).join("score-server-5.11.0/conf/application.properties");
        ["one", "two", "three"].map(|host| fs::read_to_string(file(host)).ok())
    };

    let (_, stats) = play(folder.path(), &["--check"]);
    assert_eq!(counter(&stats, "failed"), [0, 0, 0], "{stats}");
    assert_eq!((files(), store.memory.bucket_names()), ([None, None, None], vec![]));

    // One host at a time: all three share the path of the program.
    let (ran, stats) = play(folder.path(), &["--forks", "1"]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert_eq!((counter(&stats, "failed"), counter(&stats, "changed")), (vec![0; 3], vec![2, 1, 1]), "{stats}");
    let written = files();
    for (host, text) in ["one", "two", "three"].iter().zip(&written) {
        assert!(text.as_ref().unwrap().contains(&format!("bucket.name.object=score-{host}\n")));
        assert!(store.memory.object(&format!("score-{host}"), "data/heliograph").is_some());
    }

    for arguments in [[].as_slice(), &["--check"]] {
        let (ran, stats) = play(folder.path(), arguments);
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
        assert_eq!(counter(&stats, "changed"), [0, 0, 0], "{arguments:?} {stats}");
        assert_eq!(files(), written);
    }

    // A change shows in check mode, and is made only without it.
    let other = ["-e", "{\"score_setup_options\": [\"--set\", \"upload.partsize=128 MiB\"]}"];
    let (_, stats) = play(folder.path(), &[other.as_slice(), &["--check"]].concat());
    assert_eq!((counter(&stats, "changed"), files()), (vec![1; 3], written));
    let (_, stats) = play(folder.path(), &other);
    assert_eq!(counter(&stats, "changed"), [1, 1, 1], "{stats}");
    assert!(files().iter().flatten().all(|text| text.contains("upload.partsize=134217728\n")));
    let wrong = ["-e", "{\"score_setup_options\": [\"--set\", \"upload.partsize=nothing\"]}"];
    let (ran, stats) = play(folder.path(), &wrong);
    assert_eq!(counter(&stats, "failed"), [1, 1, 1], "{stats}");
    assert!(String::from_utf8_lossy(&ran.stdout).contains("upload.partsize"), "the reason is shown");
}
