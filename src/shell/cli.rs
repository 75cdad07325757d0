//! Parses the command line, and chooses the shell. Takes no secret, because all users of the machine can see arguments.
//! Knows nothing of what the shells do.

pub mod examples;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{
    ArgMatches, Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, error::ErrorKind,
    parser::ValueSource,
};

use crate::{
    score::{Id, Release, release::UnknownRelease},
    store::files::read_at_most,
    store::{
        probe::{Proxies, Route},
        tune::Budget,
    },
    text::{
        cause,
        suggest::nearest,
        values::number::{bytes_with_unit as bytes, milliseconds_with_unit as milliseconds},
    },
};

/// The size limit of `--ca-file`. All authorities of a browser have a fifth of it.
const MOST: u64 = 1024 * 1024;

/// Sets up object storage for the Score server, tests it live, writes a correct application.properties.
#[derive(Debug, Parser, PartialEq, Eq)]
#[command(version, about)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<CommandChoice>,
    /// A Score folder, its conf/ or a properties file [default: chosen among those that are found]
    pub conf: Option<PathBuf>,
    /// Remove the answers and results that the wizard remembers, and do only that
    #[arg(long, exclusive = true)]
    pub forget: bool,
    #[command(flatten)]
    pub asking: Asking,
    #[command(flatten)]
    pub common: Common,
}

/// The options that choose how the wizard and the sandbox ask.
#[derive(Debug, Clone, Copy, Args, Default, PartialEq, Eq)]
pub struct Asking {
    /// Ask one question after the other, with lists, instead of the full screen
    #[arg(long, conflicts_with = "plain")]
    pub prompts: bool,
    /// Ask in whole lines, for serial lines, screen readers and pipes [default: where the cursor cannot be moved]
    #[arg(long)]
    pub plain: bool,
}

#[derive(Debug, Subcommand, PartialEq, Eq)]
pub enum CommandChoice {
    #[command(flatten)]
    Unattended(Unattended),
    /// Find and fix three faults, with an embedded store and a temporary deployment
    Sandbox(SandboxArgs),
}

#[derive(Debug, Args, PartialEq, Eq)]
pub struct SandboxArgs {
    /// Keep the temporary folder, and print its path at the end
    #[arg(long)]
    pub keep: bool,
    #[command(flatten)]
    pub asking: Asking,
}

/// The ids of all shared options.
const SHARED: &[&str] = &["release", "connect_to", "ca_file", "patient", "log", "color"];

/// The shared options that each command uses; the wizard uses all. The others are hidden in its help, and refused.
const USED: &[(&str, &[&str])] = &[
    ("apply", SHARED),
    ("show", &["release", "color"]),
    ("lint", &["release", "color"]),
    ("check", SHARED),
    ("explain", &["color"]),
    ("report", SHARED),
    ("tune", SHARED),
    ("rotate", SHARED),
    ("restore", SHARED),
    ("write", &["release", "color"]),
    ("completions", &["color"]),
    ("man", &["color"]),
    // The store of the sandbox is embedded, so no route can be set.
    ("sandbox", &["release", "log", "color"]),
];

/// The shared options of `restore` without `--lifecycle`, which asks no store.
const USED_WITHOUT_RULES: &[&str] = &["color"];

/// Returns the shared options that a command uses.
fn used(command: &str) -> &'static [&'static str] {
    USED.iter().find(|(name, _)| *name == command).map_or(SHARED, |(_, used)| *used)
}

/// Returns the shared options that are not among those that are used.
fn unused(used: &'static [&'static str]) -> impl Iterator<Item = &'static str> {
    SHARED.iter().copied().filter(|id| !used.contains(id))
}

impl Cli {
    /// Returns the command line as it is parsed, and as its help shows it.
    #[must_use]
    pub fn definition() -> clap::Command {
        let mut root = Self::command();
        // Hands the shared options down to each command.
        root.build();
        let after = format!("{}\n\n{}", examples::help(root.get_name()), examples::exit_codes());
        root.after_help(after).mut_subcommands(|command| {
            let name = command.get_name().to_owned();
            let unused: Vec<&str> = unused(used(&name)).collect();
            command.after_help(examples::help(&name)).mut_args(|option| {
                let hidden = unused.contains(&option.get_id().as_str());
                if hidden { option.hide(true) } else { option }
            })
        })
    }

