//! Suggests the known word that was probably intended. Knows nothing of what the words are for.

/// Returns the known word that differs least; `None` if all differ too much, as a wrong guess does not help.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        // A word of megabytes is not compared letter by letter.
        .filter(|candidate| word.len().abs_diff(candidate.len()) <= 2 * accepted(candidate))
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= accepted(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns the largest distance at which a word is suggested.
fn accepted(candidate: &str) -> usize {
    1 + candidate.len() / 4
}

/// Counts the letters to change, add or remove to make one word of the other; ignores case.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    strsim::levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::SETTINGS;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        let known = ["upload.partsize", "upload.retry.limit", "s3.endpoint"];
        assert_eq!(nearest("upload.partsze", known), Some("upload.partsize"));
        assert_eq!(nearest("s3.Endpiont", known), Some("s3.endpoint"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn a_word_is_suggested_up_to_the_accepted_distance_and_no_further() {
        for setting in SETTINGS {
            let key = setting.key;
            // No key has this character.
            let wrong = |count: usize| "§".repeat(count) + key;
            assert_eq!(nearest(&wrong(accepted(key)), [key]), Some(key));
            assert_eq!(nearest(&wrong(accepted(key) + 1), [key]), None);
        }
    }
}
