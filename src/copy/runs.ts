import type { RecordedEvent } from '../eventStore/recordedEvent.ts'

/** One append holds so many UTF-16 units of text at most; EventStoreDB takes 1 MiB at once. */
const MOST_UNITS = 256 * 1024

/** Events in a row of one stream. */
export type Run = readonly [RecordedEvent, ...RecordedEvent[]]

const isNext = (last: RecordedEvent | undefined, { stream, revision }: RecordedEvent): boolean =>
  last?.stream === stream && revision === last.revision + 1

/** The runs of which a part of the log consists: each can be appended at once without changing the order of the log. */
export function* runs(events: readonly RecordedEvent[]): Generator<Run> {
  let run: [RecordedEvent, ...RecordedEvent[]] | undefined
  let units = 0
  for (const event of events) {
    const size = event.data.length + event.metadata.length
    units += size
    if (run !== undefined && isNext(run.at(-1), event) && units <= MOST_UNITS) run.push(event)
    else {
      if (run !== undefined) yield run
      run = [event]
      units = size
    }
  }
  if (run !== undefined) yield run
}
