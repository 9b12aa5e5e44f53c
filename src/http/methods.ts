import type { RequestHandler } from 'express'
import { NOT_KEPT } from './headers.ts'
import { problem } from './problem.ts'

/** The last handler of a route: the methods that it knows (RFC 9110, 10.2.1), to who asks for them or takes another. */
export const onlyMethods =
  (...allowed: readonly string[]): RequestHandler =>
  (req, res) => {
    res.set('Allow', allowed.join(', '))
    if (req.method === 'OPTIONS') return void res.status(204).set(NOT_KEPT).end()
    problem(res, 'method-not-allowed', `this path knows ${allowed.join(', ')}`)
  }
