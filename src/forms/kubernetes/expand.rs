//! Replaces `$(NAME)` in a value, an argument or a command as the kubelet does (`k8s.io/kubernetes/third_party/forked/
//! golang/expansion`): once, from variables that were set before; `$$` stands for `$`, and an unknown name stays.

use super::super::environment::LONGEST;

/// Returns the text after replacement; `None` if it is longer than `LONGEST`.
pub(super) fn expanded(text: &str, known: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut rest = text;
    // Once a parenthesis does not close, no later one does.
    let mut closes = true;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) =
            rest.strip_prefix('(').filter(|_| closes).and_then(|inner| inner.split_once(')'))
        {
            match known(name) {
                Some(value) => out += &value,
                None => out.extend(["$(", name, ")"]),
            }
            rest = after;
        } else {
            closes &= !rest.starts_with('(');
            out.push('$');
        }
        if out.len() > LONGEST {
            return None;
        }
    }
    out += rest;
    (out.len() <= LONGEST).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects what the kubelet passes on.
    #[test]
    fn references_are_replaced_once_and_two_dollars_are_one() {
        let known = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "B" => Some("$(A)".to_owned()),
            "" => Some("empty".to_owned()),
            _ => None,
        };
        for (text, value) in [
            ("x$(A)y$(A)", "xaya"),
            ("$(B)", "$(A)"),
            ("$(NO)", "$(NO)"),
            ("$$(A)", "$(A)"),
            ("$$$(A)", "$a"),
            ("$$$$", "$$"),
            ("$A ${A} $", "$A ${A} $"),
            ("$(A", "$(A"),
            ("$($(A)", "$($(A)"),
            ("$()", "empty"),
            ("", ""),
        ] {
            assert_eq!(expanded(text, &known).as_deref(), Some(value), "{text}");
        }
        let long = |_: &str| Some("a".repeat(LONGEST));
        assert_eq!(expanded("$(A)$(A)", &long), None);
    }
}
