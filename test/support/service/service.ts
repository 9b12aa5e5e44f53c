import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { JournalRow } from '../../../src/journal/entry.ts'
import { readJournal } from '../../../src/journal/rows.ts'
import { newDirectory } from '../newDirectory.ts'
import { eventually } from '../patience.ts'
import { signed, type WebhookFields } from '../webhooks/webhookBuilders.ts'
import { own } from './children.ts'

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** How a process ended. */
export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export { newDirectory }

export type Env = Readonly<Record<string, string>>

/** The service as a process, with what it wrote so far. */
export interface ServiceProcess {
  readonly pid: number
  readonly directory: string
  readonly stdout: () => string
  readonly stderr: () => string
  readonly exited: Promise<Exit>
  readonly signal: (signal: NodeJS.Signals) => void
}

/**
 * Starts `src/main.ts` with nothing but `env`, a free port and a data directory; `through` is a command that runs others,
 * `options` is what it is started with. Does not wait for anything.
 */
export const spawnService = (
  directory: string,
  env: Env = {},
  through: readonly string[] = [],
  options: readonly string[] = [],
): ServiceProcess => {
  const [command = process.execPath, ...words] = [...through, process.execPath, MAIN, ...options]
  const child = own(
    spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], PORT: '0', DATA_DIR: directory, ...env },
    }),
  )
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'close').then(([code, signal]): Exit => ({ code, signal }))
  return {
    pid: child.pid ?? 0,
    directory,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    signal: (signal) => void child.kill(signal),
  }
}

/** The answer to a delivery that was taken. */
export interface Taken {
  readonly outcome: string
  readonly events: readonly {
    readonly stream: string
    readonly revision: number
    readonly position: string
    readonly eventId: string
  }[]
}

export interface Anomaly {
  readonly kind: string
  readonly eventId: string
  readonly at: string | null
  readonly detail: string
}

/** As much of `GET /users/{userId}/kyc` as tests look at. */
export interface KycStatus {
  readonly userId: string
  readonly status: string
  readonly verified: boolean
  readonly governedBy: string
  readonly legacy: Record<string, unknown> & { readonly state: string }
  readonly lifecycle: Record<string, unknown> & { readonly state: string }
  readonly documents: readonly Record<string, unknown>[]
  readonly liveness: (Record<string, unknown> & { readonly state: string }) | null
  readonly qes: (Record<string, unknown> & { readonly state: string }) | null
  readonly videoConference: (Record<string, unknown> & { readonly state: string }) | null
  readonly anomalies: readonly Anomaly[]
  readonly events: number
  readonly revision: number
}

/** An event as `GET /users/{userId}/events` gives it. */
export interface EventJson {
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly position: string
  readonly metadata: Record<string, unknown>
  readonly data: Record<string, unknown>
}

type Headers = Readonly<Record<string, string>>

export interface Service extends ServiceProcess {
  readonly url: string
  readonly post: (body: RequestInit['body'], headers?: Headers) => Promise<Response>
  /** Sends a signed webhook and gives the answer of a 200. */
  readonly deliver: (webhook: WebhookFields) => Promise<Taken>
  readonly get: (path: string, headers?: Headers) => Promise<Response>
  /** The JSON of a 200. */
  readonly json: <A>(path: string) => Promise<A>
  /** The status, once the read model holds all that was acknowledged through `deliver`. */
  readonly kyc: (userId: string) => Promise<KycStatus>
  /** The same, as the text that was sent. */
  readonly kycBody: (userId: string) => Promise<string>
  readonly events: (userId: string) => Promise<readonly EventJson[]>
  /** What it kept for the operator, newest first. */
  readonly journal: (limit?: number) => readonly JournalRow[]
  readonly ready: () => Promise<void>
  /** Ends it with SIGTERM. */
  readonly stop: () => Promise<Exit>
  /** Ends it with SIGKILL. */
  readonly kill: () => Promise<Exit>
}

const urlIn = (stdout: string): string | null => {
  for (const line of stdout.split('\n')) {
    if (!line.includes('"url"') || !line.endsWith('}')) continue
    return (JSON.parse(line) as { readonly url: string }).url
  }
  return null
}

/** Asks again while the answer is 503: the service waits two seconds for its read model, a test longer. */
export const answered = (ask: () => Promise<Response>): Promise<Response> =>
  eventually('an answer that is not 503', async () => {
    const response = await ask()
    if (response.status !== 503) return response
    await response.arrayBuffer()
    return null
  })

