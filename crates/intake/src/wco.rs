//! stub
use std::sync::Arc;
use crate::error::IntakeError;
use crate::row::{Rules,Sink};
use crate::source::RowSource;
/// p
#[derive(Debug, Default, Clone)]
pub struct WcoProfile;
pub(crate) struct WcoSource;
impl WcoSource { pub(crate) fn new(_f: Arc<str>, _p: &WcoProfile, _r: Rules<'_>) -> WcoSource { WcoSource } }
impl RowSource for WcoSource { fn fill(&mut self, _s: &mut Sink<'_>) -> Result<bool, IntakeError> { Ok(false) } }
