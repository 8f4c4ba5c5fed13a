//! A part of a scan that one of several machines reads.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The largest number of parts. Cloud Run starts at most 10,000 tasks of a job.
const MOST: u32 = 10_000;

/// Part `index` of `of`, counted from 1; written `2/5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Shard {
    index: u32,
    of: u32,
}

impl Shard {
    /// Part `index` of `of`.
    ///
    /// # Errors
    /// In words, if there is no such part.
    pub fn new(index: u32, of: u32) -> Result<Shard, String> {
        match index {
            _ if !(1..=MOST).contains(&of) => Err(format!("use 1 to {MOST} parts, not {of}")),
            _ if !(1..=of).contains(&index) => Err(format!(
                "parts are counted from 1 to {of}, so none is {index}"
            )),
            _ => Ok(Shard { index, of }),
        }
    }

    /// Which part, from 1.
    pub fn index(self) -> u32 {
        self.index
    }

    /// Of how many.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Whether this part reads `unit`. Projects are spread by the SHA-256 of their id, so that one that comes or goes
    /// moves no other; the hierarchy, organisations and folders belong to the first part.
    pub fn takes(self, unit: &str) -> bool {
        let Some(project) = unit.strip_prefix("projects/") else {
            return self.index == 1;
        };
        let digest = Sha256::digest(project.as_bytes());
        let number = digest
            .iter()
            .take(8)
            .fold(0, |sum: u64, byte| (sum << 8) | u64::from(*byte));
        number % u64::from(self.of) == u64::from(self.index - 1)
    }

    /// Whether this part takes the file at `index` (from 0) of a sorted list.
    pub fn takes_file(self, index: usize) -> bool {
        index % self.of as usize == self.index as usize - 1
    }

    /// `path` with `{shard}` replaced by the number of the part: tasks of one job have the same arguments.
    pub fn in_path(self, path: &Path) -> PathBuf {
        match path.to_str() {
            Some(text) => PathBuf::from(text.replace("{shard}", &self.index.to_string())),
            None => path.to_path_buf(),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let parts = text
            .split_once('/')
            .and_then(|(index, of)| Some((index.trim().parse().ok()?, of.trim().parse().ok()?)));
        match parts {
            Some((index, of)) => Shard::new(index, of),
            None => Err("write it as `2/5`: part 2 of 5".to_owned()),
        }
    }
}

impl TryFrom<String> for Shard {
    type Error = String;

    fn try_from(text: String) -> Result<Shard, String> {
        text.parse()
    }
}

impl From<Shard> for String {
    fn from(shard: Shard) -> String {
        shard.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Shard;
    use std::path::Path;

    #[test]
    fn every_unit_belongs_to_one_part() {
        for of in [1, 2, 3, 7, 100] {
            let shards: Vec<Shard> = (1..=of)
                .map(|index| Shard::new(index, of).unwrap())
                .collect();
            for unit in [
                "hierarchy",
                "organizations/1",
                "folders/2",
                "projects/a",
                "projects/acme-ml",
            ] {
                let takers = shards.iter().filter(|shard| shard.takes(unit)).count();
                assert_eq!(takers, 1, "{unit} of {of}");
            }
            assert!(shards[0].takes("hierarchy") && shards[0].takes("folders/2"));
        }
    }

    /// Parts of one scan may be read by different versions, so who takes what must never change.
    #[test]
    fn projects_stay_where_they_are() {
        let of = |project: &str| {
            let taken = (1..=10).find(|index| Shard::new(*index, 10).unwrap().takes(project));
            taken.unwrap()
        };
        let spread = ["projects/acme-ml", "projects/acme-data", "projects/x"].map(of);
        // printf acme-ml | sha256sum | cut -c1-16, modulo 10, plus 1.
        assert_eq!(spread, EXPECTED);
    }

    const EXPECTED: [u32; 3] = [6, 5, 7];

    #[test]
    fn parts_are_written_and_read() {
        assert_eq!("2/5".parse::<Shard>().unwrap().to_string(), "2/5");
        for wrong in ["0/5", "6/5", "1/0", "1", "a/b", "1/10001", "-1/2", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        let shard: Shard = "2/5".parse().unwrap();
        assert_eq!(
            shard.in_path(Path::new("out/part-{shard}.ndjson")),
            Path::new("out/part-2.ndjson")
        );
    }
}
