import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { NO_CORRECTIONS } from '../../../domain/event/receiptCorrection.ts'
import { minutes } from '../../../domain/instant.ts'
import { OPEN_TO_ALL } from '../../../src/access/authentication.ts'
import { httpListener, type Routes } from '../../../src/http/app.ts'
import type { userRoutes } from '../../../src/http/users/users.ts'
import { recordAccesses } from '../../../src/ledger/recordAccesses.ts'
import { keptStreams } from '../../../src/readModel/userEvents.ts'
import { isOurs } from '../description/watching.ts'
import { type Pipeline, RECEIVED_AT } from './pipeline.ts'

type Reading = Parameters<typeof userRoutes>[0]

/** What the read API is given that answers out of a pipeline; `changes` replaces parts of it. */
export const readingOf = (pipeline: Pipeline, changes: Partial<Reading> = {}): Reading => ({
  store: pipeline.store,
  recorded: changes.store ?? pipeline.store,
  streams: keptStreams(),
  aside: null,
  readModel: {
    position: () => null,
    isFromNothing: () => false,
    hasCaughtUp: () => true,
    follows: () => true,
    starts: () => 1,
    moved: async () => undefined,
    reached: () => pipeline.projected().then(() => true),
    reader: () => pipeline.reader,
    file: () => ({ file: pipeline.readModelFile, starts: 1 }),
    foldAnew: () => undefined,
    distrust: () => undefined,
    stop: async () => undefined,
  },
  erased: { users: new Map(), has: () => false },
  hearErasures: async () => undefined,
  beside: async () => null,
  proofOf: () => null,
  authentication: OPEN_TO_ALL,
  retention: null,
  driftAfter: minutes(72 * 60),
  access: recordAccesses(pipeline.store, () => RECEIVED_AT),
  uncertain: () => undefined,
  answerAltered: () => undefined,
  settled: async () => undefined,
  now: () => RECEIVED_AT,
  corrections: () => NO_CORRECTIONS,
  ...changes,
})

export interface Served {
  readonly url: string
  readonly close: () => void
}

/** Serves the routes in this process, on a free port. */
export const serve = async (routes: Routes): Promise<Served> => {
  const server = createServer(httpListener([routes], pino({ level: 'silent' }))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  server.once('close', isOurs(url))
  return { url, close: () => server.close().closeAllConnections() }
}
