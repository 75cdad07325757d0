//! Checks the surroundings of the settings: Vault, the key store, `wrapper.conf`, and Docker.

use super::{
    finding::{Edit, FileFinding},
    input::LintInput,
};
use crate::{
    forms::Variable,
    install::{
        deployment::{Launcher, Server},
        spring::SourcePosition,
    },
    score::{
        Id, Release,
        Severity::{Note, Ping, Start},
        Spelling,
        key::{self, SPRING_CLOUD_VAULT_ENABLED as VAULT},
    },
    text::{properties::Document, shown, values::number},
};

pub(super) fn findings(input: &LintInput<'_>) -> Vec<FileFinding> {
    let mut all = Vec::new();
    if input.stand.start == Launcher::Wrapper {
        all.extend(vault(input));
        all.extend(key_store(input));
        all.extend(arguments(input));
    }
    all.extend(misplaced_vault(input));
    all.extend(unread_file(input));
    all.extend(taken_port(input));
    all
}

/// Reports a port at which a process listens already. Tomcat then stops the start of Score.
fn taken_port(input: &LintInput<'_>) -> Option<FileFinding> {
    let holder = input.deployment.port_holder.as_ref()?;
    let port = holder.port;
    if input.text(key::SERVER_PORT)?.trim().parse() != Ok(port) {
        return None;
    }
    let found = |severity, summary| input.about(Id::P115, severity, key::SERVER_PORT, summary);
    Some(match &holder.server {
        Server::Score(process) => found(
            Note,
            format!("A running Score (process {process}) listens at port {port} of server.port. It may be this Score."),
        )
        .hint("If this is a different Score, choose a different port in server.port."),
        Server::Other { name, process } => found(
            Start,
            format!(
                "{} (process {process}) listens at port {port} of server.port: {}.",
                shown(name.as_bytes(), 20),
                Start.consequence()
            ),
        )
        .hint("Stop this process, or choose another port in server.port. Clients need the new port in storage.url."),
        Server::Unknown => found(
            Note,
            format!("A process listens at port {port} of server.port. If it is not this Score, Score does not start."),
        )
        .hint("Look which process it is. If it is not Score, choose another port in server.port."),
    })
}

/// Reports Vault if it is on. `VaultBootstrapConfiguration` is on unless the setting is `false`
/// (`@ConditionalOnProperty`, `matchIfMissing`). The jar's own `bootstrap.properties` is not read, because wrapper.conf
/// names another folder.
fn vault(input: &LintInput<'_>) -> Option<FileFinding> {
    let bootstrap = &input.deployment.bootstrap;
    let at = |line: Option<usize>, finding: FileFinding| FileFinding {
        file: bootstrap.path.clone(),
        line,
        holder: None,
        ..finding
    };
    let off = |text: &str| text.eq_ignore_ascii_case("false");
    let bootless = input.view.value(key::SPRING_CLOUD_BOOTSTRAP_ENABLED, Spelling::Relaxed);
    if bootless.is_some_and(|seen| {
        seen.value.shape(off)
            && !matches!(&seen.place, SourcePosition::Line { file, .. } if *file == *input.application())
    }) {
        return None;
    }
    if input.view.value(VAULT, Spelling::Relaxed).is_some_and(|seen| seen.value.shape(off)) {
        return None;
    }
    let document = match Document::parse(bootstrap.bytes.as_deref().unwrap_or_default()) {
        Ok(document) => document,
        Err(error) => {
            let summary = format!(
                "\\u without four hexadecimal digits: Java refuses the whole file, and {}.",
                Start.consequence()
            );
            let edit = Edit::Backslash { file: bootstrap.path.clone(), line: error.line };
            return Some(at(Some(error.line), input.absent(Id::P07, Start, VAULT, summary)).fixed_by([edit]));
        }
    };
    let edit = Edit::Set { file: bootstrap.path.clone(), key: VAULT.to_owned(), value: "false".to_owned() };
    match document.effective(VAULT, Spelling::Relaxed) {
        // The deployment uses Vault.
        _ if document.pairs().any(|pair| {
            let name = crate::text::properties::uniform(pair.key);
            ["spring.cloud.vault.token", "spring.cloud.vault.uri", "spring.cloud.vault.authentication"]
                .contains(&name.as_str())
        }) =>
        {
            None
        }
        Some(pair) => {
            let text = String::from_utf16_lossy(pair.value);
            let quoted = text.contains(['"', '\'']);
            let summary = format!("{VAULT} is not exactly false, so Vault is on: {}.", Start.consequence());
            let finding = input.absent(if quoted { Id::P01 } else { Id::T44 }, Start, VAULT, summary);
            Some(at(Some(pair.line), finding).hint(format!("Write {VAULT}=false.")).fixed_by([edit]))
        }
        None => {
            let what = if bootstrap.bytes.is_some() { "does not contain" } else { "is missing, and with it" };
            let summary = format!(
                "bootstrap.properties {what} {VAULT}=false, so Score looks for Vault: {}.",
                Start.consequence()
            );
            Some(at(None, input.absent(Id::T44, Start, VAULT, summary)).fixed_by([edit]))
        }
    }
}

