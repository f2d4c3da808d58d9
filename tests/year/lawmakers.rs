//! The law changes twice a year: a pack with another base rate is brought, checked, approved by a second person ahead of its first day.

use greenlane_desk::actions::{checks, packs};
use greenlane_policy::load::PackFiles;
use greenlane_store::ReleaseStep;
use greenlane_terms::calendar::Day;

use super::life::Life;

impl Life {
    /// Brings a pack that differs in one number, to be in force from a day on.
    pub async fn change_the_law(&mut self, from: Day) {
        let office = self.office.as_ref().unwrap();
        let (desk, zhou, wu) = (&office.desk, office.lawmaker(0), office.lawmaker(1));
        let rate = format!("ordinary = \"0.0{}\"", 300 + self.chance.below(200));
        let files: Vec<(String, String)> = PackFiles::embedded()
            .iter()
            .map(|(path, text)| (path.to_owned(), text.replace("ordinary = \"0.0244\"", &rate)))
            .collect();
        let files = PackFiles::new(files);
        let checked = checks::checked(desk, &zhou, files.clone()).await.unwrap();
        let Ok(checked) = checked else { panic!("the changed pack has faults") };
        let (number, is_new) =
            packs::keep_pack(desk, &zhou, &files, &checked.engine.pack.id, Some("调整".to_owned()))
                .await
                .unwrap();
        assert!(is_new);
        packs::move_pack(desk, &zhou, number, ReleaseStep::Submit, None).await.unwrap();
        let own = packs::move_pack(desk, &zhou, number, ReleaseStep::Approve { from }, None).await;
        assert!(own.is_err(), "whoever brought a pack approved it");
        packs::move_pack(desk, &wu, number, ReleaseStep::Approve { from }, None).await.unwrap();
    }
}
