import { isRight } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import type { UserId } from '../identifiers.ts'
import { type Instant, later } from '../instant.ts'
import { isSuccess, type State, type StateOf } from '../regions.ts'
import { type Code, documentTypeCode, kycLevelCode, kycReviewCode, USER_STATUSES } from './codes.ts'
import { Document, OrphanDocument } from './document.ts'
import { type Family, familyOfPayload } from './family.ts'
import type { Reading } from './fields.ts'
import { Identification } from './identification.ts'
import { Kyc } from './kyc.ts'
import { Liveness } from './liveness.ts'
import type { IdentificationStatement, NotUnderstood, OrphanStatement, Reason, Statement } from './statement.ts'
import { mayBeOurs, mentionsIn, unreadStatements } from './unread.ts'
import { User } from './user.ts'

/** The parts of a webhook that can mean something: all but the payload is unsigned hearsay. */
export interface Webhook {
  readonly name: string | null
  readonly objectId: string | null
  readonly payload: unknown
}

/** What a webhook means. */
export interface Interpretation {
  /** Told by the shape of the signed payload; `null` for a shape this service does not know. */
  readonly family: Family | null
  readonly statements: readonly Statement[]
  /** Documents that are named while nobody is beside them. */
  readonly orphans: readonly OrphanStatement[]
  /** Paths of what could not be read and names nobody who hears of it instead. */
  readonly unattributable: readonly string[]
}

type Decided<S> = { readonly says: S; readonly notUnderstood: NotUnderstood | null }
type States<S> = Readonly<Record<string, S>>

const unknown = (path: string, expected: string, found: NotUnderstood['found']): Decided<'unknown'> => ({
  says: 'unknown',
  notUnderstood: { path: `object_payload.${path}`, expected, found },
})

/** The state that a deciding field stands for; a value that is not in `states` stands for `unknown`. */
const decide = <S>(field: Reading<string | number>, states: States<S>, path: string): Decided<S | 'unknown'> => {
  if (field._tag === 'Unreadable') return unknown(path, field.expected, field.found)
  const state = Object.hasOwn(states, field.value) ? states[field.value] : undefined
  return state === undefined
    ? unknown(path, `one of ${Object.keys(states).join(', ')}`, 'another value')
    : { says: state, notUnderstood: null }
}

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

/** A level of REFUSED beside a success: what of the two holds, nobody can tell. */
const REFUSED_LEVEL = 4

const contradicted = (path: string, expected: string): Decided<'unknown'> => ({
  says: 'unknown',
  notUnderstood: { path: `object_payload.${path}`, expected, found: 'another value', kind: 'payload-contradicts' },
})

const isMissing = (field: Reading<unknown>): boolean => field._tag === 'Unreadable' && field.found === 'nothing'
const readOf = <A>(field: Reading<A>): A | null => (field._tag === 'Read' ? field.value : null)

/** A level that is there and cannot be read may be the one of a refusal. */
const withLevel = <S extends State>(
  decided: Decided<S>,
  level: Reading<number>,
  path: string,
): Decided<S | 'unknown'> => {
  if (!isSuccess(decided.says) || isMissing(level)) return decided
  if (level._tag === 'Unreadable') return unknown(path, level.expected, level.found)
  return level.value === REFUSED_LEVEL
    ? contradicted(path, 'another level than 4 (REFUSED) beside a validation')
    : decided
}

/** A user status that nobody knows may be one that ends every right. */
const withUserStatus = <S extends State>(
  decided: Decided<S>,
  userStatus: Reading<string>,
  path: string,
): Decided<S | 'unknown'> => {
  if (!isSuccess(decided.says) || isMissing(userStatus)) return decided
  if (userStatus._tag === 'Unreadable') return unknown(path, userStatus.expected, userStatus.found)
  const isKnown = USER_STATUSES.includes(userStatus.value)
  return isKnown ? decided : unknown(path, `one of ${USER_STATUSES.join(', ')}`, 'another value')
}

const codeOf = (field: Reading<number>, named: (code: number) => Code): Code | null =>
  field._tag === 'Read' ? named(field.value) : null

