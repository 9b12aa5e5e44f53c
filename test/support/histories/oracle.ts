import { rankOf, type Said } from './said.ts'

/**
 * How a user stands, by someone who has read sections 4 to 7 of the rules only, and those of observations and releases: no machine,
 * no fold, no code of the service.
 */

/** The same in its place: what it says, and how surely. */
export interface Heard extends Said {
  readonly isEcho: boolean
  readonly isWeak: boolean
  /** Milliseconds. */
  readonly at: number
  /** Orders what occurred at one time and has one signed date, but for its rank. */
  readonly tie: string
  /** Of the event that it is part of. */
  readonly rank: number
  /** The event that it is part of, as a release has to name it. */
  readonly event?: string | undefined
}

/** What the service has written itself into the user's stream: when, and at which revision. */
export type Own = { readonly at: number; readonly revision: number } & (
  | { readonly is: 'observed'; readonly id: string; readonly shows: Said }
  | { readonly is: 'requested'; readonly event: string; readonly by: string }
  | { readonly is: 'released'; readonly event: string; readonly on: { readonly observation: string } | TwoPersons }
)

interface TwoPersons {
  readonly request: number
  readonly requestedBy: string
  readonly confirmedBy: string
}

/** A signed success that was not followed, though nothing heard since speaks against it. */
interface Held extends Pick<Heard, 'isNew' | 'level' | 'lastReview' | 'signed'> {
  readonly event: string
}

/** What the events of a user come to. */
export interface Judged {
  readonly status: 'none' | 'pending' | 'validated' | 'refused' | 'closed' | 'unknown'
  /** The events that may be released, oldest first. */
  readonly held: readonly string[]
  /** The releases that were worth something, and of which life cycle they were. */
  readonly released: readonly (Pick<Own, 'at' | 'revision'> & Pick<Said, 'isNew'>)[]
}

const compare = (a: Heard, b: Heard): number =>
  a.at - b.at ||
  (a.signed ?? Number.NEGATIVE_INFINITY) - (b.signed ?? Number.NEGATIVE_INFINITY) ||
  a.rank - b.rank ||
  (a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0) ||
  rankOf(a.says) - rankOf(b.says)

/** As all of it occurred. */
export const inOrder = (all: readonly Heard[]): Heard[] =>
  all.toSorted((a, b) => (Number.isNaN(compare(a, b)) ? 0 : compare(a, b)))

/** Whether it speaks against a success that was held back before it. */
export const isAgainst = ({ says, closes }: Said): boolean => closes || says === 'refusal' || says === 'unknown'

const later = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b))

const WORDS: Readonly<Record<Said['says'], Judged['status']>> = {
  none: 'none',
  pending: 'pending',
  success: 'validated',
  refusal: 'refused',
  reopened: 'pending',
  unknown: 'unknown',
}

const shownBy = ({ closes, says }: Said): Judged['status'] => (closes ? 'closed' : WORDS[says])

