import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { systemClock } from './clock.ts'
import type { Config } from './config.ts'
import type { EventStore, Position } from './eventStore/eventStore.ts'
import { openEventStore } from './eventStore/openEventStore.ts'
import { httpApp } from './http/app.ts'
import { operationRoutes, type Readiness } from './http/health.ts'
import { userRoutes } from './http/users.ts'
import { webhookRoutes } from './http/webhooks.ts'
import { recordFacts } from './ingest/recordFact.ts'
import { openJournal } from './journal/journal.ts'
import type { Logger } from './log.ts'
import { openMetrics } from './metrics.ts'
import { openReadModelReader, type ReadModelReader } from './readModel/database.ts'
import { startProjection } from './readModel/projection.ts'
import { webhookSecret } from './webhooks/signature.ts'

export interface Service {
  /** Where it listens, for instance `http://127.0.0.1:3000`. */
  readonly url: string
  /** Takes no new request, finishes those under way, drains writer and projection, closes the files. */
  readonly stop: () => Promise<void>
}

/** How long the read model may trail what this process has appended before the service is not ready. */
const LAG_ALLOWED_MS = 2000

/** Remembers where the log ends as far as this process knows, and since when the read model has been behind that. */
const watchLag = (projected: () => Position | null) => {
  let end: Position | null = null
  let behindSince: number | null = null
  const isBehind = (): boolean => end !== null && (projected() ?? '') < end
  return {
    appended: (position: Position): void => {
      if (end === null || position > end) end = position
      behindSince ??= performance.now()
    },
    lags: (): boolean => {
      if (!isBehind()) behindSince = null
      return behindSince !== null && performance.now() - behindSince > LAG_ALLOWED_MS
    },
  }
}

const listen = async (server: Server, { host, port }: Config): Promise<string> => {
  server.listen(port, host)
  await once(server, 'listening')
  const { address, port: actualPort, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`
}

/** Opens the stores, starts the projection and listens. Rejects with an `Error` that says what to do. */
export const startService = async (config: Config, log: Logger): Promise<Service> => {
  const opened = await openEventStore(config.eventStore)()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  const log_ = opened.right
  const journal = await openJournal(join(config.dataDir, 'journal.db'))
  const readModelFile = join(config.dataDir, 'read-model.db')
  const projection = startProjection({ eventStore: config.eventStore, readModelFile }, log)
  const lag = watchLag(projection.position)

  const store: EventStore = {
    ...log_,
    append: (stream, expected, events) => async () => {
      const appended = await log_.append(stream, expected, events)()
      if (E.isRight(appended)) lag.appended(appended.right.position)
      return appended
    },
  }

  let reader: ReadModelReader | null = null
  const model = (): ReadModelReader | null => {
    if (reader === null && projection.hasCaughtUp()) reader = openReadModelReader(readModelFile)
    return reader
  }

  let stopping = false
  const readiness = (): Readiness => {
    const readModel = !projection.hasCaughtUp() ? 'catching up' : lag.lags() ? 'behind' : 'caught up'
    return {
      ready: !stopping && readModel === 'caught up',
      eventStore: 'up',
      readModel,
      position: projection.position(),
    }
  }
  const metrics = openMetrics(() => readiness().ready)
  const secrets = config.secrets.map(webhookSecret)
  const recorder = recordFacts(store, systemClock)
  const app = httpApp(
    [
      webhookRoutes({ recorder, secrets, keep: journal.keep, now: systemClock }, log, metrics),
      userRoutes({ store, model, projection, apiKeys: config.apiKeys, settled: recorder.settled, now: systemClock }),
      operationRoutes(readiness, metrics),
    ],
    log,
  )
  const server = createServer(app)

  const release = async (): Promise<void> => {
    await projection.stop()
    reader?.close()
    await Promise.all([log_.close(), journal.close()])
  }
  try {
    const url = await listen(server, config)
    return {
      url,
      stop: async () => {
        stopping = true
        const closed = once(server, 'close')
        server.close()
        server.closeIdleConnections()
        await closed
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}
