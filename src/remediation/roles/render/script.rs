//! Roles as a bash script of gcloud commands, along the life cycle of a role: one that never was is created, one that
//! was deleted is brought back, one that exists is updated (IAM documentation, "Create and manage custom roles").

use super::{Lacking, parent_flag, yaml};
use crate::escape::{shell_word, terminal};
use crate::remediation::roles::Role;
use std::fmt::Write as _;

const HEAD: &str = concat!(
    r#"#!/usr/bin/env bash
# Custom roles, written by leastwise "#,
    env!("CARGO_PKG_VERSION"),
    r#".
#
# Run without a flag, it asks what is there and says what it would do. With --apply it does it, and stops at the first
# error; it may be run again.
set -euo pipefail

apply=no
case "${1-}" in
  '') ;;
  --apply) apply=yes ;;
  *)
    echo "usage: $0 [--apply]" >&2
    exit 2
    ;;
esac

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

run() {
  if [[ $apply == yes ]]; then
    "$@"
  else
    printf 'would run:'
    printf ' %q' "$@"
    printf '\n'
  fi
}

# What a definition carries, without its words.
carries() {
  grep -E '^(- |stage: )' | sort -u
}

# put ID OWNER FILE: brings a role about, whatever became of it before.
put() {
  local there version
  if ! there=$(gcloud iam roles describe "$1" "$2" --format=yaml 2>/dev/null); then
    # It never was, or is gone for good. (If it only could not be seen, this fails and says why.)
    run gcloud iam roles create "$1" "$2" --file="$3" --quiet
  elif grep -qx 'deleted: true' <<<"$there"; then
    # An id that is marked for deletion cannot be created. It can be brought back for 7 days, and is another version then.
    grep -v '^etag: ' "$3" >"$3.new"
    run gcloud iam roles undelete "$1" "$2" --quiet
    run gcloud iam roles update "$1" "$2" --file="$3.new" --quiet
  elif version=$(grep '^etag: ' "$3") && ! grep -qxF -e "$version" <<<"$there" &&
    [[ $(carries <"$3") == "$(carries <<<"$there")" ]]; then
    # Not the version from which the definition was made, and it carries the same: an earlier run brought it about.
    echo "$1 carries this already"
  else
    # An etag in the file is that of the version it was made from: gcloud refuses to overwrite another one.
    run gcloud iam roles update "$1" "$2" --file="$3" --quiet
  fi
}
"#
);

pub(super) fn roles(roles: &[Role]) -> Result<String, Lacking> {
    let mut text = HEAD.to_owned();
    for (role, number) in roles.iter().zip(1..) {
        let definition = &role.definition;
        let id = definition.id.as_deref().ok_or(Lacking::Id)?;
        let home = definition.home.as_ref().ok_or(Lacking::Home)?;
        let title = definition.title.as_deref().unwrap_or(id);
        // No line of the file can be the word that ends it: all of them hold a colon, begin with a dash or a `#`.
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n# {}: {}\ncat >\"$folder/{number}.yaml\" <<'ROLE'\n{}ROLE\nput {} {} \"$folder/{number}.yaml\"\n",
            terminal(&format!("{}/roles/{id}", home.parent())),
            terminal(title),
            yaml(role),
            shell_word(id),
            parent_flag(home),
        );
    }
    Ok(text)
}