/** Of all that was heard of a user, and what the service has written itself, both in any order. */
export const judgedOf = (all: readonly Heard[], written: readonly Own[] = []): Judged => {
  let legacy: Said['says'] = 'none'
  let lifecycle: Said['says'] = 'none'
  let governs = false
  let decided = false
  let closed = false
  let refusedAt: number | null = null
  let assuredAt: number | null = null
  let newestReview: number | null = null
  let newestSigned: number | null = null
  let observation: (Own & { is: 'observed' }) | null = null
  let held: readonly Held[] = []
  const requests: (Own & { is: 'requested' })[] = []
  const released: Judged['released'][number][] = []

  const enter = (isNew: boolean, says: Said['says']): void => {
    if (isNew) {
      lifecycle = says
      governs = true
    } else legacy = says
  }

  const signedWord = (): Judged['status'] => {
    const isContradicted = governs && refusedAt !== null && (assuredAt === null || refusedAt >= assuredAt)
    const word = WORDS[governs ? lifecycle : legacy]
    return closed ? 'closed' : word === 'validated' && isContradicted ? 'unknown' : word
  }
  /** He is validated already, and by this life cycle. */
  const isIdle = (isNew: boolean): boolean => (isNew ? lifecycle : legacy) === 'success' && signedWord() === 'validated'

  const hear = (one: Heard): void => {
    const { isNew, says, isEcho, isWeak, at, lastReview, signed, event = '', level } = one
    const isOlder = isNew && says === 'success' && lastReview !== null && lastReview < (newestReview ?? lastReview)
    const isOldEcho = isNew && isEcho && signed !== null && signed < (newestSigned ?? signed)
    const isOutdated = isOlder || isOldEcho
    const isHeldBack = !isOutdated && says === 'success' && (isEcho || (isWeak && decided))
    const isFollowed = !isOutdated && !isHeldBack
    if (one.closes && (isFollowed || !isEcho)) closed = true
    if (isNew && (isFollowed || !isEcho)) {
      newestReview = later(newestReview, lastReview)
      newestSigned = later(newestSigned, signed)
    }
    if (isAgainst(one)) held = []
    else if (isFollowed) held = held.filter((other) => other.isNew !== isNew)
    else if (isHeldBack && !isIdle(isNew)) held = [...held, { event, isNew, level, lastReview, signed }]
    decided ||= !isEcho && says !== 'none' && says !== 'pending'
    if (!isFollowed) return
    if (isNew && !isEcho && !isWeak) assuredAt = at
    if (!isNew && says === 'refusal') refusedAt = at
    enter(isNew, says)
    // Reviewed before the provider answered otherwise, whatever its webhook says.
    const isBehind = isNew && says === 'success' && lastReview !== null && lastReview < (observation?.at ?? lastReview)
    if (!isEcho && !isWeak && isNew === governs && !isBehind) observation = null
  }

  const vouches = ({ on, event }: Own & { is: 'released' }, level: number | null): boolean => {
    if ('observation' in on) {
      if (observation?.id !== on.observation || shownBy(observation.shows) !== 'validated') return false
      return level === null || observation.shows.level === null || level === observation.shows.level
    }
    const request = requests.find(({ revision }) => revision === on.request)
    return request?.event === event && request.by === on.requestedBy && on.requestedBy !== on.confirmedBy
  }

  const take = (own: Own): void => {
    if (own.is === 'observed') observation = own
    if (own.is === 'requested') requests.push(own)
    if (own.is !== 'released') return
    const entry = held.find(({ event }) => event === own.event)
    if (entry === undefined || !vouches(own, entry.level)) return
    const { isNew, lastReview, signed } = entry
    // Something newer was signed since.
    if (isNew && lastReview !== null && lastReview < (newestReview ?? lastReview)) return
    held = held.filter((other) => other.isNew !== isNew)
    if (isNew) assuredAt = own.at
    newestReview = later(newestReview, lastReview)
    newestSigned = later(newestSigned, signed)
    decided = true
    enter(isNew, 'success')
    released.push({ at: own.at, revision: own.revision, isNew })
  }

  const heard = inOrder(all)
  // What was written at a time comes after all that occurred by then.
  for (const own of written.toSorted((a, b) => a.at - b.at || a.revision - b.revision)) {
    while (heard[0] !== undefined && heard[0].at <= own.at) hear(heard.shift() as Heard)
    take(own)
  }
  heard.forEach(hear)

  return { status: overlaid(signedWord(), observation), held: held.map(({ event }) => event), released }
}

/** An observation takes away, and never grants. */
const overlaid = (word: Judged['status'], observation: { readonly shows: Said } | null): Judged['status'] => {
  if (observation === null || word === 'closed') return word
  const shown = shownBy(observation.shows)
  return word === 'validated' || shown === 'refused' || shown === 'closed' ? shown : word
}

/** Whether he is verified, by what was heard alone. */
export const isVerified = (all: readonly Heard[]): boolean => judgedOf(all).status === 'validated'
