import sharedPb from '@eventstore/db-client/generated/shared_pb.js'
import statusPb from '@eventstore/db-client/generated/status_pb.js'
import streamsPb from '@eventstore/db-client/generated/streams_pb.js'
import { expect } from 'chai'
import fc from 'fast-check'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import type { ExpectedRevision } from '../../../../src/eventStore/appendOutcome.ts'
import { appendAnswer, appendRequest, appendResponse } from '../../../../src/eventStore/esdb/client/appendMessages.ts'
import type { ProposedEvent } from '../../../../src/eventStore/esdb/stored/storedEvent.ts'
import { left, right } from '../../../support/right.ts'

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 })
const proposed: fc.Arbitrary<ProposedEvent> = fc.record({
  id: fc.uuid(),
  type: fc.string({ unit: 'grapheme', maxLength: 200 }),
  contentType: fc.constantFrom('application/json', 'application/octet-stream'),
  // Lengths on both sides of those that take a byte more.
  data: fc.oneof(
    text,
    fc.constantFrom(127, 128, 16_383, 16_384, 2_097_152).map((length) => 'é'.repeat(length / 2 + 1)),
  ),
  metadata: text,
})
const revision = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom(0, 127, 128, Number.MAX_SAFE_INTEGER - 1))

/** The same, as the client's generated code writes it. */
const generated = (id: string, stream: string, expected: ExpectedRevision, events: readonly ProposedEvent[]) => {
  const options = new streamsPb.BatchAppendReq.Options()
  options.setStreamIdentifier(new sharedPb.StreamIdentifier().setStreamName(Buffer.from(stream)))
  if (expected === 'no-stream') options.setNoStream(new sharedPb.Empty())
  else options.setStreamPosition(String(expected))
  const messages = events.map((event) => {
    const message = new streamsPb.BatchAppendReq.ProposedMessage()
      .setId(new sharedPb.UUID().setString(event.id))
      .setData(Buffer.from(event.data))
      .setCustomMetadata(Buffer.from(event.metadata))
    message.getMetadataMap().set('type', event.type).set('content-type', event.contentType)
    return message
  })
  const request = new streamsPb.BatchAppendReq().setCorrelationId(new sharedPb.UUID().setString(id))
  return request.setOptions(options).setProposedMessagesList(messages).setIsFinal(true).serializeBinary()
}

const answerTo = (id: string) => new streamsPb.BatchAppendResp().setCorrelationId(new sharedPb.UUID().setString(id))
const answerOf = (response: InstanceType<typeof streamsPb.BatchAppendResp>) =>
  appendAnswer(appendResponse(Buffer.from(response.serializeBinary())))

describe('a message of the batch stream', () => {
  it('holds the bytes that the generated code of the client writes', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        text,
        fc.oneof(fc.constant('no-stream' as const), revision),
        fc.array(proposed, { minLength: 1, maxLength: 3 }),
        (id, stream, expected, events) => {
          const { correlationId, bytes } = appendRequest(id, stream, expected, events)
          expect(correlationId).to.equal(id)
          expect(bytes.equals(generated(id, stream, expected, events))).to.equal(true)
        },
      ),
    )
  })

  it('says where the events stand, and of which append it speaks, whatever else it says', () => {
    fc.assert(
      fc.property(
        fc.uuid(),
        revision,
        fc.bigInt(0n, 2n ** 63n - 1n),
        fc.bigInt(0n, 2n ** 63n - 1n),
        fc.boolean(),
        (id, at, commit, prepare, more) => {
          const place = new sharedPb.AllStreamPosition()
            .setCommitPosition(String(commit))
            .setPreparePosition(String(prepare))
          const success = new streamsPb.BatchAppendResp.Success().setCurrentRevision(String(at)).setPosition(place)
          const response = answerTo(id).setSuccess(success)
          const stream = new sharedPb.StreamIdentifier().setStreamName(Buffer.from('kyc-1'))
          if (more) response.setStreamIdentifier(stream).setStreamPosition(String(at))
          const hex = (number: bigint) => number.toString(16).padStart(16, '0')
          expect(appendResponse(Buffer.from(response.serializeBinary())).correlationId).to.equal(id)
          expect(right(answerOf(response))).to.deep.equal({ revision: at, position: `${hex(commit)}-${hex(prepare)}` })
        },
      ),
    )
  })

  it('is a conflict without a position, and no answer without a revision', () => {
    const remembered = new streamsPb.BatchAppendResp.Success().setCurrentRevision('4')
    remembered.setNoPosition(new emptyPb.Empty())
    expect(left(answerOf(answerTo('x').setSuccess(remembered)))).to.deep.equal({
      _tag: 'WrongExpectedVersion',
      actual: 4,
    })
    for (const response of [answerTo('x'), answerTo('x').setSuccess(new streamsPb.BatchAppendResp.Success())]) {
      expect(left(answerOf(response))).to.include({ _tag: 'NoAnswer' })
    }
  })

  it('names an error as the server does', () => {
    const error = new statusPb.Status().setCode(14).setMessage('Server Is Not Ready')
    expect(left(answerOf(answerTo('x').setError(error)))).to.include({
      _tag: 'Unreachable',
      reason: 'Server Is Not Ready',
    })
  })

  it('is not taken for one where it breaks off, or is something else', () => {
    const whole = Buffer.from(answerTo('x'.repeat(36)).serializeBinary())
    for (let length = 1; length < whole.length; length += 1) {
      expect(() => appendResponse(whole.subarray(0, length))).to.throw(RangeError)
    }
    expect(() => appendResponse(Buffer.from([0x0f]))).to.throw(RangeError)
    // A field without a number would pass for the end of the message.
    expect(() => appendResponse(Buffer.concat([Buffer.from([0, 0]), whole]))).to.throw(RangeError)
    // An id that goes on behind the message it is in.
    expect(() => appendResponse(Buffer.from('0a0212056161616161', 'hex'))).to.throw(RangeError)
  })
})
