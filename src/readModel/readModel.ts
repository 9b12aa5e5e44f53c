import { unwatchFile, watchFile } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Untrusted } from '../ledger/trustedStore.ts'
import type { Logger } from '../log/log.ts'
import type { ReadModelReader } from './database/reader.ts'
import { currentReadModel, readModelPointer, removeReadModel, supersededReadModels } from './file.ts'
import { openGeneration } from './generation.ts'
import type { ReadModelFile } from './keptReader.ts'
import type { Hearing, Projection } from './projection/projection.ts'
import type { ProjectionThreadData } from './projection/projectionThread.ts'

/** The read model in use, kept up with the log. */
export interface ReadModel extends Omit<Projection, 'makeAnew'> {
  /** Reads it; `null` until it has caught up with the log for the first time. */
  readonly reader: () => ReadModelReader | null
  /** Whether it began with nothing when the service started: then nobody was told by it before what the log may not show any more. */
  readonly isFromNothing: () => boolean
  /** Which file it is read from, and how often that was begun; `null` as long as `reader` gives none. */
  readonly file: () => ReadModelFile | null
}

const LOOK_EVERY_MS = 500

/**
 * Opens the read model of `dataDir`. When a replay has put another file in its place, that one is brought up to the end
 * of the log while the old one goes on serving, then takes over; the old one is removed. `replaced` is called when the
 * log has become another one. `goingBy`: where the tree over the log lies, if there is one, and how long
 * records are kept.
 */
export const openReadModel = (
  eventStore: EventStoreConfig,
  identity: LogIdentity,
  dataDir: string,
  log: Logger,
  hearing: Hearing,
  initiallyUntrusted: Untrusted | null = null,
  goingBy: Pick<ProjectionThreadData, 'tree' | 'retention'> = { tree: null, retention: null },
): ReadModel => {
  let untrusted = initiallyUntrusted
  let current = openGeneration(currentReadModel(dataDir), eventStore, identity, log, hearing, untrusted, goingBy)
  let replacing: Promise<void> | null = null
  let replacingBy: ReturnType<typeof openGeneration> | null = null
  const stopping = new AbortController()

  const replace = async (file: string): Promise<void> => {
    const next = openGeneration(file, eventStore, identity, log, hearing, untrusted, goingBy)
    // Never back in time: what a client has seen of the old one is in the new one.
    const hasArrived = (): boolean =>
      next.projection.hasCaughtUp() && (next.projection.position() ?? '') >= (current.projection.position() ?? '')
    replacingBy = next
    while (!hasArrived() && !stopping.signal.aborted) await delay(20)
    if (stopping.signal.aborted) return next.close()
    const old = current
    current = next
    replacingBy = null
    log.info('a rebuilt read model has taken over')
    await old.close()
    removeReadModel(old.file)
    // Of replays in quick succession only the last is taken up; what the others built goes, too.
    for (const skipped of supersededReadModels(dataDir)) if (skipped !== current.file) removeReadModel(skipped)
  }
  const look = (): void => {
    const file = currentReadModel(dataDir)
    if (file === current.file || replacing !== null) return
    replacing = replace(file)
      .catch((error: unknown) => log.error({ reason: String(error) }, 'the rebuilt read model could not take over'))
      .finally(() => {
        replacing = null
        // Meanwhile yet another may have been put in its place, of which the watch says nothing a second time.
        if (!stopping.signal.aborted && currentReadModel(dataDir) !== file) look()
      })
  }
  const reached = async (position: Position, milliseconds: number): Promise<boolean> => {
    const until = performance.now() + milliseconds
    for (;;) {
      const asked = current
      if (await asked.projection.reached(position, Math.max(0, until - performance.now()))) return true
      if (asked === current) return false
    }
  }
  watchFile(readModelPointer(dataDir), { interval: LOOK_EVERY_MS, persistent: false }, look)

  return {
    position: () => current.projection.position(),
    isFromNothing: () => current.isFromNothing,
    hasCaughtUp: () => current.projection.hasCaughtUp(),
    follows: () => current.projection.follows(),
    starts: () => current.projection.starts(),
    reached,
    moved: (signal) => current.projection.moved(signal),
    reader: () => current.reader(),
    file: () => (current.projection.hasCaughtUp() ? { file: current.file, starts: current.projection.starts() } : null),
    foldAnew: (userId) => current.projection.foldAnew(userId),
    distrust: (part) => {
      untrusted = part
      current.projection.distrust(part)
      replacingBy?.projection.distrust(part)
    },
    stop: async () => {
      stopping.abort()
      unwatchFile(readModelPointer(dataDir), look)
      await replacing
      await current.close()
    },
  }
}
