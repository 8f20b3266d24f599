# How quiet a host is, looked at for one second. Word: MARK. Nothing is left behind.
# Anybody can name a process `) /tmp/*` with a line feed: what is split into words is no pattern, and only digits are reckoned with.
set -f
mark=$1
section() { printf '\n%s %s\n' "$mark" "$1"; }
has() { command -v "$1" >/dev/null 2>&1; }
# CPU ticks of every process but ours: `pid ticks name`.
ticks() {
  set +f
  set -- /proc/[0-9]*
  set -f
  for f; do
    [ "$f" = "/proc/$$" ] && continue
    { IFS= read -r line <"$f/stat"; } 2>/dev/null || continue
    name=${line#*\(}
    name=${name%)*}
    set -- ${line##*) }
    case ${12:-x}${13:-x} in *[!0-9]*) continue ;; esac
    printf '%s %s %s\n' "${f#/proc/}" "$((${12} + ${13}))" "$name"
  done
}
section now
date +%s
section loadavg
head -n 1 /proc/loadavg
before=$(ticks)
section stat-before
head -n 1 /proc/stat
sleep 1
section stat-after
head -n 1 /proc/stat
section ticks-before
printf '%s\n' "$before"
section ticks-after
ticks
section uptime
cat /proc/uptime
# Times of the calendar come as text in UTC, those since boot as a span.
if [ -d /run/systemd/system ] && has systemctl; then
  section timers
  systemctl show --property=Id,NextElapseUSecRealtime,NextElapseUSecMonotonic '*.timer' 2>/dev/null </dev/null
fi
section upgrades
has apt-config && apt-config dump APT::Periodic 2>/dev/null </dev/null
section end
