//! Lists the migrations of both databases by their file names, so that a new one is a file and nothing else.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=migrations");
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let mut list = String::new();
    for (name, folder) in [("SQLITE", "sqlite"), ("POSTGRES", "postgres")] {
        let folder = Path::new(&root).join("migrations").join(folder);
        let mut files: Vec<_> =
            fs::read_dir(&folder)?.map(|file| Ok(file?.path())).collect::<io::Result<_>>()?;
        files.sort();
        let doc = "/// Statements of each version, in order.";
        writeln!(list, "{doc}\npub(crate) const {name}: &[&str] = &[").map_err(io::Error::other)?;
        for (file, version) in files.iter().zip(1..) {
            let shown = file.file_name().unwrap_or_default().to_string_lossy();
            if !shown.starts_with(&format!("{version:04}_")) || !shown.ends_with(".sql") {
                return Err(io::Error::other(format!("{}: expected {version:04}_….sql", file.display())));
            }
            writeln!(list, "    include_str!({file:?}),").map_err(io::Error::other)?;
        }
        list.push_str("];\n");
    }
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("migrations.rs"), list)
}
