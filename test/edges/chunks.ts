import { createHash, randomInt } from 'node:crypto'
import { openEsdbEventStore } from '../../src/eventStore/esdb/esdbEventStore.ts'
import type { RecordedEvent } from '../../src/eventStore/recordedEvent.ts'
import { newEvent, newStream } from '../support/events/newEvents.ts'
import { right } from '../support/right.ts'

const HALF_A_CHUNK = 500_000
const HASHED = 64

/** An event of about so many bytes. */
const ofBytes = (bytes: number) =>
  newEvent({ data: JSON.stringify({ filler: 'x'.repeat(bytes), n: randomInt(2 ** 40) }) })

const hashOf = (events: readonly Pick<RecordedEvent, 'eventId' | 'data'>[]): string =>
  createHash('sha256')
    .update(
      events.map(({ eventId, data }) => `${eventId} ${createHash('sha256').update(data).digest('hex')}`).join('\n'),
    )
    .digest('hex')
    .slice(0, HASHED)

/** What came of batches that cross the ends of chunks. Throws where something is lost, doubled or out of place. */
export const acrossChunks = async (
  connectionString: string,
  batches: number,
  positions: number,
  say: (line: string) => void,
): Promise<void> => {
  const streamPrefix = `edges${randomInt(2 ** 40).toString(36)}-`
  const store = right(await openEsdbEventStore({ connectionString, streamPrefix })())
  const streams = Array.from({ length: 7 }, newStream)
  const heads = new Map(streams.map((stream) => [stream, -1]))
  const sent: { stream: string; revision: number; eventId: string; data: string; batch: number }[] = []
  let [bytes, again] = [0, 0]
  try {
    for (let batch = 0; batch < batches; batch++) {
      const stream = streams[randomInt(streams.length)] ?? ''
      const count = 1 + randomInt(batch % 10 === 0 ? 60 : 6)
      const events = Array.from({ length: count }, () => ofBytes(randomInt(Math.floor(HALF_A_CHUNK / count))))
      const head = heads.get(stream) ?? -1
      let appended = await store.append(stream, head === -1 ? 'no-stream' : head, events)()
      while (appended._tag === 'Left' && appended.left._tag === 'StoreUnavailable') {
        again += 1
        appended = await store.append(stream, head === -1 ? 'no-stream' : head, events)()
      }
      const { revision } = right(appended)
      if (revision !== head + count) throw new Error(`batch ${batch}: at ${revision}, not ${head + count}`)
      for (const [index, { eventId, data }] of events.entries()) {
        sent.push({ stream, revision: head + 1 + index, eventId, data, batch })
        bytes += data.length
      }
      heads.set(stream, head + count)
    }
    const log = (await Array.fromAsync(store.readAll())).flat()
    if (log.length !== sent.length) throw new Error(`${log.length} events of ${sent.length}`)
    if (hashOf(log) !== hashOf(sent)) throw new Error('another order, or other texts')
    const chunkOf = ({ position }: RecordedEvent): bigint => BigInt(`0x${position.slice(17)}`) / 1_048_576n
    let crossing = 0
    for (const [index, event] of log.entries()) {
      const before = log[index - 1]
      const one = sent[index]
      if (event.revision !== one?.revision || event.stream !== one.stream)
        throw new Error(`at ${index}: ${event.stream} ${event.revision}`)
      if (before !== undefined && before.position >= event.position)
        throw new Error(`positions do not grow at ${index}`)
      if (before !== undefined && sent[index - 1]?.batch === one.batch && chunkOf(before) !== chunkOf(event))
        crossing += 1
    }
    const chunks = new Set(log.map(chunkOf)).size
    say(
      `${batches} batches, ${log.length} events, ${Math.round(bytes / 2 ** 20)} MiB, in ${chunks} chunks; ${crossing} times a chunk ended inside of a batch; ${again} appends sent again`,
    )
    for (const stream of streams) {
      const read = await Array.fromAsync(store.readStream(stream))
      const wanted = sent.filter((one) => one.stream === stream)
      if (hashOf(read) !== hashOf(wanted)) throw new Error(`${stream} is not what was appended`)
    }
    let asked = 0
    for (const [index, event] of log.entries()) {
      const next = log[index + 1]
      // Each that is next to the end of a chunk, and some of the others.
      const isAtEdge = next !== undefined && chunkOf(next) !== chunkOf(event)
      if (!isAtEdge && randomInt(log.length) >= positions) continue
      const { position, eventId } = event
      if ((await store.idAt(position)) !== eventId) throw new Error(`idAt ${index}`)
      const ending = new AbortController()
      let first: RecordedEvent | undefined
      for await (const { events, caughtUp } of store.follow(position, ending.signal)) {
        first ??= events[0]
        if (first !== undefined || caughtUp) ending.abort()
      }
      if (first?.eventId !== next?.eventId) throw new Error(`followed from ${index}: another event comes first`)
      asked += 1
    }
    say(`from each of ${asked} positions the next event comes first`)
    for (const from of [0, Math.floor(log.length / 2)]) {
      const followed: RecordedEvent[] = []
      const ending = new AbortController()
      for await (const { events, caughtUp } of store.follow(log[from]?.position ?? null, ending.signal)) {
        followed.push(...events)
        if (caughtUp) ending.abort()
      }
      if (hashOf(followed) !== hashOf(sent.slice(from + 1))) throw new Error(`followed from ${from}: not all, or twice`)
    }
    say('followed from the first and from the middle: all, each once, in order')
  } finally {
    await store.close()
  }
}
