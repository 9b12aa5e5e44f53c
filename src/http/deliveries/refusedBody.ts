import type { JournalReason } from '../../journal/entry.ts'
import type { RefusedBody } from '../../metrics/deliveryOutcomes.ts'

/** What an error of the body parser means (https://expressjs.com/en/resources/middleware/body-parser.html#errors); `null`: a fault of ours. */
export const refusedBody = (error: unknown): RefusedBody | null => {
  const { status, type } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>
  if (type === 'entity.too.large') return 'TooLarge'
  if (type === 'request.aborted' || type === 'request.size.invalid') return 'BrokenOff'
  // 415: a packing that is not known; 400 without a type: what zlib says of one that is.
  return status === 415 || (status === 400 && type === undefined) ? 'NotDecodable' : null
}

export const reasonOf = (refused: Exclude<RefusedBody, 'BrokenOff'>): JournalReason =>
  refused === 'TooLarge' ? 'too-large' : 'encoding'
