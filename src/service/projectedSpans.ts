import type { Span } from '@opentelemetry/api'
import type { Position } from '../eventStore/recordedEvent.ts'
import { noteAppended } from '../tracing/appendedUnder.ts'
import { activeSpan, tracing } from '../tracing/tracing.ts'

/** So many are waited for at most: where the read model is made anew, nothing is reached for a while. */
const MOST_WAITING = 1000

/** Spans named `project`: each lasts from an append until the read model has come to it. */
interface ProjectedSpans {
  /** Takes note of an append, under whose span the other stands. */
  readonly appended: (position: Position) => void
  readonly reached: (position: Position | null) => void
  /** Nothing is reached any more. */
  readonly stop: () => void
}

/**
 * The projection runs in a thread of its own, and reads what was appended from the log, which holds nothing of spans. So it is here that
 * its spans are made, out of how far it says that it has come: one for each append, and each says with how many it was reached.
 */
export const projectedSpans = (): ProjectedSpans => {
  const waiting = new Map<Span, Position>()
  let furthest: Position = ''

  const end = (span: Span, together: number | null): void => {
    waiting.delete(span)
    span.setAttribute('kyc.projected', together !== null)
    if (together !== null) span.setAttribute('kyc.projected.appends', together)
    span.end()
  }
  return {
    appended: (position) => {
      const by = tracing()
      const append = activeSpan()
      if (by === null || append === null || !append.isRecording()) return
      noteAppended(position, append)
      const span = by.begin('project', {}, by.under(append))
      // The thread may have heard of the commit before this one did.
      if (position <= furthest) return end(span, 1)
      waiting.set(span, position)
      for (const oldest of waiting.keys()) if (waiting.size > MOST_WAITING) end(oldest, null)
    },
    reached: (position) => {
      if (position !== null && position > furthest) furthest = position
      const reached = [...waiting].filter(([, awaited]) => awaited <= furthest)
      for (const [span] of reached) end(span, reached.length)
    },
    stop: () => {
      for (const span of waiting.keys()) end(span, null)
    },
  }
}
