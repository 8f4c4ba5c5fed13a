
# acl BUCKET acl|default-object-acl add|remove ENTITY ROLE
acl() {
  listed "$@"
  state "$3" "$STAND" || return 0
  local value=$4
  if [ "$3" = add ]; then value="entity=$4,role=$5"; fi
  run gcloud storage buckets update "$1" "--$3-$2-grant=$value"
  settle list_taken "$@"
}

listed() {
  local field=acl text
  if [ "$2" != acl ]; then field=defaultObjectAcl; fi
  text=$(gcloud storage buckets describe "$1" --raw --flatten="${field}[]" \
    --format="value[separator=\"$FS\",terminator=\"$RS\"]($field.entity,$field.role)" 2>"$TMP/err") ||
    fail 'the bucket cannot be read'
  case "$3 $RS$text" in
    add\ *"$RS$4$FS$5$RS"*) STAND="done" ;;
    remove\ *"$RS$4$FS$5$RS"*) STAND=todo ;;
    *"$RS$4$FS"*) STAND=other ;;   # another role than the one that was found
    add\ *) STAND=todo ;;
    *) STAND="done" ;;
  esac
}

list_taken() {
  listed "$@"
  [ "$STAND" = "done" ]
}
