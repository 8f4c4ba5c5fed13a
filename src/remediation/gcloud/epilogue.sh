
# step ID TITLE: looks how far the step is, then makes what is left of it.
step() {
  STEP=$1
  case $ONLY in ' ' | *" $1 "*) ;; *) return 0 ;; esac
  STATES='' PHASE=look
  "$1"
  case $STATES in
    *:other* | *add:todo*remove:done*)
      printf '%s stale: %s (no longer as it was when linted; nothing changed here)\n' "$1" "$2"
      STALE=$((STALE + 1))
      return 0 ;;
    *:todo*) ;;
    *) printf '%s already: %s\n' "$1" "$2"; LEFT=$((LEFT + 1)); return 0 ;;
  esac
  PHASE='make'
  if [ -z "$APPLY" ]; then printf '%s would: %s\n' "$1" "$2"; fi
  "$1"
  if [ -n "$APPLY" ]; then printf '%s done: %s\n' "$1" "$2"; fi
  DONE=$((DONE + 1))
}

# by_hand ID TITLE: a step that this script never makes.
by_hand() {
  case $ONLY in ' ' | *" $1 "*) ;; *) return 0 ;; esac
  printf '%s by hand: %s\n' "$1" "$2"
  HAND=$((HAND + 1))
}

finish() {
  local word=made
  if [ -z "$APPLY" ]; then word='to make (run again with --apply)'; fi
  printf '%s %s, %s already as wanted, %s stale, %s by hand\n' "$DONE" "$word" "$LEFT" "$STALE" "$HAND"
  if [ "$STALE" -gt 0 ]; then exit 3; fi
}
