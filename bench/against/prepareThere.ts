import { renameSync } from 'node:fs'
import type { PreparedLog } from '../preparedLog.ts'

/** Has the code of another checkout write a log as it writes them, into a directory that is not there yet. */
const { root, log, directory } = JSON.parse(process.argv[2] ?? '') as {
  readonly root: string
  readonly log: PreparedLog
  readonly directory: string
}
const { prepareLog } = (await import(new URL('bench/preparedLog.ts', root).href)) as {
  readonly prepareLog: (log: PreparedLog) => Promise<string>
}
// What that code has made it removes when it ends.
renameSync(await prepareLog(log), directory)
console.log('true')
