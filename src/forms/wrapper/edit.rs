//! Makes the only edit of `wrapper.conf`: sets the parameter that names the profiles. All other bytes stay.

use super::{PARAMETER, PROFILES, Wrapper};
use crate::text::properties::physical;

/// Returns the bytes with these profiles, and the number of the parameter: the one that names profiles now, else the
/// next free number.
#[must_use]
pub fn with_profiles(bytes: &[u8], profiles: &str) -> (Vec<u8>, u32) {
    let wrapper = Wrapper::read(bytes);
    let lines: Vec<&[u8]> = physical(bytes).collect();
    if let Some((parameter, _)) = wrapper.profiles() {
        let at = line_at(&lines, parameter.line);
        let mut out: Vec<u8> = lines[..at].concat();
        out.extend(lines.get(at).map(|line| replaced(line, profiles)).unwrap_or_default());
        out.extend(lines.get(at + 1..).unwrap_or_default().concat());
        return (out, parameter.number);
    }
    let last = wrapper.parameters.last();
    let number = last.map_or(0, |last| last.number) + 1;
    // The new line follows the last parameter line, whatever its number.
    let at = wrapper.parameters.iter().map(|parameter| line_at(&lines, parameter.line) + 1).max();
    let at = at.unwrap_or(lines.len()).min(lines.len());
    let mut out: Vec<u8> = lines[..at].concat();
    let end: &[u8] = if lines.first().is_some_and(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend(end);
    }
    out.extend(format!("{PARAMETER}{number}={PROFILES}{profiles}").bytes());
    out.extend(end);
    out.extend(lines[at..].concat());
    (out, number)
}

/// Returns the index of a line that is counted from one. `Wrapper` counts line feeds only.
fn line_at(lines: &[&[u8]], line: usize) -> usize {
    let mut feeds = 0;
    let mut at = 0;
    while at < lines.len() && feeds + 1 < line {
        feeds += usize::from(lines[at].ends_with(b"\n"));
        at += 1;
    }
    at
}

/// Returns the line with another list after `active=`. The old list ends at whitespace at the end of the line or before
/// a comment.
fn replaced(line: &[u8], profiles: &str) -> Vec<u8> {
    let sign = PROFILES.as_bytes();
    let Some(at) = line.windows(sign.len()).position(|window| window == sign) else { return line.to_vec() };
    let (before, list) = line.split_at(at + sign.len());
    let body = list.iter().position(|byte| b"#\r\n".contains(byte)).unwrap_or(list.len());
    let blanks = list[..body].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
    [before, profiles.as_bytes(), &list[body - blanks..]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str) -> String {
        String::from_utf8(with_profiles(text.as_bytes(), "s3,secure").0).unwrap()
    }

    #[test]
    fn only_the_list_of_profiles_changes() {
        for (before, after) in [
            (
                "a=b\r\nwrapper.app.parameter.1 = --spring.profiles.active=secure,amazon  # why\r\n# end",
                "a=b\r\nwrapper.app.parameter.1 = --spring.profiles.active=s3,secure  # why\r\n# end",
            ),
            (
                "wrapper.app.parameter.1=--spring.profiles.active=",
                "wrapper.app.parameter.1=--spring.profiles.active=s3,secure",
            ),
            // The last one takes effect.
            (
                "wrapper.app.parameter.2=--spring.profiles.active=a\nwrapper.app.parameter.1=--spring.profiles.active=b\n",
                "wrapper.app.parameter.2=--spring.profiles.active=s3,secure\nwrapper.app.parameter.1=--spring.profiles.active=b\n",
            ),
        ] {
            assert_eq!(edited(before), after);
        }
    }

    #[test]
    fn without_one_the_next_number_is_taken_behind_the_last() {
        assert_eq!(
            edited("wrapper.app.parameter.1=x\nwrapper.app.parameter.2=y\n# z\n"),
            "wrapper.app.parameter.1=x\nwrapper.app.parameter.2=y\nwrapper.app.parameter.3=--spring.profiles.active=s3,secure\n# z\n"
        );
        assert_eq!(edited("# only"), "# only\nwrapper.app.parameter.1=--spring.profiles.active=s3,secure\n");
        assert_eq!(edited(""), "wrapper.app.parameter.1=--spring.profiles.active=s3,secure\n");
    }

    #[test]
    fn what_is_written_is_read_so_and_needs_no_second_edit() {
        for before in ["", "wrapper.app.parameter.1=x", "#wrapper.app.parameter.1=--spring.profiles.active=a\n"] {
            let (after, number) = with_profiles(before.as_bytes(), "s3,secure");
            let wrapper = Wrapper::read(&after);
            let (parameter, names) = wrapper.profiles().unwrap();
            assert_eq!((parameter.number, names.join(",")), (number, "s3,secure".to_owned()));
            assert_eq!(with_profiles(&after, "s3,secure").0, after);
        }
    }
}
