
# audit SERVICE was LOG... will LOG... by JSON: the logs of one service, each 'DATA_READ' or 'DATA_READ MEMBER' for
# one whose reads are left out; JSON is the new entry. gcloud has no command for one entry: the policy is read,
# the entry put in, and the whole set again under the etag that was read.
audit() {
  audited "$@"
  state audit "$STAND" || return 0
  local all=("$@") service=$1
  while [ "$1" != by ]; do shift; done
  if [ -n "$APPLY" ]; then run set_audit "$service" "$2"; fi
  if [ -z "$APPLY" ]; then run gcloud "${GROUP[@]}" set-iam-policy "${NODE[@]}" POLICY-WITH-THE-NEW-ENTRY; fi
  settle audit_taken "${all[@]}"
}

audited() {
  local service=$1 part='' was='' will='' text one log members
  text=$(iam get-iam-policy --flatten='auditConfigs[].auditLogConfigs[]' --format="value[separator=\"$FS\",\
terminator=\"$RS\",delimiter=\" \"](auditConfigs.service,auditConfigs.auditLogConfigs.logType,\
auditConfigs.auditLogConfigs.exemptedMembers)" 2>"$TMP/err") || fail 'the policy cannot be read'
  shift
  while [ "$1" != by ]; do
    case $1 in
      was | will) part=$1 ;;
      *) if [ "$part" = was ]; then was="$was$1"$'\n'; else will="$will$1"$'\n'; fi ;;
    esac
    shift
  done
  text=$(printf %s "$text" | while IFS=$FS read -r -d "$RS" one log members; do
    if [ "$one" != "$service" ]; then continue; fi
    printf '%s\n' "$log"
    for one in $members; do printf '%s %s\n' "$log" "$one"; done
  done | LC_ALL=C sort)
  STAND=other
  if [ "$text" = "$(printf %s "$was" | LC_ALL=C sort)" ]; then STAND=todo; fi
  if [ "$text" = "$(printf %s "$will" | LC_ALL=C sort)" ]; then STAND="done"; fi
}

audit_taken() {
  audited "$@"
  [ "$STAND" = "done" ]
}

# The policy as gcloud prints it has one value a line, two spaces a level, and its keys sorted.
set_audit() {
  iam get-iam-policy --format=json >"$TMP/policy" || return
  SERVICE="      \"service\": \"$1\"" ENTRY=$2 awk '
    function push(text) { sub(/,$/, "", text); list = list (list == "" ? "" : ",\n") text }
    NR == 1 { next }
    /^  "auditConfigs": \[$/ { inside = 1; next }
    inside && /^  \],?$/ { inside = 0; next }
    inside && /^    \{$/ { entry = ""; other = 1 }
    inside { entry = entry (entry == "" ? "" : "\n") $0 }
    inside && ($0 == ENVIRON["SERVICE"] || $0 == ENVIRON["SERVICE"] ",") { other = 0 }
    inside && /^    \},?$/ && other { push(entry) }
    !inside { rest = rest $0 "\n" }
    END {
      if (ENVIRON["ENTRY"] != "") push(ENVIRON["ENTRY"])
      printf "{\n\"auditConfigs\": [\n%s\n],\n%s", list, rest
    }' "$TMP/policy" >"$TMP/policy.json"
  iam set-iam-policy "$TMP/policy.json"
}
