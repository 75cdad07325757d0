//! Tests what spans several modules. There is one test binary, because linking the AWS SDK once is enough. Traffic goes
//! to stores in this process, over loopback.

#![expect(clippy::unwrap_used, reason = "a test that fails says so by a panic")]

mod accepted;
mod ansible;
mod azure;
mod azure_draft;
mod azure_store;
mod azure_story;
mod azurite;
mod batch;
mod cases;
mod catalogue;
mod causes;
mod certificates;
mod check;
mod checks;
mod checks_by_hand;
mod core;
mod docs;
mod draft;
mod ends;
mod explain;
mod faults;
mod floors;
mod forms;
mod found;
mod greetings;
mod help;
#[cfg(target_os = "linux")]
mod interrupted;
mod lint;
mod lint_command;
mod on_the_way;
mod oracle;
mod picture;
mod properties;
mod providers;
mod provision;
mod pty;
mod pty_deployments;
mod recognise;
mod recorder;
mod report;
mod requests;
mod restore;
mod same_file;
mod sandbox;
mod score;
mod screens;
mod sdk;
mod secrets;
mod sender;
mod session;
mod show;
mod simulated;
mod spring;
mod starts;
mod store;
mod template;
mod tokens;
mod tune;
mod tuning;
mod tuning_state;
mod wire;
mod write;
