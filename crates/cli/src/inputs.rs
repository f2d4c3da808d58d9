//! Opens what a command line names: registry, events, standard values, mapping, profile.

use std::path::Path;

use greenlane_intake::{History, Intake, Mapping, Registry, Reject, Standards, WcoProfile};
use greenlane_policy::pack::Pack;

use crate::arguments::Inputs;
use crate::common::day;

/// An intake with everything the command line names, and the rows of registry, events and standard values that were
/// set aside.
pub fn open<'p>(inputs: &Inputs, pack: &'p Pack) -> anyhow::Result<(Intake<'p>, Vec<Reject>)> {
    let mut intake = Intake::new(pack).with_unknown_ignored(inputs.ignore_unknown);
    let mut rejects = Vec::new();
    if let Some(text) = &inputs.decided_on {
        intake = intake.with_decided_on(Some(day(text, "--decided-on")?));
    }
    if let Some(name) = &inputs.mapping {
        let is_file = Path::new(name).extension().is_some_and(|extension| extension == "toml");
        intake = intake.with_mapping(if is_file {
            Mapping::read(Path::new(name))?
        } else {
            Mapping::named(name)?
        });
    }
    if let Some(path) = &inputs.profile {
        intake = intake.with_profile(WcoProfile::read(path)?);
    }
    if let Some(path) = &inputs.registry {
        let registry = Registry::read(path, pack)?;
        rejects.extend_from_slice(registry.rejects());
        intake = intake.with_registry(registry);
    }
    if let Some(path) = &inputs.events {
        let events = History::read(path, pack)?;
        rejects.extend_from_slice(events.rejects());
        intake = intake.with_events(events);
    }
    if let Some(path) = &inputs.standards {
        let standards = Standards::read(path)?;
        rejects.extend_from_slice(standards.rejects());
        intake = intake.with_standards(standards);
    }
    Ok((intake, rejects))
}
