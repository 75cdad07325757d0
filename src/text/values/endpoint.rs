//! Parses URLs as operators paste them, and renders them as Score can use them: scheme, host and port in lower case,
//! without a final slash. Notes what it understood and what it removed. Contacts no server.

use super::{Parsed, Terms};
use crate::score::{
    Provider, Setting, Validator,
    provider::{Quirk, console_of, of_host},
};

/// First path segments that belong to a console for browsers.
pub(crate) const CONSOLE_PATHS: &[&str] =
    &["browser", "buckets", "console", "dashboard", "login", "minio", "object-browser", "ui"];

/// The reason why a text is not a URL that Score can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("must begin with http:// or https://")]
    Scheme,
    #[error("must be the URL of the store: s3:// names a bucket in it")]
    S3Scheme,
    #[error("must not contain ? or #")]
    Query,
    #[error("must not contain a user name or password")]
    User,
    #[error("has a port that is not between 1 and 65535")]
    Port,
    #[error("is the URL of the web console of {}; the endpoint is {}", .0.short(), .0.endpoint("<region>").unwrap_or_else(|| .0.endpoint_example.clone()))]
    Console(&'static Provider),
    #[error("has no host name")]
    NoHost,
    #[error("has an IPv6 address that cannot be read")]
    Ipv6,
    #[error("has a host name that is not ASCII; write its xn-- form")]
    HostNotAscii,
    #[error("has an underscore in its host name, which Java cannot use")]
    HostUnderscore,
    #[error("has {0:?} in its host name")]
    HostCharacter(char),
    #[error("has a host name with an empty part, or a hyphen at the end of one")]
    HostPart,
    #[error("has a host name whose last part begins with a digit, which Java cannot use")]
    HostDigit,
    #[error("has {0:?} in its path")]
    PathCharacter(char),
}

struct Address {
    /// `None` if no scheme was given.
    secure: Option<bool>,
    /// The host in lower case; an IPv6 address in brackets.
    host: String,
    port: Option<u16>,
    /// The path without the slashes at its ends.
    path: String,
    /// True if the path is only a slash.
    slash: bool,
    /// The text after `?`.
    query: Option<String>,
    notes: Vec<String>,
}

/// The most times that an endpoint is cleaned. Each time removes a label of its host name, and no real name has as many.
const ROUNDS: usize = 64;

/// Parses `s3.endpoint`.
pub(super) fn store(text: &str, terms: &Terms) -> Result<Parsed, UrlError> {
    let mut parsed = cleaned(text, terms)?;
    // The rest can still contain what was removed, such as a bucket that is there twice.
    for _ in 0..ROUNDS {
        let again = cleaned(&parsed.value, terms)?;
        if again.value == parsed.value {
            break;
        }
        parsed.value = again.value;
        parsed.notes.extend(again.notes);
    }
    Ok(parsed)
}

fn cleaned(text: &str, terms: &Terms) -> Result<Parsed, UrlError> {
    let mut address = Address::read(text)?;
    if address.slash {
        address.notes.push("The slash at the end was removed: it would break URLs for clients.".into());
    }
    if let Some(parsed) = endpoint_of_console(&address)? {
        return Ok(parsed);
    }
    if address.query.is_some() {
        address.notes.push("The text after ? or # was removed.".into());
    }
    address.drop_virtual_host(terms);
    let console = address.drop_path(terms)?;
    address.judge_port(console, terms);
    // `s3.secured` says it for certain.
    let secure = address.secure.unwrap_or_else(|| address.assume_scheme([terms.secured, address.likely_secure()]));
    address.drop_default_port(secure);
    let value = address.render(secure);
    Ok(Parsed { value, notes: address.notes })
}

