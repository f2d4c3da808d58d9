//! `greenlane generate`.
use super::Common;
use crate::exit::Exit;
pub fn run(_: &Common, _: &crate::arguments::Generate) -> anyhow::Result<Exit> { anyhow::bail!("being written") }
