//! `completions SHELL` and `man [COMMAND]`: both from the definition of the command line.

use std::io::{self, Write};

use clap::{Arg, Command};
use clap_complete::Shell;
use clap_mangen::{
    Man,
    roff::{Roff, bold, roman},
};

use crate::shell::cli::{
    Cli, Code, CompletionsArgs, ManArgs,
    examples::{EXIT_CODES, examples},
};

pub(super) fn completions(asked: &CompletionsArgs, out: &mut dyn Write) -> io::Result<Code> {
    let mut offered = offered(&Cli::definition());
    let name = offered.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut offered, &name, &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if asked.shell == Shell::Bash {
        // clap_complete 4.6.11 writes the dash of a program's name in two ways, so no command would be completed.
        script = script.replace(&name.replace('-', "__subcmd__"), &name.replace('-', "__"));
    }
    out.write_all(script.as_bytes())?;
    Ok(Code::Done)
}

/// Returns the commands with only the options that they offer. The scripts of some shells would offer hidden ones too.
fn offered(command: &Command) -> Command {
    // clap adds these again.
    let own = |option: &&Arg| !["help", "version"].contains(&option.get_id().as_str());
    let options = command.get_arguments().filter(|option| !option.is_hide_set()).filter(own);
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help");
    let mut offered = Command::new(command.get_name().to_owned())
        .about(command.get_about().cloned().unwrap_or_default())
        .args(options.map(|option| option.clone().global(false)))
        .subcommands(commands.map(self::offered));
    if let Some(version) = command.get_version() {
        offered = offered.version(version.to_owned());
    }
    offered
}

pub(super) fn man(asked: &ManArgs, out: &mut dyn Write) -> io::Result<Code> {
    let definition = Cli::definition();
    let page = match &asked.command {
        Some(name) => definition.find_subcommand(name).cloned().unwrap_or(definition),
        None => definition,
    };
    let name = page.get_name().to_owned();
    // Only the program has commands and a version.
    let whole = page.has_subcommands();
    let file = page.get_display_name().unwrap_or(&name).to_owned();
    // The examples have a section of their own.
    let page = Man::new(page.after_help("")).title(file);
    page.render_title(out)?;
    page.render_name_section(out)?;
    page.render_synopsis_section(out)?;
    page.render_description_section(out)?;
    page.render_options_section(out)?;
    if whole {
        page.render_subcommands_section(out)?;
    }
    sections(&name).to_writer(out)?;
    if whole {
        page.render_version_section(out)?;
    }
    Ok(Code::Done)
}

fn sections(command: &str) -> Roff {
    let mut sections = Roff::new();
    sections.control("SH", ["EXIT STATUS"]);
    for (code, meaning) in EXIT_CODES {
        sections.control("TP", []).text([bold(code.to_string())]).text([roman(*meaning)]);
    }
    sections.control("SH", ["EXAMPLES"]);
    for example in examples(command) {
        sections.control("TP", []).text([bold(example.line)]).text([roman(example.does)]);
    }
    sections
}
