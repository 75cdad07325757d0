//! Resolves `${…}` and `#{…}` in a value as Spring does, and writes a text so that Spring gives exactly that text.
//!
//! Spring has no escape for `${` before 6.2. Fields of `@ConfigurationProperties` are resolved leniently and in one
//! pass (`PropertyPlaceholderHelper.parseStringValue`, Spring 5.1.8 and 5.3.18): a placeholder with an unknown name
//! becomes its default, and the search continues after the replacement. So `${name:$}{` gives `${`, which is not
//! resolved again; observed to sign correctly on Score 5.9 to 5.12. Values of `@Value` are resolved twice, and `#{…}`
//! is evaluated there: for them, a text with `${` or `#{` cannot be written.

/// A placeholder that gives `$`. No property and no environment variable has its name.
const WRITTEN: &str = "score.setup.literal:$";

/// Returns the text to write for a lenient setting so that Spring gives `text`.
#[must_use]
pub fn literal(text: &str) -> String {
    text.replace("${", &format!("${{{WRITTEN}}}{{"))
}

/// Returns the value of a lenient setting that Spring reads from this text of a file. `None` if it depends on the
/// environment of Score.
#[must_use]
pub fn resolve(text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        result.push_str(before);
        match end(from) {
            Some(end) if &from[2..end] == WRITTEN => {
                result.push('$');
                rest = &from[end + 1..];
            }
            Some(_) => return None,
            // Spring looks for no later placeholder then.
            None => {
                rest = from;
                break;
            }
        }
    }
    result.push_str(rest);
    Some(result)
}

/// Returns true if the value of a strict setting with this text depends on the environment of Score.
#[must_use]
pub fn depends(text: &str) -> bool {
    // If the first placeholder is not closed, Spring looks for no later one.
    text.contains("#{") || text.find("${").is_some_and(|at| end(&text[at..]).is_some())
}

/// A text that cannot be written for a strict setting, with the beginning of the part that Spring would evaluate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must not contain {0}: Score would evaluate it, and this cannot be prevented")]
pub struct PlaceholderError(pub &'static str);

/// Refuses a text that cannot be written for a strict setting.
pub(super) fn refuse(text: &str) -> Result<(), PlaceholderError> {
    ["${", "#{"].into_iter().find(|open| text.contains(open)).map_or(Ok(()), |open| Err(PlaceholderError(open)))
}

/// Returns the position where the placeholder at the start of the text closes. Counts nested braces
/// (`findPlaceholderEndIndex`).
fn end(from: &str) -> Option<usize> {
    let mut nested = 0_usize;
    for (at, byte) in from.bytes().enumerate().skip(2) {
        match byte {
            b'}' if nested == 0 => return Some(at),
            b'}' => nested -= 1,
            b'{' => nested += 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Implements `PropertyPlaceholderHelper.parseStringValue` of Spring 5.3.18, ignoring what cannot be resolved.
    fn spring(value: &str, properties: &[(&str, &str)]) -> String {
        let mut result = value.to_owned();
        let mut start = result.find("${");
        while let Some(at) = start {
            let Some(close) = end(&result[at..]).map(|close| at + close) else { break };
            let name = spring(&result[at + 2..close], properties);
            let known =
                |name: &str| properties.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            let found = known(&name).or_else(|| {
                let (name, default) = name.split_once(':')?;
                Some(known(name).unwrap_or_else(|| default.to_owned()))
            });
            let from = match found {
                Some(found) => {
                    let found = spring(&found, properties);
                    result.replace_range(at..=close, &found);
                    at + found.len()
                }
                None => close + 1,
            };
            start = result[from..].find("${").map(|next| from + next);
        }
        result
    }

    #[test]
    fn the_secret_seen_on_four_releases_is_written_so() {
        assert_eq!(
            literal(r##"x${HOME}y\z"#=:! é'#{1+1}%41"##),
            r##"x${score.setup.literal:$}{HOME}y\z"#=:! é'#{1+1}%41"##
        );
    }

    #[test]
    fn what_depends_on_the_machine_is_not_guessed() {
        for text in ["${HOME}", "a${b:c}", "${a${b}}", "${score.setup.literal:$}{a}${b}"] {
            assert_eq!(resolve(text), None, "{text}");
        }
        for text in ["${HOME", "$HOME", "{HOME}", "$${", "a}${"] {
            assert_eq!(resolve(text), Some(text.into()), "{text}");
        }
        assert!(depends("#{1+1}") && depends("a${b}") && !depends("${b") && !depends("$b}"));
    }

    proptest! {
        #[test]
        fn spring_gives_back_every_literal(text in "[ab${}:#. é]{0,24}|(\\$\\{|\\$\\$|\\}|\\{|HOME|:|score\\.setup\\.literal:\\$|é){0,12}") {
            let properties = [("HOME", "/root"), ("a", "${HOME}"), ("", "nothing"), ("b", "$")];
            prop_assert_eq!(spring(&literal(&text), &properties), text.clone());
            prop_assert_eq!(resolve(&literal(&text)), Some(text));
        }
    }
}
