import { setTimeout as delay } from 'node:timers/promises'
import { atMost, type Figure, judged, type Measurement } from './measurement.ts'
import { largeLog, sharedLog } from './preparedLog.ts'
import { newDirectory, removeDirectory } from './processes.ts'
import { interleave, type Side, spread } from './rounds.ts'
import { startService } from './service.ts'

/** Seconds from the start of the process until it says that it is ready. */
const timeToReady = async (directory: string): Promise<Side> => {
  const began = performance.now()
  const service = await startService(directory)
  try {
    while ((await fetch(`${service.url}/health/ready`).then((response) => response.status)) !== 200) await delay(5)
    return { value: (performance.now() - began) / 1000 }
  } finally {
    await service.stop()
  }
}

export const start: Measurement = {
  name: 'start',
  run: async ({ quick, rounds }) => {
    const log = largeLog(quick)
    const directory = await sharedLog(log)
    const fromNothing = async (): Promise<Side> => {
      const empty = newDirectory()
      const side = await timeToReady(empty)
      removeDirectory(empty)
      return side
    }
    await timeToReady(directory)
    const results = await interleave(rounds, { full: () => timeToReady(directory), empty: fromNothing })
    const difference = spread(results.map(({ full, empty }) => full.value - empty.value))
    const one: Figure = {
      what: `start until ready, ${(log.users * log.eventsEach).toLocaleString('en-US')} events, warm read model`,
      against: 'with none',
      unit: 's',
      product: spread(results.map(({ full }) => full.value)),
      peer: spread(results.map(({ empty }) => empty.value)),
      ...judged(difference, { ...atMost(0.5), text: '<= +0.5 s' }),
      rounds: results.map(({ full, empty }) => ({ product: full, against: empty })),
      remarks: ['in the column of the ratio: the difference in seconds'],
    }
    return [one]
  },
}
