//! Reads bytes and spellings: the properties document, values, endpoints, secrets, and what may be shown of them. Knows
//! nothing of deployments and answers.

pub mod endpoint;
pub mod mask;

pub mod properties;
pub mod secret;
mod shell_word;
mod show;
pub mod suggest;
pub mod values;
mod visible;
pub mod yaml;

pub use endpoint::{BadEndpoint, Endpoint, signing_region};
pub use shell_word::shell_word;
pub use show::{cause, shown};
pub use visible::{is_hidden, visible, visible_lines};
