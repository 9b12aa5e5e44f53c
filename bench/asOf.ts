import { runLoad } from './load/load.ts'
import { atLeast, figure, type Measurement, NO_TARGET } from './measurement.ts'
import { FIRST_PREPARED_USER, prepareLog } from './preparedLog.ts'
import { removeDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { startService } from './service.ts'

const CONNECTIONS = 50
const EVENTS = 100
/** So few that all their streams are kept in memory. */
const ASKED_LATELY = 20

export const asOf: Measurement = {
  name: 'as-of',
  run: async ({ quick, rounds, seconds }) => {
    const users = quick ? 60 : 500
    const directory = await prepareLog({ users, eventsEach: EVENTS, together: EVENTS, lateEvery: 0 })
    const service = await startService(directory)
    const get = async (amount: number, query: string, among = ASKED_LATELY): Promise<Side> => {
      const { perSecond } = await runLoad({
        url: service.url,
        connections: CONNECTIONS,
        amount,
        requests: { kind: 'reads', firstUser: FIRST_PREPARED_USER, users: among, query },
      })
      return { value: perSecond }
    }
    // Half of the history had occurred by then.
    const query = `?asOf=${new Date(Date.now() - 30 * 86_400_000 + 50 * 60_000).toISOString()}`
    try {
      await service.idle()
      const amount = async (of: string, few: number, among?: number): Promise<number> =>
        Math.max(quick ? 100 : 500, Math.ceil((await get(few, of, among)).value * seconds))
      const anyPast = await amount(query, 200, users)
      const past = await amount(query, 200)
      const current = await amount('', 3000)
      const results = await interleave(rounds, {
        past: () => get(past, query),
        current: () => get(current, ''),
        anyPast: () => get(anyPast, query, users),
      })
      return [
        figure(
          { what: `asOf, user of ${EVENTS} events asked about lately`, against: 'current status', unit: '/s' },
          results.map((result) => ({ product: result.past, against: result.current })),
          atLeast(0.2),
          [`of ${ASKED_LATELY} users, whose streams are in memory once they have been asked about`],
        ),
        figure(
          { what: `asOf, any of ${users} such users`, against: 'current status', unit: '/s' },
          results.map((result) => ({ product: result.anyPast, against: result.current })),
          NO_TARGET,
          ['more than are kept in memory: most streams are read and decoded for the question'],
        ),
      ]
    } finally {
      await service.stop()
      removeDirectory(directory)
    }
  },
}
