//! Asks the fields of a page, one after the other, and says what each answer means.

use super::{
    ask::{Inquiry, PromptKind, PromptReply, PromptRow},
    conversation::{Asked, Conversation, Turn},
};
use crate::{
    answers::{
        draft::{Origin, Text},
        pasted::{PASTED, several},
    },
    score::{Kind, Need, Scope, Setting, key},
    shell::{batch::text::StatusSymbol, tui::view},
    store::checks::{CheckGroup, Outcome, Repair, engine::Progress},
    text::{
        mask::{DOTS, shown_value},
        secret::Secret,
    },
    wizard::{
        Event, Run, State,
        field::{Field, FieldInput, bytes, cloud_name, fields, size_text, started_by, word},
    },
};

/// The answer that empties a field which may be empty.
const EMPTY: &str = "-";

/// The result of asking a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Forth,
    Back,
}

impl Conversation {
    /// Asks the next field of the page, and goes on.
    pub(super) fn form(&mut self) -> Turn<()> {
        self.title();
        let here = fields(&self.state, self.state.step);
        let wanted = self.wanted.take().filter(|field| here.contains(field));
        let Some(field) = wanted.or_else(|| self.state.first_needed()).or(here.first().copied()) else {
            return self.go_on(None);
        };
        self.offer_keys(field)?;
        match self.ask_field(field)? {
            Moved::Back => self.go_back_from(field),
            Moved::Forth => self.go_on(Some(field)),
        }
    }

    /// Goes back from a field. If the page stays, this field is asked again after the earlier one, even if it has an answer:
    /// otherwise the operator would answer another question than expected, and may show a secret.
    fn go_back_from(&mut self, field: Field) -> Turn<()> {
        let step = self.state.step;
        let mut then = std::mem::take(&mut self.then);
        self.go_back()?;
        if self.state.step == step && self.wanted.is_some() {
            then.insert(0, field);
            self.then = then;
        }
        Ok(())
    }

    /// Goes to the next place that needs an answer after this field, or after the page.
    pub(super) fn go_on(&mut self, field: Option<Field>) -> Turn<()> {
        let step = self.state.step;
        self.trail.push(Asked { step, field });
        let here = fields(&self.state, step);
        self.then.retain(|field| here.contains(field));
        if !self.then.is_empty() {
            self.wanted = Some(self.then.remove(0));
            return Ok(());
        }
        let next = self.state.next_needed(field);
        self.wanted = next.field;
        let back = self.back;
        if self.state.doubts(field) {
            // The refusal was shown when the key was left, and the key was kept.
            self.send(Event::WentOn { after: field, back })?;
        }
        self.send(Event::WentOn { after: field, back })?;
        if self.state.step != step {
            self.back = None;
        }
        Ok(())
    }

    /// Goes to a field and asks it, and returns to this page.
    pub(super) fn change(&mut self, field: Field) -> Turn<()> {
        let here = self.state.step;
        let Some(step) = step_of(field) else { return Ok(()) };
        self.back = (step != here).then_some(here);
        self.wanted = Some(field);
        if step == here {
            self.wanted = None;
            return self.ask_field(field).map(drop);
        }
        self.send(Event::StepChosen(step))
    }

    /// Asks this field until its answer is right, or kept as it is.
    pub(super) fn ask_again(&mut self, field: Field) -> Turn<bool> {
        Ok(self.ask_field(field)? == Moved::Forth)
    }