    /// Parses arguments, the name of the program first.
    ///
    /// # Errors
    /// Returns an error if they are wrong, or ask for help.
    pub fn read<T: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = T>) -> Result<Self, clap::Error> {
        let mut root = Self::definition();
        let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
        if let Some((word, command)) = misspelled(&root, &arguments) {
            let message = format!("{word} is not a command, and no such file exists. A similar command is {command}.");
            return Err(root.error(ErrorKind::InvalidSubcommand, message));
        }
        let matches = root.try_get_matches_from_mut(arguments)?;
        if let Some((name, given)) = matches.subcommand() {
            let (what, used) = match name {
                "restore" if !is_given(given, "lifecycle") => ("restore without --lifecycle", USED_WITHOUT_RULES),
                name => (name, used(name)),
            };
            if let Some(id) = unused(used).find(|id| is_given(given, id))
                && let Some(command) = root.find_subcommand_mut(name)
            {
                let option = id.replace('_', "-");
                return Err(command.error(ErrorKind::UnknownArgument, format!("{what} does not use --{option}")));
            }
        }
        let read = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut root))?;
        if read.standard_inputs() > 1 {
            let message = "only one argument can be -, because standard input is read once";
            return Err(root.error(ErrorKind::ArgumentConflict, message));
        }
        Ok(read)
    }

    /// Counts the arguments that are read from standard input.
    fn standard_inputs(&self) -> usize {
        let Some(CommandChoice::Unattended(asked)) = &self.command else { return 0 };
        let confs = match asked {
            Unattended::Show(asked) => asked.conf.as_slice(),
            Unattended::Lint(asked) => &asked.conf,
            Unattended::Check(asked) => &asked.conf,
            Unattended::Write(asked) => asked.conf.as_slice(),
            _ => &[],
        };
        confs.iter().filter(|conf| is_standard_input(conf)).count()
    }
}

/// Returns the first word that is not an option, and the command that was probably intended. `None` if the word is a
/// command, or the name of a file.
fn misspelled(root: &clap::Command, arguments: &[OsString]) -> Option<(String, String)> {
    let valued = |option: &str| {
        let long = option.strip_prefix("--");
        long.is_some_and(|long| {
            let mut options = root.get_arguments().filter(|option| option.get_action().takes_values());
            options.any(|option| option.get_long() == Some(long))
        })
    };
    let words: Vec<&str> = arguments.iter().skip(1).map(|word| word.to_str()).collect::<Option<_>>()?;
    let mut at = 0;
    while words.get(at)?.starts_with('-') {
        at += if valued(words.get(at)?) { 2 } else { 1 };
    }
    let word = *words.get(at)?;
    let known = || root.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    if word.contains(['/', '.']) || known().any(|name| name == word) || Path::new(word).exists() {
        return None;
    }
    nearest(word, known()).map(|command| (word.to_owned(), command.to_owned()))
}

/// Returns true for `-`.
#[must_use]
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

fn is_given(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
}

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

/// The shared options, in front of a command or after it. `USED` says which command uses which.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub struct Common {
    /// Score's release, such as 5.11 or 5.11.0; needed if the installation does not show it
    #[arg(long, value_parser = release, global = true)]
    pub release: Option<Release>,
    /// Connect to this address; host name, TLS name and signature stay those of the endpoint. Never written to a file
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port, global = true)]
    pub connect_to: Option<String>,
    /// Certificate authorities to trust in addition to those of this machine
    #[arg(long, value_name = "PEM", global = true)]
    pub ca_file: Option<PathBuf>,
    /// Wait for the store as long as Score does: 50 s for a reply
    #[arg(long, global = true)]
    pub patient: bool,
    /// Write a log to this file (0600, without secrets)
    #[arg(long, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t, value_name = "WHEN", global = true)]
    pub color: ColorChoice,
}

