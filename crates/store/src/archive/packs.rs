//! The names of the files of packs, checked while a backup is read: a name must not lead out of the folder of a pack.

use greenlane_policy::load::PackFiles;

use super::error::ArchiveError;
use super::format::{Piece, Value};

/// Looks at the packs of a backup.
#[derive(Default)]
pub(super) struct PackCheck {
    /// Place of the files in a row, while the table `pack` is read.
    files: Option<usize>,
}

impl PackCheck {
    pub(super) fn hear(&mut self, piece: &Piece) -> Result<(), ArchiveError> {
        match piece {
            Piece::Table(table) if table.name == "pack" => {
                self.files = table.columns.keys().position(|column| column == "files");
            }
            Piece::Row(row) => {
                if let Some(Value::Text(files)) = self.files.and_then(|at| row.get(at)) {
                    names_belong(files)?;
                }
            }
            Piece::Table(_) | Piece::EndOfTable => self.files = None,
        }
        Ok(())
    }
}

/// What is no list of files is refused by whoever reads the pack.
fn names_belong(files: &str) -> Result<(), ArchiveError> {
    let files: Vec<(String, serde::de::IgnoredAny)> = serde_json::from_str(files).unwrap_or_default();
    match files.into_iter().find(|(path, _)| !PackFiles::belongs(path)) {
        None => Ok(()),
        Some((path, _)) => Err(ArchiveError::PackFile { path }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_out_of_the_pack_is_named() {
        assert!(names_belong(r#"[["pack.toml",""],["measures/1.toml",""]]"#).is_ok());
        for path in ["reference/../x.csv", "C:\\\\x.toml"] {
            let found = names_belong(&format!(r#"[["pack.toml",""],["{path}","x"]]"#));
            assert!(found.is_err_and(|error| error.to_string().contains("a file `")), "{path}");
        }
    }
}
