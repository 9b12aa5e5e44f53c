import { accessSync, closeSync, constants, lstatSync, openSync, type Stats, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { codeOf } from './codeOf.ts'

/** Who this process is to the file system; `null` where there are no users. */
const uid = process.geteuid?.() ?? null

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0')

/** Why an access is refused: `null` where it is not. */
const refused = (path: string, mode: number): string | null => {
  try {
    accessSync(path, mode)
    return null
  } catch (error) {
    return codeOf(error) ?? 'EACCES'
  }
}

const ASKED: Readonly<Record<number, readonly [act: string, letter: string]>> = {
  [constants.X_OK]: ['enter', 'x'],
  [constants.R_OK]: ['read', 'r'],
  [constants.W_OK]: ['write to', 'w'],
}

const notAllowed = (path: string, { uid: owner, mode }: Stats, access: number): string | null => {
  const why = refused(path, access)
  if (why === null) return null
  if (why === 'EROFS') return `${path} is on a file system that is mounted read-only: mount it for writing`
  const [act, letter] = ASKED[access] ?? ['use', 'rwx']
  const todo =
    owner === uid
      ? `give that right back (chmod u+${letter})`
      : 'give it to the user of the service (chown), or run this as its owner'
  return `this process (uid ${uid}) may not ${act} ${path}, which is of uid ${owner} with mode ${octal(mode)}: ${todo}`
}

const statOf = (path: string): Stats | null => {
  try {
    return statSync(path)
  } catch {
    return null
  }
}

/** From the root down to the directory itself. */
const way = (directory: string): readonly string[] => {
  const above = dirname(directory)
  return above === directory ? [directory] : [...way(above), directory]
}

const inDirectory = (directory: string, writing: boolean): string | null => {
  for (const step of way(directory)) {
    const stat = statOf(step)
    if (stat === null) {
      const above = statOf(dirname(step))
      const closed = writing && above !== null ? notAllowed(dirname(step), above, constants.W_OK) : null
      return closed ?? `there is no directory ${step}: make it, or mount what belongs there`
    }
    if (!stat.isDirectory()) return `${step} is a file where a directory is expected: move it aside`
    const closed = notAllowed(step, stat, constants.X_OK)
    if (closed !== null) return closed
  }
  return null
}

const isDangling = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const atFile = (path: string, writing: boolean): string | null => {
  const directory = dirname(path)
  const above = statOf(directory)
  const stat = statOf(path)
  const intoDirectory = writing && above !== null ? notAllowed(directory, above, constants.W_OK) : null
  if (stat === null)
    return isDangling(path) ? `${path} is a symbolic link that leads nowhere: mend or remove it` : intoDirectory
  if (stat.isDirectory()) return `${path} is a directory where a file is expected: move it aside`
  return (
    notAllowed(path, stat, constants.R_OK) ??
    (writing ? notAllowed(path, stat, constants.W_OK) : null) ??
    // Of a database what stands beside it is written as well.
    intoDirectory
  )
}

/** A database takes some at a time, and has given back by now what it got. */
const SOME_DESCRIPTORS = 6

/** Whether the process, or the machine, can open hardly any file at all. */
const lacksDescriptors = (path: string): boolean => {
  const opened: number[] = []
  try {
    while (opened.length < SOME_DESCRIPTORS) opened.push(openSync(path, 'r'))
    return false
  } catch (error) {
    return ['EMFILE', 'ENFILE'].includes(codeOf(error) ?? '')
  } finally {
    for (const one of opened) closeSync(one)
  }
}

/** What SQLite keeps beside a database, and this service's lock. */
const BESIDE = ['', '-wal', '-shm', '-journal', '-lock']

/**
 * What stands in the way of whoever wants to read a file, or to write it, as far as the file system shows it now; it needs not be
 * there. For a person, with what to do. `null` where nothing is seen; `'descriptors'` where no file at all can be opened.
 */
export const obstacleAt = (file: string, writing: boolean): string | 'descriptors' | null => {
  const path = resolve(file)
  if (lacksDescriptors('/')) return 'descriptors'
  const above = inDirectory(dirname(path), writing)
  if (above !== null) return above
  for (const suffix of BESIDE) {
    const found = suffix === '' || statOf(path + suffix) !== null ? atFile(path + suffix, writing) : null
    if (found !== null) return found
  }
  return null
}
