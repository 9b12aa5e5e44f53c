import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from '../load/load.ts'
import { atLeast, atMost, type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { residentMiB, type Server } from '../processes.ts'
import { interleave, median, type Side } from '../rounds.ts'
import { startStep } from '../steps/startStep.ts'
import type { Sides } from './sides.ts'

const CONNECTIONS = 50
const LAST_SHARE = 0.2
/** A part of the service has all that it ever holds after a minute. */
const LONGEST_PART_SECONDS = 60
let round = 0

/** The median of what a process holds in the last fifth of its ingest, and its pace. */
const ingestFor = async (start: () => Promise<Server>, seconds: number): Promise<Side> => {
  const service = await start()
  const samples: { readonly at: number; readonly mib: number }[] = []
  const done = new AbortController()
  const began = performance.now()
  const sampling = async (): Promise<void> => {
    for (; !done.signal.aborted; await delay(500)) {
      samples.push({ at: (performance.now() - began) / 1000, mib: residentMiB(service.pid) })
    }
  }
  try {
    const sampled = sampling()
    const { perSecond } = await runLoad({
      url: service.url,
      connections: CONNECTIONS,
      amount: { seconds },
      requests: { kind: 'deliveries', firstUser: 3_000_000_000 + 10_000_000 * round++ },
    })
    done.abort()
    await sampled
    const last = samples.filter(({ at }) => at > seconds * (1 - LAST_SHARE))
    return { value: median(last.map(({ mib }) => mib)), notes: { pace: perSecond } }
  } finally {
    done.abort()
    await service.stop()
  }
}

/** Resident memory after five minutes of ingest. */
export const sustainedAgainst = async (
  { commit, here, there }: Sides,
  { quick }: Scale,
): Promise<readonly Figure[]> => {
  const seconds = quick ? 10 : 300
  const partSeconds = Math.min(seconds, LONGEST_PART_SECONDS)
  const results = await interleave(1, {
    kept: () => ingestFor(() => startStep('kept'), partSeconds),
    appended: () => ingestFor(() => startStep('appended'), partSeconds),
    here: () => ingestFor(() => here(), seconds),
    there: () => ingestFor(() => there(), seconds),
  })
  const pace = ({ notes }: Side): Side => ({ value: notes?.['pace'] ?? Number.NaN })
  const what = `${seconds} s of ingest`
  return [
    figure(
      { what: `resident memory after ${what}`, against: commit, unit: 'MiB' },
      results.map((result) => ({ product: result.here, against: result.there })),
      atMost(0.45),
    ),
    figure(
      {
        what: `the least: verified, fsynced, no more; resident memory after ${partSeconds} s`,
        against: commit,
        unit: 'MiB',
      },
      results.map((result) => ({ product: result.kept, against: result.there })),
      NO_TARGET,
    ),
    figure(
      {
        what: `understood and appended, no projection; resident memory after ${partSeconds} s`,
        against: commit,
        unit: 'MiB',
      },
      results.map((result) => ({ product: result.appended, against: result.there })),
      NO_TARGET,
    ),
    figure(
      { what: `pace over ${what}`, against: commit, unit: '/s' },
      results.map((result) => ({ product: pace(result.here), against: pace(result.there) })),
      atLeast(1),
    ),
  ]
}
