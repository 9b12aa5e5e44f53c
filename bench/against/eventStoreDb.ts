import { atLeast, atMost, type Figure, figure, NO_TARGET, noted, notMeasured, type Scale } from '../measurement.ts'
import { runScript } from '../processes.ts'
import { interleave, type Side } from '../rounds.ts'
import type { AppendCost, AppendJob } from './appendsOf.ts'
import { HERE } from './checkout.ts'
import type { Sides } from './sides.ts'
import { twoNodes } from './twoNodes.ts'

const APPENDS = new URL('./appendsOf.ts', import.meta.url)
const { EVENTSTORE_TEST_URL: one, EVENTSTORE_TEST_CLUSTER_URL: three } = process.env

/** The adapter of each checkout against the same server, in a process of its own for each round. */
const adapters = async (
  what: string,
  url: string,
  { commit, root }: Sides,
  { quick, rounds }: Scale,
): Promise<readonly Figure[]> => {
  const side = async (of: URL): Promise<Side> => {
    const job: AppendJob = { root: of.href, url, warmUp: quick ? 2000 : 5000, amount: quick ? 3000 : 10_000 }
    const { append, follow, perSecond } = await runScript<AppendCost>(APPENDS, job)
    return { value: append, notes: { follow, perSecond } }
  }
  const results = await interleave(rounds, { here: () => side(HERE), there: () => side(root) })
  const follow = ({ notes }: Side): Side => ({ value: notes?.['follow'] ?? Number.NaN })
  const pace = (name: 'here' | 'there'): string =>
    Math.round(
      noted(
        results.map((result) => result[name]),
        'perSecond',
      ),
    ).toLocaleString('en-US')
  return [
    figure(
      { what: `EventStoreDB adapter, ${what}: processor time of an append`, against: commit, unit: 'µs' },
      results.map((result) => ({ product: result.here, against: result.there })),
      atMost(0.8),
      [`50 at a time; of the process alone, without the server; ${pace('here')} a second here, ${pace('there')} there`],
    ),
    figure(
      { what: `EventStoreDB adapter, ${what}: processor time of an event followed`, against: commit, unit: 'µs' },
      results.map((result) => ({ product: follow(result.here), against: follow(result.there) })),
      NO_TARGET,
    ),
  ]
}

/**
 * EventStoreDB: the adapter against one server (`EVENTSTORE_TEST_URL`) and a cluster of three (`EVENTSTORE_TEST_CLUSTER_URL`), and
 * services on that cluster. `EVENTSTORE_TEST_CLUSTER_PIDS` names its processes, where they run on this machine.
 */
export const eventStoreDbAgainst = async (sides: Sides, scale: Scale): Promise<readonly Figure[]> => {
  const nothing = (what: string, variable: string) => [
    notMeasured({ what, against: sides.commit, target: 'none' }, `${variable} is not set`),
  ]
  return [
    ...(one === undefined
      ? nothing('EventStoreDB adapter, one server', 'EVENTSTORE_TEST_URL')
      : await adapters('one server', one, sides, scale)),
    ...(three === undefined
      ? nothing('EventStoreDB, a cluster of three', 'EVENTSTORE_TEST_CLUSTER_URL')
      : [
          ...(await adapters('a cluster of three', three, sides, scale)),
          ...(await twoNodes(three, scale, atLeast(1.5))),
        ]),
  ]
}
