import type { Request, Response } from 'express'
import type { Authentication } from '../access/authentication.ts'
import { problem, unavailable } from './problem.ts'
import { keyNameOf } from './requireScope.ts'

// What steps have in common that are recorded under somebody's name, some of which take two persons.

/** Who takes a step; `null` after 403 was answered: where reads are open nobody can be named. `why` says what needs a name. */
export const namedAuthor = (req: Request, res: Response, why: string): string | null => {
  const name = keyNameOf(req)
  if (name === null) problem(res, 'keys-not-set', `${why}: set API_KEYS`)
  return name
}

/** The answer to who would confirm what he has asked for himself; it is counted. */
export const tellSamePerson = (res: Response, { refused }: Authentication, detail: string): void => {
  refused('second-person')
  problem(res, 'second-person-needed', detail)
}

/** The answer where the clock is wrong. */
export const nothingRecorded = (res: Response): void =>
  unavailable(res, 'clock-wrong', 'the clock of this node is wrong: nothing is recorded by it')
