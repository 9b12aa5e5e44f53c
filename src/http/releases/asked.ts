import type { Request, Response } from 'express'
import type { MeantEvent } from '../../ledger/releases.ts'
import { problem } from '../problem.ts'
import { A_LINE, lineIn, membersOfBody } from '../saidInBody.ts'

/** What somebody asks for. */
export interface Asked {
  readonly event: MeantEvent
  readonly reason: string
}

const LONGEST_NAME = 100

const nameIn = (value: unknown): string | null =>
  typeof value === 'string' && value.length >= 1 && value.length <= LONGEST_NAME ? value : null

const eventIn = ({ eventId, stream, revision }: Readonly<Record<string, unknown>>): MeantEvent | null => {
  if (eventId !== undefined) {
    const id = nameIn(eventId)
    return id === null || stream !== undefined || revision !== undefined ? null : { eventId: id }
  }
  const name = nameIn(stream)
  return name !== null && Number.isSafeInteger(revision) && Number(revision) >= 0
    ? { stream: name, revision: Number(revision) }
    : null
}

const EXPECTED = `the body must be a JSON object {"eventId":"…","reason":"…"} or {"stream":"…","revision":…,"reason":"…"}, the reason ${A_LINE}`

/** What a body asks for; `null` after 400 was answered to one that asks for something else. */
export const askedIn = (req: Request, res: Response): Asked | null => {
  const { reason: said, ...named } = membersOfBody(req) ?? {}
  const reason = lineIn(said)
  const event = eventIn(named)
  const { eventId, stream, revision, ...others } = named
  if (reason !== null && event !== null && Object.keys(others).length === 0) return { event, reason }
  problem(res, 'bad-body', EXPECTED)
  return null
}
