import { runScript } from '../processes.ts'

/** What an outsider without a secret may do; each by so many connections. */
export const ATTACKS = {
  slashes: 4,
  letters: 4,
  'white space': 4,
  members: 4,
  depth: 4,
  bombs: 4,
  announced: 4,
  chunked: 4,
  forged: 4,
  'slow bodies': 1000,
  'slow headers': 1000,
  connections: 3000,
} as const
export type Attack = keyof typeof ATTACKS

export interface AttackJob {
  readonly url: string
  readonly attack: Attack
  readonly connections: number
  readonly seconds: number
  /** The address that is said to stand behind the connection. */
  readonly from: string
}

export interface AttackResult {
  sent: number
  readonly answers: Record<string, number>
  bytes: number
}

export const runAttack = (job: AttackJob): Promise<AttackResult> =>
  runScript(new URL('./attack.ts', import.meta.url), job)

/** Deliveries of an honest sender: over so many connections, each the next one so long after the answer to the last. */
export interface HonestJob {
  readonly url: string
  readonly connections: number
  readonly pauseMs: number
  readonly seconds: number
  readonly firstUser: number
  readonly from: string
}

export interface HonestResult {
  readonly sent: number
  /** In milliseconds; every tenth over a new connection, which counts. */
  readonly p50: number
  readonly p99: number
  readonly max: number
  /** What was answered but 200, or that nothing was. */
  readonly others: Readonly<Record<string, number>>
}

export const runHonest = (job: HonestJob): Promise<HonestResult> =>
  runScript(new URL('./honest.ts', import.meta.url), job)
