import { fromMilliseconds } from '../../domain/instant.ts'
import { readLeaps } from '../clock/leaps.ts'
import { WRONG_MS } from '../clock/nodeClock.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { recordedAtOf } from '../ledger/recordedAt.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import type { Patient } from './patient.ts'
import { withLog } from './withLog.ts'

const OF = 'clock'
const WRONG = fromMilliseconds(WRONG_MS)
const seconds = (microseconds: number): string => `${Math.round(Math.abs(microseconds) / 1_000_000)} s`

/** What the service has noticed while it ran and nobody has looked at. */
export const lookAtLeaps = ({ config: { dataDir } }: Patient): readonly Finding[] => {
  const leaps = readLeaps(dataDir)
  const net = leaps.reduce((sum, { milliseconds }) => sum + milliseconds, 0)
  if (leaps.length === 0) return []
  const told = `it went ${net > 0 ? 'forwards' : 'back'} by ${Math.round(Math.abs(net) / 1000)} s while the service ran (${leaps.at(-1)?.noticedAt}): npm run kyc -- clock`
  return [Math.abs(net) > WRONG_MS ? fault(OF, told) : warning(OF, told)]
}

/** The last event against this machine's clock, and, where a server took it, against that of the server. */
const against = async (store: EventStore, now: number): Promise<readonly Finding[]> => {
  const last = await store.lastEvent()
  const recordedAt = last === null ? null : recordedAtOf(last)
  if (last === null || recordedAt === null) return [ok(OF, 'the log holds nothing to hold it against')]
  const here = fromMilliseconds(now)
  const takenAt = (await store.takenAt?.(last.stream, last.revision)) ?? null
  if (recordedAt - here > WRONG)
    return [
      fault(
        OF,
        `it is ${seconds(recordedAt - here)} behind the newest event of the log: set it, or see npm run kyc -- clock`,
      ),
    ]
  if (takenAt !== null && takenAt - here > WRONG)
    return [fault(OF, `it is at least ${seconds(takenAt - here)} behind that of EventStoreDB: set one of the two`)]
  if (takenAt !== null && recordedAt - takenAt > WRONG)
    return [
      fault(
        OF,
        `the newest event was recorded ${seconds(recordedAt - takenAt)} later than EventStoreDB took it: the clock of a node is ahead of the server's`,
      ),
    ]
  if (takenAt !== null && takenAt - recordedAt > WRONG)
    return [
      warning(
        OF,
        `EventStoreDB took the newest event ${seconds(takenAt - recordedAt)} after it was recorded: the append was slow, or the clock of a node is behind the server's`,
      ),
    ]
  return [
    ok(
      OF,
      `${seconds(here - recordedAt)} later than the newest event of the log${takenAt === null ? '' : ', and as that of EventStoreDB'}`,
    ),
  ]
}

/** Whether anything may be received by this machine's clock. */
export const lookAtClock = async (patient: Patient): Promise<readonly Finding[]> =>
  (await withLog(patient, (store) => against(store, patient.now))) ?? []
