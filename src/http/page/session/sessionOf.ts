import type { Application, Request } from 'express'
import type { Authentication } from '../../../access/authentication.ts'
import { tokenIn } from './cookie.ts'
import type { Session, Sessions } from './sessions.ts'

const sessionsOf = new WeakMap<Application, Sessions>()
const openToAll = new WeakSet<Application>()
const takingTokens = new WeakSet<Application>()

/** Says once who has signed in to an application, and whether anybody has to. */
export const keepSessions = (
  app: Application,
  sessions: Sessions,
  { isOpen, takesTokens }: Pick<Authentication, 'isOpen' | 'takesTokens'>,
): void => {
  sessionsOf.set(app, sessions)
  if (isOpen) openToAll.add(app)
  if (takesTokens) takingTokens.add(app)
}

/** Whether nobody has to sign in. */
export const isOpen = (req: Request): boolean => openToAll.has(req.app)

/** Whether whoever signs in may do so with a token. */
export const takesTokens = (req: Request): boolean => takingTokens.has(req.app)

/** The session that a request belongs to, whatever it asks for. */
export const sessionOf = (req: Request): Session | null => {
  const sessions = sessionsOf.get(req.app)
  const token = sessions === undefined ? null : tokenIn(req)
  return token === null ? null : (sessions?.of(token) ?? null)
}
