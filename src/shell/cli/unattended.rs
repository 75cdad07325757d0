//! Describes the commands without a terminal, each with its arguments.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand, ValueEnum};

use super::{budget, command_name, duration, file_size};
use crate::{score::Id, store::tune::Budget};

/// The commands without a terminal.
#[derive(Debug, Subcommand, PartialEq, Eq)]
pub enum Unattended {
    /// Test and write without a terminal, from an answers file
    Apply(ApplyArgs),
    /// Show the effective value of each setting, its source, and the sources it overrides
    Show(ShowArgs),
    /// Report what is wrong in the files, with line and consequence
    Lint(LintArgs),
    /// Test the store of an existing configuration as Score uses it
    Check(CheckArgs),
    /// Explain a finding, a line of a log or a pre-signed URL
    Explain(ExplainArgs),
    /// Combine show, lint and check in one page for a ticket, without secrets
    Report(ReportArgs),
    /// Measure transfers on the store, and advise a part size
    Tune(TuneArgs),
    /// Replace the keys of a running Score, tested before and after
    Rotate(RotateArgs),
    /// Restore the files from a backup
    Restore(RestoreArgs),
    /// Write the same configuration in another form: env files, compose, Kubernetes, Helm or systemd
    Write(WriteArgs),
    /// Print the completions for a shell
    Completions(CompletionsArgs),
    /// Print a manual page
    Man(ManArgs),
}

