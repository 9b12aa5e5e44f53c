import * as E from 'fp-ts/lib/Either.js'
import { isConnectionString, readConnectionString } from './esdb/client/connectionString.ts'

/** Which event store, and where it is. */
export type EventStoreConfig =
  | { readonly kind: 'sqlite'; readonly file: string }
  /** The string may hold a password. */
  | { readonly kind: 'esdb'; readonly connectionString: string }

/** `EVENT_STORE`, or what is wrong with it. */
export const readEventStore = (text: string): E.Either<string, EventStoreConfig> => {
  if (isConnectionString(text)) {
    const read = readConnectionString(text)
    return E.isLeft(read) ? E.left(`EVENT_STORE: ${read.left}`) : E.right({ kind: 'esdb', connectionString: text })
  }
  const file = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : ''
  return file === ''
    ? E.left('EVENT_STORE: must be sqlite:<file>, or esdb://… for EventStoreDB')
    : E.right({ kind: 'sqlite', file })
}
