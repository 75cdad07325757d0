//! Finds the known word that was probably intended. Knows nothing of the purpose of the words.

/// Returns the most similar word, or `None` if no word is similar: a wrong suggestion does not help.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = |candidate: &str| 1 + candidate.len() / 4;
    known
        .into_iter()
        // Without this filter, a word of megabytes would be compared letter by letter.
        .filter(|candidate| word.len().abs_diff(candidate.len()) <= 2 * most(candidate))
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= most(candidate))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns the number of letters to change, add or remove to turn one word into the other, ignoring case.
#[must_use]
pub fn distance(one: &str, other: &str) -> usize {
    let letters = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<Vec<_>>();
    let (one, other) = (letters(one), letters(other));
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != wanted);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_meant_and_a_far_one_is_not() {
        let known = ["upload.partsize", "upload.retry.limit", "s3.endpoint"];
        assert_eq!(nearest("upload.partsze", known), Some("upload.partsize"));
        assert_eq!(nearest("s3.Endpiont", known), Some("s3.endpoint"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
