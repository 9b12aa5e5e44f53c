import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { EventStore } from '../../eventStore/eventStore.ts'
import type { EventStoreConfig } from '../../eventStore/eventStoreConfig.ts'
import { openEventStore } from '../../eventStore/openEventStore.ts'
import { patient } from '../../eventStore/patientStore.ts'
import { currentReadModel } from '../../readModel/file.ts'
import { numberInWords, sizeInWords } from '../../words/numberInWords.ts'
import { expectRoom, sizeOf } from '../freeSpace.ts'
import { tellContent } from '../logContent.ts'
import { alteredFiles, type Backup, JOURNAL, LOG } from '../manifest.ts'
import { restoreBackup } from '../restore.ts'
import { type LogProof, proveLog } from './proveLog.ts'
import type { Running } from './running.ts'

/** Opens a store for reading, and closes it whatever comes of `use`. */
export const reading = async <A>(config: EventStoreConfig, use: (store: EventStore) => Promise<A>): Promise<A> => {
  const opened = await openEventStore(config, { readOnly: true })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  const store = patient(opened.right, () => undefined)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

const readModelIn = (directory: string): string => join(directory, 'read-model.db')

/** How many bytes the folder needs that a backup is restored into. */
export const roomFor = ({ log, journal }: Pick<Backup, 'log' | 'journal'>, dataDir: string): number =>
  sizeOf([log, ...(journal === null ? [] : [journal]), currentReadModel(dataDir)])

/**
 * Restores a backup into the empty folder `temporary`, as `restore` would, and looks whether what comes of it is what is served. Throws where it
 * cannot be restored, or there is no room for that.
 */
export const proveBackup = async (backup: Backup, running: Running, temporary: string): Promise<LogProof> => {
  const altered = alteredFiles(backup)
  if (altered.length > 0) {
    const faults = altered.map((path) => ({ failure: 'damaged' as const, says: `${path} is not what was written` }))
    return { events: 0, upTo: 0, told: [], faults }
  }
  expectRoom(temporary, roomFor(backup, running.dataDir))
  const log = join(temporary, LOG)
  const { content } = restoreBackup(backup, { log, journal: join(temporary, JOURNAL) }, '', () => undefined)
  const deliveries = backup.manifest?.journal?.deliveries
  const files = backup.manifest?.files
  const told = [
    `restored: ${tellContent(content)}${deliveries === undefined ? '' : `; ${numberInWords(deliveries)} refused deliveries`}`,
    ...(files === undefined
      ? []
      : [
          `files: ${files.length}, ${sizeInWords(files.reduce((sum, { bytes }) => sum + bytes, 0))}, as they were written`,
        ]),
  ]
  const proof = await reading({ kind: 'sqlite', file: log }, (store) =>
    proveLog(store, running, readModelIn(temporary)),
  )
  return { ...proof, told: [...told, ...proof.told] }
}

/** Looks whether a server that was restored holds what is served. */
export const proveServer = async (
  restored: EventStoreConfig,
  running: Running,
  temporary: string,
): Promise<LogProof> => {
  const proof = await reading(restored, (store) => proveLog(store, running, readModelIn(temporary)))
  return { ...proof, told: [`restored: ${numberInWords(proof.events)} events`, ...proof.told] }
}
