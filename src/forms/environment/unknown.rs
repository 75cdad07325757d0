//! Describes a value that exists and is not known here, such as one of a Secret that is not in the input. It is written
//! as a placeholder, because nothing may depend on it.

use crate::text::secret::Secret;

const BEGINNING: &str = "${unknown here, from ";

/// Returns the value that stands for one from this source.
#[must_use]
pub fn unknown(source: &str) -> Secret {
    // A placeholder of Spring ends at a brace, and its default begins at a colon.
    let plain = |letter: char| if "${}:".contains(letter) || letter.is_control() { '_' } else { letter };
    Secret::new(format!("{BEGINNING}{}}}", source.chars().map(plain).collect::<String>()))
}

/// Returns the source of the first value in the text that is not known here.
#[must_use]
pub fn source_of_unknown(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(BEGINNING)?;
    rest.split_once('}').map(|(source, _)| source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_an_unknown_value_is_found_again() {
        let value = unknown("Secret a, key b");
        assert_eq!(
            value.shape(|text| source_of_unknown(&format!("http://{text}:9")).map(str::to_owned)),
            Some("Secret a, key b".into())
        );
        assert_eq!(unknown("a}${b:c").shape(|text| source_of_unknown(text).map(str::to_owned)), Some("a___b_c".into()));
        assert_eq!(source_of_unknown("${NAME}"), None);
    }
}
