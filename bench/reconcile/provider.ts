import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { treezorApi } from '../../test/support/treezorApi/treezorApi.ts'
import type { ProviderJob } from './startProvider.ts'

/**
 * The double of the provider's API as a process of its own, with so many users that `process.argv[2]` says, each as the double makes him up: validated. At the
 * address that it prints it tells how it is asked, and what it was asked so far.
 */
const { users, firstUser } = JSON.parse(process.argv[2] ?? '') as ProviderJob
const api = await treezorApi({ users, firstId: firstUser })

/** How many were asked for more than once. */
const twice = (paths: readonly string[]): number => paths.length - new Set(paths).size

const heard = () => {
  const paths = (endpoint: 'user' | 'users'): readonly string[] => api.heardOf(endpoint).map(({ path }) => path)
  const [one, pages] = [paths('user'), paths('users')]
  return { users: one.length, usersTwice: twice(one), pages: pages.length, pagesTwice: twice(pages) }
}

const server = createServer((req, res) => {
  res.end(JSON.stringify(req.url === '/heard' ? heard() : api.environment))
}).listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', async () => {
  server.close()
  await api.close()
})