#[derive(Debug, Args, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct ApplyArgs {
    /// The answers, in TOML; - reads standard input
    #[arg(long, value_name = "FILE")]
    pub answers: PathBuf,
    /// Answer a setting, provider or region, over the file. Not for secrets, because all users can see arguments
    #[arg(long, value_name = "KEY=VALUE", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// A Score folder, its conf/ or a properties file [default: the working directory]
    #[arg(long)]
    pub conf: Option<PathBuf>,
    /// Run the checks without writing anything, and print the difference
    #[arg(long)]
    pub dry_run: bool,
    /// Only write; run no checks and create nothing
    #[arg(long)]
    pub no_check: bool,
    /// Write although checks failed; a comment in the file says so, and the exit code is 3
    #[arg(long)]
    pub write_anyway: bool,
    /// Print one JSON document instead of the difference
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct LintArgs {
    /// A Score folder, its conf/ or a properties file; an env file, a compose file, Kubernetes objects, /proc/PID of a
    /// running Score, or - for standard input [default: the working directory]
    pub conf: Vec<PathBuf>,
    /// Print one JSON document instead of the text
    #[arg(long)]
    pub json: bool,
    /// Fix how names and values are written: quotes, spaces, comments after values, a byte order mark, misspelled names
    #[arg(long, conflicts_with = "json")]
    pub fix: bool,
    /// Write the fixes without asking
    #[arg(long, requires = "fix")]
    pub yes: bool,
    /// Only print the difference that the fixes would make
    #[arg(long, requires = "fix", conflicts_with = "yes")]
    pub dry_run: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CheckArgs {
    /// A Score folder, its conf/ or a properties file; an env file, a compose file, Kubernetes objects, /proc/PID of a
    /// running Score, or - for standard input [default: the working directory]
    pub conf: Vec<PathBuf>,
    /// Ask a running Score as its clients do; with one CONF, also check whether it uses that configuration
    #[arg(long, value_name = "URL", conflicts_with = "read_only")]
    pub score: Vec<String>,
    /// Write nothing to the store; uploads are then not tested
    #[arg(long)]
    pub read_only: bool,
    /// Also read the settings of the buckets or the container that may hurt Score later: lifecycle, versions, lock,
    /// encryption, public access, quota, browsers. What the keys of Score may not read of S3 is read with
    /// `ADMIN_ACCESS_KEY` and `ADMIN_SECRET_KEY`
    #[arg(long, conflicts_with = "score")]
    pub store_settings: bool,
    /// Print one line, only if something is wrong
    #[arg(long)]
    pub quiet: bool,
    /// Repeat the checks until they pass, at most this long, such as 90s or 5min; print one line per change
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Accept these notes: they stay visible, but the verdict does not warn of them. A failure stays a failure
    #[arg(long, value_name = "ID,ID", value_delimiter = ',')]
    pub accept: Vec<Id>,
    /// The form of the output [default: text]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// The forms of the output of `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Prometheus,
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct ShowArgs {
    /// A Score folder, its conf/ or a properties file; an env file, a compose file, Kubernetes objects, /proc/PID of a
    /// running Score, or - for standard input [default: the working directory]
    pub conf: Vec<PathBuf>,
    /// Print one JSON document instead of the table
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct ExplainArgs {
    /// A finding's id such as P43, a line of Score's or score-client's log, or a pre-signed URL; - reads standard input
    #[arg(required = true)]
    pub what: Vec<String>,
}

#[derive(Debug, Args, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct ReportArgs {
    /// A Score folder, its conf/ or a properties file; an env file, a compose file, Kubernetes objects, /proc/PID of a
    /// running Score, or - for standard input [default: the working directory]
    pub conf: Option<PathBuf>,
    /// Write the report to this new file (0600); on a terminal, it is shown first and needs approval
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the names of hosts, buckets, accounts and users, each by the same stand-in everywhere
    #[arg(long)]
    pub hide_hosts: bool,
    /// Also test uploads, with scratch objects that are removed afterwards. Without this flag, nothing is written to the store
    #[arg(long, conflicts_with = "no_check")]
    pub prove: bool,
    /// Do not contact the store
    #[arg(long)]
    pub no_check: bool,
    /// Print one JSON document instead of the page
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct TuneArgs {
    /// A Score folder, its conf/ or a properties file [default: the working directory]
    pub conf: Option<PathBuf>,
    /// The most time and the most bytes, both together or one of them
    #[arg(long, value_name = "TIME,SIZE", value_parser = budget, default_value = "20s,512MiB")]
    pub budget: Budget,
    /// The size of a file for the table of part sizes
    #[arg(long, value_name = "SIZE", value_parser = file_size, default_value = "100GiB")]
    pub file: u64,
    /// Do not ask, even if a Score runs with this configuration
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
#[expect(clippy::doc_markdown, reason = "the help shows the names of variables as they are")]
pub struct RotateArgs {
    /// A Score folder, its conf/, a properties file or an env file [default: the working directory]
    pub conf: Option<PathBuf>,
    /// An answers file with the new keys; nothing else in it is used; - reads standard input. Without it, the new keys
    /// come from NEW_ACCESS_KEY and NEW_SECRET_KEY (Azure: NEW_ACCOUNT_KEY), or else from standard input, as any tool
    /// prints them
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// The running Score that takes the new keys [default: the port of the configuration on this machine]
    #[arg(long, value_name = "URL")]
    pub score: Option<String>,
    /// Wait at most this long until the running Score uses the new keys, such as 90s or 30min; 0s does not wait
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "10min")]
    pub wait: Duration,
    /// Do not ask, even if the old secret stops working at the same time
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
#[expect(clippy::doc_markdown, reason = "the help shows the names of variables as they are")]
pub struct RestoreArgs {
    /// A Score folder, its conf/, a properties file or an env file
    pub conf: PathBuf,
    /// A backup file, or the time of a backup [default: the newest]; with --lifecycle, the file with the former rules
    pub backup: Option<PathBuf>,
    /// Put the former lifecycle rules of this bucket back instead, with the keys of the configuration, or with
    /// ADMIN_ACCESS_KEY and ADMIN_SECRET_KEY
    #[arg(long, value_name = "BUCKET", requires = "backup", conflicts_with = "list")]
    pub lifecycle: Option<String>,
    /// List the backups and what restoring each one would change
    #[arg(long)]
    pub list: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct WriteArgs {
    /// A Score folder, its conf/ or a properties file; an env file, a compose file, Kubernetes objects, /proc/PID of a
    /// running Score, or - for standard input [default: the working directory]
    pub conf: Option<PathBuf>,
    /// The form to write
    #[arg(long, value_enum, value_name = "FORM")]
    pub to: TargetForm,
    /// Take the settings from an answers file instead; - for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "conf")]
    pub answers: Option<PathBuf>,
    /// Write the files into this folder (0600), which is made if it is not there, secrets in one of their own. Without it, the part without secrets is printed
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

/// The forms that `write` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetForm {
    Env,
    Compose,
    Kubernetes,
    HelmValues,
    Systemd,
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct CompletionsArgs {
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct ManArgs {
    /// The command that the page is about [default: the program]
    #[arg(value_parser = command_name)]
    pub command: Option<String>,
}