/// Reports the setting of Vault in other files. The bootstrap context reads `bootstrap.properties` only.
fn misplaced_vault(input: &LintInput<'_>) -> Option<FileFinding> {
    let (page, entry) = input.entries().find(|(_, entry)| entry.spelt == VAULT)?;
    let summary = format!("{VAULT} has no effect here. Score reads it only from bootstrap.properties.");
    let finding = input.absent(Id::T44, Note, VAULT, summary);
    Some(finding.at_line(&page.path, entry.line))
}

/// Reports a missing key store. wrapper.conf passes `--server.ssl.key-store=../cert/service.jks`, which turns TLS on;
/// that file is not shipped.
fn key_store(input: &LintInput<'_>) -> Option<FileFinding> {
    let named = input.wrapper.as_ref().is_none_or(|wrapper| wrapper.argument(key::SERVER_SSL_KEY_STORE).is_some())
        || input.text(key::SERVER_SSL_KEY_STORE).is_some();
    let text = input.text(key::SERVER_SSL_ENABLED);
    let off = text.as_deref().is_some_and(|text| {
        // A value that Spring cannot read is reported elsewhere.
        !(text.trim().is_empty() || number::switch(text) == Some(true))
    });
    let opened = input.seen(key::SERVER_SSL_KEY_STORE_PASSWORD).is_some();
    if !named || off || opened || input.refused() {
        return None;
    }
    let said = text.is_some();
    let summary = format!(
        "TLS is on, and the key store that wrapper.conf names, cert/service.jks, is not shipped: {}.",
        Start.consequence()
    );
    let finding = input.about(Id::T42, Start, key::SERVER_SSL_ENABLED, summary);
    let set = Edit::Set {
        file: input.application().to_owned(),
        key: key::SERVER_SSL_ENABLED.to_owned(),
        value: "false".to_owned(),
    };
    Some(if said {
        finding.hint("Create the key store and set server.ssl.key-store-password, or set server.ssl.enabled=false.")
    } else {
        finding.hint("Set server.ssl.enabled=false.").fixed_by([set])
    })
}

/// Reports faults of wrapper.conf itself.
fn arguments(input: &LintInput<'_>) -> Vec<FileFinding> {
    let base = &input.deployment.wrapper;
    let (Some(wrapper), Some(bytes)) = (&input.wrapper, base.bytes.as_deref()) else { return Vec::new() };
    let mut all = Vec::new();
    let told = |id, severity, line, key: &str, summary: String| FileFinding {
        file: base.path.clone(),
        line,
        holder: None,
        ..input.absent(id, severity, key, summary)
    };
    let text = String::from_utf8_lossy(bytes);
    let lines = || text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#'));
    let lost = lines().find(|(_, line)| {
        let number = line
            .trim_start()
            .strip_prefix("wrapper.app.parameter.")
            .and_then(|rest| rest.split(['=', ' ', '\t']).next());
        number
            .and_then(|number| number.parse::<u32>().ok())
            .is_some_and(|number| wrapper.parameters.iter().all(|parameter| parameter.number != number))
    });
    if let Some((at, _)) = lost {
        let summary =
            "A number is missing before this parameter, so Score gets neither this parameter nor those after it."
                .to_owned();
        all.push(told(Id::T41, Note, Some(at + 1), "wrapper.app.parameter", summary));
    }
    let location = [key::SPRING_CONFIG_LOCATION, key::SPRING_CONFIG_ADDITIONAL_LOCATION];
    if !location.iter().any(|name| wrapper.argument(name).is_some()) {
        let summary =
            format!("No argument names the folder conf, so Score does not read its files: {}.", Ping.consequence());
        let finding = told(Id::T41, Ping, None, location[0], summary);
        all.push(finding.hint("Pass --spring.config.location=../conf/"));
    }
    let open = lines().find(|(_, line)| line.contains("com.sun.management.jmxremote.authenticate=false"));
    if let Some((at, _)) = open {
        let summary = "JMX is open without a password: everyone who reaches the port can run code as Score.".to_owned();
        let finding = told(Id::T53, Note, Some(at + 1), "com.sun.management.jmxremote", summary);
        all.push(finding.hint("Close the port, or block it in the firewall."));
    }
    all
}

/// Reports a file that the image does not read. Its command reads the jar and the environment; from 5.11 on a variable
/// can add another location.
fn unread_file(input: &LintInput<'_>) -> Option<FileFinding> {
    if input.stand.start != Launcher::Docker || input.deployment.application.bytes.is_none() {
        return None;
    }
    let added = |variable: &Variable| {
        variable.name == "SPRING_CONFIG_LOCATION"
            || variable.name == "SPRING_CONFIG_ADDITIONAL_LOCATION" && input.release >= Release::R5_11
    };
    let read = input.deployment.environment.as_ref().is_some_and(|environment| environment.variables.iter().any(added));
    (!read).then(|| {
        let summary = "The image of Score does not read application.properties, only variables.".to_owned();
        let finding = input.absent(Id::T46, Note, "", summary);
        FileFinding { settings: Vec::new(), file: input.application().to_owned(), holder: None, ..finding }
    })
}
