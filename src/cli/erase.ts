import * as E from 'fp-ts/lib/Either.js'
import { readStoreConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { type Erased, readErased } from '../ledger/erased.ts'
import { userOfStream } from '../ledger/streams.ts'
import { postToService } from './askService.ts'
import { ERASE_OPTIONS, ERASE_USAGE, type EraseAsked, eraseAsked } from './eraseAsked.ts'
import { misread } from './misread.ts'
import { withLog } from './withLog.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How many events the store still shows of what was erased, in the log and in its streams. */
const shownOf = async (store: EventStore, erased: Erased): Promise<number> => {
  let shown = 0
  for await (const events of store.readAll(null, () => undefined)) {
    for (const event of events) {
      const userId = userOfStream(event.stream)
      if (erased.has(event) || (userId !== null && erased.users.has(userId))) shown += 1
    }
  }
  return shown
}

/** Looks whether the store shows anything any more of what was erased. */
const verify = (environment: Environment): Promise<number> | number => {
  const config = readStoreConfig(environment)
  if (E.isLeft(config)) {
    console.error(config.left.join('\n'))
    return 2
  }
  return withLog(config.right, async (store) => {
    const erased = await readErased(store)
    const shown = await shownOf(store, erased)
    const what = `${erased.users.size} users and ${erased.leaves} events were erased`
    if (shown === 0) {
      console.log(`${what}: the event store shows nothing of them`)
      return 0
    }
    console.log(
      `${what}: the event store still shows ${shown} of these events${store.embedded ? ': an erasure is under way' : ': each of its nodes has to be scavenged'}`,
    )
    return 1
  })
}

/** So many numbers stand in a line. */
const NAMED = 20

const tellDue = (erasures: readonly number[], confirms: boolean): string => {
  if (erasures.length === 0) {
    return confirms
      ? 'nothing is confirmed: nobody else has asked for anything that is due and may go now'
      : 'nothing is asked for: nothing is due that was not asked for before'
  }
  const named = `${erasures.slice(0, NAMED).join(', ')}${erasures.length > NAMED ? ', …' : ''}`
  return confirms
    ? `confirmed: ${erasures.length} (${named})`
    : `asked for: ${erasures.length} (${named}); somebody else confirms what is due: --due --confirm`
}

const ask = async (asked: Exclude<EraseAsked, { readonly _tag: 'Verify' }>): Promise<number> => {
  const answer = await postToService(asked.at, asked.path, asked.body)
  if (asked._tag === 'Due') {
    const { erasures } = answer as { readonly erasures: readonly number[] }
    console.log(tellDue(erasures, asked.confirms))
    return 0
  }
  const { erasure } = answer as { readonly erasure: number }
  const next =
    asked.step === 'requested' ? `; somebody else confirms it: --user ${asked.userId} --confirm ${erasure}` : ''
  console.log(`erasure ${erasure} is ${asked.step}${next}`)
  return 0
}

/**
 * `erase`: has the running service take a step of an erasure, under the name of the key; `erase --verify` looks, by the log itself,
 * whether anything is shown of what was erased. Gives the exit code.
 */
export const eraseCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const asked = eraseAsked(words, environment)
  if (asked === null) {
    console.error([misread(words, ERASE_OPTIONS), ERASE_USAGE].filter((line) => line !== null).join('\n'))
    return 2
  }
  return asked._tag === 'Verify' ? verify(environment) : ask(asked)
}
