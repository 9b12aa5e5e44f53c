import { REGIONS, type Region } from '../../../domain/regions.ts'
import type { Schema, Schemas } from './openApi.ts'

// How schemas are written, and those that more than one path needs.

/** One of the document's own schemas. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })

/** The same, or `null`. */
export const orNull = (schema: Schema): Schema =>
  typeof schema.type === 'string' && schema.enum === undefined && schema.const === undefined
    ? { ...schema, type: [schema.type, 'null'] }
    : { anyOf: [schema, { type: 'null' }] }

/** An object of these members, all of which are there but those named in `optional`. */
export const object = (properties: Schemas, optional: readonly string[] = [], description?: string): Schema => ({
  type: 'object',
  ...(description === undefined ? {} : { description }),
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
})

export const list = (items: Schema, description?: string): Schema => ({
  type: 'array',
  ...(description === undefined ? {} : { description }),
  items,
})

export const text = (description?: string): Schema => ({
  type: 'string',
  ...(description === undefined ? {} : { description }),
})

export const oneOfTexts = (values: readonly string[], description?: string): Schema => ({
  ...text(description),
  enum: values,
})

export const wholeNumber = (minimum: number, description?: string): Schema => ({
  type: 'integer',
  ...(description === undefined ? {} : { description }),
  minimum,
})

export const yesOrNo = (description?: string): Schema => ({
  type: 'boolean',
  ...(description === undefined ? {} : { description }),
})

/** RFC 3339, UTC. */
export const time = (description?: string): Schema => ({ ...text(description), format: 'date-time' })

export const stateOf = (region: Region): Schema => oneOfTexts(REGIONS[region])

/** The path of the page after this one; `null` on the last. */
export const NEXT_PAGE: Schema = orNull(text('The path of the page after this one; null on the last.'))

/** Schemas that more than one folder of routes uses. */
export const SHARED: Schemas = {
  UserId: {
    ...text('A Treezor user: a positive whole number without leading zeros, as text.'),
    pattern: '^[1-9][0-9]{0,18}$',
  },
  Position: {
    ...text('A place in the event log. Opaque: pass it on as it was given.'),
    pattern: '^[0-9a-zA-Z/_-]{1,64}$',
  },
  EventId: text('The id of an event of the log.'),
  Revision: wholeNumber(0, 'The place of an event in its stream, counted from 0.'),
  StreamName: text('The name of a stream of the log: kyc-<user id>, kyc-unattributed or one of the service itself.'),
  Problem: {
    ...object({
      type: { ...text('The kind, which never changes its meaning: decide by it.'), pattern: '^/problems/[a-z-]+$' },
      title: text('The same for all of a kind.'),
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text('For a person. Never repeats what was sent.'),
    }),
    description: 'What went wrong (RFC 9457). /problems/… is a name; nothing is served there.',
  },
  RecordedEvent: {
    ...object(
      {
        eventId: ref('EventId'),
        type: text('The name of the webhook, or what the service calls an event of its own.'),
        stream: ref('StreamName'),
        revision: ref('Revision'),
        position: ref('Position'),
        altered: { ...yesOrNo('The payload is not the one that was received.'), const: true },
        notJson: list(
          oneOfTexts(['metadata', 'data']),
          'Which of the stored texts are no JSON: each is given as a string.',
        ),
        exact: object(
          { metadata: text(), data: text() },
          [],
          'Both stored texts byte for byte, where a line made spaces of their line breaks.',
        ),
        metadata: { description: 'As it was stored: an object, unless notJson names it.' },
        data: {
          description: 'The webhook as it was received, or what the service says: an object, unless notJson names it.',
        },
      },
      ['altered', 'notJson', 'exact'],
    ),
    description: 'An event as recorded, with the texts that were stored.',
  },
}
