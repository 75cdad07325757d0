//! Runs the wizard as questions and answers, one after the other: with lists on a terminal that moves its cursor, or in
//! whole lines for everything else: a serial line, a screen reader, a pipe. Asks the fields of the core in
//! the order of Enter on the full screen, and decides nothing.
//!
//! ```text
//!   question ─► thread that asks ─┐                   ┌─► update ─► effects ─► Performer ─┐
//!   signals ──────────────────────┼─► one channel ────┤                                   │
//!   Performer ────────────────────┘                   └─► the next question, or a result  │
//!       ▲                                                                                 │
//!       └─────────────────────── what came of them ◄──────────────────────────────────────┘
//! ```

mod ask;
mod checks;
mod conversation;
mod form;
mod inbox;
mod lines;
mod lists;
mod printer;
mod review;
mod start;
mod tour;

use std::io::{self, IsTerminal};

pub use self::inbox::Inbox;
use self::{
    ask::Ask,
    conversation::{Conversation, Stop},
    lines::WholeLines,
    lists::CursorLists,
    printer::Printer,
};
use crate::{
    shell::{
        batch::text::Style,
        cli::Manner,
        tui::{guard::before_panics, receipt},
    },
    store::checks::{News, engine::is_inside_check},
    wizard::{Event, Exit, State},
};

/// Runs the wizard. `said` contains what is already known: the file, the release, the provider. At the end, prints the
/// receipt. Returns `None` if the input is not an answer.
///
/// # Errors
/// Returns an error if the input cannot be read, or if the system has nothing left for an effect.
pub fn run(inbox: Inbox, state: State, said: Vec<Event>, manner: Manner, style: Style) -> io::Result<Option<Exit>> {
    before_panics(|| {
        // A panic in a check becomes a finding, and the question stays open.
        if !is_inside_check() {
            restore();
        }
    });
    // Colours are escape sequences.
    let style = Style { colour: style.colour && manner == Manner::Lists, ..style };
    let printer = Printer::new(style);
    let way: Box<dyn Ask> = match manner {
        Manner::Lists => Box::new(CursorLists::new(printer)),
        Manner::Lines => Box::new(WholeLines::new(printer)),
    };
    let person = io::stdin().is_terminal();
    let mut conversation = Conversation::new(inbox, state, way, printer, person)?;
    conversation.greet(manner);
    let stop = conversation.run(said);
    restore();
    if let Stop::Failed(error) = stop {
        return Err(error);
    }
    if let Stop::Wrong(why) = &stop {
        printer.say(0, &format!("{}. Nothing more is read.", why.trim_end_matches('.')));
    }
    let end = matches!(stop, Stop::End);
    conversation.leave();
    let exit = conversation.state().over;
    if end && exit != Some(Exit::Done) {
        printer.say(0, "The input has ended before the last question, so no file was written. Without questions:");
        printer::print(&format!("  {}\n\n", receipt::apply_line(conversation.state())));
    }
    if conversation.state().busy() {
        printer.say(0, "Stopping and cleaning up.");
    }
    let (state, left) = conversation.finish();
    let leftovers: Vec<_> = left.into_iter().flat_map(leftovers).collect();
    printer::print(&receipt::receipt(&state, &leftovers, style.unicode));
    Ok(match (exit, stop) {
        (Some(Exit::Done), _) => exit,
        (_, Stop::Wrong(_)) => None,
        _ => exit.or(Some(Exit::Left)),
    })
}

/// Restores the terminal, whatever is asked.
fn restore() {
    lines::restore();
    lists::restore();
}

/// Returns what a run could not remove from the store, if this is its end.
fn leftovers(event: Event) -> Vec<crate::store::checks::Leftover> {
    match event {
        Event::CheckNews { news: News::Finished { leftovers, .. }, .. } => leftovers,
        _ => Vec::new(),
    }
}