    fn ask_field(&mut self, field: Field) -> Turn<Moved> {
        let mut refused = false;
        self.say_replaced(field);
        loop {
            let question = question(&self.state, field);
            let reply = self.ask(question)?;
            if matches!(reply, PromptReply::Back) {
                return Ok(Moved::Back);
            }
            let kept = matches!(reply, PromptReply::Kept);
            let events = match events(&self.state, field, reply) {
                Ok(events) => events,
                Err(NotAccepted(why)) => {
                    self.refuse(&why)?;
                    continue;
                }
            };
            let taken = taken(&events);
            self.send_all(events)?;
            self.settle()?;
            if let Some(labels) = taken {
                self.say_taken(field, &labels);
            }
            self.say_consequences(field);
            self.offer_trim(field)?;
            let problems = field.key().map(|key| self.state.draft.problems_of(key)).unwrap_or_default();
            if let Some(problem) = problems.first().filter(|_| !(kept && refused)) {
                self.refuse(&problem.message)?;
                refused = true;
                continue;
            }
            if let Some(key) = field.key() {
                self.send(Event::FieldLeft(key))?;
                if self.try_in_background(field)? {
                    continue;
                }
            }
            return Ok(Moved::Forth);
        }
    }

    /// Says which key Score uses until it is restarted, and that a secret was not kept, while only keys are replaced.
    fn say_replaced(&self, field: Field) {
        let Field::Setting(setting) = field else { return };
        if let Some(said) = self.state.until_restart(setting) {
            self.printer.say(2, &said);
        }
        if let Some(said) = self.state.type_again(setting) {
            self.printer.result(StatusSymbol::Warn, &said);
        }
    }

    /// Says which answers a pasted text gave. A terminal shows what is pasted at a question that is not about a secret.
    fn say_taken(&self, field: Field, labels: &str) {
        self.printer.say(2, &format!("Taken from the pasted text: {labels}."));
        if self.person && field.input() != FieldInput::Secret {
            self.printer
                .result(StatusSymbol::Warn, "The terminal has shown this text with its secret. Clear the screen.");
        }
    }

    /// Offers to remove the spaces around a secret. A pipe is refused instead, as `apply` refuses it.
    fn offer_trim(&mut self, field: Field) -> Turn<()> {
        let Some(key) = field.key().filter(|_| self.person) else { return Ok(()) };
        let trim = self.state.repairs_at(key).into_iter().find(|repair| matches!(repair, Repair::Trim { .. }));
        match trim {
            Some(trim) if self.confirm("There are spaces around it. Remove them?", true)? => {
                self.send(Event::RepairAsked(trim))
            }
            _ => Ok(()),
        }
    }

    /// Offers the keys in files of other tools before the first key is asked.
    fn offer_keys(&mut self, field: Field) -> Turn<()> {
        let Field::Setting(setting) = field else { return Ok(()) };
        let keys = [key::S3_ACCESS_KEY, key::AZURE_ACCOUNT_NAME];
        if !self.person || !keys.contains(&setting.key) || self.state.draft.filled(setting.key) {
            return Ok(());
        }
        let offers = self.state.fitting_offers().into_iter().map(|(at, offer)| (at, offer.source.clone()));
        let offers: Vec<_> = offers.take(4).collect();
        if offers.is_empty() {
            return Ok(());
        }
        let rows = offers.iter().map(|(_, source)| PromptRow::new(format!("Use the keys of {source}")));
        let rows = rows.chain([PromptRow::new("Type the keys")]).collect::<Vec<_>>();
        let last = rows.len() - 1;
        let help = Field::KeysOffer(0).help();
        let chosen = self.choose("Keys were found on this machine.", help, rows, Some(last))?;
        match chosen.and_then(|at| offers.get(at)) {
            Some((at, _)) => self.send(Event::KeysTaken(*at)),
            None => Ok(()),
        }
    }

    /// Says how the answer was understood, and what follows from it.
    fn say_consequences(&self, field: Field) {
        let draft = &self.state.draft;
        if field == Field::Secure && !draft.secure {
            self.printer.result(StatusSymbol::Warn, view::UNSECURED.trim_start_matches("! "));
        }
        let Some(key) = field.key() else { return };
        for noted in draft.notes_of(key) {
            self.printer.say(2, &noted);
        }
        for (_, warning) in draft.warnings().iter().filter(|(about, _)| *about == key) {
            self.printer.result(StatusSymbol::Warn, warning);
        }
        let Field::Setting(setting) = field else { return };
        if draft.is_later(setting) {
            self.printer.result(StatusSymbol::Warn, "Score does not start before it is set.");
        }
        if let Some(place) = draft.overruled(setting) {
            self.printer.result(StatusSymbol::Warn, &format!("{place} overrides the file. Change the value there."));
        }
    }

