//! `check [CONF]`: tries the store of an existing configuration as Score would use it, and changes nothing but scratch.

use std::{io, path::Path};

use super::{Session, Stage, Surroundings, trouble};
use crate::{
    catalogue::{Api, provider::provider},
    checks::board::{Board, Verdict},
    cli::{self, Code, Common},
    draft::{Found, Origin, Problem, Remark},
    wizard::{Event, Standing},
};

/// Tells what of an existing configuration works.
pub(super) fn check<'a>(asked: &'a cli::Check, common: &'a Common, surroundings: Surroundings<'a>) -> io::Result<Code> {
    let mut session = Session::new(common, surroundings);
    session.state.dry = asked.read_only;
    session.state.to_the_letter = true;
    session.quiet = asked.quiet;
    session.report.judged = true;
    let code = match session.open(asked.conf.as_deref()).and_then(|()| session.try_all()) {
        Ok(()) => session.code(),
        Err(code) => code,
    };
    session.keep_still(asked.read_only);
    session.end(code, (!asked.json).then(String::new), "Left.")
}

impl Session<'_> {
    /// Reads the file, and tells what is wrong with it before anything is sent.
    fn open(&mut self, conf: Option<&Path>) -> Stage {
        self.prepare()?;
        self.load(conf)?;
        if self.state.base.as_ref().is_none_or(|base| base.bytes.is_none()) {
            let what = format!("there is no {}", self.shown.1);
            let hint = "name a Score folder, its conf/ or a properties file: score-setup check CONF";
            return self.stop(Code::CouldNot, trouble(&what, "no such file", hint));
        }
        let mut remarks = self.assume();
        let found = self.state.draft.found();
        remarks.extend(self.others(&found));
        remarks.extend(found.open.iter().map(|key| Remark {
            setting: Some(key),
            message: "Filled in only when Score starts (${…}): it cannot be tried here.".to_owned(),
            origin: None,
        }));
        remarks.extend(found.remarks);
        self.tell_remarks(remarks);
        self.tell_problems(found.wrong);
        match found.scope {
            Some(_) => Ok(()),
            None if self.report.problems.is_empty() => {
                let cause = format!("the file has ${{…}} for {}", found.open.join(", "));
                self.stop(Code::CouldNot, trouble("the store cannot be tried from here", &cause, ""))
            }
            None => {
                let wrong = self.report.problems.len();
                self.report.verdict = Some(self.surroundings.style.verdict(&Board::default(), &self.state.host, wrong));
                Err(Code::Wrong)
            }
        }
    }

    /// What the file does not tell, and how far that matters.
    fn assume(&mut self) -> Vec<Remark> {
        if let Some(release) = self.common.release {
            self.send(Event::ReleaseChosen(release));
        }
        if let Some(other) = provider("other").filter(|_| self.state.draft.provider.is_none()) {
            self.send(Event::ProviderChosen(other));
        }
        let mut remarks = Vec::new();
        if self.state.draft.release.is_none() {
            let release = self.state.draft.likely_release();
            self.send(Event::ReleaseChosen(release));
            let message = format!("It is read as Score {release} reads it; --release tells another.");
            remarks.push(Remark { setting: None, message, origin: None });
        }
        let draft = &self.state.draft;
        if let (Some(release), true) = (draft.release, draft.api() == Api::Azure)
            && let Some(message) = draft.provider.and_then(|provider| provider.refused_by(release))
        {
            remarks.push(Remark { setting: None, message, origin: None });
        }
        remarks
    }

    /// What the rules of the wizard have against other values of the file: what Score does with them is not tried here.
    fn others(&self, found: &Found) -> Vec<Remark> {
        let told: Vec<_> = found.wrong.iter().flat_map(|problem| &problem.settings).collect();
        let in_file = |problem: &Problem| matches!(problem.origin, Some(Origin::File { .. }));
        let problems = self.state.problems().into_iter().filter(in_file);
        let others = problems.filter(|problem| problem.settings.first().is_some_and(|key| !told.contains(&key)));
        others
            .map(|Problem { settings, message, origin }| Remark { setting: settings.first().copied(), message, origin })
            .collect()
    }

    fn try_all(&mut self) -> Stage {
        self.send(Event::CheckAsked);
        self.settle();
        self.stay()?;
        self.tell_findings();
        Ok(())
    }

    fn code(&self) -> Code {
        if let Some(code) = self.ended_with_failures() {
            return code;
        }
        if self.report.problems.is_empty() { Code::Done } else { Code::Wrong }
    }

    /// `--quiet`: the verdict alone, and only where it is no good news. What nothing was written for cannot be proven.
    fn keep_still(&mut self, read_only: bool) {
        let fine = match self.state.standing() {
            Standing::Ended(Verdict::Pass | Verdict::Warn) => true,
            Standing::Ended(Verdict::Unproven) => read_only,
            _ => false,
        };
        if self.quiet && fine && self.report.problems.is_empty() {
            self.report.verdict = None;
        }
        self.quiet = false;
    }
}
