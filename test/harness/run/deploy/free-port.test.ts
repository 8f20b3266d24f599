import { expect, test } from 'vitest'
import { takenPorts } from '../../../../harness/run/deploy/free-port.ts'

test('every local port counts, listening or not, IPv4 and IPv6', () => {
  const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0016 0100007F:D431 01 00000000:00000000 02:000A 00000000     0        0 2 4 0 20 4 27 10 -1
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:9C40 00000000000000000000000000000000:0000 0A 00000000:00000000
`
  expect([...takenPorts(text)]).toEqual([8080, 22, 40_000])
})
