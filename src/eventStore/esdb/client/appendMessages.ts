import streamsPb from '@eventstore/db-client/generated/streams_pb.js'
import * as E from 'fp-ts/lib/Either.js'
import type { Appended, ExpectedRevision } from '../../appendOutcome.ts'
import { positionOf } from '../stored/position.ts'
import { revisionOf } from '../stored/revision.ts'
import type { ProposedEvent } from '../stored/storedEvent.ts'
import { failureOfStatus } from './appendStatus.ts'
import type { Failure } from './failure.ts'
import { MessageReader, MessageWriter, sizeOfField, sizeOfNumber } from './wire.ts'

/** One append as it goes over the wire, and the id that the answer names. */
export interface AppendMessage {
  readonly correlationId: string
  readonly bytes: Buffer
}

/** An answer as it came. */
export type AppendResponse = AppendMessage

/** Fields of `BatchAppendReq`, `BatchAppendResp` and of the messages in them. */
const REQUEST = { correlationId: 1, options: 2, proposed: 3, isFinal: 4 } as const
const OPTIONS = { stream: 1, position: 2, noStream: 3 } as const
const STREAM_NAME = 3
const PROPOSED = { id: 1, metadata: 2, customMetadata: 3, data: 4 } as const
const ENTRY = { key: 1, value: 2 } as const
const UUID_TEXT = 2
const RESPONSE = { correlationId: 1, error: 2, success: 3 } as const
const SUCCESS = { revision: 1, position: 3 } as const
const PLACE = { commit: 1, prepare: 2 } as const

/** An id as text, in its message. */
const ID_BYTES = 36
const ID_FIELD = sizeOfField(ID_BYTES)
const CONTENT_TYPE = 'content-type'
const TYPE = 'type'

const sizeOfEntry = (key: string, value: number): number => sizeOfField(key.length) + sizeOfField(value)

/** What an event takes, with all that is in it. */
const sizesOf = ({ type, contentType, metadata, data }: ProposedEvent) => {
  const typeBytes = Buffer.byteLength(type)
  const metadataBytes = Buffer.byteLength(metadata)
  const dataBytes = Buffer.byteLength(data)
  const all =
    sizeOfField(ID_FIELD) +
    sizeOfField(sizeOfEntry(CONTENT_TYPE, contentType.length)) +
    sizeOfField(sizeOfEntry(TYPE, typeBytes)) +
    sizeOfField(metadataBytes) +
    sizeOfField(dataBytes)
  return { typeBytes, metadataBytes, dataBytes, all }
}

/**
 * One append, whole in one message, under an id of its own that the answer names. It has no deadline: that would be a
 * time of this machine's clock, and the server asks for none once it holds the whole append.
 */
export const appendRequest = (
  correlationId: string,
  stream: string,
  expected: ExpectedRevision,
  events: readonly ProposedEvent[],
): AppendMessage => {
  const nameBytes = Buffer.byteLength(stream)
  const nameField = sizeOfField(nameBytes)
  const options = sizeOfField(nameField) + (expected === 'no-stream' ? 2 : 1 + sizeOfNumber(expected))
  const sizes = events.map(sizesOf)
  const whole = sizes.reduce((sum, { all }) => sum + sizeOfField(all), sizeOfField(ID_FIELD) + sizeOfField(options) + 2)
  const message = new MessageWriter(whole)
    .message(REQUEST.correlationId, ID_FIELD)
    .text(UUID_TEXT, correlationId, ID_BYTES)
    .message(REQUEST.options, options)
    .message(OPTIONS.stream, nameField)
    .text(STREAM_NAME, stream, nameBytes)
  if (expected === 'no-stream') message.message(OPTIONS.noStream, 0)
  else message.number(OPTIONS.position, expected)
  for (const [index, event] of events.entries()) {
    const { typeBytes, metadataBytes, dataBytes, all } = sizes[index] ?? sizesOf(event)
    message
      .message(REQUEST.proposed, all)
      .message(PROPOSED.id, ID_FIELD)
      .text(UUID_TEXT, event.id, ID_BYTES)
      .message(PROPOSED.metadata, sizeOfEntry(CONTENT_TYPE, event.contentType.length))
      .text(ENTRY.key, CONTENT_TYPE, CONTENT_TYPE.length)
      .text(ENTRY.value, event.contentType, event.contentType.length)
      .message(PROPOSED.metadata, sizeOfEntry(TYPE, typeBytes))
      .text(ENTRY.key, TYPE, TYPE.length)
      .text(ENTRY.value, event.type, typeBytes)
      .text(PROPOSED.customMetadata, event.metadata, metadataBytes)
      .text(PROPOSED.data, event.data, dataBytes)
  }
  return { correlationId, bytes: message.number(REQUEST.isFinal, 1).bytes }
}

const readId = (fields: MessageReader): string => {
  let id = ''
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === UUID_TEXT) id = fields.text()
    else fields.skip()
  }
  return id
}

/** Which append an answer is to. Throws on what is no message. */
export const appendResponse = (bytes: Buffer): AppendResponse => {
  const fields = new MessageReader(bytes)
  let correlationId = ''
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === RESPONSE.correlationId) correlationId = fields.message(readId)
    else fields.skip()
  }
  return { correlationId, bytes }
}

type Number64 = number | bigint

const readPlace = (fields: MessageReader): { readonly commit: Number64; readonly prepare: Number64 } => {
  let commit: Number64 = 0
  let prepare: Number64 = 0
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === PLACE.commit) commit = fields.large()
    else if (field === PLACE.prepare) prepare = fields.large()
    else fields.skip()
  }
  return { commit, prepare }
}

const readSuccess = (fields: MessageReader) => {
  let revision: Number64 | null = null
  let place: ReturnType<typeof readPlace> | null = null
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === SUCCESS.revision) revision = fields.large()
    else if (field === SUCCESS.position) place = fields.message(readPlace)
    else fields.skip()
  }
  return { revision: revision === null ? null : revisionOf(revision), place }
}

/** What an answer says; an error is read by the client's generated code. */
const readAnswer = (bytes: Buffer) => {
  const fields = new MessageReader(bytes)
  let success: ReturnType<typeof readSuccess> | null = null
  for (let field = fields.next(); field !== 0; field = fields.next()) {
    if (field === RESPONSE.error) return { error: streamsPb.BatchAppendResp.deserializeBinary(bytes).getError() }
    if (field === RESPONSE.success) success = fields.message(readSuccess)
    else fields.skip()
  }
  return { success }
}

/** Where the events stand, or why they were not taken. An answer that says neither is as good as none. */
export const appendAnswer = ({ bytes }: AppendResponse): E.Either<Failure, Appended> => {
  try {
    const { error, success } = readAnswer(bytes)
    if (error !== undefined) return E.left(failureOfStatus(error))
    const { revision = null, place = null } = success ?? {}
    if (revision !== null && place !== null) return E.right({ revision, position: positionOf(place) })
    // The server remembers these ids at this revision, and shows them no more: the stream was deleted or cut since.
    if (revision !== null) return E.left({ _tag: 'WrongExpectedVersion', actual: revision })
  } catch {
    // Details that are not what they are called.
  }
  return E.left({ _tag: 'NoAnswer', reason: 'the event store did not say where the events stand' })
}
