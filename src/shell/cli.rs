//! Parses the command line. Takes no secret, because all users of the machine can see arguments.
//! Knows nothing of what the shells do.

pub mod examples;
mod surface;
mod unattended;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{
    ArgMatches, Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind,
    parser::ValueSource,
};

use crate::{
    score::{Release, release::UnknownRelease},
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

pub use surface::{Manner, NoShell, ShellChoice, Surface, TerminalFacts, pick_shell};
pub use unattended::{
    ApplyArgs, CheckArgs, CompletionsArgs, ExplainArgs, Format, LintArgs, ManArgs, ReportArgs, RestoreArgs, RotateArgs,
    ShowArgs, TargetForm, TuneArgs, Unattended, WriteArgs,
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
