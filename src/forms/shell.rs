//! Splits a shell script into simple commands with the words that the shell passes on: quotes are removed, and variables
//! that the script itself sets are replaced. What only the running shell knows is unknown here.

use std::{collections::HashMap, iter::Peekable, path::Path, str::Chars};

use super::environment::{is_name, source_of_unknown, unknown};

/// A word of a command.
#[derive(Clone)]
pub(super) struct ScriptWord {
    pub(super) text: String,
    /// Line number, counted from one.
    pub(super) line: usize,
    /// True if the shell splits the word, and the words that it becomes are not known here.
    pub(super) splits: bool,
}

pub(super) struct Script {
    pub(super) commands: Vec<Vec<ScriptWord>>,
    /// The values of exported variables by their names, each with the number of commands before it.
    exported: HashMap<String, Vec<(usize, String)>>,
}

/// The length limit of a word, in bytes. Variables that double each other reach any length in a few lines.
const LONGEST: usize = 64 * 1024;
/// The length limit of all values together that replace variables, in bytes.
const LONGEST_TOGETHER: usize = 4 * 1024 * 1024;

/// The variables of the process that runs a script.
pub(super) struct Outer<'a> {
    pub(super) known: &'a dyn Fn(&str) -> Option<String>,
    /// Returns the text for a variable that nothing sets.
    pub(super) unset: fn(&str) -> String,
    /// Opens a file that the script reads with `.` or `source`.
    pub(super) open: &'a dyn Fn(&Path) -> Option<Vec<u8>>,
}

impl<'a> Outer<'a> {
    /// Returns the variables of a script whose others are not known here.
    pub(super) fn of(known: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let unset = |name: &str| unknown(&format!("the variable {name} of the shell")).for_file().to_owned();
        Self { known, unset, open: &|_| None }
    }
}

/// Reads a script.
pub(super) fn script(text: &str, outer: &Outer<'_>) -> Script {
    read(text, Some(outer))
}

/// Splits a command line into words by quotes and backslashes, up to the first sign such as `;`, and replaces nothing
/// (compose-go: `shellwords.Parse`).
pub(super) fn words(text: &str) -> Vec<String> {
    let first = read(text, None).commands.into_iter().next();
    first.into_iter().flatten().map(|word| word.text).collect()
}

fn read(text: &str, outer: Option<&Outer<'_>>) -> Script {
    let mut reader = ShellReader {
        letters: text.chars().peekable(),
        included: Vec::new(),
        outer,
        line: 1,
        known: HashMap::new(),
        exports_all: false,
        left: LONGEST_TOGETHER,
        words: Vec::new(),
        word: None,
        arrays: HashMap::new(),
        array: None,
        texts: Vec::new(),
        all: Script { commands: Vec::new(), exported: HashMap::new() },
    };
    while let Some(letter) = reader.next() {
        reader.take(letter);
    }
    reader.end_command();
    reader.all
}

impl Script {
    /// Returns the value of a variable that the script has exported before the command at this position.
    pub(super) fn exported(&self, command: usize, name: &str) -> Option<&str> {
        let values = self.exported.get(name)?;
        values.iter().rev().find(|(at, _)| *at <= command).map(|(_, value)| value.as_str())
    }

    /// Returns the names of all exported variables, in alphabetical order.
    pub(super) fn exported_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.exported.keys().map(String::as_str).collect();
        names.sort_unstable();
        names
    }
}

struct ShellReader<'a> {
    letters: Peekable<Chars<'a>>,
    /// The letters of files that the script reads, in reverse. They come before its own.
    included: Vec<char>,
    /// The variables of the process that runs the script. `None` if nothing is replaced.
    outer: Option<&'a Outer<'a>>,
    line: usize,
    known: HashMap<String, String>,
    /// True after `set -a`.
    exports_all: bool,
    /// The number of bytes that may still replace variables.
    left: usize,
    words: Vec<ScriptWord>,
    word: Option<ScriptWord>,
    /// The elements of arrays by their names.
    arrays: HashMap<String, Vec<ScriptWord>>,
    /// The array whose elements are being read, and the words of the command in front of them.
    array: Option<(String, Vec<ScriptWord>)>,
    /// The ends of the texts (`<<END`) that begin after this line, each with true if tabs in front of it are removed.
    texts: Vec<(String, bool)>,
    all: Script,
}

