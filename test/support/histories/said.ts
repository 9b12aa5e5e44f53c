/** What a payload says of a user, by someone who has read the rules only. It knows users and KYC objects, and passes over all others. */

/** What one payload says of a user. */
export interface Said {
  readonly isNew: boolean
  readonly says: 'none' | 'pending' | 'success' | 'refusal' | 'reopened' | 'unknown'
  readonly closes: boolean
  /** `kycLevel`, where it is one. */
  readonly level: number | null
  /** Milliseconds. */
  readonly lastReview: number | null
  readonly signed: number | null
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

const levelOf = (user: unknown): number | null => {
  const level = own(user, 'kycLevel')
  const isCodeLike =
    typeof level === 'number'
      ? Number.isSafeInteger(level)
      : typeof level === 'string' && /^(0|-?[1-9]\d{0,8})$/.test(level)
  return isCodeLike ? Number(level) : null
}

/** Level 4 is called REFUSED; what is no whole number may be it. */
const unlessRefusedLevel = (says: Said['says'], object: unknown): Said['says'] => {
  const isThere = !isAbsent(own(object, 'kycLevel'))
  const speaksAgainst = isThere && [null, 4].includes(levelOf(object))
  return says === 'success' && speaksAgainst ? 'unknown' : says
}

const unlessStatus = (says: Said['says'], status: unknown): Said['says'] =>
  says === 'success' && !isAbsent(status) && !['PENDING', 'VALIDATED', 'CANCELED'].includes(status as string)
    ? 'unknown'
    : says

const unlessKycStatus = (says: Said['says'], status: unknown): Said['says'] =>
  says === 'success' && !isAbsent(status) && status !== 'VALIDATED' ? 'unknown' : says

/** What an element of `users[]` says, or what the provider's API shows of a user. */
export const saidOfUser = (user: unknown): Said => ({
  isNew: false,
  says: unlessKycStatus(
    unlessStatus(unlessRefusedLevel(byReview(own(user, 'kycReview'), LEGACY), user), own(user, 'userStatus')),
    own(user, 'kycStatus'),
  ),
  closes: own(user, 'userStatus') === 'CANCELED',
  level: levelOf(user),
  lastReview: null,
  signed: null,
})

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** Milliseconds of a time in RFC 3339, to the microsecond; `null` for one that no calendar and no clock has. */
export const timeOf = (text: string): number | null => {
  const match = RFC_3339.exec(text)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction = '0', sign, hours = '0', minutes = '0'] = match
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const exists = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day)
  if (!exists || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null
  if (Number(hours) > 23 || Number(minutes) > 59) return null
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  const ofDay = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const time = date.getTime() + ofDay - offset + Number(fraction.padEnd(6, '0').slice(0, 6)) / 1000
  const utcYear = new Date(time).getUTCFullYear()
  return utcYear < 0 || utcYear > 9999 ? null : time
}

const dateOf = (value: unknown): number | null => (typeof value === 'string' ? timeOf(value) : null)

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
    says: contradicts ? 'unknown' : unlessRefusedLevel(decided, kyc),
    closes: false,
    level: levelOf(kyc),
    lastReview,
    signed: dates.length === 0 ? null : Math.max(...dates),
  }
}

/** What a payload says of the user; nothing where it is neither of users nor a KYC object. */
export const saidOf = (payload: unknown, user: string, isKyc: (payload: unknown) => boolean): readonly Said[] => {
  const isHis = (object: unknown): boolean => {
    const id = own(object, 'userId')
    return id === user || (Number.isSafeInteger(id) && String(id) === user)
  }
  const users = own(payload, 'users')
  if (Array.isArray(users)) return users.filter(isHis).map(saidOfUser)
  return isKyc(payload) && isHis(payload) ? [saidOfKyc(payload)] : []
}

export const rankOf = (says: Said['says']): number =>
  ['none', 'pending', 'reopened'].includes(says) ? 0 : says === 'success' ? 1 : 2
