import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { codeOf } from '../files/codeOf.ts'
import { inWords } from '../files/whyNot.ts'
import { currentReadModel } from '../readModel/file.ts'
import { lookAtEvents } from './events.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { hasWal, lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'

const AUTO_VACUUM = ['none', 'full', 'incremental']
const INCREMENTAL = 2

const shapeOf = (db: Database, file: string): readonly Finding[] => {
  const of = basename(file)
  const autoVacuum = Number(db.pragma('auto_vacuum', { simple: true }))
  const version = db.pragma('user_version', { simple: true })
  const told = `whole; schema version ${version}, auto_vacuum ${AUTO_VACUUM[autoVacuum]}`
  return [
    ok(of, told),
    ...(hasWal(file)
      ? []
      : [warning(of, 'it has no write-ahead log (journal_mode): the next start of the service gives it one')]),
    ...(autoVacuum === INCREMENTAL
      ? []
      : [
          warning(
            of,
            'room that erased records leave in it is used again and not given back: back it up and restore it to have it smaller',
          ),
        ]),
  ]
}

/** What to do about one that is damaged. */
const mending = (of: string): string =>
  of === 'journal.db'
    ? 'stop the service and move journal.db* aside'
    : of.startsWith('read-model')
      ? 'the service, or npm run kyc -- replay, makes it anew'
      : 'restore it from a backup'

/** Whether SQLite finds a database whole, and of which shape it is. Reads all of it; the service may run. */
const lookAtDatabase = async (file: string): Promise<readonly Finding[]> => {
  const of = basename(file)
  try {
    return await lookInto(file, (db) => {
      const said = db.pragma('integrity_check(5)') as readonly { readonly integrity_check: string }[]
      const faults = said.map(({ integrity_check }) => integrity_check).filter((line) => line !== 'ok')
      return faults.length === 0
        ? shapeOf(db, file)
        : [fault(of, `damaged: ${faults.join('; ').replaceAll(/\s+/g, ' ')}: ${mending(of)}`)]
    })
  } catch (error) {
    const isDamaged = /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error) ?? '')
    return [fault(of, `cannot be read: ${inWords(error)}${isDamaged ? `: ${mending(of)}` : ''}`)]
  }
}

/** The databases of a service, and whether each event of an embedded log is what was received. */
export const lookAtDatabases = async ({ config: { dataDir }, log }: Patient): Promise<readonly Finding[]> => {
  const files = [...(log === null ? [] : [log]), join(dataDir, 'journal.db'), currentReadModel(dataDir)]
  const found: Finding[] = []
  if (log !== null && !existsSync(log))
    found.push(fault('event log', `there is none at ${log}; is EVENT_STORE the service's?`))
  for (const file of files) if (existsSync(file)) found.push(...(await lookAtDatabase(file)))
  if (log !== null && existsSync(log)) found.push(...(await lookAtEvents(log)))
  return found
}
