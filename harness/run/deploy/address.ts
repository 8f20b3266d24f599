import { JoulemarkError } from '../../model/error.ts'
import type { Host } from '../../model/target.ts'
import { script } from '../on-host.ts'
import type { DeployInput } from './input.ts'

const LOOPBACK = '127.0.0.1'

// Same kernel and same network namespace: then loopback is shared. Two namespaces of one machine are two networks.
const NETWORK = 'cat /proc/sys/kernel/random/boot_id && readlink /proc/self/ns/net'

// The address at which our own connection came in, then all that are of global scope.
const ADDRESSES = `
set -- $SSH_CONNECTION; [ $# = 4 ] && echo "ssh $3 $4"
ip -o addr show scope global 2>/dev/null | while read -r _ _ family address _; do
  case $family in inet|inet6) echo "ip \${address%%/*}";; esac
done
hostname -I 2>/dev/null | tr ' ' '\\n' | sed -n 's/^[0-9a-fA-F]/ip &/p'; true`

// A connection that is refused got there as well. 2: no means to try.
const REACH = `
if command -v perl >/dev/null 2>&1; then
  perl -e 'use Socket qw(:all); alarm 3; my ($e, @a) = getaddrinfo($ARGV[0], $ARGV[1], {flags => AI_NUMERICHOST, socktype => SOCK_STREAM});
    exit 1 if $e; socket(my $s, $a[0]{family}, SOCK_STREAM, 0) or exit 1;
    exit 0 if connect($s, $a[0]{addr}) or $!{ECONNREFUSED}; exit 1' "$1" "$2"
elif command -v nc >/dev/null 2>&1; then nc -z -w 3 "$1" "$2" >/dev/null 2>&1
else exit 2; fi`

export interface Candidate {
  readonly address: string
  /** A port on which something is known to listen. */
  readonly port: number | null
}

/** Addresses of a host in the order in which they are tried, each once; loopback and link-local ones do not count. */
export function candidates(text: string): readonly Candidate[] {
  const found = new Map<string, Candidate>()
  for (const line of text.split('\n')) {
    const [kind, address, port] = line.trim().split(' ')
    if (address === undefined || !/^[0-9a-fA-F.:]+$/.test(address)) continue
    if (/^(127\.|169\.254\.|::1$|fe80:)/i.test(address) || found.has(address)) continue
    found.set(address, { address, port: kind === 'ssh' && port !== undefined ? Number(port) : null })
  }
  return [...found.values()]
}

async function sharesNetwork(a: Host, b: Host): Promise<boolean> {
  if (a.id === b.id) return true
  const [one, other] = await Promise.all([a.exec(script(NETWORK)), b.exec(script(NETWORK))])
  return one.code === 0 && one.stdout === other.stdout
}

/**
 * Address at which the loadgen reaches the sut. It is one of the sut's own, so that a service can listen on it alone.
 * Errors: `sut-unreachable` with what was tried.
 */
export async function findSutAddress({ sut, loadgens }: DeployInput): Promise<string> {
  const [loadgen = sut] = loadgens
  if (await sharesNetwork(sut, loadgen)) return LOOPBACK
  const found = candidates((await sut.exec(script(ADDRESSES))).stdout)
  const sshPort = found.find(candidate => candidate.port !== null)?.port ?? 22
  for (const { address, port } of found) {
    const exit = await loadgen.exec(script(REACH, address, String(port ?? sshPort)))
    if (exit.code === 0 || exit.code === 2) return address
  }
  throw new JoulemarkError({
    code: 'sut-unreachable',
    message: `host ${loadgen.id} reaches none of the ${found.length} addresses of host ${sut.id}`,
    exit: 'unreachable',
    hint: 'both must be in one network; look at the security groups or firewalls between them',
  })
}
