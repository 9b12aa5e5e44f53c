import { Worker } from 'node:worker_threads'
import { youngAtMost } from '../../heap/youngGeneration.ts'
import { type DamageWatch, watchDamage } from './damageWatch.ts'
import { isNothing, type Survey, told } from './survey.ts'

/** What the process that writes a log knows of damage in it. */
export interface DamageReport {
  readonly watch: DamageWatch
  /** `null` as long as no damage was met. For a person. */
  readonly reason: () => string | null
  readonly close: () => Promise<void>
}

/**
 * From the first damaged page that any thread comes upon, says so; then has the whole log looked through in a thread of its
 * own, says which pages and streams it is, and tells whoever follows the log.
 */
export const reportDamage = (file: string): DamageReport => {
  let reason: string | null = null
  let surveying: Worker | null = null
  const lookThrough = (): void => {
    if (reason !== null) return
    reason = `${file} is damaged; it is looked through`
    surveying = new Worker(new URL('./surveyThread.ts', import.meta.url), { workerData: { file }, ...youngAtMost() })
    surveying.on('message', (found: Survey) => {
      reason = isNothing(found)
        ? `${file} could not be read once, and can be read now: look after the disk, then start the service again`
        : `${file} is damaged: ${told(found)}; restore it from a backup`
      watch.tell(found.streams ?? [])
    })
    surveying.on('error', (error) => {
      reason = `${file} is damaged, and cannot be looked through: ${error instanceof Error ? error.message : 'no Error'}`
    })
    surveying.on('exit', () => {
      surveying = null
    })
    surveying.unref()
  }
  const watch = watchDamage(file, lookThrough)
  return {
    watch,
    reason: () => reason,
    close: async () => {
      watch.close()
      const thread = surveying
      if (thread === null) return
      // Not terminated: of a thread that is inside of SQLite that may take the whole process along.
      const ended = new Promise((resolve) => thread.on('exit', resolve))
      thread.ref()
      thread.postMessage('stop')
      await ended
    },
  }
}