impl ShellReader<'_> {
    fn next(&mut self) -> Option<char> {
        if let Some(letter) = self.included.pop() {
            return Some(letter);
        }
        let letter = self.letters.next()?;
        self.line += usize::from(letter == '\n');
        Some(letter)
    }

    fn peek(&mut self) -> Option<char> {
        self.included.last().or_else(|| self.letters.peek()).copied()
    }

    fn next_if(&mut self, fits: impl FnOnce(char) -> bool) -> Option<char> {
        self.peek().filter(|letter| fits(*letter)).and_then(|_| self.next())
    }

    /// Reads a file as a part of the script.
    fn include(&mut self, path: &str) {
        let Some(bytes) = self.outer.and_then(|outer| (outer.open)(Path::new(path))) else { return };
        // A file takes room even if it is short, so a file that reads itself ends.
        if let Some(left) = self.left.checked_sub(bytes.len().max(LONGEST)) {
            self.left = left;
            self.included.push('\n');
            self.included.extend(String::from_utf8_lossy(&bytes).chars().rev());
        }
    }

    /// Skips the texts that the commands of the line read (`<<END`). A text is not a command.
    fn skip_texts(&mut self) {
        for (end, tabs) in std::mem::take(&mut self.texts) {
            loop {
                let mut line = String::new();
                let mut more = false;
                while let Some(letter) = self.next() {
                    more = true;
                    if letter == '\n' {
                        break;
                    }
                    line.push(letter);
                }
                let text = line.strip_suffix('\r').unwrap_or(&line);
                let text = if tabs { text.trim_start_matches('\t') } else { text };
                if text == end || !more {
                    break;
                }
            }
        }
    }

    /// Reads what follows `<`: the end of a text (`<<END`, `<<-'END'`), or nothing that this reader needs.
    fn redirected(&mut self) {
        if self.outer.is_none()
            || self.next_if(|letter| letter == '<').is_none()
            || self.next_if(|letter| letter == '<').is_some()
        {
            return;
        }
        let tabs = self.next_if(|letter| letter == '-').is_some();
        while self.next_if(|letter| [' ', '\t'].contains(&letter)).is_some() {}
        let mut end = String::new();
        while let Some(letter) = self.next_if(|letter| !letter.is_whitespace() && !";&|<>()".contains(letter)) {
            match letter {
                '\'' | '"' => {
                    while let Some(quoted) = self.next_if(|other| other != '\n').filter(|other| *other != letter) {
                        end.push(quoted);
                    }
                }
                '\\' => {}
                letter => end.push(letter),
            }
        }
        self.texts.extend((!end.is_empty()).then_some((end, tabs)));
    }

    /// Skips an expression such as `((a = 1 << 2))` that ends on its line. Its `<<` begins no text.
    fn skip_arithmetic(&mut self) {
        if self.next_if(|letter| letter == '(').is_none() {
            return;
        }
        let mut line = String::new();
        while !line.ends_with("))")
            && let Some(letter) = self.next_if(|letter| letter != '\n')
        {
            line.push(letter);
        }
        if !line.ends_with("))") {
            // These are two subshells.
            self.included.extend(line.chars().rev());
        }
    }

    /// Begins to read the elements of `NAME=(`. Returns false if no array begins here.
    fn begins_array(&mut self) -> bool {
        let name = self.word.as_ref().and_then(|word| word.text.strip_suffix('='));
        let Some(name) = name.filter(|_| self.array.is_none() && self.outer.is_some()) else { return false };
        let (name, adds) = name.strip_suffix('+').map_or((name, false), |name| (name, true));
        if name.is_empty() || !name.chars().all(is_name) {
            return false;
        }
        let name = name.to_owned();
        if !adds {
            self.arrays.remove(&name);
        }
        self.word = None;
        self.array = Some((name, std::mem::take(&mut self.words)));
        true
    }

    /// Ends the elements of an array. Returns false if none is open.
    fn ends_array(&mut self) -> bool {
        let Some((name, words)) = self.array.take() else { return false };
        self.end_word();
        let elements = std::mem::replace(&mut self.words, words);
        self.arrays.entry(name).or_default().extend(elements);
        true
    }

    /// Adds the elements of an array, each as a word of its own. Returns false if the array is not known.
    fn push_elements(&mut self, name: &str) -> bool {
        let Some(elements) = self.arrays.get(name).cloned() else { return false };
        let length: usize = elements.iter().map(|element| element.text.len() + 1).sum();
        let Some(left) = self.left.checked_sub(length) else { return false };
        self.left = left;
        for (at, element) in elements.into_iter().enumerate() {
            if at > 0 {
                self.end_word();
            }
            let line = self.word.is_none().then_some(element.line);
            self.push(&element.text);
            let word = self.open_word();
            word.splits |= element.splits;
            word.line = line.unwrap_or(word.line);
        }
        true
    }

    /// Reads `$'…'` with the escapes of C, as bash does.
    fn escaped(&mut self) {
        self.push("");
        while let Some(letter) = self.next().filter(|letter| *letter != '\'') {
            let letter = match (letter, if letter == '\\' { self.next() } else { None }) {
                ('\\', Some('n')) => '\n',
                ('\\', Some('t')) => '\t',
                ('\\', Some('r')) => '\r',
                ('\\', Some(sign @ ('\\' | '\'' | '"' | '?'))) => sign,
                ('\\', Some(_)) => {
                    // The number of a character.
                    self.push_unknown("an escape of the shell", true);
                    continue;
                }
                (letter, _) => letter,
            };
            self.push(letter.encode_utf8(&mut [0; 4]));
        }
    }

    fn push(&mut self, text: &str) {
        let word = self.open_word();
        if word.text.len() + text.len() <= LONGEST {
            word.text.push_str(text);
        }
    }

    fn open_word(&mut self) -> &mut ScriptWord {
        let line = self.line;
        self.word.get_or_insert_with(|| ScriptWord { text: String::new(), line, splits: false })
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        let first = words.first().map(|word| word.text.as_str()).unwrap_or_default();
        match first {
            "export" => {
                for word in &words[1..] {
                    let (name, value) = match assignment(&word.text) {
                        Some((name, value)) => (name, value.to_owned()),
                        None => (word.text.as_str(), self.value_of(&word.text)),
                    };
                    self.known.insert(name.to_owned(), value.clone());
                    self.export(name, value);
                }
            }
            "." | "source" => {
                if let Some(path) = words.get(1) {
                    self.include(&path.text);
                }
            }
            "set" => {
                for word in &words[1..] {
                    self.exports_all = match word.text.as_str() {
                        "+a" => false,
                        "allexport" => true,
                        text => self.exports_all || text.starts_with('-') && text.contains('a') && text != "--",
                    };
                }
            }
            _ => {
                let own =
                    words.iter().skip_while(|word| ["readonly", "local", "declare"].contains(&word.text.as_str()));
                let assigned: Option<Vec<_>> = own.map(|word| assignment(&word.text)).collect();
                for (name, value) in assigned.unwrap_or_default() {
                    self.known.insert(name.to_owned(), value.to_owned());
                    if self.exports_all || self.all.exported.contains_key(name) {
                        self.export(name, value.to_owned());
                    }
                }
            }
        }
        if !words.is_empty() {
            self.all.commands.push(words);
        }
    }

    fn export(&mut self, name: &str, value: String) {
        let at = self.all.commands.len();
        let values = self.all.exported.entry(name.to_owned()).or_default();
        if values.last().is_none_or(|(_, last)| *last != value) {
            values.push((at, value));
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
            '#' if self.word.is_none() && self.outer.is_some() => {
                while self.next_if(|letter| letter != '\n').is_some() {}
            }
            '$' if self.outer.is_some() => self.dollar(false),
            '`' if self.outer.is_some() => self.substituted('`', '`', false),
            '\n' if self.outer.is_none() || self.array.is_some() => self.end_word(),
            '<' => {
                self.end_command();
                self.redirected();
            }
            '\n' => {
                self.end_command();
                self.skip_texts();
            }
            ';' | '&' | '|' | '>' => self.end_command(),
            '(' if self.begins_array() => {}
            ')' if self.ends_array() => {}
            '(' if self.outer.is_some() => {
                self.end_command();
                self.skip_arithmetic();
            }
            ')' if self.outer.is_some() => self.end_command(),
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
                '$' if self.outer.is_some() => self.dollar(true),
                '`' if self.outer.is_some() => self.substituted('`', '`', true),
                letter => self.push(letter.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// Replaces `$NAME`, `${NAME}` and `${NAME:-default}` by what the script sets, or what it is started with.
    fn dollar(&mut self, quoted: bool) {
        match self.peek() {
            Some('(') => {
                self.next();
                self.substituted('(', ')', quoted);
            }
            Some('\'') if !quoted => {
                self.next();
                self.escaped();
            }
            // A text to be translated.
            Some('"') if !quoted => {
                self.next();
                self.double();
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
                if ["[@]", "[*]"].contains(&rest) && (rest == "[@]" || !quoted) && self.push_elements(name) {
                    return;
                }
                let defaults = [":-", ":=", "-", "="];
                let colon = rest.starts_with(":-") || rest.starts_with(":=");
                let known = self.known(name).filter(|value| !(colon && value.is_empty()));
                let value = match defaults.iter().find_map(|sign| rest.strip_prefix(sign)) {
                    // A default that is built from other values is not known here.
                    Some(text) => {
                        known.or_else(|| (!text.contains(['$', '`', '"', '\'', '\\'])).then(|| text.to_owned()))
                    }
                    None if rest.is_empty() || rest.starts_with(['?', ':']) && rest.contains('?') => known,
                    None => None,
                };
                if let Some(value) = value.as_ref().filter(|_| rest.starts_with(":=") || rest.starts_with('=')) {
                    self.known.insert(name.to_owned(), value.clone());
                }
                // The elements of an array become words even in quotes.
                self.push_value(name, value, quoted && !rest.starts_with("[@]"));
            }
            Some(letter) if is_name(letter) && !letter.is_ascii_digit() => {
                let mut name = String::new();
                while let Some(letter) = self.next_if(is_name) {
                    name.push(letter);
                }
                let value = self.known(&name);
                self.push_value(&name, value, quoted);
            }
            Some(letter) if letter.is_ascii_digit() || "@*#?!$".contains(letter) => {
                self.next();
                self.push_unknown("a parameter of the script", quoted && letter != '@');
            }
            _ => self.push("$"),
        }
    }

    fn known(&self, name: &str) -> Option<String> {
        self.known.get(name).cloned().or_else(|| self.outer.and_then(|outer| (outer.known)(name)))
    }

    /// Returns the value of a variable, or the placeholder for one that is not known here.
    fn value_of(&self, name: &str) -> String {
        self.known(name).unwrap_or_else(|| self.unset(name))
    }

    fn unset(&self, name: &str) -> String {
        self.outer.map_or_else(String::new, |outer| (outer.unset)(name))
    }

    /// Adds the value of a variable. Without quotes, the shell splits it at whitespace.
    fn push_value(&mut self, name: &str, value: Option<String>, quoted: bool) {
        let value = value.and_then(|value| {
            self.left = self.left.checked_sub(value.len())?;
            Some(value)
        });
        let Some(value) = value else {
            let text = self.unset(name);
            self.push(&text);
            self.open_word().splits |= !quoted;
            return;
        };
        if quoted || source_of_unknown(&value).is_some() {
            self.push(&value);
            self.open_word().splits |= !quoted;
            return;
        }
        let ends = value.ends_with(char::is_whitespace);
        for (at, piece) in value.split_whitespace().enumerate() {
            if at > 0 || value.starts_with(char::is_whitespace) {
                self.end_word();
            }
            self.push(piece);
        }
        if ends {
            self.end_word();
        }
    }

    fn push_unknown(&mut self, source: &str, quoted: bool) {
        self.push(unknown(source).for_file());
        self.open_word().splits |= !quoted;
    }

    /// Skips a command substitution, to its closing sign.
    fn substituted(&mut self, open: char, close: char, quoted: bool) {
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
        self.push_unknown("a command of the shell", quoted);
    }
}

/// Returns the name and the value of a word `NAME=value`.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    (!name.is_empty() && name.chars().all(is_name)).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(script: &Script) -> Vec<String> {
        let one = |command: &Vec<ScriptWord>| {
            let texts: Vec<_> = command.iter().map(|word| format!("{}:{}", word.text, word.line)).collect();
            texts.join(" ")
        };
        script.commands.iter().map(one).collect()
    }

    #[test]
    fn a_shift_begins_no_text_and_a_quoted_end_may_have_spaces() {
        let text = "((mask = 1<<2))\ncat <<'END OF TEXT'\nrun no\nEND OF TEXT\nrun x\n((cd a; run y)\n)\n";
        let all = told(&script(text, &Outer::of(&|_| None)));
        assert_eq!(all, ["cat:2", "run:5 x:5", "cd:6 a:6", "run:6 y:6"]);
    }

    #[test]
    fn a_script_becomes_commands_as_the_shell_runs_them() {
        let text = "#!/bin/sh\nTAG=5.11.0 # the release\nexport HOST=\"http://$TAG\"\ndocker run \\\n  -e A='$TAG b' -e \"B=$HOST\" x:${TAG} || echo \"no\\$\"\n\
                    C=${D:-d}; run $C `date` $(a (b)) \"${NO}\" a#b\n";
        let all = told(&script(text, &Outer::of(&|_| None)));
        assert_eq!(all[0], "TAG=5.11.0:2");
        assert_eq!(all[2], "docker:4 run:4 -e:5 A=$TAG b:5 -e:5 B=http://5.11.0:5 x:5.11.0:5");
        assert_eq!(all[3], "echo:5 no$:5");
        let command = "${unknown here, from a command of the shell}:6";
        assert_eq!(
            all[5],
            format!("run:6 d:6 {command} {command} ${{unknown here, from the variable NO of the shell}}:6 a#b:6")
        );
        let doubled = (1..64).map(|at| format!("A{at}=$A{0}$A{0}\n", at - 1)).collect::<Vec<_>>().concat();
        let read = script(&format!("A0=0123456789\n{doubled}"), &Outer::of(&|_| None));
        assert!(read.commands.iter().flatten().all(|word| word.text.len() <= LONGEST));
        let many = format!("A={}\nrun{}\n", "a".repeat(LONGEST - 10), " x$A".repeat(1000));
        let read = script(&many, &Outer::of(&|_| None));
        let length: usize = read.commands[1].iter().map(|word| word.text.len()).sum();
        assert!(length <= LONGEST_TOGETHER + 100_000, "{length}");
    }

    #[test]
    fn a_variable_without_quotes_becomes_several_words() {
        let text = "O='-e A=1  -e B'\nE=\nrun $O x$E\"$O\" $E $OUTER \"$@\" \"${L[@]}\" \"$N\" $N\n";
        let read = script(text, &Outer::of(&|name| (name == "OUTER").then(|| "o p".to_owned())));
        let words: Vec<(&str, bool)> = read.commands[2].iter().map(|word| (word.text.as_str(), word.splits)).collect();
        let n = "${unknown here, from the variable N of the shell}";
        assert_eq!(
            words,
            [
                ("run", false),
                ("-e", false),
                ("A=1", false),
                ("-e", false),
                ("B", false),
                ("x-e A=1  -e B", false),
                ("o", false),
                ("p", false),
                ("${unknown here, from a parameter of the script}", true),
                ("${unknown here, from the variable L of the shell}", true),
                (n, false),
                (n, true),
            ]
        );
    }

    #[test]
    fn exported_variables_are_known_from_their_line_on() {
        let text = "run\nA=1\nexport A B=2\nA=3\nset -a\nC=4\nrun";
        let read = script(text, &Outer::of(&|_| None));
        let at = |command: usize, name: &str| read.exported(command, name);
        assert_eq!(at(0, "A"), None);
        let last = read.commands.len() - 1;
        assert_eq!([at(last, "A"), at(last, "B"), at(last, "C")], ["3", "2", "4"].map(Some));
    }

    #[test]
    fn a_value_that_is_exported_again_takes_no_room() {
        let text = format!("A={}\nexport {}\nrun", "x".repeat(60_000), "A ".repeat(100_000));
        let read = script(&text, &Outer::of(&|_| None));
        assert_eq!(read.exported["A"].len(), 1);
    }

    #[test]
    fn a_command_of_compose_is_split_and_nothing_else() {
        assert_eq!(words("sh -c \"a && b\" '$X' c\\ d"), ["sh", "-c", "a && b", "$X", "c d"]);
        assert_eq!(words("java -jar x ; rm y"), ["java", "-jar", "x"]);
    }
}
