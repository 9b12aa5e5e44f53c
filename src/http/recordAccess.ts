import type { Request, Response } from 'express'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import type { AccessKind } from '../ledger/accessEvent.ts'
import type { RecordAccess } from '../ledger/recordAccesses.ts'
import { unavailable } from './problem.ts'
import { keyNameOf } from './requireScope.ts'

/**
 * Makes it an event that the key of this request reads persons' data; asked once it is known that there is something to give,
 * and before any of it is given. `false`, after 503 was answered, where that cannot be done: then nothing may be given.
 */
export const recordAccess = async (
  { access }: { readonly access: RecordAccess },
  req: Request,
  res: Response,
  read: AccessKind,
  userId: UserId | null,
): Promise<boolean> => {
  const recorded = await access({ key: keyNameOf(req), read, userId })()
  if (E.isRight(recorded)) return true
  unavailable(res, 'access-not-recorded', 'nothing is given while it cannot be recorded who looked')
  return false
}