/// The reason why the value of an option cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    #[error("cannot read {}: {cause}", path.display())]
    CaFile { path: PathBuf, cause: String },
    #[error("must be a host and a port, such as 10.0.0.7:9000")]
    HostAndPort,
    #[error("must be a command of score-setup, such as check")]
    Command,
    #[error("must be a time, a size or both, such as 20s,512MiB")]
    Budget,
    #[error("must be a size, such as 100GiB")]
    Size,
    #[error("must be a time with its unit, such as 90s or 5min")]
    Duration,
}

impl Common {
    /// Returns the route to the store from this machine.
    ///
    /// # Errors
    /// Returns an error if the file of authorities cannot be read.
    pub fn route(&self) -> Result<Route, OptionError> {
        let read = |path: &PathBuf| {
            read_at_most(path, MOST).map_err(|error| OptionError::CaFile { path: path.clone(), cause: cause(&error) })
        };
        Ok(Route {
            connect_to: self.connect_to.clone(),
            ca: self.ca_file.as_ref().map(read).transpose()?,
            patient: self.patient,
            proxies: Proxies::of(|name| std::env::var(name).ok()),
            ..Route::default()
        })
    }
}

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Done, or already so.
    Done = 0,
    /// A failure of a file, a folder or the network.
    CouldNot = 1,
    /// The answers, the files or the usage are wrong.
    Wrong = 2,
    CheckFailed = 3,
    /// The file changed after it was read, or another score-setup is writing it.
    Refused = 4,
    /// The operator left, and no file was written.
    Left = 130,
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// The shell that the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub enum ShellChoice {
    Wizard { conf: Option<PathBuf>, surface: Surface },
    Sandbox { keep: bool, surface: Surface },
    Unattended(Unattended),
}

/// How the wizard shows itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    FullScreen,
    Prompts(Manner),
}

/// How line prompts ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// With lists, which move the cursor. What is typed is a whole line.
    Lists,
    /// In whole lines.
    Lines,
}

/// The properties of the terminal that decide about the shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TerminalFacts {
    /// True if both input and output are a terminal.
    pub terminal: bool,
    /// True if standard error is a terminal too. Lists are drawn there.
    pub messages: bool,
    /// `TERM`.
    pub term: Option<OsString>,
    /// True if the operator asks for output that a screen reader can follow (`ACCESSIBLE`).
    pub accessible: bool,
}

/// The values of `TERM` for terminals that cannot move their cursor. An unset one is nothing to rely on.
const IMMOVABLE: [&str; 7] = ["", "dumb", "unknown", "network", "dialup", "tty", "teletype"];

impl TerminalFacts {
    /// Returns true if programs can move the cursor of the terminal.
    fn moves_cursor(&self) -> bool {
        let term = self.term.as_deref().unwrap_or_default();
        self.terminal && !IMMOVABLE.iter().any(|known| term == *known)
    }

