import { lstatSync, readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Finding, fault, ok, some, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'file modes'

const OTHERS = 0o077
/** Of a file from elsewhere: an orchestrator gives secrets to a group of the service's own. */
const WORLD = 0o007
const WRITTEN_BY_WORLD = 0o002
const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(4, '0')

interface Path {
  readonly path: string
  readonly stat: Stats
}

/** The tree of a large log has thousands of files: all are of one mind. */
const MOST_FILES = 20_000

const statOf = (path: string): readonly Path[] => {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return stat === undefined ? [] : [{ path, stat }]
}

/** What a name leads to: secrets are mounted as links. */
const followed = (path: string): readonly Path[] => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat === undefined ? [] : [{ path, stat }]
}

/** A directory with all that is in it. */
const within = (directory: string): readonly Path[] => {
  const found: Path[] = [...statOf(directory)]
  const inside: string[] = [directory]
  for (let next = inside.pop(); next !== undefined && found.length < MOST_FILES; next = inside.pop()) {
    for (const name of readdirSync(next)) {
      const [one] = statOf(join(next, name))
      if (one === undefined) continue
      found.push(one)
      if (one.stat.isDirectory()) inside.push(one.path)
    }
  }
  return found
}

const inside = (paths: readonly Path[]): readonly Finding[] => {
  const open = paths.filter(({ stat }) => !stat.isSymbolicLink() && (stat.mode & OTHERS) !== 0)
  if (open.length === 0) return []
  const told = open.map(({ path, stat }) => `${path} is ${octal(stat.mode)}`)
  const kinds = new Set(open.map(({ stat }) => (stat.isDirectory() ? '0700' : '0600')))
  const wanted = kinds.size > 1 ? 'files 0600, directories 0700' : [...kinds].join()
  return [warning(OF, `${some(told)}: others may get at personal data; it should be ${wanted}`)]
}

/** What is of another user than the directory: the service may be unable to write it. */
const ofOthers = ([directory, ...paths]: readonly Path[]): readonly Finding[] => {
  const other = paths.filter(({ stat }) => stat.uid !== directory?.stat.uid)
  if (directory === undefined || other.length === 0) return []
  const { path, stat } = directory
  return [
    fault(
      OF,
      `${some(other.map((one) => `${one.path} is of uid ${one.stat.uid}`))}, and ${path} of uid ${stat.uid}: a command was run as somebody else; chown them`,
    ),
  ]
}

/** Who may read and write what the service keeps, and the files that hold its keys and secrets. */
export const lookAtModes = (patient: Patient): readonly Finding[] => {
  const { dataDir, backups } = patient.config
  const paths = within(dataDir)
  const known = new Set(paths.map(({ path }) => path))
  const beside = patient.log === null ? [] : ['', '-wal', '-shm', '-lock'].flatMap((end) => statOf(patient.log + end))
  const named = patient.secretFiles.map((one) => ({ ...one, stats: followed(one.path) }))
  // Of API keys the file holds hashes: who may read them learns none.
  const secret = named.flatMap(({ variable, stats }) => (variable === 'API_KEYS_FILE' ? [] : stats))
  const written = named.flatMap(({ stats }) => stats).filter(({ stat }) => (stat.mode & WRITTEN_BY_WORLD) !== 0)
  const open = secret.filter(({ path, stat }) => !known.has(path) && (stat.mode & WORLD) !== 0)
  const found = [
    ...inside([...paths, ...beside.filter(({ path }) => !known.has(path))]),
    ...ofOthers([...paths]),
    ...open.map(({ path, stat }) =>
      fault(OF, `${path} is ${octal(stat.mode)}: everybody may get at a key or a secret`),
    ),
    ...written.map(({ path, stat }) =>
      fault(OF, `${path} is ${octal(stat.mode)}: everybody may put keys and secrets into it`),
    ),
    ...(backups === null ? [] : inside(statOf(backups.directory))),
  ]
  return found.length === 0 ? [ok(OF, 'nobody but the owner gets at the files')] : found
}
