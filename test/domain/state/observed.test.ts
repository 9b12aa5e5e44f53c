import { expect } from 'chai'
import { type CurrentStatus, currentStatus } from '../../../domain/answer/currentStatus.ts'
import { statusSince } from '../../../domain/answer/status.ts'
import type { StoredEvent } from '../../../domain/event/storedEvent.ts'
import { formatMilliseconds } from '../../../domain/instant.ts'
import type { AnomalyKind } from '../../../domain/state/anomaly.ts'
import { fold } from '../../../domain/state/fold.ts'
import { isNews } from '../../../domain/state/observed.ts'
import { instant } from '../../support/events/storedEvents.ts'
import { heard, observation, observed, type Writing, withOwn } from '../../support/events/writings.ts'
import { USER } from '../../support/histories/histories.ts'
import type { WebhookJson } from '../../support/webhooks/documentedWebhooks.ts'
import { day, document, kyc, qes, sentAgain, undated, user } from '../../support/webhooks/plainWebhooks.ts'

const statusOf = (stream: readonly StoredEvent[]): CurrentStatus => currentStatus(fold(USER, stream))
const kinds = ({ anomalies }: CurrentStatus): readonly AnomalyKind[] => anomalies.map(({ kind }) => kind)
const since = (stream: readonly StoredEvent[]): string | null => {
  const at = statusSince(fold(USER, stream))
  return at === null ? null : formatMilliseconds(at)
}
/** A user object with fields beside the review. */
const userWith = (kycReview: unknown, at: string, fields: object): WebhookJson => ({
  ...user(kycReview, at),
  object_payload: { users: [{ userId: '42', kycReview, ...fields }] },
})

const NONE: readonly WebhookJson[] = []
const PENDING = [user('1', day(1))]
const VALIDATED = [...PENDING, user('2', day(2))]
const REFUSED = [...PENDING, user('3', day(2))]
const CLOSED = [...VALIDATED, userWith('2', day(3), { userStatus: 'CANCELED' })]
const UNKNOWN = [...PENDING, user('what', day(2))]

/** What the provider may answer, by the word that it amounts to. */
const ANSWERS: Readonly<Record<string, readonly unknown[]>> = {
  validated: ['2', 2, { kycReview: 2, kycLevel: '2', userStatus: 'VALIDATED' }],
  refused: ['3', 3, { kycReview: 3, kycLevel: 4 }],
  pending: ['1', '4', '6', '7'],
  none: ['0', 0],
  closed: [
    { kycReview: '2', userStatus: 'CANCELED' },
    { kycReview: '3', userStatus: 'CANCELED' },
    { userStatus: 'CANCELED' },
  ],
  unknown: [
    null,
    {},
    '5',
    'what',
    { kycReview: null },
    { kycReview: ['2'] },
    { kycReview: 2, kycLevel: 4 },
    { kycReview: 2, userStatus: 'BLOCKED' },
    { kycReview: 2, userStatus: 7.5 },
    { kycReview: 2, kycLevel: 'what' },
  ],
}

/** The rule, written down a second time: what was heard, what is observed, what is answered. */
const ANSWERED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: { validated: 'none', refused: 'refused', pending: 'none', none: 'none', closed: 'closed', unknown: 'none' },
  pending: {
    validated: 'pending',
    refused: 'refused',
    pending: 'pending',
    none: 'pending',
    closed: 'closed',
    unknown: 'pending',
  },
  validated: {
    validated: 'validated',
    refused: 'refused',
    pending: 'pending',
    none: 'none',
    closed: 'closed',
    unknown: 'unknown',
  },
  refused: {
    validated: 'refused',
    refused: 'refused',
    pending: 'refused',
    none: 'refused',
    closed: 'closed',
    unknown: 'refused',
  },
  closed: {
    validated: 'closed',
    refused: 'closed',
    pending: 'closed',
    none: 'closed',
    closed: 'closed',
    unknown: 'closed',
  },
  unknown: {
    validated: 'unknown',
    refused: 'refused',
    pending: 'unknown',
    none: 'unknown',
    closed: 'closed',
    unknown: 'unknown',
  },
}
const HEARD: Readonly<Record<string, readonly WebhookJson[]>> = {
  none: NONE,
  pending: PENDING,
  validated: VALIDATED,
  refused: REFUSED,
  closed: CLOSED,
  unknown: UNKNOWN,
}

