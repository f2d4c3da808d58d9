//! The cases of the embedded pack pass.

use greenlane_engine::Engine;
use greenlane_engine::cases::run_cases;
use greenlane_policy::pack::Pack;

#[test]
fn every_case_of_the_pack_passes() {
    let pack = Pack::embedded().unwrap_or_else(|problems| panic!("{}", problems.lines()));
    let results = run_cases(&Engine::new(pack));
    let failed: Vec<_> = results.iter().filter(|result| !result.passed()).collect();
    for result in &failed {
        println!("{} {}: {:?}", result.measure, result.name, result.differences);
    }
    println!("{} cases, {} failed", results.len(), failed.len());
    assert!(results.len() >= 150 && failed.is_empty());
}
