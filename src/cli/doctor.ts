import * as E from 'fp-ts/lib/Either.js'
import { readConfig } from '../config/config.ts'
import { table } from '../doctor/finding.ts'
import { lookThrough } from '../doctor/looks.ts'
import { patientOf } from '../doctor/patient.ts'

const JSON_WORD = '--json'

/**
 * `doctor [--json]`: looks whether configuration, machine, files and event store are as the service needs them, changes nothing, and says
 * what it found in a table, or as JSON. Exit code 1 where something is to be mended; warnings alone give 0.
 */
export const doctorCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const config = readConfig(environment)
  if (words.some((word) => word !== JSON_WORD) || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: doctor [${JSON_WORD}]`)
    return 2
  }
  const now = Date.now()
  const findings = await lookThrough(patientOf(config.right, environment, now))
  const verdicts = findings.map(({ verdict }) => verdict)
  const verdict = verdicts.includes('fault') ? 'fault' : verdicts.includes('warning') ? 'warning' : 'ok'
  console.log(
    words.includes(JSON_WORD)
      ? JSON.stringify({ at: new Date(now).toISOString(), verdict, findings }, null, 2)
      : table(findings),
  )
  return verdict === 'fault' ? 1 : 0
}