/// Parses any other URL: its path stays. Only Song's scheme is assumed.
pub(super) fn other(setting: &Setting, text: &str, terms: &Terms) -> Result<Parsed, UrlError> {
    let mut address = Address::read(text)?;
    let secure = match address.secure {
        Some(secure) => secure,
        None if setting.validator == Validator::Song => {
            // The scheme of the endpoint only says how the operator's servers usually are.
            address.assume_scheme([address.likely_secure(), terms.secured])
        }
        None => return Err(UrlError::Scheme),
    };
    if setting.validator == Validator::ExactUrl {
        // These URLs are used exactly as written, with a query or a final slash if they have one.
        return Ok(Parsed::plain(text));
    }
    if address.query.is_some() {
        return Err(UrlError::Query);
    }
    legal_path(&address.path)?;
    // Score appends paths to the URL. With a final slash, `//entities` would not be found, and signed URLs would break.
    if text.ends_with('/') {
        address.notes.push("The slash at the end was removed.".into());
    }
    let value = address.render(secure);
    Ok(Parsed { value, notes: address.notes })
}

impl Address {
    fn read(text: &str) -> Result<Self, UrlError> {
        let mut notes = Vec::new();
        let (secure, rest) = match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_lowercase().as_str() {
                "http" => (Some(false), rest),
                "https" => (Some(true), rest),
                "s3" => return Err(UrlError::S3Scheme),
                _ => return Err(UrlError::Scheme),
            },
            None => (None, text),
        };
        let (authority, tail) = rest.find(['/', '?', '#']).map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(UrlError::User);
        }
        let (path, query) = match tail.find(['?', '#']) {
            Some(at) => (&tail[..at], Some(tail[at + 1..].to_owned())),
            None => (tail, None),
        };
        let (host, port) = match authority.rfind(']') {
            Some(end) => authority.split_at(end + 1),
            None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
        };
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            Some("") => None,
            digits => {
                let number = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                let port = number.and_then(|digits| digits.parse::<u16>().ok()).filter(|port| *port > 0);
                Some(port.ok_or(UrlError::Port)?)
            }
        };
        let lower = host.to_ascii_lowercase();
        let host = lower.trim_end_matches('.').to_owned();
        if host.len() < lower.len() {
            notes.push("The dot after the host name was removed.".into());
        }
        readable_by_java(&host)?;
        let upper =
            text.split_once("://").is_some_and(|(scheme, _)| scheme.bytes().any(|byte| byte.is_ascii_uppercase()));
        if lower != authority.get(..lower.len()).unwrap_or_default() || upper {
            notes.push("Scheme and host are written in lower case.".into());
        }
        let slash = path == "/";
        Ok(Self { secure, host, port, path: path.trim_matches('/').to_owned(), slash, query, notes })
    }

    /// Removes the bucket from the host: a known bucket before any host, or any bucket before the endpoint of a provider.
    fn drop_virtual_host(&mut self, terms: &Terms) {
        let named = terms.buckets.iter().find_map(|bucket| {
            let host = self.host.strip_prefix(bucket.as_str())?.strip_prefix('.')?;
            Some((bucket.clone(), host.to_owned()))
        });
        let split = || {
            let (bucket, host) = of_host(&self.host)?.split_bucket(&self.host)?;
            Some((bucket.to_owned(), host.to_owned()))
        };
        if let Some((bucket, host)) = named.or_else(split) {
            self.notes.push(format!("{bucket} is treated as a bucket and was removed: Score puts it into the path."));
            self.host = host;
        }
    }

    /// Removes a path that names a bucket or a console. Returns true if it was the path of a console.
    fn drop_path(&mut self, terms: &Terms) -> Result<bool, UrlError> {
        if self.path.is_empty() {
            return Ok(false);
        }
        let first = self.path.split('/').next().unwrap_or_default();
        let console = CONSOLE_PATHS.contains(&first);
        // The service of a cloud is at the root of its host.
        let strict = terms
            .provider
            .is_some_and(|provider| provider.has(Quirk::StrictBucketNames) || !provider.domains.is_empty());
        if terms.buckets.iter().any(|bucket| bucket == first) {
            self.notes.push(format!("{first} is the bucket and was removed: the endpoint is only the store."));
        } else if strict || console {
            self.notes.push(format!("The path /{} was removed: the endpoint is only the store.", self.path));
        } else {
            legal_path(&self.path)?;
            self.notes.push(format!(
                "The path /{} stays in front of every bucket; if it is a bucket, leave it out.",
                self.path
            ));
            return Ok(false);
        }
        self.path.clear();
        Ok(console)
    }

    /// Replaces the port of a console if the path shows that a console URL was pasted; else only adds a note.
    fn judge_port(&mut self, console_path: bool, terms: &Terms) {
        let ports = terms.provider.map_or(&[][..], |provider| &provider.console_ports);
        if let Some(ports) = ports.iter().find(|ports| Some(ports.console) == self.port) {
            let (console, api) = (ports.console, ports.api);
            if console_path {
                self.port = Some(api);
                self.notes.push(format!("Port {console} is the console; {api} is used, the usual port for S3."));
            } else {
                self.notes.push(format!("Port {console} is usually the console; the usual port for S3 is {api}."));
            }
        }
    }

    /// Takes the first scheme that is known for a URL without one, else https, and notes it. True for https.
    fn assume_scheme(&mut self, known: [Option<bool>; 2]) -> bool {
        let secure = known.into_iter().flatten().next().unwrap_or(true);
        self.notes.push(format!("{} is assumed.", scheme(secure)));
        secure
    }

    /// Returns true if the server probably uses https: by its port. Without a port, a host that is not a domain name
    /// probably does not, and a domain name says nothing.
    fn likely_secure(&self) -> Option<bool> {
        let domain = self.host.contains('.') && self.host.parse::<core::net::Ipv4Addr>().is_err();
        self.port.map(|port| port % 1000 == 443).or((!domain).then_some(false))
    }

    fn drop_default_port(&mut self, secure: bool) {
        if self.port == Some(if secure { 443 } else { 80 }) {
            self.port = None;
            self.notes.push("The default port was removed.".into());
        }
    }

    fn render(&self, secure: bool) -> String {
        let port = self.port.map_or_else(String::new, |port| format!(":{port}"));
        let slash = if self.path.is_empty() { "" } else { "/" };
        format!("{}{}{port}{slash}{}", scheme(secure), self.host, self.path)
    }
}

