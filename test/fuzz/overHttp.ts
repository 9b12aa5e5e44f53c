import { rmSync } from 'node:fs'
import { newDirectory } from '../support/newDirectory.ts'
import { type Service, startService } from '../support/service/service.ts'
import { caseOf } from './cases.ts'
import { SECRETS, type Sent } from './deliveries.ts'
import { judged } from './oracle/reference.ts'
import { CAST, OF_PERSON } from './seeds.ts'
import type { Case, Fault } from './tryCase.ts'
import type { Result, Told, Work } from './worker.ts'

/** What may be answered to a body of each kind; 503 of another kind than `not-verified` where the service takes nothing of it for now. */
const ANSWERS: Readonly<Record<ReturnType<typeof judged>['is'], readonly string[]>> = {
  'not-json': ['400 not-a-webhook'],
  'not-a-webhook': ['400 not-a-webhook'],
  'no-payload': ['200 noted'],
  signature: ['503 not-verified'],
  verified: ['200 appended', '200 duplicate', '200 ignored'],
}
const LARGEST = 1024 * 1024

const answerOf = (status: number, text: string): string => {
  const { outcome, type } = JSON.parse(text) as { readonly outcome?: string; readonly type?: string }
  return `${status} ${outcome ?? type?.replace('/problems/', '') ?? ''}`
}

const post = async (service: Service, { packed, contentType, contentEncoding }: Sent): Promise<string> => {
  const headers = {
    ...(contentType === null ? {} : { 'content-type': contentType }),
    ...(contentEncoding === null ? {} : { 'content-encoding': contentEncoding }),
  }
  const response = await service.post(new Uint8Array(packed), headers)
  return answerOf(response.status, await response.text())
}

/** So many connections send at once. */
const SENDERS = 8
/** What is asked about each user, now and then. */
const PATHS = ['kyc', 'kyc/history', 'events', 'kyc?asOf=2024-01-01T00:00:00Z', 'retention']

/**
 * The same bodies, sent to a process. All are about the same few users, whose histories grow: what each answer may be is known of each
 * body alone, and whether somebody may be verified is asked in a process without one. A fault is not made smaller.
 */
export const overHttp = async ({ seed, from, minutes, bodies: most }: Omit<Work, 'at' | 'shrink'>): Promise<Result> => {
  const begun = performance.now()
  const directory = newDirectory()
  const service = await startService(directory, { TREEZOR_WEBHOOK_SECRET: SECRETS.join(','), LOG_LEVEL: 'debug' })
  const counts = new Map<string, number>()
  const faults = new Map<string, Told>()
  let [cases, bodies, slow, slowest] = [0, 0, 0, 0]
  const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1)
  const tell = (fault: Fault, number: number, smallest: Case): void => {
    const before = faults.get(fault.kind)
    faults.set(
      fault.kind,
      before ? { ...before, times: before.times + 1 } : { ...fault, case: number, times: 1, smallest },
    )
  }
  const sendAll = async (): Promise<void> => {
    while (performance.now() - begun < minutes * 60_000 && bodies < most) {
      const number = from + cases
      cases += 1
      const one = caseOf(seed, number)
      for (const sent of one.sents) {
        bodies += 1
        const { is } = judged(sent.body, SECRETS)
        const at = performance.now()
        const answer = await post(service, sent).catch((error: unknown) => `no answer: ${String(error)}`)
        const took = performance.now() - at
        slowest = Math.max(slowest, took)
        if (took > 250) slow += 1
        count(`body: ${is}`)
        count(`answer: ${answer}`)
        const isTooLarge = sent.body.length > LARGEST && answer.startsWith('413')
        const isPutOff = is !== 'verified' && answer.startsWith('503')
        if (!ANSWERS[is].includes(answer) && !isTooLarge && !isPutOff) {
          tell({ kind: `${is} was answered ${answer}`, detail: answer }, number, {
            ...one,
            sents: [sent],
            isSet: false,
          })
        }
      }
      if (number % 16 !== 0) continue
      for (const user of CAST)
        for (const path of PATHS) {
          const { status } = await service.get(`/users/${user}/${path}`).then(async (response) => {
            await response.arrayBuffer()
            return response
          })
          count(`GET: ${status}`)
          if (status >= 500 && status !== 503)
            tell({ kind: `GET ${path} was answered ${status}`, detail: '' }, number, one)
        }
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sendAll))
  const nothing: Case = { sents: [], otherwise: [], answers: [], isSet: false, askMachine: false }
  const { code } = await service.stop()
  if (code !== 0) tell({ kind: `the service ended with ${code}`, detail: service.stdout().slice(-1000) }, 0, nothing)
  if (service.stderr() !== '')
    tell({ kind: 'something on standard error', detail: service.stderr().slice(0, 1000) }, 0, nothing)
  for (const line of service.stdout().split('\n')) {
    if (OF_PERSON.test(line)) tell({ kind: 'personal data in the log', detail: line }, 0, nothing)
    if (line.includes('"level":50')) tell({ kind: 'an error in the log', detail: line }, 0, nothing)
  }
  rmSync(directory, { recursive: true, force: true })
  return { cases, bodies, counts, slow, slowest, faults: [...faults.values()] }
}
