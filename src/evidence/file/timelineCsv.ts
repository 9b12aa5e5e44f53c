import { shown } from '../../words/shown.ts'
import type { TimelineEntry } from './timelineEntry.ts'

/**
 * What a program that calculates would take for a formula where a cell begins with it, or with its wide form; an apostrophe in
 * front makes it a text.
 */
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/u

/** A cell, always in quotes (RFC 4180). */
const cell = (value: string | number | boolean | null): string => {
  const text = shown(String(value ?? ''))
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}

/** The documents that the event moved: all of them would make a long history a very long one. */
const documentsMoved = ({ before, after }: TimelineEntry): string =>
  Object.entries(after.documents)
    .flatMap(([id, state]) => (before.documents[id] === state ? [] : [`${id}: ${state}`]))
    .join('; ')

/** Its columns: the name, and what stands in it. */
const COLUMNS: readonly (readonly [name: string, of: (entry: TimelineEntry) => string | number | boolean | null])[] = [
  ['stream', ({ stream }) => stream],
  ['revision', ({ revision }) => revision],
  ['event id', ({ eventId }) => eventId],
  ['name', ({ name }) => name],
  ['occurred', ({ occurredAt }) => occurredAt],
  ['received', ({ receivedAt }) => receivedAt],
  ['recorded', ({ recordedAt }) => recordedAt],
  ['late', ({ late }) => late],
  ['weakly dated', ({ weaklyDated }) => weaklyDated],
  ['corrected', ({ corrected }) => corrected],
  ['status before', ({ before }) => before.status],
  ['status after', ({ after }) => after.status],
  ['governed by', ({ after }) => after.governedBy],
  ['legacy', ({ after }) => after.legacy],
  ['lifecycle', ({ after }) => after.lifecycle],
  ['documents moved', documentsMoved],
  ['liveness', ({ after }) => after.liveness],
  ['qes', ({ after }) => after.qes],
  ['video conference', ({ after }) => after.videoConference],
  ['says', ({ says }) => says.join('; ')],
  ['anomalies', ({ anomalies }) => anomalies.map(({ kind, detail }) => `${kind}: ${detail}`).join('; ')],
]

const line = (cells: readonly (string | number | boolean | null)[]): string => `${cells.map(cell).join(',')}\r\n`

/** The timeline as comma-separated values (RFC 4180), for a program that calculates: this line of names, and a line an event. */
export const CSV_BEGINNING = line(COLUMNS.map(([name]) => name))

export const csvEntry = (entry: TimelineEntry): string => line(COLUMNS.map(([, of]) => of(entry)))
