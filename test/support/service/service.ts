import { join } from 'node:path'
import { expect } from 'chai'
import { inWords } from '../../../src/files/whyNot.ts'
import type { JournalRow } from '../../../src/journal/entry.ts'
import { readJournal } from '../../../src/journal/rows.ts'
import { isOurs } from '../description/watching.ts'
import { newDirectory } from '../newDirectory.ts'
import { eventually } from '../patience.ts'
import { signed, type WebhookFields } from '../webhooks/webhookBuilders.ts'
import { answered, type EventJson, type KycStatus, okText, type Taken } from './answers.ts'
import { type Env, type Exit, type ServiceProcess, spawnService, untilSaid } from './serviceProcess.ts'

type Headers = Readonly<Record<string, string>>

/** What a service is asked, wherever it runs. */
export interface AskedService {
  readonly url: string
  readonly post: (body: RequestInit['body'], headers?: Headers) => Promise<Response>
  /** Sends a signed webhook and gives the answer of a 200. */
  readonly deliver: (webhook: WebhookFields) => Promise<Taken>
  readonly get: (path: string, headers?: Headers) => Promise<Response>
  /** Resolves once the read model holds all that was acknowledged, asked by who may read statuses. */
  readonly projected: (headers?: Headers) => Promise<void>
  /** The JSON of a 200, asked for until the service does not wait for its read model any more. */
  readonly json: <A>(path: string) => Promise<A>
  /** The status, once the read model holds all that was acknowledged through `deliver`. */
  readonly kyc: (userId: string) => Promise<KycStatus>
  /** The same, as the text that was sent. */
  readonly kycBody: (userId: string) => Promise<string>
  readonly events: (userId: string) => Promise<readonly EventJson[]>
  readonly ready: () => Promise<void>
}

/** One whose data directory is at hand. */
export interface OwnService extends AskedService {
  readonly directory: string
  /** What it kept for the operator, newest first. */
  readonly journal: (limit?: number) => readonly JournalRow[]
  /** The lines of its log so far. */
  readonly stdout: () => string
  /** Resolves once there is such a line. */
  readonly says: (what: string | RegExp) => Promise<void>
  readonly stop: () => Promise<unknown>
}

export interface Service extends ServiceProcess, OwnService {
  /** Ends it with SIGTERM. */
  readonly stop: () => Promise<Exit>
  /** Ends it with SIGKILL. */
  readonly kill: () => Promise<Exit>
}

/** No webhook speaks of him. */
const NOBODY = '1'.repeat(15)

const urlIn = (stdout: string): string | null => {
  for (const line of stdout.split('\n')) {
    if (!line.includes('"url"') || !line.endsWith('}')) continue
    return (JSON.parse(line) as { readonly url: string }).url
  }
  return null
}

/** The service that listens there. */
export const serviceAt = (url: string): AskedService => {
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
  /** Before there is a read model the log tells of a user. Whether there is one is told to whoever may know, to others by a list of users. */
  const built = (headers?: Headers): Promise<unknown> =>
    eventually('a read model', async () => {
      const { readModel } = (await (await get('/health/ready')).json()) as { readonly readModel?: string }
      if (readModel !== undefined) return readModel === 'catching up' ? null : readModel
      const { status } = await get('/users?limit=1', headers)
      return status === 503 ? null : status
    })
  const afterLatest = async (userId: string, headers?: Headers): Promise<Response> => {
    await built(headers)
    return answered(() => get(`/users/${userId}/kyc${latest === '' ? '' : `?minPosition=${latest}`}`, headers))
  }
  const kycBody = async (userId: string): Promise<string> => okText(await afterLatest(userId))
  return {
    url,
    post,
    deliver: async (webhook) =>
      JSON.parse(await okText(await post(signed(webhook), { 'content-type': 'application/json' }))) as Taken,
    get,
    projected: async (headers) => {
      const response = await afterLatest(NOBODY, headers)
      expect(response.status, await response.text()).to.equal(404)
    },
    json: async <A>(path: string) => JSON.parse(await okText(await answered(() => get(path)))) as A,
    kycBody,
    kyc: async (userId) => JSON.parse(await kycBody(userId)) as KycStatus,
    events: async (userId) => {
      const response = await answered(() => get(`/users/${userId}/events?limit=1000`))
      if (response.status === 404) return []
      return (JSON.parse(await okText(response)) as { readonly events: readonly EventJson[] }).events
    },
    ready: () =>
      eventually('ready', async () => {
        const response = await get('/health/ready')
        await response.arrayBuffer()
        return response.status === 200 ? undefined : null
      }),
  }
}

const journalIn =
  (directory: string): OwnService['journal'] =>
  (limit = 100) =>
    readJournal(join(directory, 'journal.db'), { limit })

const connect = (child: ServiceProcess, url: string): Service => {
  void child.exited.then(isOurs(url))
  return {
    ...child,
    ...serviceAt(url),
    journal: journalIn(child.directory),
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

const servedHere = new Set<() => Promise<void>>()

/** The end of something in this process that is ended with the tests if nobody does before. */
export const endedHere = (end: () => Promise<void>): (() => Promise<void>) => {
  let ending: Promise<void> | undefined
  const stop = (): Promise<void> => {
    servedHere.delete(stop)
    ending ??= end()
    return ending
  }
  servedHere.add(stop)
  return stop
}

/** Ends what nobody has ended: it would keep this process from its end. */
export const endServedHere = async (): Promise<void> => {
  for (const stop of servedHere) await stop()
}

/** The same in this process: it takes a quarter of the time. For whatever is asked of it over HTTP, and what it logs. */
export const serveHere = async (
  directory: string = newDirectory(),
  env: Env = {},
  starting: { readonly acceptLostEvents?: boolean } = {},
): Promise<OwnService> => {
  // Loaded by whoever wants it: it is the whole service.
  const { startHere } = await import('./inProcess.ts')
  const service = await startHere(directory, env, starting)
  const { url, stdout } = service
  const stop = endedHere(service.stop)
  const says = (what: string | RegExp): Promise<void> => untilSaid(stdout, what)
  return { ...serviceAt(url), directory, journal: journalIn(directory), stdout, says, stop }
}

/** The same, once it is ready. */
export const readyHere = async (...starting: Parameters<typeof serveHere>): Promise<OwnService> => {
  const service = await serveHere(...starting)
  await service.ready()
  return service
}

/** Why a service does not start in this process: the line with which one of its own ends, with exit code 1. */
export const refusedHere = async (...starting: Parameters<typeof serveHere>): Promise<string> => {
  const error: unknown = await serveHere(...starting).then(
    () => new Error('it was started'),
    (reason: unknown) => reason,
  )
  return inWords(error)
}

const shared =
  <A extends OwnService>(start: (directory: string, env: Env) => Promise<A>) =>
  (env: Env = {}, directory: () => string = newDirectory): (() => A) => {
    let service: A | undefined
    before(async () => {
      service = await start(directory(), env)
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

/** One service in this process, ready, for all tests of a `describe`; ended with it. It starts on an empty directory unless one is given. */
export const sharedService = shared(serveHere)

/** The same as a process, for what is looked at beside its answers. */
export const sharedProcess = shared(startService)
