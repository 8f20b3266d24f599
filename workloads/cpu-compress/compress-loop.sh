#!/bin/sh
# compress-loop.sh TOOL PROGRAM LEVEL WORKERS FILE BYTES SHA256 VERIFY_EVERY LOG
# Compresses FILE again and again in WORKERS processes of one thread each, until told to end. Lines of LOG (times: ns since the epoch):
#   pass WORKER START END BYTES ok|failed
#   check WORKER START END right|wrong
tool=$1 program=$2 level=$3 workers=$4 file=$5 bytes=$6 sum=$7 verify=$8 log=$9

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

# A sample is packed into a file, unpacked again and compared; checking is not part of the pass.
check() {
  from=$(stamp)
  set -- "$1" "$(unpack "$2" | sha256sum)"
  if [ "${2%% *}" = "$sum" ]; then said=right; else said=wrong; fi
  echo "check $1 $from $(stamp) $said" >>"$log"
}

worker() {
  pass=0
  while :; do
    out=/dev/null
    [ $((pass % verify)) -eq 0 ] && out=$file.packed.$1
    from=$(stamp)
    if pack >"$out"; then state=ok; else state=failed; fi
    echo "pass $1 $from $(stamp) $bytes $state" >>"$log"
    [ $state = ok ] || sleep 1
    if [ "$out" != /dev/null ]; then
      check "$1" "$out"
      rm -f -- "$out"
    fi
    pass=$((pass + 1))
  done
}

: >>"$log" || exit 74
while [ "$workers" -gt 0 ]; do
  worker "$workers" &
  workers=$((workers - 1))
done
wait