describe('what the provider answers when it is asked', () => {
  for (const [word, webhooks] of Object.entries(HEARD)) {
    it(`takes away from ${word} what the rule says, and grants nothing`, () => {
      expect(statusOf(heard(...webhooks)).status).to.equal(word)
      for (const [seen, answers] of Object.entries(ANSWERS)) {
        for (const answer of answers) {
          const status = statusOf(withOwn(heard(...webhooks), observed(answer, day(9))))
          const told = `${word}, and ${JSON.stringify(answer)}`
          expect(status.status, told).to.equal(ANSWERED[word]?.[seen])
          expect(status.verified, told).to.equal(ANSWERED[word]?.[seen] === 'validated')
          expect(status.observed, told).to.include({ status: seen, stands: true, known: answer !== null })
          expect(status.observed?.overlays, told).to.equal(ANSWERED[word]?.[seen] !== word)
        }
      }
    })
  }

  it('does the same where the New KYC Life Cycle governs, and moves no region', () => {
    const before = statusOf(heard(kyc('PENDING', day(1)), kyc('VALIDATED', day(2))))
    const stream = withOwn(heard(kyc('PENDING', day(1)), kyc('VALIDATED', day(2))), observed('3', day(9)))
    const { status, verified, lifecycle, legacy, governedBy } = statusOf(stream)
    expect({ status, verified, governedBy }).to.deep.equal({
      status: 'refused',
      verified: false,
      governedBy: 'lifecycle',
    })
    expect({ lifecycle, legacy }).to.deep.equal({ lifecycle: before.lifecycle, legacy: before.legacy })
  })

  it('makes nothing certain that is not: a gap stays unknown', () => {
    const stream = withOwn(heard(...VALIDATED), observed('3', day(9)))
    const uncertain = statusOf(stream.toSpliced(0, 1))
    expect(uncertain).to.include({ status: 'unknown', verified: false })
    expect(uncertain.observed).to.include({ stands: true, overlays: false })
  })

  it('is counted among his events, and its revision is the last', () => {
    const stream = withOwn(heard(...VALIDATED), observed('2', day(9)))
    expect(statusOf(stream)).to.include({ events: 3, revision: 2, lastEventAt: day(9), status: 'validated' })
  })

  it('takes away from when it was recorded on, and not before', () => {
    const stream = withOwn(heard(...VALIDATED), observed('3', day(9)))
    expect(since(stream)).to.equal(day(9))
    expect(currentStatus(fold(USER, stream, [], { asOf: instant(day(8)) }))).to.include({ status: 'validated' })
  })

  it('changes nothing by a level or a user status alone', () => {
    for (const fields of [{ kycLevel: 1 }, { userStatus: 'PENDING' }, { kycLevel: 5, userStatus: 'PENDING' }]) {
      const stream = withOwn(
        heard(...PENDING, userWith('2', day(2), { kycLevel: 2, userStatus: 'VALIDATED' })),
        observed({ kycReview: 2, ...fields }, day(9)),
      )
      const status = statusOf(stream)
      expect(status).to.include({ status: 'validated', verified: true })
      expect(status.observed).to.include({ stands: true, overlays: false })
      expect(kinds(status)).to.include('observed-otherwise')
    }
  })

  it('comes after all that occurred at the same time', () => {
    for (const said of [user('2', day(9)), kyc('VALIDATED', day(9))]) {
      expect(statusOf(withOwn(heard(said), observed('3', day(9)))).status).to.equal('refused')
    }
    const both = withOwn(heard(...VALIDATED), observed('2', day(9)), observed('3', day(9)))
    expect(statusOf(both).status).to.equal('refused')
    const otherwise = withOwn(heard(...VALIDATED), observed('3', day(9)), observed('2', day(9)))
    expect(statusOf(otherwise).status).to.equal('validated')
  })
})

