import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Database from 'better-sqlite3'
import { NO_CORRECTIONS } from '../domain/event/receiptCorrection.ts'
import type { UserId } from '../domain/identifiers.ts'
import { isAsWritten, readingReader } from '../src/readModel/database/readingTables.ts'
import { keptReader } from '../src/readModel/keptReader.ts'
import { linesOf, pageOf } from './historyText.ts'

/**
 * What whoever answers with a history of somebody nobody has asked about has to do at least, in one thread, by node:http alone; it asks for no key, reads no
 * parameter, knows no position, and has nothing of whoever was heard of since. `kept`: what the user's events say is read out of the read model by its key, held against its
 * tag, parsed, folded, and its lines are written. `ready`: the lines themselves are kept (`readyLines.ts`), read by their key, held against their
 * tags, and sent. `constant`: the bytes of one history stand in memory.
 */
export interface LeastHistoryJob {
  readonly how: 'kept' | 'ready' | 'constant'
  /** The read model; of `ready` what holds the lines. */
  readonly file: string
  readonly eventsEach: number
  /** Whose bytes `constant` sends. */
  readonly user: number
}

const { how, file, eventsEach, user } = JSON.parse(process.argv[2] ?? '') as LeastHistoryJob

const reader = keptReader()
const readRuns = readingReader(new Database(file, { readonly: true }))

const folded = (userId: UserId): string =>
  pageOf(userId, linesOf(userId, reader.of({ file, starts: 0 }, userId, eventsEach - 1, NO_CORRECTIONS)))

const joined = (userId: UserId): string => {
  const bodies: string[] = []
  for (const run of readRuns(userId, eventsEach - 1)) {
    if (!isAsWritten(userId, run)) throw new Error(`of ${userId} something else is kept than was written`)
    bodies.push(run.body)
  }
  return pageOf(userId, bodies)
}

const constant = how === 'constant' ? Buffer.from(folded(`${user}` as UserId)) : null
const answerOf = how === 'ready' ? joined : folded

const TYPE = ['Content-Type', 'application/json; charset=utf-8']
const server = createServer((req, res) => {
  const body = constant ?? answerOf((req.url?.split('/')[2] ?? '') as UserId)
  res.writeHead(200, [...TYPE, 'Content-Length', String(Buffer.byteLength(body))]).end(body)
})
server.listen(0, '127.0.0.1', () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
})
process.once('SIGTERM', () => process.exit(0))
