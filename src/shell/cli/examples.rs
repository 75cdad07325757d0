//! The examples in the help and in the manual pages, one table per command. Each line can be run as it is.

/// A command line, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    pub line: &'static str,
    pub does: &'static str,
}

const fn example(line: &'static str, does: &'static str) -> Example {
    Example { line, does }
}

/// The examples of the wizard, and of each command by its name.
const ROOT: &[Example] = &[
    example("score-setup", "the wizard, on what is found on this machine"),
    example("score-setup /opt/score-server-5.11.0", "the wizard, on that installation"),
    example("score-setup apply --answers score.toml", "the same without a terminal"),
    example("score-setup show /opt/score-server-5.11.0", "the effective value of each setting, and its source"),
    example("score-setup lint /opt/score-server-5.11.0", "what is wrong in its files"),
    example("score-setup check /opt/score-server-5.11.0", "whether the store works as Score uses it"),
    example(
        "score-setup check --score https://score.example.org",
        "whether that Score works for a client on this machine",
    ),
    example("score-setup explain P43", "a finding; also a line of a log, or a URL"),
    example("score-setup report /opt/score-server-5.11.0", "all of that for a ticket, without secrets"),
    example("score-setup tune /opt/score-server-5.11.0", "measures which part size the store needs"),
    example("score-setup restore /opt/score-server-5.11.0", "restores the files before the last write"),
    example("score-setup sandbox", "a tour of five minutes, against an embedded store"),
];

const COMMANDS: &[(&str, &[Example])] = &[
    (
        "apply",
        &[
            example("score-setup apply --answers score.toml", "test and write, in the working directory"),
            example("score-setup apply --answers score.toml --conf /opt/score-server-5.11.0", "in that installation"),
            example("score-setup apply --answers score.toml --dry-run", "only print what would change"),
            example("score-setup apply --answers score.toml --set bucket.name.object=other", "with another answer"),
            example("generate-answers | score-setup apply --answers -", "answers of another program"),
        ],
    ),
    (
        "show",
        &[
            example("score-setup show /opt/score-server-5.11.0", "all settings of an installation"),
            example("docker inspect score | score-setup show -", "those of a container"),
            example("score-setup show --json .env.score", "those of an env file, for a script"),
        ],
    ),
    (
        "lint",
        &[
            example("score-setup lint /opt/score-server-5.11.0", "one installation; exit code 2 if anything is wrong"),
            example("score-setup lint compose.yaml .env.score", "a compose file and an env file"),
            example("docker inspect score | score-setup lint -", "a container"),
        ],
    ),
    (
        "check",
        &[
            example("score-setup check /opt/score-server-5.11.0", "everything, uploads included"),
            example("score-setup check --read-only --quiet", "for monitoring; prints one line if anything is wrong"),
            example(
                "score-setup check --score https://score.example.org",
                "a running Score, without its configuration",
            ),
            example("score-setup check --store-settings", "also what the store does with the buckets by itself"),
            example("docker inspect score | score-setup check -", "the configuration of a container"),
            example("score-setup check --wait 5min", "until the store works, at most 5 minutes"),
            example("score-setup check /srv/score-a /srv/score-b", "two installations in one table"),
            example("score-setup check --format prometheus > score.prom", "metrics for a node exporter"),
        ],
    ),
    (
        "explain",
        &[
            example("score-setup explain P43", "a finding"),
            example("docker logs score 2>&1 | score-setup explain -", "the lines of a log that are known"),
        ],
    ),
    (
        "report",
        &[
            example("score-setup report /opt/score-server-5.11.0", "print one page"),
            example("score-setup report --hide-hosts --output score.md", "write it to a file, without names of hosts"),
        ],
    ),
    (
        "tune",
        &[
            example("score-setup tune /opt/score-server-5.11.0", "which part size the store needs, measured"),
            example("score-setup tune --budget 60s,2GiB --file 500GiB", "longer, and what it means for such a file"),
        ],
    ),
    (
        "rotate",
        &[
            example(
                "aws iam create-access-key --user-name score | score-setup rotate /opt/score-server-5.11.0",
                "new keys, as another tool prints them",
            ),
            example(
                "score-setup rotate --answers keys.toml --score https://score.example.org",
                "a Score behind a proxy",
            ),
        ],
    ),
    (
        "restore",
        &[
            example("score-setup restore /opt/score-server-5.11.0", "the files before the last write"),
            example("score-setup restore --list /opt/score-server-5.11.0", "only list the backups"),
            example(
                "score-setup restore /opt/score-server-5.11.0 rules.xml --lifecycle score-object",
                "the lifecycle rules of a bucket, as they were kept",
            ),
        ],
    ),
    (
        "write",
        &[
            example("score-setup write --to kubernetes .env.score", "a ConfigMap; secrets are not printed"),
            example("score-setup write --to systemd --output units /opt/score-server-5.11.0", "files for a unit"),
        ],
    ),
    (
        "completions",
        &[
            example("score-setup completions bash > /etc/bash_completion.d/score-setup", "for all users of bash"),
            example(
                "score-setup completions fish > ~/.config/fish/completions/score-setup.fish",
                "for one user of fish",
            ),
        ],
    ),
    (
        "man",
        &[
            example("score-setup man | man -l -", "read the manual page"),
            example("score-setup man check > score-setup-check.1", "save the page of a command"),
        ],
    ),
    ("sandbox", &[example("score-setup sandbox", "find and fix three faults in five minutes")]),
];

/// The meaning of each exit code.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done, or nothing to do"),
    (1, "could not: input, output or the network failed"),
    (2, "the answers, the files or the usage are wrong"),
    (3, "a check failed"),
    (4, "refused: the file changed after it was read"),
    (101, "a fault of this program"),
    (130, "the operator left"),
];

const ANSWERS_FILE: &str = "

An answers file:
  provider = \"minio\"
  release  = \"5.11\"

  [settings]
  \"s3.endpoint\"        = \"http://minio.example.org:9000\"
  \"s3.accessKey\"       = { env = \"SCORE_KEY\" }
  \"s3.secretKey\"       = { file = \"/run/secrets/score\" }
  \"bucket.name.object\" = \"score-object\"
  \"bucket.name.state\"  = \"score-state\"
  \"metadata.url\"       = \"https://song.example.org\"

  [create]
  buckets  = true
  sentinel = true";

/// Returns the examples of a command by its name; those of the wizard by the name of the program.
#[must_use]
pub fn examples(command: &str) -> &'static [Example] {
    COMMANDS.iter().find(|(name, _)| *name == command).map_or(ROOT, |(_, examples)| examples)
}

/// Formats the examples of a command for its help.
pub(super) fn help(command: &str) -> String {
    let rows = examples(command).iter().map(|Example { line, does }| format!("\n  {line}\n      {does}"));
    let answers_file = if command == "apply" { ANSWERS_FILE } else { "" };
    format!("Examples:{}{answers_file}", rows.collect::<String>())
}

/// Formats the exit codes for the help of the program.
pub(super) fn exit_codes() -> String {
    let rows = EXIT_CODES.iter().map(|(code, meaning)| format!("\n  {code:<3}  {meaning}"));
    format!("Exit codes:{}", rows.collect::<String>())
}
