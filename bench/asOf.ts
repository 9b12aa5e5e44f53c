import { runLoad } from './load/load.ts'
import { atLeast, figure, type Measurement } from './measurement.ts'
import { FIRST_PREPARED_USER, prepareLog } from './preparedLog.ts'
import { removeDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { startService } from './service.ts'

const CONNECTIONS = 50
const EVENTS = 100

export const asOf: Measurement = {
  name: 'as-of',
  run: async ({ rounds, seconds }) => {
    const users = 20
    const directory = await prepareLog({ users, eventsEach: EVENTS, together: EVENTS, lateEvery: 0 })
    const service = await startService(directory)
    const get = async (amount: number, query: string): Promise<Side> => {
      const { perSecond } = await runLoad({
        url: service.url,
        connections: CONNECTIONS,
        amount,
        requests: { kind: 'reads', firstUser: FIRST_PREPARED_USER, users, query },
      })
      return { value: perSecond }
    }
    // Half of the history had occurred by then.
    const query = `?asOf=${new Date(Date.now() - 30 * 86_400_000 + 50 * 60_000).toISOString()}`
    try {
      await service.idle()
      const amount = async (of: string, few: number): Promise<number> =>
        Math.max(500, Math.ceil((await get(few, of)).value * seconds))
      const past = await amount(query, 200)
      const current = await amount('', 3000)
      const results = await interleave(rounds, { past: () => get(past, query), current: () => get(current, '') })
      return [
        figure(
          { what: `asOf, user of ${EVENTS} events`, against: 'current status', unit: '/s' },
          results.map((result) => ({ product: result.past, against: result.current })),
          atLeast(0.2),
        ),
      ]
    } finally {
      await service.stop()
      removeDirectory(directory)
    }
  },
}
