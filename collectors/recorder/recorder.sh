# Joulemark's recorder for hosts without perl: POSIX shell, at most one tick a second, same format and configuration as recorder.pl.
# Stamps: boot from /proc/uptime (10 ms), wall from date (1 µs where it knows %N, else 1 s). Format and reasons: docs/recorder.md.
# Needs cat, date, dd, mkdir, rm, sleep, wc; tested with dash and busybox.
#
#   sh recorder.sh CONFIG [--root DIR] [--clock FILE]

fail() { echo "recorder: $1" >&2; exit 1; }

umask 077
# What is split into words is no pattern.
set -f
config=${1:?configuration} root= clock=
shift
while [ $# -gt 1 ]; do
  case $1 in
    --root) root=$2 ;;
    --clock) clock=$2 ;;
    *) fail "unknown option $1" ;;
  esac
  shift 2
done

# --- configuration: one value a line, as collectors/recorder/kit.ts writes it ---------------------------------------------------

next() { IFS= read -r "$1" <&3 || fail "$config: too short"; }

exec 3<"$config" || fail "$config"
next magic
[ "$magic" = 'joulemark-recorder 1' ] || fail "$config: not a configuration of this version"
next kind; next rate; next period; next status; next buffers
i=0
while [ "$i" -lt "$buffers" ]; do
  next "buffer_$i"; next "room_$i"
  i=$((i + 1))
done
next sources
i=0
while [ "$i" -lt "$sources" ]; do
  next "id_$i"; next "path_$i"; next "max_$i"; next "flags_$i"
  i=$((i + 1))
done
offset=0
IFS= read -r offset <&3 || offset=0
exec 3<&-
period=$((period / 1000))
offset=$((offset / 1000))
[ "$period" -ge 1000000 ] || fail 'at most one tick a second'

# --- clocks, all µs -----------------------------------------------------------------------------------------------------------

