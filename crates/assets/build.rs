//! Installs what `web/package-lock.json` names, and writes the table of the files that are embedded.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

/// Files of npm packages that pages load, with their media types.
const FILES: [(&str, &str); 5] = [
    ("@tabler/core/dist/css/tabler.min.css", "text/css; charset=utf-8"),
    ("echarts/dist/echarts.min.js", "text/javascript; charset=utf-8"),
    ("htmx.org/dist/htmx.min.js", "text/javascript; charset=utf-8"),
    ("swagger-ui-dist/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    ("swagger-ui-dist/swagger-ui.css", "text/css; charset=utf-8"),
];

/// What npm reads.
const OF_NPM: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

fn main() -> Result<(), Box<dyn Error>> {
    let web = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../web");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let place = out.join("web");
    std::fs::create_dir_all(&place)?;
    for file in OF_NPM {
        let from = web.join(file);
        println!("cargo::rerun-if-changed={}", from.display());
        std::fs::copy(&from, place.join(file)).map_err(|error| format!("{}: {error}", from.display()))?;
    }
    install(&place)?;
    std::fs::write(out.join("assets.rs"), table(&place)?)?;
    Ok(())
}

fn install(place: &Path) -> Result<(), Box<dyn Error>> {
    let npm = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(place)
        .output();
    let npm = npm.map_err(|error| format!("npm cannot be run ({error}): apt-get install npm"))?;
    if npm.status.success() {
        return Ok(());
    }
    Err(format!("npm ci failed:\n{}", String::from_utf8_lossy(&npm.stderr)).into())
}

/// The constant `ASSETS`, as Rust.
fn table(place: &Path) -> Result<String, Box<dyn Error>> {
    let mut table = String::from("/// Every file.\npub const ASSETS: &[Asset] = &[\n");
    for (file, content_type) in FILES {
        let path = place.join("node_modules").join(file);
        let bytes = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = file.rsplit('/').next().unwrap_or(file);
        let etag = format!("\"{}\"", &hex::encode(Sha256::digest(&bytes))[..16]);
        writeln!(
            table,
            "    Asset {{ name: {name:?}, content_type: {content_type:?}, etag: {etag:?}, bytes: include_bytes!({path:?}) }},"
        )?;
    }
    table.push_str("];\n");
    Ok(table)
}
