import { join } from 'node:path'
import { type CatchUp, startCatchUp } from './catchUp.ts'
import { atLeast, figure, type Measurement, NO_TARGET, noted } from './measurement.ts'
import { prepareLog } from './preparedLog.ts'
import { newDirectory, removeDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { STORY_LENGTH } from './webhooks.ts'

export const projection: Measurement = {
  name: 'projection',
  run: async ({ quick, rounds }) => {
    const users = quick ? 1000 : 10_000
    const log = await prepareLog({ users, eventsEach: STORY_LENGTH, together: 1, lateEvery: 20 })
    const events = users * STORY_LENGTH
    const through = async (how: CatchUp['how'], threads = 0): Promise<Side> => {
      const directory = newDirectory()
      const job: CatchUp = { how, events: log, readModel: join(directory, 'read-model.db'), threads }
      const { seconds, own, all } = await startCatchUp(job)
      removeDirectory(directory)
      return { value: events / seconds, notes: { own: (own / events) * 1e6, all: (all / events) * 1e6 } }
    }
    try {
      // Brings the log into the page cache.
      await through('scan')
      const results = await interleave(rounds, {
        projection: () => through('projection'),
        one: () => through('projection', 1),
        two: () => through('projection', 2),
        scan: () => through('scan'),
        fold: () => through('fold'),
      })
      const withThreads = (what: string, name: 'one' | 'two') => {
        const sides = results.map((result) => result[name])
        const [own, all] = [noted(sides, 'own'), noted(sides, 'all')].map(Math.round)
        return figure(
          { what: `projection from zero, streams folded ahead by ${what}`, against: 'in one thread', unit: '/s' },
          results.map((result) => ({ product: result[name], against: result.projection })),
          NO_TARGET,
          [`an event takes ${own} µs of the thread that writes, ${all} of all`],
        )
      }
      return [
        withThreads('one thread', 'one'),
        withThreads('two threads', 'two'),
        figure(
          {
            what: `projection from zero, ${events.toLocaleString('en-US')} events`,
            against: 'scan of the log and JSON.parse',
            unit: '/s',
          },
          results.map((result) => ({ product: result.projection, against: result.scan })),
          atLeast(0.7),
          ['one event in twenty is late'],
        ),
        figure(
          {
            what: 'each event decoded and folded, nothing written',
            against: 'scan of the log and JSON.parse',
            unit: '/s',
          },
          results.map((result) => ({ product: result.fold, against: result.scan })),
          NO_TARGET,
          ['the limit of a projection on one thread: no event is read a second time, and no row is written'],
        ),
      ]
    } finally {
      removeDirectory(log)
    }
  },
}
