import * as E from 'fp-ts/lib/Either.js'
import type { StoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { patient } from '../eventStore/patientStore.ts'

/** Says why it is waited for, once for each reason. */
export const waitingForLog = (): ((reason: string) => void) => {
  let said = ''
  return (reason) => {
    if (reason !== said) console.error(`waiting for the event store: ${reason}`)
    said = reason
  }
}

/** Opens the log for reading, does something with it that gives an exit code, and closes it. */
export const withLog = async (
  { eventStore }: Pick<StoreConfig, 'eventStore'>,
  work: (store: EventStore) => Promise<number>,
): Promise<number> => {
  const opened = await openEventStore(eventStore, { readOnly: true })()
  if (E.isLeft(opened)) {
    console.error(opened.left.reason)
    return 1
  }
  const store = patient(opened.right, waitingForLog())
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
