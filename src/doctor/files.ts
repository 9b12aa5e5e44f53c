import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { currentReadModel } from '../readModel/file.ts'
import { lookAtEvents } from './events.ts'
import { type Finding, fault, ok, some, warning } from './finding.ts'

/** What SQLite keeps under these names holds what the database holds. */
const SUFFIXES = ['', '-wal', '-shm', '-journal']

const OTHERS = 0o077
const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0')

/** Who may read and write a file or a directory: what the service keeps is nobody else's. */
const lookAtModes = (paths: readonly string[]): readonly Finding[] =>
  paths.flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined || (stat.mode & OTHERS) === 0) return []
    const wanted = stat.isDirectory() ? '0700' : '0600'
    return [
      warning('file modes', `${path} is ${octal(stat.mode)}: others may get at personal data; it should be ${wanted}`),
    ]
  })

const filesOfDatabase = (file: string): readonly string[] => SUFFIXES.map((suffix) => file + suffix)

/** Whether SQLite finds a database whole. Reads all of it; the service may run. */
const lookAtDatabase = (file: string): Finding => {
  const of = basename(file)
  try {
    const db = new Sqlite(file, { readonly: true, fileMustExist: true })
    try {
      const said = db.pragma('integrity_check(5)', { simple: false }) as readonly { readonly integrity_check: string }[]
      const faults = said.map(({ integrity_check }) => integrity_check).filter((line) => line !== 'ok')
      return faults.length === 0 ? ok(of, 'whole') : fault(of, `damaged: ${faults.join('; ').replaceAll(/\s+/g, ' ')}`)
    } finally {
      db.close()
    }
  } catch (error) {
    return fault(of, `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const IS_ASIDE = /\.before-\d{8}T\d{6}Z$/

/** What a restore has put aside: no erasure takes anything of it. */
const lookAtAside = (databases: readonly string[]): readonly Finding[] => {
  const aside = databases.flatMap((file) =>
    readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.before-`) && IS_ASIDE.test(name)),
  )
  if (aside.length === 0) return []
  return [warning('put aside', `${some(aside)}, by a restore: nothing in there is ever erased; remove it`)]
}

/** The files of a service: `log` is that of the embedded store, `null` where the log is a server's. */
export const lookAtFiles = (dataDir: string, log: string | null): readonly Finding[] => {
  if (!existsSync(dataDir)) return [fault('data directory', `there is none at ${dataDir}; is DATA_DIR the service's?`)]
  const databases = [log ?? '', join(dataDir, 'journal.db'), currentReadModel(dataDir)].filter((file) =>
    existsSync(file),
  )
  const modes = lookAtModes([dataDir, ...databases.flatMap(filesOfDatabase)])
  return [
    ...(modes.length === 0 ? [ok('file modes', 'nobody but the owner gets at the files')] : modes),
    ...(log !== null && !existsSync(log)
      ? [fault('event log', `there is none at ${log}; is EVENT_STORE the service's?`)]
      : []),
    ...databases.map(lookAtDatabase),
    ...lookAtAside(databases),
    ...(log !== null && existsSync(log) ? lookAtEvents(log) : []),
  ]
}
