import { expect } from 'chai'
import * as fc from 'fast-check'
import * as E from 'fp-ts/lib/Either.js'
import { appendRefused, streamErased } from '../../../src/eventStore/appendOutcome.ts'
import { CROSSING } from '../../../src/eventStore/sqlite/crossing.ts'
import type { WriteAnswer, WriteRequest } from '../../../src/eventStore/sqlite/write.ts'
import type { NotCommitted } from '../../../src/sqlite/groupCommitMessages.ts'

const text = fc.string({ unit: 'grapheme' })
const revision = fc.nat()
const expected = fc.oneof(fc.constant('no-stream' as const), revision)
const event = fc.record({ eventId: text, type: text, data: text, metadata: text })

const request: fc.Arbitrary<WriteRequest> = fc.oneof(
  fc.record({ stream: text, expected, events: fc.array(event, { minLength: 1, maxLength: 1 }) }),
  fc.record({ stream: text, expected, events: fc.array(event, { maxLength: 3 }) }),
  fc.record({ erase: text, expected }),
  fc.record({ truncate: text, before: revision }),
  fc.record({ purge: fc.oneof(fc.constant(null), revision) }),
)

const committed: fc.Arbitrary<WriteAnswer> = fc.oneof(
  fc.record({ revision, position: text }).map((appended) => E.right(appended)),
  fc.record({ revision, position: text, already: fc.constant(true as const) }).map((appended) => E.right(appended)),
  text.map((reason) => E.left(appendRefused(reason))),
  text.map((stream) => E.left(streamErased(stream))),
  fc
    .record({ stream: text, expected, actual: expected })
    .map((one) => E.left({ _tag: 'WrongExpectedVersion' as const, ...one })),
  fc.constant(E.right(undefined)),
  fc.record({ run: revision, state: fc.constantFrom('working' as const, 'gone' as const, { failed: 'reason' }) }),
)
const answer: fc.Arbitrary<E.Either<NotCommitted, WriteAnswer>> = fc.oneof(
  committed.map((one) => E.right(one)),
  text.map((reason) => E.left({ _tag: 'Failed' as const, reason })),
)

describe('what crosses to the thread that writes the log, and back', () => {
  it('is the same on the other side, in the same order', () => {
    const { requests, answers } = CROSSING
    fc.assert(
      fc.property(fc.array(request), fc.array(answer), (asked, answered) => {
        expect(requests.unpack(structuredClone(requests.pack(asked)))).to.deep.equal(asked)
        expect(answers.unpack(structuredClone(answers.pack(answered)))).to.deep.equal(answered)
      }),
    )
  })

  it('is nothing of an event but what is stored', () => {
    const stored = { eventId: 'a', type: 'b', data: '{}', metadata: '{}' }
    for (const number of [1, 2]) {
      const events = Array.from({ length: number }, () => ({ ...stored, read: () => 'cannot be sent' }))
      const packed = structuredClone(CROSSING.requests.pack([{ stream: 'kyc-1', expected: 0, events }]))
      expect(CROSSING.requests.unpack(packed)).to.deep.equal([
        { stream: 'kyc-1', expected: 0, events: events.map(() => stored) },
      ])
    }
  })
})
