//! The key that a bucket encrypts new objects with: whether it works.

use super::{KEY, LOCATION, LOCATION_TYPE, Setting, Subject, setting, text};
use crate::estate::{Datapoint, Estate};
use crate::model::GapReason;

pub(super) const CRYPTO_KEY: &str = "cloudkms.googleapis.com/CryptoKey";
pub(super) const STATE: &str = "$.resource.data.primary.state";

/// `projects/P/locations/L/keyRings/R/cryptoKeys/K`, taken apart.
struct KeyName<'n> {
    location: &'n str,
    /// Without a version.
    key: &'n str,
}

impl<'n> KeyName<'n> {
    fn parse(name: &'n str) -> Option<KeyName<'n>> {
        let key = name.split("/cryptoKeyVersions/").next()?;
        let parts: Vec<&str> = key.split('/').collect();
        match parts[..] {
            [
                "projects",
                _,
                "locations",
                location,
                "keyRings",
                _,
                "cryptoKeys",
                _,
            ] => Some(KeyName { location, key }),
            _ => None,
        }
    }
}

/// The default key; a bucket without one is not meant.
fn key<'a>(bucket: &mut Subject<'a, '_>) -> Option<(&'a Datapoint, KeyName<'a>)> {
    match bucket.setting(KEY) {
        Setting::Is(point) => match text(point).ok().and_then(KeyName::parse) {
            Some(name) => return Some((point, name)),
            None => bucket.unknown(GapReason::ValueUnknown, KEY),
        },
        Setting::Absent => bucket.verdicts.not_applicable(),
        Setting::Unknown(reason) => bucket.unknown(reason, KEY),
    }
    None
}

/// Whether the key's primary version is enabled, and the key lies where the bucket does.
pub(super) fn state(bucket: &mut Subject<'_, '_>, estate: &Estate) {
    let Some((point, name)) = key(bucket) else {
        return;
    };
    if let Some(location) = location_of_keys(bucket)
        && location != name.location.to_lowercase()
    {
        let value = format!("lies in {} and the bucket in {location}", name.location);
        return bucket.fail(&point.evidence, &value);
    }
    let full = format!("//cloudkms.googleapis.com/{}", name.key);
    let record = estate
        .records(CRYPTO_KEY)
        .and_then(|keys| keys.named(&full));
    let Some(record) = record else {
        let sentence = "the input does not hold the keys that some buckets encrypt with";
        return bucket.missing(sentence);
    };
    match setting(record, STATE) {
        Setting::Is(state) => match text(state) {
            Ok("ENABLED") => bucket.verdicts.pass(),
            Ok(word) => {
                let value = format!("is {}", word.to_lowercase().replace('_', " "));
                bucket.fail(&state.evidence, &value);
            }
            Err(reason) => bucket.verdicts.unknown(
                reason,
                "/resource/data/primary/state",
                &record.name,
                &state.evidence,
            ),
        },
        Setting::Absent => bucket.verdicts.unknown(
            GapReason::ValueUnknown,
            "/resource/data/primary/state",
            &record.name,
            &record.evidence,
        ),
        Setting::Unknown(reason) => bucket.verdicts.unknown(
            reason,
            "/resource/data/primary/state",
            &record.name,
            &record.evidence,
        ),
    }
}

/// Where the key of a bucket must lie ("Customer-managed encryption keys", restrictions): in the bucket's region, or in
/// the multi-region. Pairs of regions are left out.
fn location_of_keys(bucket: &Subject<'_, '_>) -> Option<String> {
    let lower = |path: &str| match bucket.setting(path) {
        Setting::Is(point) => text(point).ok().map(str::to_lowercase),
        Setting::Absent | Setting::Unknown(_) => None,
    };
    let location = lower(LOCATION)?;
    match lower(LOCATION_TYPE)?.as_str() {
        "region" => Some(location),
        "multi-region" if location == "eu" => Some("europe".to_owned()),
        "multi-region" => Some(location),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::KeyName;

    #[test]
    fn key_names_are_taken_apart_or_refused() {
        let name = "projects/p/locations/eu/keyRings/r/cryptoKeys/k/cryptoKeyVersions/3";
        let parsed = KeyName::parse(name).map(|name| (name.location, name.key));
        let key = "projects/p/locations/eu/keyRings/r/cryptoKeys/k";
        assert_eq!(parsed, Some(("eu", key)));
        for wrong in ["", "test-default_kms_key_name", "projects/p/locations/eu"] {
            assert!(KeyName::parse(wrong).is_none(), "{wrong}");
        }
    }
}
