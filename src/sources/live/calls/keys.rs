//! Keys and secrets: Cloud KMS, Secret Manager, API keys.

use super::{Brings, Call, THOUSAND};

const KMS: &str = "cloudkms";
const SECRETS: &str = "secretmanager";

pub(super) const CALLS: &[Call] = &[
    // Cloud KMS documents no wildcard for locations.
    Call::get(
        "cloudkms.locations.list",
        KMS,
        "/v1/projects/{project}/locations",
    )
    .query(THOUSAND)
    .items("locations")
    .brings(Brings::Names)
    .needs(&["cloudkms.locations.list"]),
    Call::get(
        "cloudkms.keyRings.list",
        KMS,
        "/v1/{name=projects/*/locations/*}/keyRings",
    )
    .query(THOUSAND)
    .each("cloudkms.locations.list")
    .items("keyRings")
    .asset(
        "cloudkms.googleapis.com/KeyRing",
        "//cloudkms.googleapis.com/{name}",
    )
    .needs(&["cloudkms.keyRings.list"]),
    Call::policy(
        "cloudkms.keyRings.getIamPolicy",
        KMS,
        "/v1/{name=projects/*/locations/*/keyRings/*}:getIamPolicy",
        "cloudkms.keyRings.list",
    )
    .needs(&["cloudkms.keyRings.getIamPolicy"]),
    Call::get(
        "cloudkms.cryptoKeys.list",
        KMS,
        "/v1/{name=projects/*/locations/*/keyRings/*}/cryptoKeys",
    )
    .query(THOUSAND)
    .each("cloudkms.keyRings.list")
    .items("cryptoKeys")
    .asset(
        "cloudkms.googleapis.com/CryptoKey",
        "//cloudkms.googleapis.com/{name}",
    )
    .needs(&["cloudkms.cryptoKeys.list"]),
    Call::policy(
        "cloudkms.cryptoKeys.getIamPolicy",
        KMS,
        "/v1/{name=projects/*/locations/*/keyRings/*/cryptoKeys/*}:getIamPolicy",
        "cloudkms.cryptoKeys.list",
    )
    .needs(&["cloudkms.cryptoKeys.getIamPolicy"]),
    Call::get(
        "secretmanager.secrets.list",
        SECRETS,
        "/v1/projects/{project}/secrets",
    )
    .query(THOUSAND)
    .items("secrets")
    .asset(
        "secretmanager.googleapis.com/Secret",
        "//secretmanager.googleapis.com/{name}",
    )
    .needs(&["secretmanager.secrets.list"]),
    Call::policy(
        "secretmanager.secrets.getIamPolicy",
        SECRETS,
        "/v1/{name=projects/*/secrets/*}:getIamPolicy",
        "secretmanager.secrets.list",
    )
    .needs(&["secretmanager.secrets.getIamPolicy"]),
    Call::get(
        "apikeys.keys.list",
        "apikeys",
        "/v2/projects/{project}/locations/global/keys",
    )
    .query(&[("pageSize", "300")])
    .items("keys")
    .asset(
        "apikeys.googleapis.com/Key",
        "//apikeys.googleapis.com/{name}",
    )
    .needs(&["apikeys.keys.list"]),
];
