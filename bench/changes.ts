import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from './load/load.ts'
import { atLeast, atMost, byItself, figure, type Measurement, noted } from './measurement.ts'
import { largeLog, sharedLog } from './preparedLog.ts'
import { residentMiB } from './processes.ts'
import { interleave, percentile, type Side } from './rounds.ts'
import { type Service, startService } from './service.ts'

const CONNECTIONS = 50
const READERS = 200
const WARM_UP = 15_000
const TRIAL = 2500
const PLACES = 20

let told = 0
const newUsers = (): number => 1_000_000_000 + 10_000_000 * told++

/** Who follow changes from where they stand now, and take what comes without looking into it. */
const following = async ({
  url,
}: Service): Promise<{ readonly bytes: () => readonly number[]; readonly leave: () => void }> => {
  const lines = (await (await fetch(`${url}/changes`)).text()).trimEnd().split('\n')
  const last = (JSON.parse(lines.at(-1) || '{"id":""}') as { readonly id: string }).id
  const bytes: number[] = []
  const sockets: Socket[] = []
  for (let index = 0; index < READERS; index += 1) {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    bytes[index] = 0
    await once(socket, 'connect')
    socket.write(
      `GET /changes${last === '' ? '' : `?after=${last}`} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`,
    )
    const [head] = (await once(socket, 'data')) as [Buffer]
    if (!head.toString().startsWith('HTTP/1.1 200 ')) throw new Error(`a reader was refused: ${head}`)
    socket.on('data', (chunk) => {
      bytes[index] = (bytes[index] ?? 0) + chunk.length
    })
    sockets.push(socket)
  }
  return { bytes: () => bytes, leave: () => sockets.forEach((socket) => void socket.destroy()) }
}

/** Waits until each of them was sent as much as any. */
const sameFor = async (bytes: () => readonly number[]): Promise<void> => {
  for (let tries = 0; Math.min(...bytes()) * 1.01 < Math.max(...bytes()); tries += 1) {
    if (tries === 60) throw new Error('some readers were told less than others')
    await delay(500)
  }
}

/** How long the first byte of the lines behind a place takes; milliseconds. */
const firstByte = async ({ url }: Service, after: string): Promise<number> => {
  const leaving = new AbortController()
  const began = performance.now()
  const response = await fetch(`${url}/changes?after=${after}`, { signal: leaving.signal })
  await response.body?.getReader().read()
  const took = performance.now() - began
  leaving.abort()
  return took
}

/** At places all over a log of 1,000,000 events. */
const farBack = async (quick: boolean, rounds: number): Promise<readonly Side[]> => {
  const service = await startService(await sharedLog(largeLog(quick)))
  try {
    await service.idle()
    const { position } = JSON.parse(await service.text('/health/ready')) as { readonly position: string }
    const sides: Side[] = []
    for (let round = 0; round < rounds; round += 1) {
      const took: number[] = []
      for (let place = 0; place < PLACES; place += 1) {
        const after = String(Math.floor((Number(position) * Math.random()) / 2)).padStart(position.length, '0')
        took.push(await firstByte(service, after))
      }
      sides.push({ value: percentile(took, 1), notes: { median: percentile(took, 0.5) } })
    }
    return sides
  } finally {
    await service.stop()
  }
}

export const changes: Measurement = {
  name: 'changes',
  run: async ({ quick, rounds, seconds }) => {
    const service = await startService()
    const deliver = async (amount: number): Promise<Side> => {
      const requests = { kind: 'deliveries', firstUser: newUsers() } as const
      const before = service.cpu().main
      const { perSecond } = await runLoad({ url: service.url, connections: CONNECTIONS, amount, requests })
      return { value: perSecond, notes: { main: ((service.cpu().main - before) / amount) * 1e6 } }
    }
    const alone = async (amount: number): Promise<Side> => {
      const side = await deliver(amount)
      await service.idle()
      return { ...side, notes: { ...side.notes, resident: residentMiB(service.pid) } }
    }
    const beside = async (amount: number): Promise<Side> => {
      const { bytes, leave } = await following(service)
      const before = bytes().reduce((sum, one) => sum + one, 0)
      const side = await deliver(amount)
      const meanwhile = (bytes().reduce((sum, one) => sum + one, 0) - before) / 1e6
      await service.idle()
      await sameFor(bytes)
      const resident = residentMiB(service.pid)
      leave()
      return { ...side, notes: { ...side.notes, resident, sent: (meanwhile * side.value) / amount } }
    }
    try {
      await service.idle()
      await beside(quick ? TRIAL : WARM_UP)
      const amount = Math.ceil((await alone(quick ? TRIAL : WARM_UP)).value * seconds)
      const results = await interleave(rounds, { alone: () => alone(amount), beside: () => beside(amount) })
      const [with200, without] = [results.map((result) => result.beside), results.map((result) => result.alone)]
      const places = await farBack(quick, rounds)
      return [
        figure(
          { what: `ingest beside ${READERS} who follow changes live`, against: 'ingest alone', unit: '/s' },
          results.map((result) => ({ product: result.beside, against: result.alone })),
          atLeast(0.9),
          [
            `${noted(with200, 'sent').toFixed(0)} MB/s are sent to them meanwhile; the process holds ${noted(with200, 'resident').toFixed(0)} MiB, ${noted(without, 'resident').toFixed(0)} without them`,
            `one delivery costs ${noted(with200, 'main').toFixed(0)} µs of the main thread beside them, ${noted(without, 'main').toFixed(0)} alone`,
          ],
        ),
        byItself(
          { what: 'first byte of changes from far back, slowest', against: 'the median', unit: 'ms' },
          places.map((side) => ({ product: side, against: { value: side.notes?.['median'] ?? Number.NaN } })),
          atMost(50),
          [`of a log of ${(largeLog(quick).users * largeLog(quick).eventsEach).toLocaleString('en-US')} events`],
        ),
      ]
    } finally {
      await service.stop()
    }
  },
}
