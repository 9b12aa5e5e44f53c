import { type AllStreamSubscription, START, streamNameFilter } from '@eventstore/db-client'
import type { Revision, StreamName } from '../../recordedEvent.ts'
import { oneNodeClient } from '../client/client.ts'
import type { ConnectionString } from '../client/connectionString.ts'
import { failureOf } from '../client/failure.ts'
import { within } from '../client/within.ts'
import { revisionOf } from '../stored/revision.ts'
import { streamNames } from '../stored/streamNames.ts'
import { nodesOf, type ServerNode, tellNode } from './nodes.ts'

/** A log of millions of events is read by this: so long without its end is too long. */
const READ_MS = 3_600_000

/** What was erased of each stream: every event of a revision before this one; all of it where that is infinite. */
export type ErasedBefore = ReadonlyMap<StreamName, Revision>

/** How much of what was erased a node holds; or why it could not be asked. */
export interface HeldByNode {
  readonly node: string
  readonly held: number | { readonly reason: string }
}

const heldBy = (subscription: AllStreamSubscription, named: (stored: string) => StreamName, erased: ErasedBefore) =>
  new Promise<number>((resolve, reject) => {
    let held = 0
    subscription.on('error', reject)
    subscription.on('data', ({ event }) => {
      const revision = event === undefined ? null : revisionOf(event.revision)
      if (event === undefined || revision === null) return
      if (revision < (erased.get(named(event.streamId)) ?? 0)) held += 1
    })
    subscription.on('caughtUp', () => setImmediate(() => resolve(held)))
  })

const askNode = async (
  connectionString: ConnectionString,
  { endPoint, isAlive }: ServerNode,
  erased: ErasedBefore,
  streamPrefix: string | undefined,
): Promise<HeldByNode> => {
  const node = tellNode(endPoint)
  if (!isAlive) return { node, held: { reason: 'it is away' } }
  const names = streamNames(streamPrefix)
  const { client, close } = oneNodeClient(connectionString, endPoint)
  const subscription = client.subscribeToAll({
    fromPosition: START,
    filter: streamNameFilter({ prefixes: [names.prefix] }),
  })
  try {
    return { node, held: await within(READ_MS, heldBy(subscription, names.named, erased)) }
  } catch (error) {
    const failure = failureOf(error)
    return { node, held: { reason: 'reason' in failure ? failure.reason : failure._tag } }
  } finally {
    subscription.destroy()
    subscription.unsubscribe().catch(() => undefined)
    await close()
  }
}

/** Reads the log of each node of a server, whether it still holds what was erased: it does until it is scavenged. */
export const stillHeld = async (
  connectionString: ConnectionString,
  erased: ErasedBefore,
  streamPrefix?: string,
): Promise<readonly HeldByNode[]> => {
  const nodes = await nodesOf(connectionString)
  return Promise.all(nodes.map((node) => askNode(connectionString, node, erased, streamPrefix)))
}
