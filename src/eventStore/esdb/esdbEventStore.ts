import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { OPENED_FOR_READING } from '../appendOutcome.ts'
import type { CannotOpenStore, EventStore } from '../eventStore.ts'
import { appending } from './append/append.ts'
import { oneNodeClient } from './client/client.ts'
import { type ConnectionString, readConnectionString } from './client/connectionString.ts'
import type { Connection } from './connection/connection.ts'
import { openConnection } from './connection/openConnection.ts'
import { following } from './read/follow.ts'
import { idReader } from './read/idAt.ts'
import { lastEventReader } from './read/lastEvent.ts'
import { logReader } from './read/readAll.ts'
import { streamReader } from './read/readStream.ts'
import { takenAtReader } from './read/takenAt.ts'
import { erasing } from './removal/erase.ts'
import { scavenging } from './removal/scavenge.ts'
import { truncating } from './removal/truncate.ts'
import { streamNames } from './stored/streamNames.ts'

interface EsdbEventStoreOptions {
  /** `esdb://…` or `esdb+discover://…`, with the options of the client. */
  readonly connectionString: string
  /** What the streams' names begin with inside the server; default `kyc-`. */
  readonly streamPrefix?: string
  /** Reads and follows. Appends are refused. */
  readonly readOnly?: boolean
}

/**
 * Opens the event store in EventStoreDB. That succeeds whether the server is there or not; only a connection string
 * that no client can be made of is a failure.
 */
export const openEsdbEventStore =
  ({
    connectionString,
    streamPrefix,
    readOnly = false,
  }: EsdbEventStoreOptions): TaskEither<CannotOpenStore, EventStore> =>
  async () => {
    const read = readConnectionString(connectionString)
    if (E.isLeft(read)) return E.left(cannotOpen(read.left))
    try {
      // The certificate files it names are read here for the first time.
      await oneNodeClient(read.right).close()
    } catch (error) {
      return E.left(cannotOpen(error instanceof Error ? error.message : String(error)))
    }
    return E.right(opened(read.right, streamPrefix, readOnly))
  }

const refused = () => async () => E.left(OPENED_FOR_READING)

const opened = (
  connectionString: ConnectionString,
  streamPrefix: string | undefined,
  readOnly: boolean,
): EventStore => {
  const names = streamNames(streamPrefix)
  const toLeader = openConnection(leaderFirst(connectionString), {
    requiresLeader: true,
    rights: readOnly ? ['read'] : ['read', 'write'],
    names,
  })
  const toAny = prefersLeader(connectionString)
    ? toLeader
    : openConnection(connectionString, { requiresLeader: false, rights: [], names })
  const connections: readonly Connection[] = [...new Set([toLeader, toAny])]
  const readStream = streamReader(toLeader, names)
  const { append, retries, finish } = appending(toLeader, names, readStream)
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await finish()
    await Promise.all(connections.map((connection) => connection.close()))
  }
  return {
    append: readOnly ? refused : append,
    erase: readOnly ? refused : erasing(toLeader, names),
    truncate: readOnly ? refused : truncating(toLeader, names),
    purge: readOnly ? () => Promise.reject(new Error(OPENED_FOR_READING.reason)) : scavenging(connectionString),
    readStream,
    readAll: logReader(toAny, names),
    lastEvent: lastEventReader(toLeader, names),
    takenAt: takenAtReader(toLeader, names),
    follow: following(toAny, names),
    idAt: idReader(toLeader, names),
    embedded: false,
    retries,
    health: () => (connections.every((connection) => connection.health() === 'up') ? 'up' : 'down'),
    close: () => {
      closed ??= close()
      return closed
    },
  }
}

const prefersLeader = ({ options }: ConnectionString): boolean =>
  (options.get('nodePreference') ?? 'leader').toLowerCase() === 'leader'

/** Appends and the reads that decide them go to the leader, whatever node is preferred for the log. */
const leaderFirst = (connectionString: ConnectionString): ConnectionString => ({
  ...connectionString,
  options: new Map([...connectionString.options, ['nodePreference', 'leader']]),
})

const cannotOpen = (reason: string): CannotOpenStore => ({
  _tag: 'CannotOpenStore',
  reason: `cannot open the event store in EVENT_STORE: ${reason}`,
})
