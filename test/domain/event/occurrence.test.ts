import { expect } from 'chai'
import fc from 'fast-check'
import { type Claims, notBefore, occurrence } from '../../../domain/event/occurrence.ts'
import { fromMilliseconds, type Instant, minutes } from '../../../domain/instant.ts'

const RECEIVED = fromMilliseconds(1_700_000_000_000)
const FIVE = minutes(5)
const at = (microseconds: number): Instant => (RECEIVED + microseconds) as Instant

const when = (claims: Partial<Claims>) =>
  occurrence({ webhookCreatedAt: null, statedAt: null, statedBinds: true, receivedAt: RECEIVED, ...claims })

const HOUR = minutes(60)

describe('the time of an event', () => {
  it('is what the webhook claims', () => {
    expect(when({ webhookCreatedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR),
      source: 'webhook',
      disbelief: null,
      weaklyDated: false,
    })
  })

  it('is what its payload states, where the webhook claims nothing', () => {
    expect(when({ statedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR),
      source: 'payload',
      disbelief: null,
      weaklyDated: false,
    })
  })

  it('is its receipt, where nobody says anything', () => {
    expect(when({})).to.deep.equal({ occurredAt: RECEIVED, source: 'receipt', disbelief: null, weaklyDated: true })
  })

  it('is its receipt, where the webhook claims a later time: up to five minutes later without a word', () => {
    for (const later of [1, FIVE]) {
      expect(when({ webhookCreatedAt: at(later) })).to.deep.equal({
        occurredAt: RECEIVED,
        source: 'webhook',
        disbelief: null,
        weaklyDated: false,
      })
    }
  })

  it('is its receipt and weak, where the webhook claims a time more than five minutes later', () => {
    const expected = { occurredAt: RECEIVED, source: 'receipt', disbelief: 'later-than-receipt', weaklyDated: true }
    expect(when({ webhookCreatedAt: at(FIVE + 1) })).to.deep.equal(expected)
    expect(when({ webhookCreatedAt: at(FIVE + 1), statedAt: at(-HOUR) })).to.deep.equal(expected)
    expect(when({ statedAt: at(FIVE + 1), statedBinds: false })).to.deep.equal(expected)
  })

  it('is what the signed payload states, where that lies after its receipt: a clock was behind', () => {
    const signed = { occurredAt: at(FIVE), source: 'payload', disbelief: null, weaklyDated: false }
    expect(when({ statedAt: at(FIVE) })).to.deep.equal(signed)
    expect(when({ statedAt: at(HOUR) })).to.deep.equal({
      ...signed,
      occurredAt: at(HOUR),
      disbelief: 'received-before-payload',
    })
    expect(when({ webhookCreatedAt: at(HOUR + 1), statedAt: at(HOUR) })).to.deep.equal({
      occurredAt: at(HOUR),
      source: 'webhook',
      disbelief: 'received-before-payload',
      weaklyDated: false,
    })
  })

  it('is weak, where the signed payload states a time more than a day after its receipt', () => {
    expect(when({ statedAt: at(24 * HOUR) }).weaklyDated).to.equal(false)
    expect(when({ statedAt: at(24 * HOUR + 1) }).weaklyDated).to.equal(true)
  })

  it('is what the webhook claims, also up to five minutes before what the payload states', () => {
    expect(when({ webhookCreatedAt: at(-HOUR - FIVE), statedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR - FIVE),
      source: 'webhook',
      disbelief: null,
      weaklyDated: false,
    })
  })

  it('is what the payload states, where the webhook claims a time more than five minutes before it', () => {
    expect(when({ webhookCreatedAt: at(-HOUR - FIVE - 1), statedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR),
      source: 'payload',
      disbelief: 'earlier-than-payload',
      weaklyDated: false,
    })
  })

  it('is what the webhook claims, where the payload states an earlier time, however much earlier', () => {
    expect(when({ webhookCreatedAt: at(-HOUR), statedAt: at(-1_000_000 * HOUR) }).occurredAt).to.equal(at(-HOUR))
  })

  it("is not refuted by a document's dates, which do not bind", () => {
    expect(when({ webhookCreatedAt: at(-HOUR * 9), statedAt: at(-HOUR), statedBinds: false })).to.deep.equal({
      occurredAt: at(-HOUR * 9),
      source: 'webhook',
      disbelief: null,
      weaklyDated: false,
    })
    expect(when({ statedAt: at(-HOUR), statedBinds: false }).source).to.equal('payload')
  })

  it('is never later than receipt but where a signed time is, nor five minutes earlier than what a signed payload states', () => {
    const times = fc.option(fc.integer({ min: -10 * FIVE, max: 10 * FIVE }).map(at))
    fc.assert(
      fc.property(times, times, fc.boolean(), (webhookCreatedAt, statedAt, statedBinds) => {
        const { occurredAt, weaklyDated } = when({ webhookCreatedAt, statedAt, statedBinds })
        const signedAt = statedBinds ? statedAt : null
        expect(occurredAt).to.be.at.most(Math.max(RECEIVED, signedAt ?? RECEIVED))
        if (signedAt !== null) expect(occurredAt).to.be.at.least(signedAt - FIVE)
        if (webhookCreatedAt === null && statedAt === null) expect(weaklyDated).to.equal(true)
      }),
    )
  })

  it('is never before both the time that is claimed and the receipt, whatever the payload states', () => {
    const times = fc.integer({ min: -3 * HOUR, max: 3 * HOUR }).map(at)
    fc.assert(
      fc.property(
        times,
        fc.option(times),
        fc.boolean(),
        times,
        (webhookCreatedAt, statedAt, statedBinds, receivedAt) => {
          const claims = { webhookCreatedAt, statedAt, statedBinds, receivedAt }
          expect(occurrence(claims).occurredAt).to.be.at.least(notBefore(claims) ?? Number.NaN)
        },
      ),
    )
    expect(notBefore({ webhookCreatedAt: null, receivedAt: RECEIVED })).to.equal(null)
  })
})
