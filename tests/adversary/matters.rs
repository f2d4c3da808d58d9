//! Matters and tasks that must not vanish, be taken over or be named by a caller.
