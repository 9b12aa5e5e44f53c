import * as E from 'fp-ts/lib/Either.js'
import { type Administration, readAdministration, type Settings } from '../eventStore/esdb/administration.ts'
import { type ConnectionString, readConnectionString } from '../eventStore/esdb/client/connectionString.ts'
import type { StreamName } from '../eventStore/recordedEvent.ts'
import { UNATTRIBUTED } from '../ledger/streams.ts'
import { type Finding, fault, ok, some, warning } from './finding.ts'

/** What takes events out of a stream, or out of sight; a soft delete is a `$tb` behind all there can be. */
const CUTS = ['$maxCount', '$maxAge', '$tb'] as const

/** The events of nobody go from the front of their stream, when their time is over. */
const isErasure = (stream: StreamName, cut: (typeof CUTS)[number], metadata: Settings): boolean =>
  stream === UNATTRIBUTED && cut === '$tb' && Number(metadata[cut]) < Number.MAX_SAFE_INTEGER

const userOf = ({ credentials }: ConnectionString): string | null =>
  credentials === '' ? null : decodeURIComponent(credentials.slice(0, credentials.indexOf(':')))

const rights = ({ mayReadAll, lacks }: Administration): readonly Finding[] => {
  const of = 'rights'
  const missing = [
    ...(mayReadAll ? [] : ['read $all: give it the role $r of $all']),
    ...lacks.map(
      (right) => `${right} the streams kyc-…: give it the role $${right === 'read' ? 'r' : 'w'} in $userStreamAcl`,
    ),
  ]
  if (missing.length === 3)
    return [fault(of, `access is denied: the credentials in EVENT_STORE, or the user may not ${missing.join('; ')}`)]
  return missing.length === 0
    ? [ok(of, 'the user may read $all, and read and write the streams kyc-…')]
    : missing.map((what) => fault(of, `the user may not ${what}`))
}

const streams = ({ mayReadAll, ofStreams }: Administration): readonly Finding[] => {
  if (!mayReadAll) return []
  const cut = CUTS.flatMap((cut) => {
    const carrying = [...ofStreams]
      .filter(([stream, metadata]) => cut in metadata && !isErasure(stream, cut, metadata))
      .map(([stream]) => stream)
    return carrying.length === 0
      ? []
      : [fault('streams', `${carrying.length} carry ${cut}, and lose events by it: ${some(carrying)}`)]
  })
  const closed = [...ofStreams].filter(([, metadata]) => '$acl' in metadata).map(([stream]) => stream)
  return [
    ...(cut.length === 0
      ? [ok('streams', 'none of kyc-… carries $maxCount, $maxAge or $tb, but where events of nobody were erased')]
      : cut),
    ...(closed.length === 0
      ? []
      : [warning('streams', `${closed.length} have rights of their own, whatever the defaults say: ${some(closed)}`)]),
  ]
}

const asList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value]

/** The acts that take evidence away, and who is given them where the defaults do not say. */
const DESTRUCTIVE = { $d: 'delete streams', $mw: 'cut them by their metadata' } as const
const EVERYBODY = '$all'

const defaults = (administration: Administration, user: string | null): readonly Finding[] => {
  const of = 'default rights'
  if (!administration.mayReadAll) return []
  if (user === null) return [warning(of, 'EVENT_STORE names no user: whoever reaches the server may delete streams')]
  const acl = (administration.defaults?.['$userStreamAcl'] ?? {}) as Settings
  const found = Object.entries(DESTRUCTIVE).flatMap(([right, what]) => {
    const given = right in acl ? asList(acl[right]) : [EVERYBODY]
    if (given.includes(EVERYBODY))
      return [warning(of, `every user may ${what}: set ${right} of $userStreamAcl to $admins`)]
    return given.includes(user)
      ? [warning(of, `the service's user may ${what}, which it needs to erase what is due, and for nothing else`)]
      : []
  })
  const cuts = CUTS.filter((cut) => cut in (administration.defaults ?? {}))
  return [
    ...cuts.map((cut) => fault(of, `$settings carries ${cut}`)),
    ...(found.length + cuts.length === 0
      ? [ok(of, 'neither everybody nor the service may delete streams or cut them')]
      : found),
  ]
}

/** Reads of a stream say where an event stands in the whole log from here on. */
const LEAST = [24, 6] as const

const answers = ({ version }: Administration): Finding => {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number)
  if (version === null || major === 0) return ok('event store', 'it answers, and does not say of which version it is')
  return major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])
    ? ok('event store', `it answers, version ${version}`)
    : fault('event store', `version ${version} is too old: ${LEAST.join('.')} or newer`)
}

/** Looks at the rights of the service's user, and at what would take events out of its streams. */
export const lookAtEventStoreDb = async (text: string): Promise<readonly Finding[]> => {
  const connectionString = readConnectionString(text)
  if (E.isLeft(connectionString)) return [fault('event store', connectionString.left)]
  const found = await readAdministration(connectionString.right)
  if ('reason' in found) return [fault('event store', found.reason)]
  return [answers(found), ...rights(found), ...streams(found), ...defaults(found, userOf(connectionString.right))]
}
