/**
 * Whether a user is verified, by someone who has read sections 4 to 7 of the rules only: no machine, no fold, no code of the
 * service. It knows payloads of users and KYC objects, and passes over all others.
 */

/** What one payload says of a user. */
export interface Said {
  readonly isNew: boolean
  readonly says: 'none' | 'pending' | 'success' | 'refusal' | 'reopened' | 'unknown'
  readonly closes: boolean
  /** Milliseconds. */
  readonly lastReview: number | null
  readonly signed: number | null
}

/** The same in its place: what it says, and how surely. */
export interface Heard extends Said {
  readonly isEcho: boolean
  readonly isWeak: boolean
  /** Milliseconds. */
  readonly at: number
  /** Orders what occurred at one time and has one signed date, but for its rank. */
  readonly tie: string
}

const own = (object: unknown, key: string): unknown =>
  typeof object === 'object' && object !== null && Object.hasOwn(object, key)
    ? (object as Record<string, unknown>)[key]
    : undefined

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === ''
/** As integer or as its digits. */
const isCode = (value: unknown, code: number): boolean => value === code || value === String(code)

const LEGACY: readonly Said['says'][] = [
  'none',
  'pending',
  'success',
  'refusal',
  'reopened',
  'unknown',
  'reopened',
  'reopened',
]
const LIFECYCLE: readonly Said['says'][] = [
  'none',
  'pending',
  'success',
  'refusal',
  'unknown',
  'unknown',
  'pending',
  'pending',
]

const byReview = (review: unknown, meanings: readonly Said['says'][]): Said['says'] =>
  meanings.find((_, code) => isCode(review, code)) ?? 'unknown'

const STATUSES: Readonly<Record<string, Said['says']>> = {
  PENDING: 'pending',
  VALIDATED: 'success',
  REFUSED: 'refusal',
}

/** Level 4 is called REFUSED; what is no whole number may be it. */
const unlessRefusedLevel = (says: Said['says'], level: unknown): Said['says'] => {
  const isCodeLike =
    typeof level === 'number' ? Number.isSafeInteger(level) : /^(0|-?[1-9]\d{0,8})$/.test(String(level))
  const speaksAgainst = isCode(level, 4) || typeof level === 'object' || !isCodeLike
  return says === 'success' && !isAbsent(level) && speaksAgainst ? 'unknown' : says
}

const unlessStatus = (says: Said['says'], status: unknown): Said['says'] =>
  says === 'success' && !isAbsent(status) && !['PENDING', 'VALIDATED', 'CANCELED'].includes(status as string)
    ? 'unknown'
    : says

const unlessKycStatus = (says: Said['says'], status: unknown): Said['says'] =>
  says === 'success' && !isAbsent(status) && status !== 'VALIDATED' ? 'unknown' : says

const saidOfUser = (user: unknown): Said => ({
  isNew: false,
  says: unlessKycStatus(
    unlessStatus(
      unlessRefusedLevel(byReview(own(user, 'kycReview'), LEGACY), own(user, 'kycLevel')),
      own(user, 'userStatus'),
    ),
    own(user, 'kycStatus'),
  ),
  closes: own(user, 'userStatus') === 'CANCELED',
  lastReview: null,
  signed: null,
})

const dateOf = (value: unknown): number | null => {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? null : time
}

const saidOfKyc = (kyc: unknown): Said => {
  const [status, review] = [own(kyc, 'kycStatus'), own(kyc, 'kycReview')]
  const decided = isAbsent(status)
    ? byReview(review, LIFECYCLE)
    : typeof status === 'string' && Object.hasOwn(STATUSES, status)
      ? (STATUSES[status] ?? 'unknown')
      : 'unknown'
  const contradicts = decided === 'success' && !isAbsent(review) && !isCode(review, 2)
  const [lastReview, lastRequest] = [dateOf(own(kyc, 'lastReviewDatetime')), dateOf(own(kyc, 'lastRequestDatetime'))]
  const dates = [lastReview, lastRequest].filter((date) => date !== null)
  return {
    isNew: true,
    says: contradicts ? 'unknown' : unlessRefusedLevel(decided, own(kyc, 'kycLevel')),
    closes: false,
    lastReview,
    signed: dates.length === 0 ? null : Math.max(...dates),
  }
}

/** What a payload says of the user; nothing where it is neither of users nor a KYC object. */
export const saidOf = (payload: unknown, user: string, isKyc: (payload: unknown) => boolean): readonly Said[] => {
  const isHis = (object: unknown): boolean => [user, Number(user)].includes(own(object, 'userId') as string)
  const users = own(payload, 'users')
  if (Array.isArray(users)) return users.filter(isHis).map(saidOfUser)
  return isKyc(payload) && isHis(payload) ? [saidOfKyc(payload)] : []
}

export const rankOf = (says: Said['says']): number =>
  ['none', 'pending', 'reopened'].includes(says) ? 0 : says === 'success' ? 1 : 2

const compare = (a: Heard & { readonly rank: number }, b: Heard & { readonly rank: number }): number =>
  a.at - b.at ||
  (a.signed ?? Number.NEGATIVE_INFINITY) - (b.signed ?? Number.NEGATIVE_INFINITY) ||
  a.rank - b.rank ||
  (a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0) ||
  rankOf(a.says) - rankOf(b.says)

const later = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b))

/** Of all that was heard of a user, in any order; `rank` of the event that it is part of. */
export const isVerified = (all: readonly (Heard & { readonly rank: number })[]): boolean => {
  let legacy: Said['says'] = 'none'
  let lifecycle: Said['says'] = 'none'
  let governs = false
  let decided = false
  let closed = false
  let refusedAt: number | null = null
  let assuredAt: number | null = null
  let newestReview: number | null = null
  let newestSigned: number | null = null
  for (const one of all.toSorted((a, b) => (Number.isNaN(compare(a, b)) ? 0 : compare(a, b)))) {
    const { isNew, says, isEcho, isWeak, at, lastReview, signed } = one
    const isOlder = isNew && says === 'success' && lastReview !== null && lastReview < (newestReview ?? lastReview)
    const isOldEcho = isNew && isEcho && signed !== null && signed < (newestSigned ?? signed)
    const isFollowed = !(says === 'success' && (isEcho || (isWeak && decided))) && !isOlder && !isOldEcho
    if (one.closes && (isFollowed || !isEcho)) closed = true
    if (isNew && (isFollowed || !isEcho)) {
      newestReview = later(newestReview, lastReview)
      newestSigned = later(newestSigned, signed)
    }
    if (!isFollowed) continue
    if (isNew) {
      lifecycle = says
      governs = true
      if (!isEcho && !isWeak) assuredAt = at
    } else {
      legacy = says
      if (says === 'refusal') refusedAt = at
    }
    decided ||= [legacy, lifecycle].some((state) => state !== 'none' && state !== 'pending')
  }
  if (closed) return false
  if (!governs) return legacy === 'success'
  return lifecycle === 'success' && !(refusedAt !== null && (assuredAt === null || refusedAt >= assuredAt))
}
