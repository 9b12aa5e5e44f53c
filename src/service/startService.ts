import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as E from 'fp-ts/lib/Either.js'
import type { Config } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { httpApp } from '../http/app.ts'
import { webhookRoutes } from '../http/deliveries/webhookEndpoint.ts'
import { endServer, KEEP_ALIVE_MS } from '../http/ending.ts'
import { operationRoutes, type Readiness } from '../http/operations.ts'
import { serveReadable } from '../http/unreadableRequests.ts'
import { userRoutes } from '../http/users/users.ts'
import { recordFacts } from '../ingest/recordFact.ts'
import { checkLogIsThere } from '../joining/belonging.ts'
import type { Joining } from '../joining/joinLog.ts'
import { openDirectory } from '../joining/openDirectory.ts'
import { expireJournal } from '../journal/expiring.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import type { Log, Logger } from '../log/log.ts'
import { gaugeUncertain, openMetrics } from '../metrics/metrics.ts'
import { awaitedReadModel } from '../readModel/awaitedReadModel.ts'
import { openReadModel } from '../readModel/readModel.ts'
import { keptStreams } from '../readModel/userEvents.ts'
import { webhookSecret } from '../webhooks/signature.ts'
import { watchClock } from './watchClock.ts'

export interface Service {
  /** Where it listens, for instance `http://127.0.0.1:3000`. */
  readonly url: string
  /** No longer ready, it serves on for a while; then finishes what is under way, drains writer and projection, closes the files. */
  readonly stop: () => Promise<void>
}

/** How long the read model may trail what this process has appended before the service is not ready. */
const LAG_ALLOWED_MS = 2000

/** Holds the oldest position that this process appended and the read model has not come to, and since when. */
const watchLag = (projected: () => Position | null) => {
  let awaited: { readonly position: Position; readonly since: number } | null = null
  const look = (): void => {
    if (awaited !== null && (projected() ?? '') >= awaited.position) awaited = null
  }
  return {
    appended: (position: Position): void => {
      look()
      awaited ??= { position, since: performance.now() }
    },
    lags: (): boolean => {
      look()
      return awaited !== null && performance.now() - awaited.since > LAG_ALLOWED_MS
    },
  }
}