    /// Waits for the test that an answer has started, and says what it shows. Returns true to ask the field again.
    fn try_in_background(&mut self, field: Field) -> Turn<bool> {
        let going = |state: &State| state.background.as_ref().is_some_and(Run::going) && state.background_is_current();
        let tests = [key::S3_ENDPOINT, key::AZURE_ACCOUNT_NAME, key::S3_SECRET_KEY, key::AZURE_ACCOUNT_KEY];
        let Some(key) = field.key().filter(|key| tests.contains(key)) else { return Ok(false) };
        self.wait(going, |now, late| {
            let board = now.state.background.as_ref().map(|run| &run.board);
            if let Some(entry) = board.and_then(|board| board.waited_for()).filter(|_| late) {
                now.printer.say(0, &format!("Still waiting for: {}.", entry.row.title));
            }
        })?;
        let Some(blamed) = self.say_background(key) else { return Ok(false) };
        if !self.person {
            return Ok(false);
        }
        let here = fields(&self.state, self.state.step);
        let mut again: Vec<Field> =
            here.into_iter().filter(|each| blamed.iter().any(|key| each.key() == Some(key))).collect();
        if !again.contains(&field) {
            again.push(field);
        }
        let repairs = self.state.repairs_at(key);
        let mut rows: Vec<_> = repairs.iter().map(|repair| PromptRow::new(view::words(repair))).collect();
        rows.extend(again.iter().map(|each| {
            let verb = if each.choices(&self.state).is_empty() { "type" } else { "choose" };
            PromptRow::new(format!("{verb} the {} again", each.label().to_lowercase()))
        }));
        rows.push(PromptRow::new("go on"));
        let Some(at) = self.choose("What next?", "Each row is one way to go on.", rows, Some(0))? else {
            return Ok(true);
        };
        if let Some(repair) = repairs.get(at) {
            self.send(Event::RepairAsked(repair.clone()))?;
            self.say_value(field);
            return self.try_in_background(field);
        }
        match again.get(at - repairs.len()) {
            Some(other) if *other != field => self.ask_field(*other).map(|_| true),
            Some(_) => Ok(true),
            None => Ok(false),
        }
    }

    /// Says what the background test shows about this setting. Returns the settings of the failures, if it failed.
    fn say_background(&self, key: &str) -> Option<Vec<&'static str>> {
        let run = self.state.background.as_ref().filter(|_| self.state.background_is_current())?;
        let reach = matches!(key, key::S3_ENDPOINT | key::AZURE_ACCOUNT_NAME);
        if !reach && run.scope == Scope::Reach {
            return None;
        }
        let (mut seen, mut blamed) = (Vec::new(), None);
        for entry in run.board.entries.iter().filter(|entry| (entry.row.group == CheckGroup::SignIn) != reach) {
            let Progress::Done { outcome, .. } = &entry.state else { continue };
            match outcome {
                Outcome::Pass(said) => {
                    let said = said.lines().next().unwrap_or_default();
                    seen.push(format!("{} {said}", entry.row.title).trim_end().to_owned());
                }
                Outcome::Warn(finding) | Outcome::Fail(finding) => {
                    if matches!(outcome, Outcome::Fail(_)) {
                        blamed.get_or_insert_with(Vec::new).extend_from_slice(&finding.settings);
                    }
                    self.printer.result(StatusSymbol::of(outcome), &finding.summary);
                    for hint in finding.hints.iter().take(1) {
                        self.printer.say(4, hint);
                    }
                }
                Outcome::Waiting(_) | Outcome::NotProbed(_) => {}
            }
        }
        if blamed.is_none() && !seen.is_empty() {
            self.printer.result(StatusSymbol::Pass, &seen.join(" · "));
        }
        blamed
    }

    /// Says the answer to a field, after a repair has changed it.
    pub(super) fn say_value(&self, field: Field) {
        self.printer.say(2, &format!("{}: {}", field.label(), value(&self.state, field)));
    }
}

