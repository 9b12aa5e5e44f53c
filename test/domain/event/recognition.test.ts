import { expect } from 'chai'
import fc from 'fast-check'
import { type FactIdentity, factName } from '../../../domain/event/identity.ts'
import {
  ECHO_LIMIT,
  type Recognition,
  type RecordedFact,
  recognise,
  type StreamKnowledge,
} from '../../../domain/event/recognition.ts'
import { fromMilliseconds, type Instant } from '../../../domain/instant.ts'

const MAY = fromMilliseconds(1_652_000_000_000)
const JUNE = fromMilliseconds(1_655_000_000_000)

const fact = (fields: Partial<FactIdentity> = {}): FactIdentity => ({
  payloadHash: 'a'.repeat(64),
  family: 'user',
  webhookId: 'first',
  webhookCreatedAt: MAY,
  ...fields,
})

const original = (fields: Partial<RecordedFact> = {}): RecordedFact => ({
  ...fact(fields),
  occurredAt: fields.webhookCreatedAt ?? MAY,
  revision: 7,
  echoOf: null,
  ...fields,
})

const recognised = (
  candidate: FactIdentity,
  samePayload: readonly RecordedFact[],
  originals: readonly Instant[] = [MAY],
  stream: Partial<StreamKnowledge> = {},
): Recognition =>
  recognise({ ...candidate, occurredAt: candidate.webhookCreatedAt ?? MAY }, samePayload, {
    originals: () => originals,
    payloadOf: () => candidate.payloadHash,
    isLast: ({ revision }) => revision === samePayload.at(-1)?.revision,
    complete: true,
    ...stream,
  })

describe('a fact that arrives', () => {
  it('is new where the stream does not hold its payload, whatever id it comes under', () => {
    expect(recognised(fact(), [])).to.deep.equal({ _tag: 'New' })
  })

  it('is known when it is delivered again', () => {
    expect(recognised(fact(), [original()])).to.deep.equal({ _tag: 'Known', revision: 7 })
  })

  it('is known by its id, though its time be another', () => {
    const known = { _tag: 'Known', revision: 7 }
    expect(recognised(fact({ webhookCreatedAt: JUNE }), [original()])).to.deep.equal(known)
    expect(recognised(fact({ webhookCreatedAt: null }), [original()])).to.deep.equal(known)
  })

  it('is known by its time, though its id be another', () => {
    const known = { _tag: 'Known', revision: 7 }
    expect(recognised(fact({ webhookId: 'second' }), [original()])).to.deep.equal(known)
    expect(recognised(fact({ webhookId: null }), [original()])).to.deep.equal(known)
  })

  it('is known where both come without a time, and not both with an id', () => {
    const timeless = original({ webhookCreatedAt: null })
    const nameless = original({ webhookId: null, webhookCreatedAt: null })
    const known = { _tag: 'Known', revision: 7 }
    expect(recognised(fact({ webhookId: null, webhookCreatedAt: null }), [timeless])).to.deep.equal(known)
    expect(recognised(fact({ webhookId: 'second', webhookCreatedAt: null }), [nameless])).to.deep.equal(known)
    expect(recognised(fact({ webhookId: null, webhookCreatedAt: null }), [nameless])).to.deep.equal(known)
  })

  it('is an echo where both come without a time and their ids differ: nothing says that they are one', () => {
    const timeless = original({ webhookCreatedAt: null })
    expect(recognised(fact({ webhookId: 'second', webhookCreatedAt: null }), [timeless])).to.deep.equal({
      _tag: 'Echo',
      of: 7,
    })
  })

  it('is an echo under another id and another time', () => {
    const echo = { _tag: 'Echo', of: 7 }
    expect(recognised(fact({ webhookId: 'second', webhookCreatedAt: JUNE }), [original()])).to.deep.equal(echo)
    expect(recognised(fact({ webhookId: 'second', webhookCreatedAt: null }), [original()])).to.deep.equal(echo)
    expect(recognised(fact({ webhookId: null, webhookCreatedAt: JUNE }), [original()])).to.deep.equal(echo)
  })

  it('is an echo where neither has an id and the times differ: two missing ids do not agree', () => {
    const nameless = original({ webhookId: null })
    expect(recognised(fact({ webhookId: null, webhookCreatedAt: JUNE }), [nameless])).to.deep.equal({
      _tag: 'Echo',
      of: 7,
    })
  })

  it('is an echo in another family, under the same id and time', () => {
    expect(recognised(fact({ family: 'videoConference' }), [original({ family: 'qes' })])).to.deep.equal({
      _tag: 'Echo',
      of: 7,
    })
  })

  it('is known where it is delivered again as the echo it was', () => {
    const echo = original({ webhookId: 'second', webhookCreatedAt: JUNE, revision: 9, echoOf: 7 })
    const again = fact({ webhookId: 'second', webhookCreatedAt: JUNE })
    expect(recognised(again, [original(), echo])).to.deep.equal({ _tag: 'Known', revision: 9 })
  })

  it('is an echo of the first that had its payload', () => {
    const echo = original({ webhookId: 'second', webhookCreatedAt: JUNE, revision: 9, echoOf: 7 })
    const third = fact({ webhookId: 'third', webhookCreatedAt: null })
    expect(recognised(third, [original(), echo])).to.deep.equal({ _tag: 'Echo', of: 7 })
  })

  it('is an echo again, after sixteen of them, once the provider has said something else in between', () => {
    const held: RecordedFact[] = [original()]
    for (let n = 1; n <= 16; n += 1) {
      held.push(
        original({ webhookId: `echo ${n}`, webhookCreatedAt: (MAY + n) as Instant, revision: 7 + n, echoOf: 7 }),
      )
    }
    const honest = fact({ webhookId: 'honest', webhookCreatedAt: (JUNE + 1) as Instant })
    expect(recognised(honest, held, [MAY])).to.deep.equal({ _tag: 'EchoRefused', revision: 7 })
    expect(recognised(honest, held, [MAY, JUNE])).to.deep.equal({ _tag: 'Echo', of: 7 })
  })

  it('is counted among the echoes after the last original that is not later, however many are dated like one', () => {
    const heldAt = (at: Instant, count: number): readonly RecordedFact[] =>
      Array.from({ length: count }, (_, n) =>
        n === 0
          ? original()
          : original({ webhookId: `echo ${n}`, webhookCreatedAt: null, occurredAt: at, revision: 7 + n, echoOf: 7 }),
      )
    const [atJune, later] = [JUNE, (JUNE + 1) as Instant].map((webhookCreatedAt) =>
      fact({ webhookId: 'honest', webhookCreatedAt }),
    )
    if (atJune === undefined || later === undefined) throw new Error('two facts')
    const echo = { _tag: 'Echo', of: 7 }
    expect(recognised(atJune, heldAt((MAY + 1) as Instant, 17), [MAY, JUNE])).to.deep.equal(echo)
    expect(recognised(later, heldAt(JUNE, 17), [MAY, JUNE])).to.deep.equal(echo)
  })

  it('is refused as an echo once sixteen are dated exactly like the same original, which takes no room from any other time', () => {
    const timeless = (n: number) => fact({ webhookId: `echo ${n}`, webhookCreatedAt: null })
    const held = [original(), ...Array.from({ length: 96 }, (_, n) => original({ ...timeless(n), echoOf: 7 }))]
    expect(recognised(timeless(99), held.slice(0, 16))).to.deep.equal({ _tag: 'Echo', of: 7 })
    expect(recognised(timeless(99), held.slice(0, 17))).to.deep.equal({ _tag: 'EchoRefused', revision: 7 })
    const honest = fact({ webhookId: 'honest', webhookCreatedAt: (JUNE + 1) as Instant })
    expect(recognised(honest, held, [MAY, JUNE])).to.deep.equal({ _tag: 'Echo', of: 7 })
  })

  it('is refused as an echo after sixteen of them, and still known where it is known', () => {
    const held: RecordedFact[] = [original()]
    const nth = (n: number) => fact({ webhookId: `echo ${n}`, webhookCreatedAt: (JUNE + n) as Instant })
    for (let n = 1; n <= 16; n += 1) {
      expect(recognised(nth(n), held), `echo ${n}`).to.deep.equal({ _tag: 'Echo', of: 7 })
      held.push(original({ ...nth(n), revision: 7 + n, echoOf: 7 }))
    }
    expect(ECHO_LIMIT).to.equal(16)
    expect(recognised(nth(17), held)).to.deep.equal({ _tag: 'EchoRefused', revision: 7 })
    expect(recognised(nth(16), held)).to.deep.equal({ _tag: 'Known', revision: 23 })
  })
})

