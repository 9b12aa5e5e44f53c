import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BackupSchedule } from '../config/backupSchedule.ts'
import type { Logger } from '../log/log.ts'
import type { BackupOutcome } from './asked.ts'
import type { BackupFailure } from './failure.ts'
import { type Kept, nameOf, verifyingOf } from './kept/kept.ts'
import { lookAtKept, runTask } from './runTask.ts'

/** What was due while the machine was off is made soon, and not by all at the same moment. */
const SOON_AT_MOST_MS = 300_000
/** After a failure, at first and in the end. */
const [FIRST_AGAIN_MS, LAST_AGAIN_MS] = [60_000, 3_600_000]
/** A clock may be set, and a machine sleep. */
const LOOK_EVERY_MS = 30_000
/** The read model may be made anew when a backup is due. */
const PATIENCE_MS = 600_000
const FAULTS_TOLD = 5

/** What a schedule backs up, and where to. */
export interface Scheduled extends BackupSchedule {
  readonly log: string
  readonly dataDir: string
  readonly logId: string
}

/** Whoever is told of what becomes of it. */
interface Telling {
  readonly log: Logger
  readonly failed: (failure: BackupFailure) => void
  /** Told what is kept, as soon as it is known and whenever it is another. */
  readonly keeps: (kept: Kept) => void
}

/** When the next backup is due, by the newest good one that is kept, in milliseconds since 1970. `random`: from 0 to 1. */
export const dueAt = (everySeconds: number, { newest }: Kept, now: number, random: number): number => {
  const every = everySeconds * 1000
  const madeAt = (newest?.madeAt ?? 0) * 1000
  const soon = now + random * Math.min(every / 10, SOON_AT_MOST_MS)
  // One of the future was made by a wrong clock: it says nothing of when the next one is due.
  return madeAt > now ? soon : Math.max(madeAt + every, soon)
}

/** How long after the last of so many failures it is tried again, in milliseconds: no later than the next one would be due. */
export const againAfter = (everySeconds: number, failures: number): number => {
  const every = everySeconds * 1000
  return Math.min(every, LAST_AGAIN_MS, Math.min(FIRST_AGAIN_MS, every / 4) * 2 ** (failures - 1))
}

const oneBackup = (
  { log, dataDir, logId, directory, keep }: Scheduled,
  signal: AbortSignal,
): Promise<BackupOutcome> => {
  const now = new Date().toISOString()
  const path = join(directory, nameOf(logId, now))
  return runTask(
    {
      eventStore: { kind: 'sqlite', file: log },
      dataDir,
      make: { log, journal: join(dataDir, 'journal.db'), beside: true, now },
      of: { path },
      temporary: verifyingOf(path),
      kept: { directory, logId, keep },
      patienceMs: PATIENCE_MS,
    },
    signal,
  )
}

/** Makes and verifies a backup whenever one is due, one after the other, until `signal`; what fails is told, and tried again. */
export const keepBackups = async (
  scheduled: Scheduled,
  { log, failed, keeps }: Telling,
  signal: AbortSignal,
): Promise<void> => {
  const { directory, logId, everySeconds } = scheduled
  const until = async (at: number): Promise<void> => {
    while (!signal.aborted && Date.now() < at) {
      await delay(Math.min(at - Date.now(), LOOK_EVERY_MS), undefined, { signal }).catch(() => undefined)
    }
  }
  /** What is kept, once it could be read. */
  let kept: Kept | null = null
  let failures = 0
  const tell = ({ faults }: BackupOutcome): number => {
    failures += 1
    const failure = faults[0]?.failure ?? 'other'
    const again = againAfter(everySeconds, failures)
    const why = faults.slice(0, FAULTS_TOLD).map(({ says }) => says)
    log.error({ failure, why, againSeconds: Math.ceil(again / 1000) }, 'there is no good backup: it is tried again')
    failed(failure)
    return again
  }
  while (!signal.aborted) {
    if (kept === null) {
      const seen = await lookAtKept(directory, logId, signal)
      if (signal.aborted) return
      if (seen.kept === null) await until(Date.now() + tell(seen))
      else {
        kept = seen.kept
        failures = 0
        keeps(kept)
      }
      continue
    }
    if (failures === 0) await until(dueAt(everySeconds, kept, Date.now(), Math.random()))
    if (signal.aborted) return
    const begun = performance.now()
    const outcome = await oneBackup(scheduled, signal)
    if (signal.aborted) return
    const { good, removed } = outcome
    if (good === null) {
      await until(Date.now() + tell(outcome))
      continue
    }
    failures = 0
    kept = outcome.kept
    if (kept !== null) keeps(kept)
    const seconds = Math.round((performance.now() - begun) / 1000)
    log.info({ events: good.events, bytes: good.bytes, seconds, removed }, 'a backup was made and verified')
  }
}
