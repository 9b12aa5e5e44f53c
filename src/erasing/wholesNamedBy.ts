import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import type { RecordedEvent, StreamName } from '../eventStore/recordedEvent.ts'
import { sharedStream } from '../ledger/streams.ts'

const NamesWhole = t.type({ whole: t.type({ stream: t.string }) })
const SHARED = sharedStream('')

/** The stream in which a webhook is kept whole of which the event is a part: it goes with the first of those it speaks of. */
export const wholesNamedBy = ({ metadata }: Pick<RecordedEvent, 'metadata'>): readonly StreamName[] => {
  // Most events are all of their webhook: these need not be parsed.
  if (!metadata.includes(SHARED)) return []
  const named = E.chainW(NamesWhole.decode)(J.parse(metadata))
  return E.isRight(named) && named.right.whole.stream.startsWith(SHARED) ? [named.right.whole.stream] : []
}
