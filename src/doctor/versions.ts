import { existsSync, readFileSync } from 'node:fs'
import { getHeapStatistics } from 'node:v8'
import Sqlite from 'better-sqlite3'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import { versionOf } from '../readModel/database/schema.ts'
import { currentReadModel } from '../readModel/file.ts'
import { sizeInWords } from '../words/numberInWords.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'

const OF = 'versions'

interface Package {
  readonly version: string
  readonly engines: { readonly node: string }
}

/** Of this release, of Node, and of the SQLite in it. */
export const lookAtVersions = (): readonly Finding[] => {
  const { version, engines } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as Package
  const least = Number(/\d+/.exec(engines.node)?.[0])
  const db = new Sqlite(':memory:')
  const sqlite = db.prepare<[], string>('SELECT sqlite_version()').pluck().get()
  db.close()
  const told = `kyc-ledger ${version}, Node ${process.versions.node}, SQLite ${sqlite}`
  return Number(process.versions.node.split('.')[0]) >= least
    ? [ok(OF, told)]
    : [fault(OF, `${told}: this release runs on Node ${least} or later`)]
}

/** Whether this release goes on with the read model, or makes it anew. */
export const lookAtReadModel = async ({ config: { dataDir } }: Patient): Promise<readonly Finding[]> => {
  const file = currentReadModel(dataDir)
  if (!existsSync(file)) return [ok('read model', 'there is none yet: the service makes it from the log')]
  const version = await lookInto(file, versionOf)
  return version === KYC_STATUS.version
    ? [ok('read model', `of version ${version}, as this release has it`)]
    : [
        warning(
          'read model',
          `of version ${version ?? 'none'}, and this release has ${KYC_STATUS.version}: it is made anew at the next start`,
        ),
      ]
}

const FEW_DESCRIPTORS = 1024

const descriptorsAllowed = (): number => {
  const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft)
}

/** What this process is allowed, as the service is where it is started in the same way. */
export const lookAtLimits = (): readonly Finding[] => {
  const found: Finding[] = []
  const heap = getHeapStatistics().heap_size_limit
  const memory = process.constrainedMemory()
  // Without a limit some systems say 0, others more than any machine has.
  if (memory > 0 && memory < 2 ** 50 && heap > memory)
    found.push(
      warning(
        'limits',
        `the heap of V8 may grow to ${sizeInWords(heap)}, and the limit of memory is ${sizeInWords(memory)}: the process would be killed; set NODE_OPTIONS=--max-old-space-size`,
      ),
    )
  if (existsSync('/proc/self/limits') && descriptorsAllowed() < FEW_DESCRIPTORS)
    found.push(warning('limits', `only ${descriptorsAllowed()} files may be open at a time: raise ulimit -n to 1024`))
  return found.length === 0 ? [ok('limits', 'memory and open files suffice')] : found
}