const connect = (child: ServiceProcess, url: string): Service => {
  let latest = ''
  /** Later questions wait until the read model has come to what was taken. */
  const remember = ({ events = [] }: Partial<Taken>): void => {
    for (const { position } of events) if (position > latest) latest = position
  }
  const post: Service['post'] = async (body, headers = {}) => {
    const sent = { method: 'POST', headers, ...(body === undefined ? {} : { body }) }
    const response = await fetch(`${url}/webhooks/treezor`, sent)
    if (response.status === 200) remember((await response.clone().json()) as Taken)
    return response
  }
  const get: Service['get'] = (path, headers = {}) => fetch(`${url}${path}`, { headers })
  const kycBody = async (userId: string): Promise<string> =>
    okText(await answered(() => get(`/users/${userId}/kyc${latest === '' ? '' : `?minPosition=${latest}`}`)))
  return {
    ...child,
    url,
    post,
    deliver: async (webhook) =>
      JSON.parse(await okText(await post(signed(webhook), { 'content-type': 'application/json' }))) as Taken,
    get,
    json: async <A>(path: string) => JSON.parse(await okText(await get(path))) as A,
    kycBody,
    kyc: async (userId) => JSON.parse(await kycBody(userId)) as KycStatus,
    events: async (userId) => {
      const response = await answered(() => get(`/users/${userId}/events?limit=1000`))
      if (response.status === 404) return []
      return (JSON.parse(await okText(response)) as { readonly events: readonly EventJson[] }).events
    },
    journal: (limit = 100) => readJournal(join(child.directory, 'journal.db'), { limit }),
    ready: () =>
      eventually('ready', async () => {
        const response = await get('/health/ready')
        await response.arrayBuffer()
        return response.status === 200 ? undefined : null
      }),
    stop: () => {
      child.signal('SIGTERM')
      return child.exited
    },
    kill: () => {
      child.signal('SIGKILL')
      return child.exited
    },
  }
}

/** Waits until a started process listens; rejects with what it wrote when it ends instead. */
export const listening = async (child: ServiceProcess): Promise<Service> => {
  let ended: Exit | null = null
  child.exited.then((exit) => {
    ended = exit
  })
  const url = await eventually('listening', () => {
    if (ended !== null) throw new Error(`it ended: ${JSON.stringify(ended)}\n${child.stdout()}${child.stderr()}`)
    return urlIn(child.stdout())
  })
  return connect(child, url)
}

/** Starts the service and waits until it listens. */
export const startService = (
  directory: string = newDirectory(),
  env: Env = {},
  through: readonly string[] = [],
  options: readonly string[] = [],
): Promise<Service> => listening(spawnService(directory, env, through, options))

/** One service, ready, for all tests of a `describe`; ended with it. */
export const sharedService = (env: Env = {}): (() => Service) => {
  let service: Service | undefined
  before(async () => {
    service = await startService(newDirectory(), env)
    await service.ready()
  })
  after(async () => {
    await service?.stop()
  })
  return () => {
    if (service === undefined) throw new Error('the service has not been started')
    return service
  }
}

/** Checks that the answer is a 200, and gives its text. */
export const okText = async (response: Response): Promise<string> => {
  const text = await response.text()
  expect(response.status, text).to.equal(200)
  return text
}

/** Checks that the answer is a problem document with this status, of this kind if one is given, and gives its text. */
export const expectProblem = async (response: Response, status: number, kind?: string): Promise<string> => {
  const text = await response.text()
  expect(response.status, text).to.equal(status)
  expect(response.headers.get('content-type')).to.match(/^application\/problem\+json/)
  expect(response.headers.get('cache-control')).to.equal('no-store')
  expect(response.headers.get('x-content-type-options')).to.equal('nosniff')
  const problem = JSON.parse(text) as Record<string, unknown>
  expect(Object.keys(problem)).to.deep.equal(['type', 'title', 'status', 'detail'])
  expect(problem['status']).to.equal(status)
  expect(problem['type']).to.match(kind === undefined ? /^\/problems\/[a-z-]+$/ : new RegExp(`^/problems/${kind}$`))
  expect(problem['title']).to.be.a('string')
  expect(problem['detail']).to.be.a('string')
  return text
}
