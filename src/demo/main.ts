import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { CurrentStatus } from '../../domain/answer/currentStatus.ts'
import { readConfig } from '../config/config.ts'
import type { Standing } from '../ingest/streamHead.ts'
import { userOfStream } from '../ledger/streams.ts'
import { openLog } from '../log/log.ts'
import { startService } from '../service/startService.ts'
import { type DocumentedWebhook, documentedWebhooks } from './documentedWebhooks.ts'
import { table } from './table.ts'

const keep = process.argv.includes('--keep')
const directory = await mkdtemp(join(tmpdir(), 'kyc-ledger-demo-'))
const secret = randomBytes(16).toString('hex')
const read = readConfig({
  ...process.env,
  PORT: keep ? (process.env.PORT ?? '3000') : '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'warn',
  EVENT_STORE: `sqlite:${directory}/events.db`,
  DATA_DIR: directory,
  TREEZOR_WEBHOOK_SECRET: secret,
  API_KEYS: '',
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

interface Answer {
  readonly outcome: string
  readonly events?: readonly Standing[]
}

const deliver = async ({ body }: DocumentedWebhook): Promise<Answer> => {
  const response = await fetch(`${service.url}/webhooks/treezor`, { method: 'POST', body })
  return (await response.json()) as Answer
}

const shuffled = <A>(items: readonly A[]): readonly A[] =>
  items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)

const webhooks = documentedWebhooks(secret)
const first = new Map<string, Answer>()
for (const webhook of webhooks) first.set(webhook.title, await deliver(webhook))

const again = new Map<string, string[]>(webhooks.map(({ title }) => [title, []]))
await Promise.all(
  shuffled([...webhooks, ...webhooks]).map(async (webhook) => {
    again.get(webhook.title)?.push((await deliver(webhook)).outcome)
  }),
)

console.log('\nThe nineteen webhooks of the documentation, signed and delivered; then each twice more, shuffled:\n')
console.log(
  table(
    ['webhook', 'first', 'again', 'stands in'],
    webhooks.map(({ title }) => [
      title,
      first.get(title)?.outcome ?? '',
      (again.get(title) ?? []).join(', '),
      (first.get(title)?.events ?? []).map(({ stream, revision }) => `${stream} @ ${revision}`).join(', '),
    ]),
  ),
)

const events = [...first.values()].flatMap((answer) => answer.events ?? [])
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
console.log(
  table(
    ['user', 'status', 'governed by', 'since', 'liveness', 'qes', 'video conference', 'events', 'anomalies'],
    statuses.map((status) => [
      status.userId,
      status.status,
      status.governedBy,
      status[status.governedBy].since ?? '',
      status.liveness?.state ?? '',
      status.qes?.state ?? '',
      status.videoConference?.state ?? '',
      String(status.events),
      [...new Set(status.anomalies.map(({ kind }) => kind))].join(', '),
    ]),
  ),
)

const look = `
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
  const example = look.replaceAll(service.url, 'http://127.0.0.1:3000')
  console.log(`\nTo look further, run it again with "npm run demo -- --keep" and ask:\n${example}\n`)
  await finish()
}
