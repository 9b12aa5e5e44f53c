import { statSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type BackupTries, keptTries, triesFile } from '../backup/kept/tries.ts'
import type { Config } from '../config/config.ts'
import type { LogIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { gaugeBackups } from '../metrics/backupGauges.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Parts } from './parts.ts'

/** The process of a backup is ended at once; a disk that does not answer may keep it. */
const STOP_WITHIN_MS = 3000

/** How it stands with backups, and the schedule of them. */
export interface Backups {
  readonly tries: () => BackupTries
  readonly stop: () => Promise<void>
}

/** As they were written last, by this process or by a command beside it. */
const readAgain = (dataDir: string): (() => BackupTries) => {
  let [mark, tries]: [string, BackupTries] = ['', keptTries(dataDir)]
  return () => {
    const stat = statSync(triesFile(dataDir), { bigint: true, throwIfNoEntry: false })
    const lies = stat === undefined ? '' : `${stat.ino} ${stat.ctimeNs}`
    if (lies !== mark) [mark, tries] = [lies, keptTries(dataDir)]
    return tries
  }
}

/** Backs the log up as often as is configured, from when it is joined on; the service goes on whatever becomes of that. */
export const startBackups = (
  { identity }: Pick<Parts, 'identity'>,
  { backups, eventStore, dataDir }: Pick<Config, 'backups' | 'eventStore' | 'dataDir'>,
  { registry }: Pick<Metrics, 'registry'>,
  log: Logger,
): Backups => {
  const ending = new AbortController()
  const tries = readAgain(dataDir)
  let kept = 0
  const { failed } = gaugeBackups(registry, {
    tries,
    everySeconds: backups?.everySeconds ?? 0,
    kept: () => kept,
  })
  const run = async (joined: LogIdentity | null): Promise<void> => {
    if (joined === null || backups === null || eventStore.kind !== 'sqlite') return
    const scheduled = { ...backups, log: eventStore.file, dataDir, logId: joined.logId }
    const keeps = ({ count }: { readonly count: number }): void => {
      kept = count
    }
    const { keepBackups } = await import('../backup/schedule.ts')
    await keepBackups(scheduled, { log, failed, keeps }, ending.signal)
  }
  const running = identity.then(run).catch((error: unknown) => {
    if (!ending.signal.aborted) log.error({ reason: String(error) }, 'no more backups are made until the next start')
  })
  return {
    tries,
    stop: async () => {
      ending.abort()
      await Promise.race([running, delay(STOP_WITHIN_MS, undefined, { ref: false })])
    },
  }
}
