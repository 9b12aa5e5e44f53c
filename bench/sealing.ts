import { join } from 'node:path'
import type { EventStore } from '../src/eventStore/eventStore.ts'
import { verifyLog } from '../src/evidence/verifyLog.ts'
import { webhookSecret } from '../src/webhooks/signature.ts'
import { deliver, deliverToService } from './ingest.ts'
import { atLeast, type Figure, figure, type Measurement, noted } from './measurement.ts'
import { largeLog, openStore, sharedLog } from './preparedLog.ts'
import { newDirectory } from './processes.ts'
import { interleave, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'
import { SECRET } from './webhooks.ts'

const CONNECTIONS = 50
const WARM_UP = 15_000
const TRIAL = 3000

const INGEST = { what: 'ingest, sealed every second', against: 'the same, not sealed', unit: '/s' }
const VERIFY = { what: 'verify: a whole log', against: 'the same, scanned and parsed', unit: '/s' }

/** Two services of the same build, one of which seals. */
const ingest = async (rounds: number, seconds: number, quick: boolean): Promise<Figure> => {
  const services: Service[] = []
  const started = async (every: string): Promise<Service> => {
    const service = await startService(newDirectory(), [], { SEAL_EVERY: every })
    services.push(service)
    return service
  }
  try {
    const sealed = await started('1')
    const unsealed = await started('0')
    const trial = quick ? TRIAL : WARM_UP
    const [a, b] = [await deliver(sealed.url, trial), await deliver(unsealed.url, trial)]
    const amount = Math.max(CONNECTIONS, Math.ceil(Math.min(a.value, b.value) * seconds))
    await Promise.all([sealed.idle(), unsealed.idle()])
    const results = await interleave<'sealed' | 'unsealed'>(rounds, {
      sealed: () => deliverToService(sealed, amount),
      unsealed: () => deliverToService(unsealed, amount),
    })
    const [others, without] = [results.map((one) => one.sealed), results.map((one) => one.unsealed)].map((sides) =>
      Math.round(noted(sides, 'others')),
    )
    const covered = /^kyc_sealed_events (\d+)$/m.exec(await sealed.text('/metrics'))?.[1]
    return figure(
      INGEST,
      results.map((one) => ({ product: one.sealed, against: one.unsealed })),
      atLeast(0.95),
      [
        `one delivery costs the threads beside the main one ${others} µs with, ${without} µs without sealing`,
        `the newest checkpoint covers ${covered} events; by default one is signed a minute`,
      ],
    )
  } finally {
    await Promise.all(services.map((service) => service.stop()))
  }
}

const paced = async (work: () => Promise<number>): Promise<Side> => {
  const began = performance.now()
  const events = await work()
  return { value: events / ((performance.now() - began) / 1000) }
}

const scan = async (store: EventStore): Promise<number> => {
  let count = 0
  for await (const events of store.readAll()) {
    for (const { data, metadata } of events) {
      const parsed = [JSON.parse(data), JSON.parse(metadata)]
      count += parsed.length / 2
    }
  }
  return count
}

/** What an event costs does not depend on how many there are: a smaller log than elsewhere, so that it is not in the way. */
const verify = async (rounds: number): Promise<Figure> => {
  const directory = await sharedLog(largeLog(true))
  const store = await openStore(join(directory, 'events.db'))
  const secrets = [webhookSecret(SECRET)]
  try {
    const results = await interleave<'verify' | 'scan'>(rounds, {
      verify: () =>
        paced(async () => {
          const { size, wrongCount } = await verifyLog(store, { secrets })
          if (wrongCount > 0) throw new Error('the log that was prepared is not as it was')
          return size
        }),
      scan: () => paced(() => scan(store)),
    })
    return figure(
      VERIFY,
      results.map((one) => ({ product: one.verify, against: one.scan })),
      atLeast(0.5),
      ["hashes of payloads, the provider's signatures, revisions and the tree"],
    )
  } finally {
    await store.close()
  }
}

export const sealing: Measurement = {
  name: 'sealing',
  run: async ({ quick, rounds, seconds }) => [await ingest(rounds, seconds, quick), await verify(rounds)],
}
