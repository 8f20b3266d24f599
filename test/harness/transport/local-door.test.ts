import { expect, test } from 'vitest'
import { passedEnvironment } from '../../../harness/transport/local-door.ts'

test('children see where programs and folders are, and nothing that may hold a secret', () => {
  const secrets = ['HTTP_PROXY', 'https_proxy', 'ALL_PROXY', 'INFLUX_TOKEN', 'SSH_AUTH_SOCK', 'NODE_OPTIONS']
  const env = { PATH: '/bin', HOME: '/home/me', ...Object.fromEntries(secrets.map(name => [name, 'x'])) }
  expect(passedEnvironment(env)).toEqual({ PATH: '/bin', HOME: '/home/me' })
})
