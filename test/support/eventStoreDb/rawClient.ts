import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AllStreamSubscription,
  type AppendExpectedRevision,
  type AppendResult,
  type END,
  EventStoreDBClient,
  type JSONType,
  jsonEvent,
  type Position,
  type START,
  streamNameFilter,
} from '@eventstore/db-client'
import { expect } from 'chai'
import { untilTrue } from '../patience.ts'

export type Event = ReturnType<typeof newEvent>
export const newEvent = (id: string = randomUUID(), data: JSONType = {}) =>
  jsonEvent({ id, type: 'user.kycreview', data })
export const newEvents = (count: number): Event[] => Array.from({ length: count }, () => newEvent())
export const newStream = (prefix = 'kyc'): string => `${prefix}-${randomUUID()}`

/** Waits for it. */
export const until = (holds: () => boolean): Promise<void> => untilTrue('what the client is to see', holds)

/** What a client's errors carry; which of it is there depends on the error. */
export interface Failure {
  readonly type?: string
  readonly code?: number
  readonly message: string
  readonly actualVersion?: bigint | string
  readonly maxAppendSize?: number
}

export const failure = async (call: Promise<unknown>): Promise<Failure> =>
  call.then(
    () => expect.fail('it succeeded'),
    (error: Failure) => error,
  )
export const PENDING = Symbol('pending')
export const within = async <A>(milliseconds: number, call: Promise<A>): Promise<A | typeof PENDING> => {
  call.catch(() => {})
  return Promise.race([call, sleep(milliseconds, PENDING)])
}

let clients: EventStoreDBClient[] = []
export const connect = (connectionString: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(connectionString)
  clients.push(client)
  return client
}
/** A client keeps what is in flight in one map for all clients of the process: none may outlive its test. */
export const disposeClients = async (): Promise<void> => {
  await Promise.all(clients.map((client) => client.dispose()))
  clients = []
}

export const append =
  (client: EventStoreDBClient) =>
  (stream: string, expectedRevision: AppendExpectedRevision, ...events: Event[]): Promise<AppendResult> =>
    client.appendToStream(stream, events, { expectedRevision })

/** A subscription, and what it said so far. */
export const subscribed = (
  client: EventStoreDBClient,
  fromPosition: Position | typeof START | typeof END,
  prefix: string,
  window = 32,
) => {
  const checkpoints: Position[] = []
  const subscription: AllStreamSubscription = client.subscribeToAll({
    fromPosition,
    filter: streamNameFilter({
      prefixes: [prefix],
      maxSearchWindow: window,
      checkpointInterval: 1,
      checkpointReached: async (_, position) => {
        checkpoints.push(position)
      },
    }),
  })
  const revisions: [string, bigint][] = []
  const said: string[] = []
  const errors: Failure[] = []
  subscription.on('data', ({ event }) => event && revisions.push([event.streamId, event.revision]))
  subscription.on('error', (error: Failure) => errors.push(error))
  for (const name of ['confirmation', 'caughtUp', 'fellBehind', 'end'] as const) {
    subscription.on(name, () => said.push(name))
  }
  return {
    subscription,
    checkpoints,
    revisions,
    said,
    errors,
    until,
    caughtUp: () => until(() => said.includes('caughtUp')),
  }
}
