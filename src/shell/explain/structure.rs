//! Reads the structure of a line of a log: the page of Score, the status of the answer, and the code of a store. Pure.

/// Returns the line in lower case, with a token for each fact that its structure shows, such as `@upload-begin @500`.
pub(super) fn with_tokens(line: &str) -> String {
    let lower = line.to_lowercase();
    let page = page(&lower);
    let mut text = lower.clone();
    if let Some(page) = page {
        text.push_str(" @score @");
        text.push_str(page);
        if let Some(status) = status(&lower) {
            text.push_str(" @");
            text.push_str(status);
        }
    }
    text
}

/// Returns the page of Score that the line names, by the paths of its controllers (Score 5.11 `UploadController`,
/// `DownloadController`). Object names of the store look alike, but they follow a bucket or have an underscore.
fn page(lower: &str) -> Option<&'static str> {
    let starts = lower.match_indices('/').map(|(at, _)| at);
    starts.filter(|at| begins_a_path(window(lower, at.saturating_sub(LONGEST), *at))).find_map(|at| {
        let rest = window(lower, at + 1, (at + 1).saturating_add(LONGEST));
        let end = rest.find(|c: char| c.is_whitespace() || "\"'<>?#,;})]\\".contains(c)).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches(['/', '.', ':']);
        match path.split('/').collect::<Vec<_>>().as_slice() {
            [.., "download", "ping"] => Some("ping"),
            ["profile"] => Some("profile"),
            [.., "upload", id, "uploads"] if is_object(id) => Some("upload-begin"),
            [.., "upload", id, "parts"] if is_object(id) => Some("upload-part"),
            [.., "upload", id, "status" | "recovery"] if is_object(id) => Some("upload"),
            ["upload", id] if is_object(id) => Some("upload-end"),
            ["download", id] | ["download", id, "recovery"] if is_object(id) => Some("download"),
            _ => None,
        }
    })
}

/// The most bytes of a URL in front of its path, and of a path, that are looked at: a line may be as long as the log.
const LONGEST: usize = 300;

/// Returns the text between two positions, each moved forward to the next character.
fn window(text: &str, from: usize, to: usize) -> &str {
    let forward = |at: usize| (at.min(text.len())..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(forward(from)..forward(to)).unwrap_or_default()
}

/// Returns true if a slash after this text begins the path of a URL, and not a part of one.
fn begins_a_path(before: &str) -> bool {
    match before.rsplit_once("://") {
        Some((_, authority)) if !authority.contains(|c: char| c.is_whitespace() || "\"'<>".contains(c)) => {
            !authority.contains('/') && !authority.is_empty()
        }
        _ => before.is_empty() || before.ends_with(|c: char| c.is_whitespace() || "\"'=:(>`".contains(c)),
    }
}

/// Returns true if the text may be the id of an object: Score's ids have no underscore and no dot.
fn is_object(id: &str) -> bool {
    !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-{}<>$…".contains(c))
}

/// Returns the status of the answer: in the JSON of Spring, in an access log, or in front of its words. The status in
/// the message of an SDK is that of the store.
fn status(lower: &str) -> Option<&str> {
    const BEFORE: &[&str] = &[
        "\"status\":",
        "\"status\": ",
        "http/1.1\" ",
        "http/1.0\" ",
        "http/2.0\" ",
        "http/2\" ",
        "status=",
        "status ",
        "status code ",
        "response code ",
        "returned ",
        "answers ",
        "answered ",
        "http ",
        "error ",
    ];
    const AFTER: &[&str] = &[
        " bad request",
        " unauthorized",
        " forbidden",
        " not found",
        " internal server error",
        " bad gateway",
        " service unavailable",
        " service temporarily unavailable",
        " gateway time",
        ": [",
        " :",
        ": \"",
    ];
    let digits =
        |text: &&str| text.len() == 3 && text.starts_with(['4', '5']) && text.bytes().all(|b| b.is_ascii_digit());
    let alone = |at: usize| !lower[at..].starts_with(|c: char| c.is_ascii_digit());
    let after_words = BEFORE.iter().find_map(|words| {
        let at = lower.find(words)? + words.len();
        lower.get(at..at + 3).filter(digits).filter(|_| alone(at + 3))
    });
    after_words.or_else(|| {
        AFTER.iter().find_map(|words| {
            let at = lower.find(words)?;
            let number = lower.get(at.checked_sub(3)?..at).filter(digits)?;
            let before = lower.get(..at - 3)?;
            (!before.ends_with(|c: char| c.is_ascii_digit())).then_some(number)
        })
    })
}

/// Returns the code of the store in the message of an AWS SDK: `(Service: Amazon S3; Status Code: 403; Error Code: …`.
pub(super) fn code_of_sdk(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("Error Code: ").or_else(|| line.split_once("error code: "))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(rest.len());
    Some(&rest[..end]).filter(|code| !code.is_empty() && *code != "null")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_score_and_their_status_are_read_in_every_form_of_a_log() {
        const ID: &str = "5e0c1f3a-1111-5222-8333-444455556666";
        for (line, tokens) in [
            (
                format!(
                    "{{\"timestamp\":1,\"status\":500,\"error\":\"Internal Server Error\",\"path\":\"/upload/{ID}/uploads\"}}"
                ),
                "@score @upload-begin @500",
            ),
            (
                format!(
                    "10.0.0.1 - - [27/Nov/2026] \"POST /upload/{ID}/uploads?fileSize=5&overwrite=false HTTP/1.1\" 500 95"
                ),
                "@score @upload-begin @500",
            ),
            (format!("POST https://score.example.org/upload/{ID}/uploads returned 500"), "@score @upload-begin @500"),
            (format!("403 Forbidden from POST http://score:8087/upload/{ID}/uploads"), "@score @upload-begin @403"),
            (
                format!(
                    "{{\"status\":503,\"message\":\"Status Code: 404; Error Code: NoSuchKey\",\"path\":\"/upload/{ID}\"}}"
                ),
                "@score @upload-end @503",
            ),
            (format!("\"path\":\"/upload/{ID}/parts\",\"status\":503"), "@score @upload-part @503"),
            (
                "I/O error on GET request for \"http://localhost:5431/download/ping\": refused".to_owned(),
                "@score @ping",
            ),
            ("403 on /upload/x/uploads".to_owned(), "@score @upload-begin"),
            (format!("GET /download/{ID}?offset=0&length=-1 HTTP/1.1\" 404 10"), "@score @download @404"),
            // object names of the store
            (format!("PUT /score-state/upload/{ID}_2~abc/.meta 403"), ""),
            (format!("https://store.example.org/score-object/upload/{ID} 403"), ""),
            (format!("GET https://store.example.org/score-object/data/{ID}?X-Amz-Date=1 403"), ""),
        ] {
            let found = with_tokens(&line);
            let found = found.strip_prefix(&line.to_lowercase()).unwrap().trim();
            assert_eq!(found, tokens, "{line}");
        }
    }

    #[test]
    fn a_line_as_long_as_a_log_is_read_in_time() {
        let begun = std::time::Instant::now();
        for piece in ["/", "http://", "/upload/", "é/"] {
            with_tokens(&piece.repeat((1 << 17) / piece.len()));
        }
        assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{:?}", begun.elapsed());
    }

    #[test]
    fn odd_lines_do_no_harm() {
        for line in [
            "",
            "/",
            "://",
            "é/upload/",
            "status",
            "\"status\":50",
            "http/1.1\" 5000",
            "Error Code: ",
            "🦀 : [",
            "12 :",
        ] {
            with_tokens(line);
            code_of_sdk(line);
        }
    }
}
