//! Reads the proxy variables of this shell. AWS SDK for Java 1.11.219 uses none of them, only the properties of its
//! Java (`ClientConfiguration.getProxyHostProperty`). So this program does not use them either; it only reports them.
//! Knows nothing of requests.

use crate::text::endpoint::Endpoint;

/// The variables, each with the lower-case name first, as in curl.
const HTTP: [&str; 2] = ["http_proxy", "HTTP_PROXY"];
const HTTPS: [&str; 2] = ["https_proxy", "HTTPS_PROXY"];
const ALL: [&str; 2] = ["all_proxy", "ALL_PROXY"];
const NONE: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy in a variable, without its user name and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    pub variable: &'static str,
    pub host: String,
    pub port: u16,
}

/// The proxy variables that are set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    http: Option<Proxy>,
    https: Option<Proxy>,
    except: Vec<String>,
}

impl Proxies {
    /// Reads the proxies; `variable` returns the value of an environment variable.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| Some((name, variable(name).filter(|value| !value.trim().is_empty())?)))
        };
        let proxy = |names| first(names).or_else(|| first(ALL)).and_then(|(name, value)| Proxy::read(name, &value));
        let except = first(NONE).map(|(_, value)| value).unwrap_or_default();
        let except = except.split(',').map(|name| name.trim().trim_start_matches("*.").trim_start_matches('.'));
        Self {
            http: proxy(HTTP),
            https: proxy(HTTPS),
            except: except.filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect(),
        }
    }

    /// Returns the proxy that other programs would use for this endpoint.
    #[must_use]
    pub fn meant_for(&self, endpoint: &Endpoint) -> Option<&Proxy> {
        let host = endpoint.name().to_ascii_lowercase();
        let below = |name: &str| host.strip_suffix(name).is_some_and(|front| front.is_empty() || front.ends_with('.'));
        if endpoint.is_this_machine() || self.except.iter().any(|name| name == "*" || below(name)) {
            return None;
        }
        if endpoint.secure { self.https.as_ref() } else { self.http.as_ref() }
    }
}

impl Proxy {
    fn read(variable: &'static str, value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once("://").unwrap_or(("http", value.trim()));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        let (host, port) = crate::text::endpoint::host_and_port(place).ok()?;
        let usual = if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
        Some(Self { variable, host: host.to_owned(), port: port.unwrap_or(usual) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(set: &[(&str, &str)]) -> Proxies {
        Proxies::of(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_variable_is_the_one_that_others_would_use() {
        let set = of(&[
            ("http_proxy", "http://user:secret@proxy.example:3128/"),
            ("ALL_PROXY", "socks5://other.example"),
            ("NO_PROXY", "localhost, .lab.example,*.near"),
        ]);
        for (endpoint, wanted) in [
            ("http://store.example", Some(("http_proxy", "proxy.example", 3128))),
            ("https://store.example", Some(("ALL_PROXY", "other.example", 80))),
            ("http://lab.example", None),
            ("http://s3.lab.example:9000", None),
            ("http://slab.example", Some(("http_proxy", "proxy.example", 3128))),
            ("http://a.near", None),
            ("http://127.0.0.1:9000", None),
        ] {
            let endpoint = Endpoint::parse(endpoint).unwrap();
            let found = set.meant_for(&endpoint).map(|proxy| (proxy.variable, proxy.host.as_str(), proxy.port));
            assert_eq!(found, wanted, "{endpoint:?}");
        }
        assert!(!format!("{set:?}").contains("secret"));
        assert_eq!(of(&[("http_proxy", " ")]), Proxies::default());
        assert_eq!(
            of(&[("no_proxy", "*"), ("http_proxy", "p")]).meant_for(&Endpoint::parse("http://h").unwrap()),
            None
        );
    }
}
