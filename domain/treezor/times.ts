import { parseDate } from '../calendar.ts'
import { parseRfc3339 } from '../instant.ts'
import type { Family } from './family.ts'
import { parseParisTime } from './parisTime.ts'

type Reads = (text: string) => unknown

/** Zero and partial dates, and placeholders such as `9999-12-31`, stand for a time that is not there. */
const readParisTime: Reads = (text) => (/^[\d-]{10} [\d:]{8}$/.test(text) ? text : parseParisTime(text))

const OF_IDENTIFICATION: Readonly<Record<string, Reads>> = { identificationTime: parseRfc3339 }

/** The fields in which an object states times, and what reads them. */
const TIMES: Readonly<Record<Family, Readonly<Record<string, Reads>>>> = {
  user: {},
  kyc: { lastRequestDatetime: parseRfc3339, lastReviewDatetime: parseRfc3339, nextReviewDate: parseDate },
  document: { createdDate: readParisTime, modifiedDate: readParisTime },
  liveness: { 'started-at': parseRfc3339, 'updated-at': parseRfc3339 },
  qes: OF_IDENTIFICATION,
  videoConference: OF_IDENTIFICATION,
  identification: OF_IDENTIFICATION,
}

const isAbsent = (u: unknown): boolean => u === undefined || u === null || u === ''

const unreadableIn = (object: unknown, reads: Readonly<Record<string, Reads>>, path: string): readonly string[] => {
  if (typeof object !== 'object' || object === null) return []
  const fields = object as Readonly<Record<string, unknown>>
  return Object.entries(reads).flatMap(([field, read]) => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined
    const isRead = isAbsent(value) || (typeof value === 'string' && read(value) !== null)
    return isRead ? [] : [`${path}.${field}`]
  })
}

/** The paths of times that the payload of an object of that family states and that cannot be read. */
export const unreadableTimes = (family: Family | null, payload: unknown): readonly string[] => {
  if (family === null || family === 'user') return []
  if (family !== 'document') return unreadableIn(payload, TIMES[family], 'object_payload')
  const { documents } = (payload ?? {}) as { readonly documents?: unknown }
  return Array.isArray(documents)
    ? documents.flatMap((one, index) => unreadableIn(one, TIMES.document, `object_payload.documents[${index}]`))
    : []
}