/// Returns the step that asks this field.
pub(super) fn step_of(field: Field) -> Option<crate::score::Step> {
    match field {
        Field::Path | Field::Launcher | Field::SettingsOffer(_) => Some(crate::score::Step::Where),
        Field::ConnectTo | Field::KeysOffer(_) => Some(crate::score::Step::Connection),
        field => field.key().and_then(crate::wizard::field::step_of),
    }
}

/// Returns the question about a field.
fn question(state: &State, field: Field) -> Inquiry {
    let label = match field {
        Field::Provider => "Which store keeps the files?".to_owned(),
        Field::Secure => "Authorization: is there an authorization server?".to_owned(),
        field => field.label().to_owned(),
    };
    let choices = field.choices(state);
    let kind = match field.input() {
        _ if !choices.is_empty() => {
            let default = choices.iter().position(|choice| choice.chosen);
            let rows =
                choices.into_iter().map(|choice| PromptRow { shown: described(field, &choice), value: choice.value });
            PromptKind::Choice { rows: rows.collect(), default }
        }
        FieldInput::Secret => PromptKind::Secret { empty: kept(state, field) },
        _ => PromptKind::Text {
            shown: shown(state, field),
            example: example(state, field),
            several: matches!(field, Field::Setting(_)),
        },
    };
    let mut help = match field {
        Field::Setting(setting) => {
            let name = state.draft.release.map_or(setting.key, |release| setting.name(release));
            format!("{name}: {}", setting.help)
        }
        field => field.help().to_owned(),
    };
    if may_be_empty(field) && !shown(state, field).is_empty() {
        help.push_str(" Type - to empty it.");
    }
    Inquiry { label, help, kind }
}

/// Formats a row of a list.
fn described(field: Field, choice: &crate::wizard::field::FieldChoice) -> String {
    match (&choice.event, field) {
        (Event::ProviderChosen(provider), _) => format!("{}: {}", provider.name, provider.summary),
        (Event::RegionChosen(id), _) => {
            if *id == choice.shown || choice.shown.is_empty() {
                id.clone()
            } else {
                format!("{id}: {}", choice.shown)
            }
        }
        (Event::SecureChosen(true), _) => "on: every upload and download needs a token".to_owned(),
        (Event::SecureChosen(false), _) => "off: Score refuses every upload and download".to_owned(),
        _ => choice.shown.clone(),
    }
}

fn may_be_empty(field: Field) -> bool {
    match field {
        Field::ConnectTo => true,
        Field::Setting(setting) => setting.need == Need::Optional || setting.default == Some(""),
        _ => false,
    }
}

/// Returns what an empty answer does for a secret.
fn kept(state: &State, field: Field) -> &'static str {
    match field.origin(state) {
        Some(Origin::Typed | Origin::Taken(_)) => "unchanged",
        Some(Origin::File { .. }) => "kept from the file",
        Some(Origin::Elsewhere(_)) => "kept unchanged",
        _ => "",
    }
}

/// Returns the value that an empty answer takes, safe for a terminal.
fn shown(state: &State, field: Field) -> String {
    let text = field.editable(state);
    match field {
        Field::Setting(setting) if setting.secret() => String::new(),
        Field::Setting(setting) if setting.key == key::S3_ACCESS_KEY && state.draft.swapped_keys() => DOTS.to_owned(),
        Field::Setting(setting) => {
            // A cleaned endpoint is shown as it will be written.
            let clean = state.draft.value(setting.key).filter(|_| setting.key == key::S3_ENDPOINT);
            let text = clean.as_deref().unwrap_or(&text).trim();
            let text = match setting.kind {
                Kind::Bytes { .. } => bytes(text).map_or_else(|| text.to_owned(), size_text),
                _ => text.to_owned(),
            };
            shown_value(setting.key, &Secret::new(text)).unwrap_or_else(|| DOTS.to_owned())
        }
        _ => text.to_string(),
    }
}

