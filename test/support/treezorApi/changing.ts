import type { Answer } from './answers.ts'
import { errorJson } from './faults.ts'
import type { Fields, Population } from './population.ts'

const isFields = (json: unknown): json is Fields => typeof json === 'object' && json !== null && !Array.isArray(json)

const fieldsOf = (body: Buffer): Fields | null => {
  try {
    const json: unknown = JSON.parse(body.toString())
    return isFields(json) ? json : null
  } catch {
    return null
  }
}

/**
 * Whoever tries something says what the double knows: `PUT /v1/users/{id}` with members to lay over the user as JSON, who is added where there is none;
 * `DELETE` takes him away. Without a token. `null`: that is asked for by neither.
 */
export const changedBy = (population: Population, method: string, path: string, body: Buffer): Answer | null => {
  const id = /^\/v1\/users\/([1-9]\d{0,14})$/.exec(path)?.[1]
  if (id === undefined || !['PUT', 'DELETE'].includes(method)) return null
  if (method === 'DELETE') {
    population.remove(id)
    return { status: 200, json: { users: [] } }
  }
  const fields = fieldsOf(body)
  if (fields === null) return { status: 400, json: errorJson('the body has to be a JSON object of members of a user') }
  population.setUser(id, fields)
  return { status: 200, json: { users: [population.user(Number(id))] } }
}
