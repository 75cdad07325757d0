//! Reads the arguments of Score from `wrapper.conf` of the Java Service Wrapper. The file is not a properties file: `#`
//! begins a comment anywhere, `##` is a `#`, and the parameters end at the first missing number, unless
//! `wrapper.ignore_sequence_gaps` is set, as in the file that Score ships. All observed with the wrapper 3.5.21 of
//! Score's distribution. Knows nothing of settings.

mod edit;

use std::collections::BTreeMap;

pub use edit::with_profiles;

/// The values that the file passes to Score and to its Java.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wrapper {
    /// The parameters `wrapper.app.parameter.N`, from the first number to the last one before a gap.
    pub parameters: Vec<Parameter>,
    /// The parameters `wrapper.java.additional.N`, by the same rule.
    pub additional: Vec<Parameter>,
    /// The variables for Java: first those of `set.default.NAME`, then those of `set.NAME`.
    pub variables: Vec<(String, Parameter)>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    pub number: u32,
    pub value: String,
    /// Line number, counted from one.
    pub line: usize,
}

const PARAMETER: &str = "wrapper.app.parameter.";
const ADDITIONAL: &str = "wrapper.java.additional.";
const PROFILES: &str = "--spring.profiles.active=";

impl Wrapper {
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let mut read = Self::default();
        let (mut parameters, mut additional) = (BTreeMap::new(), BTreeMap::new());
        let mut gaps = false;
        for (at, line) in text.lines().enumerate() {
            let line = without_comment(line);
            let Some((name, value)) = line.trim().split_once('=') else { continue };
            let (name, value) = (name.trim(), value.trim().to_owned());
            let numbered = |beginning: &str| name.strip_prefix(beginning).and_then(|number| number.parse().ok());
            let parameter = |number| Parameter { number, value: value.clone(), line: at + 1 };
            if let Some(number) = numbered(PARAMETER) {
                parameters.insert(number, parameter(number));
            } else if let Some(number) = numbered(ADDITIONAL) {
                additional.insert(number, parameter(number));
            } else if let Some(name) = name.strip_prefix("set.default.") {
                read.variables.insert(0, (name.to_owned(), parameter(0)));
            } else if let Some(name) = name.strip_prefix("set.") {
                read.variables.push((name.to_owned(), parameter(0)));
            } else if name == "wrapper.ignore_sequence_gaps" {
                gaps = value.eq_ignore_ascii_case("true");
            }
        }
        // The parameters are in the order of their numbers. If a number appears twice, the last line takes effect.
        read.parameters = parameters.into_values().collect();
        read.additional = additional.into_values().collect();
        if !gaps {
            up_to_a_gap(&mut read.parameters);
            up_to_a_gap(&mut read.additional);
        }
        let variables = read.variables.clone();
        for parameter in read.parameters.iter_mut().chain(&mut read.additional) {
            parameter.value = filled_in(&parameter.value, &variables);
        }
        read.parameters.retain(|parameter| !parameter.value.is_empty());
        read
    }

    /// Returns the parameter that names the profiles; the last one if there are several.
    #[must_use]
    pub fn profiles(&self) -> Option<(&Parameter, Vec<String>)> {
        self.parameters.iter().rev().find_map(|parameter| {
            let names = parameter.value.strip_prefix(PROFILES)?;
            Some((
                parameter,
                names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect(),
            ))
        })
    }

    /// Returns the value of `--name=value` among the parameters. The last one takes effect.
    #[must_use]
    pub fn argument(&self, name: &str) -> Option<(&Parameter, &str)> {
        self.parameters.iter().rev().find_map(|parameter| {
            let value = parameter.value.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('=')?;
            Some((parameter, value))
        })
    }
}

fn up_to_a_gap(all: &mut Vec<Parameter>) {
    let whole = all.iter().zip(1..).take_while(|(parameter, number)| parameter.number == *number).count();
    all.truncate(whole);
}

