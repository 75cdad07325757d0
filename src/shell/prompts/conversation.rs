//! Joins the questions and the core: asks, sends events, waits for effects, and goes from place to place.

use std::{
    io::{self, IsTerminal},
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use super::{
    ask::{Ask, Inquiry, PromptKind, PromptReply, PromptRow},
    inbox::{Inbox, Incoming},
    lines, lists,
    printer::{self, Printer},
};
use crate::{
    effects::Performer,
    score::Step,
    shell::{
        batch::text::StatusSymbol,
        cli::Manner,
        tui::{guard, input::await_hang_up, text, ui::Cache},
    },
    wizard::{Event, State, field::Field, update},
};

/// The time after which a wait is reported, again and again.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The reason why the conversation stops.
pub(super) enum Stop {
    /// The session is over.
    Over,
    /// The input has ended.
    End,
    /// An answer on a pipe is wrong. The lines after it are answers to other questions, so none of them is used.
    Wrong(String),
    Failed(io::Error),
}

/// A result of the conversation, or its end.
pub(super) type Turn<T> = Result<T, Stop>;

/// A place that was asked, for going back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) step: Step,
    pub(super) field: Option<Field>,
}

pub(super) struct Conversation {
    pub(super) state: State,
    pub(super) cache: Cache,
    pub(super) printer: Printer,
    /// True if a person answers. Otherwise the answers come from a pipe, and only expected questions are asked.
    pub(super) person: bool,
    performer: Performer,
    inbox: Inbox,
    questions: Sender<Inquiry>,
    /// The places that were asked, for going back.
    pub(super) trail: Vec<Asked>,
    /// The field to ask next.
    pub(super) wanted: Option<Field>,
    /// The fields to ask after it, on the same page.
    pub(super) then: Vec<Field>,
    /// The step that a jump left.
    pub(super) back: Option<Step>,
    /// The step whose title was printed last.
    titled: Option<Step>,
    /// The number of the run whose results were printed last.
    pub(super) reported: u64,
    /// The task of the sandbox that was said last.
    pub(super) taught: Option<String>,
    /// The question that is open.
    open: Option<Inquiry>,
}

impl Conversation {
    pub(super) fn new(
        inbox: Inbox,
        state: State,
        way: Box<dyn Ask>,
        printer: Printer,
        person: bool,
    ) -> io::Result<Self> {
        let events = inbox.sender.clone();
        let performer = Performer::new(move |event| drop(events.send(Incoming::Happened(event))));
        if io::stdin().is_terminal() {
            let hung_up = inbox.sender.clone();
            await_hang_up(io::stdin(), move || drop(hung_up.send(Incoming::Happened(Event::LeaveAsked))))?;
        }
        let questions = questions(way, inbox.sender.clone())?;
        Ok(Self {
            state,
            cache: Cache::default(),
            printer,
            person,
            performer,
            inbox,
            questions,
            trail: Vec::new(),
            wanted: None,
            then: Vec::new(),
            back: None,
            titled: None,
            reported: 0,
            taught: None,
            open: None,
        })
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    /// Says how to answer.
    pub(super) fn greet(&self, manner: Manner) {
        if !self.person {
            return;
        }
        self.printer.say(0, match manner {
            Manner::Lists => {
                "Object storage for Score. In a list, Enter takes the marked row, and Esc goes back. Where you type, an \
                 empty line takes the answer in brackets, ? explains, < goes back. Ctrl-C leaves."
            }
            Manner::Lines => {
                "Object storage for Score. Type an answer, then Enter. An empty line takes the answer in brackets, ? \
                 explains, < goes back, Ctrl-C leaves."
            }
        });
    }

    /// Asks until the session is over, or no more answers come.
    pub(super) fn run(&mut self, said: Vec<Event>) -> Stop {
        let begun = self.send_all(said);
        if let Err(stop) = begun {
            return stop;
        }
        loop {
            if let Err(stop) = self.turn() {
                return stop;
            }
        }
    }

    /// Asks what is next.
    fn turn(&mut self) -> Turn<()> {
        self.settle()?;
        if let Some(trouble) = self.state.trouble.clone() {
            printer::gap();
            let said = [&trouble.what, &trouble.cause, &trouble.hint].map(|part| text::sentence(part)).join(" ");
            self.printer.result(StatusSymbol::Fail, &said);
            self.send(Event::TroubleDismissed)?;
            if !self.person {
                return Err(Stop::Wrong(trouble.what));
            }
        }
        if self.state.offered().is_some() {
            return self.resume();
        }
        self.teach();
        if self.state.receipt.is_some() {
            return self.written();
        }
        match self.state.step {
            Step::Where => self.start(),
            Step::Checks => self.checks(),
            Step::Review => self.review(),
            Step::Provider | Step::Connection | Step::Buckets | Step::Upload | Step::Server => self.form(),
        }
    }

    /// Prints the title of the step, once.
    pub(super) fn title(&mut self) {
        let step = self.state.step;
        if self.titled != Some(step) {
            self.titled = Some(step);
            printer::gap();
            self.printer.say(0, &format!("Step {} of {}: {}", step.number(), Step::ALL.len(), step.title()));
        }
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&mut self, question: Inquiry) -> Turn<PromptReply> {
        self.open = Some(question.clone());
        if self.questions.send(question).is_err() {
            return Err(Stop::End);
        }
        loop {
            let heard = self.inbox.messages.recv().map_err(|_| Stop::End)?;
            if let Incoming::Replied(reply) = heard {
                self.open = None;
                return match reply.map_err(Stop::Failed)? {
                    PromptReply::End => Err(Stop::End),
                    PromptReply::Wrong(why) => Err(Stop::Wrong(why.to_owned())),
                    PromptReply::Leave => {
                        self.send(Event::LeaveAsked)?;
                        Err(Stop::Over)
                    }
                    reply => Ok(reply),
                };
            }
            self.take(heard)?;
        }
    }

    /// Asks for one of these rows. `None`: back.
    pub(super) fn choose(
        &mut self,
        label: &str,
        help: &str,
        rows: Vec<PromptRow>,
        default: Option<usize>,
    ) -> Turn<Option<usize>> {
        let kind = PromptKind::Choice { rows, default };
        let question = Inquiry { label: label.to_owned(), help: help.to_owned(), kind };
        Ok(match self.ask(question)? {
            PromptReply::Chosen(at) => Some(at),
            _ => None,
        })
    }

    /// Asks for yes or no. Going back means no.
    pub(super) fn confirm(&mut self, label: &str, default: bool) -> Turn<bool> {
        Ok(matches!(self.ask(Inquiry::confirm(label, default))?, PromptReply::Confirmed(true)))
    }

    /// Says why an answer is not accepted. A person answers again.
    pub(super) fn refuse(&mut self, why: &str) -> Turn<()> {
        self.printer.result(StatusSymbol::Fail, why);
        if self.person { Ok(()) } else { Err(Stop::Wrong("An answer is wrong.".to_owned())) }
    }

    fn take(&mut self, heard: Incoming) -> Turn<()> {
        match heard {
            Incoming::Happened(event) => self.send(event),
            Incoming::Stopped => {
                // Without a stop, nothing sets the terminal again.
                if !guard::can_stop().map_err(Stop::Failed)? {
                    return Ok(());
                }
                lines::restore();
                lists::restore();
                guard::stop().map(drop).map_err(Stop::Failed)
            }
            Incoming::Continued => {
                lines::resume();
                lists::resume();
                if let Some(open) = &self.open {
                    printer::print(&self.printer.words(&format!("{}: ", open.label)));
                }
                Ok(())
            }
            Incoming::Replied(_) => Ok(()),
        }
    }

    pub(super) fn send_all(&mut self, events: Vec<Event>) -> Turn<()> {
        events.into_iter().try_for_each(|event| self.send(event))
    }

    /// Sends an event to the core, and performs what follows.
    pub(super) fn send(&mut self, event: Event) -> Turn<()> {
        for effect in update(&mut self.state, event) {
            self.performer.perform(effect).map_err(Stop::Failed)?;
        }
        self.cache.follow(&self.state);
        if self.state.over.is_some() { Err(Stop::Over) } else { Ok(()) }
    }

    /// Waits while this holds, and calls `report` after each message and after each 5 seconds. Its argument is true in
    /// the second case.
    pub(super) fn wait(&mut self, holds: impl Fn(&State) -> bool, mut report: impl FnMut(&Self, bool)) -> Turn<()> {
        let mut next = Instant::now() + PATIENCE;
        while holds(&self.state) {
            match self.inbox.messages.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(heard) => {
                    self.take(heard)?;
                    report(self, false);
                }
                Err(RecvTimeoutError::Timeout) => {
                    next += PATIENCE;
                    report(self, true);
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Stop::End),
            }
        }
        Ok(())
    }

