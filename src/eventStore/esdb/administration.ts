import { type AllStreamSubscription, BACKWARDS, END, START, streamNameFilter } from '@eventstore/db-client'
import { batchAppends } from './client/batchStream.ts'
import { oneNodeClient } from './client/client.ts'
import type { ConnectionString } from './client/connectionString.ts'
import { type Failure, failureOf } from './client/failure.ts'
import type { Right } from './client/lacksRight.ts'
import { NoAnswer, within } from './client/within.ts'
import { askFor } from './connection/rights.ts'
import { METADATA_OF, streamNames } from './stored/streamNames.ts'

/** JSON of the server's own, of which nothing is taken for granted. */
export type Settings = Readonly<Record<string, unknown>>

/** How a server is set up, as far as this service's user may see it. */
export interface Administration {
  /** Of the node that answered, as it says it; `null` where it does not. */
  readonly version: string | null
  /** `$all` shows all of what follows; without it nothing else can be told. */
  readonly mayReadAll: boolean
  readonly lacks: readonly Right[]
  /** What the streams of this service carry as metadata, by stream; only those that carry any. */
  readonly ofStreams: ReadonlyMap<string, Settings>
  /** Of the stream `$settings`: the rights that hold where a stream has none of its own. */
  readonly defaults: Settings | null
}

const ANSWER_MS = 8000
/** A log of millions of events is searched by the server: so long without a word is too long. */
const SEARCHED_MS = 60_000
const SETTINGS = '$settings'

const isObject = (value: unknown): value is Settings => typeof value === 'object' && value !== null

const until = (subscription: AllStreamSubscription, event: 'caughtUp'): Promise<void> =>
  new Promise((resolve, reject) => {
    subscription.on('error', reject)
    subscription.on(event, () => setImmediate(resolve))
  })

/** Looks once, at any node that answers. Fails with why it could not. */
export const readAdministration = async (
  connectionString: ConnectionString,
): Promise<Administration | Extract<Failure, { readonly reason: string }>> => {
  const names = streamNames()
  const node = oneNodeClient(connectionString)
  const { client } = node
  const ending = new AbortController()
  const asked = { client, sendAppend: batchAppends(node.openBatchAppend, ending.signal) }
  const failed = (error: unknown): Extract<Failure, { readonly reason: string }> => {
    const failure = failureOf(error)
    return 'reason' in failure ? failure : { _tag: 'Unreachable', reason: 'the node is not the leader' }
  }
  const lacking = async (right: Right): Promise<readonly Right[]> => {
    try {
      await askFor(right, asked, names)
      return []
    } catch (error) {
      if (failed(error)._tag === 'Denied') return [right]
      throw error
    }
  }
  const readsAll = async (): Promise<void> => {
    const read = client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 })
    read.on('error', () => undefined)
    for await (const _ of read);
  }
  const settings = async (): Promise<Pick<Administration, 'ofStreams' | 'defaults'>> => {
    const ofStreams = new Map<string, Settings>()
    let defaults: Settings | null = null
    const subscription = client.subscribeToAll({
      fromPosition: START,
      filter: streamNameFilter({ prefixes: [names.metadataPrefix, SETTINGS] }),
    })
    subscription.on('data', ({ event }) => {
      const data: unknown = event?.data
      if (event === undefined || !isObject(data)) return
      if (event.streamId === SETTINGS) defaults = data
      else if (Object.keys(data).length === 0) ofStreams.delete(event.streamId.slice(METADATA_OF.length))
      else ofStreams.set(event.streamId.slice(METADATA_OF.length), data)
    })
    try {
      await within(SEARCHED_MS, until(subscription, 'caughtUp'))
      return { ofStreams, defaults }
    } finally {
      subscription.destroy()
      subscription.unsubscribe().catch(() => undefined)
    }
  }
  try {
    const mayReadAll = await within(ANSWER_MS, readsAll()).then(
      () => true,
      (error: unknown) => {
        if (failed(error)._tag === 'Denied') return false
        throw error
      },
    )
    const version = await within(ANSWER_MS, node.version()).catch(() => null)
    const lacks = [...(await lacking('read')), ...(await lacking('write'))]
    const seen = mayReadAll ? await settings() : { ofStreams: new Map<string, Settings>(), defaults: null }
    return { version, mayReadAll, lacks, ...seen }
  } catch (error) {
    return failed(error instanceof NoAnswer ? new NoAnswer('the event store does not answer') : error)
  } finally {
    ending.abort()
    await node.close()
  }
}
