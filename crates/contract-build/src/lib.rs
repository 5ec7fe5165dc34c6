//! Contract build.
