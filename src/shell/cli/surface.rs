//! Chooses the shell for the arguments, and how the wizard shows itself on this terminal.

use std::{ffi::OsString, path::PathBuf};

use super::{Asking, CommandChoice, Unattended};

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