/// The length limit of one expanded value, in bytes. A command line has some thousand characters at most.
const LONGEST: usize = 64 * 1024;

/// Replaces `%NAME%` by the value of the variable; an unset variable stays unchanged. `LONGEST` stops variables that
/// contain each other and would grow without end.
fn filled_in(value: &str, variables: &[(String, Parameter)]) -> String {
    let mut value = value.to_owned();
    for (name, parameter) in variables.iter().rev() {
        let name = format!("%{name}%");
        if value.len() + value.matches(&name).count().saturating_mul(parameter.value.len()) > LONGEST {
            break;
        }
        value = value.replace(&name, &parameter.value);
    }
    value
}

fn without_comment(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '#' && letters.next_if_eq(&'#').is_none() {
            break;
        }
        kept.push(letter);
    }
    kept
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An argument can be a secret.
        f.debug_struct("Parameter").field("number", &self.number).field("line", &self.line).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_double_each_other_come_to_an_end() {
        let doubled: Vec<_> = (1..64).map(|at| format!("set.V{at}=%V{}%%V{}%\n", at - 1, at - 1)).collect();
        let text = format!("set.V0=0123456789\n{}wrapper.app.parameter.1=%V63%\n", doubled.concat());
        let read = Wrapper::read(text.as_bytes());
        assert!(read.parameters[0].value.len() <= LONGEST);
    }

    #[test]
    fn parameters_are_read_up_to_a_gap() {
        let text = b"# x\nwrapper.app.parameter.1=org.Main\nwrapper.app.parameter.2 = --a=b # why\n\
                     wrapper.app.parameter.4=--lost=1\nwrapper.app.parameter.2=--a=##c\n";
        let wrapper = Wrapper::read(text);
        let told: Vec<_> = wrapper.parameters.iter().map(|one| (one.number, one.value.as_str(), one.line)).collect();
        assert_eq!(told, [(1, "org.Main", 2), (2, "--a=#c", 5)]);
        assert_eq!(wrapper.argument("a").map(|(_, value)| value), Some("#c"));
    }

    /// Also reads as many parameters as fit into 10 MB, in descending order.
    #[test]
    fn parameters_are_in_the_order_of_their_numbers() {
        let line = |number: u32| format!("wrapper.app.parameter.{number}=-");
        let text = (1..200_000).rev().map(line).collect::<Vec<_>>().join("\n");
        let wrapper = Wrapper::read(text.as_bytes());
        assert!(wrapper.parameters.iter().map(|one| one.number).eq(1..200_000));
    }

    /// Observed with the wrapper of the distribution.
    #[test]
    fn gaps_are_skipped_where_the_file_says_so_and_variables_are_filled_in() {
        let text = b"wrapper.ignore_sequence_gaps=TRUE\nset.H=host\nset.default.D=d\nwrapper.app.parameter.1=Main\n\
                     wrapper.app.parameter.4=--four=x##y\nwrapper.app.parameter.5=\"--five=q r\"\n\
                     wrapper.app.parameter.6=--six=%H%/%NOPE%/%D%\nwrapper.app.parameter.7=\n\
                     wrapper.app.parameter.09=--nine=1\nwrapper.java.additional.3=-Da=b\n";
        let wrapper = Wrapper::read(text);
        let values: Vec<_> = wrapper.parameters.iter().map(|one| one.value.as_str()).collect();
        assert_eq!(values, ["Main", "--four=x#y", "\"--five=q r\"", "--six=host/%NOPE%/d", "--nine=1"]);
        assert_eq!(wrapper.additional[0].value, "-Da=b");
        assert_eq!(wrapper.variables.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["D", "H"]);
    }

    #[test]
    fn the_profiles_are_those_of_the_last_parameter_that_names_some() {
        let wrapper = Wrapper::read(b"wrapper.app.parameter.1=--spring.profiles.active=secure, amazon,\n");
        assert_eq!(wrapper.profiles().map(|(_, names)| names), Some(vec!["secure".to_owned(), "amazon".to_owned()]));
    }
}
