# First process of a container of ours: waits for what to run, runs it, keeps the container until it is let go. POSIX shell.
#   entry.sh FOLDER
# FOLDER/gate is a fifo. `start BASE` runs FOLDER/start.sh and leaves its exit code in BASE.rc; `end` lets go of the container, which ends with
# that code. Waiting wakes nobody up: it is a read.
umask 077
code=0
trap 'exit 143' TERM
mkfifo "$1/gate" || exit 70
while :; do
  # Whoever wrote the last word may still hold the fifo open: his going is no word, and no end.
  IFS=' ' read -r word base <"$1/gate" || {
    [ -p "$1/gate" ] && continue
    exit 71
  }
  case $word in
  start)
    setsid /bin/sh "$1/start.sh"
    code=$?
    { echo "$code" >"$base.rc.new" && mv -f "$base.rc.new" "$base.rc"; } 2>/dev/null
    ;;
  end) exit "$code" ;;
  esac
done
