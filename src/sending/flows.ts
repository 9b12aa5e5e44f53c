import { randomInt, randomUUID } from 'node:crypto'
import type { UserId } from '../../domain/identifiers.ts'
import {
  fiveYearsLater,
  parisTime,
  parisTimeInComment,
  parisTimeWithOffset,
  utcMicroseconds,
  utcSeconds,
} from './providerTimes.ts'

/** A webhook of a life: a documented one with other values in its object, those that are `undefined` left out. */
export interface Said {
  readonly example: string
  readonly tells: string
  readonly values: Readonly<Record<string, unknown>>
  /** `null`: the id of the user. */
  readonly objectId: string | null
}

type Now = () => Date
/** What is said of a user from first to last, with the time that it is when it is asked for. */
export type Flow = (now: Now) => Iterable<Said>

const said = (example: string, tells: string, values: Said['values'], objectId: string | null = null): Said => ({
  example,
  tells,
  values,
  objectId,
})

function* passport(now: Now): Generator<Said> {
  const documentId = String(randomInt(1_000_000, 1_000_000_000))
  const values = { documentId, clientId: '516899', fileName: `${documentId}.pdf`, createdDate: parisTime(now()) }
  yield said('document.create', 'a passport is handed in', values, documentId)
}

function* livenessPassed(now: Now): Generator<Said> {
  const id = randomUUID()
  const startedAt = utcMicroseconds(new Date(now().getTime() - 40_000))
  const values = () => ({ 'started-at': startedAt, 'updated-at': utcMicroseconds(now()), score: 1 })
  yield said('kycliveness.create', 'his video of himself is looked at', values(), id)
  const passed = { ...values(), comment: undefined, 'refusal-details': undefined }
  yield said('kycliveness.update', 'it is processed, score 1', passed, id)
}

/** Both products say the same of themselves. */
function* identified(now: Now, product: 'qes' | 'videoConference', begins: string): Generator<Said> {
  const transactionNumber = randomUUID()
  const begun = { transactionNumber, identificationTime: '' }
  yield said(`${product}.created`, begins, begun, transactionNumber)
  const done = { transactionNumber, identificationTime: parisTimeWithOffset(now()) }
  yield said(`${product}.processing`, 'the identification is looked at', done, transactionNumber)
  yield said(`${product}.finalized.success`, 'it succeeded, some of his data were corrected', done, transactionNumber)
}

/** A review by the New KYC Life Cycle, as the provider documents it: of an onboarding. */
function* onboarded(now: Now): Generator<Said> {
  const requested = { lastRequestDatetime: utcSeconds(now()) }
  yield said('kycreview.request', 'a review is requested', requested)
  const at = now()
  const reviewed = { ...requested, lastReviewDatetime: utcSeconds(at), nextReviewDate: fiveYearsLater(at) }
  yield said('kycreview.result', 'it is decided: validated', reviewed)
}

const REVIEWED = {
  validated: { values: { kycLevel: '2', kycReview: '2' }, comment: 'Level : REGULAR et Review : VALIDATED' },
  refused: { values: { kycLevel: '4', kycReview: '3' }, comment: 'Level : REFUSED et Review : REFUSED' },
} as const

/** A user with the legacy life cycle: how he is reviewed, each time with the comments on all reviews before. */
const legacyUser = (now: Now) => {
  const dates = { createdDate: parisTime(now()), modifiedDate: parisTime(now()) }
  let kycReviewComment = ''
  return function* reviewed(request: string, outcome: keyof typeof REVIEWED): Generator<Said> {
    yield said('user.kycrequest', request, { ...dates, kycReviewComment })
    const { values, comment } = REVIEWED[outcome]
    kycReviewComment += `${parisTimeInComment(now())}${comment}`
    yield said('user.kycreview', `it is decided: ${outcome}`, { ...dates, ...values, kycReviewComment })
  }
}

/**
 * Lives as the provider documents them (docs.treezor.com, guide/user-verification). The New KYC Life Cycle where all that it would say is documented; that
 * it refuses, or reviews again, is not, so these are told with the legacy one. What comes again in the same words is not followed, whoever sends it.
 */
export const FLOWS: Readonly<Record<string, Flow>> = {
  *onboarding(now) {
    yield* passport(now)
    yield* livenessPassed(now)
    yield* onboarded(now)
  },
  *refused(now) {
    const reviewed = legacyUser(now)
    yield* passport(now)
    yield* livenessPassed(now)
    yield* reviewed('a review is requested', 'refused')
  },
  *'periodic-review'(now) {
    const reviewed = legacyUser(now)
    yield* reviewed('a review is requested', 'validated')
    yield* reviewed('his data are to be reviewed again', 'validated')
  },
  *'validated-again'(now) {
    const reviewed = legacyUser(now)
    const [requested, validated] = [...reviewed('a review is requested', 'validated')] as [Said, Said]
    yield requested
    yield validated
    yield said('user.kycreview', 'he is refused', { ...validated.values, ...REVIEWED.refused.values })
    yield { ...validated, tells: 'he is validated again, in the same words' }
  },
  *qes(now) {
    yield* identified(now, 'qes', 'he begins to sign (QES)')
    yield* onboarded(now)
  },
  *video(now) {
    yield* identified(now, 'videoConference', 'he begins a video conference')
    yield* onboarded(now)
  },
}

/** The id of a user whom nobody has heard of. */
export const newUserId = (): UserId => String(randomInt(1_000_000_000, 10_000_000_000)) as UserId
