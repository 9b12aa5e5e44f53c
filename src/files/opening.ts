import { codeOf } from './codeOf.ts'
import { whyNot } from './whyNot.ts'

/** Which file it is, and what to do where it is damaged. */
export interface Opened {
  /** `the event log`. */
  readonly what: string
  readonly file: string
  readonly whenDamaged?: string
}

/** What is wrong with a file that cannot be opened, read or written: with its name, and what to do. */
export const troubleWith = ({ what, file, whenDamaged }: Opened, error: unknown): string => {
  const isDamaged = /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error) ?? '')
  return `${what} ${file}: ${whyNot(error, file)}${isDamaged && whenDamaged !== undefined ? `; ${whenDamaged}` : ''}`
}

export const cannotOpen = (opened: Opened, error: unknown): string => `cannot open ${troubleWith(opened, error)}`

/** Whether SQLite says that it could not write. */
export const isNotWritten = (error: unknown): boolean =>
  /^SQLITE_(FULL|READONLY|IOERR_(WRITE|FSYNC|TRUNCATE))/.test(codeOf(error) ?? '')

/** Does something with a file; throws an `Error` that names it, and says what to do. */
export const opening = <A>(opened: Opened, action: () => A): A => {
  try {
    return action()
  } catch (error) {
    throw new Error(cannotOpen(opened, error), { cause: error })
  }
}
