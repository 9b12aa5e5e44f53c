import type { AskedParameter, Schema } from './openApi.ts'
import { ref, text, time, wholeNumber } from './schemas.ts'

// Parameters that more than one path has.

export const inPath = (name: string, schema: Schema, example: unknown): AskedParameter => ({
  name,
  in: 'path',
  required: true,
  schema,
  example,
})

export const inQuery = (name: string, description: string, schema: Schema): AskedParameter => ({
  name,
  in: 'query',
  required: false,
  description,
  schema,
})

export const inHeader = (name: string, description: string, schema: Schema = text()): AskedParameter => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
})

export const USER_ID = inPath('userId', ref('UserId'), '6461762')

export const REVISION = inPath('revision', ref('Revision'), 0)

export const LIMIT = inQuery('limit', 'So many at most.', { ...wholeNumber(1), maximum: 1000, default: 100 })

/** What pages of one stream are asked for with. */
export const PAGED = [
  inQuery('from', 'The revision to begin with.', { ...ref('Revision'), default: 0 }),
  LIMIT,
] as const

/** The same of what stands in two streams. */
export const PAGED_OF_TWO = [
  ...PAGED,
  inQuery('fromUnattributed', 'The revision to begin with in the stream of the unattributed.', {
    ...ref('Revision'),
    default: 0,
  }),
] as const

export const aTime = (name: string, description: string): AskedParameter => inQuery(name, description, time())

export const aDay = (name: string, description: string): AskedParameter =>
  inQuery(name, description, { ...text(), format: 'date' })
