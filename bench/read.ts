import { runLoad } from './load/load.ts'
import { atLeast, figure, type Measurement, NO_TARGET } from './measurement.ts'
import { FIRST_PREPARED_USER, largeLog, sharedLog } from './preparedLog.ts'
import { interleave, type Side } from './rounds.ts'
import { startBareExpress, startLeastRead, startService } from './service.ts'

export const CONNECTIONS = 50

export const read: Measurement = {
  name: 'read',
  run: async (scale) => {
    const log = largeLog(scale.quick)
    const directory = await sharedLog(log)
    const service = await startService(directory)
    await service.idle()
    const answer = await service.text(`/users/${FIRST_PREPARED_USER}/kyc`)
    const bare = await startBareExpress(answer)
    const least = await startLeastRead(directory)
    const get = async (url: string, amount: number, revalidate: boolean): Promise<Side> => {
      const { perSecond, latency } = await runLoad(
        {
          url,
          connections: CONNECTIONS,
          amount,
          requests: { kind: 'reads', firstUser: FIRST_PREPARED_USER, users: log.users, revalidate },
        },
        [revalidate ? 304 : 200],
      )
      return { value: perSecond, notes: { p99: latency.reads?.p99 ?? Number.NaN } }
    }
    try {
      const warm = async (url: string): Promise<number> =>
        Math.ceil((await get(url, 5000, false)).value * scale.seconds)
      const ofService = await warm(service.url)
      const ofBare = await warm(bare.url)
      const ofLeast = await warm(least.url)
      const results = await interleave(scale.rounds, {
        service: () => get(service.url, ofService, false),
        bare: () => get(bare.url, ofBare, false),
        least: () => get(least.url, ofLeast, false),
        serviceTag: () => get(service.url, ofService, true),
        bareTag: () => get(bare.url, ofBare, true),
        leastTag: () => get(least.url, ofLeast, true),
      })
      const users = `${log.users.toLocaleString('en-US')} users`
      return [
        figure(
          { what: `read, ${users}`, against: 'bare Express 5, constant JSON', unit: '/s' },
          results.map((result) => ({ product: result.service, against: result.bare })),
          atLeast(0.9),
        ),
        figure(
          { what: 'read, If-None-Match', against: 'bare Express 5, constant JSON', unit: '/s' },
          results.map((result) => ({ product: result.serviceTag, against: result.bareTag })),
          atLeast(0.9),
        ),
        figure(
          { what: 'read, Express and one look-up alone', against: 'bare Express 5, constant JSON', unit: '/s' },
          results.map((result) => ({ product: result.least, against: result.bare })),
          NO_TARGET,
          ['the limit: it takes the same row out of the same file, and does nothing else'],
        ),
        figure(
          { what: 'the same, If-None-Match', against: 'bare Express 5, constant JSON', unit: '/s' },
          results.map((result) => ({ product: result.leastTag, against: result.bareTag })),
          NO_TARGET,
        ),
      ]
    } finally {
      await service.stop()
      await bare.stop()
      await least.stop()
    }
  },
}
