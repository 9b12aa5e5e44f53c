import type { EventStoreConfig } from '../eventStore/eventStoreConfig.ts'
import type { RecordedEvent } from '../eventStore/recordedEvent.ts'
import type { Forgotten } from './forgottenErasures.ts'
import type { LostEvents } from './lostEvents.ts'
import type { SealedAndLost } from './sealedEnd.ts'

/** The log is not one that this directory may serve; what to do stands in the message. */
export class LogRefused extends Error {}

const named = (eventStore: EventStoreConfig): string =>
  eventStore.kind === 'sqlite' ? `the event log ${eventStore.file}` : 'the event log in EVENT_STORE'

/** What to do in order to serve another log. */
export const SET_ASIDE =
  'to serve another log from this directory, remove its read model (read-model*) and move its journal (journal.db*) aside'

/** What to say of a log that is empty, or missing, although the directory belongs to one. */
export const lostLog = (eventStore: EventStoreConfig, dataDir: string): string =>
  `${named(eventStore)} is empty or missing, but ${dataDir} belongs to one: check EVENT_STORE and DATA_DIR, or restore ` +
  `the log; ${SET_ASIDE}`

/** What to say of a log that is not the one with the id `carried`; `held` is its own, if it has any. */
export const anotherLog = (
  eventStore: EventStoreConfig,
  dataDir: string,
  held: string | null,
  carried: string,
): string =>
  `${named(eventStore)} ${held === null ? 'has no identity' : `is the log ${held}`}, but ${dataDir} belongs to the log ` +
  `${carried}: check EVENT_STORE and DATA_DIR; ${SET_ASIDE}`

/** What to do about a log that lacks what was known of it. */
const TO_GO_ON =
  'Restore the log. To go on without what is missing, start once with --accept-lost-events: that is recorded in the log'

/** What to say of a log that ends before a checkpoint of it. */
export const endsBefore = (eventStore: EventStoreConfig, { remembered, size }: SealedAndLost): string =>
  `${named(eventStore)} holds ${size} events, and ${remembered.size} were sealed, as ${remembered.by} says: at least ` +
  `${remembered.size - size} are missing at its end. ${TO_GO_ON}`

/** What to say of a log that knows of fewer erased users than somebody remembers. */
export const bringsBack = (eventStore: EventStoreConfig, { users, held, by }: Forgotten): string =>
  `${named(eventStore)} knows of ${held} erased users, and ${users} were erased, as ${by} says: a backup of before brings back ` +
  'whom it does not know of. Erase them again before the start: npm run kyc -- erasures apply'

const RUNS_TOLD = 20

const placeOf = ({ stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>): string =>
  `${stream}, revision ${revision}`

/** For a person; names streams, nobody else. */
const tellLost = ({ furthest, endsWith, runs }: LostEvents): string => {
  const events = runs.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  const some = runs.slice(0, RUNS_TOLD).map(({ stream, first, last }) => `${stream} from revision ${first} to ${last}`)
  const more = runs.length > RUNS_TOLD ? ` and ${runs.length - RUNS_TOLD} more` : ''
  return (
    `${placeOf(furthest)} (position ${furthest.position}) is not in it` +
    (endsWith === null ? '' : `; it ends with ${placeOf(endsWith)} (position ${endsWith.position})`) +
    (runs.length === 0 ? '' : `; missing at least ${events} events of ${runs.length} users: ${some.join(', ')}${more}`)
  )
}

/** What to say of a log that lacks what the directory has seen of it. */
export const shortened = (eventStore: EventStoreConfig, dataDir: string, lost: LostEvents): string =>
  `${named(eventStore)} does not hold the last event that the read model in ${dataDir} has seen: ${tellLost(lost)}. ${TO_GO_ON}`
