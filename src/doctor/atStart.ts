import { lookAtAside } from './aside.ts'
import { lookAtBackups } from './backups.ts'
import { lookAtCredentials } from './configuration.ts'
import { lookAtDisk } from './disk.ts'
import type { Finding } from './finding.ts'
import { lookAtModes } from './modes.ts'
import { lookAtOutgoing } from './outgoing.ts'
import { examine, type Look, type Patient } from './patient.ts'
import { lookAtSeals } from './seals.ts'
import { lookAtLimits } from './versions.ts'

/** What costs nothing, and is told at each start as well. */
export const CHEAP: readonly Look[] = [
  { of: 'limits', look: lookAtLimits },
  { of: 'file modes', look: lookAtModes },
  { of: 'disk', look: lookAtDisk },
  { of: 'seals', look: lookAtSeals },
  { of: 'webhooks out', look: lookAtOutgoing },
  { of: 'put aside', look: lookAtAside },
]

/** A log that was never backed up is nothing to tell at each start, a backup of the schedule that is missing is. */
const lookForMissingBackup = (patient: Patient): readonly Finding[] =>
  lookAtBackups(patient).filter(({ verdict }) => verdict === 'fault')

/** What a start tells beside what it warns of anyhow: it reads no log, and takes some milliseconds. */
export const lookAtStart = (patient: Patient): Promise<readonly Finding[]> =>
  examine(patient, [
    { of: 'configuration', look: lookAtCredentials },
    ...CHEAP,
    { of: 'backup', look: lookForMissingBackup },
  ])