const decideUser = (user: User, path: string): Decided<StateOf<'legacy'>> => {
  const byReview = decide(user.kycReview, LEGACY_BY_REVIEW, `${path}.kycReview`)
  const leveled = withLevel(byReview, user.kycLevel, `${path}.kycLevel`)
  const decided = withUserStatus(leveled, user.userStatus, `${path}.userStatus`)
  const { kycStatus } = user
  const agrees = isMissing(kycStatus) || (kycStatus._tag === 'Read' && kycStatus.value === 'VALIDATED')
  return isSuccess(decided.says) && !agrees
    ? contradicted(`${path}.kycStatus`, 'VALIDATED beside kycReview 2 (VALIDATED)')
    : decided
}

const userStatement = (user: User, path: string): Statement => ({
  region: 'legacy',
  userId: user.userId,
  ...decideUser(user, path),
  statedAt: null,
  review: codeOf(user.kycReview, kycReviewCode),
  level: codeOf(user.kycLevel, kycLevelCode),
  userStatus: readOf(user.userStatus),
})

const LIFECYCLE_BY_STATUS: States<StateOf<'lifecycle'>> = {
  PENDING: 'pending',
  VALIDATED: 'validated',
  REFUSED: 'refused',
}

const LIFECYCLE_BY_REVIEW: States<StateOf<'lifecycle'>> = {
  0: 'none',
  1: 'pending',
  2: 'validated',
  3: 'refused',
  6: 'pending',
  7: 'pending',
}

const VALIDATED_REVIEW = 2

const decideLifecycle = (kyc: Kyc): Decided<StateOf<'lifecycle'>> => {
  const decided = withLevel(decideByStatus(kyc), kyc.kycLevel, 'kycLevel')
  const { kycReview } = kyc
  const agrees = isMissing(kycReview) || (kycReview._tag === 'Read' && kycReview.value === VALIDATED_REVIEW)
  if (isSuccess(decided.says) && !agrees) return contradicted('kycReview', '2 (VALIDATED) beside kycStatus VALIDATED')
  const isOdd = decided.says === 'refused' && kycReview._tag === 'Read' && kycReview.value === VALIDATED_REVIEW
  return isOdd ? { ...contradicted('kycReview', '3 (REFUSED) beside kycStatus REFUSED'), says: 'refused' } : decided
}

/** Where both fields are missing it is `kycStatus` that is. */
const decideByStatus = ({ kycStatus, kycReview }: Kyc): Decided<StateOf<'lifecycle'>> =>
  isMissing(kycStatus) && !isMissing(kycReview)
    ? decide(kycReview, LIFECYCLE_BY_REVIEW, 'kycReview')
    : decide(kycStatus, LIFECYCLE_BY_STATUS, 'kycStatus')

const kycStatement = (kyc: Kyc): Statement => ({
  region: 'lifecycle',
  userId: kyc.userId,
  ...decideLifecycle(kyc),
  // A new request comes after the last review: the later of the two dates what the object says.
  statedAt: later(kyc.lastReviewDatetime, kyc.lastRequestDatetime),
  review: codeOf(kyc.kycReview, kycReviewCode),
  level: codeOf(kyc.kycLevel, kycLevelCode),
  reviewType: kyc.kycReviewType,
  codeStatus: kyc.codeStatus,
  lastRequestAt: kyc.lastRequestDatetime,
  lastReviewAt: kyc.lastReviewDatetime,
  nextReviewDate: kyc.nextReviewDate,
})

const DOCUMENT_BY_STATUS: States<StateOf<'documents'>> = {
  PENDING: 'pending',
  VALIDATED: 'validated',
  CANCELED: 'canceled',
}

const orphanStatement = (document: OrphanDocument, path: string): OrphanStatement => ({
  region: 'documents',
  ...decide(document.documentStatus, DOCUMENT_BY_STATUS, `${path}.documentStatus`),
  statedAt: later(document.modifiedDate, document.createdDate),
  documentId: document.documentId,
  type: document.documentTypeId === null ? null : documentTypeCode(document.documentTypeId),
  codeStatus: document.codeStatus,
})

const documentStatement = (document: Document, path: string): Statement => ({
  ...orphanStatement(document, path),
  userId: document.userId,
})