describe('an observation', () => {
  const taken = (...later: readonly Writing[]) => withOwn(heard(...VALIDATED), observed('3', day(5)), ...later)
  const after = (said: WebhookJson, ...before: readonly WebhookJson[]) =>
    withOwn(heard(...VALIDATED, ...before, said), observed('3', day(5)))

  it('is replaced by a later one, whatever that says', () => {
    expect(statusOf(taken(observed('2', day(6))))).to.include({ status: 'validated', verified: true })
    expect(since(taken(observed('2', day(6))))).to.equal(day(6))
    expect(statusOf(taken(observed('1', day(6))))).to.include({ status: 'pending' })
    expect(statusOf(taken(observed('2', day(4))))).to.include({ status: 'refused' })
  })

  it('is lifted by what the governing life cycle says later, and is followed in', () => {
    const status = statusOf(after(userWith('2', day(6), { city: 'Lyon' })))
    expect(status).to.include({ status: 'validated', verified: true })
    expect(status.observed).to.include({ stands: false, overlays: false, status: 'refused' })
    expect(since(after(userWith('2', day(6), { city: 'Lyon' })))).to.equal(day(6))
    expect(statusOf(after(userWith('1', day(6), { city: 'Lyon' }))).status).to.equal('pending')
    expect(statusOf(after(kyc('VALIDATED', day(6)))).status).to.equal('validated')
  })

  it('is not lifted by what was said before it, however late that comes in', () => {
    expect(statusOf(after(userWith('2', day(4), { city: 'Lyon' }))).status).to.equal('refused')
  })

  it('is not lifted by an echo', () => {
    const first = VALIDATED[1] as WebhookJson
    const status = statusOf(after(sentAgain(first, day(6))))
    expect(status).to.include({ status: 'refused', verified: false })
    expect(status.observed?.stands).to.equal(true)
    const request = PENDING[0] as WebhookJson
    const pending = statusOf(withOwn(heard(...PENDING, sentAgain(request, day(6))), observed('3', day(5))))
    expect(pending).to.include({ status: 'refused' })
  })

  it('is not lifted by what nothing but its receipt dates, be it followed', () => {
    const stream = withOwn(heard(undated(userWith('2', day(6), { city: 'Lyon' }))), observed('3', day(5)))
    const status = statusOf(stream)
    expect(status.legacy.state).to.equal('validated')
    expect(status).to.include({ status: 'refused', verified: false })
  })

  it('is not lifted by what is not followed for its signed dates', () => {
    const dated = (kycStatus: string, at: string, lastReviewDatetime: string): WebhookJson => ({
      ...kyc(kycStatus, at),
      object_payload: { userId: 42, kycStatus, lastReviewDatetime, lastRequestDatetime: null },
    })
    const heardOf = [dated('VALIDATED', day(2), day(2)), dated('VALIDATED', day(6), day(1))]
    const status = statusOf(withOwn(heard(...heardOf), observed('3', day(5))))
    expect(kinds(status)).to.include('outdated')
    expect(status).to.include({ status: 'refused', verified: false })
  })

  it('is not lifted by a success that by its signed date was reviewed before it, whatever its webhook says', () => {
    const validated = (lastReviewDatetime: string | null): WebhookJson => ({
      ...kyc('VALIDATED', day(6)),
      object_payload: { userId: 42, kycStatus: 'VALIDATED', lastReviewDatetime, lastRequestDatetime: null },
    })
    const captured = statusOf(after(validated(day(4))))
    expect(captured).to.include({ status: 'refused', verified: false, governedBy: 'lifecycle' })
    expect(captured.lifecycle.state).to.equal('validated')
    for (const reviewed of [day(5), day(6), null]) {
      expect(statusOf(after(validated(reviewed))), String(reviewed)).to.include({ status: 'validated' })
    }
    const asked = { userId: 42, kycStatus: 'PENDING', lastReviewDatetime: day(2), lastRequestDatetime: day(6) }
    const pending = statusOf(after({ ...kyc('PENDING', day(6)), object_payload: asked }))
    expect(pending).to.include({ status: 'pending' })
    expect(pending.observed?.stands).to.equal(false)
  })

  it('is not lifted by a document nor an identification', () => {
    for (const said of [document('801', 'VALIDATED', day(6)), qes('a', 'STARTED', day(6))]) {
      expect(statusOf(after(said))).to.include({ status: 'refused', verified: false })
    }
  })

  it('is not lifted by the life cycle that does not govern', () => {
    const validated = [kyc('PENDING', day(1)), kyc('VALIDATED', day(2))]
    for (const review of ['1', '2', '6', '7']) {
      const status = statusOf(withOwn(heard(...validated, user(review, day(6))), observed('3', day(5))))
      expect(status, review).to.include({ status: 'refused', verified: false, governedBy: 'lifecycle' })
    }
  })

  it('leaves an anomaly where it differs by word, level or user status, with no value that may be anything', () => {
    const known = [...PENDING, userWith('2', day(2), { kycLevel: 2, userStatus: 'VALIDATED' })]
    const details = (answer: unknown): readonly string[] =>
      statusOf(withOwn(heard(...known), observed(answer, day(9))))
        .anomalies.filter(({ kind }) => kind === 'observed-otherwise')
        .map(({ detail }) => detail)
    expect(details({ kycReview: 2, kycLevel: 2, userStatus: 'VALIDATED' })).to.deep.equal([])
    expect(details('2')).to.deep.equal([])
    expect(details('3')).to.deep.equal(['the review amounts to refused, what was heard to validated'])
    expect(details({ kycReview: 2, kycLevel: 1 })).to.deep.equal(['kycLevel is 1 (LIGHT), heard was 2 (REGULAR)'])
    expect(details({ kycReview: 2, userStatus: 'PENDING' })).to.deep.equal([
      'userStatus is PENDING, heard was VALIDATED',
    ])
    expect(details(null)).to.deep.equal(['the provider knows no such user'])
    expect(details({ kycReview: 2, userStatus: 'Jane-Doe' }).join())
      .to.include('another value')
      .and.not.include('Jane')
    expect(details({ kycReview: 'Jane Doe' }).join()).to.not.include('Jane')
  })

  it('is compared by the level of the life cycle that governs', () => {
    const lifecycle: WebhookJson = {
      ...kyc('VALIDATED', day(3)),
      object_payload: { userId: 42, kycStatus: 'VALIDATED', kycLevel: 1 },
    }
    const known = [...PENDING, userWith('2', day(2), { kycLevel: 2 }), lifecycle]
    const status = (kycLevel: number) =>
      kinds(statusOf(withOwn(heard(...known), observed({ kycReview: 2, kycLevel }, day(9)))))
    expect(status(1)).to.not.include('observed-otherwise')
    expect(status(2)).to.include('observed-otherwise')
  })
})

