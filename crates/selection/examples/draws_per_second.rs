//! Prints how many draws a second one core makes, for each algorithm.
#![allow(clippy::float_arithmetic)]

use std::time::Instant;

use greenlane_policy::units::Rate;
use greenlane_selection::{Algorithm, Drawer, Epoch, MasterKey, threshold};
use greenlane_terms::Stage;

fn main() {
    const DRAWS: u32 = 4_000_000;
    let ids: Vec<String> = (0..100_000).map(|i| format!("5301202500000{i:05}")).collect();
    let pack = "4862f447f2c7f272fa2f4aaf89dadb3b1ac09105bd5864f8d1a0c9452bb0a226";
    let threshold = Rate::parse("5%").map_or(0, threshold);
    for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSm3] {
        let key = MasterKey::new([7; 32]).epoch_key(algorithm, Epoch::new(jiff::civil::date(2025, 11, 24)));
        let drawer = Drawer::new(&key, pack, Stage::Inspection);
        let start = Instant::now();
        let drawn = ids.iter().cycle().take(DRAWS as usize);
        let selected = drawn.filter(|id| drawer.draw(id).is_below(threshold)).count();
        let per_second = f64::from(DRAWS) / start.elapsed().as_secs_f64();
        println!("{algorithm}: {:.2} M draws/s ({selected} of {DRAWS} selected)", per_second / 1e6);
    }
}