describe('the name of a fact', () => {
  const hostile = fc.constantFrom('1', '-', 'null', 'a\nb', '42\n1', 'id 1', 'at 1', '"', '{"at":1}')
  const facts = fc.record({
    payloadHash: fc.constantFrom('a', 'b').map((digit) => digit.repeat(64)),
    family: fc.constantFrom('user', 'kyc', 'qes', null),
    webhookId: fc.option(hostile),
    webhookCreatedAt: fc.constantFrom(MAY, JUNE, null, 1 as Instant),
  }) satisfies fc.Arbitrary<FactIdentity>
  const users = fc.constantFrom('1', '42', '43', null)

  /** What the name is to stand for: the id, and the time only where there is no id. */
  const essence = ({ payloadHash, family, webhookId, webhookCreatedAt }: FactIdentity, user: string | null) => [
    payloadHash,
    family,
    webhookId === null,
    webhookId ?? webhookCreatedAt,
    user,
  ]

  it('is one name for one fact, and another for any other', () => {
    fc.assert(
      fc.property(facts, users, facts, users, (a, userOfA, b, userOfB) => {
        const same = essence(a, userOfA).every((part, index) => part === essence(b, userOfB)[index])
        expect(factName(a, userOfA) === factName(b, userOfB)).to.equal(same)
      }),
      { numRuns: 5000 },
    )
  })

  it('is never shared by two facts of one stream', () => {
    fc.assert(
      fc.property(fc.array(facts, { maxLength: 40 }), (arriving) => {
        const held: RecordedFact[] = []
        const names: string[] = []
        for (const candidate of arriving) {
          const same = held.filter(({ payloadHash }) => payloadHash === candidate.payloadHash)
          const recognition = recognised(candidate, same)
          if (recognition._tag === 'Known' || recognition._tag === 'EchoRefused') continue
          held.push({
            ...candidate,
            occurredAt: candidate.webhookCreatedAt ?? MAY,
            revision: held.length,
            echoOf: recognition._tag === 'Echo' ? recognition.of : null,
          })
          names.push(factName(candidate, '42', recognition._tag === 'Echo' ? same.length : null))
        }
        expect(new Set(names).size).to.equal(names.length)
      }),
    )
  })

  it('does not change when a delivery of the same fact claims another time', () => {
    expect(factName(fact({ webhookCreatedAt: JUNE }), '42')).to.equal(factName(fact(), '42'))
  })
})
