import * as E from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { UserId } from '../identifiers.ts'
import { isSuccess, type State, type StateOf } from '../regions.ts'
import type { AboutUser } from './aboutUser.ts'
import { type Code, kycReviewCode, USER_STATUSES } from './codes.ts'
import { SaidCountry } from './country.ts'
import { codeOf, contradicted, type Decided, decide, isMissing, readOf, type States, undecided } from './decided.ts'
import { deciding, type FieldReading, fields, IntegerCode, keysIn, Label } from './fields.ts'
import { eitherFreeze, Freeze } from './freeze.ts'
import { kycLevelCode, withLevel } from './kycLevel.ts'

/** What only a user has, of all objects that are documented (docs.treezor.com, guide/users; Treezor API v25.04). */
export const USER_KEYS =
  keysIn(`activityOutsideEu address1 address2 address3 birthCountry birthday city controllingPersonType country
  countryName economicSanctions effectiveBeneficiary email employeeType entitySanctionsQuestionnaire entityType firstname
  incomeRange involvedSanctions isFreezed isFrozen language lastname legalAnnualTurnOver legalForm legalName
  legalNameEmbossed legalNetIncomeRange legalNumberOfEmployeeRange legalRegistrationDate legalRegistrationNumber
  legalSector legalShareCapital legalTvaNumber middleNames mobile nationality nationalityOther occupation parentType
  parentUserId payinCount personalAssets phone placeOfBirth position postcode residentCountriesSanctions
  sanctionsQuestionnaireDate sepaCreditorIdentifier specifiedUSPerson state taxNumber taxResidence timezone title totalRows
  userStatus userTag userTypeId walletCount`)

/**
 * An element of `users[]`, as every `user.*` webhook carries it (docs.treezor.com, guide/users). The legacy state is
 * decided by `kycReview` alone.
 */
export const User = fields(
  {
    userId: UserId,
    kycReview: deciding(IntegerCode),
    /** Neither decides the review; both may speak against a validation. */
    kycLevel: deciding(IntegerCode),
    userStatus: deciding(Label),
    /** Not documented of a user: it decides nothing here, and may speak against `kycReview`. */
    kycStatus: deciding(Label),
    /** Neither has a part in the status. */
    isFrozen: Freeze,
    isFreezed: Freeze,
    distributionCountry: SaidCountry,
  },
  'user',
)
export type User = t.TypeOf<typeof User>

/** What of a user decides the legacy state, or speaks against it. */
type DecidingFields = Pick<User, 'kycReview' | 'kycLevel' | 'userStatus' | 'kycStatus'>

const LEGACY_BY_REVIEW: States<StateOf<'legacy'>> = {
  0: 'none',
  1: 'pending',
  2: 'validated',
  3: 'refused',
  4: 'investigating',
  5: 'reviewClosed',
  6: 'reviewOpen',
  7: 'reviewPending',
}

/** A user status that nobody knows may be one that ends every right. */
const withUserStatus = <S extends State>(
  decided: Decided<S>,
  userStatus: FieldReading<string>,
  path: string,
): Decided<S | 'unknown'> => {
  if (!isSuccess(decided.says) || isMissing(userStatus)) return decided
  if (userStatus._tag === 'Unreadable') return undecided(path, userStatus.expected, userStatus.found)
  const isKnown = USER_STATUSES.includes(userStatus.value)
  return isKnown ? decided : undecided(path, `one of ${USER_STATUSES.join(', ')}`, 'another value')
}

const decideUser = (user: DecidingFields, path: string): Decided<StateOf<'legacy'>> => {
  const byReview = decide(user.kycReview, LEGACY_BY_REVIEW, `${path}.kycReview`)
  const leveled = withLevel(byReview, user.kycLevel, `${path}.kycLevel`)
  const decided = withUserStatus(leveled, user.userStatus, `${path}.userStatus`)
  const { kycStatus } = user
  const agrees = isMissing(kycStatus) || (kycStatus._tag === 'Read' && kycStatus.value === 'VALIDATED')
  return isSuccess(decided.says) && !agrees
    ? contradicted(`${path}.kycStatus`, 'VALIDATED beside kycReview 2 (VALIDATED)')
    : decided
}

/** What a user object says of the legacy life cycle. */
export interface LegacyStatement extends AboutUser<'legacy', StateOf<'legacy'>> {
  readonly review: Code | null
  readonly level: Code | null
  readonly userStatus: string | null
  /** Whether his assets are frozen; `null` where it says nothing of that. */
  readonly frozen: boolean | null
  readonly country: SaidCountry | null
}

/** `path` leads to the element. */
export const userStatement = (user: User, path: string): LegacyStatement => ({
  region: 'legacy',
  userId: user.userId,
  ...decideUser(user, path),
  statedAt: null,
  review: codeOf(user.kycReview, kycReviewCode),
  level: codeOf(user.kycLevel, kycLevelCode),
  userStatus: readOf(user.userStatus),
  frozen: eitherFreeze(user.isFrozen, user.isFreezed),
  country: user.distributionCountry,
})

const NO_STATUS: FieldReading<string> = { _tag: 'Unreadable', expected: Label.name, found: 'nothing' }

/** What of a user object is compared with what was heard: fields of any JSON; those that are absent decide nothing. */
const Compared = fields(
  { kycReview: deciding(IntegerCode), kycLevel: deciding(IntegerCode), userStatus: deciding(Label) },
  'user',
)

/** What these fields alone say of the legacy life cycle: as a user object that holds them and nothing else. */
export const comparedUser = (
  user: unknown,
): Pick<LegacyStatement, 'says' | 'review' | 'level' | 'userStatus'> | null => {
  const decoded = Compared.decode(user)
  if (E.isLeft(decoded)) return null
  const { kycReview, kycLevel, userStatus } = decoded.right
  const { says } = decideUser({ ...decoded.right, kycStatus: NO_STATUS }, 'user')
  return {
    says,
    review: codeOf(kycReview, kycReviewCode),
    level: codeOf(kycLevel, kycLevelCode),
    userStatus: readOf(userStatus),
  }
}
