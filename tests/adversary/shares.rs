//! Calls that take more than their share of the server.
