# Starts, watches, renews and ends one process that outlives the connection and the controller, and ends itself at a deadline.
# POSIX shell and /proc only; read by bash, dash and busybox ash.
#
#   launch DIR NAME LIFE stdin|- PROGRAM ARG...   supervise, watch, run: its own parts
#   status DIR NAME     stop DIR NAME SIGNAL GRACE     renew DIR NAME LIFE
#
# Files in DIR, all beginning with NAME: .pid .sup .watch (process id, start time, boot id), .out .err .rc, .deadline (seconds of
# /proc/uptime), .why (what ended it), .root (it belongs to root), .how (scope, setsid, perl), .detach.sh (this text).
# Three processes wait without waking up: a supervisor that writes .rc, a watchdog that sleeps until the deadline, and the program,
# which leads a session of its own. Nothing here is put in the background by `&` before the program, since that would leave it deaf to INT and QUIT.
# Anybody can name a process `) *` with a line feed: what is split into words is no pattern.
set -f

verb=$1 dir=$2 name=$3
shift 3
base=$dir/$name

PERL_SETSID='use POSIX (); if (getpgrp() == $$) { exit 0 if fork } POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127'

# put FILE TEXT: whole or not at all.
put() { { echo "$2" >"$1.new" && mv -f "$1.new" "$1"; } 2>/dev/null; }

boot=-
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null

# look PID: sets started, ppid, pgrp, session. False when it is gone or a zombie.
look() {
  started='' ppid='' pgrp='' session=''
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
  set -- ${line##*) }
  case $1 in Z | X | x | '') return 1 ;; esac
  ppid=$2 pgrp=$3 session=$4 started=${20}
}

# alive FILE: the process that FILE names lives, and is the same one. Sets pid.
alive() {
  pid='' was='' in_boot=''
  { read -r pid was in_boot <"$1"; } 2>/dev/null || return 1
  [ "$in_boot" = "$boot" ] && look "$pid" && [ "$started" = "$was" ]
}

# note FILE: writes who we are.
note() { look $$ && put "$1" "$$ $started $boot"; }

uptime() {
  read -r up up_rest </proc/uptime
  up=${up%.*}
}

# processes: sets folders to those of all processes.
processes() {
  set +f
  set -- /proc/[0-9]*
  set -f
  folders=$*
}

nap() { sleep 0.1 2>/dev/null || sleep 1; }

# living: what of $members still lives; sets members.
living() {
  known=$members members=''
  for one in $known; do
    if look "${one%:*}" && [ "$started" = "${one#*:}" ]; then members="$members $one"; fi
  done
  [ -n "$members" ]
}

# family: adds to $members all that is in the session or group of $leader, or descends from a member.
family() {
  living
  grew=1
  while [ -n "$grew" ]; do
    grew=''
    processes
    for folder in $folders; do
      one=${folder#/proc/}
      case "$members " in *" $one:"*) continue ;; esac
      look "$one" || continue
      if [ "$pgrp" != "$leader" ] && [ "$session" != "$leader" ]; then
        case "$members " in *" $ppid:"*) ;; *) continue ;; esac
      fi
      members="$members $one:$started"
      grew=1
    done
  done
}

# signal SIGNAL: to every member that is still the same process.
signal() {
  for one in $members; do
    if look "${one%:*}" && [ "$started" = "${one#*:}" ]; then kill -s "$1" "${one%:*}" 2>/dev/null; fi
  done
}

# finish SIGNAL GRACE [all]: ends $leader and its family: signal to the group (or to all of the family), grace, then KILL to each that is left.
finish() {
  members=''
  family
  [ -n "$members" ] || return 0
  if [ "${3:-group}" = all ]; then signal "$1"; else kill -s "$1" -- "-$leader" 2>/dev/null || kill -s "$1" "$leader" 2>/dev/null; fi
  uptime
  last=$((up + $2))
  while living; do
    uptime
    [ "$up" -lt "$last" ] || break
    nap
  done
  rounds=0
  while family; living && [ "$rounds" -lt 50 ]; do
    signal KILL
    rounds=$((rounds + 1))
    nap
  done
}

# needs_root: true when it was started by root and we are not. Only root can say that it was: the file must be root's.
needs_root() { [ -e "$base.root" ] && [ "$(id -u)" != 0 ] && [ "$(stat -c %u -- "$base.root" 2>/dev/null)" = 0 ]; }

# choose_scope: a systemd scope outlives the login; for a user that is true only of one whose manager lingers.
choose_scope() {
  scope=''
  [ -d /run/systemd/system ] && command -v systemd-run >/dev/null 2>&1 || return 0
  limit=''
  command -v timeout >/dev/null 2>&1 && limit='timeout 10'
  if [ "$(id -u)" = 0 ]; then
    try='systemd-run --quiet --scope --collect'
  else
    [ -e "/var/lib/systemd/linger/$(id -un)" ] || return 0
    XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)}
    export XDG_RUNTIME_DIR
    try='systemd-run --user --quiet --scope --collect'
  fi
  if $limit $try true </dev/null >/dev/null 2>&1; then scope=$try; fi
}

