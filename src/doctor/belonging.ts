import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KYC_STATUS } from '../../projections/kycStatus.ts'
import type { EventStore } from '../eventStore/eventStore.ts'
import { logIn } from '../journal/logOfJournal.ts'
import { readIdentity } from '../ledger/logIdentity.ts'
import { readMeaning } from '../ledger/meaning.ts'
import { KYC_LOG } from '../ledger/streams.ts'
import { snapshotOver } from '../readModel/database/snapshot.ts'
import { currentReadModel } from '../readModel/file.ts'
import { placeIn } from '../readModel/placeIn.ts'
import { type Standing, standingIn } from '../readModel/standing.ts'
import { keptCheckpoint } from '../sealing/kept.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import { lookInto } from './lookInto.ts'
import type { Patient } from './patient.ts'
import { withLog } from './withLog.ts'

const OF = 'directory'

/** What cannot be read says nothing here: that it is damaged is told elsewhere. */
const ofFile = async <A>(file: string, read: Parameters<typeof lookInto<A>>[1]): Promise<A | null> =>
  existsSync(file) ? lookInto(file, read).catch(() => null) : null

const meaningOf = async (store: EventStore): Promise<Finding> => {
  const said = (await Array.fromAsync(store.readStream(KYC_LOG))).map(readMeaning)
  const version = said.findLast((one) => one !== null) ?? null
  const { version: own } = KYC_STATUS
  if (version === own) return ok('meaning', `changes are told by version ${own}, that of this release`)
  if (version === null || version < own)
    return ok(
      'meaning',
      `changes are told by version ${version ?? 'none'} so far, and by ${own} once a node of this release starts`,
    )
  return warning(
    'meaning',
    `changes are told by version ${version}, and this release has ${own}: GET /changes is answered 503 here`,
  )
}

const joined = async (store: EventStore, patient: Patient, standing: Standing | null): Promise<readonly Finding[]> => {
  const { dataDir } = patient.config
  const journal = await ofFile(join(dataDir, 'journal.db'), logIn)
  const sealed = keptCheckpoint(dataDir)?.origin.split('/')[0]
  const known = [standing?.log?.logId, journal?.logId, sealed].filter((id) => id !== undefined)
  const identity = await readIdentity(store)
  const stranger = known.find((id) => id !== identity?.logId)
  if (stranger !== undefined)
    return [
      fault(
        OF,
        `the log ${identity === null ? 'is empty or has no identity' : `is ${identity.logId}`}, but ${dataDir} belongs to ${stranger}: a start is refused; check EVENT_STORE and DATA_DIR`,
      ),
    ]
  const event = standing?.furthestEvent ?? null
  if (event !== null && (await placeIn(store, event)) === 'gone')
    return [
      fault(
        OF,
        'the log does not hold the last event that the read model has seen: a start is refused, and says what is missing',
      ),
    ]
  return [
    ok(OF, identity === null ? 'the log has no identity yet' : `it belongs to the log ${identity.logId}`),
    await meaningOf(store),
  ]
}

/** Whether the log is the one that the directory belongs to and holds what was seen of it, and by which version changes are told. */
export const lookAtBelonging = async (patient: Patient): Promise<readonly Finding[]> => {
  const standing = await ofFile(currentReadModel(patient.config.dataDir), (db) => standingIn(snapshotOver(db)))
  return (await withLog(patient, (store) => joined(store, patient, standing))) ?? []
}
