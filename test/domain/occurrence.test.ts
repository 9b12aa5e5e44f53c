import { expect } from 'chai'
import fc from 'fast-check'
import { fromMilliseconds, type Instant, minutes } from '../../domain/instant.ts'
import { type Claims, occurrence } from '../../domain/occurrence.ts'

const RECEIVED = fromMilliseconds(1_700_000_000_000)
const FIVE = minutes(5)
const at = (microseconds: number): Instant => (RECEIVED + microseconds) as Instant

const when = (claims: Partial<Claims>) =>
  occurrence({ webhookCreatedAt: null, statedAt: null, binding: true, receivedAt: RECEIVED, ...claims })

const HOUR = minutes(60)

describe('the time of an event', () => {
  it('is what the webhook claims', () => {
    expect(when({ webhookCreatedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR),
      source: 'webhook',
      disbelief: null,
    })
  })

  it('is what its payload states, where the webhook claims nothing', () => {
    expect(when({ statedAt: at(-HOUR) })).to.deep.equal({ occurredAt: at(-HOUR), source: 'payload', disbelief: null })
  })

  it('is its receipt, where nobody says anything', () => {
    expect(when({})).to.deep.equal({ occurredAt: RECEIVED, source: 'receipt', disbelief: null })
  })

  it('is what the webhook claims, also up to five minutes after receipt', () => {
    expect(when({ webhookCreatedAt: at(FIVE) })).to.deep.equal({
      occurredAt: at(FIVE),
      source: 'webhook',
      disbelief: null,
    })
  })

  it('is its receipt, where the webhook claims a time more than five minutes after it', () => {
    const expected = { occurredAt: RECEIVED, source: 'receipt', disbelief: 'later-than-receipt' }
    expect(when({ webhookCreatedAt: at(FIVE + 1) })).to.deep.equal(expected)
    expect(when({ webhookCreatedAt: at(FIVE + 1), statedAt: at(-HOUR) })).to.deep.equal(expected)
  })

  it('is its receipt, where the payload alone states a time more than five minutes after it', () => {
    expect(when({ statedAt: at(FIVE) }).source).to.equal('payload')
    expect(when({ statedAt: at(FIVE + 1) })).to.deep.equal({
      occurredAt: RECEIVED,
      source: 'receipt',
      disbelief: 'later-than-receipt',
    })
  })

  it('is what the webhook claims, also up to five minutes before what the payload states', () => {
    expect(when({ webhookCreatedAt: at(-HOUR - FIVE), statedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR - FIVE),
      source: 'webhook',
      disbelief: null,
    })
  })

  it('is what the payload states, where the webhook claims a time more than five minutes before it', () => {
    expect(when({ webhookCreatedAt: at(-HOUR - FIVE - 1), statedAt: at(-HOUR) })).to.deep.equal({
      occurredAt: at(-HOUR),
      source: 'payload',
      disbelief: 'earlier-than-payload',
    })
  })

  it('is what the webhook claims, where the payload states an earlier time, however much earlier', () => {
    expect(when({ webhookCreatedAt: at(-HOUR), statedAt: at(-1_000_000 * HOUR) }).occurredAt).to.equal(at(-HOUR))
  })

  it("is not refuted by a document's dates, which do not bind", () => {
    expect(when({ webhookCreatedAt: at(-HOUR * 9), statedAt: at(-HOUR), binding: false })).to.deep.equal({
      occurredAt: at(-HOUR * 9),
      source: 'webhook',
      disbelief: null,
    })
    expect(when({ statedAt: at(-HOUR), binding: false }).source).to.equal('payload')
  })

  it('is never later than five minutes after receipt, nor five minutes earlier than what a payload of the past states', () => {
    const times = fc.option(fc.integer({ min: -10 * FIVE, max: 10 * FIVE }).map(at))
    fc.assert(
      fc.property(times, times, fc.boolean(), (webhookCreatedAt, statedAt, binding) => {
        const { occurredAt } = when({ webhookCreatedAt, statedAt, binding })
        expect(occurredAt).to.be.at.most(RECEIVED + FIVE)
        if (binding && statedAt !== null && statedAt <= RECEIVED) expect(occurredAt).to.be.at.least(statedAt - FIVE)
      }),
    )
  })
})
