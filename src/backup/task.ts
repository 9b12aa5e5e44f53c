import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tellAltered } from '../eventStore/tellAltered.ts'
import { takeWriterLock } from '../sqlite/writerLock.ts'
import { type BackupOutcome, type BackupTask, failed } from './asked.ts'
import { makeBackup } from './backup.ts'
import { backupFailure } from './failure.ts'
import { expectRoom, sizeOf } from './freeSpace.ts'
import { keptIn, markVerified, removeLeft, removeOld } from './kept/kept.ts'
import type { GoodBackup } from './kept/tries.ts'
import { tellContent } from './logContent.ts'
import { backupAt } from './manifest.ts'
import { proveBackup, proveServer, reading, roomFor } from './proof/proveBackup.ts'
import type { LogProof } from './proof/proveLog.ts'

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
