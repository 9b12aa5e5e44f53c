import type { Clock } from '../clock/clock.ts'
import type { SealingConfig } from '../config/config.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import { establishIdentity, type LogIdentity } from '../ledger/logIdentity.ts'
import type { Logger } from '../log/log.ts'
import { currentReadModel, removeReadModel } from '../readModel/file.ts'
import { type Standing, standingOf } from '../readModel/standing.ts'
import { acceptLost, acceptNotAsSealed } from './acceptLost.ts'
import { checkIdentity, heldIdentity } from './belonging.ts'
import { carriedBy } from './carried.ts'
import { fitOf } from './fit.ts'
import { forgottenErasures } from './forgottenErasures.ts'
import { bringsBack, endsBefore, LogRefused, shortened } from './refusal.ts'
import { endsBeforeSeal, isNotAsSealed, remembered } from './sealedEnd.ts'

// A read model and a journal belong to one log. Before a service makes or reads either it joins the log: it learns which
// one that is, gives it an identity where it has none, and refuses one that its directory does not belong to, or that
// has lost what the directory has seen of it.

export interface Joining {
  readonly store: EventStore
  readonly eventStore: EventStoreConfig
  readonly dataDir: string
  readonly sealing: SealingConfig
  readonly acceptLostEvents: boolean
  readonly now: Clock
  /** Called once the log is known, before anything is made of it, with what the read model has seen of it. */
  readonly begin: (seen: Standing | null) => Promise<void>
}

const settle = async (
  { store, eventStore, dataDir, sealing, acceptLostEvents, now }: Joining,
  log: Logger,
): Promise<LogIdentity> => {
  const carried = carriedBy(dataDir)
  const isSealed = sealing.everySeconds > 0
  const held = await heldIdentity(store, carried)
  await checkIdentity(store, eventStore, dataDir, carried, held)

  const readModel = currentReadModel(dataDir)
  const fit = await fitOf(store, readModel, carried.readModel, held)
  if (fit._tag === 'Lost' && !acceptLostEvents) throw new LogRefused(shortened(eventStore, dataDir, fit.lost))
  const identity = held ?? (await establishIdentity(store, now))
  const known = isSealed ? await remembered(dataDir, sealing, identity) : []
  // Before anything is accepted: whoever is brought back has to go again, whatever else is lost.
  const forgotten = await forgottenErasures(store, dataDir, sealing.keyFile, identity, known)
  if (forgotten !== null) throw new LogRefused(bringsBack(eventStore, forgotten))
  const short = isSealed ? await endsBeforeSeal(store, dataDir, identity, known) : null
  if (short !== null && !acceptLostEvents) throw new LogRefused(endsBefore(eventStore, short))
  const isOther = short !== null || (acceptLostEvents && isSealed && (await isNotAsSealed(store, dataDir, identity)))
  if (isOther && fit._tag !== 'Lost') {
    await acceptNotAsSealed(store, short, now)
    log.warn('the log is not the one that was sealed, as somebody has accepted, which is recorded in the log')
  }
  if (fit._tag === 'Fits' && !isOther) return identity
  if (fit._tag === 'Lost') await acceptLost(store, fit.lost, now)
  if (fit._tag === 'Lost')
    log.warn('events that the read model was made from are lost, which is recorded in the log: it is made anew')
  if (fit._tag === 'MadeAnew') log.warn(`the read model is made anew: ${fit.why}`)
  removeReadModel(readModel)
  return fit._tag === 'Lost' || isOther ? await establishIdentity(store, now) : identity
}

/**
 * Joins the log: gives its identity, with a read model in the directory that fits it, or none. Throws `LogRefused`, or
 * whatever keeps the store from answering.
 */
export const joinLog = async (joining: Joining, log: Logger): Promise<LogIdentity> => {
  const identity = await settle(joining, log)
  await joining.begin(standingOf(currentReadModel(joining.dataDir)))
  return identity
}
