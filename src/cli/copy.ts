import { parseArgs } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import { systemClock } from '../clock/clock.ts'
import { copyLog } from '../copy/copyLog.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { type EventStoreConfig, readEventStore } from '../eventStore/eventStoreConfig.ts'
import { openEventStore } from '../eventStore/openEventStore.ts'
import { tellAltered } from '../eventStore/tellAltered.ts'

const USAGE = 'usage: copy --from <event store> --to <event store> (sqlite:<file>, or esdb://…)'

const open = async (config: EventStoreConfig, readOnly: boolean): Promise<EventStore> => {
  const opened = await openEventStore(config, { readOnly })()
  if (E.isLeft(opened)) throw new Error(opened.left.reason)
  return opened.right
}

const parse = (words: readonly string[]) => {
  try {
    const { values } = parseArgs({ args: [...words], options: { from: { type: 'string' }, to: { type: 'string' } } })
    return { from: readEventStore(values.from ?? ''), to: readEventStore(values.to ?? '') }
  } catch {
    return null
  }
}

/**
 * `copy --from … --to …`: copies a log into another store with the ids, the order and the texts of its events, and
 * compares the two in the end; that it is a copy is recorded in it. A target that holds anything else is left as it is. What
 * was broken off is taken up again by the same command; a service may go on writing to the source, and the same command then
 * brings the rest. An event that is not what was received is copied as it stands, and named. Gives the exit code.
 */
export const copyCommand = async (words: readonly string[]): Promise<number> => {
  const stores = parse(words)
  if (stores === null || E.isLeft(stores.from) || E.isLeft(stores.to)) {
    console.error(USAGE)
    return 2
  }
  let from: EventStore | undefined
  let to: EventStore | undefined
  try {
    from = await open(stores.from.right, true)
    to = await open(stores.to.right, false)
    const { copied, events, gone, altered } = await copyLog(from, to, systemClock)
    console.log(`${copied} events copied, ${events} compared: the same`)
    for (const [stream, [first, last]] of gone) {
      console.error(`${stream} is not whole: the source shows nothing of it from revision ${first} to ${last}`)
    }
    if (altered.length > 0) console.error(`${tellAltered(altered)}; copied as they stand, and no better for it`)
    return gone.size === 0 && altered.length === 0 ? 0 : 1
  } catch (error) {
    console.error(`not copied: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  } finally {
    await Promise.all([from?.close(), to?.close()])
  }
}