fn scheme(secure: bool) -> &'static str {
    if secure { "https://" } else { "http://" }
}

/// Returns the endpoint for a URL of a web console, pasted from a browser. The region is in its query
/// (`region=<region>`), or it is the first label of the host, as in the console of AWS.
fn endpoint_of_console(address: &Address) -> Result<Option<Parsed>, UrlError> {
    let Some(provider) = console_of(&address.host) else { return Ok(None) };
    let queried =
        address.query.as_deref().unwrap_or_default().split(['&', '#']).find_map(|pair| pair.strip_prefix("region="));
    let region = queried.or_else(|| address.host.split('.').next()).unwrap_or_default();
    let listed = provider.regions.iter().any(|known| known.id == region);
    match provider.endpoint(region).filter(|_| listed) {
        Some(value) => Ok(Some(Parsed {
            value,
            notes: vec![format!("This is the URL of the console: the endpoint of {region} is used.")],
        })),
        None => Err(UrlError::Console(provider)),
    }
}

/// Verifies that Java can use the host. `java.net.URI` returns no host for others, and the SDK then fails: observed on
/// JDK 17.
fn readable_by_java(host: &str) -> Result<(), UrlError> {
    if host.is_empty() {
        return Err(UrlError::NoHost);
    }
    if let Some(inner) = host.strip_prefix('[') {
        let address = inner.strip_suffix(']').is_some_and(|inner| inner.parse::<core::net::Ipv6Addr>().is_ok());
        return if address { Ok(()) } else { Err(UrlError::Ipv6) };
    }
    if !host.is_ascii() {
        return Err(UrlError::HostNotAscii);
    }
    if host.contains('_') {
        return Err(UrlError::HostUnderscore);
    }
    if let Some(odd) = host.chars().find(|odd| !(odd.is_ascii_alphanumeric() || ".-".contains(*odd))) {
        return Err(UrlError::HostCharacter(odd));
    }
    let labels: Vec<&str> = host.split('.').collect();
    if labels.iter().any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-')) {
        return Err(UrlError::HostPart);
    }
    let last = labels.last().copied().unwrap_or_default();
    if labels.len() > 1
        && last.starts_with(|first: char| first.is_ascii_digit())
        && host.parse::<core::net::Ipv4Addr>().is_err()
    {
        return Err(UrlError::HostDigit);
    }
    Ok(())
}

