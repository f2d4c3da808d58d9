//! Rows changed in the database without a word, and what an audit says to each.
