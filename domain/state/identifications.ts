import type { HeardEvent } from '../event/kycEvent.ts'
import type { Instant } from '../instant.ts'
import { isOpen, type StateOf } from '../regions.ts'
import type { IdentificationStatement } from '../treezor/identification.ts'
import type { LivenessStatement } from '../treezor/liveness.ts'
import { type Draft, type Report, replaceOrAdd, sinceOf } from './draft.ts'
import type { IdentificationState } from './kycState.ts'
import { move } from './move.ts'

type AnyIdentification = IdentificationState<StateOf<'liveness' | 'qes'>>

/** An identification that only echoes have spoken of is older than any other: a captured payload can be given a new id. */
const startedLater = (a: AnyIdentification, b: AnyIdentification): boolean => {
  if (a.echoesOnly !== b.echoesOnly) return b.echoesOnly
  return a.startedAt === b.startedAt ? a.identificationId > b.identificationId : a.startedAt > b.startedAt
}

/** The identification that was started last; echoes settle no start. */
export const current = <S extends AnyIdentification>(all: readonly S[]): S | null =>
  all.reduce<S | null>((newest, one) => (newest === null || startedLater(one, newest) ? one : newest), null)

const startOf = (
  before: { readonly startedAt: Instant; readonly echoesOnly: boolean } | undefined,
  signedStart: Instant | null,
  event: HeardEvent,
): Instant => {
  // Nor does one unsettle a start: the id in a liveness envelope is not signed, so it may name another identification.
  if (before !== undefined && !before.echoesOnly && event.echoOf !== null) return before.startedAt
  if (signedStart !== null) return signedStart
  return before === undefined || (before.echoesOnly && event.echoOf === null) ? event.occurredAt : before.startedAt
}

/** An identification that the provider refused. */
const isFailed = (state: StateOf<'liveness' | 'qes'>): boolean =>
  state === 'failed' || state === 'canceled' || state === 'fraudConfirmed'

const isValidated = ({ hasLifecycle, lifecycle, legacy }: Draft): boolean =>
  (hasLifecycle ? lifecycle.state : legacy.state) === 'validated'

/** The identifications of a region with what is said of one of them, as far as the machine follows it. */
export const hearIdentification = <R extends 'liveness' | 'qes' | 'videoConference'>(
  draft: Draft,
  region: R,
  all: readonly IdentificationState<StateOf<R>>[],
  statement: (LivenessStatement | IdentificationStatement) & { readonly says: StateOf<R> },
  event: HeardEvent,
  report: Report,
): readonly IdentificationState<StateOf<R>>[] => {
  const { identificationId, says, reasons } = statement
  const isEcho = event.echoOf !== null
  const index = all.findIndex((one) => one.identificationId === identificationId)
  const before = all[index]
  const { to, followed } = move(region, region, before?.state ?? ('none' as StateOf<R>), says, isEcho, report)
  if (!followed) return all
  const signedStart = statement.region === 'liveness' ? statement.startedAt : null
  const after: IdentificationState<StateOf<R>> = {
    identificationId,
    state: to,
    since: sinceOf(before, to, event.occurredAt),
    startedAt: startOf(before, signedStart, event),
    echoesOnly: isEcho && (before?.echoesOnly ?? true),
    score: statement.region === 'liveness' ? statement.score : null,
    result: statement.region === 'liveness' ? null : statement.result,
    reasons,
  }
  if (isFailed(to) && before?.state !== to && isValidated(draft)) {
    report('identification-contradicts', `${region}: ${to}, of a user who stands validated`)
  }
  if (before === undefined) {
    const open = current(all)
    if (open !== null && isOpen(open.state) && after.startedAt >= open.startedAt) {
      report(
        'identification-superseded',
        `${region}: a new identification was started while the one before was ${open.state}`,
      )
    }
  }
  return replaceOrAdd(all, index, after)
}
