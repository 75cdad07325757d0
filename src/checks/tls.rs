//! The greeting in TLS: which version, whose certificate, and whether Score's Java would take it.

use super::{
    Outcome, advice,
    reach::{SILENT, Way, way},
    storage::Told,
    visit::{Visit, lock},
};
use crate::probe::{Failure, connect};

pub(super) async fn tls(visit: &Visit) -> Told {
    if !visit.endpoint.secure {
        return Err(none());
    }
    Ok(greeted(way(visit)).await.map_err(|failure| advice::unanswered(&failure, &visit.endpoint))?)
}

pub(super) fn none() -> Outcome {
    Outcome::NotProbed("not used (http)".to_owned())
}

pub(super) async fn greeted(way: Way<'_>) -> Result<String, Failure> {
    let addresses = lock(way.addresses).clone();
    let stream = connect(&addresses, SILENT).await?;
    let stream = way.sender.handshake(stream, way.endpoint, SILENT).await?;
    let version = stream.get_ref().1.protocol_version();
    Ok(match version {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3, trusted here".to_owned(),
        Some(rustls::ProtocolVersion::TLSv1_2) => "TLS 1.2, trusted here".to_owned(),
        _ => "trusted here".to_owned(),
    })
}
