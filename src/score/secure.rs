//! What the profile `secure` needs: left out one at a time on Score 5.9.0, 5.10.1, 5.11.0 and 5.12.0-SNAPSHOT, the server
//! does not start, or answers 401 to every call (`TokenServicesConfig.java:24-27` of 5.8.1, `KeycloakConfig.java:17`,
//! `SecurityConfig.java:68` and `ScopeProperties.java:20-38` of 5.11.0).

use super::{Release, SETTINGS, Setting, key};

const UNTIL_5_10: &[&str] =
    &[key::AUTH_SERVER_URL, key::AUTH_SERVER_CLIENT_ID_UNTIL_5_10, key::AUTH_SERVER_CLIENT_SECRET];
const SINCE_5_11: &[&str] = &[
    key::AUTH_SERVER_URL,
    key::AUTH_SERVER_TOKEN_NAME,
    key::AUTH_SERVER_CLIENT_ID,
    key::AUTH_SERVER_CLIENT_SECRET,
    key::AUTH_SERVER_PROVIDER,
    key::AUTH_SERVER_KEYCLOAK_HOST,
    key::AUTH_SERVER_KEYCLOAK_REALM,
];

/// From 5.11 on, one of these; the first is read when the first token comes, the other when Score starts.
pub const TOKEN_KEYS: [&str; 2] = [key::JWT_JWK_SET_URI, key::JWT_PUBLIC_KEY_LOCATION];

/// Those that only the operator knows, without the keys for tokens.
#[must_use]
pub fn keys(release: Release) -> &'static [&'static str] {
    if release >= Release::R5_11 { SINCE_5_11 } else { UNTIL_5_10 }
}

/// Those that have a default.
pub fn scopes() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.key.starts_with("auth.server.scope."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::setting;

    #[test]
    fn every_key_is_a_setting_that_the_release_reads() {
        for release in Release::ALL {
            let tokens = TOKEN_KEYS.iter().filter(|_| release >= Release::R5_11);
            for key in keys(release).iter().chain(tokens) {
                assert!(setting(key).is_some_and(|setting| setting.known_to(release)), "{key} on {release}");
            }
        }
        assert!(scopes().count() == 6 && scopes().all(|setting| setting.default.is_some()));
    }
}
