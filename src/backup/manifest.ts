import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { digestOf } from './digest.ts'

/** The names of the files in a backup. */
export const LOG = 'events.db'
export const JOURNAL = 'journal.db'
export const MANIFEST = 'backup.json'

/** Files of a backup with what was written, by their path in it. */
const Files = t.readonlyArray(t.readonly(t.strict({ path: t.string, bytes: t.number, sha256: t.string })))

const nullable = <C extends t.Mixed>(codec: C) => t.union([codec, t.null])

/** What stands in a backup beside its files, written last: a directory without it was never finished. */
export const Manifest = t.readonly(
  t.strict({
    format: t.literal(1),
    /** RFC 3339, UTC. */
    madeAt: t.string,
    log: t.readonly(t.strict({ logId: nullable(t.string), events: t.number, lastPosition: nullable(t.string) })),
    /** `null` where the journal was left out, or there was none. */
    journal: nullable(t.readonly(t.strict({ deliveries: t.number }))),
    /** Everything else in the backup; not in one of a former release. */
    files: t.union([Files, t.undefined]),
  }),
)
export type Manifest = t.TypeOf<typeof Manifest>

export interface Backup {
  readonly directory: string
  readonly log: string
  readonly journal: string | null
  /** `null` of a database that was made by other means: nothing says what it has to hold. */
  readonly manifest: Manifest | null
}

/** The backup at a path: a directory that `backup` made, or a database alone. Throws where there is none. */
export const backupAt = (path: string): Backup => {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw new Error(`there is nothing at ${path}`)
  if (stat.isFile()) return { directory: dirname(path), log: path, journal: null, manifest: null }
  const manifest = pipe(
    E.tryCatch(() => readFileSync(join(path, MANIFEST), 'utf8'), String),
    E.chainW(J.parse),
    E.chainW(Manifest.decode),
  )
  if (E.isLeft(manifest)) throw new Error(`${path} is no backup, or one that was not finished: it has no ${MANIFEST}`)
  const { right } = manifest
  return {
    directory: path,
    log: join(path, LOG),
    journal: right.journal === null ? null : join(path, JOURNAL),
    manifest: right,
  }
}

/** The files of a backup that are not what was written, or are not there; none where nothing says what was. */
export const alteredFiles = ({ directory, manifest }: Backup): readonly string[] =>
  (manifest?.files ?? [])
    .filter(({ path, sha256 }) => {
      const file = join(directory, path)
      return !existsSync(file) || digestOf(file).sha256 !== sha256
    })
    .map(({ path }) => path)