case $verb in
launch)
  life=$1 input=$2
  shift 2
  self=$base.detach.sh
  if alive "$base.sup" || alive "$base.pid"; then
    echo "a process of this name is running" >&2
    exit 71
  fi
  case $1 in
  */*) { [ -f "$1" ] && [ -x "$1" ]; } ;;
  *) command -v "$1" >/dev/null 2>&1 ;;
  esac || {
    echo "program $1 is not there or may not be run" >&2
    exit 73
  }
  if command -v setsid >/dev/null 2>&1; then
    by=setsid
  elif command -v perl >/dev/null 2>&1; then
    by=perl
  else
    echo 'neither setsid nor perl is there' >&2
    exit 74
  fi
  rm -f "$base.pid" "$base.sup" "$base.watch" "$base.rc" "$base.why" "$base.in" "$base.root"
  if [ "$input" = stdin ]; then cat >"$base.in" || exit 70; fi
  if [ "$(id -u)" = 0 ]; then
    umask 022
    : >"$base.root"
  fi
  : >"$base.out" && : >"$base.err" || exit 70
  uptime
  put "$base.deadline" $((up + life)) || exit 70
  choose_scope
  put "$base.how" "${scope:+scope+}$by"
  if [ "$by" = setsid ]; then
    $scope setsid setsid /bin/sh "$self" supervise "$dir" "$name" "$by" "$@" </dev/null >/dev/null 2>&1
  else
    $scope perl -e "$PERL_SETSID" perl -e "$PERL_SETSID" /bin/sh "$self" supervise "$dir" "$name" "$by" "$@" </dev/null >/dev/null 2>&1
  fi
  uptime
  last=$((up + 20))
  while [ ! -e "$base.pid" ]; do
    uptime
    if [ "$up" -ge "$last" ]; then
      echo 'it did not start within 20 s' >&2
      exit 72
    fi
    nap
  done
  read -r pid was in_boot <"$base.pid"
  echo "started $pid"
  ;;

supervise)
  by=$1
  shift
  note "$base.sup"
  /bin/sh "$base.detach.sh" watch "$dir" "$name" $$ &
  watcher=$!
  input=/dev/null
  if [ -e "$base.in" ]; then input=$base.in; fi
  if [ "$by" = setsid ]; then
    setsid /bin/sh "$base.detach.sh" run "$dir" "$name" "$@" <"$input" >"$base.out" 2>"$base.err"
  else
    perl -e "$PERL_SETSID" /bin/sh "$base.detach.sh" run "$dir" "$name" "$@" <"$input" >"$base.out" 2>"$base.err"
  fi
  code=$?
  leader=''
  { read -r leader was in_boot <"$base.pid"; } 2>/dev/null
  if [ -n "$leader" ]; then finish TERM 2 all; fi
  # A watchdog at its work knows of family that we can't tell any more, now that the program is gone.
  [ -e "$base.why" ] || kill "$watcher" 2>/dev/null
  wait "$watcher"
  put "$base.rc" "$code"
  ;;

run)
  note "$base.pid"
  rm -f "$base.in"
  umask 077
  exec "$@"
  ;;

watch)
  supervisor=$1 sleeper='' until=0
  trap 'again=1; [ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null' USR1
  trap '[ -z "$sleeper" ] || kill "$sleeper" 2>/dev/null; exit 0' TERM
  note "$base.watch"
  while :; do
    again=''
    { read -r until <"$base.deadline"; } 2>/dev/null
    uptime
    left=$((until - up))
    [ "$left" -gt 0 ] || break
    sleep "$left" &
    sleeper=$!
    if [ -z "$again" ]; then wait "$sleeper"; else kill "$sleeper" 2>/dev/null; fi
  done
  put "$base.why" deadline
  leader=''
  if alive "$base.pid"; then
    leader=$pid
  else
    # The folder may have been removed under us: the program is the supervisor's other child.
    processes
    for folder in $folders; do
      one=${folder#/proc/}
      if [ "$one" != $$ ] && look "$one" && [ "$ppid" = "$supervisor" ]; then leader=$one; fi
    done
  fi
  sleeper=''
  if [ -n "$leader" ]; then finish TERM 10 all; fi
  ;;

status)
  if [ ! -d "$dir" ]; then echo 'gone its folder is not there'; exit 0; fi
  if [ ! -e "$base.rc" ]; then
    if needs_root; then exit 77; fi
    if alive "$base.pid" || alive "$base.sup"; then echo "running $pid"; exit 0; fi
  fi
  if { read -r code <"$base.rc"; } 2>/dev/null; then
    why=-
    { read -r why <"$base.why"; } 2>/dev/null
    echo "exited $code $why"
  elif { read -r pid was in_boot <"$base.pid"; } 2>/dev/null; then
    if [ "$in_boot" = "$boot" ]; then echo 'gone it and its supervisor were killed'; else echo 'gone the machine was started anew'; fi
  else
    echo 'gone it was never started'
  fi
  ;;

stop)
  if needs_root && [ ! -e "$base.rc" ]; then exit 77; fi
  if ! alive "$base.pid" && alive "$base.sup"; then
    nap
    nap
  fi
  if alive "$base.pid"; then
    leader=$pid
    finish "$1" "$2"
  fi
  uptime
  last=$((up + 10))
  while alive "$base.sup"; do
    uptime
    if [ "$up" -ge "$last" ]; then kill -s KILL "$pid" 2>/dev/null; fi
    nap
  done
  rounds=0
  while alive "$base.watch" && [ "$rounds" -lt 50 ]; do
    kill "$pid" 2>/dev/null
    rounds=$((rounds + 1))
    nap
  done
  echo stopped
  ;;

renew)
  if needs_root; then exit 77; fi
  [ -e "$base.deadline" ] || exit 75
  uptime
  put "$base.deadline" $((up + $1)) || exit 70
  if alive "$base.watch"; then kill -s USR1 "$pid" 2>/dev/null; fi
  echo renewed
  ;;
esac