    /// Returns how the wizard shows itself here.
    fn surface(&self, asked: Asking) -> Result<Surface, NoShell> {
        match asked {
            Asking { plain: true, .. } => Ok(Surface::Prompts(Manner::Lines)),
            Asking { prompts: true, .. } if !(self.moves_cursor() && self.messages) => Err(NoShell::NoCursor),
            Asking { prompts: true, .. } => Ok(Surface::Prompts(Manner::Lists)),
            _ if self.accessible || !self.moves_cursor() => Ok(Surface::Prompts(Manner::Lines)),
            _ => Ok(Surface::FullScreen),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoShell {
    #[error("--prompts needs a terminal that moves its cursor")]
    NoCursor,
    #[error("the options --prompts and --plain have an effect only on the wizard and the sandbox")]
    AskingBefore,
    #[error("{} is in front of a command, and has no effect there", _0.display())]
    ConfBefore(PathBuf),
}

impl NoShell {
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::ConfBefore(_) => "Give it after check, or after apply as --conf. The sandbox has its own folder.",
            Self::NoCursor => "Use --plain, which asks in whole lines.",
            Self::AskingBefore => "A command asks nothing. Leave the option out.",
        }
    }
}

/// Chooses the shell for these arguments.
///
/// # Errors
/// Returns an error if the terminal cannot show what was asked for, or if an option of the wizard is in front of another
/// command.
pub fn pick_shell(
    command: Option<CommandChoice>,
    conf: Option<PathBuf>,
    asking: Asking,
    surroundings: &TerminalFacts,
) -> Result<ShellChoice, NoShell> {
    match (command, conf) {
        (Some(_), Some(conf)) => Err(NoShell::ConfBefore(conf)),
        (Some(CommandChoice::Unattended(_)), None) if asking != Asking::default() => Err(NoShell::AskingBefore),
        (Some(CommandChoice::Unattended(asked)), None) => Ok(ShellChoice::Unattended(asked)),
        (Some(CommandChoice::Sandbox(asked)), None) => {
            let asking = if asking == Asking::default() { asked.asking } else { asking };
            Ok(ShellChoice::Sandbox { keep: asked.keep, surface: surroundings.surface(asking)? })
        }
        (None, conf) => Ok(ShellChoice::Wizard { conf, surface: surroundings.surface(asking)? }),
    }
}

/// Accepts the name of a command that has a page.
fn command_name(text: &str) -> Result<String, OptionError> {
    let known = |(name, _): &(&str, _)| *name == text;
    if USED.iter().any(known) { Ok(text.to_owned()) } else { Err(OptionError::Command) }
}

/// Parses a time: `90s`, `1.5min`, `2h`.
fn duration(text: &str) -> Result<Duration, OptionError> {
    // Settings of Score have no hours.
    let (text, factor) = match text.trim().strip_suffix('h') {
        Some(hours) => (format!("{hours}min"), 60),
        None => (text.to_owned(), 1),
    };
    let time = milliseconds(&text).and_then(|time| time.checked_mul(factor));
    time.map(Duration::from_millis).ok_or(OptionError::Duration)
}

fn release(text: &str) -> Result<Release, UnknownRelease> {
    Release::named(text)
}

/// Parses a budget: `20s,512MiB`, `60s` or `1GiB`. The missing part has its default.
fn budget(text: &str) -> Result<Budget, OptionError> {
    let mut budget = Budget::default();
    for part in text.split(',') {
        if let Some(time) = milliseconds(part) {
            budget.time = Duration::from_millis(time);
        } else {
            budget.bytes = bytes(part).ok_or(OptionError::Budget)?;
        }
    }
    let empty = budget.time.is_zero() || budget.bytes == 0;
    if empty { Err(OptionError::Budget) } else { Ok(budget) }
}

fn file_size(text: &str) -> Result<u64, OptionError> {
    bytes(text).ok_or(OptionError::Size)
}

/// Checks a host and a port: `minio.lab:9000`, `10.0.0.7:9000` or `[::1]:9000`.
fn host_and_port(text: &str) -> Result<String, OptionError> {
    let whole = text.rsplit_once(':').is_some_and(|(host, port)| {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        !bare.is_empty() && (bare == host) != bare.contains(':') && port.parse::<u16>().is_ok_and(|port| port > 0)
    });
    if whole { Ok(text.to_owned()) } else { Err(OptionError::HostAndPort) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Cli {
        Cli::read(["score-setup"].iter().chain(arguments)).expect("arguments are right")
    }

    fn shell(arguments: &[&str], terminal: bool, term: &str) -> Result<ShellChoice, NoShell> {
        let Cli { command, conf, asking, .. } = read(arguments);
        let facts = TerminalFacts { terminal, messages: terminal, term: Some(term.into()), accessible: false };
        pick_shell(command, conf, asking, &facts)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_offers_the_options_that_it_uses_and_refuses_the_others() {
        let values = [("release", Some("5.11")), ("connect_to", Some("h:1")), ("color", Some("never"))];
        let definition = Cli::definition();
        let commands: Vec<_> = definition.get_subcommands().filter(|command| command.get_name() != "help").collect();
        assert_eq!(commands.len(), USED.len());
        for command in commands {
            let name = command.get_name();
            let used = USED.iter().find(|(known, _)| *known == name).unwrap().1;
            let help = command.clone().render_long_help().to_string();
            let own: &[&str] = match name {
                "apply" => &["--answers", "a"],
                "explain" => &["what"],
                "restore" => &["conf", "rules", "--lifecycle", "b"],
                "completions" => &["bash"],
                "write" => &["--to", "env"],
                _ => &[],
            };
            for id in SHARED {
                let option = format!("--{}", id.replace('_', "-"));
                let value = values.iter().find(|(known, _)| known == id).map_or(Some("file"), |(_, value)| *value);
                let value = value.filter(|_| *id != "patient");
                let offered = used.contains(id);
                assert_eq!(help.contains(&option), offered, "{name} {option}");
                let given: Vec<&str> = [option.as_str()].into_iter().chain(value).collect();
                let behind = [&["score-setup", name], own, &given].concat();
                let front = [&["score-setup"], given.as_slice(), &[name], own].concat();
                for arguments in [behind, front] {
                    let refused = Cli::read(&arguments).err().map(|error| error.kind());
                    assert_eq!(refused, (!offered).then_some(ErrorKind::UnknownArgument), "{arguments:?}");
                }
            }
        }
    }

    #[test]
    fn restoring_files_uses_no_option_for_a_store() {
        for option in ["--connect-to=h:1", "--ca-file=f", "--release=5.11", "--patient", "--log=f"] {
            for arguments in [["score-setup", "restore", "conf", option], ["score-setup", option, "restore", "conf"]] {
                let error = Cli::read(arguments).unwrap_err();
                assert_eq!(error.kind(), ErrorKind::UnknownArgument);
                let (option, _) = option.split_once('=').unwrap_or((option, ""));
                let told = format!("restore without --lifecycle does not use {option}");
                assert!(error.to_string().contains(&told), "{error}");
            }
        }
        assert!(Cli::read(["score-setup", "restore", "conf", "--color", "never"]).is_ok());
    }

    #[test]
    fn no_help_text_refers_to_another_command() {
        for command in Cli::definition().get_subcommands() {
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.starts_with("As for"), "{} {argument}: {help}", command.get_name());
            }
        }
    }

    #[test]
    fn without_a_command_the_wizard_opens_where_there_is_a_terminal() {
        let wizard = ShellChoice::Wizard { conf: Some("conf".into()), surface: Surface::FullScreen };
        assert_eq!(shell(&["conf"], true, "xterm"), Ok(wizard));
    }

    #[test]
    fn the_terminal_decides_how_the_wizard_asks_unless_an_option_does() {
        type Case = (&'static [&'static str], bool, &'static str, Result<Surface, NoShell>);
        let (lists, lines) = (Surface::Prompts(Manner::Lists), Surface::Prompts(Manner::Lines));
        let cases: [Case; 11] = [
            (&[], true, "xterm", Ok(Surface::FullScreen)),
            (&[], false, "xterm", Ok(lines)),
            (&[], true, "dumb", Ok(lines)),
            (&[], true, "", Ok(lines)),
            (&["--plain"], true, "xterm", Ok(lines)),
            (&["--prompts"], true, "xterm", Ok(lists)),
            (&["--prompts"], true, "dumb", Err(NoShell::NoCursor)),
            (&["--prompts"], false, "xterm", Err(NoShell::NoCursor)),
            (&["sandbox", "--plain"], true, "xterm", Ok(lines)),
            (&["--prompts", "sandbox"], true, "xterm", Ok(lists)),
            (&["--plain", "lint"], true, "xterm", Err(NoShell::AskingBefore)),
        ];
        for (arguments, terminal, term, expected) in cases {
            let surface = shell(arguments, terminal, term).map(|shell| match shell {
                ShellChoice::Wizard { surface, .. } | ShellChoice::Sandbox { surface, .. } => surface,
                ShellChoice::Unattended(_) => panic!("{arguments:?} runs a command"),
            });
            assert_eq!(surface, expected, "{arguments:?} on {term:?}");
        }
        let facts = TerminalFacts { terminal: true, messages: true, term: Some("xterm".into()), accessible: true };
        let wizard = ShellChoice::Wizard { conf: None, surface: lines };
        assert_eq!(pick_shell(None, None, Asking::default(), &facts), Ok(wizard));
    }

    #[test]
    fn apply_needs_no_terminal() {
        let arguments = ["apply", "--answers", "a.toml", "--dry-run"];
        let apply = ApplyArgs {
            answers: "a.toml".into(),
            set: Vec::new(),
            conf: None,
            dry_run: true,
            no_check: false,
            write_anyway: false,
            json: false,
        };
        assert_eq!(shell(&arguments, false, "dumb"), Ok(ShellChoice::Unattended(Unattended::Apply(apply))));
    }

    #[test]
    fn common_flags_stand_in_front_of_a_command_or_behind_it() {
        let common = Common { release: Some(Release::R5_10), color: ColorChoice::Never, ..Common::default() };
        for arguments in [
            ["--release", "5.10.1", "--color", "never", "apply", "--answers", "a"].as_slice(),
            &["--release", "5.10.1", "apply", "--color", "never", "--answers", "a"],
            &["apply", "--answers", "a", "--color", "never", "--release", "5.10.1"],
            &["--color", "never", "conf", "--release", "5.10.1"],
            &["sandbox", "--release", "5.10.1", "--color", "never"],
        ] {
            assert_eq!(read(arguments).common, common, "{arguments:?}");
        }
        let stray = shell(&["conf", "apply", "--answers", "a"], true, "xterm");
        assert_eq!(stray, Err(NoShell::ConfBefore("conf".into())));
    }

    #[test]
    fn a_wrong_argument_is_told_by_the_rule_it_breaks() {
        for (arguments, told) in [
            (["apply", "--answers", "a", "--release", "latest"].as_slice(), "not a release of Score"),
            (&["apply", "--answers", "a", "--connect-to", "minio"], "a host and a port"),
            (&["apply"], "--answers"),
        ] {
            let cli = Cli::read(["score-setup"].iter().chain(arguments));
            let error = cli.expect_err("arguments are wrong").to_string();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_budget_is_a_time_a_size_or_both() {
        let usual = Budget::default();
        for (text, time, bytes) in [
            ("20s,512MiB", 20, usual.bytes),
            ("1 min", 60, usual.bytes),
            ("2GiB, 5 s", 5, 2 << 30),
            ("64M", 20, 64 << 20),
        ] {
            assert_eq!(budget(text), Ok(Budget { time: Duration::from_secs(time), bytes }), "{text}");
        }
        for wrong in ["", "fast", "0s", "20s,0B", "20", "1s,,1MiB"] {
            assert_eq!(budget(wrong), Err(OptionError::Budget), "{wrong}");
        }
        assert_eq!((file_size("1.5 TiB"), file_size("all")), (Ok(3 << 39), Err(OptionError::Size)));
    }

    #[test]
    fn a_misspelled_command_is_told_and_the_name_of_a_file_is_not() {
        let told = |arguments: &[&str]| {
            let read = Cli::read(["score-setup"].iter().chain(arguments));
            read.err().map(|error| (error.kind(), error.to_string()))
        };
        for (arguments, command) in [
            (["chekc"].as_slice(), "check"),
            (&["chekc", "/srv/score"], "check"),
            (&["--color", "never", "chekc", "--score", "http://localhost"], "check"),
            (&["aply", "--answers", "a"], "apply"),
            (&["Lint"], "lint"),
            (&["exlpain", "P43"], "explain"),
            (&["restor"], "restore"),
        ] {
            let (kind, text) = told(arguments).unwrap();
            assert_eq!(kind, ErrorKind::InvalidSubcommand, "{text}");
            assert!(text.contains(&format!("A similar command is {command}.")), "{text}");
        }
        let names =
            [["/srv/chekc"].as_slice(), &["src"], &["score-server-5.11.0"], &["conf"], &["check", "chekc"], &[]];
        for arguments in names {
            assert_eq!(told(arguments), None, "{arguments:?}");
        }
    }

    #[test]
    fn a_time_has_a_unit() {
        for (text, seconds) in [("90s", 90), ("5min", 300), ("1.5 min", 90), ("2h", 7200), ("0s", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "90", "h", "-1s", "soon", "99999999999999999h", "1 day"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn where_to_connect_is_a_host_and_a_port() {
        for right in ["localhost:9000", "10.0.0.7:80", "[::1]:9000"] {
            assert_eq!(host_and_port(right), Ok(right.to_owned()));
        }
        for wrong in ["localhost", ":9000", "localhost:0", "localhost:70000", "::1:9000", "http://x", "[x]:80"] {
            assert!(host_and_port(wrong).is_err(), "{wrong}");
        }
    }
}
