import { lookAtStart } from '../doctor/atStart.ts'
import type { Patient } from '../doctor/patient.ts'
import type { Logger } from '../log/log.ts'

/** Says in the log what the doctor finds at a look; nothing depends on it. */
export const tellFindings = async (patient: Patient, log: Logger): Promise<void> => {
  for (const { verdict, of, says } of await lookAtStart(patient)) {
    if (verdict === 'fault') log.error({ of }, `doctor: ${of}: ${says}`)
    else if (verdict === 'warning') log.warn({ of }, `doctor: ${of}: ${says}`)
  }
}
