import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { StoreConfig } from '../config/config.ts'
import { hearErasuresPatiently } from '../erasing/hearPatiently.ts'
import { type KnownErasures, knownErasures } from '../erasing/knownErasures.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { type Aside, askAside } from '../http/users/aside/askAside.ts'
import { checkLogIsThere } from '../joining/belonging.ts'
import type { Joining } from '../joining/joinLog.ts'
import { openDirectory } from '../joining/openDirectory.ts'
import type { Journal } from '../journal/journal.ts'
import { withoutErased } from '../ledger/erased.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import { streamOf } from '../ledger/streams.ts'
import type { Untrusted } from '../ledger/trustedStore.ts'
import type { Logger } from '../log/log.ts'
import type { Durations } from '../metrics/durations.ts'
import { projectionLag } from '../metrics/projectionLag.ts'
import { timedAppends } from '../metrics/timedAppends.ts'
import { watchLag } from '../readiness/lag.ts'
import { awaitedReadModel } from '../readModel/awaitedReadModel.ts'
import { isMadeAnew } from '../readModel/database/snapshot.ts'
import { currentReadModel } from '../readModel/file.ts'
import type { Progress } from '../readModel/projection/progress.ts'
import { openReadModel, type ReadModel } from '../readModel/readModel.ts'
import { keptStreams, type Streams } from '../readModel/userEvents.ts'
import { awaitedSealing } from '../sealing/awaitedSealing.ts'
import { keptUntrusted, treeDirectory } from '../sealing/kept.ts'
import { type Sealing, startSealing } from '../sealing/sealing.ts'
import { giveUp, giveUpReplacedLog } from './givingUp.ts'
import { joinedLog } from './joinedLog.ts'
import { keepMeaning } from './keepMeaning.ts'
import { projectedSpans } from './projectedSpans.ts'
import { type WatchedClock, watchClock } from './watchClock.ts'

/** What a service works with. */
export interface Parts {
  /** The log, whether it is joined or not. */
  readonly eventLog: EventStore
  /** The log that deliveries are appended to, as if what was erased had never been. */
  readonly store: EventStore
  /** The same log as it stands: with what is recorded to go, for whoever removes it. */
  readonly standing: EventStore
  /** Which log it is, once it is joined; `null` where it never is. */
  readonly identity: Promise<LogIdentity | null>
  /** The id of the log; `''` before it is joined. */
  readonly logId: () => string
  /** What is known of erasures. */
  readonly erasures: KnownErasures
  readonly journal: Journal
  readonly readModel: ReadModel
  readonly clock: WatchedClock
  readonly sealing: Sealing
  /** Which part of the log is not the one that was sealed. */
  readonly untrusted: () => Untrusted | null
  /** Streams that were read lately. */
  readonly streams: Streams
  /** Threads that answer questions about users out of an embedded log. */
  readonly aside: Aside | null
  /** Whether the read model trails what was appended to `store`. */
  readonly lags: () => boolean
  /** For how many milliseconds it does. */
  readonly trails: () => number
  /** How often the log could no longer be followed. */
  readonly losses: () => number
  /** Drains the writers, ends the projection and closes the files. */
  readonly close: () => Promise<void>
}

const openLog = async ({ eventStore }: StoreConfig): Promise<EventStore> => {
  const opened = await openEventStore(eventStore)()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  return opened.right
}

/**
 * Opens what a service works with. An embedded log is joined, and its projection starts, before it resolves; a server's
 * may be joined later. Rejects with an `Error` that says what to do.
 */
