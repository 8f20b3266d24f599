#!/bin/sh
# compress-loop.sh TOOL PROGRAM LEVEL WORKERS FILE BYTES SHA256 VERIFY_EVERY VERIFY_SECONDS HALT LOG
# Compresses FILE again and again in WORKERS processes of one thread each, until there is a file HALT: then each ends the pass that it is at.
# Exits 0 when all got there. Lines of LOG (times: ns since the epoch):
#   begin WORKERS TIME
#   start WORKER START
#   pass WORKER START END BYTES ok|failed
#   check WORKER START END right|wrong     START of the pass that was checked
#   end WORKER TIME
tool=$1 program=$2 level=$3 workers=$4 file=$5 bytes=$6 sum=$7 verify=$8 most=$9
shift 9
halt=$1 log=$2

case $tool in
zstd)
  pack() { "$program" -q -c --single-thread "-$level" -- "$file"; }
  unpack() { "$program" -q -d -c -- "$1"; }
  ;;
7z)
  pack() { "$program" a -an -txz "-mx=$level" -mmt=1 -si -so -bso0 -bsp0 <"$file"; }
  unpack() { "$program" e -an -txz -si -so -bso0 -bsp0 <"$1"; }
  ;;
*) exit 64 ;;
esac

stamp() { date +%s%N; }

# A compressor that can't write its log ends: the missing line `end` tells of it.
say() { echo "$*" >>"$log" || exit 74; }

# A sample is packed into a file, unpacked again and compared; checking is not part of the pass.
# check WORKER START PACKED
check() {
  found=$(unpack "$3" | sha256sum)
  if [ "${found%% *}" = "$sum" ]; then said=right; else said=wrong; fi
  say check "$1" "$2" "$(stamp)" "$said"
}

worker() {
  pass=0 checked=0
  until [ -e "$halt" ]; do
    out=/dev/null
    from=$(stamp)
    seconds=${from%?????????}
    if [ $((pass % verify)) -eq 0 ] || [ $((seconds - checked)) -ge "$most" ]; then
      out=$file.packed.$1 checked=$seconds
    fi
    say start "$1" "$from"
    if pack >"$out"; then state=ok; else state=failed; fi
    say pass "$1" "$from" "$(stamp)" "$bytes" "$state"
    [ $state = ok ] || sleep 1
    if [ "$out" != /dev/null ]; then
      check "$1" "$from" "$out"
      rm -f -- "$out"
    fi
    pass=$((pass + 1))
  done
  say end "$1" "$(stamp)"
}

: >>"$log" || exit 74
say begin "$workers" "$(stamp)"
all=''
while [ "$workers" -gt 0 ]; do
  worker "$workers" &
  all="$all $!"
  workers=$((workers - 1))
done
code=0
for one in $all; do wait "$one" || code=1; done
exit $code
