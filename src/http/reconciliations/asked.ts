import type { Request } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import { isUserId } from '../../../domain/identifiers.ts'
import { fromMilliseconds, type Instant, parseRfc3339 } from '../../../domain/instant.ts'
import { RESENT_SINCE } from '../../provider/provider.ts'
import type { Asked } from '../../reconciling/running.ts'
import { membersOfBody } from '../saidInBody.ts'

/** So many users may be named at a time. */
export const MOST_USERS = 1000

const KINDS = ['users', 'suspects', 'sweep', 'resend'] as const

const MEMBERS: Readonly<Record<(typeof KINDS)[number], readonly string[]>> = {
  users: ['users'],
  suspects: [],
  sweep: [],
  resend: ['from', 'to'],
}

const timeIn = (value: unknown): Instant | null => (typeof value === 'string' ? parseRfc3339(value) : null)

/** What the body asks for, or what it must be. */
export const askedIn = (req: Request, now: Instant): E.Either<string, Asked> => {
  const members = membersOfBody(req)
  const kind = KINDS.find((one) => one === members?.['kind'])
  if (members === null || kind === undefined)
    return E.left(`the body must be a JSON object with "kind": one of ${KINDS.join(', ')}`)
  const { kind: _, dryRun = false, ...others } = members
  if (typeof dryRun !== 'boolean') return E.left('"dryRun" must be true or false')
  const names = MEMBERS[kind]
  if (Object.keys(others).some((name) => !names.includes(name)))
    return E.left(
      `with "kind":"${kind}" the body may hold ${[...names, 'dryRun'].map((name) => `"${name}"`).join(', ')}, and nothing else`,
    )
  if (kind === 'users') {
    const { users } = others
    const isRight =
      Array.isArray(users) &&
      users.length > 0 &&
      users.length <= MOST_USERS &&
      users.every((user) => typeof user === 'string' && isUserId(user))
    return isRight
      ? E.right({ work: 'users', users: [...new Set(users)], dryRun })
      : E.left(`"users" must be a list of 1 to ${MOST_USERS} user ids, each a text`)
  }
  if (kind !== 'resend') return E.right({ work: kind, dryRun })
  const [from, to] = [timeIn(others['from']), timeIn(others['to'])]
  if (from === null || to === null) return E.left('"from" and "to" must be RFC 3339 times with a zone')
  if (from < fromMilliseconds(RESENT_SINCE) || from >= to || to > now)
    return E.left('"from" must be before "to", and not before 2025-10-01T00:00:00Z; "to" must not lie in the future')
  return E.right({ work: 'resend', from, to, dryRun })
}
