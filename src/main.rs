//! Parses arguments, picks a shell, and turns its result into an exit code.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use anstream::{AutoStream, stream::RawStream};
use clap::ColorChoice;
use score_setup::{
    effects::StateFolder,
    log,
    shell::{
        batch::{self, text::Style},
        cli::{Cli, Code, Common, Manner, ShellChoice, Surface, TerminalFacts, Unattended, pick_shell},
        prompts::{self, Inbox},
        tui::{self, Inputs, Theme, play},
    },
    text::cause,
    wizard::{Event, Exit, SessionOptions, State},
};

fn main() -> ExitCode {
    keep_memory_private();
    tui::hook();
    die_of_any_panic();
    let Cli { command, conf, forget: forgets, asking, common } =
        Cli::read(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let surroundings = TerminalFacts {
        terminal: io::stdin().is_terminal() && io::stdout().is_terminal(),
        messages: io::stderr().is_terminal(),
        term: std::env::var_os("TERM"),
        accessible: variable("ACCESSIBLE").is_some_and(|value| !matches!(value.as_str(), "" | "0")),
    };
    let done = match pick_shell(command, conf, asking, &surroundings) {
        _ if forgets => forget(),
        Ok(shell) => start_log(&common).and_then(|()| match shell {
            ShellChoice::Unattended(asked) => unattended(&asked, &common),
            ShellChoice::Wizard { conf, surface } => wizard(conf, surface, &common),
            ShellChoice::Sandbox { keep, surface } => sandbox(keep, surface, &common),
        }),
        Err(none) => Err(ExitFailure { code: Code::Wrong, what: none.to_string(), hint: none.hint().into() }),
    };
    match done {
        Ok(code) => code.into(),
        Err(failure) => {
            say(&format!("error: {}", failure.what));
            if !failure.hint.is_empty() {
                say(&format!("hint: {}", failure.hint));
            }
            failure.code.into()
        }
    }
}

/// Prevents core files and other processes of this user from showing the secrets in memory. If the system refuses, the
/// program runs anyway.
fn keep_memory_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

struct ExitFailure {
    code: Code,
    what: String,
    hint: String,
}

impl ExitFailure {
    fn could_not(what: &str, error: &io::Error) -> Self {
        Self { code: Code::CouldNot, what: format!("{what}: {}", cause(error)), hint: String::new() }
    }
}

/// Makes a panic on any thread end the program, because it is a fault of this program: the terminal is restored and the
/// panic is printed. A panic in a check becomes a finding instead, and goes to the log.
fn die_of_any_panic() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if score_setup::store::checks::engine::is_inside_check() {
            tracing::error!("a check panicked: {panic}");
            return;
        }
        told(panic);
        std::process::exit(101);
    }));
}

fn start_log(common: &Common) -> Result<(), ExitFailure> {
    let Some(path) = &common.log else { return Ok(()) };
    log::to_file(path).map_err(|error| ExitFailure::could_not(&format!("cannot write {}", path.display()), &error))
}

fn forget() -> Result<Code, ExitFailure> {
    let memory = StateFolder::of_operator(|name| std::env::var_os(name));
    let forgotten = memory.map_or(Ok(None), |memory| memory.forget());
    let removed = forgotten.map_err(|error| ExitFailure::could_not("cannot remove what is remembered", &error))?;
    print(&match removed {
        Some(folder) => format!("Removed the answers and results in {}.\n", folder.display()),
        None => "Nothing was remembered.\n".to_owned(),
    });
    Ok(Code::Done)
}

fn unattended(asked: &Unattended, common: &Common) -> Result<Code, ExitFailure> {
    let surroundings = batch::Surroundings {
        style: style(theme(common.color, &io::stdout())),
        message_style: style(theme(common.color, &io::stderr())),
        out: &mut io::stdout().lock(),
        messages: &mut io::stderr(),
        variable: &variable,
        host: host(),
        answer: (io::stdin().is_terminal() && io::stdout().is_terminal()).then_some(&line),
    };
    batch::run(asked, common, surroundings).map_err(|error| ExitFailure::could_not("cannot print", &error))
}

