import { lstatSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import { replaceFile } from '../../tree/files.ts'
import { backupAt } from '../manifest.ts'
import { syncDirectory } from '../sync.ts'
import { GoodBackup } from './tries.ts'

/** What says that a backup was verified, beside its manifest. */
const VERIFIED = 'verified.json'

/** Notes in a backup that it was verified. One on a read-only disk is none the worse. */
export const markVerified = (path: string, good: GoodBackup): void => {
  try {
    if (lstatSync(path).isDirectory()) replaceFile(join(path, VERIFIED), `${JSON.stringify(good)}\n`)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && ['EROFS', 'EACCES', 'EPERM'].includes(String(error.code))))
      throw error
  }
}

const verifiedIn = (path: string): GoodBackup | null => {
  try {
    const good = E.chainW(GoodBackup.decode)(J.parse(readFileSync(join(path, VERIFIED), 'utf8')))
    return E.isRight(good) ? good.right : null
  } catch {
    return null
  }
}

const compact = (madeAt: string): string => madeAt.replaceAll(/[-:]|\.\d+/g, '')

/** What the schedule calls a backup of a log: no other log, and nobody else, makes one of that name. */
export const nameOf = (logId: string, madeAt: string): string => `kyc-${logId}-${compact(madeAt)}`

/** What was begun and is not whole is called so, what it is verified in, and what is being removed. */
const UNFINISHED = '.unfinished'
const VERIFYING = '.verifying'
const REMOVING = '.removing'

/** Where a backup of the schedule is restored to. */
export const verifyingOf = (path: string): string => `${path}${VERIFYING}`

/** A backup that the schedule has made. */
export interface KeptBackup {
  readonly path: string
  /** `null` while it is not verified: then it does not count. */
  readonly good: GoodBackup | null
}

const isOwnName = (logId: string, name: string): boolean =>
  name.startsWith(`kyc-${logId}-`) && /^\d{8}T\d{6}Z$/.test(name.slice(`kyc-${logId}-`.length))

const isDirectory = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/** One of this log, by its name and by its manifest, which has to be of the same time. */
const isOwn = (logId: string, directory: string, name: string): boolean => {
  const path = join(directory, name)
  if (!isOwnName(logId, name) || !isDirectory(path)) return false
  try {
    const { manifest } = backupAt(path)
    return manifest?.log.logId === logId && nameOf(logId, manifest.madeAt) === name
  } catch {
    return false
  }
}

/** The backups of a log that the schedule has made in a directory, newest first. Throws where it cannot be read. */
export const keptBackups = (directory: string, logId: string): readonly KeptBackup[] =>
  readdirSync(directory)
    .filter((name) => isOwn(logId, directory, name))
    .toSorted()
    .toReversed()
    .map((name) => ({ path: join(directory, name), good: verifiedIn(join(directory, name)) }))

/** Removes a whole backup: from the first moment on it is none, and broken off it is known as one that is being removed. */
const remove = (path: string): void => {
  const going = `${path}${REMOVING}`
  rmSync(going, { recursive: true, force: true })
  renameSync(path, going)
  syncDirectory(dirname(path))
  rmSync(going, { recursive: true, force: true })
}

/**
 * Removes what the schedule has left of tries that came to nothing: what it did not finish making, verifying or removing, and backups that
 * did not come to be good. What is not its own stays. Nobody else may be at it (the lock of a backup).
 */
export const removeLeft = (directory: string, logId: string): void => {
  for (const name of readdirSync(directory)) {
    const left = [UNFINISHED, VERIFYING, REMOVING].find((suffix) => name.endsWith(suffix))
    if (left === undefined || !isOwnName(logId, name.slice(0, -left.length))) continue
    if (isDirectory(join(directory, name))) rmSync(join(directory, name), { recursive: true, force: true })
  }
  for (const { path, good } of keptBackups(directory, logId)) if (good === null) remove(path)
}

/** Removes all but the newest good backups of the schedule, of which one always stays. Gives how many went; as `removeLeft` otherwise. */
export const removeOld = (directory: string, logId: string, keep: number): number => {
  const old = keptBackups(directory, logId)
    .filter(({ good }) => good !== null)
    .slice(Math.max(1, keep))
  for (const { path } of old) remove(path)
  return old.length
}

/** Good backups that a directory has of the schedule. */
export interface Kept {
  readonly newest: GoodBackup | null
  readonly count: number
}

/** Throws where the directory cannot be read. */
export const keptIn = (directory: string, logId: string): Kept => {
  const good = keptBackups(directory, logId).flatMap((one) => (one.good === null ? [] : [one.good]))
  return { newest: good[0] ?? null, count: good.length }
}
