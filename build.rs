//! Lists the files in `assets/providers`, so that a new provider is one new file.

use std::{env, error::Error, fmt::Write as _, fs, path::PathBuf};

const FOLDER: &str = "assets/providers";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut names = Vec::new();
    for entry in fs::read_dir(FOLDER)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            names.push(path);
        }
    }
    names.sort();
    let mut list = "[\n".to_owned();
    for name in names {
        writeln!(list, r#"include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/{}")),"#, name.display())?;
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    fs::write(out.join("providers.rs"), list)?;
    Ok(())
}
