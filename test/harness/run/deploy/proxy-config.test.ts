import { expect, test } from 'vitest'
import { aptProxyConfig, shellProxyConfig } from '../../../../harness/run/deploy/proxy-config.ts'

const env = {
  HTTP_PROXY: 'http://user:pass@proxy.example:3128',
  https_proxy: 'http://proxy.example:3129',
  NO_PROXY: 'localhost, mirror.example,.internal,10.0.0.0/8,*',
}

test('apt: each scheme, and direct for whole host names', () => {
  expect(aptProxyConfig(env)).toBe(`Acquire::http::Proxy "http://user:pass@proxy.example:3128";
Acquire::http::Proxy::localhost "DIRECT";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::https::Proxy "http://proxy.example:3129";
Acquire::https::Proxy::localhost "DIRECT";
Acquire::https::Proxy::mirror.example "DIRECT";
`)
})

test('others: as environment, both spellings', () => {
  expect(shellProxyConfig({ HTTP_PROXY: 'http://p.example' })).toBe(
    "export HTTP_PROXY='http://p.example'\nexport http_proxy='http://p.example'\n",
  )
})

test('no proxy, no file', () => {
  expect(aptProxyConfig({ HTTP_PROXY: '' })).toBeNull()
  expect(shellProxyConfig({})).toBeNull()
})

test('a value that would be more than a value is left out', () => {
  expect(aptProxyConfig({ HTTP_PROXY: 'http://x"; DPkg::Pre-Invoke {"id"}; "' })).toBeNull()
  expect(shellProxyConfig({ HTTP_PROXY: "x'; id; '" })).toBeNull()
  expect(aptProxyConfig({ HTTP_PROXY: 'http://p', NO_PROXY: 'a";b' })).toBe(
    'Acquire::http::Proxy "http://p";\n',
  )
})
