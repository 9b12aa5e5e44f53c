import { randomUUID } from 'node:crypto'
import type { Position } from '../eventStore/recordedEvent.ts'
import { type Leap, readLeaps, writeLeaps } from './leaps.ts'
import { type Leaps, WRONG_MS } from './nodeClock.ts'

const netOf = (leaps: readonly Leap[]): number => leaps.reduce((sum, { milliseconds }) => sum + milliseconds, 0)

interface KeptLeaps extends Leaps {
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
      writeLeaps(dataDir, leaps)
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
