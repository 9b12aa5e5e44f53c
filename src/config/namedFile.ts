import { readFileSync, type Stats, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { codeOf } from '../files/codeOf.ts'
import { whyNot } from '../files/whyNot.ts'

/** What the system says of a file that is not there; a text that is no name of any is none either. */
const ABSENT: ReadonlySet<string | null> = new Set(['ENOENT', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'])

/** More than any of them is; they are read at once, some of them while the service runs. */
const MOST_BYTES = 1024 * 1024
const WRITTEN_BY_OTHERS = 0o002
const READ_BY_OTHERS = 0o004

const faultOf = (stats: Stats): string | null => {
  // Of anything else the text may never begin, or never end. That a directory is none says whoever reads it.
  if (!stats.isFile() && !stats.isDirectory()) return 'it is no regular file'
  if (stats.size > MOST_BYTES) return 'it is larger than 1 MiB'
  return (stats.mode & WRITTEN_BY_OTHERS) === 0
    ? null
    : 'everybody on this machine may write to it: take that away (chmod o-w)'
}

/** Whether everybody on this machine may read a file. */
export const isReadByOthers = (file: string): boolean =>
  ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & READ_BY_OTHERS) !== 0

/**
 * The text of the file that a variable names; otherwise why it cannot be read, and what to do. The name is not repeated, but for
 * a file that is there: somebody may have put into the variable what belongs into the file.
 */
export const readNamedFile = (variable: string, file: string): E.Either<string, string> => {
  try {
    const fault = faultOf(statSync(file))
    return fault === null
      ? E.right(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''))
      : E.left(`${variable}: the file is not read: ${fault}`)
  } catch (error) {
    const from = isAbsolute(file) ? '' : `, looked for from ${resolve('.')}`
    const why = ABSENT.has(codeOf(error)) ? `there is none of that name${from}` : whyNot(error, file)
    return E.left(`${variable}: the file cannot be read: ${why}`)
  }
}
