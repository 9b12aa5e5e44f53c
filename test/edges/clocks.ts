import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import { startEventStoreDb } from '../support/eventStoreDb/eventStoreDb.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { right as unwrapped } from '../support/right.ts'
import { type Service, startService } from '../support/service/service.ts'
import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

const SHIFTED = new URL('../support/service/shiftedClock.ts', import.meta.url).href

const ROUNDS = 10
/** What a node notes of its clock it has noted by then. */
const NOTED_MS = 8000

interface Recorded {
  readonly recordedAt: string
}

const clockOf = async (service: Service): Promise<unknown> => {
  const response = await service.get('/health/ready')
  return ((await response.json()) as { readonly clock?: unknown }).clock
}

/** Two nodes take deliveries about one user in turn, one of them with a clock that is off; says what came of it. */
const withClockOff = async (server: string, seconds: number, say: (line: string) => void): Promise<void> => {
  const directory = newDirectory()
  const file = join(directory, 'shift')
  writeFileSync(file, String(seconds * 1000))
  const right = await startService(newDirectory(), { EVENT_STORE: server })
  await right.ready()
  const user = newUser()
  await right.deliver(request(user))
  const env = { EVENT_STORE: server, NODE_OPTIONS: `--import=${SHIFTED}`, SHIFTED_CLOCK: file }
  const wrong = await startService(directory, env)
  await sleep(NOTED_MS)
  const before = [await clockOf(right), await clockOf(wrong)]
  const statuses: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, service] of [right, wrong].entries()) {
      const response = await service.post(signed(request(user, {}, { userTag: `${round} of ${index}` })))
      await response.arrayBuffer()
      statuses[index]?.push(response.status)
      await sleep(200)
    }
  }
  await sleep(NOTED_MS)
  const after = [await clockOf(right), await clockOf(wrong)]
  // Out of the log: by a wrong clock it cannot be recorded who looks, and a service gives none.
  const store = unwrapped(await openEsdbEventStore({ connectionString: server })())
  const events = await Array.fromAsync(store.readStream(`kyc-${user}`))
  await store.close()
  const times = events.map(({ metadata }) => Date.parse((JSON.parse(metadata) as Recorded).recordedAt))
  const back = times.filter((time, index) => time < (times[index - 1] ?? 0)).length
  const counted = (codes: readonly number[] = []): string =>
    [...new Set(codes)].map((code) => `${codes.filter((one) => one === code).length} × ${code}`).join(', ')
  say(
    `${seconds} s: clocks ${before.join(' and ')}, then ${after.join(' and ')}; right node ${counted(statuses[0])}, other ${counted(statuses[1])}; ${events.length} events, recordedAt went back ${back} times, the last is ${Math.round(((times.at(-1) ?? 0) - Date.now()) / 1000)} s from now`,
  )
  const lines = [right, wrong].map((service) => [
    ...new Set(
      service
        .stdout()
        .split('\n')
        .filter((line) => line.includes('"clock: ') || line.includes('clock is'))
        .map((line) => (JSON.parse(line) as { readonly msg: string }).msg.slice(0, 160)),
    ),
  ])
  say(`  said: ${JSON.stringify(lines)}`)
  for (const service of [right, wrong]) await service.stop()
}

/** Each time, by so many seconds, in front of a log of its own: what one of them wrote ahead stops the others. */
export const clocksThatDiffer = async (
  off: readonly number[],
  server: string | undefined,
  say: (line: string) => void,
): Promise<void> => {
  for (const seconds of off) {
    if (server !== undefined) await withClockOff(server, seconds, say)
    else {
      const double = await startEventStoreDb()
      await withClockOff(double.connectionString, seconds, say)
      await double.stop()
    }
  }
}
