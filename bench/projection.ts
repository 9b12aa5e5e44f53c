import { join } from 'node:path'
import type { CatchUp } from './catchUp.ts'
import { atLeast, figure, type Measurement, NO_TARGET } from './measurement.ts'
import { prepareLog } from './preparedLog.ts'
import { newDirectory, removeDirectory, runScript } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { STORY_LENGTH } from './webhooks.ts'

const SCRIPT = new URL('./catchUp.ts', import.meta.url)

export const projection: Measurement = {
  name: 'projection',
  run: async ({ quick, rounds }) => {
    const users = quick ? 1000 : 10_000
    const log = await prepareLog({ users, eventsEach: STORY_LENGTH, together: 1, lateEvery: 20 })
    const events = users * STORY_LENGTH
    const through = async (how: CatchUp['how']): Promise<Side> => {
      const directory = newDirectory()
      const job: CatchUp = { how, events: log, readModel: join(directory, 'read-model.db') }
      const { seconds } = await runScript<{ readonly seconds: number }>(SCRIPT, job)
      removeDirectory(directory)
      return { value: events / seconds }
    }
    try {
      // Brings the log into the page cache.
      await through('scan')
      const results = await interleave(rounds, {
        projection: () => through('projection'),
        scan: () => through('scan'),
        fold: () => through('fold'),
      })
      return [
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
