//! Sets the target's settings in a properties file: the existing one, or else the template. Comments out the settings
//! of the other kind of store. Settings of another release stay, with a note.

use crate::{
    answers::target::{Assignment, Target},
    install::lint,
    score::{Api, SETTINGS, Setting, Spelling},
    store::tune::words::MARK,
    text::properties::{BadEscape, Document},
};

/// Returns a complete properties file for a kind of store. A new file is made by editing it.
fn template(api: Api) -> &'static str {
    match api {
        Api::S3 => include_str!("../../../templates/s3.properties"),
        Api::Azure => include_str!("../../../templates/azure.properties"),
    }
}

/// Returns the file with the target's settings.
pub(super) fn edited(bytes: Option<&[u8]>, target: &Target) -> Result<Document, BadEscape> {
    let mut document = Document::parse(bytes.unwrap_or_default())?;
    if document.keyless() {
        // The file that Score ships contains only comments. The operator may want to keep them, so the template follows
        // them.
        document.append(instantiate(target)?);
    }
    for assignment in &target.assignments {
        set(&mut document, assignment);
    }
    for (name, spelling) in given_up(target.provider.api) {
        document.unset(name, spelling);
    }
    Ok(document)
}

/// Sets a value, with its reason above it. A reason is about one value, so that of another value is removed.
pub(super) fn set(document: &mut Document, assignment: &Assignment) {
    let (name, spelling) = (assignment.name, assignment.setting.spelling());
    let before = document.get(name);
    document.set(name, spelling, assignment.value.for_file());
    if assignment.comment.is_some() || document.get(name) != before {
        document.explain(name, spelling, MARK, assignment.comment.as_deref());
    }
}

/// Returns the names of the settings that belong to the other kind of store.
fn given_up(api: Api) -> impl Iterator<Item = (&'static str, Spelling)> {
    of_other_store(api).flat_map(|setting| {
        let names = [Some(setting.key), setting.key_until_5_11].into_iter().flatten();
        names.map(|name| (name, setting.spelling()))
    })
}

/// Returns the settings that only the other kind of store has.
pub(super) fn of_other_store(api: Api) -> impl Iterator<Item = &'static Setting> {
    let shared = move |key: &str| SETTINGS.iter().any(|setting| setting.key == key && setting.serves(api));
    SETTINGS.iter().filter(move |setting| !setting.serves(api) && !shared(setting.key))
}

/// Returns the template without the settings that this target does not set, such as those of another release.
fn instantiate(target: &Target) -> Result<Document, BadEscape> {
    let mut template = Document::parse(template(target.provider.api).as_bytes())?;
    let keys: Vec<String> = template.pairs().map(|pair| String::from_utf16_lossy(pair.key)).collect();
    for key in keys.iter().filter(|key| target.assignments.iter().all(|assignment| assignment.name != **key)) {
        template.unset(key, Spelling::Exact);
    }
    Ok(template)
}

/// Returns notes for the operator about the rest of the file.
pub(super) fn notes(document: &Document, target: &Target) -> Vec<String> {
    let mut notes = Vec::new();
    if document.bom() {
        notes.push("The file begins with a byte order mark. Java reads it as a part of the first key.".to_owned());
    }
    for assignment in &target.assignments {
        for line in document.set_again(assignment.name, assignment.setting.spelling()) {
            let name = assignment.name;
            notes.push(format!("Line {line}, after a #---, sets {name} again and may override this value. score-setup does not change it."));
        }
    }
    notes.extend(lint::unread::notes(document, target.release, target.provider.api));
    notes
}
