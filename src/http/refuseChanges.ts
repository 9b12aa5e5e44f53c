import type { Response } from 'express'
import type { NoChanges } from '../changes/change.ts'
import { problem, unavailable } from './problem.ts'

/** Says why there are no changes. */
export const refuseChanges = (res: Response, why: NoChanges): void => {
  if (why === 'foreign-id')
    return problem(res, 'foreign-position', 'this is no id of this log as it is: read it from its beginning')
  if (why === 'read-model-behind') return unavailable(res, why, 'the read model is catching up with the log', 1)
  unavailable(res, why, 'changes are told by nodes of another version now: ask one of those')
}