fn legal_path(path: &str) -> Result<(), UrlError> {
    let legal = |character: char| character.is_ascii_alphanumeric() || "/-._~".contains(character);
    match path.chars().find(|character| !legal(*character)) {
        Some(odd) => Err(UrlError::PathCharacter(odd)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::terms, *};
    use crate::score::setting;

    fn understood(provider: &str, text: &str) -> Result<(String, Vec<String>), UrlError> {
        let terms = Terms { buckets: vec!["score-object".into()], ..terms(provider) };
        store(text, &terms).map(|parsed| (parsed.value, parsed.notes))
    }

    #[test]
    fn every_pasted_form_becomes_the_endpoint() {
        const SLASH: &str = "The slash at the end was removed: it would break URLs for clients.";
        for (provider, text, value, notes) in [
            ("minio", "http://minio.lab.example:9000", "http://minio.lab.example:9000", vec![]),
            ("minio", "http://minio.lab.example:9000/", "http://minio.lab.example:9000", vec![SLASH]),
            ("minio", "minio.lab.example:9000", "http://minio.lab.example:9000", vec!["http:// is assumed."]),
            ("other", "objects.example.org", "https://objects.example.org", vec!["https:// is assumed."]),
            ("other", "objects.example.org:8443", "https://objects.example.org:8443", vec!["https:// is assumed."]),
            ("other", "localhost", "http://localhost", vec!["http:// is assumed."]),
            ("other", "10.0.0.7", "http://10.0.0.7", vec!["http:// is assumed."]),
            (
                "other",
                "HTTPS://Objects.Example.ORG:443",
                "https://objects.example.org",
                vec!["Scheme and host are written in lower case.", "The default port was removed."],
            ),
            ("other", "http://[::1]:9000", "http://[::1]:9000", vec![]),
            (
                "minio",
                "http://minio:9000/score-object/data",
                "http://minio:9000",
                vec!["score-object is the bucket and was removed: the endpoint is only the store."],
            ),
            (
                "minio",
                "http://minio:9000/elsewhere",
                "http://minio:9000",
                vec!["The path /elsewhere was removed: the endpoint is only the store."],
            ),
            (
                "ceph",
                "http://rgw:7480/objects",
                "http://rgw:7480/objects",
                vec!["The path /objects stays in front of every bucket; if it is a bucket, leave it out."],
            ),
            (
                "minio",
                "http://minio:9001/browser/score",
                "http://minio:9000",
                vec![
                    "The path /browser/score was removed: the endpoint is only the store.",
                    "Port 9001 is the console; 9000 is used, the usual port for S3.",
                ],
            ),
            (
                "minio",
                "http://minio:9001",
                "http://minio:9001",
                vec!["Port 9001 is usually the console; the usual port for S3 is 9000."],
            ),
            (
                "aws",
                "https://my.files.s3.eu-west-1.amazonaws.com/",
                "https://s3.eu-west-1.amazonaws.com",
                vec![SLASH, "my.files is treated as a bucket and was removed: Score puts it into the path."],
            ),
            (
                "aws",
                "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
                "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com",
                vec![],
            ),
            (
                "other",
                "https://score-object.s3.example.org",
                "https://s3.example.org",
                vec!["score-object is treated as a bucket and was removed: Score puts it into the path."],
            ),
            (
                "aws",
                "https://eu-central-1.console.aws.amazon.com/s3/buckets/score?region=eu-west-1&tab=objects",
                "https://s3.eu-west-1.amazonaws.com",
                vec!["This is the URL of the console: the endpoint of eu-west-1 is used."],
            ),
            (
                "other",
                "https://h.example.?x=1",
                "https://h.example",
                vec!["The dot after the host name was removed.", "The text after ? or # was removed."],
            ),
        ] {
            let notes: Vec<String> = notes.into_iter().map(str::to_owned).collect();
            assert_eq!(understood(provider, text), Ok((value.to_owned(), notes)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_an_endpoint_is_refused_by_its_rule() {
        for (text, message) in [
            ("s3://score-object", "must be the URL of the store: s3:// names a bucket in it"),
            ("ftp://h", "must begin with http:// or https://"),
            ("http://", "has no host name"),
            ("http://key:secret@h", "must not contain a user name or password"),
            ("http://score_minio:9000", "has an underscore in its host name, which Java cannot use"),
            ("http://h:0", "has a port that is not between 1 and 65535"),
            ("http://h:65536", "has a port that is not between 1 and 65535"),
            ("http://h:+80", "has a port that is not between 1 and 65535"),
            ("http://::1", "has a port that is not between 1 and 65535"),
            ("http://[::x]", "has an IPv6 address that cannot be read"),
            ("http://a..b", "has a host name with an empty part, or a hyphen at the end of one"),
            ("http://minio.1st", "has a host name whose last part begins with a digit, which Java cannot use"),
            ("http://1.2.3.400", "has a host name whose last part begins with a digit, which Java cannot use"),
            ("http://münster.example", "has a host name that is not ASCII; write its xn-- form"),
            ("http://a b", "has ' ' in its host name"),
        ] {
            assert_eq!(understood("other", text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn the_scheme_that_is_missing_is_taken_from_s3_secured() {
        let terms = Terms { secured: Some(true), ..terms("minio") };
        assert_eq!(store("minio:9000", &terms).map(|parsed| parsed.value), Ok("https://minio:9000".into()));
    }

    #[test]
    fn other_addresses_keep_their_paths_and_only_songs_scheme_is_assumed() {
        let song = setting("metadata.url").expect("a key of the catalogue");
        let at = |secured| Terms { secured, ..terms("minio") };
        let other = |setting, text: &str| super::other(setting, text, &at(None));
        assert_eq!(other(song, "https://h/song/").map(|parsed| parsed.value), Ok("https://h/song".into()));
        for text in ["https://h/song/", "https://h/"] {
            assert_eq!(
                other(song, text).map(|parsed| parsed.notes),
                Ok(vec!["The slash at the end was removed.".into()])
            );
        }
        assert_eq!(other(song, "song.example.org").map(|it| it.value), Ok("https://song.example.org".into()));
        let assumed = super::other(song, "song.lab/v1", &at(Some(false)));
        let wanted = Parsed { value: "http://song.lab/v1".into(), notes: vec!["http:// is assumed.".into()] };
        assert_eq!(assumed, Ok(wanted));
        for (text, scheme) in
            [("song:8080", "http://"), ("song", "http://"), ("song.lab:8443", "https://"), ("song.lab", "https://")]
        {
            let assumed = super::other(song, text, &at(Some(true))).map(|parsed| parsed.value);
            assert_eq!(assumed, Ok(format!("{scheme}{text}")));
        }
        assert_eq!(other(song, "ftp://h"), Err(UrlError::Scheme));
        let check = setting("auth.server.url").expect("a key of the catalogue");
        assert_eq!(other(check, "h/check"), Err(UrlError::Scheme));
        assert_eq!(
            other(check, "https://ego/oauth/check_token/").map(|p| p.value),
            Ok("https://ego/oauth/check_token/".into())
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_read_is_read_again(text in "(https?://)?((score-object|s3|browser|h|amazonaws|com|console|aws|9001|eu-west-1)[./:]){0,6}[a-zA-Z0-9é._:/@\\[\\]?#%-]{0,24}") {
            for provider in ["aws", "minio", "ceph", "other"] {
                if let Ok((value, _)) = understood(provider, &text) {
                    proptest::prop_assert_eq!(understood(provider, &value).map(|again| again.0), Ok(value));
                }
            }
        }
    }
}