describe('an answer of the provider', () => {
  const news = (stream: readonly StoredEvent[], user_: unknown, documents: Parameters<typeof observation>[1] = null) =>
    isNews(fold(USER, stream), observation(user_, documents))
  const known = heard(...PENDING, userWith('2', day(2), { kycLevel: '2', userStatus: 'VALIDATED' }))
  const AGREES = { kycReview: 2, kycLevel: 2, userStatus: 'VALIDATED' }

  it('is no news where it says what was heard of somebody who is validated', () => {
    expect(news(known, AGREES)).to.equal(false)
    expect(news(known, { kycReview: '2', kycLevel: '2', userStatus: 'VALIDATED' })).to.equal(false)
    expect(news(known, '2')).to.equal(false)
  })

  it('is news where it differs in any field', () => {
    for (const other of [
      '1',
      '3',
      '0',
      'what',
      null,
      {},
      { ...AGREES, kycLevel: 1 },
      { ...AGREES, userStatus: 'PENDING' },
    ]) {
      expect(news(known, other), JSON.stringify(other)).to.equal(true)
    }
  })

  it('is news where it does not say validated, be it what was heard: something older may come in late', () => {
    for (const [webhooks, same] of [
      [[user('0', day(1))], '0'],
      [PENDING, '1'],
      [REFUSED, '3'],
      [UNKNOWN, 'what'],
    ] as const) {
      expect(news(heard(...webhooks), same), String(same)).to.equal(true)
      expect(news(withOwn(heard(...webhooks), observed(same, day(9))), same), `again ${same}`).to.equal(false)
    }
  })

  it('is news of a user of whom nothing was heard, where it says anything of him', () => {
    const one = { documentId: '801', documentStatus: 'PENDING' }
    for (const answer of ['1', '2', '3', 'what', {}, null]) expect(news([], answer), String(answer)).to.equal(true)
    for (const more of [{ userStatus: 'CANCELED' }, { userStatus: 'BLOCKED' }, { kycLevel: 4 }, { kycLevel: 1 }]) {
      expect(news([], { kycReview: 0, ...more }), JSON.stringify(more)).to.equal(true)
    }
    expect(news([], '0', [one])).to.equal(true)
    for (const nothing of [
      '0',
      { kycReview: 0, kycLevel: '0' },
      { kycReview: 0, kycLevel: 0, userStatus: 'VALIDATED' },
    ]) {
      expect(news([], nothing), JSON.stringify(nothing)).to.equal(false)
      expect(news([], nothing, []), JSON.stringify(nothing)).to.equal(false)
      expect(news(heard(document('801', 'PENDING', day(1))), nothing)).to.equal(true)
      expect(news(withOwn([], observed('1', day(9))), nothing)).to.equal(true)
    }
  })

  it('is compared with the observation that stands, and not with what was heard', () => {
    const refused = withOwn(known, observed({ kycReview: 3, kycLevel: 4, userStatus: 'VALIDATED' }, day(5)))
    expect(news(refused, { kycReview: '3', kycLevel: '4', userStatus: 'VALIDATED' })).to.equal(false)
    expect(news(refused, AGREES)).to.equal(true)
    expect(news(refused, { kycReview: 3, kycLevel: 4 })).to.equal(true)
    expect(news(refused, { kycReview: 3, kycLevel: 2, userStatus: 'VALIDATED' })).to.equal(true)
    expect(news(withOwn(known, observed('1', day(5))), '6')).to.equal(true)
    expect(news(withOwn(known, observed(null, day(5))), null)).to.equal(false)
    expect(news(withOwn(known, observed(null, day(5))), {})).to.equal(true)
    // A level or a status that cannot be read is none that was not told: what it amounts to is another word.
    for (const unread of [{ kycLevel: 'what' }, { userStatus: 7.5 }]) {
      expect(news(withOwn(known, observed('2', day(5))), { kycReview: 2, ...unread })).to.equal(true)
      expect(news(withOwn(known, observed({ kycReview: 2, ...unread }, day(5))), '2')).to.equal(true)
    }
  })

  it('is news again once what it said was lifted', () => {
    const lifted = withOwn(heard(...VALIDATED, userWith('2', day(6), { city: 'Lyon' })), observed('3', day(5)))
    expect(statusOf(lifted).status).to.equal('validated')
    expect(news(lifted, '3')).to.equal(true)
    expect(news(lifted, '2')).to.equal(false)
  })

  it('is news by its documents, too', () => {
    const one = { documentId: '801', documentTypeId: 17, documentStatus: 'VALIDATED', codeStatus: '600003' }
    const withDocument = heard(
      ...VALIDATED,
      document('801', 'PENDING', day(3), { codeStatus: '600001' }),
      document('801', 'VALIDATED', day(4), { codeStatus: '600003' }),
    )
    expect(news(withDocument, '2', [one])).to.equal(false)
    expect(news(withDocument, '2', [])).to.equal(false)
    expect(news(withDocument, '2', [{ documentId: '801', documentStatus: 'VALIDATED' }])).to.equal(false)
    for (const other of [
      { ...one, documentId: '802' },
      { ...one, documentStatus: 'CANCELED' },
      { ...one, documentStatus: null },
      { ...one, documentTypeId: 9 },
      { ...one, codeStatus: '600004' },
    ]) {
      expect(news(withDocument, '2', [other]), JSON.stringify(other)).to.equal(true)
      const standing = withOwn(withDocument, observed('2', day(9), [other]))
      expect(news(standing, '2', [other]), `stands: ${JSON.stringify(other)}`).to.equal(false)
      expect(news(standing, '2', [one]), `no more: ${JSON.stringify(other)}`).to.equal(true)
      expect(news(standing, '2'), 'not asked about documents').to.equal(false)
      // What was not asked about stays as it was observed.
      expect(news(withOwn(standing, observed('3', day(10))), '3', [other])).to.equal(false)
    }
    expect(news(withOwn(withDocument, observed('2', day(9), [one])), '2', [])).to.equal(true)
    expect(news(withOwn(withDocument, observed('2', day(9))), '2', [one])).to.equal(false)
  })
})
