//! What the benchmarks share: the generated export, the rules, the bare decoders and the stopwatch.

pub(crate) mod child;
pub(crate) mod contestant;
pub(crate) mod decode;
pub(crate) mod generate;
mod random;
pub(crate) mod report;
pub(crate) mod rules;
