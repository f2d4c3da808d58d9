//! A log that was cut off, rolled back or rewritten, found by those who witnessed its heads.

mod forged;
mod found;
mod interoperation;
pub mod process;
mod protocol;
mod rolled_back;