/** `uninitiated` and `initiated` are Ubble's words for an identification that is under way. */
const LIVENESS_BY_STATUS: States<StateOf<'liveness'> | 'processed'> = {
  uninitiated: 'processing',
  initiated: 'processing',
  processing: 'processing',
  processed: 'processed',
  aborted: 'aborted',
  expired: 'expired',
}

const decideLiveness = (liveness: Liveness): Decided<StateOf<'liveness'>> => {
  const { says, notUnderstood } = decide(liveness['kyc-status'], LIVENESS_BY_STATUS, 'kyc-status')
  if (says !== 'processed') return { says, notUnderstood }
  if (liveness.score._tag === 'Unreadable') return unknown('score', liveness.score.expected, liveness.score.found)
  const score = liveness.score.value
  return { says: score === 1 ? 'passed' : score === 0 ? 'failed' : 'inconclusive', notUnderstood: null }
}

const MESSAGE_LENGTH = 500
const reason = (code: string | null, message: string | null): Reason => ({
  code: (code ?? '').slice(0, MESSAGE_LENGTH),
  message: (message ?? '').slice(0, MESSAGE_LENGTH),
})

/** As long as an id in a signed payload may be; this one is unsigned, and is shown. */
const ID_LENGTH = 128

const livenessStatement = (liveness: Liveness, objectId: string | null): Statement => {
  const decided = decideLiveness(liveness)
  const processed = liveness['kyc-status']._tag === 'Read' && liveness['kyc-status'].value === 'processed'
  return {
    region: 'liveness',
    userId: liveness.user_id,
    ...decided,
    statedAt: liveness['updated-at'],
    identificationId: (objectId ?? '').slice(0, ID_LENGTH),
    startedAt: liveness['started-at'],
    score: processed && liveness.score._tag === 'Read' ? liveness.score.value : null,
    reasons: (liveness['refusal-details']?.reasons ?? []).map((r) => reason(r['reason-code'], r['reason-message'])),
  }
}

const IDENTIFICATION_BY_RESULT: States<StateOf<'qes'>> = {
  START: 'started',
  STARTED: 'started',
  CHECK_PENDING: 'checking',
  REVIEW_PENDING: 'checking',
  FRAUD_SUSPICION_PENDING: 'fraudSuspected',
  SUCCESS: 'succeeded',
  SUCCESS_DATA_CHANGE: 'succeeded',
  SUCCESS_DATA_CHANGED: 'succeeded',
  ABORTED: 'aborted',
  CANCELED: 'canceled',
  FRAUD_SUSPICION_CONFIRMED: 'fraudConfirmed',
}

const identificationStatement = (
  region: 'qes' | 'videoConference',
  identification: Identification,
): IdentificationStatement => {
  const details = identification.reason?.reasonDetails
  return {
    region,
    userId: identification.userId,
    ...decide(identification.result, IDENTIFICATION_BY_RESULT, 'result'),
    statedAt: identification.identificationTime,
    identificationId: identification.transactionNumber,
    result: identification.result._tag === 'Read' ? identification.result.value : null,
    reasons: details === undefined ? [] : [reason(details.reasonCode, details.reasonMessage)],
  }
}

/** Under a name that does not tell which product succeeded, neither did; anything less than a success is said of both. */
const notVouching = (statement: IdentificationStatement): Statement =>
  isSuccess(statement.says)
    ? {
        ...statement,
        says: 'unknown',
        notUnderstood: { path: 'webhook', expected: 'a name of qes.* or videoConference.*', found: 'another value' },
      }
    : statement

const meaning = (family: Family, statements: readonly Statement[], unattributable: readonly string[]) => ({
  family,
  statements,
  orphans: [],
  unattributable,
})

/** The documents of a payload that name themselves and nobody. */
const orphansOf = (payload: unknown): readonly OrphanStatement[] =>
  ((payload as { readonly documents: readonly unknown[] }).documents ?? []).flatMap((element, index) => {
    const owned = Document.decode(element)
    const orphan = OrphanDocument.decode(element)
    const isOrphan = !isRight(owned) && mentionsIn(element).users.length === 0
    return isOrphan && isRight(orphan) ? [orphanStatement(orphan.right, `documents[${index}]`)] : []
  })

