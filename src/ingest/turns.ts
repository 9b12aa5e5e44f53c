import type { StreamName } from '../eventStore/recordedEvent.ts'

/** Lets those who write to one stream wait for each other; those of different streams do not. */
interface Turns {
  /** Does it once all that took their turns at the stream before have come to their end, however they ended. */
  readonly take: <A>(stream: StreamName, action: () => Promise<A>) => Promise<A>
  /** Resolves once all that have taken their turns at the stream so far have come to their end. */
  readonly settled: (stream: StreamName) => Promise<void>
}

export const turnsAtStreams = (): Turns => {
  const queues = new Map<StreamName, Promise<unknown>>()
  return {
    take: (stream, action) => {
      const before = queues.get(stream)
      const turn = before === undefined ? action() : before.then(action)
      const leave = (): void => {
        if (queues.get(stream) === settled) queues.delete(stream)
      }
      const settled: Promise<void> = turn.then(leave, leave)
      queues.set(stream, settled)
      return turn
    },
    settled: async (stream) => {
      await queues.get(stream)
    },
  }
}