fn example(state: &State, field: Field) -> String {
    match field {
        Field::CloudAddress => "such as http://127.0.0.1:10000/devstoreaccount1".to_owned(),
        Field::Setting(setting) => {
            let example = match state.draft.provider {
                Some(provider) if setting.key == key::S3_ENDPOINT => &provider.endpoint_example,
                _ => setting.example,
            };
            match (setting.may_be_later(), setting.need) {
                (true, _) => format!("such as {example}; empty: not known yet"),
                (_, Need::Asked) => format!("such as {example}"),
                _ => "empty: none".to_owned(),
            }
        }
        _ => String::new(),
    }
}

/// Returns the labels of the answers that a pasted text gives, if these events take one.
fn taken(events: &[Event]) -> Option<String> {
    let [Event::Taken { pasted, .. }] = events else { return None };
    let labels: Vec<_> = pasted.understood().into_iter().map(|(label, _)| label).collect();
    Some(labels.join(", "))
}

/// The reason why an answer is not accepted.
struct NotAccepted(String);

/// Returns the events of an answer, or the reason why it is not accepted.
fn events(state: &State, field: Field, reply: PromptReply) -> Result<Vec<Event>, NotAccepted> {
    match reply {
        PromptReply::Chosen(at) => {
            let event = field.choices(state).into_iter().nth(at).map(|choice| choice.event);
            if let Some(Event::ProviderChosen(provider)) = &event
                && let Some(why) = provider.unusable().or_else(|| provider.refused_by(state.draft.release?))
            {
                return Err(NotAccepted(why));
            }
            Ok(event.into_iter().collect())
        }
        PromptReply::Given(text) if may_be_empty(field) && text.trim() == EMPTY => {
            Ok(field.answered("").into_iter().chain(field.left("", state)).collect())
        }
        PromptReply::Given(text) => {
            if let (Field::Setting(_), Some(several)) = (field, several(&text)) {
                let pasted = several.map_err(|why| NotAccepted(why.to_string()))?;
                return Ok(vec![Event::Taken { pasted, source: PASTED.into() }]);
            }
            let answered = field.answered(&text).into_iter();
            Ok(answered.chain(field.left(&text, state)).collect())
        }
        _ => {
            let later: Vec<_> = field.postponed(&field.editable(state), state).into_iter().collect();
            let needed = match field {
                Field::Setting(setting) => missing(state, setting) && later.is_empty(),
                _ => false,
            };
            if needed {
                Err(NotAccepted(format!("The {} is needed.", field.label().to_lowercase())))
            } else {
                Ok(later)
            }
        }
    }
}

/// Returns true if a setting that must be answered has no answer.
fn missing(state: &State, setting: &'static Setting) -> bool {
    setting.need == Need::Asked && !state.draft.is_later(setting) && !state.draft.filled(setting.key)
}

/// Formats the answer to a field for a list.
pub(super) fn value(state: &State, field: Field) -> String {
    let none = "none".to_owned();
    match field {
        Field::Provider => state.draft.provider.map_or(none, |provider| provider.name.clone()),
        Field::Release => state.draft.release.map_or(none, |release| release.name().to_owned()),
        Field::Region => state.draft.region.clone().unwrap_or(none),
        Field::Launcher => started_by(state).to_owned(),
        Field::Secure => if state.secure() { "on" } else { "off" }.to_owned(),
        Field::Cloud => cloud_name(state).to_owned(),
        Field::Setting(setting) if setting.secret() => match state.draft.answer(setting).map(|answer| answer.text) {
            Some(Text::Secret(secret)) if !secret.is_empty() => DOTS.to_owned(),
            _ => none,
        },
        Field::Setting(setting) if state.draft.is_later(setting) => "not known yet".to_owned(),
        Field::Setting(setting) => match word(state, setting) {
            Some(word) => word.shown.to_owned(),
            None => Some(shown(state, field)).filter(|text| !text.is_empty()).unwrap_or(none),
        },
        field => Some(shown(state, field)).filter(|text| !text.is_empty()).unwrap_or(none),
    }
}
