import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { runLoad } from './load/load.ts'
import { atLeast, figure, type Measurement, noted } from './measurement.ts'
import { FIRST_PREPARED_USER, largeLog, prepareLog, warmReadModel } from './preparedLog.ts'
import { removeDirectory } from './processes.ts'
import { interleave, percentile, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'

const CONNECTIONS = 50
const HELD_MS = 1000
/** So many of each kind before the first round: until then V8 compiles what runs often. */
const WARM_UP = 15_000
const TRIAL = 2500

let told = 0
const newUsers = (): number => 1_000_000_000 + 10_000_000 * told++

/**
 * Reads while no append can be made durable: another process holds the write lock of the log for a second, so that the
 * writer stands still as it would in an endless fsync. A read that waited for it would take as long.
 */
const readWhileWriterIsHeld = async (service: Service, delivery: () => Promise<unknown>, users: number) => {
  const db = new Database(join(service.directory, 'events.db'))
  const took: number[] = []
  db.exec('BEGIN IMMEDIATE')
  const began = performance.now()
  const appended = delivery().then(() => performance.now() - began)
  while (performance.now() - began < HELD_MS) {
    const asked = performance.now()
    await service.text(`/users/${FIRST_PREPARED_USER + Math.floor(Math.random() * users)}/kyc`)
    took.push(performance.now() - asked)
    await delay(2)
  }
  db.exec('ROLLBACK')
  db.close()
  return { reads: took.length, slowest: percentile(took, 1), append: await appended }
}

export const mixed: Measurement = {
  name: 'mixed',
  run: async ({ quick, rounds, seconds }) => {
    const log = { ...largeLog(true), users: quick ? 1000 : 10_000 }
    const directory = await prepareLog(log)
    await warmReadModel(directory)
    const service = await startService(directory)
    const { url } = service
    const reads = { kind: 'reads', firstUser: FIRST_PREPARED_USER, users: log.users } as const
    const under = async (amount: number, kind: 'deliveries' | 'reads' | 'mixed'): Promise<Side> => {
      const requests =
        kind === 'reads'
          ? reads
          : kind === 'deliveries'
            ? { kind, firstUser: newUsers() }
            : { kind, firstUser: newUsers(), readFirstUser: FIRST_PREPARED_USER, users: log.users }
      const { perSecond, latency } = await runLoad({ url, connections: CONNECTIONS, amount, requests })
      await service.idle()
      return { value: perSecond, notes: { readP99: latency.reads?.p99 ?? Number.NaN } }
    }
    try {
      await service.idle()
      const amounts = { deliveries: 0, reads: 0, mixed: 0 }
      for (const kind of ['deliveries', 'reads', 'mixed'] as const) {
        amounts[kind] = Math.ceil((await under(quick ? TRIAL : WARM_UP, kind)).value * seconds)
      }
      const results = await interleave(rounds, {
        ingest: () => under(amounts.deliveries, 'deliveries'),
        reads: () => under(amounts.reads, 'reads'),
        mixed: () => under(amounts.mixed, 'mixed'),
      })
      const alone = (ingest: Side, read: Side): Side => ({ value: 1 / (0.1 / ingest.value + 0.9 / read.value) })
      const deliver = (): Promise<unknown> =>
        runLoad({ url, connections: 1, amount: 1, requests: { kind: 'deliveries', firstUser: newUsers() } })
      const held = await readWhileWriterIsHeld(service, deliver, log.users)
      return [
        figure(
          { what: 'ingest and read, 1:9', against: 'the sum of both alone', unit: '/s' },
          results.map((result) => ({ product: result.mixed, against: alone(result.ingest, result.reads) })),
          atLeast(0.8),
          [
            'the sum of both alone: the requests per second if each kind took its share of the time at the pace it has alone',
            `reads, p99: ${noted(
              results.map((result) => result.mixed),
              'readP99',
            ).toFixed(1)} ms among deliveries, ${noted(
              results.map((result) => result.reads),
              'readP99',
            ).toFixed(1)} ms alone`,
            `no read waits for an fsync: while the log's writer was held up for ${HELD_MS} ms (the delivery took ${held.append.toFixed(0)} ms), ${held.reads} reads were answered, the slowest in ${held.slowest.toFixed(1)} ms`,
          ],
        ),
      ]
    } finally {
      await service.stop()
      removeDirectory(directory)
    }
  },
}
