import { KEYS } from '../support/erasures/erasing.ts'
import { listening, type Service } from '../support/service/service.ts'
import { spawnService } from '../support/service/serviceProcess.ts'
import { costInWords, processorOf, statusOf, watched } from './watched.ts'

/** What is asked about a log. */
export interface Asked {
  readonly directory: string
  readonly count: number
  readonly env: Readonly<Record<string, string>>
  readonly say: (line: string) => void
  /** Which steps are taken. */
  readonly only: RegExp
}

export const SHOP = { authorization: 'Bearer shop' }

/** So long each step may take, in milliseconds. */
const LONGEST_MS = Number(process.env['EDGES_LONGEST_MS'] ?? 600_000)
const LOOK_MS = 200

const within = async <A>(act: Promise<A>): Promise<A> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${LONGEST_MS / 1000} s`)), LONGEST_MS)
  })
  return Promise.race([act, late]).finally(() => clearTimeout(timer))
}

/** Looks until there is something, for as long as the step may take. */
export const again = async <A>(look: () => Promise<A | null>): Promise<A> => {
  for (const until = performance.now() + LONGEST_MS; ; ) {
    const found = await look().catch(() => null)
    if (found !== null) return found
    if (performance.now() > until) throw new Error('it never came')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** The status of an answer and its length; of a refusal its beginning. */
export const told = async (response: Response): Promise<string> => {
  let bytes = 0
  let first = ''
  for await (const piece of response.body ?? []) {
    if (bytes === 0) first = Buffer.from(piece).toString('utf8').slice(0, 300)
    bytes += piece.length
  }
  return `${response.status}, ${bytes.toLocaleString('en-US')} bytes${response.status >= 400 ? ` ${first}` : ''}`
}

export const isReady = async (service: Service): Promise<true | null> => {
  const response = await service.get('/health/ready')
  await response.arrayBuffer()
  return response.status === 200 ? true : null
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`

/** A service over the log, and steps that are taken with it while others ask about `other`. */
export const stepsOf = async ({ directory, env, say, only }: Asked, other: () => string) => {
  let service: Service
  const start = async (): Promise<void> => {
    const at = performance.now()
    const child = spawnService(directory, { ...KEYS, ...env })
    await within(again(async () => (child.stdout().includes('"url"') ? true : null)))
    service = await listening(child)
    const listens = seconds(at)
    await again(() => isReady(service)).catch((error: unknown) => {
      say(`NOT READY: ${String(error)}\n${service.stdout().split('\n').slice(-6).join('\n')}`)
      throw error
    })
    const cost = `processor ${processorOf(service.pid).toFixed(1)} s, at most ${statusOf(service.pid, 'VmHWM').toFixed(0)} MiB`
    say(`start: listens after ${listens}, ready after ${seconds(at)} (${cost})`)
  }
  await start()
  return {
    service: (): Service => service,
    restart: async (): Promise<void> => {
      await service.stop()
      await start()
    },
    step: async (name: string, act: () => Promise<string>): Promise<void> => {
      if (!only.test(name)) return
      try {
        const { result, cost } = await watched(service, other(), SHOP, () => within(act()))
        say(`${name}: ${result}; ${costInWords(cost)}`)
      } catch (error) {
        const runs = new Promise((resolve) => setTimeout(resolve, 500, 'runs'))
        const exit = await Promise.race([service.exited, runs])
        const [lines, errors] = [service.stdout().split('\n').slice(-4), service.stderr().split('\n').slice(0, 8)]
        say(
          `${name}: FAILED: ${String(error)}; the process: ${JSON.stringify(exit)}\n${[...lines, ...errors].join('\n')}`,
        )
        if (exit !== 'runs') await start()
      }
    },
  }
}
