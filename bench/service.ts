import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { LeastHistoryJob } from './leastHistory.ts'
import { cpuSeconds, newDirectory, type Server, startServer } from './processes.ts'

/** The service as it is shipped, in a process of its own; its data stays in `directory`. */
export interface Service extends Server {
  readonly directory: string
  /** Resolves once it is ready and its read model stands still: nothing of an earlier round is left to do. */
  readonly idle: () => Promise<void>
  readonly text: (path: string) => Promise<string>
  /** CPU seconds so far: of the main thread, and of all others together. */
  readonly cpu: () => { readonly main: number; readonly others: number }
}

const IDLE_WITHIN_MS = 5 * 60_000

/** What `npm start` of a checkout runs. */
const startOf = (root: URL): string => {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    readonly scripts: { readonly start: string }
  }
  return scripts.start
}

/**
 * Starts the service as `npm start` does, over `directory`, durable and sealed as it is for everyone, but for what `env` says; of the
 * checkout in the folder `root`, by default this one.
 */
export const startService = async (
  directory: string = newDirectory(),
  nodeOptions: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  root: URL = new URL('../', import.meta.url),
): Promise<Service> => {
  const server = await startServer({
    told: startOf(root),
    directory: root,
    env: { PORT: '0', DATA_DIR: directory, LOG_LEVEL: 'info', ...env },
    nodeOptions,
  })
  const position = async (): Promise<string | null> => {
    const response = await fetch(`${server.url}/health/ready`)
    const { position: at } = (await response.json()) as { readonly position: string | null }
    return response.ok ? (at ?? '') : null
  }
  return {
    ...server,
    directory,
    idle: async () => {
      const until = performance.now() + IDLE_WITHIN_MS
      for (let before: string | null = null; performance.now() < until; ) {
        const now = await position()
        if (now !== null && now === before) return
        before = now
        await delay(100)
      }
      throw new Error('the service did not come to rest')
    },
    text: async (path) => (await fetch(`${server.url}${path}`)).text(),
    cpu: () => cpuSeconds(server.pid),
  }
}

/** See `leastIngest.ts`; its file stays in `directory`. */
export const startLeastIngest = (directory: string = newDirectory()): Promise<Server> =>
  startServer({ file: new URL('./leastIngest.ts', import.meta.url), args: [directory] })

/** See `leastRead.ts`. */
export const startLeastRead = (directory: string): Promise<Server> =>
  startServer({ file: new URL('./leastRead.ts', import.meta.url), args: [directory] })

/** See `leastHistory.ts`. */
export const startLeastHistory = (job: LeastHistoryJob): Promise<Server> =>
  startServer({ file: new URL('./leastHistory.ts', import.meta.url), args: [JSON.stringify(job)] })

export const startBareExpress = (body = '{}'): Promise<Server> =>
  startServer({ file: new URL('./bareExpress.ts', import.meta.url), args: [body] })
