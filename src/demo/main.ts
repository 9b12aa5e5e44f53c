import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { CurrentStatus } from '../../domain/answer/currentStatus.ts'
import { ACCESS_VARIABLES } from '../config/access.ts'
import { readConfig } from '../config/config.ts'
import { userOfStream } from '../ledger/streams.ts'
import { openLog } from '../log/log.ts'
import { startService } from '../service/startService.ts'
import { deliverAll } from './deliverAll.ts'
import { tableOfDeliveries, tableOfStatuses } from './tables.ts'

const keep = process.argv.includes('--keep')
const directory = await mkdtemp(join(tmpdir(), 'kyc-ledger-demo-'))
const secret = randomBytes(16).toString('hex')
const read = readConfig({
  ...process.env,
  ...Object.fromEntries(ACCESS_VARIABLES.map((name) => [name, ''])),
  PORT: keep ? (process.env.PORT ?? '3000') : '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'warn',
  EVENT_STORE: `sqlite:${directory}/events.db`,
  DATA_DIR: directory,
  TREEZOR_WEBHOOK_SECRET: secret,
})
const cannotStart = async (reason: string): Promise<never> => {
  console.error(`the demo cannot start: ${reason}`)
  await rm(directory, { recursive: true })
  process.exit(1)
}
const config = E.isLeft(read) ? await cannotStart(read.left.join('; ')) : read.right
const service = await startService(config, openLog(config.logLevel)).catch((error: unknown) =>
  cannotStart(error instanceof Error ? error.message : String(error)),
)

const delivered = await deliverAll(service.url, secret)
console.log('\nThe nineteen webhooks of the documentation, signed and delivered; then each twice more, shuffled:\n')
console.log(tableOfDeliveries(delivered))

const events = delivered.flatMap((one) => one.events)
const end =
  events
    .map(({ position }) => position)
    .sort()
    .at(-1) ?? ''
const users = [...new Set(events.map(({ stream }) => userOfStream(stream)))].filter((userId) => userId !== null)
const statuses: CurrentStatus[] = []
for (const userId of users) {
  const response = await fetch(`${service.url}/users/${userId}/kyc?minPosition=${end}`)
  statuses.push((await response.json()) as CurrentStatus)
}
console.log('\nWhat they make of each user:\n')
console.log(tableOfStatuses(statuses))

const look = `
  ${service.url}/                                 its page, in a browser
  curl -s ${service.url}/users/6461762/kyc        the current status
  curl -s ${service.url}/users/6461762/events     the events it rests on`
let finishing = false
const finish = async (): Promise<void> => {
  if (finishing) return
  finishing = true
  await service.stop()
  await rm(directory, { recursive: true })
}

if (keep) {
  console.log(`\nThe service stays until Ctrl-C. Look further with:\n${look}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void finish())
} else {
  const port = process.env.PORT ?? '3000'
  const example = look.replaceAll(service.url, `http://127.0.0.1:${port}`)
  console.log(
    `\nTo look further, run it again with "npm run demo -- --keep" (where port ${port} is in use, PORT=… before it names another), and open or ask:\n${example}\n`,
  )
  await finish()
}
