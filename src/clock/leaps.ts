import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type { Position } from '../eventStore/recordedEvent.ts'
import { type Leaps, WRONG_MS } from './nodeClock.ts'

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

/** The leaps noticed in a directory that nobody has looked at. Throws where the file holds something else. */
export const readLeaps = (dataDir: string): readonly Leap[] => {
  let text: string
  try {
    text = readFileSync(join(dataDir, FILE), 'utf8')
  } catch {
    return []
  }
  const leaps = t.readonlyArray(Leap).decode(JSON.parse(text))
  if (E.isLeft(leaps)) throw new Error(`${join(dataDir, FILE)} does not hold the leaps of a clock`)
  return leaps.right
}

const write = (dataDir: string, leaps: readonly Leap[]): void => {
  const file = join(dataDir, FILE)
  if (leaps.length === 0) return rmSync(file, { force: true })
  writeFileSync(`${file}.next`, JSON.stringify(leaps), { flush: true })
  renameSync(`${file}.next`, file)
}

const netOf = (leaps: readonly Leap[]): number => leaps.reduce((sum, { milliseconds }) => sum + milliseconds, 0)

export interface KeptLeaps extends Leaps {
  /** Forgets those that somebody has looked at. Whether there were any. */
  readonly settle: (leapIds: readonly string[]) => boolean
}

/** The leaps of the service's clock, on disk: a restart does not mend what was received by a wrong clock. */
export const keepLeaps = (
  dataDir: string,
  place: () => { readonly since: Position | null; readonly until: Position | null },
): KeptLeaps => {
  let leaps = readLeaps(dataDir)
  let written = true
  /** They count though they cannot be written (a full disk): that is tried again at each look. */
  const writeDown = (): void => {
    try {
      write(dataDir, leaps)
      written = true
    } catch {
      written = false
    }
  }
  const become = (next: readonly Leap[]): void => {
    leaps = next
    writeDown()
  }
  return {
    net: () => {
      if (!written) writeDown()
      return netOf(leaps)
    },
    add: (milliseconds) => {
      const leap = { leapId: randomUUID(), noticedAt: new Date().toISOString(), milliseconds, ...place() }
      const all = [...leaps, leap]
      // One that was taken back has done no harm: nothing was received in between.
      become(Math.abs(netOf(all)) <= WRONG_MS ? [] : all)
    },
    settle: (leapIds) => {
      const left = leaps.filter(({ leapId }) => !leapIds.includes(leapId))
      const settled = left.length < leaps.length
      if (settled) become(left)
      return settled
    },
  }
}
