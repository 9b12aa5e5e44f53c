import { setTimeout as delay } from 'node:timers/promises'
import { type Figure, figure, NO_TARGET, type Scale } from '../measurement.ts'
import { removeDirectory, residentMiB } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import type { Service } from '../service.ts'
import type { Sides } from './sides.ts'

const SETTLED_MS = 3000

/** Milliseconds until a path was answered whole, whatever the answer is. */
const answered = async (url: string, accept: string): Promise<number> => {
  const began = performance.now()
  const response = await fetch(url, { headers: { accept } })
  await response.arrayBuffer()
  return performance.now() - began
}

/** A start over an empty directory: milliseconds of the processors until it is ready; at rest, and what the first of each pays that is loaded then. */
export const startEmpty = async (starting: Promise<Service>): Promise<Side> => {
  const service = await starting
  try {
    await service.idle()
    const { main, others } = service.cpu()
    await delay(SETTLED_MS)
    const resident = residentMiB(service.pid)
    const [scrape, again] = [
      await answered(`${service.url}/metrics`, 'text/plain'),
      await answered(`${service.url}/metrics`, 'text/plain'),
    ]
    const page = await answered(`${service.url}/users/1`, 'text/html')
    const described = await answered(`${service.url}/openapi.json`, 'application/json')
    const notes = { main: main * 1000, others: others * 1000, resident, scrape: scrape - again, page, described }
    return { value: (main + others) * 1000, notes }
  } finally {
    await service.stop()
    removeDirectory(service.directory)
  }
}

const milliseconds = (side: Side, name: string): string => `${Math.round(side.notes?.[name] ?? Number.NaN)} ms`

/** What a service costs that has nothing to do; here with everything on besides. */
export const emptyAgainst = async (
  { commit, here, there, whole }: Sides,
  { rounds }: Scale,
): Promise<readonly Figure[]> => {
  const results = await interleave(rounds * 3, {
    here: () => startEmpty(here()),
    there: () => startEmpty(there()),
    whole: () => startEmpty(whole()),
  })
  const pairs = (of: 'here' | 'whole', name: string) => {
    const side = ({ notes }: Side): Side => ({ value: notes?.[name] ?? Number.NaN })
    return results.map((result) => ({ product: side(result[of]), against: side(result.there) }))
  }
  const lines = (of: 'here' | 'whole', what: string, remarks: readonly string[] = []): readonly Figure[] => [
    figure(
      { what: `${what}, until it is ready: processor time of the main thread`, against: commit, unit: 'ms' },
      pairs(of, 'main'),
      NO_TARGET,
      remarks,
    ),
    figure({ what: `${what}: of all others`, against: commit, unit: 'ms' }, pairs(of, 'others'), NO_TARGET),
    figure(
      { what: `${what}: resident ${SETTLED_MS / 1000} s later`, against: commit, unit: 'MiB' },
      pairs(of, 'resident'),
      NO_TARGET,
    ),
  ]
  const first = results.at(-1)?.whole
  return [
    ...lines('here', 'start over an empty directory'),
    ...lines(
      'whole',
      'the same with everything on',
      first === undefined
        ? []
        : [
            `the first scrape took ${milliseconds(first, 'scrape')} more than the second, the first page of a user ${milliseconds(first, 'page')}, the first description ${milliseconds(first, 'described')} (of the last round)`,
          ],
    ),
  ]
}
