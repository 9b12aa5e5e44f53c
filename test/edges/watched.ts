import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Service } from '../support/service/service.ts'
import { newUser, request, signed } from '../support/webhooks/webhookBuilders.ts'

/** What something cost: its time, the processor's (with all that the process did meanwhile), the most memory of the process meanwhile, and how long the requests of others took. */
export interface Cost {
  readonly seconds: number
  readonly processor: number
  readonly peakMiB: number
  /** The same of the server that holds the log, where its process is named. */
  readonly server: { readonly processor: number; readonly peakMiB: number } | null
  /** Of others' statuses and deliveries, in milliseconds; and what those were answered that were not answered by 200. */
  readonly others: {
    readonly asked: number
    readonly p99: number
    readonly longest: number
    readonly refused: readonly string[]
  }
}

/** A line of what the system says of a process, in MiB: `VmHWM` is the most memory it had since it was forgotten. */
export const statusOf = (pid: number, what: string): number => {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024
  } catch {
    return Number.NaN
  }
}

/** Seconds of the processor that a process has taken. */
export const processorOf = (pid: number): number => {
  try {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? []
    return (Number(user) + Number(system)) / 100
  } catch {
    return Number.NaN
  }
}

/** From now on the peak of a process is counted anew. */
const forgetPeak = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    // It is gone: its peak is none.
  }
}

const SERVER = Number(process.env['EVENTSTORE_TEST_PID'] ?? Number.NaN)

/** What the server took since then. */
const serverSince = () => {
  if (Number.isNaN(SERVER)) return () => null
  forgetPeak(SERVER)
  const before = processorOf(SERVER)
  return () => ({ processor: processorOf(SERVER) - before, peakMiB: statusOf(SERVER, 'VmHWM') })
}

const OFTEN_MS = 50

/** What others ask meanwhile: every second time a status, every second time a delivery about somebody new. */
const othersOf = (service: Service, known: string, headers: Readonly<Record<string, string>>) => {
  const times: number[] = []
  const refused: string[] = []
  let stopping = false
  const ask = async (index: number): Promise<void> => {
    const began = performance.now()
    const answer = await (index % 2 === 0
      ? service.get(`/users/${known}/kyc`, headers)
      : service.post(signed(request(newUser())))
    ).catch((error: unknown) => error as Error)
    const text = answer instanceof Error ? String(answer.cause ?? answer) : await answer.text().catch(String)
    times.push(performance.now() - began)
    if (answer instanceof Error || answer.status !== 200) refused.push(text.slice(0, 200))
  }
  const asking = (async () => {
    const waiting = new Set<Promise<void>>()
    for (let index = 0; !stopping; index++) {
      const one = ask(index).finally(() => waiting.delete(one))
      waiting.add(one)
      await sleep(OFTEN_MS)
    }
    await Promise.all(waiting)
  })()
  return async () => {
    stopping = true
    await asking
    const sorted = times.toSorted((a, b) => a - b)
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0
    return { asked: sorted.length, p99, longest: sorted.at(-1) ?? 0, refused }
  }
}

/** Does it while others ask about `known`. */
export const watched = async <A>(
  service: Service,
  known: string,
  headers: Readonly<Record<string, string>>,
  act: () => Promise<A>,
): Promise<{ readonly result: A; readonly cost: Cost }> => {
  forgetPeak(service.pid)
  const ofServer = serverSince()
  const ended = othersOf(service, known, headers)
  const [began, before] = [performance.now(), processorOf(service.pid)]
  try {
    const result = await act()
    const seconds = (performance.now() - began) / 1000
    const processor = processorOf(service.pid) - before
    const [peakMiB, server] = [statusOf(service.pid, 'VmHWM'), ofServer()]
    return { result, cost: { seconds, processor, peakMiB, server, others: await ended() } }
  } finally {
    await ended()
  }
}

const whole = (number: number): string => Math.round(number).toLocaleString('en-US')

export const costInWords = ({ seconds, processor, peakMiB, server, others }: Cost): string =>
  [
    `${seconds < 10 ? seconds.toFixed(2) : whole(seconds)} s (processor ${processor.toFixed(1)} s), at most ${whole(peakMiB)} MiB`,
    ...(server === null ? [] : [`server ${server.processor.toFixed(1)} s, at most ${whole(server.peakMiB)} MiB`]),
    `others: ${others.asked} asked, p99 ${whole(others.p99)} ms, longest ${whole(others.longest)} ms, ${others.refused.length} not answered by 200${others.refused.length === 0 ? '' : ` (${[...new Set(others.refused)].join('; ')})`}`,
  ].join('; ')
