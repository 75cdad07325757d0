//! Decides where Enter leads: to the next thing that needs an answer, on this page or a later one. It only leads forward,
//! so it never goes round.

use super::{
    Purpose, Standing, State,
    field::{Field, asks_for_authorization, fields},
};
use crate::{
    answers::draft::{Origin, Problem},
    score::{Kind, Need, Scope, Step},
};

/// A step, and the field in it that needs an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub step: Step,
    pub field: Option<Field>,
}

/// The knowledge about the answers, computed once for all fields.
struct Needs<'a> {
    state: &'a State,
    /// The names with a problem, and those with a warning.
    wrong: Vec<&'static str>,
    warned: Vec<&'static str>,
}

/// Returns the settings of authorization that are missing although the operator switched it on. Once one of them is given,
/// the others are problems.
fn authorization(state: &State) -> impl Iterator<Item = &'static str> {
    let on = state.setup.profiles.is_some() && state.secure() && !state.draft.authorized();
    on.then(|| state.draft.authorization_keys()).into_iter().flatten()
}

impl<'a> Needs<'a> {
    fn of(state: &'a State) -> Self {
        Self::new(state, &state.problems(), &state.draft.warnings())
    }

    fn new(state: &'a State, problems: &[Problem], warnings: &[(&'static str, String)]) -> Self {
        let wrong = problems.iter().flat_map(|problem| problem.settings.iter().copied());
        let wrong = wrong.chain(authorization(state)).collect();
        Self { state, wrong, warned: warnings.iter().map(|(key, _)| *key).collect() }
    }

    /// Returns true if the session cannot go on well without an answer to this field: it is missing or wrong, or it
    /// belongs to another answer that was just replaced.
    fn answer(&self, field: Field) -> bool {
        let draft = &self.state.draft;
        let wrong = || field.key().is_some_and(|key| self.wrong.contains(&key));
        if field.key().is_some_and(|key| self.state.changing.contains(&key)) {
            return true;
        }
        match field {
            Field::Path => self.state.deployment.is_none() && !self.state.loading,
            Field::Release => draft.release.is_none() || wrong(),
            Field::Provider => draft.provider.is_none() || wrong(),
            Field::Secure => asks_for_authorization(self.state),
            Field::Setting(_) => wrong() || field.outlived(self.state),
            Field::Region | Field::Cloud | Field::CloudAddress => wrong(),
            Field::Launcher | Field::ConnectTo | Field::More | Field::SettingsOffer(_) | Field::KeysOffer(_) => false,
        }
    }

    /// Returns true if a page can leave the field out until the operator asks for it: it has its usual value.
    fn rests(&self, field: Field) -> bool {
        match field {
            Field::ConnectTo => self.state.route.connect_to.is_none(),
            Field::Setting(setting) => {
                let usual = || matches!(field.origin(self.state), None | Some(Origin::Preset | Origin::Default));
                let asked = setting.need == Need::Asked || matches!(setting.kind, Kind::Bytes { .. });
                !asked && !self.warned.contains(&setting.key) && usual() && !self.answer(field)
            }
            _ => false,
        }
    }

    fn first(&self, fields: &[Field]) -> Option<Field> {
        fields.iter().copied().find(|field| self.answer(*field))
    }
}

/// Returns the fields of the current page: all of them, or the folded ones as one line at the end. The problems and
/// warnings are those of the state.
#[must_use]
pub fn page(
    state: &State,
    (problems, warnings): (&[Problem], &[(&'static str, String)]),
    unfolded: bool,
) -> Vec<Field> {
    let all = fields(state, state.step);
    if unfolded {
        return all;
    }
    let needs = Needs::new(state, problems, warnings);
    let resting = all.iter().filter(|field| needs.rests(**field)).count();
    if resting < 2 {
        // One field takes no more room than the line that would stand for it.
        return all;
    }
    all.into_iter().filter(|field| !needs.rests(*field)).chain([Field::More]).collect()
}

/// Returns the fields that `Field::More` replaces.
#[must_use]
pub fn folded(state: &State, step: Step) -> Vec<Field> {
    let needs = Needs::of(state);
    fields(state, step).into_iter().filter(|field| needs.rests(*field)).collect()
}

impl State {
    /// Returns the next place that needs an answer after this field of the current page, or after the whole page. The
    /// last place is the review.
    #[must_use]
    pub fn next_needed(&self, after: Option<Field>) -> Place {
        let needs = Needs::of(self);
        let here = fields(self, self.step);
        // A field that is gone, such as an offer that was taken, leaves the whole page.
        let from =
            after.map_or(here.len(), |after| here.iter().position(|field| *field == after).map_or(0, |at| at + 1));
        if let Some(field) = needs.first(here.get(from..).unwrap_or_default()) {
            return Place { step: self.step, field: Some(field) };
        }
        let review = Place { step: Step::Review, field: None };
        if self.replaces_keys() {
            // The other answers stay as they are.
            let tested = self.step >= Step::Checks || self.may_write();
            return if tested { review } else { Place { step: Step::Checks, field: None } };
        }
        let testable = self.step > Step::Checks && self.draft.store(Scope::All).is_some();
        let untested = testable && self.standing() == Standing::NotRun;
        let here_only = self.purpose == Some(Purpose::Upgrade) && self.setup.taken_from.is_none();
        if here_only && self.step == Step::Where && self.deployment.is_some() {
            return review;
        }
        self.later()
            .find_map(|step| match step {
                Step::Checks => (!self.may_write()).then_some(Place { step, field: None }),
                _ => needs.first(&fields(self, step)).map(|field| Place { step, field: Some(field) }),
            })
            .unwrap_or(if untested { Place { step: Step::Checks, field: None } } else { review })
    }

    /// Returns the first field of the current page that needs an answer.
    #[must_use]
    pub fn first_needed(&self) -> Option<Field> {
        Needs::of(self).first(&fields(self, self.step))
    }

    /// Returns true if this field is the last of the keys, and no refusal of these keys was shown yet.
    #[must_use]
    pub fn leaves_keys(&self, field: Option<Field>) -> bool {
        field.is_some_and(Field::ends_keys) && self.doubted != self.store(Scope::SignIn).map(|(_, store)| store)
    }

    /// Returns true if Enter stays at this field once, because the store refuses the keys.
    #[must_use]
    pub fn doubts(&self, field: Option<Field>) -> bool {
        self.leaves_keys(field) && self.refused_key().is_some()
    }

    /// Returns the labels of the fields on later pages that need an answer.
    #[must_use]
    pub fn ahead(&self) -> Vec<&'static str> {
        if self.replaces_keys() {
            return Vec::new();
        }
        let needs = Needs::of(self);
        let later = self.later().flat_map(|step| fields(self, step));
        later.filter(|field| needs.answer(*field)).map(Field::label).collect()
    }

    fn later(&self) -> impl Iterator<Item = Step> {
        std::iter::successors(self.step.next(), |step| step.next())
    }
}
