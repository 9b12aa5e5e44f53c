import { expect } from 'chai'
import * as E from 'fp-ts/lib/Either.js'
import { type Account, accountOf } from '../../domain/answer/account.ts'
import { STATUSES } from '../../domain/answer/status.ts'
import { readMetadata } from '../../domain/event/kycEvent.ts'
import {
  type NamedEvent,
  OBSERVED,
  type Observation,
  type Own,
  RELEASE_REQUESTED,
  RELEASED,
} from '../../domain/event/ownEvent.ts'
import type { StoredEvent } from '../../domain/event/storedEvent.ts'
import { ANOMALY_KINDS } from '../../domain/state/anomaly.ts'
import { withFlaw } from '../../domain/state/kycState.ts'
import { readHistory } from '../../domain/state/ownHistory.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import { anomalyInWords } from '../../src/words/anomalyInWords.ts'
import { statusInWords } from '../../src/words/statusInWords.ts'
import { instant, recordedStream } from '../support/events/storedEvents.ts'
import { USER } from '../support/histories/histories.ts'
import type { WebhookJson } from '../support/webhooks/documentedWebhooks.ts'
import { day, kyc, sentAgain, user } from '../support/webhooks/plainWebhooks.ts'

const accountOfStored = (events: readonly StoredEvent[]): Account => {
  const account = accountOf(USER, readHistory(USER, events), [])
  for (;;) {
    const next = account.next()
    if (next.done) return next.value
  }
}

const NOW = instant(day(9))

const told = (...arriving: readonly WebhookJson[]) => {
  const account = accountOfStored(recordedStream(USER, arriving))
  return { status: account.status, ...statusInWords(account, NOW) }
}

const on = (n: number): string =>
  `of ${n} June 2024, 12:00:00 UTC, which this service received on 1 January 2030, 00:00:00 UTC; its signature matched the secret with fingerprint `

/** What this service wrote itself behind that, all at one time. */
const toldWith = (arriving: readonly WebhookJson[], own: readonly Own[], at: string) => {
  const stored = recordedStream(USER, arriving)
  const written = own.map(({ type, data }, index): StoredEvent => {
    const event = ownEvent(`own-${index}`, { type, data: { ...data }, recordedAt: instant(at) })
    return { ...event, revision: stored.length + index, position: `9${index}` }
  })
  const account = accountOfStored([...stored, ...written])
  return { status: account.status, ...statusInWords(account, instant('2030-02-01T00:00:00Z')) }
}

const observed = (user: Observation['user'], documents: Observation['documents'] = null): Own => ({
  type: OBSERVED,
  data: { source: 'treezor-api', user, documents },
})

/** Named, as it stands in the stream of the user. */
const named = (arriving: readonly WebhookJson[], revision: number): NamedEvent => {
  const event = recordedStream(USER, arriving)[revision]
  const read = event === undefined ? E.left(null) : readMetadata(event)
  if (event === undefined || E.isLeft(read)) throw new Error('no such event')
  return { stream: `kyc-${USER}`, revision, eventId: event.eventId, payloadHash: read.right.payloadHash }
}

const LATER = '2030-01-03T10:00:00Z'
const ECHOED = [user('2', day(1)), user('3', day(2)), sentAgain(user('2', day(1)), day(3))]

