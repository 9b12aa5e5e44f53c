import { format } from '../../domain/instant.ts'
import { readAccessEvent } from '../ledger/accessEvent.ts'
import { ACCESSES } from '../ledger/streams.ts'
import { type Finding, ok, warning } from './finding.ts'
import type { Patient } from './patient.ts'
import { withLog } from './withLog.ts'

const OF = 'API keys'
const UNUSED_MS = 90 * 86_400_000
const MOST_ACCESSES = 20_000

/** When keys that may read persons' data last did: each such read stands in the log. Of other keys nothing is recorded. */
export const lookAtApiKeys = async (patient: Patient): Promise<readonly Finding[]> => {
  const auditors = [
    ...new Set(patient.config.apiKeys.filter(({ scopes }) => scopes.includes('audit:read')).map(({ name }) => name)),
  ]
  if (auditors.length === 0) return []
  const last = await withLog(patient, async (store) => {
    const used = new Map<string, number>()
    for await (const event of store.readStream(ACCESSES, { direction: 'backwards', limit: MOST_ACCESSES })) {
      const access = readAccessEvent(event)
      if (access?.key != null && !used.has(access.key)) used.set(access.key, access.recordedAt)
      if (auditors.every((name) => used.has(name))) break
    }
    return used
  })
  if (last === null) return []
  const found = auditors.flatMap((name) => {
    const at = last.get(name)
    if (at !== undefined && patient.now - at / 1000 < UNUSED_MS) return []
    const when =
      at === undefined
        ? 'has never read persons’ data, as far as the log was looked through'
        : `last read persons’ data ${format(at as Parameters<typeof format>[0])}`
    return [warning(OF, `${name} has audit:read and ${when}: take it away where nobody needs it`)]
  })
  return found.length === 0 ? [ok(OF, 'each that may read persons’ data has done so lately')] : found
}
