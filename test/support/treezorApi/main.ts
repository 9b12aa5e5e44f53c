import { parseArgs } from 'node:util'
import { treezorApi } from './treezorApi.ts'

/**
 * The double as a process of its own, to try things with: `npm run --silent treezor -- --users 100000`. Writes the variables that a service is given to
 * ask it, a line each, and ends with SIGTERM or SIGINT.
 */
const { values } = parseArgs({
  options: { users: { type: 'string', default: '20' }, port: { type: 'string', default: '3200' } },
})
const users = Number(values.users)
const api = await treezorApi({ users, port: Number(values.port), forgets: true, changeable: true }).catch(
  ({ message }: Error) => message,
)
if (typeof api === 'string') {
  console.error(api)
  process.exitCode = 1
} else {
  for (const [name, value] of Object.entries(api.environment)) console.log(`${name}=${value}`)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void api.close())
}
