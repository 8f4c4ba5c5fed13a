//! Own fixtures, one per dialect.
