//! Uploads parts to a store as `tune` does, and prints the seconds. `benches/parts.py` runs it beside rclone and s5cmd.
//!
//! Reads `ENDPOINT`, `ACCESS_KEY`, `SECRET_KEY`, `BUCKET`, `PART` (MiB), `CONNECTIONS` and `PARTS` from the environment.

#![expect(clippy::print_stdout, reason = "the result is what it is for")]

use std::{env, io, time::Duration};

use score_setup::{
    answers::target::S3Store,
    score::Version,
    store::{
        probe::Route,
        tune::{Direction, Wave, run::upload},
    },
    text::secret::Secret,
};

fn main() -> io::Result<()> {
    let text =
        |name: &str| env::var(name).map_err(|_| io::Error::other(format!("{name} is not set: see benches/parts.py")));
    let number = |name: &str| text(name)?.parse::<u32>().map_err(io::Error::other);
    // `cargo bench` without the script has no store to compare on.
    if env::var_os("ENDPOINT").is_none() {
        return Ok(());
    }
    let bucket = text("BUCKET")?;
    let store = S3Store {
        endpoint: text("ENDPOINT")?,
        override_host: None,
        access_key: text("ACCESS_KEY")?,
        secret_key: Secret::new(text("SECRET_KEY")?),
        version: Version::V4,
        kms_key: None,
        object_bucket: bucket.clone(),
        state_bucket: bucket,
        pool: 0,
        data_directory: "data".into(),
        upload_directory: "upload".into(),
        sentinel: "heliograph".into(),
        part_size: 0,
        upload_expiration_days: 6,
        download_expiration_days: 1,
        connection_timeout: Duration::from_secs(15),
        retry_limit: 5,
        unescapes_paths: false,
        region: None,
        usual_ports: Vec::new(),
    };
    let (connections, parts) = (number("CONNECTIONS")?, number("PARTS")?);
    let rounds = parts.div_ceil(connections);
    let wave = Wave { direction: Direction::Up, part: u64::from(number("PART")?) << 20, connections, rounds };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (result, elapsed) = runtime.block_on(upload(store, &Route::default(), wave)).map_err(io::Error::other)?;
    match result.setback {
        None => println!("{:.6} {}", elapsed.as_secs_f64(), result.bytes),
        Some(setback) => return Err(io::Error::other(setback.words())),
    }
    Ok(())
}
