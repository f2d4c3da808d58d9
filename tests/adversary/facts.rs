//! Facts that a caller states and that are not the caller's to state.
