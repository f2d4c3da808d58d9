//! An office of its own for each test.

use greenlane_terms::calendar::Day;
use greenlane_terms::time::begins_us;
use tempfile::TempDir;

use crate::office::{Home, Office};

/// A day in the pilot of article 7.
pub const DAY: &str = "2025-09-03";

/// An office on a new SQLite database, in the morning of a day.
pub struct World {
    pub office: Office,
    _folder: TempDir,
}

pub async fn world() -> World {
    world_on(DAY).await
}

pub async fn world_on(day: &str) -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/greenlane.db", folder.path().display());
    let home = Home { url, folder: folder.path().to_owned(), postgres: None, seed: 1 };
    // 09:00, China Standard Time.
    let at_us = begins_us(Day::parse(day).unwrap()) + 9 * 3_600_000_000;
    World { office: Office::open(&home, at_us).await, _folder: folder }
}
