//! Splits a shell script into simple commands with the words that the shell passes on: quotes are removed, and variables
//! that the script itself sets are replaced. What only the running shell knows is unknown here.

use std::{collections::HashMap, iter::Peekable, str::Chars};

use super::environment::unknown;

/// A word of a command.
#[derive(Clone)]
pub(super) struct ShellWord {
    pub(super) text: String,
    /// Line number, counted from one.
    pub(super) line: usize,
}

/// The length limit of a word, in bytes. Variables that double each other reach any length in a few lines.
const LONGEST: usize = 64 * 1024;

/// Returns the commands of a script, in order.
pub(super) fn commands(text: &str) -> Vec<Vec<ShellWord>> {
    let letters = text.chars().peekable();
    let mut reader =
        ShellReader { letters, line: 1, known: HashMap::new(), words: Vec::new(), word: None, all: Vec::new() };
    while let Some(letter) = reader.next() {
        reader.take(letter);
    }
    reader.end_command();
    reader.all
}

struct ShellReader<'a> {
    letters: Peekable<Chars<'a>>,
    line: usize,
    known: HashMap<String, String>,
    words: Vec<ShellWord>,
    word: Option<ShellWord>,
    all: Vec<Vec<ShellWord>>,
}

impl ShellReader<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.letters.next()?;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn push(&mut self, text: &str) {
        let line = self.line;
        let word = self.word.get_or_insert_with(|| ShellWord { text: String::new(), line });
        if word.text.len() + text.len() <= LONGEST {
            word.text.push_str(text);
        }
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        let own =
            words.iter().skip_while(|word| ["export", "readonly", "local", "declare"].contains(&word.text.as_str()));
        let assigned: Option<Vec<_>> = own.map(|word| assignment(&word.text)).collect();
        for (name, value) in assigned.unwrap_or_default() {
            self.known.insert(name.to_owned(), value.to_owned());
        }
        if !words.is_empty() {
            self.all.push(words);
        }
    }

    fn take(&mut self, letter: char) {
        match letter {
            '\'' => {
                self.push("");
                while let Some(inner) = self.next().filter(|inner| *inner != '\'') {
                    self.push(inner.encode_utf8(&mut [0; 4]));
                }
            }
            '"' => self.double(),
            '\\' => match self.next() {
                // The command continues on the next line.
                Some('\n') | None => {}
                Some(escaped) => self.push(escaped.encode_utf8(&mut [0; 4])),
            },
            '#' if self.word.is_none() => {
                while self.letters.peek().is_some_and(|letter| *letter != '\n') {
                    self.next();
                }
            }
            '$' => self.dollar(),
            '`' => self.substituted('`', '`'),
            '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>' => self.end_command(),
            letter if letter.is_whitespace() => self.end_word(),
            letter => self.push(letter.encode_utf8(&mut [0; 4])),
        }
    }

    fn double(&mut self) {
        self.push("");
        while let Some(letter) = self.next() {
            match letter {
                '"' => return,
                '\\' => match self.next() {
                    Some('\n') | None => {}
                    Some(escaped @ ('"' | '\\' | '$' | '`')) => self.push(escaped.encode_utf8(&mut [0; 4])),
                    Some(other) => {
                        self.push("\\");
                        self.push(other.encode_utf8(&mut [0; 4]));
                    }
                },
                '$' => self.dollar(),
                '`' => self.substituted('`', '`'),
                letter => self.push(letter.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// Replaces `$NAME`, `${NAME}` and `${NAME:-default}` by what the script sets.
    fn dollar(&mut self) {
        match self.letters.peek().copied() {
            Some('(') => {
                self.next();
                self.substituted('(', ')');
            }
            Some('{') => {
                self.next();
                let mut inner = String::new();
                let mut depth = 1;
                while let Some(letter) = self.next() {
                    depth += i32::from(letter == '{') - i32::from(letter == '}');
                    if depth == 0 {
                        break;
                    }
                    inner.push(letter);
                }
                let end = inner.find(|letter: char| !is_name(letter)).unwrap_or(inner.len());
                let (name, rest) = inner.split_at(end);
                let known = self.known.get(name).filter(|value| !(rest.starts_with(":-") && value.is_empty())).cloned();
                let value = match rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')) {
                    // A default that is built from other values is not known here.
                    Some(text) => {
                        known.or_else(|| (!text.contains(['$', '`', '"', '\'', '\\'])).then(|| text.to_owned()))
                    }
                    None if rest.is_empty() || rest.starts_with(['?', ':']) && rest.contains('?') => known,
                    None => None,
                };
                self.push_value(name, value);
            }
            Some(letter) if is_name(letter) && !letter.is_ascii_digit() => {
                let mut name = String::new();
                while let Some(letter) = self.letters.next_if(|letter| is_name(*letter)) {
                    name.push(letter);
                }
                let value = self.known.get(&name).cloned();
                self.push_value(&name, value);
            }
            Some(letter) if letter.is_ascii_digit() || "@*#?!$".contains(letter) => {
                self.next();
                self.push(unknown("a parameter of the script").for_file());
            }
            _ => self.push("$"),
        }
    }

    fn push_value(&mut self, name: &str, value: Option<String>) {
        match value {
            Some(value) => self.push(&value),
            None => self.push(unknown(&format!("the variable {name} of the shell")).for_file()),
        }
    }

    /// Skips a command substitution, to its closing sign.
    fn substituted(&mut self, open: char, close: char) {
        let mut depth = 1;
        while let Some(letter) = self.next() {
            if letter == close {
                depth -= 1;
            } else if letter == open {
                depth += 1;
            }
            if depth == 0 {
                break;
            }
        }
        self.push(unknown("a command of the shell").for_file());
    }
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_becomes_commands_as_the_shell_runs_them() {
        let text = "#!/bin/sh\nTAG=5.11.0 # the release\nexport HOST=\"http://$TAG\"\ndocker run \\\n  -e A='$TAG b' -e \"B=$HOST\" x:${TAG} || echo \"no\\$\"\n\
                    C=${D:-d}; run $C `date` $(a (b)) \"${NO}\" a#b\n";
        let all: Vec<String> = commands(text)
            .iter()
            .map(|words| {
                let texts: Vec<_> = words.iter().map(|word| format!("{}:{}", word.text, word.line)).collect();
                texts.join(" ")
            })
            .collect();
        assert_eq!(all[0], "TAG=5.11.0:2");
        assert_eq!(all[2], "docker:4 run:4 -e:5 A=$TAG b:5 -e:5 B=http://5.11.0:5 x:5.11.0:5");
        assert_eq!(all[3], "echo:5 no$:5");
        let command = "${unknown here, from a command of the shell}:6";
        assert_eq!(
            all[5],
            format!("run:6 d:6 {command} {command} ${{unknown here, from the variable NO of the shell}}:6 a#b:6")
        );
        let doubled = (1..64).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1)).collect::<Vec<_>>().concat();
        assert!(commands(&format!("A0=0123456789\n{doubled}")).iter().flatten().all(|word| word.text.len() <= LONGEST));
    }
}
