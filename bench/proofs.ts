import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from './load/load.ts'
import { atLeast, atMost, byItself, type Measurement } from './measurement.ts'
import { FIRST_PREPARED_USER, largeLog, sharedLog } from './preparedLog.ts'
import { interleave, type Side } from './rounds.ts'
import { type Service, startBareExpress, startService } from './service.ts'

/** As many as keep two processors busy: with more of them a request waits for its turn, and for nothing else. */
const CONNECTIONS = 4

const SEALED_WITHIN_MS = 5 * 60_000

/** The proof of the last event that was prepared, once a checkpoint covers it. */
const firstProof = async ({ url }: Service, path: string): Promise<string> => {
  for (const until = performance.now() + SEALED_WITHIN_MS; performance.now() < until; await delay(200)) {
    const response = await fetch(`${url}${path}`)
    if (response.ok) return response.text()
    await response.arrayBuffer()
  }
  throw new Error('the log was not sealed')
}

export const proofs: Measurement = {
  name: 'proofs',
  run: async ({ quick, rounds, seconds }) => {
    const log = largeLog(quick)
    const service = await startService(await sharedLog(log))
    await service.idle()
    const last = FIRST_PREPARED_USER + log.users - 1
    const bare = await startBareExpress(await firstProof(service, `/users/${last}/events/${log.eventsEach - 1}/proof`))
    const get = async (url: string, amount: number, proofsOf?: number): Promise<Side> => {
      const of = proofsOf === undefined ? {} : { proofsOf }
      const { perSecond, latency } = await runLoad({
        url,
        connections: CONNECTIONS,
        amount,
        requests: { kind: 'reads', firstUser: FIRST_PREPARED_USER, users: log.users, ...of },
      })
      return { value: perSecond, notes: { p99: latency.reads?.p99 ?? Number.NaN } }
    }
    const p99 = ({ notes }: Side): Side => ({ value: notes?.['p99'] ?? Number.NaN })
    try {
      const ofService = Math.ceil((await get(service.url, 3000, log.eventsEach)).value * seconds)
      const ofBare = Math.ceil((await get(bare.url, 3000)).value * seconds)
      const results = await interleave(rounds, {
        service: () => get(service.url, ofService, log.eventsEach),
        bare: () => get(bare.url, ofBare),
      })
      const sides = results.map((result) => ({ product: result.service, against: result.bare }))
      const what = `GET proof out of ${(log.users * log.eventsEach).toLocaleString('en-US')} events`
      const against = 'bare Express 5, constant text'
      return [
        byItself({ what, against, unit: '/s' }, sides, { ...atLeast(2000), text: '>= 2,000 /s' }, [
          `${CONNECTIONS} connections, events of users at random`,
        ]),
        byItself(
          { what: 'GET proof, p99', against, unit: 'ms' },
          sides.map(({ product, against: other }) => ({ product: p99(product), against: p99(other) })),
          { ...atMost(5), text: '<= 5 ms' },
        ),
      ]
    } finally {
      await service.stop()
      await bare.stop()
    }
  },
}
