//! `greenlane decide`.
use super::Common;
use crate::exit::Exit;
pub fn run(_: &Common, _: &crate::arguments::Decide) -> anyhow::Result<Exit> { anyhow::bail!("being written") }
