import { randomInt } from 'node:crypto'
import type { Host } from '../../model/target.ts'
import { script } from '../on-host.ts'

/** Whether anybody but load reaches the pod under test. not-known: not even load does, so that nothing follows from who else does not. */
export type PolicyState = 'enforced' | 'not enforced' | 'not known'

const LISTEN_SECONDS = 6
/** A packet that is dropped is not answered; one that is refused is answered at once. */
const TRY_SECONDS = 4

// perl-base alone: Socket is in it. Listens for a while and takes whoever comes.
const LISTEN = `exec perl -MSocket -e '
my ($port, $seconds) = @ARGV;
socket(my $s, PF_INET, SOCK_STREAM, 0) or exit 3;
setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
bind($s, sockaddr_in($port, INADDR_ANY)) and listen($s, 8) or exit 4;
$SIG{ALRM} = sub { exit 0 };
alarm $seconds;
while (accept(my $c, $s)) { close $c }
' "$1" "$2"`

// Tries until it is let in or the time is over.
const CONNECT = `exec perl -MSocket -e '
my ($address, $port, $seconds) = @ARGV;
my $end = time + $seconds;
$SIG{ALRM} = sub { exit 1 };
alarm $seconds;
while (time < $end) {
  socket(my $s, PF_INET, SOCK_STREAM, 0) or exit 3;
  exit 0 if connect($s, sockaddr_in($port, inet_aton($address)));
  close $s;
  select(undef, undef, undef, 0.2);
}
exit 1
' "$1" "$2" "$3"`

/** Listens in the pod under test, and connects to it from a pod of the load and from one that the policy names nowhere. */
export async function probePolicy(o: {
  readonly sut: Host
  readonly address: string
  readonly load: Host
  readonly stranger: Host
}): Promise<PolicyState> {
  const port = String(randomInt(20_000, 60_000))
  const seconds = String(LISTEN_SECONDS)
  const deadline = { deadlineSeconds: LISTEN_SECONDS + 20 }
  const reach = async (from: Host): Promise<boolean> => {
    const argv = script(CONNECT, o.address, port, String(TRY_SECONDS))
    return (await from.exec(argv, deadline)).code === 0
  }
  const listening = o.sut.exec(script(LISTEN, port, seconds), deadline)
  const [byLoad, byStranger] = await Promise.all([reach(o.load), reach(o.stranger)])
  await listening
  if (!byLoad) return 'not known'
  return byStranger ? 'not enforced' : 'enforced'
}
