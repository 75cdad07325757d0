"""Reads Rust files as text, comments and strings: for tests/english and tests/house."""
import re

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<raw>\b(?:b|c)?r(?P<hashes>\#*)".*?"(?P=hashes))
    |(?P<string>\b[bc]?"(?:\\.|[^"\\])*"|"(?:\\.|[^"\\])*")
    |(?P<letter>b?'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])')""",
    re.DOTALL | re.VERBOSE,
)
TESTS = re.compile(r"^#\[cfg\(test\)\]\s*\n(?:pub(?:\([^)]*\))? )?mod \w+ \{$.*?^\}$", re.DOTALL | re.MULTILINE)


def pieces(text):
    """Yields (kind, line, text) of every comment and string literal; kind is "comment" or "string", lines count from 1."""
    line, at = 1, 0
    for found in TOKEN.finditer(text):
        line += text.count("\n", at, found.start())
        at = found.start()
        kind = found.lastgroup if found.lastgroup != "hashes" else "raw"
        if kind != "letter":
            yield "comment" if kind == "comment" else "string", line, found[0]


def without_tests(text):
    """Returns the text without its test modules, with as many lines as before."""
    return TESTS.sub(lambda found: "\n" * found[0].count("\n"), text)


def tests_from(text):
    """Returns the line where the first test module begins; without one, a line after the last."""
    found = TESTS.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else text.count("\n") + 2


def code(text):
    """Returns the text without comments, and with empty strings."""

    def plain(found):
        if found["letter"]:
            return found[0]
        return "\n" * found[0].count("\n") if found["comment"] else '""'

    return TOKEN.sub(plain, text)
