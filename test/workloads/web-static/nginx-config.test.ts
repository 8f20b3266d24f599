import { expect, test } from 'vitest'
import { listenAddress, nginxConfig } from '../../../workloads/web-static/nginx-config.ts'

const site = { dir: '/var/tmp/jm-x', address: '10.0.0.2', port: 20_001, workers: 0, connections: 5000 }

test('everything lies below its own folder and nothing is logged per request', () => {
  const config = nginxConfig(site)
  const paths = [...config.matchAll(/ (\/[^;\s]*)/g)].map(match => match[1] ?? '')
  expect(paths.length).toBeGreaterThan(6)
  expect(paths.filter(path => !path.startsWith('/var/tmp/jm-x/'))).toEqual([])
  expect(config).toContain('access_log off;')
  expect(config).toContain('worker_processes auto;')
  expect(config).toContain('worker_connections 10064;')
})

test('it listens on one address alone', () => {
  expect(nginxConfig(site).match(/listen .*/g)).toEqual(['listen 10.0.0.2:20001;'])
  expect(listenAddress('fd00::2', 80)).toBe('[fd00::2]:80')
})
