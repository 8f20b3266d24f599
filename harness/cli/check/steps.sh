# Load in steps on all CPUs of a host. Words: seconds of a step, pattern of 1 (busy) and 0. Says when each step began, by the clock of /proc/uptime.
# Every loop ends by itself, also when we are gone.
set -f
step=$1 bits=$2
count=$(getconf _NPROCESSORS_ONLN 2>/dev/null || grep -c '^processor' /proc/cpuinfo)
up() { read -r now _ </proc/uptime; }
while [ -n "$bits" ]; do
  rest=${bits#?}
  bit=${bits%"$rest"}
  bits=$rest
  up
  printf '%s %s\n' "$now" "$bit"
  if [ "$bit" = 1 ]; then
    i=0
    while [ "$i" -lt "$count" ]; do
      timeout "$step" /bin/sh -c 'while :; do :; done' &
      i=$((i + 1))
    done
    wait
  else
    sleep "$step"
  fi
done
up
printf '%s end\n' "$now"
