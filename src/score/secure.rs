//! Lists the settings that the profile `secure` needs. Without any one of them, observed on Score 5.9.0, 5.10.1, 5.11.0
//! and 5.12.0-SNAPSHOT, the server does not start, or answers 401 to every call (`TokenServicesConfig.java:24-27` of
//! 5.8.1, `KeycloakConfig.java:17`, `SecurityConfig.java:68` and `ScopeProperties.java:20-38` of 5.11.0).

use super::{Condition, Release, SETTINGS, Setting, key};

/// The settings with the keys for tokens. Releases from 5.11 on need one of them, and use the first that has a text. Score
/// reads the last when it starts, the others when the first token arrives.
pub const TOKEN_KEYS: [&str; 3] = [key::JWT_JWK_SET_URI, key::JWT_ISSUER_URI, key::JWT_PUBLIC_KEY_LOCATION];

/// Returns a sentence that none of them has a text. `needs` names what needs one.
#[must_use]
pub fn no_token_key(needs: &str) -> String {
    let [set, issuer, location] = TOKEN_KEYS;
    format!("{set}, {issuer} or {location} is missing. {needs} needs one of them")
}

/// Returns the settings of the authorization server that only the operator knows, without the keys for tokens.
pub fn keys(release: Release) -> impl Iterator<Item = &'static str> {
    let needed = move |setting: &&Setting| {
        setting.read == Condition::Profiles(&["secure"])
            && setting.default.is_none()
            && setting.known_to(release)
            && setting.faults.absent.worst.on(release).is_some()
    };
    SETTINGS.iter().filter(needed).map(|setting| setting.key)
}

/// Returns the settings whose answers mean that authorization is being set up.
pub fn signs() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.key.starts_with("auth.server.") && setting.default.is_none())
}

/// Returns the settings of the scopes, which have a default.
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
            for key in keys(release).chain(tokens.copied()) {
                assert!(setting(key).is_some_and(|setting| setting.known_to(release)), "{key} on {release}");
            }
        }
        assert_eq!(
            keys(Release::R5_10).collect::<Vec<_>>(),
            ["auth.server.url", "auth.server.clientId", "auth.server.clientSecret"]
        );
        assert_eq!(
            keys(Release::R5_11).collect::<Vec<_>>(),
            [
                "auth.server.url",
                "auth.server.tokenName",
                "auth.server.clientID",
                "auth.server.clientSecret",
                "auth.server.provider",
                "auth.server.keycloak.host",
                "auth.server.keycloak.realm",
            ]
        );
        assert!(scopes().count() == 6 && scopes().all(|setting| setting.default.is_some()));
    }
}