    /// Waits until files are read and written.
    pub(super) fn settle(&mut self) -> Turn<()> {
        self.wait(
            |state| state.loading || state.writing || state.counting(),
            |now, late| {
                if late {
                    let path = now.state.path.display();
                    now.printer.say(0, &format!("Still waiting for {path}."));
                }
            },
        )
    }

    /// Goes to the place that was asked before this one.
    pub(super) fn go_back(&mut self) -> Turn<()> {
        self.then.clear();
        if let Some(step) = self.back.take() {
            return self.send(Event::StepChosen(step));
        }
        let here = self.state.step;
        match self.trail.pop() {
            Some(Asked { step, field }) => {
                self.wanted = field;
                if step == here { Ok(()) } else { self.send(Event::StepChosen(step)) }
            }
            None if here == Step::Where => {
                self.printer.say(0, "This is the first question.");
                Ok(())
            }
            None => self.send(Event::StepChosen(Step::Where)),
        }
    }

    /// Leaves the session.
    pub(super) fn leave(&mut self) {
        let _ = self.send(Event::LeaveAsked);
        // A file that is being written is finished first.
        let _ = self.wait(|state| state.over.is_none(), |_, _| ());
    }

    /// Stops all work. Returns the state, and the last events.
    pub(super) fn finish(mut self) -> (State, Vec<Event>) {
        self.performer.finish();
        let last = self.inbox.messages.try_iter().filter_map(|heard| match heard {
            Incoming::Happened(event) => Some(event),
            _ => None,
        });
        let last = last.collect();
        (self.state, last)
    }
}

/// Starts the thread that asks, so that signals and the results of effects are taken while the operator thinks. Its
/// replies go to the inbox. The thread ends with the program, since a read cannot be cancelled.
fn questions(mut way: Box<dyn Ask>, replies: Sender<Incoming>) -> io::Result<Sender<Inquiry>> {
    let (sender, questions) = mpsc::channel::<Inquiry>();
    thread::Builder::new().name("questions".into()).spawn(move || {
        for question in questions {
            if replies.send(Incoming::Replied(way.ask(&question))).is_err() {
                return;
            }
        }
    })?;
    Ok(sender)
}
