import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  blobType,
  fingerprint,
  judgeKey,
  knownHostName,
  knownTypes,
  namesMatch,
  parseKnownHosts,
} from '../../../../harness/transport/ssh/known-hosts.ts'

// Keys made with ssh-keygen; the hashed lines by `ssh-keygen -H`.
const A = 'AAAAC3NzaC1lZDI1NTE5AAAAIFq1bzkDpDtqmdvP0701MeEBvnfAsj/Cy0AXyTLHVJqC'
const B = 'AAAAC3NzaC1lZDI1NTE5AAAAILfCGDxDT99ovh8/jH5J+aPeZ8j/rxceJPosfcFHxI4j'
const ECDSA =
  'AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBL+qxwWu5QJAI0EeXWDFUjPsRQ40aumuNrE4qiS7gmNKswRsN/NhoyMp9uREXekTpXZl7lGKjrgkJgfNIYaMi2M='
const HASHED = `|1|hcTtix6/tNrQqPOTaGCnuzpd9Xs=|LKbOcWZqLza3tO64Cjsd9nt9V/I= ssh-ed25519 ${A}
|1|WZgMf66nG/jKt3PbQTLfgEjc0l0=|56YvZ90QsGhq0k+HXjjPKIXzClA= ssh-ed25519 ${A}
|1|9A9W6Slw48bIEO7BHnC3xLEpRbk=|rQs8M2XjvQKqCm5njKuS3Upe/Ys= ssh-ed25519 ${A}
`
const blob = (key: string) => Buffer.from(key, 'base64')
const judge = (text: string, host: string, port: number, key: string) =>
  judgeKey(parseKnownHosts(text, 'kh'), knownHostName(host, port), blob(key))

test('a fingerprint is what ssh-keygen -l prints', () => {
  expect(fingerprint(blob(A))).toBe('SHA256:qXiGej8QoOPwTgpb/Nm2Te8HSlSV0TWQIRbV2A0oLbA')
  expect(blobType(blob(ECDSA))).toBe('ecdsa-sha2-nistp256')
})

describe('hashed lines', () => {
  test.each([
    ['web.example.org', 22, 1],
    ['10.0.0.5', 2222, 2],
    ['2001:db8::1', 2200, 3],
  ])('know %s at port %i', (host, port, line) => {
    expect(judge(HASHED, host, port, A)).toMatchObject({ verdict: 'known', entry: { line } })
  })
  test('know no other name', () => {
    expect(judge(HASHED, '10.0.0.5', 22, A).verdict).toBe('unknown')
    expect(judge(HASHED, 'web.example.com', 22, A).verdict).toBe('unknown')
  })
})

test.each([
  ['web,10.0.0.5', 'web', true],
  ['web,10.0.0.5', '10.0.0.5', true],
  ['WEB.example.org', 'web.example.org', true],
  ['*.example.org', 'web.example.org', true],
  ['*.example.org', 'example.org', false],
  ['*.example.org,!db.example.org', 'db.example.org', false],
  ['!db.example.org,*.example.org', 'web.example.org', true],
  ['!web', 'db', false],
  ['web?', 'web1', true],
  ['web?', 'web12', false],
  ['web.example.org', 'webxexample.org', false],
  ['[web]:2222', '[web]:2222', true],
  ['[web]:2222', 'web', false],
  ['[*]:2222', '[web]:2222', true],
  ['|2|aaaa|bbbb', 'web', false],
  ['|1|', 'web', false],
])('%s means %s: %s', (names, name, expected) => {
  expect(namesMatch(names, name)).toBe(expected)
})

/** The meaning of a pattern, one character at a time. */
function means(pattern: string, name: string): boolean {
  const [first, rest] = [pattern[0], pattern.slice(1)]
  if (first === undefined) return name === ''
  if (first === '*') return means(rest, name) || (name !== '' && means(pattern, name.slice(1)))
  return name !== '' && (first === '?' || first === name[0]) && means(rest, name.slice(1))
}

test('law: a pattern means a name when its characters do, one by one', () => {
  const text = (letters: string, maxLength: number) =>
    fc.array(fc.constantFrom(...letters.split('')), { maxLength }).map(list => list.join(''))
  fc.assert(
    fc.property(text('ab*?.[', 7), text('ab.[', 9), (pattern, name) => {
      fc.pre(pattern !== '')
      expect(namesMatch(pattern, name)).toBe(means(pattern, name))
    }),
    { numRuns: 3000, seed: 13 },
  )
})

test('a pattern of many stars takes no time', () => {
  const started = performance.now()
  expect(namesMatch(`${'*a'.repeat(5)}*b`, 'a'.repeat(60))).toBe(false)
  expect(performance.now() - started).toBeLessThan(200)
})

test('a host at another port, or with IPv6, has brackets', () => {
  expect(knownHostName('Web', 22)).toBe('web')
  expect(knownHostName('web', 2222)).toBe('[web]:2222')
  expect(knownHostName('::1', 22)).toBe('::1')
  expect(knownHostName('::1', 2222)).toBe('[::1]:2222')
})

test('comments, empty lines and lines that are none are left out; line numbers stay', () => {
  const entries = parseKnownHosts(
    `# web ssh-ed25519 ${A}\n\n  web   ssh-ed25519\t${A} comment here\nbroken\n@odd web ssh-ed25519 ${A}\n`,
    'kh',
  )
  expect(entries).toEqual([
    { file: 'kh', line: 3, marker: 'none', names: 'web', keyType: 'ssh-ed25519', key: A },
  ])
})

test('another key of the same type is a changed key, and says where the old one stands', () => {
  expect(judge(`other ssh-ed25519 ${B}\nweb ssh-ed25519 ${A}\n`, 'web', 22, B)).toMatchObject({
    verdict: 'changed',
    entry: { line: 2 },
  })
})

test('a second line with the shown key makes it known', () => {
  expect(judge(`web ssh-ed25519 ${A}\nweb ssh-ed25519 ${B}\n`, 'web', 22, B).verdict).toBe('known')
})

test('a key of another type only is an unknown key', () => {
  expect(judge(`web ssh-ed25519 ${A}\n`, 'web', 22, ECDSA)).toMatchObject({
    verdict: 'unknown',
    otherTypes: [{ line: 1 }],
  })
})

test('a revoked key is refused even where a line knows it', () => {
  expect(judge(`web ssh-ed25519 ${A}\n@revoked * ssh-ed25519 ${A}\n`, 'web', 22, A)).toMatchObject({
    verdict: 'revoked',
    entry: { line: 2 },
  })
})

test('a revoked key does not hinder another', () => {
  expect(judge(`@revoked web ssh-ed25519 ${B}\nweb ssh-ed25519 ${A}\n`, 'web', 22, A).verdict).toBe('known')
})

test('a certificate authority is not taken for a key, but told', () => {
  expect(judge(`@cert-authority *.example.org ssh-ed25519 ${A}\n`, 'web.example.org', 22, A)).toMatchObject({
    verdict: 'unknown',
    authority: { line: 1 },
  })
})

test('known types come without those of authorities and revoked keys', () => {
  const entries = parseKnownHosts(
    `web ecdsa-sha2-nistp256 ${ECDSA}\n@revoked web ssh-ed25519 ${A}\n@cert-authority web ssh-rsa ${B}\n`,
    'kh',
  )
  expect(knownTypes(entries, 'web')).toEqual(['ecdsa-sha2-nistp256'])
})