const listen = async (server: Server, { host, port }: Config): Promise<string> => {
  server.listen(port, host)
  await once(server, 'listening')
  const { address, port: actualPort, family } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`
}

/** What was read of the log before decides on duplicates: only a new process remembers nothing of it. */
const endForReplacedLog = (log: Logger) => (): never => {
  log.fatal('the event log was replaced while the service ran: it ends, and has to be started anew')
  process.exit(1)
}

const LOOK_EVERY_MS = 500

/** Writes a line to the log whenever the service becomes ready or ceases to be, and why. */
const watchReadiness = (readiness: () => Readiness, faults: () => readonly string[], log: Logger): NodeJS.Timeout => {
  let last = ''
  let wasReady = false
  const look = (): void => {
    const { ready, eventStore, journal, readModel } = readiness()
    const reasons = faults()
    const now = [
      `${ready ? 'ready' : 'not ready'}: event store ${eventStore}, journal ${journal}, read model ${readModel}`,
      ...reasons,
    ].join('; ')
    const level = ready ? 'info' : reasons.length > 0 ? 'error' : wasReady ? 'warn' : 'info'
    if (now !== last) log[level]({ ready, eventStore, journal, readModel }, now)
    last = now
    wasReady ||= ready
  }
  return setInterval(look, LOOK_EVERY_MS).unref()
}

const fatal =
  (log: Logger) =>
  (error: unknown): never => {
    log.fatal(error instanceof Error ? error.message : String(error))
    process.exit(1)
  }

export interface Starting {
  /** Go on with a log that does not hold all that the read model has seen, and record that. */
  readonly acceptLostEvents?: boolean
}

/** Opens the stores, starts the projection and listens. Rejects with an `Error` that says what to do. */
export const startService = async (
  config: Config,
  { logger: log, dropped }: Log,
  { acceptLostEvents = false }: Starting = {},
): Promise<Service> => {
  checkLogIsThere(config)
  const opened = await openEventStore(config.eventStore)()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  const eventLog = opened.right
  const { eventStore, dataDir } = config
  const clock = watchClock(dataDir)
  const begin: Joining['begin'] = (seen) => clock.begin(eventLog, seen?.furthestEvent ?? null)
  const joining: Joining = { store: eventLog, eventStore, dataDir, acceptLostEvents, now: clock.now, begin }
  const directory = await openDirectory(joining, log).catch(async (error: unknown) => {
    await eventLog.close()
    throw error
  })
  const { journal } = directory
  let joined = false
  const opening = directory.identity.then((identity) => {
    if (identity === null) return null
    joined = true
    log.info(identity, 'the log is joined')
    return openReadModel(eventStore, identity, dataDir, log, { replaced: endForReplacedLog(log), heard: clock.heard })
  })
  opening.catch(fatal(log))
  const readModel = awaitedReadModel(opening)
  const lag = watchLag(readModel.position)

  const store: EventStore = {
    ...eventLog,
    append: (stream, expected, events) => async () => {
      if (!joined) return E.left({ _tag: 'StoreUnavailable', reason: 'the event log is not joined yet' })
      const appended = await eventLog.append(stream, expected, events)()
      if (E.isRight(appended)) {
        lag.appended(appended.right.position)
        const last = events.at(-1)
        if (last !== undefined) clock.appended(eventLog, stream, appended.right, recordedAtOf(last))
      }
      return appended
    },
  }

  let stopping = false
  const readiness = (): Readiness => {
    const behind = lag.lags() || !readModel.follows()
    const progress = !readModel.hasCaughtUp() ? 'catching up' : behind ? 'behind' : 'caught up'
    // A node that cannot reach the log does not know what others append to it: its answers may be out of date.
    const health = eventLog.health()
    const journaling = journal.fault() === null ? 'up' : 'down'
    const time = clock.fault()?.clock ?? 'right'
    const right = time === 'right'
    return {
      ready: !stopping && progress === 'caught up' && health === 'up' && journaling === 'up' && right,
      clock: time,
      eventStore: health,
      journal: journaling,
      readModel: progress,
      subscription: readModel.follows() ? 'up' : 'down',
      position: readModel.position(),
    }
  }
  const metrics = openMetrics(readiness, journal.figures, dropped)
  gaugeUncertain(metrics.registry, (kind) => readModel.reader()?.unknownWith(kind) ?? null)
  const faults = (): readonly string[] =>
    Object.entries({
      'event store': eventLog.fault?.(),
      journal: journal.fault(),
      clock: clock.fault()?.reason,
    }).flatMap(([name, reason]) => (typeof reason === 'string' ? [`${name}: ${reason}`] : []))
  const watching = watchReadiness(readiness, faults, log)
  const secrets = config.secrets.map(webhookSecret)
  const recorder = recordFacts(store, clock.now, clock.corrections, clock.fault)
  const app = httpApp(
    [
      webhookRoutes({ recorder, secrets, journal, now: clock.now, clockFault: clock.fault, log, metrics }),
      userRoutes({
        store,
        streams: keptStreams(),
        readModel,
        apiKeys: config.apiKeys,
        settled: recorder.settled,
        now: clock.now,
        corrections: clock.corrections,
        uncertain: (one) => {
          log.error(one, 'nothing is certain about a user: his events cannot be read or folded')
          metrics.uncertain.inc({ kind: one.kind })
        },
      }),
      operationRoutes(readiness, metrics),
    ],
    log,
  )
  // What announces no body is not read as a stream first: 2 µs less for each read.
  const server = createServer({
    optimizeEmptyRequests: true,
    requireHostHeader: false,
    keepAliveTimeout: KEEP_ALIVE_MS,
  })
  serveReadable(server, app, (reason) => metrics.unreadable.inc({ reason }), log)
  const stopExpiring = expireJournal(journal, config.journalDays, clock)

  const release = async (): Promise<void> => {
    clearInterval(watching)
    stopExpiring()
    directory.stopJoining()
    await readModel.stop()
    await Promise.all([eventLog.close(), directory.close()])
  }
  try {
    const url = await listen(server, config)
    return {
      url,
      stop: async () => {
        stopping = true
        clearInterval(watching)
        await endServer(server, config.drainDelaySeconds * 1000)
        await release()
      },
    }
  } catch (error) {
    await release()
    throw error
  }
}
