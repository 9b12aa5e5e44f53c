import type { Link, Span } from '@opentelemetry/api'
import { LRUCache } from 'lru-cache'

/** Of so many appends it is known under which span they were made. */
const MOST_KNOWN = 1000

/** By position of the last event. */
const spans = new LRUCache<string, Span>({ max: MOST_KNOWN })

/** Takes note of an append of this process. */
export const noteAppended = (position: string, span: Span): void => void spans.set(position, span)

/** A link to the append of the event at a position; none where another node appended it, or it was too long ago. */
export const linkToAppend = (position: string): readonly Link[] => {
  const span = spans.get(position)
  return span === undefined ? [] : [{ context: span.spanContext() }]
}
