#!/bin/sh
# Runs leastwise with a history that lives in a bucket.
#
# SQLite needs locks and writes in place; a mounted bucket has neither. So the history is fetched, used on local disk,
# and stored again only if nobody else stored one in the meantime: the object's generation is a precondition of the
# write. What the run leaves in ./out goes to the bucket, too; the bucket keeps the versions.
#
#   run scan --organization … --history history.db …
#
# STATE_BUCKET  the bucket
# STATE_OBJECT  the object of the history [history.db]
set -eu

bucket="${STATE_BUCKET:?name the bucket of the history}"
object="${STATE_OBJECT:-history.db}"
storage="${STORAGE_ENDPOINT:-https://storage.googleapis.com}"
metadata="http://${GCE_METADATA_HOST:-metadata.google.internal}/computeMetadata/v1"

say() { printf 'run: %s\n' "$*" >&2; }

# Names become parts of addresses.
for name in "$bucket" "$object"; do
  case "$name" in
    '' | . | .. | *[!A-Za-z0-9._-]*) say "'$name' is no name that this script carries"; exit 2 ;;
  esac
done

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir out

# The header in a file: an argument could be seen by other processes.
authorize() {
  curl --silent --show-error --fail --max-time 30 --header 'Metadata-Flavor: Google' \
    "$metadata/instance/service-accounts/default/token" |
    sed -n 's/.*"access_token" *: *"\([^"]*\)".*/Authorization: Bearer \1/p' >.header
  [ -s .header ] || { say 'the metadata server gives no token'; exit 4; }
}

# Prints the status, 000 if there was no answer; the body goes to a file.
ask() {
  body="$1"
  shift
  curl --silent --show-error --max-time 600 --retry 3 --header @.header --output "$body" --write-out '%{http_code}' "$@" || :
}

authorize
generation=0
status="$(ask .about "$storage/storage/v1/b/$bucket/o/$object?fields=generation")"
case "$status" in
  200)
    generation="$(sed -n 's/.*"generation" *: *"\([0-9]*\)".*/\1/p' .about)"
    [ -n "$generation" ] || { say 'the bucket does not tell the generation of the history'; exit 4; }
    status="$(ask history.db "$storage/storage/v1/b/$bucket/o/$object?alt=media&generation=$generation")"
    [ "$status" = 200 ] || { say "the history cannot be read: $status"; exit 4; }
    cp history.db .before
    ;;
  404) say 'there is no history yet: everything will be new' ;;
  *) say "the history cannot be read: $status"; exit 4 ;;
esac

result=0
leastwise "$@" || result=$?

# The token of the beginning may have expired.
authorize
if [ -f history.db ] && ! cmp -s history.db .before; then
  if [ -s history.db-wal ] || [ -s history.db-journal ]; then
    say 'the run was cut off while it wrote the history, which is not stored'
    exit 4
  fi
  status="$(ask .answer --request POST --header 'Content-Type: application/vnd.sqlite3' --data-binary @history.db \
    "$storage/upload/storage/v1/b/$bucket/o?uploadType=media&name=$object&ifGenerationMatch=$generation")"
  case "$status" in
    200) ;;
    412) say 'another run stored its history in the meantime; that of this run is not stored'; exit 4 ;;
    *) say "the history cannot be stored: $status"; exit 4 ;;
  esac
fi
for file in out/*; do
  [ -f "$file" ] || continue
  name="${file#out/}"
  case "$name" in *[!A-Za-z0-9._-]*) say "'$name' is not stored: its name"; continue ;; esac
  status="$(ask .answer --request POST --header 'Content-Type: application/octet-stream' --upload-file "$file" \
    "$storage/upload/storage/v1/b/$bucket/o?uploadType=media&name=$name")"
  [ "$status" = 200 ] || { say "$name cannot be stored: $status"; exit 4; }
done
exit "$result"