boot() {
  read -r now _ </proc/uptime
  fraction=${now#*.}00
  fraction=${fraction%"${fraction#??}"}
  now=$((${now%.*} * 1000000 + ${fraction#0} * 10000))
}

# One process; where %N is not known, whole seconds.
wall() {
  stamp=$(date +%s.%N)
  nanos=${stamp#*.}
  case $nanos in
    *[!0-9]* | '') wall_now=$((${stamp%%.*} * 1000000)) ;;
    *) nanos=1$nanos; wall_now=$((${stamp%%.*} * 1000000 + nanos / 1000 - 1000000)) ;;
  esac
}

case $(date +%N) in
  *[!0-9]* | '') wall_resolution=1000000 ;;
  *) wall_resolution=1 ;;
esac
if sleep 0.01 2>/dev/null; then short_sleep=1; else short_sleep=; fi

# Waits in the background: a signal ends `wait` at once, while a program in the foreground would have to end first.
pause() {
  left=$(($1 / 1000))
  [ "$left" -gt 0 ] || return 0
  if [ "$short_sleep" ]; then
    thousandths=00$((left % 1000))
    sleep "$((left / 1000)).${thousandths#"${thousandths%???}"}" &
  else
    sleep "$(((left + 999) / 1000))" &
  fi
  sleeper=$!
  [ "$stopped" ] || wait "$sleeper"
}

# --- buffer -------------------------------------------------------------------------------------------------------------------

say_status() { printf '%-127.127s\n' "$1" | dd of="$status" conv=notrunc 2>/dev/null; }

open_buffer() {
  [ "$buffer" -lt "$buffers" ] || return 1
  eval "out=\$buffer_$buffer room=\$room_$buffer"
  buffer=$((buffer + 1)) at=0 room=$((room - 16))
  if ! (set -C; : >"$out") 2>/dev/null; then full="$out can not be made"; return 1; fi
}

# Cuts off what a failed write left behind.
take_back() { dd if=/dev/null of="$out" bs=1 seek="$at" count=0 2>/dev/null; }

# Appends files, whole or not at all: emit BYTES FILE...
emit() {
  bytes=$1
  shift
  while :; do
    if [ "$bytes" -le "$room" ]; then
      if cat "$@" >>"$out" 2>/dev/null; then
        at=$((at + bytes)) room=$((room - bytes))
        return 0
      fi
      take_back
      # A signal to the whole group ends cat too.
      [ ! "$stopped" ] || return 1
      full='No space left on device'
    else
      full='bound reached'
    fi
    open_buffer || return 1
    full=
  done
}

size() { set -- $(wc -c <"$1"); echo "$1"; }

# --- sources ------------------------------------------------------------------------------------------------------------------

# Sets length to the bytes in $copy, or to a negative errno told from what can be seen of the file. Sets crowded when there is no room
# for the copy.
read_source() {
  eval "path=\$path_$1 max=\$max_$1 flags=\$flags_$1"
  copy=$scratch/$1 own=
  # A program that is started here would read its own numbers.
  case $root$path in
    /proc/self/schedstat) own=1 ;;
    /proc/self/*) path=/proc/$$/${path#/proc/self/} ;;
  esac
  path=$root$path
  case $own$flags in
    1*) own_schedstat >"$copy" || crowded=1 ;;
    *t*) read_tree || return ;;
    *) copy_file "$path" "$copy" || { length=$(error_of "$path"); return; } ;;
  esac
  length=$(size "$copy")
  case $length in '' | *[!0-9]*) length=-5; return ;; esac
  if [ "$length" -gt "$max" ]; then
    dd if="$copy" of="$copy.cut" bs="$max" count=1 2>/dev/null && cat "$copy.cut" >"$copy" || crowded=1
    length=$max
  fi
}

copy_file() {
  cat "$1" 2>/dev/null >"$2" && return
  # Was it the file, or is there no room for the copy?
  { [ ! -r "$1" ] || printf x >"$scratch/probe"; } 2>/dev/null || crowded=1
  return 1
}

# A shell's work is done by its children, whom its schedstat leaves out: the first number is made from utime, stime, cutime and cstime
# of its stat (in steps of 10 ms), the others are its own.
own_schedstat() {
  read -r line </proc/$$/stat
  set -- ${line##*) }
  cpu=$(((${12} + ${13} + ${14} + ${15}) * 10000000))
  read -r _ waited slices </proc/$$/schedstat
  echo "$cpu $waited $slices"
}

error_of() {
  if [ ! -e "$1" ]; then echo -2
  elif [ ! -r "$1" ]; then echo -13
  else echo -5; fi
}

# /proc/PID/stat of the process in the pid file and of its descendants, parents first; whole lines up to the bound.
read_tree() {
  : >"$copy"
  pid=
  { read -r pid _ <"$path"; } 2>/dev/null
  case $pid in
    '') length=$(error_of "$path"); return 1 ;;
    *[!0-9]*) length=-5; return 1 ;;
  esac
  copy_file "$root/proc/$pid/stat" "$copy" || { length=-2; return 1; }
  lines=$(size "$copy") queue=$pid
  [ "${lines:-0}" -le "$max" ] || { length=-34; return 1; }
  while [ "$queue" ]; do
    children=
    for parent in $queue; do children="$children $(children_of "$parent")"; done
    queue=
    for child in $children; do
      copy_file "$root/proc/$child/stat" "$copy.one" || continue
      one=$(size "$copy.one")
      lines=$((lines + ${one:-max}))
      [ "$lines" -le "$max" ] || return 0
      cat "$copy.one" >>"$copy" || crowded=1
      queue="$queue $child"
    done
  done
}

# Called in a subshell, which alone takes words for patterns.
children_of() {
  set +f
  if [ -e "$root/proc/$1/task/$1/children" ]; then
    cat "$root/proc/$1/task"/*/children 2>/dev/null
    return
  fi
  for file in "$root"/proc/[0-9]*/stat; do
    { IFS= read -r line <"$file"; } 2>/dev/null || continue
    case $line in *') '*) ;; *) continue ;; esac
    of=${file%/stat} rest=${line##*) }
    rest=${rest#* }
    [ "${rest%% *}" = "$1" ] && echo "${of##*/}"
  done
}

# --- ticks --------------------------------------------------------------------------------------------------------------------

# tick DUE [MONO WALL END]: reads all sources, then writes one line and the copies behind it. The stamps are given with an injected clock.
tick() {
  settle || return 1
  if [ "$clock" ]; then mono=$2 wall_now=$3 end=$4; else boot; mono=$now; wall; fi
  due=$1 lengths= total=0 i=0 crowded=
  set -- "$scratch/line"
  while [ "$i" -lt "$sources" ]; do
    read_source "$i"
    lengths="$lengths $length"
    if [ "$length" -gt 0 ]; then total=$((total + length)); set -- "$@" "$scratch/$i"; fi
    i=$((i + 1))
  done
  if [ ! "$clock" ]; then boot; end=$now; fi
  text="t $due $mono $wall_now $end$lengths"
  { printf '\n%s\n' "$text" >"$scratch/line"; } 2>/dev/null || crowded=1
  # A signal to the whole group ends the programs at work too: this tick is not whole.
  [ ! "$stopped" ] || return 0
  if [ "$crowded" ]; then
    full='No space left on device'
    open_buffer || return 1
    full=
    tick "$due" "$mono" "$wall_now" "$end"
    return
  fi
  emit $((total + ${#text} + 2)) "$@"
}

# Copies lie beside the buffer in use: in memory where that is.
settle() {
  [ "$scratch" != "$out.scratch" ] || return 0
  [ ! "$scratch" ] || rm -rf "$scratch"
  scratch=$out.scratch
  mkdir "$scratch" 2>/dev/null || { full="$scratch can not be made"; return 1; }
}

record() {
  boot
  due=$((((now - offset) / period + 1) * period + offset))
  while [ ! "$stopped" ]; do
    boot
    pause $((due - now))
    [ ! "$stopped" ] || return 0
    boot
    # Asleep for whole seconds only, or woken early: the rest of the way.
    [ "$now" -ge "$due" ] || continue
    tick "$due" || return 1
    boot
    due=$((due + period))
    [ "$due" -gt "$now" ] || due=$((((now - offset) / period + 1) * period + offset))
  done
}

# Injected clock: one tick a line, `due mono wall end`; no sleeping.
replay() {
  while read -r due mono wall_now end <&4 && [ ! "$stopped" ]; do
    tick "$due" "$mono" "$wall_now" "$end" || return 1
  done 4<"$clock"
}

# --- start and end ------------------------------------------------------------------------------------------------------------

stopped= full= buffer=0 sleeper= scratch=
trap 'stopped=1' TERM INT
trap '' HUP XFSZ
printf '%-127.127s\n' "running $$" >"$status" || fail "$status"
open_buffer || { say_status "failed $full"; exit 1; }
settle || { say_status "failed $full"; exit 1; }
trap 'rm -rf "$scratch"; [ ! "$sleeper" ] || kill "$sleeper" 2>/dev/null' EXIT

{
  printf 'joulemark-recording 1\nrecorder %s\nrate %s\nmono-resolution 10000\nwall-resolution %s\nsources %s\n' \
    "$kind" "$rate" "$wall_resolution" "$sources"
  i=0
  while [ "$i" -lt "$sources" ]; do
    eval "printf '%s %s\\n' \"\$id_$i\" \"\$path_$i\""
    i=$((i + 1))
  done
} >"$scratch/header"
if emit "$(size "$scratch/header")" "$scratch/header"; then
  if [ "$clock" ]; then replay; else record; fi
fi

if [ "$full" ]; then reason=full; else reason=stopped; fi
printf '\ne %s\n' "$reason" 2>/dev/null >>"$out" || take_back
if [ "$full" ]; then
  say_status "full $full"
  exit 3
fi
say_status stopped
exit 0
