//! The limits to compare with: counting newlines, decoding without any rule, and reading into a tree.

use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Mutex;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// The fields of an asset that the 100 checks ask for, and nothing else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Asset<'a> {
    name: &'a str,
    asset_type: &'a str,
    #[serde(borrow)]
    resource: Option<Resource<'a>>,
    iam_policy: Option<Policy<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Policy<'a> {
    #[serde(borrow, default)]
    bindings: Vec<Binding<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Binding<'a> {
    role: &'a str,
    #[serde(borrow, default)]
    members: Vec<&'a str>,
    condition: Option<Condition<'a>>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Condition<'a> {
    #[serde(borrow)]
    expression: Cow<'a, str>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Resource<'a> {
    #[serde(borrow)]
    data: Option<Data<'a>>,
}

/// The settings of buckets, keys, accounts, datasets, secrets and projects that some check reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Data<'a> {
    #[serde(borrow)]
    access: Option<Vec<Entry<'a>>>,
    #[serde(borrow)]
    acl: Option<Vec<Entry<'a>>>,
    billing: Option<Billing>,
    #[serde(borrow)]
    cors: Option<Vec<Cors<'a>>>,
    #[serde(borrow)]
    default_encryption_configuration: Option<Key<'a>>,
    default_event_based_hold: Option<bool>,
    #[serde(borrow)]
    default_object_acl: Option<Vec<Entry<'a>>>,
    default_table_expiration_ms: Option<&'a str>,
    description: Option<Cow<'a, str>>,
    disabled: Option<bool>,
    display_name: Option<Cow<'a, str>>,
    email: Option<&'a str>,
    #[serde(borrow)]
    encryption: Option<Key<'a>>,
    expire_time: Option<&'a str>,
    #[serde(borrow)]
    iam_configuration: Option<Access<'a>>,
    key_algorithm: Option<&'a str>,
    key_origin: Option<&'a str>,
    key_type: Option<&'a str>,
    #[serde(borrow)]
    labels: Option<Labels<'a>>,
    lifecycle: Option<Lifecycle>,
    lifecycle_state: Option<&'a str>,
    location: Option<&'a str>,
    location_type: Option<&'a str>,
    #[serde(borrow)]
    logging: Option<Logging<'a>>,
    name: Option<&'a str>,
    #[serde(borrow)]
    retention_policy: Option<Retention<'a>>,
    #[serde(borrow)]
    rotation: Option<Rotation<'a>>,
    rpo: Option<&'a str>,
    #[serde(borrow)]
    soft_delete_policy: Option<SoftDelete<'a>>,
    storage_class: Option<&'a str>,
    ttl: Option<&'a str>,
    valid_after_time: Option<&'a str>,
    versioning: Option<Switch>,
    #[serde(borrow)]
    website: Option<Website<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Entry<'a> {
    entity: Option<&'a str>,
    special_group: Option<&'a str>,
    iam_member: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Billing {
    requester_pays: Option<bool>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Cors<'a> {
    #[serde(borrow, default)]
    origin: Vec<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Key<'a> {
    kms_key_name: Option<&'a str>,
    default_kms_key_name: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Access<'a> {
    public_access_prevention: Option<&'a str>,
    uniform_bucket_level_access: Option<Switch>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Switch {
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Labels<'a> {
    data: Option<&'a str>,
    env: Option<&'a str>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "decoding them is the point")]
struct Lifecycle {
    rule: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Logging<'a> {
    log_bucket: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Retention<'a> {
    is_locked: Option<bool>,
    retention_period: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Rotation<'a> {
    next_rotation_time: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct SoftDelete<'a> {
    retention_duration_seconds: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "decoding them is the point")]
struct Website<'a> {
    main_page_suffix: Option<&'a str>,
}

/// Counts newlines on one thread, as `wc -l` does.
///
/// # Errors
///
/// When the file cannot be read.
pub(crate) fn newlines(path: &Path) -> io::Result<u64> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CHUNK / 4];
    let mut lines = 0;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(lines);
        }
        lines += memchr::memchr_iter(b'\n', &buffer[..read]).count() as u64;
    }
}

/// Decodes every line into [`Asset`] with sonic-rs on `threads` threads; returns the assets.
///
/// # Errors
///
/// When the file cannot be read or a line is not an asset.
pub(crate) fn typed(path: &Path, threads: usize) -> io::Result<u64> {
    each_line(path, threads, |line| {
        sonic_rs::from_slice::<Asset<'_>>(line).map(|asset| drop(black_box(asset)))
    })
}

/// Reads every line into a `serde_json::Value` on `threads` threads; returns the assets.
///
/// # Errors
///
/// When the file cannot be read or a line is not JSON.
pub(crate) fn tree(path: &Path, threads: usize) -> io::Result<u64> {
    each_line(path, threads, |line| {
        serde_json::from_slice::<serde_json::Value>(line).map(|value| drop(black_box(value)))
    })
}

/// Hands chunks cut at newlines to `threads` threads.
fn each_line<E: std::error::Error + Send + Sync + 'static>(
    path: &Path,
    threads: usize,
    decode: impl Fn(&[u8]) -> Result<(), E> + Sync,
) -> io::Result<u64> {
    let chunks = Mutex::new(Chunks {
        file: File::open(path)?,
        rest: Vec::new(),
    });
    let work = || -> io::Result<u64> {
        let mut chunk = Vec::with_capacity(2 * CHUNK);
        let mut lines = 0;
        loop {
            let more = match chunks.lock() {
                Ok(mut chunks) => chunks.next(&mut chunk)?,
                Err(_) => return Err(io::Error::other("another thread failed")),
            };
            if !more {
                return Ok(lines);
            }
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', &chunk) {
                decode(&chunk[start..end]).map_err(io::Error::other)?;
                start = end + 1;
                lines += 1;
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut lines = work()?;
        for other in others {
            lines += other
                .join()
                .map_err(|_| io::Error::other("a thread failed"))??;
        }
        Ok(lines)
    })
}

/// A file in pieces that end with a newline.
struct Chunks {
    file: File,
    rest: Vec<u8>,
}

impl Chunks {
    /// Fills `chunk`; false at the end of the file. A last line without a newline is not a line of ours.
    fn next(&mut self, chunk: &mut Vec<u8>) -> io::Result<bool> {
        chunk.clear();
        chunk.append(&mut self.rest);
        loop {
            let read = self.file.by_ref().take(CHUNK as u64).read_to_end(chunk)?;
            if let Some(last) = memchr::memrchr(b'\n', chunk) {
                self.rest.extend_from_slice(&chunk[last + 1..]);
                chunk.truncate(last + 1);
                return Ok(true);
            }
            if read == 0 {
                return Ok(false);
            }
        }
    }
}