export const openParts = async (
  config: StoreConfig,
  log: Logger,
  acceptLostEvents: boolean,
  durations: Durations,
): Promise<Parts> => {
  checkLogIsThere(config)
  const isMade = !existsSync(config.dataDir)
  const eventLog = timedAppends(await openLog(config), durations)
  const { eventStore, dataDir, sealing, retention } = config
  const isSealed = sealing.everySeconds > 0
  const clock = watchClock(dataDir)
  const begin: Joining['begin'] = (seen) => clock.begin(eventLog, seen?.furthestEvent ?? null)
  const joining: Joining = { store: eventLog, eventStore, dataDir, sealing, acceptLostEvents, now: clock.now, begin }
  const directory = await openDirectory(joining, log).catch(async (error: unknown) => {
    await eventLog.close()
    throw error
  })
  if (isMade) log.info({ directory: resolve(dataDir) }, 'there was no data directory: it was made, and is empty')
  let joined: LogIdentity | null = null
  let isAnew = false
  let losses = 0
  const lagging = projectionLag(durations.projection)
  let untrusted: Untrusted | null = keptUntrusted(dataDir)
  const streams = keptStreams()
  const aside = eventLog.embedded
    ? askAside({
        projected: () =>
          joined === null ? null : { eventStore, identity: joined, tree: isSealed ? treeDirectory(dataDir) : null },
        isTrusted: () => untrusted === null,
        log,
        keptIsOther: (userId) => {
          log.error(
            { stream: streamOf(userId) },
            'what the read model keeps of a user is not what was written: he is folded anew',
          )
          readModel.foldAnew(userId)
        },
      })
    : null
  const forgetStream = (userId: UserId): void => {
    streams.delete(userId)
    aside?.forget(userId)
  }
  const erasures = knownErasures(eventLog, forgetStream)
  const ending = new AbortController()
  const hear = (): Promise<void> => hearErasuresPatiently(erasures, log, ending.signal)
  // The read model is opened once the log is joined.
  const lag = watchLag(() => readModel.position())
  const projected = projectedSpans()
  const joinedStore = joinedLog(
    eventLog,
    () => joined !== null,
    (stream, appended, events) => {
      lag.appended(appended.position)
      projected.appended(appended.position)
      const last = events.at(-1)
      if (last !== undefined) clock.appended(eventLog, stream, appended, recordedAtOf(last))
    },
  )
  const meaning = keepMeaning(joinedStore, clock, log, ending.signal)
  const begun = directory.identity.then(async (identity) => {
    if (identity === null) return null
    await hear()
    joined = identity
    log.info(identity, 'the log is joined')
    await meaning.begin()
    return identity
  })
  const opening = begun.then((identity) => {
    if (identity === null) return null
    isAnew = isMadeAnew(currentReadModel(dataDir))
    const heard = (progress: Progress): void => {
      if (progress.lost !== undefined) losses += 1
      lagging(progress)
      clock.heard(progress)
      meaning.heard(progress)
      projected.reached(progress.position)
      if (progress.erasures) hear().catch(giveUp(log))
    }
    const hearing = { replaced: giveUpReplacedLog(log), heard }
    return openReadModel(eventStore, identity, dataDir, log, hearing, untrusted, {
      tree: isSealed ? treeDirectory(dataDir) : null,
      retention,
    })
  })
  opening.catch(giveUp(log))
  const readModel = awaitedReadModel(opening)
  const distrust = (part: Untrusted | null): void => {
    if (part?.after === untrusted?.after && (part === null) === (untrusted === null)) return
    untrusted = part
    streams.clear()
    aside?.forget(null)
    readModel.distrust(part)
  }
  const beginSealing = begun.then((identity) =>
    identity === null || !isSealed
      ? null
      : startSealing(config, identity, { store, clock, log, isAnew, untrusted: distrust }),
  )
  beginSealing.catch(giveUp(log))
  const store = withoutErased(joinedStore, erasures.erased)
  const sealed = awaitedSealing(beginSealing, isSealed)
  const close = async (): Promise<void> => {
    ending.abort()
    directory.stopJoining()
    await sealed.stop()
    await Promise.all([readModel.stop(), aside?.close()])
    projected.stop()
    await Promise.all([eventLog.close(), directory.close()])
  }
  // Of a file nothing is out of reach: it is all there before anybody asks.
  if (eventLog.embedded) await opening.catch(giveUp(log))
  return {
    eventLog,
    store,
    standing: joinedStore,
    identity: begun,
    logId: () => joined?.logId ?? '',
    erasures,
    journal: directory.journal,
    readModel,
    clock,
    sealing: sealed,
    untrusted: () => untrusted,
    streams,
    aside,
    lags: lag.lags,
    trails: lag.trails,
    losses: () => losses,
    close,
  }
}
