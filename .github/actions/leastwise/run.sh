#!/usr/bin/env bash
# Runs leastwise with the inputs of the action. They come as variables and become whole arguments: nothing in them is
# ever read by a shell, and only what `arguments` says can become a flag.
set -euo pipefail

fail() {
  printf '::error title=leastwise::%s\n' "$1"
  exit 2
}

arguments=()

# The lines of a variable, without those that are empty, each with a prefix.
add_lines() {
  local prefix="$1" line
  while IFS= read -r line || [[ -n "$line" ]]; do
    line="${line%$'\r'}"
    [[ -z "$line" ]] || arguments+=("$prefix$line")
  done <<<"$2"
}

case "${ACTION_COMMAND:-lint}" in
  lint)
    arguments+=(lint)
    [[ -z "${ACTION_ORGANIZATION:-}${ACTION_FOLDER:-}${ACTION_PROJECTS:-}" ]] ||
      fail 'organization, folder and projects go with the command scan'
    ;;
  scan)
    arguments+=(scan)
    [[ -z "${ACTION_PATHS:-}" ]] || fail 'paths goes with the command lint'
    [[ -z "${ACTION_ORGANIZATION:-}" ]] || arguments+=("--organization=$ACTION_ORGANIZATION")
    [[ -z "${ACTION_FOLDER:-}" ]] || arguments+=("--folder=$ACTION_FOLDER")
    add_lines --project= "${ACTION_PROJECTS:-}"
    ;;
  *) fail 'command is lint or scan' ;;
esac

sarif="${ACTION_SARIF_FILE:-leastwise.sarif}"
case "$sarif" in
  *$'\n'* | *$'\r'* | *,*) fail 'sarif-file is no name of a file' ;;
esac
# `github` also writes the outputs of the step, and its summary.
arguments+=(--format=github "--format=sarif=$sarif" --no-progress)
[[ -z "${ACTION_FAIL_ON:-}" ]] || arguments+=("--fail-on=$ACTION_FAIL_ON")
[[ -z "${ACTION_HISTORY:-}" ]] || arguments+=("--history=$ACTION_HISTORY")
case "${ACTION_FAIL_ON_NEW:-false}" in
  true) arguments+=(--fail-on-new) ;;
  false) ;;
  *) fail 'fail-on-new is true or false' ;;
esac
add_lines '' "${ACTION_ARGUMENTS:-}"

if [[ "${arguments[0]}" == lint ]]; then
  # Whatever comes after it is a path.
  arguments+=(--)
  add_lines '' "${ACTION_PATHS:-.}"
  # An empty address is none, but files are sent nowhere.
  unset LEASTWISE_SLACK LEASTWISE_WEBHOOK
fi
exec leastwise "${arguments[@]}"
