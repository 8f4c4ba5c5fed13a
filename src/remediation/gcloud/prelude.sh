set -euo pipefail
set -f   # no name is a pattern
cd -- "$(dirname -- "${BASH_SOURCE[0]}")"
export CLOUDSDK_CORE_DISABLE_PROMPTS=1

usage() {
  printf 'usage: %s [--apply] [--only STEP]...\nsteps:%s\n' "${0##*/}" "$STEPS"
}

APPLY='' ONLY=' '
while [ $# -gt 0 ]; do
  case $1 in
    --apply) APPLY=yes ;;
    --only) ONLY="$ONLY${2-} "; shift ;;
    --only=*) ONLY="$ONLY${1#*=} " ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
  shift || { usage >&2; exit 2; }
done
for STEP in $ONLY; do
  case $STEPS in *" $STEP "*) ;; *) usage >&2; exit 2 ;; esac
done
command -v gcloud >/dev/null || { printf 'gcloud is not installed\n' >&2; exit 2; }

TMP=$(mktemp -d)
trap 'rm -rf -- "$TMP"' EXIT
FS=$'\x1f' RS=$'\x1e'   # between the fields of a record that gcloud prints, and after it
SEEN='' POLICY='' STATES='' PHASE=look DONE=0 LEFT=0 STALE=0 HAND=0

# fail WHY: ends the script. What went before stays done; the next run goes on from here.
fail() {
  printf '%s failed: %s\n' "$STEP" "$1" >&2
  if [ -s "$TMP/err" ]; then LC_ALL=C tr -d '\000-\010\013-\037\177' <"$TMP/err" >&2; fi
  exit 1
}

# run COMMAND...: makes a change, or only prints the command, with what a terminal might act on spelled out.
run() {
  if [ -z "$APPLY" ]; then (LC_ALL=C; printf '     '; printf ' %q' "$@"; printf '\n'); return 0; fi
  SEEN=''
  "$@" >/dev/null 2>"$TMP/err" || fail "gcloud ended with $?"
}

# settle COMMAND...: waits until the command says that the change has taken; gcloud may end with 0 where it has not,
# and what was just written is not always read at once.
settle() {
  if [ -z "$APPLY" ]; then return 0; fi
  for _ in 1 2 3 4 5; do
    SEEN=''
    if "$@"; then return 0; fi
    sleep "${SETTLE_SECONDS:-2}"
  done
  fail 'the command ended well, but what it was to change is not changed'
}

# state KIND todo|done|other: takes down how far a change is; true where it is to be made now.
state() {
  if [ "$PHASE" = look ]; then STATES="$STATES $1:$2"; return 1; fi
  if [ "$2" = other ]; then : >"$TMP/err"; fail 'changed by somebody else while this ran'; fi
  [ "$2" = todo ]
}

# policy_of GROUP... -- NODE...: whose allow policy the next lines are about, as in gcloud GROUP get-iam-policy NODE.
policy_of() {
  GROUP=()
  while [ "$1" != -- ]; do GROUP+=("$1"); shift; done
  shift
  NODE=("$@")
}

iam() {
  local verb=$1
  shift
  gcloud "${GROUP[@]}" "$verb" "${NODE[@]}" "$@"
}

# held RECORD: whether exactly this member is in exactly this binding.
held() {
  local policy="${GROUP[*]} ${NODE[*]}" condition=bindings.condition
  if [ "$policy" != "$SEEN" ]; then
    POLICY=$(iam get-iam-policy --flatten='bindings[].members[]' --format="value[separator=\"$FS\",terminator=\"$RS\"](\
bindings.role,bindings.members,$condition.title,$condition.description,$condition.expression)" 2>"$TMP/err") ||
      fail 'the policy cannot be read'
    SEEN=$policy
  fi
  case "$RS$POLICY" in *"$RS$1$RS"*) return 0 ;; esac
  return 1
}

not_held() { if held "$1"; then return 1; fi; }

# grant ROLE MEMBER [CONDITION-FILE TITLE DESCRIPTION EXPRESSION], and revoke: the condition is said twice, since
# gcloud takes it from the file and it is compared here.
grant() { member add not_held held "$@"; }
revoke() { member remove held not_held "$@"; }
member() {
  local verb=$1 before=$2 after=$3 role=$4 member=$5 now="done"
  local record="$4$FS$5$FS${7-}$FS${8-}$FS${9-}" condition="--condition=None"
  if [ $# -gt 5 ]; then condition="--condition-from-file=$6"; fi
  case ${GROUP[0]} in functions | pubsub) condition='' ;; esac   # gcloud has no conditions there
  if "$before" "$record"; then now=todo; fi
  state "$verb" "$now" || return 0
  run gcloud "${GROUP[@]}" "$verb-iam-policy-binding" "${NODE[@]}" --member="$member" --role="$role" \
    ${condition:+"$condition"}
  settle "$after" "$record"
}

# resource COMMAND...: how to read the resource that the next lines are about.
resource() { LOOK=("$@"); }

# now FIELDS: what they hold, on one line; absent where there is no such resource.
now() {
  if "${LOOK[@]}" --format="json($1)" >"$TMP/out" 2>"$TMP/err"; then
    sed 's/^ *//' "$TMP/out" | tr -d '\n'
  elif grep -Eqi 'not[ _]found|HTTPError 404|does not exist' "$TMP/err"; then
    printf absent
  else
    return 1
  fi
}

# setting FIELDS was JSON... will JSON... by COMMAND...: changes settings that still are what they were. Several
# JSON texts are the same in other words: an absent field and false, a number and its digits.
setting() {
  stand "$@"
  state setting "$STAND" || return 0
  local all=("$@")
  while [ "$1" != by ]; do shift; done
  shift
  run "$@"
  settle taken "${all[@]}"
}

stand() {
  local text part=was
  text=$(now "$1") || fail 'the resource cannot be read'
  STAND=other
  while [ "$1" != by ]; do
    case $1 in
      was | will) part=$1 ;;
      "$text") if [ "$part" = will ]; then STAND="done"; elif [ "$STAND" = other ]; then STAND=todo; fi ;;
      deleted) # a custom role that can still be brought back
        case $text in '{"deleted": true'*) if [ "$part" = will ]; then STAND="done"; else STAND=todo; fi ;; esac ;;
    esac
    shift
  done
}

taken() {
  stand "$@"
  [ "$STAND" = "done" ]
}
