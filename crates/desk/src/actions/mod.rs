//! What people and machines do at the desk: each action checks the right of its caller, then reads or writes.

pub mod accounts;
pub mod applications;
pub mod checks;
pub mod discretion;
pub mod log;
pub mod lots;
pub mod matters;
pub mod packs;
pub mod registry;
pub mod sessions;
pub mod tasks;
pub mod tokens;
