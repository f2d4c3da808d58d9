//! Draws that nobody foretells, grinds or moves.
