import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { type Endpoint, errorJson } from './faults.ts'
import type { Fields, Population } from './population.ts'
import type { Resender } from './resending.ts'

/** What the answers are made from. */
export interface Behind {
  readonly population: Population
  readonly resender: Resender
  /** Those that were given out, and are good. */
  readonly tokens: Set<string>
  readonly clientId: string
  readonly clientSecret: () => string
  readonly expiresIn: number
  readonly ignoresSort: boolean
  /** What users may be sorted by; `null`: whatever is asked for. */
  readonly sorts: readonly string[] | null
  readonly mostOnAPage: number
  readonly idsAsText: boolean
  /** Where it stands itself, without a slash at the end. */
  readonly base: () => string
}

/** Members of a form, in either way that forms are sent. */
const formOf = async (request: IncomingMessage, body: Buffer): Promise<FormData | null> => {
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  return new Response(new Uint8Array(body), { headers }).formData().catch(() => null)
}

export const endpointOf = (method: string, path: string): Endpoint | null => {
  if (method === 'POST' && path === '/oauth/token') return 'token'
  if (method === 'POST' && path === '/hooks/retry/query') return 'retry query'
  if (method === 'POST' && path === '/hooks/retry/execute') return 'retry execution'
  if (method !== 'GET') return null
  if (path === '/v1/users') return 'users'
  if (/^\/v1\/users\/\d+$/.test(path)) return 'user'
  if (path === '/v1/documents') return 'documents'
  if (path.startsWith('/hooks/retry/status/')) return 'retry status'
  return path.startsWith('/csv/') ? 'retry link' : null
}

export interface Answer {
  readonly status: number
  readonly json: unknown
}
const right = (json: unknown): Answer => ({ status: 200, json })
const wrong = (status: number, code: string): Answer => ({ status, json: errorJson(code) })

/** Answers to requests that nothing goes wrong with, as the provider documents them. */
export const answersFrom = (behind: Behind) => {
  const {
    population,
    resender: again,
    tokens,
    clientId,
    expiresIn,
    ignoresSort,
    sorts,
    mostOnAPage,
    idsAsText,
    base,
  } = behind

  const shown = (fields: Fields): Fields =>
    idsAsText
      ? Object.fromEntries(
          Object.entries(fields).map(([name, value]) => [name, typeof value === 'number' ? String(value) : value]),
        )
      : fields

  const page = (all: readonly number[], query: URLSearchParams): readonly number[] => {
    const size = Math.min(mostOnAPage, Number(query.get('pageCount') ?? 25))
    const start = (Math.max(1, Number(query.get('pageNumber') ?? 1)) - 1) * size
    if (ignoresSort || query.get('sortOrder') !== 'ASC') {
      // Newest first, which is the default.
      const end = all.length - start
      return all.slice(Math.max(0, end - size), Math.max(0, end)).toReversed()
    }
    return all.slice(start, start + size)
  }

  const users = (query: URLSearchParams): Answer => {
    if (sorts !== null && query.has('sortBy') && !sorts.includes(query.get('sortBy') ?? ''))
      return wrong(400, 'unknown_attribute')
    const only = query.get('userId')
    const all = population.ids()
    const ids = only === null ? page(all, query) : all.filter((id) => String(id) === only)
    return right({ users: ids.map((id) => shown({ ...population.user(id), totalRows: all.length })) })
  }

  const documents = (query: URLSearchParams): Answer => {
    const all = population.documents(Number(query.get('userId')))
    const size = Math.min(mostOnAPage, Number(query.get('pageCount') ?? 25))
    const start = (Math.max(1, Number(query.get('pageNumber') ?? 1)) - 1) * size
    return right({ documents: all.slice(start, start + size).map(shown) })
  }

  const token = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const form = await formOf(request, body)
    if (form?.get('grant_type') !== 'client_credentials') return wrong(400, 'unsupported_grant_type')
    if (form.get('client_id') !== clientId || form.get('client_secret') !== behind.clientSecret())
      return wrong(401, 'invalid_client')
    const made = `jwt-${randomUUID()}`
    tokens.add(made)
    return right({ token_type: 'Bearer', expires_in: expiresIn, access_token: made })
  }

  const answerTo = async (endpoint: Endpoint, url: URL, request: IncomingMessage, body: Buffer): Promise<Answer> => {
    if (endpoint === 'token') return token(request, body)
    if (!tokens.has((request.headers.authorization ?? '').replace(/^Bearer /, '')))
      return wrong(401, 'authentication_error')
    const last = url.pathname.split('/').at(-1) ?? ''
    switch (endpoint) {
      case 'users':
        return users(url.searchParams)
      case 'user': {
        const user = population.user(Number(last))
        return user === null ? wrong(404, 'resource_not_found_error') : right({ users: [shown(user)] })
      }
      case 'documents':
        return documents(url.searchParams)
      case 'retry query': {
        const { startAt, endAt, webhook } = JSON.parse(body.toString()) as Record<string, string>
        const queryId = again.query(startAt ?? '', endAt ?? '', webhook ?? null)
        return right({ queryId, link: `${base()}/csv/${queryId}?signature=invented`, expireIn: 300 })
      }
      case 'retry execution':
        return again.execute((JSON.parse(body.toString()) as { queryId: string }).queryId)
          ? right({ status: 'PENDING' })
          : wrong(400, 'too_many_events')
      case 'retry status': {
        const query = again.status(last)
        return query === null ? wrong(404, 'resource_not_found_error') : right({ queryId: last, status: query.state })
      }
      default:
        return wrong(404, 'resource_not_found_error')
    }
  }

  return answerTo
}
