//! One person who does what takes two, and rights that are wider than their reason.
