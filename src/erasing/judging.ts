import type * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { Ground } from '../../domain/retention/ground.ts'
import type { RecordedEvent, Revision, StreamName } from '../eventStore/recordedEvent.ts'

/** What the rules say of the records of a user. */
export interface Judged {
  /** On what ground they may go, or the sentence that says which rule forbids it. */
  readonly ground: E.Either<string, Ground>
  /** A legal hold stands, which nobody's order sets aside: whoever may lifts it. */
  readonly isHeld: boolean
  /** Of his stream, the last event that was taken into account; -1 for none. */
  readonly revision: Revision
}

/** The rules of retention, as an erasure asks them. They throw where the read model has not come to the end of the log. */
export interface Judging {
  readonly user: (userId: UserId) => Promise<Judged>
  /** Up to where the log has legal holds placed and lifted, by its revision; -1 for none. What was judged before may be otherwise after it. */
  readonly lastOfHolds: () => Promise<Revision>
  /** Whether an event that names no user may go: its time is over, and no living user's state rests on it. */
  readonly ofNobody: (event: RecordedEvent) => E.Either<string, Ground>
  /** The users behind `after` whose time may be over, in the order of their ids as texts, at most so many; those on hold among them. */
  readonly due: (after: UserId | null, most: number) => readonly { readonly userId: UserId; readonly onHold: boolean }[]
  /** The streams of webhooks that speak of a user and stand whole, as far as is known: a part may be missing in his own stream. */
  readonly wholesAbout: (userId: UserId) => readonly StreamName[]
  /** Users who are erased, and of whom such a webhook speaks all the same; at most so many. */
  readonly erasedInWholes: (most: number) => readonly UserId[]
}

/** The ground of an erasure that somebody orders: the rule's, where that allows it; by his authority, where it does not. */
export const groundBy = ({ ground, isHeld }: Judged, authority: string | null): E.Either<string, Ground> => {
  if (ground._tag === 'Right' || isHeld || authority === null) return ground
  const none = { since: null, period: null, dueAt: null, country: null }
  return { _tag: 'Right', right: { rule: 'authority', ...none, authority } }
}
