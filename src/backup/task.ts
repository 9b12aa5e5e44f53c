import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import { tellAltered } from '../eventStore/tellAltered.ts'
import { inWords } from '../files/whyNot.ts'
import { takeWriterLock } from '../sqlite/writerLock.ts'
import { makeBackup } from './backup.ts'
import { backupFailure, failureOf } from './failure.ts'
import { expectRoom, sizeOf } from './freeSpace.ts'
import { type Kept, keptIn, markVerified, removeLeft, removeOld } from './kept/kept.ts'
import type { GoodBackup } from './kept/tries.ts'
import { tellContent } from './logContent.ts'
import { backupAt } from './manifest.ts'
import type { Fault } from './proof/found.ts'
import { proveBackup, proveServer, reading, roomFor } from './proof/proveBackup.ts'
import type { LogProof } from './proof/proveLog.ts'

/** What is to be verified, beside the service of `dataDir` and its log; all of it can be sent to another process. */
export interface BackupTask {
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  /** What to make first; `null` to verify what is there. */
  readonly make: {
    readonly log: string
    readonly journal: string | null
    readonly beside: boolean
    /** RFC 3339, UTC. */
    readonly now: string
  } | null
  /** A backup at a path, or a server that was restored. */
  readonly of: { readonly path: string } | { readonly server: EventStoreConfig }
  /** A folder that is made for it to be restored into, and removed. */
  readonly temporary: string
  /** Where the schedule keeps so many backups of which log, this one among them; `null` for one that is not the schedule's. */
  readonly kept: { readonly directory: string; readonly logId: string; readonly keep: number } | null
  /** The read model in use has so long to come to the end of the backup. */
  readonly patienceMs: number
}

/** What the process of a backup is told to do. */
export type Asked =
  | { readonly _tag: 'Task'; readonly task: BackupTask }
  | { readonly _tag: 'Look'; readonly directory: string; readonly logId: string }

/** What came of it, in sentences for a person. */
export interface BackupOutcome {
  readonly told: readonly string[]
  readonly faults: readonly Fault[]
  /** `null` where it has faults. */
  readonly good: GoodBackup | null
  /** How many older ones were removed. */
  readonly removed: number
  /** What the schedule keeps then; `null` where that is not known. */
  readonly kept: Kept | null
}

export const failed = (error: unknown, told: readonly string[] = []): BackupOutcome => ({
  told,
  faults: [{ failure: failureOf(error), says: inWords(error) }],
  good: null,
  removed: 0,
  kept: null,
})

const seconds = (): number => Date.now() / 1000

/** Makes the backup where that is asked for; gives what is to be said of it. */
const make = ({ make: asked, of, dataDir, temporary }: BackupTask): readonly string[] => {
  if (asked === null || !('path' in of)) return []
  const { log, journal, beside, now } = asked
  const size = sizeOf([log, ...(journal === null ? [] : [journal])])
  expectRoom(join(of.path, '..'), size)
  expectRoom(temporary, size + roomFor({ log, journal }, dataDir))
  const made = makeBackup({ log, journal, dataDir: beside ? dataDir : null, to: of.path, now })
  if (made.altered.length > 0) throw backupFailure('damaged', tellAltered(made.altered))
  return [`backed up: ${tellContent(made.log)}`]
}

const prove = async (task: BackupTask): Promise<LogProof & Pick<GoodBackup, 'madeAt' | 'bytes'>> => {
  const { of, eventStore, dataDir, temporary, patienceMs } = task
  return reading(eventStore, async (store) => {
    const running = { store, dataDir, patienceMs }
    if ('server' in of) {
      const proof = await proveServer(of.server, running, temporary)
      return { ...proof, madeAt: proof.upTo, bytes: 0 }
    }
    const backup = backupAt(of.path)
    const proof = await proveBackup(backup, running, temporary)
    const bytes = backup.manifest?.files?.reduce((sum, file) => sum + file.bytes, 0) ?? sizeOf([backup.log])
    return {
      ...proof,
      madeAt: backup.manifest === null ? proof.upTo : Date.parse(backup.manifest.madeAt) / 1000,
      bytes,
    }
  })
}

/** Makes and verifies a backup; never rejects. One at a time in a data directory. */
export const carryOut = async (task: BackupTask): Promise<BackupOutcome> => {
  let told: readonly string[] = []
  try {
    const { dataDir, temporary, kept } = task
    const lock = takeWriterLock(join(dataDir, 'backup'))
    if (lock === null) throw backupFailure('busy', 'another backup is being made or verified')
    try {
      if (kept !== null) removeLeft(kept.directory, kept.logId)
      mkdirSync(temporary, { mode: 0o700 })
      told = make(task)
      const { events, madeAt, bytes, faults, told: seen } = await prove(task)
      told = [...told, ...seen]
      if (faults.length > 0) return { told, faults, good: null, removed: 0, kept: null }
      const good: GoodBackup = { madeAt, verifiedAt: seconds(), events, bytes }
      if ('path' in task.of) markVerified(task.of.path, good)
      const removed = kept === null ? 0 : removeOld(kept.directory, kept.logId, kept.keep)
      return { told, faults, good, removed, kept: kept === null ? null : keptIn(kept.directory, kept.logId) }
    } finally {
      lock.release()
    }
  } catch (error) {
    return failed(error, told)
  }
}
