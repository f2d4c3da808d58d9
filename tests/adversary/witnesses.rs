//! A log that was cut off, rolled back or rewritten, found by those who witnessed its heads.
