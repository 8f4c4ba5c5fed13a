//! Benchmarks: which recommendations they make in our scope, and what a run says of each.

mod assess;

pub use assess::{Assessed, Assessment, Grounds, Standing, Subject};

use serde::Deserialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A benchmark, in one version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benchmark {
    /// The name by which rules and `--benchmark` know it, e.g. `cis-gcp-4.0`.
    pub id: String,
    /// What its authors call it.
    pub title: String,
}

/// A recommendation in our scope, with its number in each benchmark that makes it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendation {
    /// What is to be so, in our words.
    pub title: String,
    /// Numbers by the id of the benchmark. They are texts: 1.10 is not 1.1.
    pub numbers: BTreeMap<String, String>,
    /// What a person has to look at, because rules alone cannot prove it.
    pub manual: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    /// Where the numbers come from.
    #[expect(dead_code, reason = "it is there for the reader of the file")]
    source: String,
    /// When they were looked up.
    #[expect(dead_code, reason = "it is there for the reader of the file")]
    date: String,
    benchmark: Vec<Benchmark>,
    recommendation: Vec<Recommendation>,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    // The text is part of the product; the tests prove that it parses.
    DATA.get_or_init(|| toml::from_str(TEXT).unwrap_or_default())
}

const TEXT: &str = include_str!("cis-gcp.toml");

/// Every benchmark that is known, oldest first.
pub fn benchmarks() -> &'static [Benchmark] {
    &data().benchmark
}

/// The benchmark of that name.
pub fn benchmark(id: &str) -> Option<&'static Benchmark> {
    benchmarks().iter().find(|benchmark| benchmark.id == id)
}

/// Every recommendation in our scope, of any benchmark.
pub fn recommendations() -> &'static [Recommendation] {
    &data().recommendation
}

/// Orders numbers of recommendations part by part: 1.2 comes before 1.10.
pub fn compare_numbers(a: &str, b: &str) -> Ordering {
    let parts = |number: &str| -> Vec<(u64, String)> {
        number
            .split('.')
            .map(|part| (part.parse().unwrap_or(u64::MAX), part.to_owned()))
            .collect()
    };
    parts(a).cmp(&parts(b))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Data, TEXT, benchmarks, compare_numbers, recommendations};
    use std::collections::BTreeSet;

    #[test]
    fn the_list_is_sound() {
        let data: Data = toml::from_str(TEXT).unwrap();
        assert_eq!(data.benchmark, benchmarks());
        assert!(benchmarks().len() >= 4 && recommendations().len() > 30);
        let mut seen = BTreeSet::new();
        for recommendation in recommendations() {
            let title = &recommendation.title;
            assert!(!recommendation.numbers.is_empty(), "{title}");
            for (benchmark, number) in &recommendation.numbers {
                assert!(
                    super::benchmark(benchmark).is_some(),
                    "{title}: {benchmark}"
                );
                let plain = number.split('.').all(|part| part.parse::<u8>().is_ok());
                assert!(plain, "{title}: {number}");
                assert!(
                    seen.insert((benchmark, number)),
                    "{benchmark} {number} twice"
                );
            }
        }
    }

    #[test]
    fn numbers_are_no_decimals() {
        let mut numbers = ["2.1", "1.10", "1.2", "1.1.4", "1.1", "10.1"];
        numbers.sort_by(|a, b| compare_numbers(a, b));
        assert_eq!(numbers, ["1.1", "1.1.4", "1.2", "1.10", "2.1", "10.1"]);
    }
}
