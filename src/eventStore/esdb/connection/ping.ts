import { BACKWARDS, END, type EventStoreDBClient } from '@eventstore/db-client'
import { within } from '../client/within.ts'

interface PingOptions {
  readonly requiresLeader: boolean
  readonly milliseconds: number
  /** Ends it early. */
  readonly closing: AbortSignal
}

/** Asks a node for the last event there is. Rejects with the client's error, with `NoAnswer` where none comes in time. */
export const ping = async (
  client: EventStoreDBClient,
  { requiresLeader, milliseconds, closing }: PingOptions,
): Promise<void> => {
  const read = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1, requiresLeader })
  const stop = (): void => {
    read.destroy(new Error('closed'))
    read.cancel().catch(() => undefined)
  }
  const ended = new Promise((resolve, reject) => {
    read.on('error', reject)
    read.on('end', resolve)
    read.resume()
  })
  closing.addEventListener('abort', stop)
  try {
    await within(milliseconds, ended)
  } finally {
    closing.removeEventListener('abort', stop)
    stop()
  }
}
