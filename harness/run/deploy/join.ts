import type { PreparedService } from './input.ts'

// Joins the cgroups, writes its own process id (which exec keeps), becomes the program.
const JOIN = `pid=$1; count=$2; shift 2
while [ "$count" -gt 0 ]; do
  echo $$ > "$1/cgroup.procs" || exit 125
  shift; count=$((count - 1))
done
echo $$ > "$pid" || exit 125
exec "$@"`

/** argv that runs argv inside the prepared cgroup and leaves its process id in the prepared pid file. */
export const joined = (prepared: PreparedService, argv: readonly string[]): readonly string[] => [
  '/bin/sh',
  '-c',
  JOIN,
  'joulemark',
  prepared.pidFile,
  String(prepared.join.length),
  ...prepared.join,
  ...argv,
]
