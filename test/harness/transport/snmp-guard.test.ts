import { expect, test } from 'vitest'
import { mayAnswer, outsideOf } from '../../../harness/transport/meters/snmp-guard.ts'

const tlv = (tag: number, ...content: (number | Buffer)[]): Buffer => {
  const body = Buffer.concat(content.map(one => (typeof one === 'number' ? Buffer.from([one]) : one)))
  const length = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const v2c = (pdu: number): Buffer => tlv(0x30, tlv(2, 1), tlv(4, Buffer.from('public')), tlv(pdu, 0))
const v3 = (flags: number, pdu: number | null): Buffer =>
  tlv(
    0x30,
    tlv(2, 3),
    tlv(0x30, tlv(2, 1, 2), tlv(2, 0xff, 0xe3), tlv(4, flags), tlv(2, 3)),
    tlv(4, Buffer.alloc(150)),
    pdu === null ? tlv(4, Buffer.alloc(30)) : tlv(0x30, tlv(4, 1), tlv(4), tlv(pdu, 0)),
  )
const asked = (version: number, flags: number) => (message: Buffer) =>
  mayAnswer(outsideOf(message), { version, flags })

test('of v2c only an answer passes: a report would end the process in the library', () => {
  expect([0xa2, 0xa8, 0xa0].map(pdu => asked(1, 0)(v2c(pdu)))).toEqual([true, false, false])
  expect(asked(1, 0)(v3(1, 0xa2))).toBe(false)
})

test('of v3 nothing passes that is less secured than what was asked, but for reports', () => {
  const priv = asked(3, 3)
  expect(priv(v3(3, null))).toBe(true)
  expect(priv(v3(0, 0xa2))).toBe(false)
  expect(priv(v3(1, 0xa2))).toBe(false)
  expect(priv(v3(0, 0xa8))).toBe(true)
  expect(priv(v2c(0xa2))).toBe(false)
  expect(asked(3, 1)(v3(1, 0xa2))).toBe(true)
  expect(asked(3, 1)(v3(0, 0xa2))).toBe(false)
})

test('what is no message of SNMP, or is cut, is none', () => {
  for (const whole of [v2c(0xa2), v3(3, null), v3(0, 0xa8)])
    for (let length = 0; length < whole.length; length += 1)
      expect(outsideOf(whole.subarray(0, length)), `${length}`).toBeNull()
  for (const other of ['', 'HTTP/1.1 200 OK', '\u0030\u0084\u00ff\u00ff\u00ff\u00ff'])
    expect(outsideOf(Buffer.from(other, 'latin1'))).toBeNull()
})
