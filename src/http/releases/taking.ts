import type { Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../../domain/identifiers.ts'
import type { Instant } from '../../../domain/instant.ts'
import type { KycState } from '../../../domain/state/kycState.ts'
import type { ClockFault } from '../../clock/nodeClock.ts'
import type { Position } from '../../eventStore/recordedEvent.ts'
import { type ClockWrong, type NotRecorded, recordOwn } from '../../ledger/recordOwn.ts'
import type { KnownOfUser, Release, Step, StepRefused } from '../../ledger/releases.ts'
import { problem, unavailable } from '../problem.ts'
import { nothingRecorded, tellSamePerson } from '../twoPersons.ts'
import { LONGEST_WAIT_MS, type Sources, unknownUser } from '../users/sources.ts'
import { knownOfUser } from './knownOfUser.ts'

/** What releases are listed from, and their steps are recorded with. */
export interface ReleaseSources extends Sources {
  /** By a clock that is wrong nothing is recorded. */
  readonly clockFault: () => ClockFault | null
}

/** A step that was taken, and how the user stands by it. */
export interface Taken {
  readonly release: Release
  readonly state: KycState
  /** Of the last event of his stream. */
  readonly position: Position | null
  /** Whether something was recorded: otherwise it was before. */
  readonly isNew: boolean
}

/** It was answered already why nothing can be decided. */
interface Answered {
  readonly _tag: 'Answered'
}

const SAME_PERSON = 'a release is confirmed with another key than it was requested with'

const tellRefused = (
  { authentication }: ReleaseSources,
  res: Response,
  refused: Exclude<StepRefused, { readonly _tag: 'AskedBefore' }> | ClockWrong | NotRecorded | Answered,
): void => {
  switch (refused._tag) {
    case 'UnknownUser':
      return unknownUser(res)
    case 'NotHeldBack':
      return problem(res, 'not-held-back', refused.reason)
    case 'SamePerson':
      return tellSamePerson(res, authentication, SAME_PERSON)
    case 'Unknown':
      return problem(res, 'unknown-release', 'this user has no release of this number')
    case 'Confirmed':
      return problem(res, 'release-confirmed', 'this release was confirmed before')
    case 'ClockWrong':
      return nothingRecorded(res)
    case 'NotRecorded':
      return unavailable(
        res,
        'event-store-unreachable',
        `the event store does not say that it took it, look before you ask again: ${refused.reason}`,
      )
    case 'Answered':
      return
    default:
      return refused satisfies never
  }
}

/**
 * Takes a step by what the log holds of the user, and gives it once this node shows it, or has had time to; `null` after it was answered why
 * it is not taken.
 */
export const takeStep = async (
  sources: ReleaseSources,
  res: Response,
  userId: UserId,
  decide: (known: KnownOfUser, at: Instant) => E.Either<StepRefused, Step>,
): Promise<Taken | null> => {
  const { recorded: store, now, clockFault, readModel } = sources
  const read = async (): Promise<E.Either<Answered, KnownOfUser>> =>
    E.fromNullable<Answered>({ _tag: 'Answered' })(await knownOfUser(sources, res, userId))
  const recording = { store, now, clockFault }
  const taken = await recordOwn<KnownOfUser, StepRefused | Answered, Step>(recording, userId, read, decide)
  if (E.isRight(taken)) {
    const { release, state, position } = taken.right
    await readModel.reached(position, LONGEST_WAIT_MS)
    return { release, state, position, isNew: true }
  }
  const refused = taken.left
  if (refused._tag === 'AskedBefore') {
    const { known, release } = refused
    return { release, state: known.state, position: known.position, isNew: false }
  }
  tellRefused(sources, res, refused)
  return null
}
