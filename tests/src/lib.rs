//! Whole-mesh tests. They live in `tests/it`; nothing lives here.
