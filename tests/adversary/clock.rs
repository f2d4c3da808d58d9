//! Clocks that jump, and what that must not publish.
