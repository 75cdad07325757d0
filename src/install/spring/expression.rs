//! Evaluates the profile expression of a document: `prod`, `!prod`, `a & (b | c)` (Spring 5 `ProfilesParser`).

/// Returns true if the expression matches the active profiles. `None` if Spring rejects it, such as `a & b | c` without
/// parentheses.
pub(super) fn holds(expression: &str, active: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut rest = expression.trim();
    let held = any_or_all(&mut rest, active, 0)?;
    rest.is_empty().then_some(held)
}

/// The deepest nesting of parentheses; real expressions are far below it.
const DEEPEST: usize = 32;

fn any_or_all(rest: &mut &str, active: &dyn Fn(&str) -> bool, depth: usize) -> Option<bool> {
    let mut held = one(rest, active, depth)?;
    let mut sign = None;
    while let Some(next) = rest.chars().next().filter(|next| "&|".contains(*next)) {
        if *sign.get_or_insert(next) != next {
            return None;
        }
        *rest = rest[1..].trim_start();
        let other = one(rest, active, depth)?;
        held = if next == '&' { held && other } else { held || other };
    }
    Some(held)
}

fn one(rest: &mut &str, active: &dyn Fn(&str) -> bool, depth: usize) -> Option<bool> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(inner) = rest.strip_prefix('!') {
        *rest = inner.trim_start();
        return one(rest, active, depth + 1).map(|held| !held);
    }
    if let Some(inner) = rest.strip_prefix('(') {
        *rest = inner.trim_start();
        let held = any_or_all(rest, active, depth + 1)?;
        *rest = rest.strip_prefix(')')?.trim_start();
        return Some(held);
    }
    let end = rest.find(['(', ')', '&', '|', '!']).unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    *rest = behind;
    let name = name.trim();
    (!name.is_empty()).then(|| active(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_read_as_spring_does() {
        let active = |name: &str| ["a", "b"].contains(&name);
        for (expression, held) in [
            ("a", Some(true)),
            ("c", Some(false)),
            ("!c", Some(true)),
            ("a & b", Some(true)),
            ("a & !b", Some(false)),
            ("c | b", Some(true)),
            ("!(a & c) & b", Some(true)),
            ("(c | a) & (b)", Some(true)),
            ("a & b | c", None),
            ("a &", None),
            ("(a", None),
            ("a)", None),
            ("", None),
            (&"!".repeat(100), None),
        ] {
            assert_eq!(holds(expression, &active), held, "{expression}");
        }
    }
}