const pathOf = ({ context }: t.ValidationError): string => context.map(({ key }) => key).join('.')

const one = <A>(
  family: Family,
  codec: t.Decoder<unknown, A>,
  payload: unknown,
  state: (value: A) => readonly Statement[],
): Interpretation => {
  const decoded = codec.decode(payload)
  if (isRight(decoded)) return meaning(family, state(decoded.right), [])
  const paths = decoded.left.map(pathOf)
  const unread = unreadStatements(mentionsIn(payload), paths[0] ?? '', family, null)
  return meaning(family, unread, unread.length > 0 ? [] : paths.map((path) => `object_payload${path}`))
}

const many = <A>(
  family: Family,
  list: 'users' | 'documents',
  codec: t.Decoder<unknown, A>,
  payload: unknown,
  state: (value: A, path: string) => Statement,
): Interpretation => {
  const elements = (payload as Record<string, readonly unknown[]>)[list] ?? []
  const statements: Statement[] = []
  const unattributable: string[] = elements.length === 0 ? [`object_payload.${list}[0]`] : []
  elements.forEach((element, index) => {
    const path = `${list}[${index}]`
    const decoded = codec.decode(element)
    if (isRight(decoded)) {
      statements.push(state(decoded.right, path))
      return
    }
    const unread = unreadStatements(mentionsIn(element, list), `.${path}`, family, null)
    if (unread.length > 0) statements.push(...unread)
    else unattributable.push(`object_payload.${path}`)
  })
  return meaning(family, statements, unattributable)
}

/** What is of no known shape is heard by whom it names; what names nobody is evidence, if it may be of this service. */
const ofNoShape = (payload: unknown, name: string | null): Interpretation => {
  const mentions = mentionsIn(payload)
  const isOurs = mayBeOurs(mentions, name)
  const statements = isOurs ? unreadStatements(mentions, '', null, name) : []
  const unattributable = isOurs && statements.length === 0 ? ['object_payload'] : []
  return { family: null, statements, orphans: [], unattributable }
}

const withOrphans = (interpretation: Interpretation, payload: unknown): Interpretation =>
  interpretation.unattributable.length === 0 ? interpretation : { ...interpretation, orphans: orphansOf(payload) }

/**
 * Tells what a webhook means. What the signed payload says decides, not what the webhook is called: the name only tells
 * QES from video conference. Total: a payload of any shape gives an answer, and nothing unknown reads as a success.
 */
export const interpret = ({ name, objectId, payload }: Webhook): Interpretation => {
  const family = familyOfPayload(payload, name)
  switch (family) {
    case 'user':
      return many(family, 'users', User, payload, userStatement)
    case 'document':
      return withOrphans(many(family, 'documents', Document, payload, documentStatement), payload)
    case 'kyc':
      return one(family, Kyc, payload, (kyc) => [kycStatement(kyc)])
    case 'liveness':
      return one(family, Liveness, payload, (liveness) => [livenessStatement(liveness, objectId)])
    case 'qes':
    case 'videoConference':
      return one(family, Identification, payload, (identification) => [identificationStatement(family, identification)])
    case 'identification':
      return one(family, Identification, payload, (identification) => [
        notVouching(identificationStatement('qes', identification)),
        notVouching(identificationStatement('videoConference', identification)),
      ])
    case null:
      return ofNoShape(payload, name)
    default:
      return family satisfies never
  }
}

/** As what a user hears it: `null` where something of what it says to him cannot be read, and may be anything. */
export const familyFor = ({ family, statements }: Interpretation, userId: UserId | null): Family | null =>
  statements.some((statement) => statement.region === 'unread' && statement.userId === userId) ? null : family

/** The documents' dates mix up UTC and Paris: they date an event where nothing else does, and refute nothing. */
export const isBinding = ({ region }: Pick<Statement, 'region'>): boolean => region !== 'documents'

/** The latest time that the payload states about what it says; `null` where it states none. */
export const latestStatedAt = (statements: readonly Pick<Statement, 'statedAt'>[]): Instant | null =>
  statements.reduce<Instant | null>((latest, statement) => later(latest, statement.statedAt), null)
