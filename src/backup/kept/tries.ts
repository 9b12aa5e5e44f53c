import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { replaceFile } from '../../tree/files.ts'

const Seconds = t.number

/** A backup that was verified. Times in seconds since 1970. */
export const GoodBackup = t.readonly(
  t.strict({
    /** Up to when it holds the log. */
    madeAt: Seconds,
    verifiedAt: Seconds,
    events: t.number,
    /** Of the files of the backup; 0 for a server. */
    bytes: t.number,
  }),
)
export type GoodBackup = t.TypeOf<typeof GoodBackup>

/** What became of backups, as a data directory keeps it: by the schedule, or by a command. */
export const BackupTries = t.readonly(
  t.strict({
    last: t.union([t.readonly(t.strict({ at: Seconds, seconds: Seconds, isGood: t.boolean })), t.null]),
    good: t.union([GoodBackup, t.null]),
  }),
)
export type BackupTries = t.TypeOf<typeof BackupTries>

const NONE: BackupTries = { last: null, good: null }

/** Where that is kept. */
export const triesFile = (dataDir: string): string => join(dataDir, 'backups.json')

/** None where nothing is kept, or what is cannot be read: it decides on nothing. */
export const keptTries = (dataDir: string): BackupTries => {
  try {
    const tries = E.chainW(BackupTries.decode)(J.parse(readFileSync(triesFile(dataDir), 'utf8')))
    return E.isRight(tries) ? tries.right : NONE
  } catch {
    return NONE
  }
}

/** Keeps that it was tried, and the backup where it is good and no newer one was. */
export const keepTry = (dataDir: string, at: number, seconds: number, good: GoodBackup | null): void => {
  const { good: known } = keptTries(dataDir)
  const newest = good !== null && good.madeAt >= (known?.madeAt ?? 0) ? good : known
  const tries: BackupTries = { last: { at, seconds, isGood: good !== null }, good: newest }
  replaceFile(triesFile(dataDir), `${JSON.stringify(tries)}\n`)
}
