import { JoulemarkError } from '../model/error.ts'
import type { ClockProbe } from '../model/target.ts'
import type { Opener } from './become.ts'
import { withDeadline } from './exec.ts'

/** Answers every byte on stdin with both clocks in ns. clock_gettime is syscall 228 on x86_64, 113 on aarch64. */
const PERL = `
use strict;
my $n = { x86_64 => 228, aarch64 => 113 }->{ (split ' ', \`uname -m\`)[0] } or exit 9;
sub now { my $b = "\\0" x 16; syscall($n, $_[0], $b) == 0 or exit 9; my ($s, $ns) = unpack 'qq', $b; $s . sprintf('%09d', $ns) }
while (sysread STDIN, my $c, 1) { my $w = now(0); my $t = now(7); syswrite STDOUT, "$w $t 1\\n" }`

/**
 * The same without perl: date's nanoseconds and /proc/uptime (10 ms). Where date has none, the edge of a second is waited for once and ties
 * the wall clock to /proc/uptime; the step of that wait is added to the resolution.
 */
const SHELL = `
up() { read -r u r </proc/uptime; u=\${u%.*}\${u#*.}; }
case $(date +%N) in *[!0-9]* | '') fine=0 ;; *) fine=1 ;; esac
q=10000000
if [ "$fine" = 0 ]; then
  a=$(date +%s) w=$a k=0; up; b=$u
  while [ "$w" = "$a" ]; do w=$(date +%s); k=$((k + 1)); done
  up; e=$u; q=$(( ((e - b) / k + 2) * 10000000 ))
fi
while IFS= read -r c; do
  if [ "$fine" = 1 ]; then n=$(date +%s%N); up; else up; n=$(( (w * 100 + u - e) * 10000000 )); fi
  echo "$n \${u}0000000 $q"
done`

const CHOOSE = `if command -v perl >/dev/null 2>&1 && printf x | perl -e "$1" >/dev/null 2>&1; then exec perl -e "$1"; else exec /bin/sh -c "$2"; fi`

const PROBES = 8
const DEADLINE_SECONDS = 30
/** No answer of ours is as long as that: three numbers of at most 20 digits. */
const LONGEST_ANSWER = 200
/** Our own clock counts in milliseconds. */
const OWN_RESOLUTION = 1000

/** Reads a host's clocks over one channel, several times, and keeps the probe with the shortest round trip. `now`: controller's wall clock, µs. */
export async function probeClock(opener: Opener, hostId: string, now: () => number): Promise<ClockProbe> {
  return withDeadline({ hostId, what: 'reading the clock', seconds: DEADLINE_SECONDS }, async onChannel => {
    const channel = await opener.open({ argv: ['/bin/sh', '-c', CHOOSE, 'sh', PERL, SHELL], onChannel })
    channel.stderr.resume()
    let best: (ClockProbe & { readonly roundTrip: number }) | null = null
    let text = ''
    let asked = 0
    let askedAt = { wall: 0, mono: 0 }
    const ask = () => {
      asked += 1
      askedAt = { wall: now(), mono: performance.now() }
      channel.stdin.write('\n')
    }
    ask()
    for await (const chunk of channel.stdout) {
      text += String(chunk)
      if (text.length > LONGEST_ANSWER) break
      const end = text.indexOf('\n')
      if (end < 0) continue
      const roundTrip = Math.max(0, Math.round((performance.now() - askedAt.mono) * 1000))
      const probe = makeProbe(text.slice(0, end), askedAt.wall, roundTrip)
      text = text.slice(end + 1)
      if (probe === null) break
      if (best === null || probe.uncertainty < best.uncertainty) best = { ...probe, roundTrip }
      if (asked >= PROBES) break
      ask()
    }
    channel.close()
    if (best === null)
      throw new JoulemarkError({
        code: 'clock-unreadable',
        message: `host ${hostId}: its clocks can't be read`,
      })
    const { roundTrip: _, ...probe } = best
    return probe
  })
}

/** `WALL BOOT RESOLUTION` in ns, the controller's wall clock when asked and the round trip, µs → a probe; null: not such a line. */
export function makeProbe(line: string, askedAt: number, roundTrip: number): ClockProbe | null {
  const [, wallText, bootText, resolutionText] = /^(\d{1,20}) (\d{1,20}) (\d{1,20})$/.exec(line.trim()) ?? []
  if (wallText === undefined || bootText === undefined || resolutionText === undefined) return null
  const wall = Number(BigInt(wallText) / 1000n)
  const boot = Number(BigInt(bootText) / 1000n)
  if (!Number.isSafeInteger(wall) || !Number.isSafeInteger(boot)) return null
  const resolution = Math.max(1, Math.ceil(Number(resolutionText) / 1000))
  const at = Math.round(askedAt + roundTrip / 2)
  return {
    at,
    offset: wall - at,
    uncertainty: Math.ceil(roundTrip / 2 + OWN_RESOLUTION / 2 + (resolution > 1 ? resolution / 2 : 0)),
    wall,
    boot,
    resolution,
  }
}