describe('a status in words', () => {
  it('says of a validation that was released by which signed event, why it was held back, and on what it rests', () => {
    const releases = named(ECHOED, 2)
    const request: Own = { type: RELEASE_REQUESTED, data: { releases, by: 'anna', reason: 'x' } }
    const on = { request: 3, requestedBy: 'anna', confirmedBy: 'bert' }
    const byTwo = toldWith(ECHOED, [request, { type: RELEASED, data: { releases, on } }], LATER)
    expect(byTwo.status).to.equal('validated')
    expect(byTwo.sentence).to.match(
      /^Validated by user\.kycreview of 3 June 2024, 12:00:00 UTC, .* a payload that was here before; its signature matched .*…; it was held back as an echo, and counts since two persons released it, on 3 January 2030, 10:00:00 UTC\.$/,
    )
    expect(byTwo.sentence).to.not.match(/anna|bert/)
    const asked = observed({ kycReview: 2, kycLevel: 2, userStatus: 'VALIDATED' })
    const byObservation: Own = { type: RELEASED, data: { releases, on: { observation: 'own-0' } } }
    expect(toldWith(ECHOED, [asked, byObservation], LATER).sentence).to.include(
      'held back as an echo, and counts since the provider confirmed it when it was asked, on 3 January 2030',
    )
  })

  it('says that the provider took a verification away when it was asked, what it has signed, and when that was over', () => {
    const life = [user('1', day(1)), user('2', day(2))]
    const refused = observed({ kycReview: 3 })
    const away = toldWith(life, [refused], LATER)
    expect(away).to.deep.include({ status: 'refused', reasons: [] })
    expect(away.sentence).to.equal(
      'Refused by what the provider answered when it was asked, recorded on 3 January 2030, 10:00:00 UTC; it is not signed. What it has signed amounts to validated.',
    )
    const releases = named(ECHOED, 2)
    const request: Own = { type: RELEASE_REQUESTED, data: { releases, by: 'anna', reason: 'x' } }
    const release: Own = {
      type: RELEASED,
      data: { releases, on: { request: 4, requestedBy: 'anna', confirmedBy: 'bert' } },
    }
    const still = toldWith(ECHOED, [refused, request, release], LATER)
    expect(still.status).to.equal('refused')
    expect(still.sentence).to.match(
      /^Refused by user\.kycreview of 2 June 2024.*… It is so still by what the provider answered when it was asked, on 3 January 2030, 10:00:00 UTC, which is not signed\. What it has signed amounts to validated\.$/,
    )
    const gone = toldWith(life, [observed(null)], LATER)
    expect(gone.status).to.equal('unknown')
    expect(gone.reasons.map(({ kind, sentence }) => [kind, sentence.includes('knew no such user')])).to.deep.equal([
      ['observed-otherwise', true],
    ])
  })

  it('says by which event a user is validated or refused, when it came here, and by which secret it was checked', () => {
    const { sentence, reasons } = told(user('1', day(1)), user('2', day(2)), user('2', day(3)))
    expect(sentence).to.match(new RegExp(`^Validated by user\\.kycreview ${on(2)}.{1,4}…$`))
    expect(reasons).to.deep.equal([])
    expect(told(kyc('PENDING', day(1)), kyc('REFUSED', day(4))).sentence).to.include(
      `Refused by kycreview.result ${on(4)}`,
    )
  })

  it('says how long a user has been pending, and what is going on', () => {
    expect(told(user('1', day(1)), user('4', day(3))).sentence).to.match(
      new RegExp(`^Pending for 8 days, since user\\.kycreview ${on(1)}.{1,4}… The user is under investigation\\.$`),
    )
  })

  it('says that nothing was heard, and that something was taken back', () => {
    expect(told(user('0', day(1))).sentence).to.match(/^None: nothing that was heard of the user requests/)
    expect(told(user('1', day(1)), user('0', day(2))).sentence).to.include(
      `None since what was said before was taken back, by user.kycreview ${on(2)}`,
    )
  })

  it('says that the provider has closed a user, and by which event', () => {
    const canceled = user('2', day(5))
    const [closing] = (canceled.object_payload as { users: Record<string, unknown>[] }).users
    Object.assign(closing ?? {}, { userStatus: 'CANCELED' })
    expect(told(user('1', day(1)), canceled).sentence).to.include(
      `Closed for good by the provider, by user.kycreview ${on(5)}`,
    )
  })

  it('says which value is not understood', () => {
    const { status, sentence, reasons } = told(kyc('PENDING', day(1)), kyc('SOMETHING', day(2)))
    expect(status).to.equal('unknown')
    expect(sentence).to.include(`It has been so since kycreview.result ${on(2)}`)
    expect(reasons.map(({ kind }) => kind)).to.deep.equal(['unknown-value'])
    expect(reasons[0]?.sentence).to.include('kycStatus')
    expect(reasons[0]?.sentence).to.not.include('SOMETHING')
  })

  it('says that a review was closed, and what the life cycles contradict each other in', () => {
    expect(told(user('1', day(1)), user('5', day(2))).reasons[0]?.sentence).to.include('vouches for nobody')
    const { status, reasons } = told(kyc('PENDING', day(1)), kyc('VALIDATED', day(2)), user('3', day(3)))
    expect(status).to.equal('unknown')
    expect(reasons).to.have.length(1)
    expect(reasons[0]?.kind).to.equal('life-cycles-contradict')
    expect(reasons[0]?.sentence).to.include('3 June 2024')
  })

  it('says what of the history is missing, unreadable, or not what was received, whatever the events say', () => {
    const [first, second] = recordedStream(USER, [user('1', day(1)), user('2', day(2))])
    if (first === undefined || second === undefined) throw new Error('two events are expected')
    const reasonsOf = (...events: readonly StoredEvent[]) => {
      const account = accountOfStored(events)
      expect(account.status).to.equal('unknown')
      const { sentence, reasons } = statusInWords(account, NOW)
      expect(sentence)
        .to.match(/^Unknown: .*\.$/)
        .and.to.not.include('since')
      return reasons.map(({ kind }) => kind)
    }
    expect(reasonsOf(second)).to.deep.equal(['history-incomplete'])
    expect(reasonsOf(first, { ...second, metadata: '{}' })).to.deep.equal(['unreadable-event'])
    expect(reasonsOf(first, { ...second, hasPayload: () => false })).to.deep.equal(['event-altered'])
  })

  it('has a reason for each way in which nothing is certain', () => {
    const account = accountOfStored(recordedStream(USER, [user('1', day(1)), user('2', day(2))]))
    for (const kind of ['history-damaged', 'history-removed', 'not-as-sealed', 'history-incomplete'] as const) {
      const flawed: Account = {
        ...account,
        state: withFlaw(account.state, kind, ''),
        status: 'unknown',
        by: null,
      }
      expect(statusInWords(flawed, NOW).reasons).to.deep.equal([{ kind, sentence: anomalyInWords(kind) }])
    }
  })

  it('has whole sentences for every status, and for every kind of anomaly', () => {
    const account = accountOfStored([])
    for (const status of STATUSES)
      expect(statusInWords({ ...account, status }, NOW).sentence, status).to.match(/^[A-Z].*[.…]$/)
    for (const kind of [...ANOMALY_KINDS, 'late-event'] as const)
      expect(anomalyInWords(kind), kind).to.match(/^[A-Z].*\.$/)
  })
})
