import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { historyOfRead } from '../domain/answer/history.ts'
import { NO_CORRECTIONS } from '../domain/event/receiptCorrection.ts'
import type { UserId } from '../domain/identifiers.ts'
import type { Reading } from '../domain/state/reading.ts'
import { lineText } from '../src/http/users/lineText.ts'
import { streamOf } from '../src/ledger/streams.ts'
import { keptReader } from '../src/readModel/keptReader.ts'

/**
 * What whoever answers with a history has to do at least: of each user what his events say stands in memory, read and checked before;
 * a question folds them, writes its lines and sends them, in one thread, by node:http alone. It asks for no key, reads no parameter, knows no
 * position, and has nothing of whoever was heard of since. With `constant` it sends the bytes of one history, which are ready, and does nothing else.
 */
export interface LeastHistoryJob {
  /** The read model that keeps what events say. */
  readonly file: string
  readonly firstUser: number
  readonly users: number
  readonly eventsEach: number
  readonly constant: boolean
}

const job = JSON.parse(process.argv[2] ?? '') as LeastHistoryJob

const reader = keptReader()
const kept = new Map<string, readonly Reading[]>()
for (let user = job.firstUser; user < job.firstUser + (job.constant ? 1 : job.users); user++) {
  const readings = reader.of({ file: job.file, starts: 0 }, `${user}` as UserId, job.eventsEach - 1, NO_CORRECTIONS)
  if (readings.length !== job.eventsEach) throw new Error(`of ${user} ${readings.length} readings are kept`)
  kept.set(`${user}`, readings)
}
reader.close()

const answerOf = (userId: string): string => {
  const stream = streamOf(userId as UserId)
  const readings = kept.get(userId) ?? []
  const arrivals = readings.map((right) => ({ orphan: false, read: { _tag: 'Right', right } }) as const)
  const lines: string[] = []
  for (const entry of historyOfRead(userId as UserId, arrivals)) {
    const at = readings[lines.length]?.event
    if (entry !== null && at !== undefined) lines.push(lineText(entry, { stream, ...at }))
  }
  return `{"userId":"${userId}","events":[${lines.join(',')}],"next":null}`
}
const ready = job.constant ? Buffer.from(answerOf(`${job.firstUser}`)) : null

const TYPE = ['Content-Type', 'application/json; charset=utf-8']
const server = createServer((req, res) => {
  const body = ready ?? answerOf(req.url?.split('/')[2] ?? '')
  res.writeHead(200, [...TYPE, 'Content-Length', String(Buffer.byteLength(body))]).end(body)
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