fn wizard(conf: Option<PathBuf>, surface: Surface, common: &Common) -> Result<Code, ExitFailure> {
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let open = conf.map_or(Event::LookAsked, |conf| Event::PathChosen(absolute(conf)));
    let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    // A pipe has answers to expected questions only, so nothing is remembered from it or asked about an earlier session.
    let remembers = io::stdin().is_terminal();
    let options = SessionOptions { here, home, remembers, ..SessionOptions::new(host()) };
    Show::on(surface)?.run(vec![Event::RecallAsked, open], options, common)
}

/// The wizard with its channel. Signals are messages on it from the start.
enum Show {
    FullScreen(Inputs),
    Prompts(Inbox, Manner),
}

impl Show {
    fn on(surface: Surface) -> Result<Self, ExitFailure> {
        let show = match surface {
            Surface::FullScreen => Inputs::open().map(Self::FullScreen),
            Surface::Prompts(manner) => Inbox::open().map(|inbox| Self::Prompts(inbox, manner)),
        };
        show.map_err(|error| ExitFailure::could_not("cannot watch for signals", &error))
    }

    fn run(self, events: Vec<Event>, options: SessionOptions, common: &Common) -> Result<Code, ExitFailure> {
        let route = common.route().map_err(|error| ExitFailure {
            code: Code::Wrong,
            what: error.to_string(),
            hint: String::new(),
        })?;
        let known = [Event::RouteChosen(route)].into_iter().chain(common.release.map(Event::ReleaseChosen));
        let said = known.chain(events).collect();
        let (state, theme) = (State::new(options), theme(common.color, &io::stdout()));
        let (ended, again) = match self {
            Self::FullScreen(inputs) => (tui::run(inputs, state, said, theme, print).map(Some), None),
            Self::Prompts(inbox, manner) => {
                let again = if manner == Manner::Lists { "--prompts" } else { "--plain" };
                (prompts::run(inbox, state, said, manner, style(theme)), Some(again))
            }
        };
        match ended.map_err(|error| ExitFailure::could_not("cannot run the wizard here", &error))? {
            Some(Exit::Done) => Ok(Code::Done),
            Some(Exit::Left) => Ok(Code::Left),
            Some(Exit::ForSandbox) => become_sandbox(again),
            None => Ok(Code::Wrong),
        }
    }
}

/// Returns the abilities of a stream for whole lines.
fn style(theme: Theme) -> Style {
    Style { colour: theme.colour, unicode: theme.unicode }
}

/// Replaces this process by the sandbox, so that nothing of this session is left in it.
fn become_sandbox(asking: Option<&str>) -> Result<Code, ExitFailure> {
    use std::os::unix::process::CommandExt;
    let error = match std::env::current_exe() {
        Ok(program) => std::process::Command::new(program).arg("sandbox").args(asking).exec(),
        Err(error) => error,
    };
    Err(ExitFailure::could_not("cannot start the sandbox", &error))
}

fn sandbox(keep: bool, surface: Surface, common: &Common) -> Result<Code, ExitFailure> {
    // A signal must not end the program before the folder of the sandbox is removed.
    let show = Show::on(surface)?;
    let stage = play::SandboxDeployment::prepare()
        .map_err(|error| ExitFailure::could_not("cannot set up the sandbox", &error))?;
    let options = SessionOptions { here: stage.conf(), sandbox: Some(stage.lessons()), ..SessionOptions::new(host()) };
    let code = show.run(stage.events(), options, common)?;
    if keep {
        let folder = stage.keep();
        print(&format!("   Kept      {}\n", folder.display()));
    }
    Ok(code)
}

/// Decides on colours as clap does for its own messages (`NO_COLOR`, `CLICOLOR`, `TERM`), and on marks by the locale.
fn theme(when: ColorChoice, stream: &impl RawStream) -> Theme {
    let colour = match when {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => AutoStream::choice(stream) != anstream::ColorChoice::Never,
    };
    Theme::detect(colour, variable)
}

/// Returns an environment variable, if its value is text.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// Reads the line that the operator typed; empty if it cannot be read.
fn line() -> String {
    let mut line = String::new();
    let _ = io::stdin().read_line(&mut line);
    line
}

/// Prints a result to stdout. Ignores write errors: a lost terminal is an operator who left.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Prints a message to stderr. Ignores write errors: a closed stderr is not a failure.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
