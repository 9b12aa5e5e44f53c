import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { answersFrom, endpointOf } from './answers.ts'
import { changedBy } from './changing.ts'
import { type Endpoint, errorJson, type Fault, type Often, plannedFaults, sendJson } from './faults.ts'
import { type Population, populationOf } from './population.ts'
import { type Resender, resender, type Target } from './resending.ts'

/** What it was asked, in order. */
export interface Heard {
  readonly endpoint: Endpoint | null
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
  /** Whom the client's certificate names, over TLS. */
  readonly certificate: string | null
}

/** What it is like; all of it is as documented unless it is given. */
export interface Manner {
  /** Any that is free, unless it is given. */
  readonly port?: number
  /** How many users it has at first, and the id of the first of them. */
  readonly users?: number
  readonly firstId?: number
  readonly clientId?: string
  readonly clientSecret?: string
  /** Seconds for which a token is good. */
  readonly expiresIn?: number
  /** Whatever is asked for, users come in this order. */
  readonly ignoresSort?: boolean
  /** It refuses to sort by anything else. */
  readonly sorts?: readonly string[]
  /** More of a list it gives in no page, whatever is asked for. */
  readonly mostOnAPage?: number
  /** More webhooks it sends in no query. */
  readonly mostInAQuery?: number
  /** Ids and codes as texts, as the webhooks have them. */
  readonly idsAsText?: boolean
  /** PEM: it speaks TLS, and lets in whoever shows a certificate by that authority. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string }
  /** It does not keep what it was asked, which a sweep of many users makes a lot of. */
  readonly forgets?: boolean
  /** Whoever reaches it says what it knows of users. */
  readonly changeable?: boolean
}

/** Treezor's API as a server of this process, built from its documented shapes. */
export interface TreezorApi extends Pick<Population, 'setUser' | 'setDocuments' | 'remove' | 'ids'> {
  readonly url: string
  readonly webhooksUrl: string
  /** What a service is given so that it asks here: variables, and the files that they name. */
  readonly environment: Readonly<Record<string, string>>
  readonly heard: readonly Heard[]
  readonly heardOf: (endpoint: Endpoint) => readonly Heard[]
  readonly fault: (on: Endpoint, fault: Fault, often?: Often) => void
  /** What happens just before requests are answered: users come and go while pages are read. */
  readonly before: (on: Endpoint, happens: (() => void) | null) => void
  readonly clearFaults: () => void
  /** No token that was given out is good any more. */
  readonly forgetTokens: () => void
  readonly setSecret: (secret: string) => void
  readonly resender: Resender
  /** Where webhooks are sent again. */
  readonly sendTo: (target: Target | null) => void
  readonly close: () => Promise<void>
}

const subjectOf = ({ socket }: IncomingMessage): string | null =>
  socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject.CN) : null

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

export const treezorApi = async (manner: Manner = {}): Promise<TreezorApi> => {
  const { clientId = '516899', tls, forgets = false, changeable = false } = manner
  let clientSecret = manner.clientSecret ?? 'invented-secret-of-the-client'
  const population = populationOf(manner.users ?? 0, manner.firstId)
  const faults = plannedFaults()
  const happenings = new Map<Endpoint, () => void>()
  const tokens = new Set<string>()
  const heard: Heard[] = []
  let target: Target | null = null
  const again = resender(() => target, manner.mostInAQuery)
  const directory = mkdtempSync(join(tmpdir(), 'treezor-api-'))
  const answerTo = answersFrom({
    population,
    resender: again,
    tokens,
    clientId,
    clientSecret: () => clientSecret,
    expiresIn: manner.expiresIn ?? 3600,
    ignoresSort: manner.ignoresSort ?? false,
    sorts: manner.sorts ?? null,
    mostOnAPage: manner.mostOnAPage ?? 1000,
    idsAsText: manner.idsAsText ?? false,
    base: () => base,
  })

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', base)
    const body = await bodyOf(request)
    const method = request.method ?? ''
    const endpoint = endpointOf(method, url.pathname)
    if (!forgets)
      heard.push({
        endpoint,
        method,
        path: request.url ?? '',
        headers: request.headers,
        body: body.toString(),
        certificate: subjectOf(request),
      })
    const changed = changeable ? changedBy(population, method, url.pathname, body) : null
    if (changed !== null) return sendJson(response, changed.status, changed.json)
    if (endpoint === null) return sendJson(response, 404, errorJson('resource_not_found_error'))
    happenings.get(endpoint)?.()
    const fault = faults.due(endpoint)
    if (endpoint === 'retry link' && fault === null) {
      const csv = again.csv(url.pathname.split('/').at(-1) ?? '')
      return void response.writeHead(csv === null ? 404 : 200, { 'content-type': 'text/csv' }).end(csv ?? '')
    }
    const { status, json } = await answerTo(endpoint, url, request, body)
    if (fault !== null) return fault(response, json)
    sendJson(response, status, json)
  }

  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response).catch(() => response.destroy())
  const server =
    tls === undefined
      ? createServer(listener)
      : createTlsServer({ ...tls, requestCert: true, rejectUnauthorized: true }, listener)
  server.listen(manner.port ?? 0, '127.0.0.1')
  await once(server, 'listening')
  const base = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`

  const secretFile = (name: string, text: string): string => {
    const file = join(directory, name)
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
    return file
  }
  const environment = {
    TREEZOR_API_URL: base,
    TREEZOR_API_CLIENT_ID_FILE: secretFile('client-id', clientId),
    TREEZOR_API_CLIENT_SECRET_FILE: secretFile('client-secret', clientSecret),
    TREEZOR_API_PER_MINUTE: '6000',
    TREEZOR_WEBHOOKS_API_URL: `${base}/hooks`,
  }

  return {
    ids: population.ids,
    setUser: population.setUser,
    setDocuments: population.setDocuments,
    remove: population.remove,
    url: base,
    webhooksUrl: `${base}/hooks`,
    environment,
    heard,
    heardOf: (endpoint) => heard.filter((one) => one.endpoint === endpoint),
    fault: faults.plan,
    before: (on, happens) => void (happens === null ? happenings.delete(on) : happenings.set(on, happens)),
    clearFaults: faults.clear,
    forgetTokens: () => tokens.clear(),
    setSecret: (secret) => {
      clientSecret = secret
    },
    resender: again,
    sendTo: (to) => {
      target = to
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      await again.settled()
      rmSync(directory, { recursive: true })
    },
  }
}
