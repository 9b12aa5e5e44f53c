import { DOCUMENT_TIMES } from './document.ts'
import type { Family } from './family.ts'
import { IDENTIFICATION_TIMES } from './identification.ts'
import { KYC_TIMES } from './kyc.ts'
import { LIVENESS_TIMES } from './liveness.ts'

type Reads = (text: string) => unknown

/** The fields in which an object states times, and what reads them. */
const TIMES: Readonly<Record<Family, Readonly<Record<string, Reads>>>> = {
  user: {},
  kyc: KYC_TIMES,
  document: DOCUMENT_TIMES,
  liveness: LIVENESS_TIMES,
  qes: IDENTIFICATION_TIMES,
  videoConference: IDENTIFICATION_TIMES,
  identification: IDENTIFICATION_TIMES,
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
