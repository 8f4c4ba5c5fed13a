
# make_role ID PARENT FILE: a role that was deleted lately is brought back, since its name cannot be given again.
make_role() {
  case $(now deleted) in
    *true*)
      gcloud iam roles undelete "$1" "$2" || return
      gcloud iam roles update "$1" "$2" --file="$3" --quiet ;;
    *) gcloud iam roles create "$1" "$2" --file="$3" --quiet ;;
  esac
}
