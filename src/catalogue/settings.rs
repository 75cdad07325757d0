//! Every key of Score's configuration that a deployment on object storage needs, in the order of the screens.

use super::Setting;

pub static SETTINGS: &[Setting] = &[];
