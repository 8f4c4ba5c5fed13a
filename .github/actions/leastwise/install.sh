#!/usr/bin/env bash
# Puts leastwise on the path: a release whose checksum is known, or built of the commit that this action was taken from.
set -euo pipefail

fail() {
  printf '::error title=leastwise::%s\n' "$1"
  exit 2
}

version="${ACTION_VERSION:-}"
sha256="${ACTION_SHA256:-}"
bin="$RUNNER_TEMP/leastwise/bin"
mkdir -p "$bin"

if [[ -z "$version" ]]; then
  [[ -z "$sha256" ]] || fail 'sha256 goes with version'
  cargo install --locked --quiet --path "$GITHUB_ACTION_PATH/../../.." --root "$RUNNER_TEMP/leastwise"
else
  [[ "$version" =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail 'version is no release, e.g. 0.1.0'
  [[ "$sha256" =~ ^[0-9a-f]{64}$ ]] || fail 'version needs sha256, 64 hex digits: what is downloaded is held against it'
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) target=x86_64-unknown-linux-musl ;;
    Linux-aarch64 | Linux-arm64) target=aarch64-unknown-linux-musl ;;
    Darwin-arm64) target=aarch64-apple-darwin ;;
    *) fail 'there is no binary for this platform: leave out version to build one' ;;
  esac
  archive="$RUNNER_TEMP/leastwise/leastwise.tar.gz"
  curl --proto '=https' --tlsv1.2 --fail --silent --show-error --location --retry 3 --output "$archive" \
    "https://github.com/leastwise/leastwise/releases/download/v$version/leastwise-$version-$target.tar.gz"
  if command -v sha256sum >/dev/null; then
    found="$(sha256sum "$archive")"
  else
    found="$(shasum -a 256 "$archive")"
  fi
  [[ "${found%% *}" == "$sha256" ]] || fail 'what was downloaded has another SHA-256 than sha256; it is not used'
  tar -xzf "$archive" -C "$bin" leastwise
fi
printf '%s\n' "$bin" >>"$GITHUB_PATH"
