import type { Config } from '../config/config.ts'
import { TREEZOR_API_SECRET_FILES } from '../config/treezorApi.ts'
import { inWords } from '../files/whyNot.ts'
import { type Finding, fault } from './finding.ts'

type Environment = Readonly<Record<string, string | undefined>>

interface SecretFile {
  readonly variable: string
  readonly path: string
}

/** The variables that name such files, beside SEAL_KEY_FILE. */
const SECRET_FILES = [
  'TREEZOR_WEBHOOK_SECRET_FILE',
  'API_KEYS_FILE',
  'WEBHOOKS_OUT',
  ...TREEZOR_API_SECRET_FILES,
] as const

/** What is looked at. */
export interface Patient {
  readonly config: Config
  /** The file of an embedded log; `null` where the log is a server's. */
  readonly log: string | null
  /** Files with keys or secrets that variables name. */
  readonly secretFiles: readonly SecretFile[]
  /** The time, in milliseconds since 1970. */
  readonly now: number
}

/** One look at it. What it throws is a finding as well. */
export interface Look {
  /** What it looks at. */
  readonly of: string
  readonly look: (patient: Patient) => readonly Finding[] | Promise<readonly Finding[]>
}

export const patientOf = (config: Config, environment: Environment, now: number): Patient => ({
  config,
  log: config.eventStore.kind === 'sqlite' ? config.eventStore.file : null,
  secretFiles: [
    { variable: 'SEAL_KEY_FILE', path: config.sealing.keyFile },
    ...SECRET_FILES.flatMap((variable) => {
      const path = environment[variable]?.trim() ?? ''
      return path === '' ? [] : [{ variable, path }]
    }),
  ],
  now,
})

/** All that is found, in the order in which it is looked for. */
export const examine = async (patient: Patient, looks: readonly Look[]): Promise<readonly Finding[]> => {
  const found: Finding[] = []
  for (const { of, look } of looks) {
    try {
      found.push(...(await look(patient)))
    } catch (error) {
      found.push(fault(of, `cannot be looked at: ${inWords(error)}`))
    }
  }
  return found
}
