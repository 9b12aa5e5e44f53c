import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { codeOf } from '../files/codeOf.ts'
import { opening } from '../files/opening.ts'

/** A leap of the clock that a service noticed while it ran. */
const Leap = t.readonly(
  t.type({
    leapId: t.string,
    /** What the clock said after it: RFC 3339, UTC. */
    noticedAt: t.string,
    /** Forwards, or, where negative, back. */
    milliseconds: t.number,
    /** The last event of the log when the service started: what was received since may be wrong. */
    since: t.union([t.string, t.null]),
    /** The last event of the log, as far as it was known, when it was noticed. */
    until: t.union([t.string, t.null]),
  }),
)
export type Leap = t.TypeOf<typeof Leap>

const FILE = 'clock-leaps.json'

const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** The leaps noticed in a directory that nobody has looked at. Throws where the file cannot be read, or holds something else. */
export const readLeaps = (dataDir: string): readonly Leap[] => {
  const file = join(dataDir, FILE)
  const text = opening({ what: 'the leaps of the clock', file }, () => textOf(file))
  if (text === null) return []
  const leaps = E.chainW(t.readonlyArray(Leap).decode)(J.parse(text))
  if (E.isRight(leaps)) return leaps.right
  throw new Error(
    `${file} does not hold the leaps of a clock: move it aside, once npm run kyc -- clock has shown that no receipt is wrong`,
  )
}

/** Writes down the leaps that nobody has looked at; with none, there is no file. Throws where it cannot be written. */
export const writeLeaps = (dataDir: string, leaps: readonly Leap[]): void => {
  const file = join(dataDir, FILE)
  if (leaps.length === 0) return rmSync(file, { force: true })
  writeFileSync(`${file}.next`, JSON.stringify(leaps), { flush: true })
  renameSync(`${file}.next`, file)
}
