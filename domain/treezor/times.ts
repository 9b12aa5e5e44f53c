import { DOCUMENT_TIMES } from './document.ts'
import type { Family } from './family.ts'
import { IDENTIFICATION_TIMES } from './identification.ts'
import { KYC_TIMES } from './kyc.ts'
import { LIVENESS_TIMES } from './liveness.ts'

const NONE: readonly string[] = []

type Reads = (text: string) => unknown

type Times = readonly (readonly [field: string, read: Reads])[]

/** The fields in which an object states times, and what reads them. */
const TIMES: Readonly<Record<Exclude<Family, 'user'>, Times>> = {
  kyc: Object.entries(KYC_TIMES),
  document: Object.entries(DOCUMENT_TIMES),
  liveness: Object.entries(LIVENESS_TIMES),
  qes: Object.entries(IDENTIFICATION_TIMES),
  videoConference: Object.entries(IDENTIFICATION_TIMES),
  identification: Object.entries(IDENTIFICATION_TIMES),
}

const isAbsent = (u: unknown): boolean => u === undefined || u === null || u === ''

const unreadableIn = (object: unknown, times: Times, path: string): readonly string[] => {
  if (typeof object !== 'object' || object === null) return NONE
  const fields = object as Readonly<Record<string, unknown>>
  const isRead = ([field, read]: Times[number]): boolean => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined
    return isAbsent(value) || (typeof value === 'string' && read(value) !== null)
  }
  return times.every(isRead) ? NONE : times.filter((time) => !isRead(time)).map(([field]) => `${path}.${field}`)
}

/** The paths of times that the payload of an object of that family states and that cannot be read. */
export const unreadableTimes = (family: Family | null, payload: unknown): readonly string[] => {
  if (family === null || family === 'user') return NONE
  if (family !== 'document') return unreadableIn(payload, TIMES[family], 'object_payload')
  const { documents } = (payload ?? {}) as { readonly documents?: unknown }
  return Array.isArray(documents)
    ? documents.flatMap((one, index) => unreadableIn(one, TIMES.document, `object_payload.documents[${index}]`))
    : NONE
}
