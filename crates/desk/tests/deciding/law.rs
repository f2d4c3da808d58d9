//! Another law: the pack of the project with something replaced.

use greenlane_desk::actions::packs;
use greenlane_policy::load::PackFiles;
use greenlane_store::ReleaseStep;
use greenlane_terms::calendar::Day;
use greenlane_terms::numbers::PackNumber;

use crate::office::Office;

/// The pack of the project with one text in the place of another; each is there.
pub fn replaced(changes: &[(&str, &str)]) -> PackFiles {
    let mut files: Vec<(String, String)> =
        PackFiles::embedded().iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    for (before, after) in changes {
        assert!(files.iter().any(|(_, text)| text.contains(before)), "{before}");
        files.iter_mut().for_each(|(_, text)| *text = text.replace(before, after));
    }
    PackFiles::new(files)
}

/// Later items of lots are checked at the highest rate that the pack permits, one in ten.
pub const SPOT_CHECKS: (&str, &str) = (
    "range = { least = \"0\", most = \"0.1\" }\nversions = [{ from = 2024-04-06, value = \"0\" }]",
    "range = { least = \"0\", most = \"0.1\" }\nversions = [{ from = 2024-04-06, value = \"0.1\" }]",
);

impl Office {
    /// Brings a pack, which nobody has approved.
    pub async fn bring(&self, files: &PackFiles) -> PackNumber {
        let zhou = self.lawmaker(0);
        let (number, is_new) =
            packs::keep_pack(&self.desk, &zhou, files, "changed", Some("调整".to_owned())).await.unwrap();
        assert!(is_new);
        number
    }

    /// Brings a pack and has it approved from a day on.
    pub async fn change_the_law(&self, files: &PackFiles, from: Day) -> PackNumber {
        let (zhou, wu, number) = (self.lawmaker(0), self.lawmaker(1), self.bring(files).await);
        packs::move_pack(&self.desk, &zhou, number, ReleaseStep::Submit, None).await.unwrap();
        packs::move_pack(&self.desk, &wu, number, ReleaseStep::Approve { from }, None).await.unwrap();
        number
    }
}
